"""Typed data for the templates: a conversation as an agent reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from knowledge_base.conversation_log import StoredConversation
from knowledge_base.models import Message
from web.i18n import gettext, mark
from web.words import slot_label

NEWEST = 60
"""Messages shown at first: more than an agent reads, few enough for a page that opens at once."""


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
    """A conversation with its customer, or its newest messages; `total` counts all of them."""

    id: str
    title: str
    customer: str
    channel: str | None
    facts: tuple[str, ...]
    messages: tuple[MessageView, ...]
    total: int
    open: bool
    settings: dict[str, Any]

    @property
    def earlier(self) -> int:
        """How many messages stand before those shown."""
        return self.messages[0].number if self.messages else 0


def conversation_view(stored: StoredConversation) -> ConversationView:
    """Lay out a conversation."""
    conversation, head = stored.conversation, stored.head
    customer = conversation.customer
    facts = [
        customer.tier,
        gettext("customer since %(year)s", year=customer.joined.year) if customer.joined else None,
        *(f"{slot_label(slot)} {value}" for slot, value in conversation.slots.items()),
    ]
    return ConversationView(
        id=head.id,
        title=conversation.title or gettext("Conversation"),
        customer=customer.name or gettext("Customer"),
        channel=conversation.channel,
        facts=tuple(fact for fact in facts if fact),
        messages=message_views(stored),
        total=head.messages,
        open=head.state == "open",
        settings={
            "id": head.id,
            "language": conversation.language,
            "tone": conversation.tone,
            "length": conversation.length,
            "revision": head.revision,
        },
    )


def message_views(stored: StoredConversation) -> tuple[MessageView, ...]:
    """The messages of a conversation, or of a stretch of it."""
    name = stored.conversation.customer.name or gettext("Customer")
    return tuple(_message(n, m, name) for n, m in enumerate(stored.conversation.messages, stored.first))


_AUTHORS = {"agent": mark("Agent"), "note": mark("Internal note")}


def _message(number: int, message: Message, customer: str) -> MessageView:
    author = gettext(_AUTHORS[message.role]) if message.role in _AUTHORS else customer
    return MessageView(number, message.role, author, message.text, message.at)
