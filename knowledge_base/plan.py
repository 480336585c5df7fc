"""Decides what a write changes; pure, so that the store only carries it out."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from knowledge_base.errors import ConflictError
from knowledge_base.models import Case, Kind, PolicyArticle, Question, Record, Status

Outcome = Literal["added", "updated", "unchanged"]
Action = Literal["added", "updated", "retired"]


@dataclass(frozen=True, slots=True)
class Head:
    """What the base holds of a record: enough to decide, without its text."""

    version: int
    status: Status
    content_hash: str


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the history to come."""

    kind: Kind
    record: Record
    version: int
    action: Action
    content_hash: str


def decide(head: Head | None, record: Record, kind: Kind, content_hash: str) -> Step | None:
    """Say what putting the record changes; None where the base holds exactly it already."""
    if head is None:
        return Step(kind, record, 1, "added", content_hash)
    if head.content_hash == content_hash:
        return None
    retires = record.status == "retired" and head.status != "retired"
    return Step(kind, record, head.version + 1, "retired" if retires else "updated", content_hash)


def check_version(head: Head | None, expected: int | None, kind: Kind, record_id: str) -> None:
    """Refuse a write made from another version than the newest; expecting 0 means that it must be new."""
    found = head.version if head else 0
    if expected is None or expected == found:
        return
    if expected == 0:
        raise ConflictError(f"there is a {kind} {record_id!r} already; change that one, or choose another id")
    raise ConflictError(
        f"{kind} {record_id!r} was changed meanwhile: it is at version {found}, not {expected}; load it again"
    )


def named_in(record: Record) -> tuple[str, ...]:
    """The articles that a record hangs on, as it names them: `returns#the-30-days`, each once."""
    if isinstance(record, PolicyArticle):
        return (record.translation_of,) if record.translation_of else ()
    return () if isinstance(record, Question) else tuple(dict.fromkeys(record.policies))


def search_text(record: Record) -> str:
    """Gather the words by which a curator finds the record in a list, folded, each once: so less is read."""
    if isinstance(record, Case):
        written = [message.text for message in record.messages if message.role == "customer"]
        parts = [record.title, record.problem, record.resolution, record.reply, record.product]
        parts += [*record.tags, *written]
    elif isinstance(record, PolicyArticle):
        parts = [record.title, record.body]
    elif isinstance(record, Question):
        parts = [message.text for message in record.conversation().by("customer")]
    else:
        parts = [record.body, record.situation]
    told = fold("\n".join(part for part in [record.id, record.category, *parts] if part))
    return " ".join(dict.fromkeys(told.split()))


def fold(text: str) -> str:
    """Make texts comparable whatever their case and accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))
