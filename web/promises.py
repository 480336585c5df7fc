"""Typed data for the templates: promises, contradictions and the time left to acknowledge a complaint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from copilot.models import Contradiction, SuggestedPromise, Suggestion
from copilot.promises.due import is_whole_day
from knowledge_base.promises import PromiseState, StoredPromise
from web.i18n import day, gettext, mark
from web.words import direction

KINDS = {
    "refund": mark("Refund"),
    "replacement": mark("Replacement"),
    "contact": mark("News"),
    "delivery": mark("Delivery"),
    "credit": mark("Credit"),
    "investigation": mark("To look into"),
    "other": mark("Other"),
}
STATES: Mapping[PromiseState, str] = {
    "open": mark("Open"),
    "kept": mark("Kept"),
    "broken": mark("Broken"),
    "withdrawn": mark("Withdrawn"),
}
_OPEN: PromiseState = "open"
DIFFERS = {
    "amount": mark("names another amount than"),
    "due": mark("names another time than"),
    "refused": mark("does not go with"),
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
    state_words: str
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
    settled = ""
    if one.state_by and one.state_at:
        settled = gettext(
            "%(state)s by %(who)s, %(moment)s",
            state=gettext(STATES[one.state]).lower(),
            who=one.state_by,
            moment=_moment(one.state_at),
        )
    not_due = one.state == "open" and promise.due is not None and not overdue
    return PromiseView(
        id=one.id,
        conversation=promise.conversation_id,
        kind=_kind(promise.kind),
        sentence=" ".join(promise.sentence.split()),
        lang=_lang(promise.language),
        dir=direction(_lang(promise.language)),
        due=due_words(promise.due),
        due_at=promise.due.isoformat() if promise.due else None,
        overdue=overdue,
        state=one.state,
        state_words=gettext(STATES[one.state]),
        by_other=promise.promiser == "other",
        settled=settled,
        follow_up=one.state != "withdrawn" and not not_due,
    )


def _suggested(one: SuggestedPromise) -> PromiseView:
    due = datetime.fromisoformat(one.due) if one.due else None
    return PromiseView(
        id=one.id,
        conversation="",
        kind=_kind(one.kind),
        sentence=one.sentence,
        lang=_lang(one.language),
        dir=direction(_lang(one.language)),
        due=due_words(due),
        due_at=one.due,
        overdue=one.overdue,
        state=_OPEN,
        state_words=gettext(STATES[_OPEN]),
        by_other=one.promiser == "other",
        settled="",
        follow_up=one.id is not None and (due is None or one.overdue),
    )


def _contradiction(one: Contradiction) -> ContradictionView:
    return ContradictionView(_kind(one.kind), gettext(DIFFERS[one.differs]), one.first, one.second)


def due_words(due: datetime | None) -> str:
    """A due time as an agent reads it, without an hour where only the day is named."""
    if due is None:
        return gettext("no time named")
    return day(due.astimezone(UTC), week=True) if is_whole_day(due) else _moment(due)


def _moment(at: datetime) -> str:
    return f"{day(at.astimezone(UTC), time=True, week=True)} UTC"


def _kind(kind: str) -> str:
    return gettext(KINDS[kind]) if kind in KINDS else kind


def _lang(language: str) -> str | None:
    return None if language == "und" else language
