"""Helpdesks over HTTP: their webhooks, answered at once, and the note that an agent wants posted."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from web.api import PROBLEMS
from web.conversations_api import ConversationId
from web.deps import CopilotDep
from web.schemas import MAX_TEXT, Schema, Written

router = APIRouter(prefix="/api/v1", tags=["agent"], responses=PROBLEMS)


class TakenJson(Schema):
    """Whether something is done about it: not where it is known, or concerns no customer's message."""

    taken: bool


class NoteJson(Schema):
    """A note to post; without a text the suggestion is posted."""

    text: Annotated[Written, Field(min_length=1, max_length=MAX_TEXT)] | None = None


class PostedJson(Schema):
    """The note is in the helpdesk."""

    posted: Literal[True] = True


@router.post("/webhooks/{helpdesk}", status_code=202)
async def take_webhook(
    helpdesk: Literal["chatwoot", "zammad"], request: Request, copilot: CopilotDep
) -> TakenJson:
    """Take what a helpdesk tells, signed over the body as it came; it is worked at after the answer."""
    body = await request.body()
    taken = await run_in_threadpool(copilot.helpdesks.take, helpdesk, request.headers, body)
    return TakenJson(taken=taken)


@router.post("/conversations/{conversation_id}/note", status_code=201)
def post_note(conversation_id: ConversationId, note: NoteJson, copilot: CopilotDep) -> PostedJson:
    """Post a private note into the helpdesk that the conversation lives in."""
    copilot.helpdesks.post_note(conversation_id, note.text)
    return PostedJson()
