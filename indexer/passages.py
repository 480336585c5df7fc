"""The passages of a generation on disk: texts in a mapped file, what is filtered on in arrays."""

from __future__ import annotations

import hashlib
import json
import mmap
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from knowledge_base.errors import IndexDamagedError
from knowledge_base.models import Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KINDS = ("case", "article")
# Dates are stored as day numbers; an open end is the largest.
OPEN_START, OPEN_END = 0, 2**31 - 1


def text_digest(passage: Passage) -> bytes:
    """16 bytes that decide whether the passage must be embedded again; never whether it exists."""
    return hashlib.blake2b(passage.embedded.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class PassageWriter:
    """Writes passages one after the other; `close` writes the arrays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] = (folder / "passages.jsonl").open("wb")
        self._offsets = [0]
        self._columns: dict[str, list[int]] = {
            name: [] for name in ("kind", "language", "start", "end", "source", "category")
        }
        self._digests: list[bytes] = []
        self._languages: dict[str, int] = {}
        self._categories: dict[str, int] = {}
        self._cites: list[tuple[int, str]] = []
        self._articles: dict[str, int] = {}
        self._sources = 0
        self._last_source: tuple[str, str] | None = None

    def add(self, passage: Passage) -> None:
        """Passages of one source must follow one another."""
        line = json.dumps(asdict(passage), ensure_ascii=False, default=date.isoformat) + "\n"
        data = line.encode("utf-8", "surrogatepass")
        self._file.write(data)
        self._offsets.append(self._offsets[-1] + len(data))
        if (passage.kind, passage.source_id) != self._last_source:
            self._last_source = (passage.kind, passage.source_id)
            self._cites += [(self._sources, article) for article in passage.cites]
            if passage.kind == "article":
                self._articles[passage.source_id] = self._sources
            self._sources += 1
        columns = self._columns
        columns["kind"].append(KINDS.index(passage.kind))
        columns["language"].append(self._languages.setdefault(passage.language, len(self._languages)))
        columns["start"].append(passage.effective_from.toordinal() if passage.effective_from else OPEN_START)
        columns["end"].append(passage.effective_to.toordinal() if passage.effective_to else OPEN_END)
        columns["source"].append(self._sources - 1)
        columns["category"].append(self._category(passage))
        self._digests.append(text_digest(passage))

    def _category(self, passage: Passage) -> int:
        """The code of a case's category; -1 for articles, whose categories are another list."""
        if passage.kind != "case" or passage.category is None:
            return -1
        return self._categories.setdefault(passage.category, len(self._categories))

    def close(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The languages and the categories in the order of their codes."""
        import numpy as np

        self._file.close()
        np.save(self._folder / "offsets.npy", np.array(self._offsets, dtype=np.int64))
        columns = {name: np.array(values, dtype=np.int32) for name, values in self._columns.items()}
        digests = np.frombuffer(b"".join(self._digests), dtype="V16")
        np.savez(
            self._folder / "columns.npz",
            digests=digests,
            kind=columns["kind"],
            language=columns["language"],
            start=columns["start"],
            end=columns["end"],
            source=columns["source"],
            category=columns["category"],
            cites=np.array(
                [(case, self._articles[a]) for case, a in self._cites if a in self._articles], dtype=np.int32
            ).reshape(-1, 2),
        )
        return tuple(self._languages), tuple(self._categories)


class PassageFile:
    """Reads what PassageWriter wrote; rows are numbered in the order in which they were added."""

    def __init__(self, folder: Path, languages: tuple[str, ...], categories: tuple[str, ...]) -> None:
        """Raises IndexDamagedError when a file is missing or unreadable."""
        import numpy as np

        self.languages, self.categories = languages, categories
        try:
            with np.load(folder / "columns.npz") as columns:
                self.kind: NDArray[np.int32] = columns["kind"]
                self.language: NDArray[np.int32] = columns["language"]
                self.start: NDArray[np.int32] = columns["start"]
                self.end: NDArray[np.int32] = columns["end"]
                self.source: NDArray[np.int32] = columns["source"]
                self.category: NDArray[np.int32] = columns["category"]
                # Pairs of the number of a case and the number of an article that it cites, by case.
                self.cites: NDArray[np.int32] = columns["cites"]
                self.digests: NDArray[Any] = columns["digests"]
            self._offsets = np.load(folder / "offsets.npy", mmap_mode="r")
            with (folder / "passages.jsonl").open("rb") as file:
                empty = len(self.kind) == 0
                self._map = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError, KeyError) as error:
            raise IndexDamagedError(
                f"the passages in {folder} can't be read: run `precedent index --rebuild`"
            ) from error

    def __len__(self) -> int:
        return len(self.kind)

    def __getitem__(self, row: int) -> Passage:
        line = self._map[int(self._offsets[row]) : int(self._offsets[row + 1])]
        data = json.loads(line.decode("utf-8", "surrogatepass"))
        for name in ("effective_from", "effective_to"):
            data[name] = date.fromisoformat(data[name]) if data[name] else None
        return Passage(**data)

    def labelled_cases(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The numbers of the cases with a category, and the codes of these, both shape (cases,)."""
        import numpy as np

        sources, first = np.unique(self.source, return_index=True)
        codes = self.category[first]
        return sources[codes >= 0], codes[codes >= 0]

    def labelled_rows(self) -> NDArray[np.int64]:
        """The rows of the cases with a category."""
        import numpy as np

        return np.flatnonzero(self.category >= 0)

    def rows_of(self, source: int) -> range:
        """The rows of one source."""
        import numpy as np

        first, past = np.searchsorted(self.source, [source, source + 1])
        return range(int(first), int(past))
