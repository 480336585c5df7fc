"""The JSON of conversations that are going on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from knowledge_base.conversation_heads import ConversationState
from knowledge_base.conversation_log import MAX_EXTERNAL
from knowledge_base.models import Emotion, Length, Tone
from web.schemas import (
    MAX_TEXT,
    ConversationJson,
    CorrectionsJson,
    Language,
    MessageJson,
    Schema,
    SlotValue,
    Time,
    Written,
)

MAX_TITLE = 300


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
    """A conversation without its messages but the newest. `waiting_since` null: nobody waits.

    `revision` is another one when what the desk or an agent told of it has changed, messages aside.
    """

    id: str
    state: ConversationState
    seq: int
    messages: int
    title: str | None
    channel: str | None
    customer_name: str | None
    language: str | None
    emotion: Emotion | None
    category: str | None
    complaint_due: Time | None
    revision: str
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
    conversation: ArrivingConversation


class Which(Schema):
    """Which conversations to list."""

    state: Literal["open", "closed", "all"] = "open"
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=1_000_000)


class ConversationChange(Schema):
    """What to put right; what isn't named stays, null takes back what was told."""

    state: ConversationState = "open"
    title: Annotated[Written, Field(max_length=MAX_TITLE)] | None = None
    language: Language | None = None
    tone: Tone | None = None
    length: Length | None = None
    slots: dict[str, SlotValue] | None = None
    corrections: CorrectionsJson | None = None


class ChangedJson(Schema):
    """The newest change of a conversation, and its revision from then on."""

    id: str
    seq: int
    revision: str


class ReplyJson(Schema):
    """A reply as it is sent, to a conversation of which the agent has seen so many messages.

    With the suggestion's id it is kept what became of its draft: `text_before` is how that was offered,
    `text_after` how it was used where that isn't `text`, as when a translation of it is sent.
    """

    text: Annotated[Written, Field(min_length=1, max_length=MAX_TEXT, pattern=r"\S")]
    seen: int = Field(ge=1)
    suggestion_id: str | None = Field(None, min_length=1, max_length=200)
    item: Literal["draft", "customer_draft"] = "draft"
    text_before: Annotated[Written, Field(max_length=MAX_TEXT)] | None = None
    text_after: Annotated[Written, Field(max_length=MAX_TEXT)] | None = None


class SentJson(ReceivedJson):
    """The reply's number among the messages, and what is kept of the suggestion."""

    verdict: Literal["used", "edited"] | None
    feedback: int | None


class NameJson(Schema):
    """The helpdesk's own name of a message that was written here."""

    external_id: str = Field(min_length=1, max_length=MAX_EXTERNAL)
