"""Imports files and folders: JSON Lines (cases, questions, logs), CSV, Markdown (articles, templates).

Records are written in transactions of 500, so that a killed import leaves whole ones only and the
next import completes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from knowledge_base.articles import article_from_fields
from knowledge_base.errors import InputError, RecordError
from knowledge_base.front_matter import read_front_matter
from knowledge_base.grants import GRANTS_FILE, grant_from_dict
from knowledge_base.judging import Judge, Judged
from knowledge_base.lines import MAX_LINE
from knowledge_base.models import Kind, Record
from knowledge_base.plan import Outcome
from knowledge_base.records import Read, as_value
from knowledge_base.records_csv import cases_from_csv
from knowledge_base.records_jsonl import Entry, log_from_jsonl, records_from_jsonl
from knowledge_base.store import BATCH, KnowledgeBase
from knowledge_base.templates_io import is_template, templates_from_fields
from knowledge_base.translations import APPROVED_FILE, approved_from_dict

MAX_ERRORS = 10_000
"""Errors that a report lists; further ones are only counted, so that a wrong file can't fill the memory."""
LINE_SUFFIXES = (".jsonl", ".ndjson", ".csv")
SUFFIXES = (*LINE_SUFFIXES, ".md")

Progress = Callable[[int, int, str], None]
"""Called with the bytes read, the bytes in all, and the file."""


@dataclass(slots=True)
class Counts:
    """What became of the records of one kind."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count one more record."""
        setattr(self, outcome, getattr(self, outcome) + 1)


@dataclass(slots=True)
class ImportReport:
    """What an import did. `errors` are in the order met; at most MAX_ERRORS are listed.

    `findings` are what a gate found, whether it held a record back or not.
    """

    cases: Counts = field(default_factory=Counts)
    articles: Counts = field(default_factory=Counts)
    templates: Counts = field(default_factory=Counts)
    errors: list[RecordError] = field(default_factory=list)
    questions: Counts = field(default_factory=Counts)
    grants: Counts = field(default_factory=Counts)
    translations: Counts = field(default_factory=Counts)
    findings: list[Mapping[str, object]] = field(default_factory=list)

    def of(self, kind: Kind) -> Counts:
        """The counts of one kind."""
        counts = {"article": self.articles, "template": self.templates, "question": self.questions}
        return counts.get(kind, self.cases)

    def reject(self, error: RecordError, kind: Kind) -> None:
        """Note a record that can't be taken."""
        self.of(kind).rejected += 1
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(error)


def import_paths(
    kb: KnowledgeBase,
    paths: Iterable[str | Path],
    *,
    strict: bool = False,
    actor: str = "import",
    progress: Progress | None = None,
    gate: Judge | None = None,
) -> ImportReport:
    """Import files, and folders with all below them in sorted order; again updates, never doubles.

    A bad record is reported and left out, and so is what the `gate` holds back; with `strict` its whole file
    is. Raises InputError, before anything is read, where a path doesn't exist.
    """
    files = list(chain.from_iterable(files_below(Path(path)) for path in paths))
    run = _Import(kb, actor=actor, progress=progress, total=sum(map(_size, files)))
    if gate is not None:
        run.judged = gate.judge(lambda: _records(kb, files))
        run.report.findings += run.judged.findings
    for file in files:
        if file.name == GRANTS_FILE:
            run.log(file, run.report.grants, grant_from_dict, kb.grants.add, strict=strict)
        elif file.name == APPROVED_FILE:
            run.log(file, run.report.translations, approved_from_dict, kb.translations.add, strict=strict)
        elif strict:
            run.whole_file(file)
        else:
            run.file(file)
    run.flush()
    return run.report


