"""Intercom: conversations with their parts."""

from __future__ import annotations

from knowledge_base.exports.html_text import plain_text
from knowledge_base.exports.models import State, Ticket, Turn
from knowledge_base.exports.values import (
    Fields,
    clean_names,
    line_at,
    number_at,
    part_at,
    parts_at,
    stars,
    text_at,
    time_at,
)

_STATES: dict[str, State] = {"closed": "solved"}
_SAID = frozenset({"comment", "note", "close", "open", "assignment", "quick_reply", "note_and_reopen"})


def looks_like(fields: Fields) -> bool:
    """Whether this may be one of its conversations."""
    return "id" in fields and ("conversation_parts" in fields or text_at(fields, "type") == "conversation")


def ticket_of(fields: Fields) -> Ticket:
    """One of its conversations."""
    source, counts = part_at(fields, "source"), part_at(fields, "statistics")
    opening = {"part_type": "comment", "created_at": fields.get("created_at"), **source}
    parts = parts_at(part_at(fields, "conversation_parts"), "conversation_parts") or parts_at(
        fields, "conversation_parts"
    )
    state = _STATES.get(text_at(fields, "state").lower(), "open")
    reopens, seconds = number_at(counts, "count_reopens"), number_at(counts, "handling_time")
    told = part_at(fields, "custom_attributes")
    tags = parts_at(part_at(fields, "tags"), "tags") or parts_at(fields, "tags")
    return Ticket(
        "intercom",
        text_at(fields, "id"),
        subject=line_at(fields, "title") or line_at(source, "subject"),
        turns=tuple(turn for one in (opening, *parts) if (turn := _turn(one))),
        state=state,
        tags=clean_names(text_at(tag, "name") for tag in tags),
        category=line_at(told, "Category", "category", "Topic"),
        language=line_at(told, "Language", "language"),
        csat=stars(number_at(part_at(fields, "conversation_rating"), "rating")),
        reopened=reopens > 0 if reopens is not None else None,
        handle_minutes=round(seconds / 60, 1) if seconds is not None and seconds >= 0 else None,
        product=line_at(told, "Product", "product"),
        channel=line_at(source, "type"),
        created_at=time_at(fields, "created_at"),
        solved_at=time_at(counts, "last_close_at")
        or (time_at(fields, "updated_at") if state == "solved" else None),
        updated_at=time_at(fields, "updated_at"),
    )


def _turn(part: Fields) -> Turn | None:
    kind, author = text_at(part, "part_type") or "comment", text_at(part_at(part, "author"), "type").lower()
    text = plain_text(text_at(part, "body"), html=True)
    if not text or kind not in _SAID or author in ("bot", "workflow"):
        return None
    at = time_at(part, "created_at")
    if kind.startswith("note"):
        return Turn("note", text, at)
    return Turn("agent" if author in ("admin", "teammate", "team") else "customer", text, at)
