"""The closed list of slots, what this conversation fills them with, and how they are shown in a language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from copilot.drafting.text import clean_value
from copilot.models import Understanding
from knowledge_base.models import Conversation

SLOT_NAMES = (
    "customer_name", "agent_name", "order_id", "tracking_number", "amount", "date", "delivery_date", "email",
    "phone", "product", "carrier", "address", "voucher_code", "decider",
)  # fmt: skip
# A language without a region is written as the desk's continent writes it: 22 November 2026, not November 22.
_LOCALES = {"en": "en_GB", "pt": "pt_PT"}
# A name goes into the letter unproven, and whoever fills in a form may write anything as theirs.
_NAME = re.compile(r"[^\W\d_][^\d_<>{}\[\]()@€$£¥%#*=/\\|:;,!?\n]*")
_NAME_LENGTH, _NAME_WORDS, _PARTICLE = 60, 8, 4
MONEY = re.compile(r"(-?\d+(?:\.\d+)?) ([A-Z]{3})")


@dataclass(frozen=True, slots=True)
class SlotValues:
    """What is known, by slot name, in normal form (ISO dates, `59.90 EUR`)."""

    known: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, conversation: Conversation, understanding: Understanding, agent_name: str | None
    ) -> SlotValues:
        """The desk's own fields beat what was read in the messages; unknown names are left out."""
        values = {name: slot.value for name, slot in understanding.slots.items()}
        values |= conversation.slots
        people = {"customer_name": conversation.customer.name, "agent_name": agent_name}
        values |= {name: value for name, value in people.items() if value}
        clean = ((name, clean_value(values[name])) for name in SLOT_NAMES if name in values)
        return cls({n: value for n, value in clean if value and (n != "customer_name" or is_name(value))})

    def shown(self, name: str, language: str) -> str | None:
        """The value as that language writes dates and money; None when it isn't known."""
        value = self.known.get(name)
        return None if value is None else localized(value, language)


def is_name(value: str) -> bool:
    """Whether a text can be somebody's name: short, of letters, and no sentence.

    Small words beside capitals are particles ("van der"); all in small letters, it has two words at most.
    """
    words = value.split()
    if len(value) > _NAME_LENGTH or len(words) > _NAME_WORDS or not _NAME.fullmatch(value):
        return False
    small = [word for word in words if word[0].islower()]
    if len(small) == len(words):
        return len(words) <= 2
    return all(len(word) <= _PARTICLE for word in small)


@lru_cache(maxsize=4096)
def localized(value: str, language: str) -> str:
    """A normal form written for a language; any other text as it is."""
    from babel.dates import format_date
    from babel.numbers import format_currency

    if money := MONEY.fullmatch(value):
        return format_currency(Decimal(money[1]), money[2], locale=locale_of(language))
    try:
        return format_date(date.fromisoformat(value), "long", locale=locale_of(language))
    except ValueError:
        return value


@lru_cache(maxsize=256)
def locale_of(language: str) -> str:
    """The locale by whose rules a language's dates and money are written."""
    from babel import Locale, UnknownLocaleError

    for tag in (_LOCALES.get(language, language).replace("-", "_"), language.split("-")[0]):
        try:
            return str(Locale.parse(tag))
        except (UnknownLocaleError, ValueError):
            continue
    return "en_GB"
