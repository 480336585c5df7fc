"""Zammad: tickets with their articles."""

from __future__ import annotations

from knowledge_base.exports.html_text import plain_text
from knowledge_base.exports.models import State, Ticket, Turn
from knowledge_base.exports.values import (
    Fields,
    is_true,
    line_at,
    names_at,
    number_at,
    part_at,
    parts_at,
    text_at,
    time_at,
)

_STATES: dict[str, State] = {"closed": "solved", "4": "solved", "merged": "spam", "removed": "spam"}


def looks_like(fields: Fields) -> bool:
    """Whether this may be one of its tickets."""
    own = {"articles", "article_ids", "article_count", "state_id", "group_id", "priority_id", "owner_id"}
    numbered = "number" in fields and ("title" in fields or "articles" in fields)
    return "id" in fields and numbered and bool(own & fields.keys())


def ticket_of(fields: Fields) -> Ticket:
    """One of its tickets."""
    state = _STATES.get(_name(fields, "state").lower(), "open")
    updated = time_at(fields, "updated_at")
    return Ticket(
        "zammad",
        text_at(fields, "id"),
        subject=line_at(fields, "title"),
        turns=tuple(turn for one in parts_at(fields, "articles") if (turn := _turn(one))),
        state=state,
        tags=names_at(fields, "tags"),
        language=line_at(part_at(part_at(fields, "customer"), "preferences"), "locale"),
        handle_minutes=_minutes(fields),
        product=line_at(fields, "product"),
        channel=_name(fields, "create_article_type").split(" ")[0],
        created_at=time_at(fields, "created_at"),
        solved_at=time_at(fields, "last_close_at", "close_at") or (updated if state == "solved" else None),
        updated_at=updated,
    )


def _turn(article: Fields) -> Turn | None:
    markup = "html" in text_at(article, "content_type") or None
    text = plain_text(text_at(article, "body"), html=markup)
    sender = _name(article, "sender").lower() or {1: "agent", 2: "customer"}.get(
        int(number_at(article, "sender_id") or 0), ""
    )
    if not text or sender not in ("agent", "customer"):
        return None
    at = time_at(article, "created_at")
    if is_true(article.get("internal")):
        return Turn("note", text, at)
    return Turn("customer" if sender == "customer" else "agent", text, at)


def _name(fields: Fields, name: str) -> str:
    """A state or sender, expanded to its name, or an object with one."""
    return line_at(part_at(fields, name), "name") or line_at(fields, name, f"{name}_id")


def _minutes(fields: Fields) -> float | None:
    spent = number_at(fields, "time_unit")
    return spent if spent is not None and spent >= 0 else None
