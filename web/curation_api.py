"""Duplicates and contradictions over HTTP; merging cases, and undoing it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from copilot.curation.contradictions import Statement
from copilot.curation.desk import Found
from copilot.curation.duplicates import Group
from copilot.curation.merge import MOST_MERGED
from knowledge_base.models import tries_of
from web.api import PROBLEMS
from web.deps import ActorDep, Assistant, CopilotDep
from web.schemas import Schema

router = APIRouter(prefix="/api/v1", tags=["curation"], responses=PROBLEMS)
WAIT = 10.0
"""Seconds that a program waits for what is found."""
CaseId = Annotated[str, Path(min_length=1, max_length=200)]


class ToldCase(Schema):
    """A case of a group."""

    id: str
    title: str | None
    category: str | None
    product: str | None


class Tries(Schema):
    """How often it worked, of how many tries."""

    worked: int
    tried: int


class GroupJson(Schema):
    """Cases that are one, the one to keep first; `likeness`, 0 to 1, is that of the least alike pair."""

    cases: list[ToldCase]
    likeness: float
    outcome: Tries


class Looking(Schema):
    """A look that goes on: of so many pairs of near cases so many are looked at."""

    done: int
    total: int


class GroupList(Schema):
    """The groups, the surest first; while a look goes on, what was found before."""

    items: list[GroupJson]
    looking: Looking | None


class StatementJson(Schema):
    """A sentence; `source` is `case:ID` or a clause, `article:ID#SECTION`."""

    source: str
    text: str


class ContradictionJson(Schema):
    """Two sentences on one thing that don't go together; `differs` says in what."""

    differs: str
    first: StatementJson
    second: StatementJson


class ContradictionList(Schema):
    """What contradicts what; while a look goes on, what was found before."""

    items: list[ContradictionJson]
    looking: Looking | None


class Merging(Schema):
    """Cases to merge; `keep` is the one to keep, else the best of them."""

    ids: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=2, max_length=MOST_MERGED
    )
    keep: str | None = Field(None, min_length=1, max_length=200)


class MergedJson(Schema):
    """The case that was kept, and those that went into it."""

    kept: str
    retired: list[str]
    outcome: Tries


class Restored(Schema):
    """The cases that are again as they were."""

    restored: list[str]


@router.get("/duplicates")
def list_duplicates(copilot: CopilotDep) -> GroupList:
    """List the cases that are told more than once.

    `looking` tells that all isn't found yet: ask again until it is null.
    """
    found, looking = _seen(copilot)
    return GroupList(items=[_group(group) for group in found.groups], looking=looking)


@router.get("/contradictions")
def list_contradictions(copilot: CopilotDep) -> ContradictionList:
    """List cases that contradict each other, or policy in force.

    `looking` tells that all isn't found yet: ask again until it is null.
    """
    found, looking = _seen(copilot)
    return ContradictionList(
        items=[
            ContradictionJson(differs=one.differs, first=_said(one.first), second=_said(one.second))
            for one in found.contradictions
        ],
        looking=looking,
    )


@router.post("/duplicates/merges")
def merge_cases(merging: Merging, copilot: CopilotDep, actor: ActorDep) -> MergedJson:
    """Merge cases: outcomes add up, the others are retired with a note where they went.

    409 where what it would leave is held back, 403 for who may only propose.
    """
    copilot.review.check_publisher(actor)
    merged = copilot.curation.merge(merging.ids, actor=actor, keep=merging.keep, gate=copilot.gate)
    worked, tried = tries_of(merged.kept.outcome)
    return MergedJson(
        kept=merged.kept.id, retired=list(merged.retired), outcome=Tries(worked=worked, tried=tried)
    )


@router.delete("/duplicates/merges/{case_id}")
def undo_merge(case_id: CaseId, copilot: CopilotDep, actor: ActorDep) -> Restored:
    """Undo a merge, named by any of its cases. 403 for who may only propose."""
    copilot.review.check_publisher(actor)
    return Restored(restored=list(copilot.curation.undo(case_id, actor=actor)))


def _seen(copilot: Assistant) -> tuple[Found, Looking | None]:
    seen = copilot.curation.seen(datetime.now(UTC).date(), wait=WAIT)
    done = seen.looking
    return seen.found or Found((), ()), done and Looking(done=done[0], total=done[1])


def _group(group: Group) -> GroupJson:
    worked, tried = group.tries
    return GroupJson(
        cases=[
            ToldCase(id=case.id, title=case.title, category=case.category, product=case.product)
            for case in group.cases
        ],
        likeness=round(group.likeness, 3),
        outcome=Tries(worked=worked, tried=tried),
    )


def _said(statement: Statement) -> StatementJson:
    return StatementJson(source=statement.source, text=statement.text)
