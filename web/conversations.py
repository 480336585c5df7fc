"""Typed data for the templates: a conversation as an agent reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from knowledge_base.models import Conversation, Message
from web.words import slot_label

PREVIEW = 110
"""Characters of a message shown in the list: two lines of it."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. `number` counts from 0, as slots name their message."""

    number: int
    role: str
    author: str
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation with its customer."""

    id: str | None
    title: str
    customer: str
    channel: str | None
    facts: tuple[str, ...]
    messages: tuple[MessageView, ...]
    at: datetime | None
    preview: str


def conversation_view(conversation: Conversation, title: str | None = None) -> ConversationView:
    """Lay out a conversation."""
    customer = conversation.customer
    name = customer.name or "Customer"
    messages = tuple(_message(n, m, name) for n, m in enumerate(conversation.messages))
    last = next(
        (m for m in reversed(conversation.messages) if m.role == "customer"), conversation.messages[-1]
    )
    facts = [
        customer.tier,
        f"customer since {customer.joined.year}" if customer.joined else None,
        *(f"{slot_label(slot)} {value}" for slot, value in conversation.slots.items()),
    ]
    return ConversationView(
        id=conversation.id,
        title=title or "Pasted conversation",
        customer=name,
        channel=conversation.channel,
        facts=tuple(fact for fact in facts if fact),
        messages=messages,
        at=conversation.messages[-1].at,
        preview=_shortened(last.text),
    )


_AUTHORS = {"agent": "Agent", "note": "Internal note"}


def _message(number: int, message: Message, customer: str) -> MessageView:
    author = _AUTHORS.get(message.role, customer)
    return MessageView(number, message.role, author, message.text, message.at)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW else line[: PREVIEW - 1].rstrip() + "…"
