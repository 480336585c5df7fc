"""The progress of long work, on standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


class Progress:
    """A progress bar; quiet where a program reads or nobody watches."""

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
            self._bar.update(self._task, completed=done, total=total, description=escape(text))


def escape(text: str) -> str:
    """A file's name may hold what Rich would take for markup."""
    from rich.markup import escape as escaped

    return escaped(text)
