"""Cases in the exchange format, as JSON objects, and what all readers of JSON share."""

from __future__ import annotations

import json
from typing import Any, NoReturn, cast, get_args

from knowledge_base.codec import content_hash, encode
from knowledge_base.errors import RecordError
from knowledge_base.fields import Fields
from knowledge_base.models import MOST_TRIES, Case, Message, Outcome, Record, Role, Source, Status

__all__ = [
    "Read",
    "as_value",
    "case_from_dict",
    "case_to_dict",
    "content_hash",
    "parse_json",
    "record_to_dict",
]

MAX_MESSAGES = 10_000
ROLES: tuple[Role, ...] = get_args(Role)
STATUSES: tuple[Status, ...] = get_args(Status)

Read = tuple[int, Record | RecordError]
"""What one line (or row, or file) held: its number, and the record or what is wrong with it."""


def case_from_dict(data: object, file: str, line: int) -> Case:
    """Check a case; fields that the format doesn't know are ignored. Raises RecordError."""
    fields = Fields.of(data, file, line)
    identifier = fields.identifier("id")
    resolution = fields.required("resolution")
    problem, messages = fields.text("problem"), messages_of(fields)
    if problem is None and not any(message.text.strip() for message in messages):
        fields.fail("problem", "is missing or empty; a case needs a problem or messages")
    return Case(
        id=identifier,
        resolution=resolution,
        problem=problem or "",
        title=fields.text("title"),
        language=fields.language(default="en") or "en",
        reply=fields.text("reply"),
        steps=fields.texts("steps"),
        messages=messages,
        category=fields.text("category"),
        tags=fields.texts("tags"),
        product=fields.text("product"),
        channel=fields.text("channel"),
        outcome=_outcome(fields.child("outcome")),
        resolved_at=fields.time("resolved_at"),
        policies=fields.texts("policies"),
        source=_source(fields.child("source")),
        status=fields.choice("status", STATUSES, "published"),
    )


def case_to_dict(case: Case) -> dict[str, Any]:
    """Write a case in the exchange format."""
    return record_to_dict(case)


_RARE = frozenset({"worked", "tried", "nps"})


def record_to_dict(record: Record) -> dict[str, Any]:
    """Write any record as a JSON object, all fields named but what few cases have."""
    told = cast(dict[str, Any], encode(record))
    if isinstance(record, Case):
        outcome = told["outcome"].items()
        told["outcome"] = {name: one for name, one in outcome if one is not None or name not in _RARE}
    return told


def parse_json(raw: bytes, file: str, line: int) -> Any:
    """Decode one JSON document; raises RecordError where it is no UTF-8 or no JSON."""
    try:
        text = raw.decode("utf-8-sig" if line == 1 else "utf-8")
        return json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise RecordError(file, line, "", f"isn't UTF-8 (byte {error.start + 1})") from error
    except json.JSONDecodeError as error:
        where = f"line {line + error.lineno - 1}, column {error.colno}"
        raise RecordError(file, line, "", f"isn't valid JSON: {error.msg} at {where}") from error
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise RecordError(file, line, "", f"isn't valid JSON: {reason}") from error


def as_value(error: RecordError) -> RecordError:
    """Make an error one to report later: without the traceback, which would keep the record in memory."""
    return RecordError(error.file, error.line, error.field, error.message)


def messages_of(fields: Fields) -> tuple[Message, ...]:
    """Read the `messages` of a case or a conversation."""
    return tuple(
        Message(item.choice("role", ROLES, None), item.written("text"), item.time("at"))
        for item in fields.children("messages", most=MAX_MESSAGES)
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _outcome(fields: Fields) -> Outcome:
    return Outcome(
        resolved=fields.flag("resolved"),
        reopened=fields.flag("reopened"),
        csat=fields.whole("csat", 1, 5),
        handle_minutes=fields.number("handle_minutes"),
        worked=fields.whole("worked", 0, MOST_TRIES),
        tried=fields.whole("tried", 0, MOST_TRIES),
        nps=fields.whole("nps", 0, 10),
    )


def _source(fields: Fields) -> Source:
    return Source(system=fields.text("system"), id=fields.text("id"), url=fields.text("url"))
