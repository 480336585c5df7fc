"""Facts of a conversation by name: what the desk gave, else the newest that the customer wrote."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from copilot.models import Slot
from copilot.understand.slot_names import find_products, greeted_name, introduced_name
from copilot.understand.slot_patterns import (
    Found,
    clean_value,
    find_ids,
    find_places,
    holds_card,
    without_cards,
)
from copilot.understand.slot_values import find_amounts, find_dates, find_phones
from copilot.understand.text import visible
from knowledge_base.models import Conversation

_IDS = ("order_id", "tracking_number", "voucher_code", "email", "phone", "customer_name")
_FACTS = ("amount", "date", "delivery_date", "product", "carrier", "address")
NAMES = frozenset((*_IDS, *_FACTS))
FROM_AGENTS = frozenset(("order_id", "tracking_number", "customer_name"))
"""What an agent's message may tell where the customer didn't; all else there is the desk's own."""
LOOK_BACK = 40
"""Messages read, newest first: facts further back were given to the desk's own fields long ago."""
TEXT_LIMIT = 20_000
"""Characters read over all messages together."""


def find_slots(
    conversation: Conversation,
    *,
    language: str | None,
    today: date,
    products: tuple[str, ...] = (),
) -> dict[str, Slot]:
    """The slots of a conversation. Given ones win, then the newest message, then what stands first in it.

    Relative dates count from the day of their message, from `today` where that isn't known.
    """
    slots = dict(_given(conversation))
    left = TEXT_LIMIT
    numbered = list(enumerate(conversation.messages))[-LOOK_BACK:]
    for role in ("customer", "agent"):
        for index, message in reversed(numbered):
            if message.role != role or left <= 0:
                continue
            text = visible(message.text)[:left]
            left -= len(text)
            # "This morning" is the morning of the message, not of the day on which it is read.
            day = message.at.date() if message.at else today
            found = (
                _of_customer(text, language=language, today=day, products=products)
                if role == "customer"
                else _of_agent(text)
            )
            for item in found:
                slots.setdefault(item.name, _slot(item, f"message:{index}"))
    return slots


def _given(conversation: Conversation) -> Iterable[tuple[str, Slot]]:
    for name, written in conversation.slots.items():
        value = clean_value(str(written))
        if name in NAMES and value and not holds_card(value):
            yield name, Slot(name, value, value, "given")
    name = clean_value(conversation.customer.name or "")
    if name and "customer_name" not in conversation.slots:
        yield "customer_name", Slot("customer_name", name, name, "customer")


def _slot(item: Found, source: str) -> Slot:
    return Slot(item.name, clean_value(item.value), clean_value(item.text), source)


def _of_customer(text: str, *, language: str | None, today: date, products: tuple[str, ...]) -> list[Found]:
    """What one customer's message names; ids are masked before anything else reads digits."""
    text = without_cards(text)
    name = introduced_name(text)
    found, text = find_ids(text)
    found += find_places(text)
    found += find_amounts(text)
    dates, text = find_dates(text, language=language, today=today)
    found += dates
    found += find_phones(text, language=language)
    found += find_products(text, products)
    return [*found, name] if name else found


def _of_agent(text: str) -> list[Found]:
    found, _ = find_ids(without_cards(text))
    name = greeted_name(text)
    return [item for item in (*found, name) if item and item.name in FROM_AGENTS]
