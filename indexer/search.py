"""Searching one generation: cosines and word scores fused by value, one passage a source."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.calibration import Calibration
from indexer.category import CategoryHead
from indexer.lexical import WordIndex
from indexer.manifest import Manifest, current_generation
from indexer.passages import KINDS, PassageFile
from indexer.recipe import Recipe
from indexer.vectors import VectorIndex
from knowledge_base.errors import IndexRecipeError
from knowledge_base.models import Passage, SourceKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Word scores count about half as much as cosines: on known issues, questions and help articles the
# ranking is flat between .4 and .8 and falls off outside.
WORD_WEIGHT = 0.6
# Candidates that each of the two searches offers; the right one is nearly always among the first 50.
CANDIDATES = 100
# How often a server looks for a newer generation.
LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Filter:
    """What may be found: a kind, a day on which it must be in force, languages; None is any."""

    kind: SourceKind | None = None
    on: date | None = None
    languages: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A source's best passage. `relevance` = cosine + WORD_WEIGHT * words; `support` is the mean of the five
    highest relevances of its kind in this search, which tells a known subject from a chance likeness."""

    passage: Passage
    row: int
    source: int
    relevance: float
    cosine: float
    words: float
    support: float = 0.0
    confidence: float = 0.0


class Generation:
    """One built index, read only; safe to use from many threads."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        """Raises IndexRecipeError when it was built by another recipe, IndexDamagedError when broken."""
        self.manifest = Manifest.load(folder)
        if self.manifest.fingerprint != recipe.fingerprint:
            raise IndexRecipeError(
                f"the index was built with the encoder {self.manifest.recipe.model} "
                f"(recipe {self.manifest.fingerprint}), now {recipe.model} ({recipe.fingerprint}) is set: "
                "run `precedent index --rebuild`"
            )
        self.passages = PassageFile(folder, self.manifest.languages)
        self.vectors = VectorIndex.load(folder / "vectors.faiss")
        self.words = WordIndex.load(folder / "words")
        self.categories = CategoryHead.load(folder)
        self.calibration = Calibration.from_json(self.manifest.calibration)
        self._mask = lru_cache(maxsize=32)(self._compute_mask)

    def translation(self, article_id: str, language: str) -> str | None:
        """The id of the article's published translation; pt-BR serves pt and the reverse."""
        versions = self.manifest.translations.get(article_id, {})
        exact = versions.get(language)
        primary = language.split("-")[0]
        near = (other for tag, other in sorted(versions.items()) if tag.split("-")[0] == primary)
        return exact or next(near, None)

    def _compute_mask(self, chosen: Filter) -> NDArray[np.bool_]:
        import numpy as np

        p = self.passages
        mask = np.ones(len(p), dtype=bool)
        if chosen.kind is not None:
            mask &= p.kind == KINDS.index(chosen.kind)
        if chosen.on is not None:
            day = chosen.on.toordinal()
            mask &= (p.start <= day) & (day <= p.end)
        if chosen.languages is not None:
            codes = [i for i, name in enumerate(p.languages) if name in chosen.languages]
            mask &= np.isin(p.language, codes)
        return mask

    def find(
        self,
        vectors: NDArray[np.float32],
        words: Sequence[Sequence[str]],
        *,
        chosen: Filter = Filter(),
        limit: int = 10,
        without_source: int | None = None,
    ) -> list[Found]:
        """The best sources for several views of one want, best first.

        `vectors` has shape (views, dim), `words` one list a view; the first view counts most (view
        number n weighs 1/n). `without_source` leaves one source out, as calibration needs.
        """
        import numpy as np

        allowed = self._mask(chosen)
        if without_source is not None:
            allowed = allowed & (self.passages.source != without_source)
        if not len(vectors) or not allowed.any():
            return []
        weights = np.array([1 / n for n in range(1, len(vectors) + 1)], dtype=np.float32)
        weights /= weights.sum()
        word_scores = np.zeros(len(self.passages), dtype=np.float32)
        for weight, view in zip(weights, words, strict=True):
            word_scores += weight * self.words.scores(view)
        word_scores[~allowed] = 0.0
        rows = self._candidates(vectors, word_scores, allowed)
        cosines = weights @ (vectors @ self.vectors.rows(rows).T)
        return self._best_by_source(rows, cosines, word_scores[rows], limit)

    def _candidates(
        self, vectors: NDArray[np.float32], word_scores: NDArray[np.float32], allowed: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Rows of every source that either search offers, all passages of these sources included."""
        import numpy as np

        _, near = self.vectors.search(vectors, min(CANDIDATES, len(self.passages)), allowed=allowed)
        count = min(CANDIDATES, len(word_scores))
        named = np.argpartition(-word_scores, count - 1)[:count]
        named = named[word_scores[named] > 0]
        sources = np.unique(self.passages.source[np.union1d(near[near >= 0], named)])
        first = np.searchsorted(self.passages.source, sources)
        past = np.searchsorted(self.passages.source, sources, side="right")
        rows = np.concatenate([np.arange(a, b) for a, b in zip(first, past, strict=True)])
        kept: NDArray[np.int64] = rows[allowed[rows]].astype(np.int64)
        return kept

    def _best_by_source(
        self,
        rows: NDArray[np.int64],
        cosines: NDArray[np.float32],
        word_scores: NDArray[np.float32],
        limit: int,
    ) -> list[Found]:
        import numpy as np

        # Rows of a source are neighbours; a source has the best cosine and the best words of its rows.
        sources = self.passages.source[rows]
        starts = np.flatnonzero(np.r_[True, sources[1:] != sources[:-1]])
        cosine = np.maximum.reduceat(cosines, starts)
        word = np.maximum.reduceat(word_scores, starts)
        relevance = cosine + WORD_WEIGHT * word
        # Equal relevance is settled by position, so that the same input always gives the same order.
        order = np.lexsort((starts, -relevance))
        support = float(relevance[order[:5]].mean())
        ends = np.r_[starts[1:], len(rows)]
        found: list[Found] = []
        for n in order[:limit]:
            own = slice(starts[n], ends[n])
            row = int(rows[own][np.argmax(cosines[own] + WORD_WEIGHT * word_scores[own])])
            passage = self.passages[row]
            item = Found(
                passage,
                row,
                int(sources[starts[n]]),
                float(relevance[n]),
                float(cosine[n]),
                float(word[n]),
                support,
            )
            found.append(item)
        return found


class LiveIndex:
    """The generation that serves now; takes up a newer one within LOOK_SECONDS of being asked."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self._folder, self._recipe = folder, recipe
        self._generation: Generation | None = None
        self._looked = float("-inf")
        self._lock = threading.Lock()

    def current(self) -> Generation:
        """Raises IndexMissingError, IndexRecipeError or IndexDamagedError when there is none to serve."""
        generation = self._generation
        if generation is not None and time.monotonic() - self._looked < LOOK_SECONDS:
            return generation
        # While one thread loads the newer generation the others go on with the one they have.
        if self._lock.acquire(blocking=generation is None):
            try:
                return self._look()
            finally:
                self._lock.release()
        assert generation is not None
        return generation

    def _look(self) -> Generation:
        name = current_generation(self._folder)
        if self._generation is None or self._generation.manifest.generation != name:
            self._generation = Generation(self._folder / name, self._recipe)
        self._looked = time.monotonic()
        return self._generation
