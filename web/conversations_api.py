"""Conversations that are going on, over HTTP: what arrives, what waits, and a stream of what changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from copilot.models import Suggestion
from knowledge_base.codec import format_time
from knowledge_base.conversation_heads import ConversationHead
from knowledge_base.conversation_log import Arriving, Received, StoredConversation
from knowledge_base.conversations import conversation_to_dict
from knowledge_base.models import Feedback
from web.api import PROBLEMS, keep_verdict, read_conversation
from web.conversation_schemas import (
    ArrivingConversation,
    ArrivingMessages,
    ChangedJson,
    ConversationChange,
    HeadJson,
    HeadList,
    NameJson,
    ReceivedJson,
    ReplyJson,
    SentJson,
    StoredJson,
    Which,
)
from web.deps import ActorDep, BaseDep, CopilotDep, MetricsDep
from web.schemas import ConversationJson, MessageJson

router = APIRouter(prefix="/api/v1", tags=["agent"], responses=PROBLEMS)
ConversationId = Annotated[str, Path(min_length=1, max_length=200)]
MessageNumber = Annotated[int, Path(ge=0, lt=2**31)]
POLL_SECONDS = 0.1
"""How often a stream asks for changes: other processes write too, and a page hears of them within .3 s."""
RETRY_MS = 1000


@router.post("/conversations")
def receive(arriving: ArrivingConversation, copilot: CopilotDep) -> ReceivedJson:
    """Keep a conversation; of one that is kept already, the messages that are new."""
    names = [message.external_id for message in arriving.messages]
    return _received(copilot.inbox.receive(read_conversation(arriving), names))


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
    return StoredJson(head=_head(stored.head), conversation=_whole(stored))


@router.post("/conversations/{conversation_id}/messages")
def append(conversation_id: ConversationId, arriving: ArrivingMessages, copilot: CopilotDep) -> ReceivedJson:
    """Add messages to a conversation; those known by their external id are left out."""
    names = [message.external_id for message in arriving.messages]
    told = read_conversation(ConversationJson.model_validate(arriving.model_dump()))
    new = [Arriving(message, name) for message, name in zip(told.messages, names, strict=True)]
    return _received(copilot.inbox.append(conversation_id, new))


@router.patch("/conversations/{conversation_id}/messages/{number}", status_code=204)
def name_message(
    conversation_id: ConversationId, number: MessageNumber, name: NameJson, base: BaseDep
) -> Response:
    """Tell how the helpdesk calls a reply that was written here, once it is delivered there."""
    base.conversations.name_message(conversation_id, number, name.external_id)
    return Response(status_code=204)


@router.patch("/conversations/{conversation_id}")
def change(conversation_id: ConversationId, wanted: ConversationChange, base: BaseDep) -> ChangedJson:
    """Close a conversation or open it again, or put right how it is understood; again changes nothing."""
    changes = wanted.model_dump(exclude_unset=True, mode="json")
    state, log = changes.pop("state", None), base.conversations
    seq = log.amend(conversation_id, changes)
    if state is not None:
        seq = log.settle(conversation_id, state)
    revision = log.read(conversation_id, start=-1).head.revision
    return ChangedJson(id=conversation_id, seq=seq, revision=revision)


@router.post("/conversations/{conversation_id}/suggestions")
def suggest(conversation_id: ConversationId, copilot: CopilotDep, metrics: MetricsDep) -> Suggestion:
    """Suggest a reply to a conversation that is kept, as it stands now."""
    _, suggestion = copilot.inbox.suggestion(conversation_id)
    metrics.suggestions.labels(suggestion.reason or "none").inc()
    return suggestion


@router.post("/conversations/{conversation_id}/replies", status_code=201)
def reply(conversation_id: ConversationId, sent: ReplyJson, copilot: CopilotDep, actor: ActorDep) -> SentJson:
    """Add the agent's reply, and keep what became of the draft; 409 where more has arrived meanwhile."""
    received = copilot.inbox.reply(conversation_id, sent.text, seen=sent.seen)
    verdict = _verdict(conversation_id, sent)
    kept = keep_verdict(verdict, copilot, actor) if verdict else None
    return SentJson(
        **_received(received).model_dump(), verdict=verdict.verdict if verdict else None, feedback=kept
    )


def _verdict(conversation_id: str, sent: ReplyJson) -> Feedback | None:
    """The draft was used as it was offered, or edited; None for a reply without a suggestion."""
    if sent.suggestion_id is None:
        return None
    after = sent.text_after or sent.text
    edited = sent.text_before is not None and sent.text_before != after
    return Feedback(
        suggestion_id=sent.suggestion_id,
        conversation_id=conversation_id,
        item=sent.item,
        verdict="edited" if edited else "used",
        text_before=sent.text_before if edited else None,
        text_after=after,
    )


def _whole(stored: StoredConversation) -> ArrivingConversation:
    document: dict[str, Any] = conversation_to_dict(stored.conversation)
    for message, name in zip(document["messages"], stored.external_ids, strict=True):
        message["external_id"] = name
    return ArrivingConversation.model_validate(document)


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
        title=head.title,
        channel=head.channel,
        customer_name=head.customer_name,
        language=head.language,
        emotion=head.emotion,
        category=head.category,
        complaint_due=_time(head.complaint_due),
        revision=head.revision,
        waiting_since=_time(head.waiting_since),
        started_at=format_time(head.started_at),
        changed_at=format_time(head.changed_at),
        newest=newest,
    )


def _time(at: datetime | None) -> str | None:
    return format_time(at) if at else None
