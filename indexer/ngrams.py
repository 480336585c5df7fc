"""Words, pairs of words and runs of characters: what typing errors, inflections and compounds leave alike.

Each text is a sparse unit vector (TF-IDF) that candidates are compared by and the category head learns from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from knowledge_base.errors import IndexDamagedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Buckets of each of the two blocks: words and pairs of words, then characters. Short names are told apart by
# the words, so that runs of four characters serve (three to five rank the same and take twice the room).
BUCKETS = 2**17
WORDS, CHARACTERS = (1, 2), (4, 4)
# Texts counted together; bounds the memory of a build.
BATCH = 2000
FILES = ("indptr", "indices", "weights", "idf")


@dataclass(frozen=True, slots=True)
class Grams:
    """One text: its buckets, shape (m,), and their weights, a vector of length 1 (empty: no n-gram)."""

    buckets: NDArray[np.int32]
    weights: NDArray[np.float32]


class NgramIndex:
    """The n-grams of all passages, mapped from disk; rows are numbered as the passages are."""

    def __init__(
        self,
        indptr: NDArray[np.int64],
        indices: NDArray[np.int32],
        weights: NDArray[np.float16],
        idf: NDArray[np.float32],
    ) -> None:
        self._indptr, self._indices, self._weights, self._idf = indptr, indices, weights, idf

    @classmethod
    def load(cls, folder: Path) -> NgramIndex:
        """Raises IndexDamagedError when a file is missing or unreadable."""
        import numpy as np

        try:
            arrays = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in FILES]
        except (OSError, ValueError) as error:
            raise IndexDamagedError(f"{folder} can't be read: run `precedent index --rebuild`") from error
        return cls(np.asarray(arrays[0]), arrays[1], arrays[2], np.asarray(arrays[3]))

    def grams(self, text: str) -> Grams:
        """A text as these passages are weighed."""
        import numpy as np

        row = self.weighed([text])
        return Grams(row.indices.astype(np.int32), row.data)

    def weighed(self, texts: Sequence[str]) -> Any:
        """Texts as these passages are weighed, a SciPy CSR matrix of shape (texts, 2 * BUCKETS)."""
        counts = _counts(texts)
        counts.data = _unit(counts.indptr, counts.indices, counts.data, self._idf)
        return counts

    def likeness(self, grams: Grams, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosine of a text and each of these rows, 0 to 1, shape (rows,)."""
        import numpy as np

        if not len(rows):
            return np.empty(0, dtype=np.float32)
        asked = np.zeros(2 * BUCKETS, dtype=np.float32)
        asked[grams.buckets] = grams.weights
        starts, sizes, taken = self._entries(rows)
        products = np.append(asked[self._indices[taken]] * self._weights[taken], np.float32(0))
        sums = np.add.reduceat(products, starts)
        return np.where(sizes > 0, sums, 0.0).astype(np.float32)

    def matrix(self, rows: NDArray[np.int64]) -> Any:
        """These rows as a SciPy CSR matrix of shape (rows, 2 * BUCKETS)."""
        import numpy as np
        from scipy.sparse import csr_matrix

        _, sizes, taken = self._entries(rows)
        values = self._weights[taken].astype(np.float32)
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        return csr_matrix((values, self._indices[taken], indptr), shape=(len(rows), 2 * BUCKETS))

    def _entries(
        self, rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Where each row's entries start among those taken, how many each has, and the entries taken."""
        import numpy as np

        sizes = self._indptr[rows + 1] - self._indptr[rows]
        starts = np.cumsum(sizes) - sizes
        taken = np.repeat(self._indptr[rows] - starts, sizes) + np.arange(int(sizes.sum()))
        return starts, sizes, taken


def plain(texts: Sequence[str]) -> Any:
    """Texts weighed by their counts alone, as no index is there to say how rare a bucket is.

    A SciPy CSR matrix of shape (texts, 2 * BUCKETS), its rows of length 1.
    """
    import numpy as np

    counts = _counts(texts)
    alike = np.ones(2 * BUCKETS, dtype=np.float32)
    counts.data = _unit(counts.indptr, counts.indices, counts.data, alike)
    return counts


def write_ngrams(texts: Iterable[str], folder: Path) -> None:
    """Write the index of these texts, in row order, a batch at a time: first the counts, then the weights."""
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    sizes, seen = [np.zeros(1, dtype=np.int64)], np.zeros(2 * BUCKETS, dtype=np.int64)
    with (folder / "indices.raw").open("wb") as indices, (folder / "counts.raw").open("wb") as counts:
        for batch in _batches(texts):
            _write_counts(_counts(batch), indices, counts, sizes, seen)
    indptr = np.cumsum(np.concatenate(sizes))
    idf = (np.log((len(indptr)) / (1 + seen)) + 1).astype(np.float32)
    np.save(folder / "indptr.npy", indptr)
    np.save(folder / "idf.npy", idf)
    _write_weights(folder, indptr, idf)


def _write_counts(
    counted: Any, indices: IO[bytes], counts: IO[bytes], sizes: list[Any], seen: NDArray[np.int64]
) -> None:
    import numpy as np

    indices.write(counted.indices.astype(np.int32).tobytes())
    counts.write(counted.data.astype(np.float16).tobytes())
    sizes.append(np.diff(counted.indptr).astype(np.int64))
    seen += np.bincount(counted.indices, minlength=2 * BUCKETS)


def _write_weights(folder: Path, indptr: NDArray[np.int64], idf: NDArray[np.float32]) -> None:
    import numpy as np
    from numpy.lib.format import open_memmap

    total = int(indptr[-1])
    indices = open_memmap(folder / "indices.npy", mode="w+", dtype=np.int32, shape=(total,))
    weights = open_memmap(folder / "weights.npy", mode="w+", dtype=np.float16, shape=(total,))
    if total:
        raw_indices = np.memmap(folder / "indices.raw", dtype=np.int32, mode="r")
        raw_counts = np.memmap(folder / "counts.raw", dtype=np.float16, mode="r")
        for first in range(0, len(indptr) - 1, BATCH):
            part = indptr[first : first + BATCH + 1]
            span = slice(int(part[0]), int(part[-1]))
            indices[span] = raw_indices[span]
            counts = raw_counts[span].astype(np.float32)
            weights[span] = _unit(part - part[0], raw_indices[span], counts, idf)
    indices.flush()
    weights.flush()
    (folder / "indices.raw").unlink()
    (folder / "counts.raw").unlink()


def _unit(
    indptr: NDArray[Any], indices: NDArray[Any], counts: NDArray[Any], idf: NDArray[np.float32]
) -> NDArray[np.float32]:
    """TF-IDF with 1 + log(count), each block of a row brought to the same length, the row to length 1."""
    import numpy as np

    rows = len(indptr) - 1
    owner = np.repeat(np.arange(rows), np.diff(indptr))
    values = (counts * idf[indices]).astype(np.float32)
    block = (indices >= BUCKETS).astype(np.int64)
    lengths = np.sqrt(np.bincount(owner * 2 + block, values**2, minlength=2 * rows))
    present = (lengths.reshape(rows, 2) > 0).sum(axis=1)
    scale = np.maximum(lengths[owner * 2 + block] * np.sqrt(present[owner]), 1e-12)
    return np.asarray(values / scale, dtype=np.float32)


def _counts(texts: Sequence[str]) -> Any:
    """1 + log(count) of the n-grams of each text, CSR of shape (texts, 2 * BUCKETS)."""
    import numpy as np
    from scipy.sparse import hstack

    matrix = hstack([hasher.transform(texts) for hasher in _hashers()]).tocsr()
    matrix.sort_indices()
    matrix.data = 1 + np.log(matrix.data)
    return matrix


@lru_cache(maxsize=1)
def _hashers() -> tuple[Any, Any]:
    """Stateless, so that a text has the same buckets in every index."""
    from sklearn.feature_extraction.text import HashingVectorizer

    told = {"n_features": BUCKETS, "alternate_sign": False, "norm": None}
    return (
        HashingVectorizer(ngram_range=WORDS, token_pattern=r"\w+", **told),
        HashingVectorizer(analyzer="char_wb", ngram_range=CHARACTERS, **told),
    )


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    source = iter(texts)
    while batch := list(islice(source, BATCH)):
        yield batch
