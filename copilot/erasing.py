"""A customer erased from everything the desk keeps: base, index, files beside them, and memory."""

from __future__ import annotations

import functools
import gc
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.errors import IndexingError
from knowledge_base.personal.person import Person, Values
from knowledge_base.personal.tracing import Traces
from knowledge_base.store import KnowledgeBase

CHUNK = 1 << 20
TEXT_FILES = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".md", ".txt", ".toml", ".log"})
OURS = ("copilot.", "indexer.", "knowledge_base.", "web.")


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was done. `left` are files that still hold a value; `index` says why the former one serves on."""

    seq: int
    counts: dict[str, int]
    files: tuple[str, ...]
    left: tuple[str, ...]
    index: str | None

    @property
    def complete(self) -> bool:
        """Whether nothing is left."""
        return not self.left and self.index is None


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases customers; `folder` holds the data, `reindex` builds the index anew and drops the former one."""

    knowledge: KnowledgeBase
    folder: Path | None = None
    reindex: Callable[[], None] | None = None

    def preview(self, person: Person) -> Traces:
        """What would be removed; nothing is. Raises InputError."""
        return self.knowledge.erasures.preview(person)

    def erase(self, person: Person, *, actor: str) -> Erasure:
        """Remove a customer everywhere; what could not be reached is told. Raises InputError."""
        values = self.preview(person).values
        erased = self.knowledge.erasures.erase(person, actor=actor)
        index = self._rebuilt()
        files = tuple(self._cleaned_files(values, erased.written))
        forget_all()
        left = tuple(sorted(holding(self.folder, erased.written))) if self.folder else ()
        if left or not erased.clean:
            self.knowledge.personal.scrub()  # whoever read on before may have ended
            left = tuple(sorted(holding(self.folder, erased.written))) if self.folder else ()
        return Erasure(erased.seq, erased.counts, files, left, index)

    def _rebuilt(self) -> str | None:
        if self.reindex is None:
            return None
        try:
            self.reindex()
        except IndexingError as error:
            return str(error)
        return None

    def _cleaned_files(self, values: Values, written: frozenset[str]) -> Iterator[str]:
        """Text files beside database and index, such as imported questions, an export or a log."""
        if self.folder is None:
            return
        for name in holding(self.folder, written):
            path = self.folder / name
            if path.suffix not in TEXT_FILES or path.is_relative_to(self.folder / "index"):
                continue
            lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines(keepends=True)
            beside = path.with_name(f".{path.name}.erasing")
            beside.write_text(
                "".join(_line(line, values) for line in lines), encoding="utf-8", errors="surrogateescape"
            )
            os.replace(beside, path)
            yield name


def forget_all() -> None:
    """Empty what this process remembers of texts, so that no value lives on in memory."""
    from copilot.gaps.desk import Gaps
    from copilot.translation.upkeep import TranslationMemory
    from copilot.why.sources import SourceReader

    for one in gc.get_objects():
        kind = type(one)  # `isinstance` would ask every object of this process for its class
        if kind is functools._lru_cache_wrapper:
            if str(getattr(one, "__module__", "")).startswith(OURS):
                one.cache_clear()
        elif kind is TranslationMemory or kind is SourceReader:
            one.clear()
        elif kind is Gaps:
            one.forget()


def holding(folder: Path, values: Iterable[str]) -> Iterator[str]:
    """The files below a folder that hold a value, as UTF-8 or as JSON escapes it; relative names."""
    needles = {form for value in values if value for form in _forms(value)}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and _holds(path, needles):
            yield str(path.relative_to(folder))


def _forms(value: str) -> set[bytes]:
    escaped = json.dumps(value)[1:-1]
    return {value.encode("utf-8", "surrogatepass"), escaped.encode()}


def _holds(path: Path, needles: set[bytes]) -> bool:
    longest = max(map(len, needles), default=0)
    tail = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                window = tail + chunk
                if any(needle in window for needle in needles):
                    return True
                tail = window[-longest:]
    except FileNotFoundError:
        return False
    return False


def _line(line: str, values: Values) -> str:
    """A line without the values; of a JSON line the texts, however they are escaped."""
    try:
        document: Any = json.loads(line)
    except ValueError:
        return values.removed(line)
    from knowledge_base.personal.person import without

    if not isinstance(document, dict | list):
        return values.removed(line)
    ending = "\n" if line.endswith("\n") else ""
    return json.dumps(without(document, values), ensure_ascii=False) + ending
