"""Reading what other programs send, whatever they send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from knowledge_base.codec import format_time
from knowledge_base.errors import InputError

NO_TEXT = "(attachment)"
"""Where somebody sent a picture or a file alone."""
_MOST_IN_A_LINE = 300


def part_of(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object within; an empty one where it is none."""
    part = whole.get(name)
    return part if isinstance(part, Mapping) else {}


def plain_of(value: Any) -> Any:
    """A text or a number; nothing else."""
    return value if isinstance(value, str | int | float) else ""


def text_of(value: Any) -> str | None:
    """A text that isn't blank, else None."""
    return value if isinstance(value, str) and value.strip() else None


def line_of(value: Any) -> str | None:
    """A name or a title on one line, without what can't stand in one."""
    text = text_of(value)
    shown = "".join(char if char.isprintable() else " " for char in text or "")
    return " ".join(shown.split())[:_MOST_IN_A_LINE] or None


def number_of(value: Any, name: str) -> int:
    """A whole number, as JSON or as digits. Raises InputError."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= 18:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**18:
        raise InputError(f"the webhook's {name} must be a number")
    return value


def time_of(value: Any) -> str | None:
    """Seconds since 1970, or an ISO time, in UTC where it names no zone; None where it can't be read."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return format_time(datetime.fromtimestamp(value, UTC))
        at = datetime.fromisoformat((text_of(value) or "").replace(" UTC", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    return format_time(at if at.tzinfo else at.replace(tzinfo=UTC))
