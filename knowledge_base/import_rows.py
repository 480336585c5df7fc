"""What is kept of bringing in: a run with its counts, where a record came from, what was left out."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from knowledge_base.models import Kind, Record

SILENCE = timedelta(seconds=60)
"""A worker that hasn't said anything for so long was killed: another may go on from where it stopped."""
RunState = Literal["running", "done", "cancelled", "failed", "interrupted"]


def new_worker() -> str:
    """A name for who works at a run, by which others on this machine see whether they still live."""
    return f"{socket.gethostname()[:16]}/{os.getpid()}/{uuid.uuid4().hex[:24]}"


def is_gone(worker: str | None) -> bool:
    """Whether the process of a worker on this machine has ended; False where that can't be told."""
    host, _, rest = (worker or "").partition("/")
    number = rest.partition("/")[0]
    if host != socket.gethostname()[:16] or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


@dataclass(frozen=True, slots=True)
class Run:
    """One export that is or was brought in. `done` and `total` are bytes, or pages of a help centre."""

    id: int
    system: str
    path: str
    name: str
    fingerprint: str
    options: Mapping[str, Any]
    state: RunState
    message: str | None
    position: int
    done: int
    total: int
    added: int
    updated: int
    unchanged: int
    left_out: Mapping[str, int]
    actor: str
    started_at: datetime
    ended_at: datetime | None
    worker: str | None
    beat_at: datetime

    @property
    def resumable(self) -> bool:
        """Whether it was stopped before its end."""
        return self.state in ("cancelled", "failed", "interrupted")


@dataclass(frozen=True, slots=True)
class Brought:
    """A ticket or page worked off, with its digest and its record's (`written`).

    `record` None: the base holds exactly this already, by the ticket's digest.
    """

    position: int
    source_id: str
    kind: Kind
    digest: str
    record: Record | None
    written: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Omitted:
    """Something left out: which thing of the export it was, from 1, and why."""

    position: int
    reason: str
    source_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is written in one transaction, with how far the export is worked off after it."""

    items: tuple[Brought | Omitted, ...]
    position: int
    done: int


@dataclass(frozen=True, slots=True)
class KeptMapping:
    """The mapping that a person chose for files with this header."""

    signature: str
    columns: tuple[str, ...]
    mapping: Mapping[str, str]
    actor: str
    at: datetime
