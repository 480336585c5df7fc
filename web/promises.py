"""Typed data for the templates: promises, contradictions and the time left to acknowledge a complaint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from copilot.models import Contradiction, SuggestedPromise, Suggestion
from copilot.promises.due import is_whole_day
from knowledge_base.promises import PromiseState, StoredPromise
from web.words import direction

KINDS = {
    "refund": "Refund",
    "replacement": "Replacement",
    "contact": "News",
    "delivery": "Delivery",
    "credit": "Credit",
    "investigation": "To look into",
    "other": "Other",
}
DIFFERS = {
    "amount": "names another amount than",
    "due": "names another time than",
    "refused": "does not go with",
}


@dataclass(frozen=True, slots=True)
class PromiseView:
    """A promise as a row or a line: `due_at` for machines, `due` in words; `settled` by whom and when."""

    id: int | None
    conversation: str
    kind: str
    sentence: str
    lang: str | None
    dir: str
    due: str
    due_at: str | None
    overdue: bool
    state: PromiseState
    by_other: bool
    settled: str
    follow_up: bool


@dataclass(frozen=True, slots=True)
class ContradictionView:
    """Two sentences that don't go together."""

    kind: str
    words: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class CommitmentsView:
    """What was promised in a conversation, beside its draft; `complaint` is a time of the machine."""

    promises: tuple[PromiseView, ...]
    contradictions: tuple[ContradictionView, ...]
    complaint: str | None
    complaint_words: str


def commitments_view(suggestion: Suggestion) -> CommitmentsView:
    """Lay out what was promised in the conversation of a suggestion."""
    due = suggestion.complaint_due
    return CommitmentsView(
        promises=tuple(_suggested(one) for one in suggestion.promises),
        contradictions=tuple(_contradiction(one) for one in suggestion.contradictions),
        complaint=due,
        complaint_words=_moment(datetime.fromisoformat(due)) if due else "",
    )


def promise_views(found: Sequence[StoredPromise], now: datetime) -> tuple[PromiseView, ...]:
    """Lay out promises of many conversations."""
    return tuple(_stored(one, now) for one in found)


def _stored(one: StoredPromise, now: datetime) -> PromiseView:
    promise, overdue = one.promise, one.overdue(now)
    settled = f"by {one.state_by}, {_moment(one.state_at)}" if one.state_by and one.state_at else ""
    not_due = one.state == "open" and promise.due is not None and not overdue
    return PromiseView(
        id=one.id,
        conversation=promise.conversation_id,
        kind=KINDS.get(promise.kind, promise.kind),
        sentence=" ".join(promise.sentence.split()),
        lang=_lang(promise.language),
        dir=direction(_lang(promise.language)),
        due=due_words(promise.due),
        due_at=promise.due.isoformat() if promise.due else None,
        overdue=overdue,
        state=one.state,
        by_other=promise.promiser == "other",
        settled=settled,
        follow_up=one.state != "withdrawn" and not not_due,
    )


def _suggested(one: SuggestedPromise) -> PromiseView:
    due = datetime.fromisoformat(one.due) if one.due else None
    return PromiseView(
        id=one.id,
        conversation="",
        kind=KINDS.get(one.kind, one.kind),
        sentence=one.sentence,
        lang=_lang(one.language),
        dir=direction(_lang(one.language)),
        due=due_words(due),
        due_at=one.due,
        overdue=one.overdue,
        state="open",
        by_other=one.promiser == "other",
        settled="",
        follow_up=one.id is not None and (due is None or one.overdue),
    )


def _contradiction(one: Contradiction) -> ContradictionView:
    return ContradictionView(KINDS.get(one.kind, one.kind), DIFFERS[one.differs], one.first, one.second)


def due_words(due: datetime | None) -> str:
    """A due time as an agent reads it, without an hour where only the day is named."""
    if due is None:
        return "no time named"
    return f"{due.astimezone(UTC):%a %-d %b}" if is_whole_day(due) else _moment(due)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%a %-d %b, %H:%M} UTC"


def _lang(language: str) -> str | None:
    return None if language == "und" else language