def files_below(path: Path) -> list[Path]:
    """List the files to import: the path itself, or those of known types below it, hidden ones left out."""
    if not path.exists():
        raise InputError(f"{path} doesn't exist; check the path")
    if not path.is_dir():
        return [path]
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    entries = [entry for entry in entries if not entry.name.startswith(".")]
    files = [e for e in entries if e.suffix.lower() in SUFFIXES and e.is_file()]
    folders = [e for e in entries if e.is_dir() and not e.is_symlink()]  # links may lead round in a circle
    return sorted([*files, *chain.from_iterable(map(files_below, folders))])


def _records(kb: KnowledgeBase, files: Iterable[Path]) -> Iterator[Record]:
    """The good records of all files, once more from the first."""
    run = _Import(kb, actor="", progress=None, total=0)
    for file in files:
        if file.name not in (GRANTS_FILE, APPROVED_FILE):
            yield from run.reads(file)


class _Import:
    """One run: what waits to be written, what was seen, and the report."""

    def __init__(self, kb: KnowledgeBase, *, actor: str, progress: Progress | None, total: int) -> None:
        self._kb, self._actor, self._progress, self._total = kb, actor, progress, total
        self._done = 0
        self._waiting: list[tuple[Kind, Record]] = []
        self._files_of: dict[tuple[Kind, str], str] = {}
        self.report = ImportReport()
        self.judged = Judged()

    def file(self, path: Path) -> None:
        """Import the good records of a file."""
        for kind, read in self._reads(path):
            if isinstance(read, RecordError):
                self.report.reject(read, kind)
            else:
                self._waiting.append((kind, read))
                if len(self._waiting) >= BATCH:
                    self.flush()

    def whole_file(self, path: Path) -> None:
        """Import a file if all its records are good: one pass to check, one transaction to write."""
        start, seen = self._done, dict(self._files_of)
        kinds: dict[Kind, int] = {}
        errors: list[tuple[Kind, RecordError]] = []
        for kind, read in self._reads(path):
            kinds[kind] = kinds.get(kind, 0) + 1
            if isinstance(read, RecordError) and len(errors) < MAX_ERRORS:
                errors.append((kind, read))
        if errors:
            self._files_of = seen
            for kind, count in kinds.items():
                self.report.of(kind).rejected += count
            self.report.errors += [error for _, error in errors][: MAX_ERRORS - len(self.report.errors)]
            return
        self._done, self._files_of = start, seen
        written: list[Kind] = []
        good = self._good(path, written)
        outcomes = self._kb.put_many(good, actor=self._actor, reason=self.judged.reason)
        for kind, outcome in zip(written, outcomes, strict=True):
            self.report.of(kind).add(outcome)

    def log(
        self,
        path: Path,
        counts: Counts,
        read: Callable[[object, str, int], Entry],
        add: Callable[[Sequence[Entry]], Iterable[Outcome]],
        *,
        strict: bool,
    ) -> None:
        """Import a log in one transaction: its good lines, or with `strict` all or none."""
        with path.open("rb") as stream:
            entries = list(log_from_jsonl(stream, str(path), read))
        errors = [one for one in entries if isinstance(one, RecordError)]
        good = [one for one in entries if not isinstance(one, RecordError)]
        counts.rejected += len(entries) if strict and errors else len(errors)
        self.report.errors += errors[: MAX_ERRORS - len(self.report.errors)]
        for outcome in add(() if strict and errors else good):
            counts.add(outcome)
        self._done += _size(path)
        self._tell(self._done, str(path), always=True)

    def flush(self) -> None:
        """Write what waits in one transaction."""
        if self._waiting:
            records = [record for _, record in self._waiting]
            outcomes = self._kb.put_many(records, actor=self._actor, reason=self.judged.reason)
            for (kind, _), outcome in zip(self._waiting, outcomes, strict=True):
                self.report.of(kind).add(outcome)
            self._waiting.clear()

    def _good(self, path: Path, kinds: list[Kind]) -> Iterator[Record]:
        for kind, read in self._reads(path):
            if isinstance(read, RecordError):  # the file was changed since the check: nothing is written
                raise read
            kinds.append(kind)
            yield read

    def _reads(self, path: Path) -> Iterator[tuple[Kind, Record | RecordError]]:
        name, suffix, size = str(path), path.suffix.lower(), _size(path)
        start = self._done
        try:
            if not path.is_file():  # a pipe would wait for ever
                raise OSError(0, "it is no regular file")
            with path.open("rb") as stream:
                if suffix in LINE_SUFFIXES:
                    for kind, read in self._lines(stream, name, suffix):
                        yield kind, read
                        self._tell(start + stream.tell(), name)
                elif suffix == ".md":
                    yield from self._markdown(stream, name)
                else:
                    yield "case", RecordError(name, 1, "", f"is none of {', '.join(SUFFIXES)}")
        except OSError as error:
            yield _kind(suffix), RecordError(name, 1, "", f"can't be read: {error.strerror}")
        self._done = start + size
        self._tell(self._done, name, always=True)

    def _lines(self, stream: BinaryIO, name: str, suffix: str) -> Iterator[tuple[Kind, Record | RecordError]]:
        first_lines: dict[tuple[Kind, str], int] = {}
        empty = True
        for kind, (line, read) in _read(stream, name, suffix):
            empty = False
            yield (
                kind,
                self._admitted(kind, _first_of_its_id((kind, line), read, name, first_lines), name, line),
            )
        if empty:
            what = "the file is empty" if not stream.tell() else "the file holds no records"
            yield "case", RecordError(name, 1, "", what)

    def _markdown(self, stream: BinaryIO, name: str) -> Iterator[tuple[Kind, Record | RecordError]]:
        kind: Kind = "article"
        try:
            fields, body = read_front_matter(_text(stream, name), name)
            records: Sequence[Record]
            if is_template(fields, body):
                kind = "template"
                records = templates_from_fields(fields, body)
            else:
                records = [article_from_fields(fields, body)]
        except RecordError as error:
            yield kind, as_value(error)
            return
        for record in records:
            other = self._files_of.setdefault((kind, record.id), name)
            taken = RecordError(name, fields.line_of("id"), "id", f"is used by {other} already")
            yield kind, self._admitted(kind, record, name, 1) if other == name else taken

    def _admitted(self, kind: Kind, read: Record | RecordError, name: str, line: int) -> Record | RecordError:
        """What was read, unless the gate holds it back."""
        held = None if isinstance(read, RecordError) else self.judged.held.get((kind, read.id))
        return read if held is None else RecordError(name, line, "", held)

    def reads(self, path: Path) -> Iterator[Record]:
        """The good records of a file; nothing is written."""
        return (read for _, read in self._reads(path) if not isinstance(read, RecordError))

    def _tell(self, done: int, name: str, *, always: bool = False) -> None:
        if self._progress and (always or done - self._done >= 1 << 18):
            self._done = done
            self._progress(min(done, self._total), self._total, name)


def _read(stream: BinaryIO, name: str, suffix: str) -> Iterator[tuple[Kind, Read]]:
    if suffix != ".csv":
        return records_from_jsonl(stream, name)
    return (("case", read) for read in cases_from_csv(stream, name))


def _first_of_its_id(
    place: tuple[Kind, int],
    read: Record | RecordError,
    name: str,
    first_lines: dict[tuple[Kind, str], int],
) -> Record | RecordError:
    if isinstance(read, RecordError):
        return read
    kind, line = place
    first = first_lines.setdefault((kind, read.id), line)
    if first == line:
        return read
    return RecordError(name, line, "id", f"stands in line {first} already; each record needs its own")


def _text(stream: BinaryIO, name: str) -> str:
    raw = stream.read(MAX_LINE + 1)
    if len(raw) > MAX_LINE:
        raise RecordError(name, 1, "", f"is longer than {MAX_LINE:,} bytes; split it")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise RecordError(name, line, "", "isn't UTF-8; save the file as UTF-8") from error


def _kind(suffix: str) -> Kind:
    return "article" if suffix == ".md" else "case"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
