"""The word index (BM25 through bm25s): finds what is named, such as codes and products, where vectors blur.

bm25s, tantivy and SQLite FTS5 rank alike on the known-issue set (recall@1 .869, .863, .866); bm25s
gives the score of every passage at once, which lets the filter and the fusion work on values.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge_base.errors import IndexDamagedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORD = re.compile(r"\w+", re.UNICODE)
# Scripts written without spaces are cut into pairs of characters.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f]")
STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
STOP_WORDS = {
    "da": "DANISH", "de": "GERMAN", "en": "EN_PLUS", "es": "SPANISH", "fr": "FRENCH", "it": "ITALIAN",
    "ko": "KOREAN", "nl": "DUTCH", "no": "NORWEGIAN", "pt": "PORTUGUESE", "ru": "RUSSIAN", "sv": "SWEDISH",
    "tr": "TURKISH",
}  # fmt: skip
# Of a long message this many words say what it is about; a short question has fewer.
TELLING_WORDS = 10
# A word of a query: the stems that it may stand under, its own language's first.
Word = tuple[str, ...]
_local = threading.local()


def words_of(text: str, language: str | None = "en") -> list[str]:
    """Lower-case stems of the text's words, in order; accents folded after stemming."""
    stem = _stemmer((language or "en").split("-")[0])
    words: list[str] = []
    for word in WORD.findall(unicodedata.normalize("NFKC", text).lower()):
        if UNSPACED.search(word):
            words += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        elif len(word) <= 64:  # longer runs are encoded data, not words
            words.append(_fold(stem(word)))
    return words


def query_words(text: str, language: str | None = None) -> list[Word]:
    """The words to look for, each once, without function words; each with its stems, any of which counts.

    A word is stemmed as English, which most knowledge is in, and as the query's own language.
    """
    code = (language or "en").split("-")[0]
    ignored = stop_words(code)
    found: dict[Word, None] = {}
    for match in WORD.finditer(unicodedata.normalize("NFKC", text)):
        if match.group().lower() in ignored:
            continue
        own, english = words_of(match.group(), code), words_of(match.group(), "en")
        for pair in zip(own, english, strict=True):
            found[tuple(dict.fromkeys(pair))] = None
    return list(found)


@lru_cache(maxsize=64)
def stop_words(language: str) -> frozenset[str]:
    """The function words of a language, as bm25s lists them; none for a language that it doesn't know."""
    from bm25s import stopwords

    return (
        frozenset(getattr(stopwords, f"STOPWORDS_{STOP_WORDS[language]}"))
        if language in STOP_WORDS
        else frozenset()
    )


def _stemmer(code: str) -> Any:
    # A stemmer of PyStemmer isn't safe to share between threads.
    cache = _local.__dict__.setdefault("stemmers", {})
    if code not in cache:
        import Stemmer

        name = STEMMERS.get(code)
        cache[code] = Stemmer.Stemmer(name).stemWord if name else str
    return cache[code]


@lru_cache(maxsize=65536)
def _fold(word: str) -> str:
    if word.isascii():
        return word
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)) or word


class WordIndex:
    """BM25 over passages; rows are numbered as the passages are."""

    def __init__(self, model: Any, idf: NDArray[np.float32], size: int) -> None:
        self._model, self._idf, self._size = model, idf, size

    @classmethod
    def build(cls, documents: Iterable[Sequence[str]]) -> WordIndex:
        """`documents` are the words of each passage, in row order."""
        import bm25s
        import numpy as np

        vocabulary: dict[str, int] = {}
        counts: list[int] = []
        ids: list[list[int]] = []
        for words in documents:
            row = [vocabulary.setdefault(word, len(vocabulary)) for word in words]
            counts += [0] * (len(vocabulary) - len(counts))
            for word in set(row):
                counts[word] += 1
            ids.append(row)
        model = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
        if vocabulary:
            model.index(bm25s.tokenization.Tokenized(ids=ids, vocab=vocabulary), show_progress=False)
        df = np.array(counts, dtype=np.float32)
        idf = np.log1p((len(ids) - df + 0.5) / (df + 0.5)).astype(np.float32)
        return cls(model if vocabulary else None, idf, len(ids))

    @classmethod
    def load(cls, folder: Path) -> WordIndex:
        """Raises IndexDamagedError when a file is missing or unreadable."""
        import bm25s
        import numpy as np

        try:
            idf = np.load(folder / "idf.npy")
            size = int(np.load(folder / "size.npy"))
            model = bm25s.BM25.load(str(folder), load_corpus=False, mmap=True) if len(idf) else None
        except (OSError, ValueError, KeyError) as error:
            raise IndexDamagedError(f"{folder} can't be read: run `precedent index --rebuild`") from error
        return cls(model, idf, size)

    def save(self, folder: Path) -> None:
        import numpy as np

        folder.mkdir(parents=True, exist_ok=True)
        if self._model is not None:
            self._model.save(str(folder), corpus=None, show_progress=False)
        np.save(folder / "idf.npy", self._idf)
        np.save(folder / "size.npy", np.int64(self._size))

    def scores(self, words: Sequence[Word]) -> NDArray[np.float32]:
        """How much of the words' information each passage holds, shape (n,), 0 to about 1.

        BM25 divided by the inverse document frequencies of the TELLING_WORDS rarest words, known or
        not, so that figures of different queries can be compared.
        """
        import numpy as np

        known = [number for word in words if (number := self._number(word)) is not None]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        information = sorted((self.idf(word) for word in words), reverse=True)
        raw: NDArray[np.float32] = self._model.get_scores_from_ids(known)
        return (raw / max(sum(information[:TELLING_WORDS]), 1e-6)).astype(np.float32)

    def _number(self, word: Word) -> int | None:
        """The column of the first of the word's stems that any passage holds."""
        vocabulary = self._model.vocab_dict if self._model is not None else {}
        return next((vocabulary[stem] for stem in word if stem in vocabulary), None)

    def idf(self, word: Word) -> float:
        """The word's inverse document frequency; the rarest possible for a word that no passage holds."""
        import numpy as np

        number = self._number(word)
        return float(np.log1p((self._size + 0.5) / 0.5)) if number is None else float(self._idf[number])
