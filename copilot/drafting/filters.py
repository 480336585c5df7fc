"""The filters of a reply template: how a value is to be written, such as `{{ date | date('short') }}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from copilot.drafting.slots import MONEY, locale_of

# Not what Decimal reads: 1E+999999999 would be written out in full.
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,6})?", re.ASCII)
Write = Callable[[str, str, str], str | None]
"""A value in normal form, the locale and the manner; None where the value is of another type."""


@dataclass(frozen=True, slots=True)
class Filter:
    """How a filter writes, and the manners that it may be asked for, the first if none is named."""

    write: Write
    manners: Sequence[str] = ("",)


def _date(value: str, locale: str, manner: str) -> str | None:
    from babel.dates import format_date, format_skeleton

    day = _day(value)
    if day is None:
        return None
    return (
        format_skeleton("MMMMd", day, locale=locale)
        if manner == "day"
        else format_date(day, manner, locale=locale)
    )


def _weekday(value: str, locale: str, manner: str) -> str | None:
    from babel.dates import format_date

    day = _day(value)
    return None if day is None else format_date(day, "EEEE", locale=locale)


def _money(value: str, locale: str, manner: str) -> str | None:
    from babel import Locale
    from babel.numbers import format_currency

    found = MONEY.fullmatch(value)
    if found is None:
        return None
    amount = Decimal(found[1])
    if manner == "short" and amount == amount.to_integral_value():
        pattern = Locale.parse(locale).currency_formats["standard"].pattern.replace("0.00", "0")
        return format_currency(amount, found[2], pattern, locale=locale, currency_digits=False)
    return format_currency(amount, found[2], locale=locale)


def _number(value: str, locale: str, manner: str) -> str | None:
    from babel.numbers import format_decimal

    return format_decimal(Decimal(value), locale=locale) if _NUMBER.fullmatch(value) else None


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


FILTERS: Mapping[str, Filter] = {
    "date": Filter(_date, ("long", "short", "full", "day")),
    "weekday": Filter(_weekday),
    "money": Filter(_money, ("", "short")),
    "number": Filter(_number),
}


@lru_cache(maxsize=4096)
def written(name: str, value: str, language: str, manner: str) -> str | None:
    """A value in normal form as a filter writes it in a language; None where it is of another type."""
    chosen = FILTERS[name]
    return chosen.write(value, locale_of(language), manner or chosen.manners[0])
