"""Which day's policy a conversation falls under: that of the order or contract, else that of the contact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

from copilot.models import Slot
from copilot.understand.slot_values import is_order_date
from knowledge_base.models import Conversation

# The desk's own fields; what its system knows beats what was read.
GIVEN = ("contract_date", "order_date", "delivery_date")


class Governing(NamedTuple):
    """The day and what it is of (`order_date`, `delivery_date`, `contract_date`, `contact`)."""

    day: date
    of: str


def contact_day(conversation: Conversation, now: datetime) -> date:
    """The day of the newest message that has a time; now's where none has, or it is yet to come."""
    times = [message.at for message in conversation.messages if message.at is not None]
    return min(max(times), now).date() if times else now.date()


def governing_day(conversation: Conversation, slots: Mapping[str, Slot], contact: date) -> Governing:
    """The latest day known of a contract, a delivery or an order that isn't after the contact.

    Where a delivery and an order are named in the messages, the delivery counts: rights run from it.
    """
    for day, name in _candidates(conversation, slots):
        if day <= contact:
            return Governing(day, name)
    return Governing(contact, "contact")


def _candidates(conversation: Conversation, slots: Mapping[str, Slot]) -> Iterator[tuple[date, str]]:
    for name in GIVEN:
        if (day := _day(conversation.slots.get(name, ""))) is not None:
            yield day, name
    delivered, dated = slots.get("delivery_date"), slots.get("date")
    if delivered and (day := _day(delivered.value)) is not None:
        yield day, "delivery_date"
    if dated and (day := _day(dated.value)) is not None and _ordered(dated, conversation):
        yield day, "order_date"


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written.strip()[:10])
    except ValueError:
        return None


def _ordered(slot: Slot, conversation: Conversation) -> bool:
    """Whether a date that was read is the day of an order."""
    kind, _, number = slot.source.partition(":")
    return kind == "message" and is_order_date(conversation.messages[int(number)].text, slot.text)
