"""What the command line prints for programs, and the progress of long work."""

from __future__ import annotations

import sys
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Self

import typer

from copilot.models import Detection, Evidence
from knowledge_base.errors import PrecedentError

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


def fail(error: PrecedentError) -> NoReturn:
    """One line on standard error, status 1."""
    typer.echo("precedent: " + " ".join(str(error).split()), err=True)
    raise SystemExit(1)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    import json

    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def show(value: Any, *, json: bool) -> None:
    """Print a result for a program or for a person."""
    if json:
        print_json(as_document(value))
    else:
        from copilot.console import show_people

        show_people(value)


def as_document(value: Any) -> Any:
    """A result as the exchange format has it."""
    from knowledge_base.importing import ImportReport

    if isinstance(value, ImportReport):
        return asdict(value) | {"errors": [error_entry(error) for error in value.errors]}
    if isinstance(value, list):
        return {"results": [result_entry(item) for item in value]}
    if isinstance(value, Detection):
        return asdict(value) | {
            "candidates": [{"language": tag, "confidence": share} for tag, share in value.candidates]
        }
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def error_entry(error: Any) -> dict[str, Any]:
    """A bad record: file, line, field and message."""
    return {"file": error.file, "line": error.line, "field": error.field, "message": error.message}


def result_entry(evidence: Evidence) -> dict[str, Any]:
    """A search result."""
    passage = evidence.passage
    return {
        "kind": passage.kind, "id": passage.source_id, "title": passage.title, "section": passage.heading,
        "text": passage.text, "relevance": evidence.relevance, "confidence": evidence.confidence,
        "why": list(evidence.why),
    }  # fmt: skip


class Progress:
    """A progress bar on standard error; quiet where a program reads or nobody watches."""

    def __init__(self, title: str, *, quiet: bool) -> None:
        self._title, self._quiet = title, quiet or not sys.stderr.isatty()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if not self._quiet:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self._title, total=None)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def bytes(self, done: int, total: int, file: str) -> None:
        """For imports: bytes read of all."""
        self._set(done, total, f"{self._title} {file}")

    def steps(self, phase: str, done: int, total: int) -> None:
        """For index builds: what is being done, how far."""
        self._set(done, total or None, f"{self._title}: {phase}")

    def count(self, done: int, total: int) -> None:
        """For a plain count."""
        self._set(done, total, self._title)

    def _set(self, done: int, total: int | None, text: str) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, description=text)
