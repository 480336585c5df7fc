"""What customers were promised, over HTTP: listing, settling, and the message that follows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from copilot.models import Draft
from knowledge_base.codec import format_time
from knowledge_base.promises import PromiseState, StoredPromise
from web.api import PROBLEMS
from web.deps import ActorDep, BaseDep, CopilotDep
from web.schemas import Schema, Time

router = APIRouter(prefix="/api/v1/promises", tags=["agent"], responses=PROBLEMS)
PromiseId = Annotated[int, Path(ge=1, lt=2**63)]


class PromiseFilter(Schema):
    """Which promises to list; `overdue` lists open ones alone."""

    state: Literal["open", "kept", "broken", "withdrawn", "all"] = "open"
    overdue: bool = False
    conversation_id: str | None = Field(None, max_length=200)
    limit: int = Field(100, ge=1, le=1000)


class Settling(Schema):
    """What became of a promise."""

    state: PromiseState


class PromiseJson(Schema):
    """A promise as it is kept. `due` null: it names no time; a whole day ends at 23:59:59 UTC."""

    id: int
    conversation_id: str
    kind: str
    promiser: str
    sentence: str
    language: str
    amount: str | None
    due: Time | None
    overdue: bool
    sent_at: Time | None
    actor: str
    at: Time
    state: str
    state_by: str | None
    state_at: Time | None


class PromiseList(Schema):
    """Promises: overdue first, then by due time, those without one last."""

    items: list[PromiseJson]


@router.get("")
def list_promises(base: BaseDep, chosen: Annotated[PromiseFilter, Query()]) -> PromiseList:
    """List what was promised, open promises unless another state is named."""
    book = base.promises
    found = book.list(
        state=None if chosen.state == "all" else chosen.state,
        overdue=chosen.overdue,
        conversation_id=chosen.conversation_id,
        limit=chosen.limit,
    )
    return PromiseList(items=[_json(one, book.clock()) for one in found])


@router.get("/{promise_id}")
def read_promise(promise_id: PromiseId, base: BaseDep) -> PromiseJson:
    """Read one promise."""
    return _json(base.promises.find(promise_id), base.promises.clock())


@router.patch("/{promise_id}")
def settle_promise(promise_id: PromiseId, settling: Settling, base: BaseDep, actor: ActorDep) -> PromiseJson:
    """Say what became of a promise; saying it again changes nothing."""
    return _json(base.promises.settle(promise_id, settling.state, actor=actor), base.promises.clock())


@router.post("/{promise_id}/follow-up")
def follow_up(promise_id: PromiseId, copilot: CopilotDep) -> Draft:
    """Draft the message that follows a promise: one that owns the delay, or asks whether it helped."""
    return copilot.follow_up(promise_id)


def _json(stored: StoredPromise, now: datetime) -> PromiseJson:
    promise = stored.promise
    return PromiseJson(
        id=stored.id,
        conversation_id=promise.conversation_id,
        kind=promise.kind,
        promiser=promise.promiser,
        sentence=promise.sentence,
        language=promise.language,
        amount=promise.amount,
        due=_time(promise.due),
        overdue=stored.overdue(now),
        sent_at=_time(promise.sent_at),
        actor=stored.actor,
        at=format_time(stored.at),
        state=stored.state,
        state_by=stored.state_by,
        state_at=_time(stored.state_at),
    )


def _time(at: datetime | None) -> str | None:
    return format_time(at) if at else None
