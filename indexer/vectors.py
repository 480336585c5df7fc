"""The only door to FAISS: exact search by cosine over unit vectors, the filter part of the search."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge_base.errors import IndexDamagedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class VectorIndex:
    """Rows of unit vectors. Rows are numbered from 0 in the order in which they were added."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def empty(cls, dim: int) -> VectorIndex:
        import faiss

        return cls(faiss.IndexFlatIP(dim))

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Raises IndexDamagedError when the file is missing or isn't an index."""
        import faiss

        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as error:
            raise IndexDamagedError(f"{path} can't be read: run `precedent index --rebuild`") from error

    def save(self, path: Path) -> None:
        import faiss

        faiss.write_index(self._index, str(path))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        return int(self._index.d)

    def add(self, vectors: NDArray[np.float32]) -> None:
        """`vectors` has shape (n, dim), each row of length 1."""
        self._index.add(vectors)

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of these rows, shape (len(rows), dim)."""
        import numpy as np

        found: NDArray[np.float32] = self._index.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64))
        return found

    def search(
        self, queries: NDArray[np.float32], limit: int, *, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Cosines (-1 to 1, higher is nearer) and rows, best first, both (len(queries), limit).

        `allowed`, shape (n,), says which rows may be found; a place that nothing fills has row -1.
        """
        import faiss
        import numpy as np

        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(allowed), faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        return self._index.search(queries, limit, params=parameters)  # type: ignore[no-any-return]
