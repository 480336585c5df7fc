"""The knowledge's words in the customers' languages, told by a translator on this machine at the build."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from indexer.lexical import Word, WordIndex, words_of
from indexer.ngrams import Grams, NgramIndex, write_ngrams
from indexer.passages import PassageFile
from indexer.split import pieces
from knowledge_base.errors import TranslationError
from knowledge_base.models import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

FOLDER = "tongues"
TOLD = "told.jsonl"
# Lines told between two reports of progress.
BATCH = 2000
# Characters above which a line is cut into pieces, and above which a piece, then no text, is left as it is.
LONG, LONGEST = 1_000, 10_000


class Retelling(Protocol):
    """Whoever tells the knowledge in the customers' languages; nothing given to it leaves the machine."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the knowledge is to be told in, by primary tag."""
        ...

    def reaches(self, source: str, target: str) -> bool:
        """Whether it translates between these languages; False also where that can't be asked now."""
        ...

    def retell(self, lines: Sequence[str], source: str, target: str) -> list[str | None]:
        """The lines in `target`, None for one that can't be told. Raises TranslationError for all of them."""
        ...


@dataclass(frozen=True, slots=True)
class Tongue:
    """The knowledge as it is worded in one language; rows are numbered as the passages are."""

    words: WordIndex
    ngrams: NgramIndex

    def word_scores(self, views: Sequence[Sequence[Word]]) -> NDArray[np.float32]:
        """The mean over the views of how much of its words each passage holds, shape (n,)."""
        import numpy as np

        scores = [self.words.scores(view) for view in views]
        return np.asarray(np.mean(scores, axis=0), dtype=np.float32)

    def likeness(self, views: Sequence[Grams], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The mean over the views of the cosine of its n-grams with those of each row, shape (rows,)."""
        import numpy as np

        scores = [self.ngrams.likeness(view, rows) for view in views]
        return np.asarray(np.mean(scores, axis=0), dtype=np.float32)


def load_tongues(folder: Path, languages: Iterable[str]) -> dict[str, Tongue]:
    """What a generation holds, by language. Raises IndexDamagedError where a file is missing."""
    return {code: _load(folder / FOLDER / code) for code in languages}


def _load(own: Path) -> Tongue:
    return Tongue(WordIndex.load(own / "words"), NgramIndex.load(own / "ngrams"))


def wanted_tongues(retelling: Retelling | None, languages: Iterable[str]) -> tuple[str, ...]:
    """Of the languages to tell, those that knowledge in these languages can be told in."""
    if retelling is None:
        return ()
    sources = {primary(language) for language in languages}
    return tuple(
        target
        for target in dict.fromkeys(retelling.languages)
        if any(source != target and retelling.reaches(source, target) for source in sources)
    )


def write_tongues(
    passages: PassageFile,
    retelling: Retelling | None,
    work: Path,
    former: Path | None,
    progress: Callable[[str, int, int], None],
) -> dict[str, int]:
    """Write the words and n-grams of all passages in each language; gives how many lines stayed untold.

    Lines that the generation in `former` has told already are taken over. A translator that failed once isn't
    asked again in this build: one that hangs must not hold it up batch by batch. A passage that can't be told
    speaks in its own words: names and codes are found by these too.
    """
    found, down = {}, False
    for target in wanted_tongues(retelling, passages.languages):
        assert retelling is not None
        telling = _Telling(passages, retelling, target, down=down)
        own = work / FOLDER / target
        own.mkdir(parents=True)
        former_own = None if former is None else former / FOLDER / target
        told = telling.told(_former(former_own), partial(progress, f"telling in {target}"))
        _save(own, told)
        texts = telling.texts(told)
        WordIndex.build(words_of(words, target) for words, _ in texts()).save(own / "words")
        write_ngrams((embedded for _, embedded in texts()), own / "ngrams")
        found[target], down = telling.untold, telling.down
    return found


class _Telling:
    """One language: which lines are told, by their digests, and the passages' texts made of them."""

    def __init__(self, passages: PassageFile, retelling: Retelling, target: str, *, down: bool) -> None:
        self._passages, self._retelling, self._target = passages, retelling, target
        sources = {primary(language) for language in passages.languages} - {target}
        self._sources = frozenset(source for source in sources if retelling.reaches(source, target))
        self.untold, self.down = 0, down

    def told(self, known: Mapping[str, str], progress: Callable[[int, int], None]) -> dict[str, str]:
        """By its digest each line that the passages hold, as far as it is told."""
        told: dict[str, str] = {}
        new: dict[str, dict[str, str]] = {source: {} for source in sorted(self._sources)}
        for passage in self._each():
            source = primary(passage.language)
            for line in _lines(passage) if source in self._sources else ():
                if len(line) > LONGEST:
                    continue
                digest = _digest(source, line)
                if digest in known:
                    told[digest] = known[digest]
                else:
                    new[source][digest] = line
        total, done = sum(len(lines) for lines in new.values()), 0
        for source, lines in new.items():
            items = iter(lines.items())
            while batch := dict(islice(items, BATCH)):
                answers = self._retold(tuple(batch.values()), source)
                told |= {
                    digest: text for digest, text in zip(batch, answers, strict=True) if text is not None
                }
                done += len(batch)
                progress(done, total)
        self.untold = total - sum(digest in told for lines in new.values() for digest in lines)
        return told

    def _retold(self, lines: Sequence[str], source: str) -> list[str | None]:
        if self.down:
            return [None] * len(lines)
        try:
            return self._retelling.retell(lines, source, self._target)
        except TranslationError as error:
            self.down = True
            log.warning("%d lines of the knowledge aren't told in %s: %s", len(lines), self._target, error)
            return [None] * len(lines)

    def texts(self, told: Mapping[str, str]) -> Callable[[], Iterator[tuple[str, str]]]:
        """What gives each passage's words and what is embedded of it, in this language, in row order."""

        def each() -> Iterator[tuple[str, str]]:
            for passage in self._each():
                source = primary(passage.language)
                yield _told(passage.words, source, told), _told(passage.embedded, source, told)

        return each

    def _each(self) -> Iterator[Passage]:
        return (self._passages[row] for row in range(len(self._passages)))


def primary(tag: str) -> str:
    """The language alone."""
    return tag.split("-")[0].lower()


def _told(text: str, source: str, told: Mapping[str, str]) -> str:
    return "\n".join(told.get(_digest(source, line), line) for line in _lines_of(text))


def _lines(passage: Passage) -> Iterator[str]:
    yield from _lines_of(passage.embedded)
    yield from _lines_of(passage.words)


def _lines_of(text: str) -> list[str]:
    """Lines are told one by one: the words repeat those of what is embedded, and an edit changes few."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [part for line in lines for part in (pieces(line) if len(line) > LONG else [line]) if part]


def _digest(source: str, line: str) -> str:
    return hashlib.blake2b(f"{source}\n{line}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _former(own: Path | None) -> dict[str, str]:
    """What the former generation has told; nothing where it can't be read."""
    if own is None:
        return {}
    try:
        with (own / TOLD).open(encoding="utf-8") as file:
            return dict(json.loads(line) for line in file)
    except (OSError, ValueError, TypeError):
        return {}


def _save(own: Path, told: Mapping[str, str]) -> None:
    with (own / TOLD).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in told.items())
