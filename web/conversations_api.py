"""Conversations that are going on, over HTTP: what arrives, what waits, and a stream of what changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from knowledge_base.codec import format_time
from knowledge_base.conversation_log import (
    MAX_EXTERNAL,
    Arriving,
    ConversationHead,
    ConversationState,
    Received,
)
from knowledge_base.conversations import conversation_to_dict
from web.api import PROBLEMS, read_conversation
from web.deps import BaseDep
from web.schemas import ConversationJson, MessageJson, Schema, Time

router = APIRouter(prefix="/api/v1", tags=["agent"], responses=PROBLEMS)
ConversationId = Annotated[str, Path(min_length=1, max_length=200)]
POLL_SECONDS = 0.1
"""How often a stream asks for changes: other processes write too, and a page hears of them within .3 s."""
RETRY_MS = 1000


class ArrivingMessage(MessageJson):
    """A message as it arrives. Under the helpdesk's own name of it, `external_id`, it is kept once."""

    external_id: str | None = Field(None, min_length=1, max_length=MAX_EXTERNAL)


class ArrivingConversation(ConversationJson):
    """A whole conversation, or a longer state of one that is kept."""

    messages: list[ArrivingMessage] = Field(min_length=1)  # type: ignore[assignment]
    id: str = Field(min_length=1, max_length=200)


class ArrivingMessages(Schema):
    """Messages for a conversation that is kept."""

    messages: list[ArrivingMessage] = Field(min_length=1)


class ReceivedJson(Schema):
    """What became of what arrived: the numbers of the messages that are new, and the newest change."""

    id: str
    seq: int
    added: list[int]


class HeadJson(Schema):
    """A conversation without its messages but the newest. `waiting_since` null: nobody waits."""

    id: str
    state: ConversationState
    seq: int
    messages: int
    channel: str | None
    customer_name: str | None
    language: str | None
    waiting_since: Time | None
    started_at: Time
    changed_at: Time
    newest: MessageJson


class HeadList(Schema):
    """Conversations; `seq` is the newest change that they show, where a stream of changes goes on."""

    items: list[HeadJson]
    seq: int


class StoredJson(Schema):
    """A whole conversation and its head."""

    head: HeadJson
    conversation: ConversationJson


class Which(Schema):
    """Which conversations to list."""

    state: Literal["open", "closed", "all"] = "open"
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=1_000_000)


class StateChange(Schema):
    """Whether the conversation is going on."""

    state: ConversationState


@router.post("/conversations")
def receive(arriving: ArrivingConversation, base: BaseDep) -> ReceivedJson:
    """Keep a conversation; of one that is kept already, the messages that are new."""
    names = [message.external_id for message in arriving.messages]
    return _received(base.conversations.receive(read_conversation(arriving), names))


@router.get("/conversations")
def list_conversations(base: BaseDep, which: Annotated[Which, Query()]) -> HeadList:
    """List conversations: those who wait the longest first, then those in which nobody waits."""
    log = base.conversations
    seq = log.last_seq()  # before the list, so that no change falls between the two
    state = None if which.state == "all" else which.state
    heads = log.heads(state, limit=which.limit, offset=which.offset)
    return HeadList(items=[_head(one) for one in heads], seq=seq)


@router.get("/conversations/{conversation_id}")
def read(conversation_id: ConversationId, base: BaseDep) -> StoredJson:
    """Read a conversation with all its messages."""
    stored = base.conversations.read(conversation_id)
    whole = ConversationJson.model_validate(conversation_to_dict(stored.conversation))
    return StoredJson(head=_head(stored.head), conversation=whole)


@router.post("/conversations/{conversation_id}/messages")
def append(conversation_id: ConversationId, arriving: ArrivingMessages, base: BaseDep) -> ReceivedJson:
    """Add messages to a conversation; those known by their external id are left out."""
    names = [message.external_id for message in arriving.messages]
    told = read_conversation(ConversationJson.model_validate(arriving.model_dump()))
    new = [Arriving(message, name) for message, name in zip(told.messages, names, strict=True)]
    return _received(base.conversations.append(conversation_id, new))


@router.patch("/conversations/{conversation_id}")
def settle(conversation_id: ConversationId, change: StateChange, base: BaseDep) -> ReceivedJson:
    """Close a conversation, or open it again; saying it again changes nothing."""
    seq = base.conversations.settle(conversation_id, change.state)
    return ReceivedJson(id=conversation_id, seq=seq, added=[])


@router.get("/events", response_class=EventSourceResponse)
async def events(
    request: Request,
    base: BaseDep,
    after: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Stream the heads of conversations as they change, each under its number.

    It begins after `last-event-id`, which browsers send when they come back, else after `after`, else now.
    """
    log = base.conversations
    told = (
        int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else after
    )
    newest = await run_in_threadpool(log.last_seq)
    seen = newest if told is None else min(told, newest)  # a number of another base must not hide what comes
    yield ServerSentEvent(comment="following", retry=RETRY_MS)
    while not request.app.state.stopping.is_set():
        heads = await run_in_threadpool(log.changed, seen)
        for head in heads:
            seen = head.seq
            yield ServerSentEvent(data=_head(head), event="conversation", id=str(seen))
        if not heads:
            await asyncio.sleep(POLL_SECONDS)


def _received(received: Received) -> ReceivedJson:
    return ReceivedJson(id=received.id, seq=received.seq, added=list(received.added))


def _head(head: ConversationHead) -> HeadJson:
    newest = MessageJson(role=head.newest.role, text=head.newest.text, at=_time(head.newest.at))
    return HeadJson(
        id=head.id,
        state=head.state,
        seq=head.seq,
        messages=head.messages,
        channel=head.channel,
        customer_name=head.customer_name,
        language=head.language,
        waiting_since=_time(head.waiting_since),
        started_at=format_time(head.started_at),
        changed_at=format_time(head.changed_at),
        newest=newest,
    )


def _time(at: datetime | None) -> str | None:
    return format_time(at) if at else None
