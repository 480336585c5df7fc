"""What a list of conversations shows of each: who waits since when, in which language and mood."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from knowledge_base.codec import format_time, parse_time
from knowledge_base.conversations import conversation_from_dict, conversation_to_dict
from knowledge_base.grants import customer_key
from knowledge_base.models import Conversation, Emotion, Message

ConversationState = Literal["open", "closed"]
_UNREAD = {"language": None, "emotion": None, "category": None, "complaint_due": None, "situation": None}
_NO_MESSAGE = {"role": "note", "text": ""}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a conversation is understood as far as it went when it was read."""

    language: str | None = None
    emotion: Emotion | None = None
    category: str | None = None
    complaint_due: datetime | None = None
    situation: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        due = format_time(self.complaint_due) if self.complaint_due else None
        return _UNREAD | {
            "language": self.language,
            "emotion": self.emotion.value if self.emotion else None,
            "category": self.category,
            "complaint_due": due,
            "situation": self.situation,
        }


@dataclass(frozen=True, slots=True)
class ConversationHead:
    """A conversation without its messages but the newest. `waiting_since` is None where nobody waits.

    `language`, `emotion` and `category` are the agent's where one put them right, else as they are read.
    `revision` is another one when what was told of it, messages aside, has changed.
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
    complaint_due: datetime | None
    waiting_since: datetime | None
    started_at: datetime
    changed_at: datetime
    newest: Message
    revision: str


def document_of(conversation: Conversation) -> dict[str, Any]:
    """The conversation in the exchange format, but for its messages."""
    document = conversation_to_dict(conversation)
    del document["messages"]
    return document


def conversation_of(document: Mapping[str, Any], messages: Sequence[Message]) -> Conversation:
    """The conversation of a stored document and its messages. Raises RecordError."""
    whole = conversation_from_dict({**document, "messages": [_NO_MESSAGE]}, "conversation")
    return replace(whole, messages=tuple(messages))


def head_of(row: Mapping[str, Any], newest: Message) -> ConversationHead:
    """A stored row and the newest message as a head."""
    told, read = conversation_of(row["document"], ()), _UNREAD | (row["reading"] or {})
    return ConversationHead(
        id=row["id"],
        state=row["state"],
        seq=row["seq"],
        messages=row["messages"],
        title=told.title,
        channel=told.channel,
        customer_name=told.customer.name,
        language=told.language or read["language"] or told.customer.language,
        emotion=told.corrections.emotion or (Emotion(read["emotion"]) if read["emotion"] else None),
        category=told.corrections.category or read["category"],
        complaint_due=parse_time(read["complaint_due"]) if read["complaint_due"] else None,
        waiting_since=row["waiting_since"],
        started_at=row["started_at"],
        changed_at=row["changed_at"],
        newest=newest,
        revision=_revision(row["document"]),
    )


def told_columns(document: Mapping[str, Any], reading: Mapping[str, Any] | None) -> dict[str, str | None]:
    """What is counted over many conversations: category and language, and a digest of the customer."""
    told, read = conversation_of(document, ()), reading or {}
    return {
        "category": told.corrections.category or read.get("category"),
        "language": told.language or read.get("language"),
        "customer": customer_key(told),
    }


def _revision(document: Mapping[str, Any]) -> str:
    """Another one for another document: pages tell by it that a colleague put something right."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:12]
