"""Records to plain JSON values and back, without checks: what the store keeps and the exports write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from knowledge_base.errors import InputError
from knowledge_base.models import (
    Case,
    Kind,
    Message,
    Outcome,
    PolicyArticle,
    Question,
    Record,
    ReplyTemplate,
    Source,
)

_TYPES: dict[Kind, type[Record]] = {
    "case": Case,
    "article": PolicyArticle,
    "template": ReplyTemplate,
    "question": Question,
}
_EMPTY_SAYS = frozenset({"relevant"})
"""Fields in which an empty list isn't the same as none: nothing answers the question."""


def kind_of(record: Record) -> Kind:
    """Tell which kind of record this is."""
    return next(kind for kind, cls in _TYPES.items() if isinstance(record, cls))


def encode(value: Any) -> Any:
    """Turn a record, or any part of one, into JSON values under the exchange format's names."""
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, Record | Message | Outcome | Source):
        return {f.name: encode(getattr(value, f.name)) for f in fields(value)}
    return value


def decode(kind: Kind, data: Mapping[str, Any]) -> Record:
    """Rebuild a record from what `encode` made of it; unknown names are ignored."""
    cls: type[Any] = _TYPES[kind]
    known = {f.name: data[f.name] for f in fields(cls) if f.name in data}
    for name in known.keys() & _CONVERT.keys():
        if known[name] is not None:
            known[name] = _CONVERT[name](known[name])
    record: Record = cls(**known)
    return record


def content_hash(record: Record) -> str:
    """Digest everything that the record says, by its values (an unset field counts for nothing).

    Raises InputError where a text can't be stored: half a surrogate pair, or a NUL.
    """
    text = json.dumps(_without_unset(encode(record)), ensure_ascii=False, sort_keys=True)
    if "\\u0000" in text and _holds_nul(record):
        raise InputError(f"{kind_of(record)} {record.id!r} holds a NUL character; remove it")
    try:
        return hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError as error:
        raise InputError(f"{kind_of(record)} {record.id!r} holds text that is no valid Unicode") from error


def format_time(time: datetime) -> str:
    """Write a time as ISO 8601 in UTC; a time without zone is taken as UTC."""
    aware = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    return aware.isoformat().replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time into UTC; one without zone is taken as UTC. Raises ValueError."""
    time = datetime.fromisoformat(text)
    try:
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("out of the calendar's range") from error


def _without_unset(value: Any) -> Any:
    # Unset fields are left out so that a field added to the model later changes no old hash.
    if isinstance(value, dict):
        kept = {key: _without_unset(item) for key, item in value.items()}
        return {
            key: item
            for key, item in kept.items()
            if item is not None and (item not in ([], {}) or key in _EMPTY_SAYS)
        }
    if isinstance(value, list):
        return [_without_unset(item) for item in value]
    return value


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds_nul(item) for item in value)
    return _holds_nul(encode(value)) if isinstance(value, Record) else False


def _message(data: Mapping[str, Any]) -> Message:
    at = data.get("at")
    return Message(data["role"], data["text"], parse_time(at) if at is not None else None)


def _messages(items: list[Mapping[str, Any]]) -> tuple[Message, ...]:
    return tuple(_message(item) for item in items)


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "steps": tuple,
    "tags": tuple,
    "policies": tuple,
    "includes": tuple,
    "relevant": tuple,
    "messages": _messages,
    "outcome": lambda data: Outcome(**{f.name: data.get(f.name) for f in fields(Outcome)}),
    "source": lambda data: Source(**{f.name: data.get(f.name) for f in fields(Source)}),
    "resolved_at": parse_time,
    "effective_from": date.fromisoformat,
    "effective_to": date.fromisoformat,
    "review_by": date.fromisoformat,
}
