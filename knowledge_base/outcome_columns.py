"""A case's outcome as the columns that are summed over many cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from knowledge_base.codec import parse_time

NO_OUTCOME: Mapping[str, Any] = dict.fromkeys(
    ("resolved", "reopened", "csat", "handle_minutes", "contacts", "reply_minutes", "source_id", "nps")
)


def outcome_columns(data: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a case in the exchange format; None where the case doesn't tell.

    `resolved` and `reopened` are 0 or 1, `contacts` the agent's turns (messages in a row are one),
    `reply_minutes` from the customer's first message to the agent's first after it.
    """
    outcome, messages = data.get("outcome") or {}, data.get("messages") or []
    return {
        "resolved": _bit(outcome.get("resolved")),
        "reopened": _bit(outcome.get("reopened")),
        "csat": outcome.get("csat"),
        "handle_minutes": outcome.get("handle_minutes"),
        "contacts": _contacts(messages),
        "reply_minutes": _reply_minutes(messages),
        "nps": outcome.get("nps"),
        "source_id": (data.get("source") or {}).get("id"),
    }


def _bit(value: bool | None) -> int | None:
    return None if value is None else int(value)


def _contacts(messages: Sequence[Mapping[str, Any]]) -> int | None:
    roles = [one["role"] for one in messages if one["role"] != "note"]
    turns = sum(
        role == "agent" and before != "agent" for before, role in zip([None, *roles], roles, strict=False)
    )
    return turns or None


def _reply_minutes(messages: Sequence[Mapping[str, Any]]) -> float | None:
    asked = None
    for one in messages:
        if one["role"] == "customer" and asked is None:
            if not one.get("at"):
                return None
            asked = parse_time(one["at"])
        elif one["role"] == "agent" and asked is not None:
            if not one.get("at"):
                return None
            minutes = (parse_time(one["at"]) - asked).total_seconds() / 60
            return minutes if minutes >= 0 else None
    return None
