"""Conversations in the exchange format; lenient where nobody at the desk could mend the input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from knowledge_base.codec import encode
from knowledge_base.fields import Fields, language_code
from knowledge_base.models import LENGTHS, TONES, Conversation, Corrections, Customer, Emotion, Message
from knowledge_base.records import MAX_MESSAGES, ROLES


def conversation_from_dict(data: object, source: str) -> Conversation:
    """Check a conversation; unknown fields are ignored. Raises RecordError (line 1: it is one document)."""
    fields = Fields.of(data, source, 1)
    if not isinstance(fields.data.get("messages"), list) or not fields.data["messages"]:
        fields.fail("messages", "must be a list with at least one message")
    return Conversation(
        messages=tuple(_message(item) for item in fields.children("messages", most=MAX_MESSAGES)),
        id=fields.identifier("id") if fields.data.get("id") is not None else None,
        channel=fields.text("channel"),
        customer=_customer(fields.child("customer")),
        slots=_slots(fields.child("slots")),
        language=fields.language(),
        tone=fields.optional_choice("tone", TONES),
        length=fields.optional_choice("length", LENGTHS),
        title=fields.text("title"),
        corrections=_corrections(fields.child("corrections")),
    )


def conversation_to_dict(conversation: Conversation) -> dict[str, Any]:
    """Write a conversation in the exchange format; what only some have is left out where it is missing."""
    customer, put_right = conversation.customer, conversation.corrections
    corrected = {"category": put_right.category, "emotion": put_right.emotion}
    return {
        "id": conversation.id,
        "channel": conversation.channel,
        "customer": {
            "name": customer.name,
            "language": customer.language,
            "tier": customer.tier,
            "joined": customer.joined.isoformat() if customer.joined else None,
        },
        "slots": dict(conversation.slots),
        "messages": encode(conversation.messages),
        "language": conversation.language,
        "tone": conversation.tone,
        "length": conversation.length,
        **({"title": conversation.title} if conversation.title is not None else {}),
        **({"corrections": corrected} if any(corrected.values()) else {}),
    }


def _message(fields: Fields) -> Message:
    role = fields.choice("role", ROLES, None)
    text = fields.data.get("text")
    if not isinstance(text, str):
        fields.fail("text", "is missing" if text is None else "must be text")
    return Message(role, _storable(text), fields.time("at"))


def _customer(fields: Fields) -> Customer:
    language = fields.text("language")
    return Customer(
        name=fields.text("name"),
        # What a customer system writes there may be no code at all; detection then decides.
        language=language_code(language) if language else None,
        tier=fields.text("tier"),
        joined=fields.date("joined"),
    )


def _corrections(fields: Fields) -> Corrections:
    return Corrections(fields.text("category"), fields.optional_choice("emotion", tuple(Emotion)))


def _slots(fields: Fields) -> Mapping[str, str]:
    slots = {}
    for name, value in fields.data.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            fields.fail(name, "must be text or a number")
        if value is not None:
            slots[name] = _storable(str(value))
    return slots


def _storable(text: str) -> str:
    # A customer's message is read whatever it holds: half characters and NULs are no text.
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
