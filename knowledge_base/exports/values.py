"""Reading the values of an export, whatever stands there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from knowledge_base.exports.encoding import mended
from knowledge_base.exports.html_text import MAX_TEXT, plain_text

Fields = Mapping[str, Any]
MOST_TURNS = 500
"""Messages of one conversation that are read; the desk's longest ones are far below."""
_MILLISECONDS = 10**11


def text_at(fields: Fields, *names: str) -> str:
    """The first of these fields that holds a text that isn't blank, or a number."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return mended(value[:MAX_TEXT])
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)[:100]
    return ""


def line_at(fields: Fields, *names: str) -> str:
    """The same on one line, as plain text."""
    return " ".join(plain_text(text_at(fields, *names)).split())[:500]


def part_at(fields: Fields, name: str) -> Fields:
    """The object within; an empty one where it is none."""
    value = fields.get(name)
    return value if isinstance(value, Mapping) else {}


def parts_at(fields: Fields, *names: str) -> Sequence[Fields]:
    """The objects of the first of these fields that is a list."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, list):
            return [one for one in value[:MOST_TURNS] if isinstance(one, Mapping)]
    return ()


def names_at(fields: Fields, name: str) -> tuple[str, ...]:
    """A list of names, given as texts, as objects with a name, or as one text with commas."""
    value = fields.get(name)
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return ()
    return clean_names(
        one if not isinstance(one, Mapping) else text_at(one, "name", "title") for one in value
    )


def clean_names(values: Iterable[object]) -> tuple[str, ...]:
    """Names on one line each, none twice, at most 30."""
    names = (" ".join(mended(one).split())[:100] for one in values if isinstance(one, str))
    return tuple(dict.fromkeys(name for name in names if name))[:30]


def number_at(fields: Fields, name: str) -> float | None:
    """A number, also one written in a text; None where it is none."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < 10**12 else None


def time_at(fields: Fields, *names: str) -> datetime | None:
    """The first of these that can be read as a time, in UTC."""
    return next((at for name in names if (at := time_of(fields.get(name))) is not None), None)


def time_of(value: object) -> datetime | None:
    """Seconds or milliseconds since 1970, an ISO time, or a mail's; one without a zone is in UTC."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000 if abs(value) > _MILLISECONDS else value, UTC)
        if not isinstance(value, str) or not 8 <= len(value.strip()) <= 60:
            return None
        return _written_time(value.strip())
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _written_time(text: str) -> datetime:
    from email.utils import parsedate_to_datetime

    try:
        at = datetime.fromisoformat(text.replace(" UTC", "+00:00").replace(" +", "+"))
    except ValueError:
        at = parsedate_to_datetime(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def stars(number: float | None) -> int | None:
    """A satisfaction on a scale of one to five, None where it is none of these."""
    return int(number) if number is not None and number == int(number) and 1 <= number <= 5 else None


def is_true(value: object) -> bool:
    """True, and what exports write for it."""
    return value is True or (isinstance(value, str | int) and str(value).lower() in ("true", "1", "yes", "t"))
