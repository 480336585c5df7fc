"""Gaps over HTTP: what nothing answers, what is solved slowly, what is never used, and decisions."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from copilot.gaps.desk import What
from copilot.gaps.documents import (
    GAP_COLUMNS,
    decision_entry,
    gap_row,
    gaps_entry,
    proposal_entry,
)
from copilot.gaps.trend import Way
from knowledge_base.gap_decisions import DecisionState
from web.api import PROBLEMS
from web.deps import ActorDep, CopilotDep
from web.insight_api import defused
from web.schemas import Schema, Time, Written

router = APIRouter(prefix="/api/v1/gaps", tags=["gaps"], responses=PROBLEMS)
GapId = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
Number = Annotated[int, Path(ge=1, lt=2**63)]
SLOW_COLUMNS = ("category", "conversations", "hours", "minutes", "turns", "reopened")
UNUSED_COLUMNS = ("kind", "id", "title", "category", "language", "shown", "conversations")


class BasisJson(Schema):
    """What the figures stand on: conversations in which something was asked of the copilot.

    `singles` ask for what fewer than three others do; `not_compared` have no vector, or a language that the
    encoder doesn't read and too little is told in.
    """

    since: Time
    until: Time
    asked: int
    nothing_shown: int
    all_rejected: int
    singles: int
    not_compared: int


class TrendJson(Schema):
    """Conversations of the last four weeks and of the four before, held against all that is asked."""

    recent: int
    before: int
    way: Way


class SpokenJson(Schema):
    """A language of the customers."""

    language: str | None
    conversations: int


class NearestJson(Schema):
    """What came nearest, with how sure the search is that it helps."""

    kind: str
    id: str
    title: str
    confidence: float


class DecisionJson(Schema):
    """A decision that stands. `made` is what was begun: `article:ID` or `candidate:NUMBER`."""

    number: int
    gap: str
    name: str
    state: DecisionState
    who: str
    why: str | None
    made: str | None
    conversations: int
    at: Time


class GapJson(Schema):
    """A kind of request that nothing answered. `solved` were closed after an agent wrote.

    `decided_before`: it was decided on, and `since_then` more came.
    """

    id: str
    name: str
    conversations: int
    nothing_shown: int
    all_rejected: int
    trend: TrendJson
    languages: list[SpokenJson]
    category: str | None
    nearest: NearestJson | None
    questions: list[str]
    samples: list[str]
    solved: int
    decided_before: DecisionJson | None
    since_then: int


class NamedGap(Schema):
    """A gap that what is published by now answers."""

    id: str
    name: str


class ShareJson(Schema):
    """Of n cases: median or share, its lower bound, and the desk's own; `more`: surely above it."""

    n: int
    value: float
    low: float
    desk: float
    more: bool


class SlowKindJson(Schema):
    """A problem of a slow category that surely takes longer, with the median of its cases' minutes."""

    name: str
    cases: int
    minutes: float
    examples: list[str]


class SlowJson(Schema):
    """A category that surely takes longer than the desk's cases do; null where too few cases tell.

    `hours` are its conversations in twelve weeks times the median of a case's minutes.
    """

    category: str
    conversations: int
    hours: float | None
    minutes: ShareJson | None
    turns: ShareJson | None
    reopened: ShareJson | None
    kinds: list[SlowKindJson]


class UnusedJson(Schema):
    """A record; `conversations` of its kind came meanwhile."""

    id: str
    title: str | None
    category: str | None
    language: str
    shown: int
    conversations: int


class UnusedKindJson(Schema):
    """The unused records of a kind, and how many had no chance."""

    kind: str
    published: int
    never_shown: int
    never_used: int
    not_asked_for: int
    too_new: int
    too_seldom_shown: int
    items: list[UnusedJson]


class GapsJson(Schema):
    """All that was found, at a time and in so many seconds."""

    basis: BasisJson
    gaps: list[GapJson]
    answered_since: list[NamedGap]
    decided: list[DecisionJson]
    slow: list[SlowJson]
    categories_with_too_few_cases: int
    unused: list[UnusedKindJson]
    at: Time
    seconds: float


class ProposalJson(Schema):
    """What to write, in the exchange format; `conversation_id`: where a case comes from."""

    what: Literal["case", "article"]
    record: dict[str, Any]
    conversation_id: str | None


class Acceptance(Schema):
    """`what` null: a case where an agent solved one of the conversations, else an article."""

    what: What | None = None


class Dismissal(Schema):
    """Why nothing is to be written."""

    why: Annotated[Written, Field(min_length=1, max_length=1000)]


@router.get("")
def read_gaps(
    copilot: CopilotDep,
    anew: Annotated[bool, Query(description="find them now instead of showing what was found")] = False,
) -> GapsJson:
    """Read gaps, slow categories and unused records; as they were found within the last minutes."""
    desk = copilot.gaps
    found = desk.found(anew=anew)
    return GapsJson.model_validate(gaps_entry(found, desk.open(), desk.decided()))


@router.get("/{table}.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def read_csv(table: Literal["gaps", "slow", "unused"], copilot: CopilotDep) -> Response:
    """One of the tables as CSV; what a spreadsheet would take for a formula gets an apostrophe before it."""
    desk = copilot.gaps
    if table == "gaps":
        rows = [GAP_COLUMNS, *(gap_row(one) for one in desk.open())]
    else:
        told = gaps_entry(desk.found(), [], [])
        rows = [SLOW_COLUMNS, *map(_slow_row, told["slow"])] if table == "slow" else [
            UNUSED_COLUMNS,
            *([kind["kind"], *each.values()] for kind in told["unused"] for each in kind["items"]),
        ]  # fmt: skip
    written = io.StringIO()
    csv.writer(written).writerows([defused(c) if isinstance(c, str) else c for c in row] for row in rows)
    head = {"content-disposition": f'attachment; filename="{table}.csv"', "cache-control": "no-store"}
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers=head)


@router.get("/{gap_id}/proposal")
def read_proposal(gap_id: GapId, copilot: CopilotDep, what: What | None = None) -> ProposalJson:
    """Read what to write for a gap."""
    return ProposalJson.model_validate(proposal_entry(copilot.gaps.proposal(gap_id, what)))


@router.post("/{gap_id}/acceptances", status_code=201)
def accept(gap_id: GapId, given: Acceptance, copilot: CopilotDep, actor: ActorDep) -> DecisionJson:
    """Begin it: a candidate in review, or an article that is pending until somebody publishes it."""
    return DecisionJson.model_validate(
        decision_entry(copilot.gaps.accept(gap_id, who=actor, what=given.what))
    )


@router.post("/{gap_id}/dismissals", status_code=201)
def dismiss(gap_id: GapId, given: Dismissal, copilot: CopilotDep, actor: ActorDep) -> DecisionJson:
    """Let a gap be until more of its kind is asked."""
    return DecisionJson.model_validate(decision_entry(copilot.gaps.dismiss(gap_id, given.why, who=actor)))


@router.delete("/decisions/{number}")
def undo(number: Number, copilot: CopilotDep, actor: ActorDep) -> DecisionJson:
    """Take a decision back; an article that was begun for it and isn't written on is retired."""
    return DecisionJson.model_validate(decision_entry(copilot.gaps.undo(number, who=actor)))


def _slow_row(one: dict[str, Any]) -> list[Any]:
    values = ((one[name] or {}).get("value", "") for name in ("minutes", "turns", "reopened"))
    return [one["category"], one["conversations"], "" if one["hours"] is None else one["hours"], *values]
