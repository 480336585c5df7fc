"""What looks at an import before any of it is written, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from knowledge_base.models import Kind, Record


@dataclass(frozen=True, slots=True)
class Judged:
    """What a gate says of a batch: the records that are held back and why, and all that it found.

    `reason` is kept in the history of what is written.
    """

    held: Mapping[tuple[Kind, str], str] = field(default_factory=dict)
    findings: tuple[Mapping[str, object], ...] = ()
    reason: str | None = None


class Judge(Protocol):
    """Looks at a whole batch before any of it is written; it may go over the records again and again."""

    def judge(self, records: Callable[[], Iterator[Record]]) -> Judged: ...
