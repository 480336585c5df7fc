"""Searching one generation: cosines, words, n-grams and topics of the same sources, fused by value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.calibration import Calibration
from indexer.category import ABSENT, CategoryHead, probabilities
from indexer.fixes import Fixes
from indexer.found import NGRAM_WEIGHT, WORD_WEIGHT, Features, Filter, Found, Own, Scored, Wording
from indexer.lexical import Word, WordIndex, query_words
from indexer.manifest import Manifest
from indexer.ngrams import NgramIndex
from indexer.passages import KINDS, PassageFile
from indexer.products import Products
from indexer.reading import reads
from indexer.recipe import Recipe
from indexer.tongues import Tongue, load_tongues, primary
from indexer.topics import Topics
from indexer.vectors import VectorIndex
from knowledge_base.errors import IndexDamagedError, IndexRecipeError
from knowledge_base.models import SourceKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# How much the best article that a case cites adds to the case (of 0, .25, .5 and 1 the sample desk's own
# cases, leave one out, speak for .5 to 1), and how much an article gains when all of the nearest cases cite
# it (only this value was tried: recall@1 of the golden questions rose from .56 to .67).
POLICY_WEIGHT = 0.5
CITED_WEIGHT = 0.3
# The cases that vote on categories and articles, and how fast a vote falls: .2 of relevance less halves
# it and a bit more.
VOTERS = 10
VOTE_SHARPNESS = 5.0
# For categories: how sharply policy tells them apart, and the share of all that is spread evenly, so that
# policy can name one that has no vote.
POLICY_SHARPNESS = 10.0
SPREAD_SHARE = 0.4
# The votes count like a head that was taught this many cases a category: few cases speak through their
# neighbours, many through what the head learned of them.
VOTES_WORTH = 10.0
# Logits are brought to about the size of the other figures that a calibration reads.
LOGIT_SCALE = 10.0
# How far the best may lead, for the calibration.
LONGEST_LEAD = 0.3
# In a language that the index holds nothing in, nothing vouches for a match: the calibration never saw one,
# and words of two languages that look alike mislead. What is found stays below the usual floor.
UNVOUCHED = 0.25
# Candidates that each of the two searches offers; the right one is nearly always among the first 50.
CANDIDATES = 100
# The encoder's own vectors, which the next build takes over where a text is unchanged.
ENCODED = "encoded.npy"


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
        self._folder = folder
        self.passages = PassageFile(folder, self.manifest.languages, self.manifest.categories)
        self.vectors = VectorIndex.load(folder / "vectors.faiss")
        self.words = WordIndex.load(folder / "words")
        self.ngrams = NgramIndex.load(folder / "ngrams")
        self.tongues = load_tongues(folder, self.manifest.tongues)
        self.categories = CategoryHead.load(folder)
        self.topics = Topics.load(folder)
        self.products = Products.load(folder)
        self.fixes = Fixes.load(folder)
        self.calibration = Calibration.from_json(self.manifest.calibration)
        self._mask = lru_cache(maxsize=32)(self._compute_mask)
        self._wide = lru_cache(maxsize=32)(self._widened)
        self._case_sources, self._case_codes = self.passages.labelled_cases()

    def sources_of_category(self, category: str) -> tuple[int, ...]:
        """The numbers of the cases of a category."""
        code = self.passages.categories.index(category)
        return tuple(self._case_sources[self._case_codes == code].tolist())

    def wording(
        self,
        vectors: NDArray[np.float32],
        words: Sequence[Sequence[Word]],
        texts: Sequence[str],
        language: str | None,
        *,
        own: tuple[str, Sequence[str]] | None = None,
    ) -> Wording:
        """What the encoder gave for these texts, views of one want, as this generation compares them.

        `own` are the customer's language and words where the texts are translated from them.
        """
        asked = primary(language or "")
        tags = [primary(tag) for tag in self.passages.languages]
        code = tags.index(asked) if asked in tags else None
        read = self._reads(asked)
        foreign = bool(language) and code != self.topics.commonest and not read
        told = tuple(tuple(view) for view in words)
        vouched = not language or code is not None or read
        grams = tuple(self.ngrams.grams(text) for text in texts)
        compared = self.topics.without_language(vectors, code)
        return Wording(compared, told, grams, foreign, vouched, self._own(*own) if own else None)

    def _own(self, language: str, texts: Sequence[str]) -> Own | None:
        """The customer's own words, where the knowledge is told in their language."""
        code = primary(language)
        if code not in self.tongues or not texts:
            return None
        words = tuple(tuple(query_words(text, code)) for text in texts)
        return Own(code, words, tuple(self.tongues[code].ngrams.grams(text) for text in texts))

    def _reads(self, asked: str) -> bool:
        """Whether the encoder reads this language and the one that most of the knowledge is in."""
        languages, commonest = self.manifest.reads or (), self.topics.commonest
        if commonest < 0:
            return False
        most = primary(self.passages.languages[commonest])
        return reads(languages, asked) and reads(languages, most)

    def encoded(self) -> NDArray[np.float32]:
        """The encoder's vectors of all passages as it gave them, mapped, shape (n, dim)."""
        import numpy as np

        try:
            vectors: NDArray[np.float32] = np.load(self._folder / ENCODED, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise IndexDamagedError(f"{ENCODED} can't be read: run `precedent index --rebuild`") from error
        return vectors

    def translation(self, article_id: str, language: str) -> str | None:
        """The id of the article's published translation; pt-BR serves pt and the reverse."""
        versions = self.manifest.translations.get(article_id, {})
        exact = versions.get(language)
        near = (other for tag, other in sorted(versions.items()) if primary(tag) == primary(language))
        return exact or next(near, None)

    def find(
        self, wording: Wording, chosen: Filter, *, limit: int = 10, without: tuple[int, ...] = ()
    ) -> list[Found]:
        """The best sources of a kind, best first. `without` leaves these out, as calibration needs."""
        import numpy as np

        scored = self._scored(wording, chosen, without)
        if scored is None:
            return []
        if chosen.kind == "case":
            topic = self._case_topic(wording, scored)
            agreement = self._category_share(wording, scored, without)
        else:
            agreement = self._citing_share(wording, without)[scored.sources]
            topic = CITED_WEIGHT * agreement
        relevance = scored.relevance + topic
        # Equal relevance is settled by position, so that the same input always gives the same order.
        order = np.lexsort((scored.sources, -relevance))
        best, second = (float(relevance[order[min(n, len(order) - 1)]]) for n in (0, 1))
        whole = Features(
            relevance=best,
            agreement=0.0,
            support=float(relevance[order[:5]].mean()),
            named=self._named(wording, without),
            lead=0.0,
            foreign=float(wording.foreign),
        )
        found = []
        for place, n in enumerate(order[:limit]):
            own = float(relevance[n])
            lead = max(own - (second if place == 0 else best), -LONGEST_LEAD)
            features = whole._replace(
                relevance=own, agreement=float(agreement[n]), lead=min(lead, LONGEST_LEAD)
            )
            found.append(self._found(scored, int(n), chosen.kind, float(topic[n]), features))
        if wording.vouched:
            return found
        return [replace(item, confidence=min(item.confidence, UNVOUCHED)) for item in found]

    def category_shares(self, wording: Wording) -> dict[str, float]:
        """How likely the want is in each category; adds up to 1, empty where no case has a category.

        The learned head and the votes of the nearest cases, averaged, times what the policy that the
        category's cases cite has to say: on the sample desk's own cases each of the three names fewer
        categories rightly than all together.
        """
        shares = self._shares(wording, ())
        if shares is None:
            return {}
        return {name: float(s) for name, s in zip(self.passages.categories, shares, strict=True)}

    def _shares(self, wording: Wording, without: tuple[int, ...]) -> NDArray[np.float64] | None:
        """The same by code, some cases left out; None where no case has a category."""
        import numpy as np

        scored = self._scored(wording, Filter("case"), without)
        if scored is None or not self.passages.categories:
            return None
        voters, weights = self._voters(scored, scored.relevance + self._case_topic(wording, scored))
        codes = self.passages.category[scored.rows[voters]]
        votes = np.bincount(codes[codes >= 0], weights[codes >= 0], minlength=len(self.passages.categories))
        shares = votes / max(float(votes.sum()), 1e-6)
        logits = self._logits(wording, without)
        if logits is not None:
            share = VOTES_WORTH / (VOTES_WORTH + float(self.topics.counts.mean()))
            shares = share * shares + (1 - share) * probabilities(logits)
        policy = self._policy_of_category(wording)
        if policy is not None:
            shares = (shares + SPREAD_SHARE / len(shares)) * np.exp(POLICY_SHARPNESS * policy)
        # A category that is wholly left out must not be named; its share goes to the others.
        shares = np.where(self._present(without), shares, 0.0)
        return np.asarray(shares / max(float(shares.sum()), 1e-9), dtype=np.float64)

    def _logits(self, wording: Wording, without: tuple[int, ...]) -> NDArray[np.float64] | None:
        """How much speaks for each category by the head, nothing for one that is wholly left out."""
        import numpy as np

        if without not in wording.logits:
            head = wording.head or self.categories
            logits = head.logits(wording.vectors.mean(axis=0), wording.grams)
            known = None if logits is None else np.where(self._present(without), logits, ABSENT)
            wording.logits[without] = known
        return wording.logits[without]

    def _named(self, wording: Wording, without: tuple[int, ...]) -> float:
        logits = self._logits(wording, without)
        return 0.0 if logits is None else float(logits.max()) / LOGIT_SCALE

    def _category_share(
        self, wording: Wording, scored: Scored, without: tuple[int, ...]
    ) -> NDArray[np.float32]:
        """Of each case the share of its category, 0 for a case without one, shape (n,)."""
        import numpy as np

        shares = self._shares(wording, without)
        codes = self.passages.category[scored.rows]
        if shares is None:
            return np.zeros(len(codes), dtype=np.float32)
        return np.append(shares, 0.0)[codes].astype(np.float32)

    def _policy_of_category(self, wording: Wording) -> NDArray[np.float32] | None:
        """The mean over each category's cases of the relevance of the best article cited, if any is."""
        import numpy as np

        cited = self._cited_relevance(wording)
        if cited is None:
            return None
        sums = np.bincount(self._case_codes, cited[self._case_sources], len(self.passages.categories))
        return (sums / np.maximum(self.topics.counts, 1)).astype(np.float32)

    def _found(self, scored: Scored, n: int, kind: SourceKind, topic: float, features: Features) -> Found:
        return Found(
            passage=self.passages[int(scored.rows[n])],
            row=int(scored.rows[n]),
            source=int(scored.sources[n]),
            relevance=features.relevance,
            cosine=float(scored.cosine[n]),
            words=float(scored.words[n]),
            grams=float(scored.grams[n]),
            topic=topic,
            features=features,
            confidence=self.calibration.confidence(kind, features),
        )

    def _present(self, without: tuple[int, ...]) -> NDArray[np.bool_]:
        """Which categories still have a case, shape (categories,)."""
        import numpy as np

        codes = self._case_codes
        if without:
            codes = codes[~np.isin(self._case_sources, without)]
        present: NDArray[np.bool_] = np.bincount(codes, minlength=len(self.passages.categories)) > 0
        return present

    def _allowed(self, chosen: Filter, without: tuple[int, ...]) -> NDArray[np.bool_]:
        import numpy as np

        mask = self._mask(chosen)
        return mask & ~np.isin(self.passages.source, without) if without else mask

    def _compute_mask(self, chosen: Filter) -> NDArray[np.bool_]:
        p = self.passages
        mask: NDArray[np.bool_] = p.kind == KINDS.index(chosen.kind)
        if chosen.on is not None:
            day = chosen.on.toordinal()
            mask = mask & (p.start <= day) & (day <= p.end)
        return mask

    def _widened(self, chosen: Filter) -> Filter:
        """The filter without its day where all of the kind is in force on it, so that both are one search."""
        import numpy as np

        whole = Filter(chosen.kind)
        return whole if np.array_equal(self._mask(chosen), self._mask(whole)) else chosen

    def _scored(self, wording: Wording, chosen: Filter, without: tuple[int, ...] = ()) -> Scored | None:
        """The candidates of a kind, scored once a wording; None where there are none."""
        key = (self._wide(chosen), without)
        if key not in wording.scored:
            allowed = self._allowed(*key)
            possible = len(wording.vectors) > 0 and bool(allowed.any())
            wording.scored[key] = self._score(wording, allowed) if possible else None
        return wording.scored[key]

    def _score(self, wording: Wording, allowed: NDArray[np.bool_]) -> Scored:
        """The candidates with their best cosine, words and n-grams.

        Each view counts the same: weighing the newest message more, or taking the best view, found no
        more of the sample desk's own conversations. What the translation and the customer's own words speak
        for is added up: on known issues told by Apertium the mean of both found fewer, and the sum is still
        surer of what is missing in fewer of these cases than English is.
        """
        import numpy as np

        told = Tongue(self.words, self.ngrams)
        heard = [(told, wording.words, wording.grams)]
        if wording.own:
            heard.append((self.tongues[wording.own.language], wording.own.words, wording.own.grams))
        word_scores = np.sum([tongue.word_scores(words) for tongue, words, _ in heard], axis=0)
        word_scores[~allowed] = 0.0
        rows = self._candidates(wording.vectors, word_scores, allowed)
        cosines = (wording.vectors @ self.vectors.rows(rows).T).mean(axis=0)
        # Rows of a source are neighbours.
        sources = self.passages.source[rows]
        starts = np.flatnonzero(np.r_[True, sources[1:] != sources[:-1]])
        grams = np.sum([tongue.likeness(views, rows) for tongue, _, views in heard], axis=0)
        relevance = cosines + WORD_WEIGHT * word_scores[rows] + NGRAM_WEIGHT * grams
        best = [
            a + int(np.argmax(relevance[a:b])) for a, b in zip(starts, [*starts[1:], len(rows)], strict=True)
        ]
        return Scored(
            sources=sources[starts],
            rows=rows[best],
            cosine=np.maximum.reduceat(cosines, starts),
            words=np.maximum.reduceat(word_scores[rows], starts),
            grams=np.maximum.reduceat(grams, starts),
        )

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

    def _case_topic(self, wording: Wording, scored: Scored) -> NDArray[np.float32]:
        """What the name of its category and the best article it cites add to each case, shape (n,)."""

        names = self.topics.by_category(wording.vectors.mean(axis=0))
        added: NDArray[np.float32] = names[self.passages.category[scored.rows]]
        cited = self._cited_relevance(wording)
        return added if cited is None else added + POLICY_WEIGHT * cited[scored.sources]

    def _cited_relevance(self, wording: Wording) -> NDArray[np.float32] | None:
        """Of each source the relevance of the best article it cites, shape (sources,); None without any."""
        if not wording.cited:
            wording.cited.append(self._best_cited(wording))
        return wording.cited[0]

    def _best_cited(self, wording: Wording) -> NDArray[np.float32] | None:
        import numpy as np

        cites, found = self.passages.cites, self._scored(wording, Filter("article"))
        if not len(cites) or found is None:
            return None
        # An article that isn't among the candidates is worth what the weakest of them is.
        values = np.maximum(found.relevance, 0)
        relevance = np.full(self.manifest.sources, values.min(), dtype=np.float32)
        relevance[found.sources] = values
        best = np.zeros(self.manifest.sources, dtype=np.float32)
        np.maximum.at(best, cites[:, 0], relevance[cites[:, 1]])
        return best

    def _voters(
        self, scored: Scored, relevance: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The nearest cases (indexes of `scored`) and the weights of their votes, which add up to 1."""
        import numpy as np

        voters = np.lexsort((scored.sources, -relevance))[:VOTERS]
        weights = np.exp(VOTE_SHARPNESS * (relevance[voters] - relevance[voters[0]]))
        return voters, (weights / weights.sum()).astype(np.float32)

    def _citing_share(self, wording: Wording, without: tuple[int, ...]) -> NDArray[np.float32]:
        """Of each source the share of the nearest cases that cite it, shape (sources,)."""
        import numpy as np

        shares = np.zeros(self.manifest.sources, dtype=np.float32)
        scored, cites = self._scored(wording, Filter("case"), without), self.passages.cites
        if scored is None or not len(cites):
            return shares
        voters, weights = self._voters(scored, scored.relevance + self._case_topic(wording, scored))
        votes = np.zeros(self.manifest.sources, dtype=np.float32)
        votes[scored.sources[voters]] = weights
        np.add.at(shares, cites[:, 1], votes[cites[:, 0]])
        return shares
