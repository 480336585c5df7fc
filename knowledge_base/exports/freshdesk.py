"""Freshdesk: tickets with their conversations (API), and the older account export with its notes."""

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
    stars,
    text_at,
    time_at,
)

_NUMBERS: dict[str, State] = {"4": "solved", "5": "solved", "resolved": "solved", "closed": "solved"}
_CHANNELS = {
    "1": "email", "2": "portal", "3": "phone", "7": "chat", "9": "feedback_widget", "10": "outbound_email"
}  # fmt: skip
_RATINGS = {103: 5, 102: 5, 101: 4, 100: 3, -101: 2, -102: 1, -103: 1}


def looks_like(fields: Fields) -> bool:
    """Whether this may be one of its tickets."""
    if "helpdesk_ticket" in fields:
        return True
    own = {"description_text", "conversations", "fr_escalated", "is_escalated", "responder_id", "notes"}
    own |= {"helpdesk_notes", "display_id"}
    named = "id" in fields or "display_id" in fields
    return named and "subject" in fields and "articles" not in fields and bool(own & fields.keys())


def ticket_of(fields: Fields) -> Ticket:
    """One of its tickets."""
    fields = part_at(fields, "helpdesk_ticket") or fields
    text = plain_text(text_at(fields, "description_text")) or plain_text(
        text_at(fields, "description", "description_html")
    )
    created = time_at(fields, "created_at")
    first = (Turn("customer", text, created),) if text else ()
    later = parts_at(fields, "conversations", "notes", "helpdesk_notes")
    stats, state = part_at(fields, "stats"), _state(fields)
    updated = time_at(fields, "updated_at")
    reopened = time_at(stats, "reopened_at")
    return Ticket(
        "freshdesk",
        text_at(fields, "display_id") or text_at(fields, "id"),
        subject=line_at(fields, "subject"),
        turns=(*first, *(turn for one in later if (turn := _turn(one)))),
        state=state,
        tags=names_at(fields, "tags"),
        category=line_at(fields, "category"),
        language=line_at(part_at(fields, "requester"), "language") or line_at(fields, "language"),
        csat=_csat(fields),
        reopened=reopened is not None if stats else None,
        product=line_at(fields, "product", "product_name"),
        channel=_CHANNELS.get(text_at(fields, "source"), line_at(fields, "source_name")),
        created_at=created,
        solved_at=time_at(stats, "resolved_at", "closed_at") or (updated if state == "solved" else None),
        updated_at=updated,
    )


def _state(fields: Fields) -> State:
    if is_true(fields.get("spam")) or is_true(fields.get("deleted")):
        return "spam"
    return _NUMBERS.get(text_at(fields, "status_name", "status").lower(), "open")


def _turn(note: Fields) -> Turn | None:
    note = part_at(note, "note") or part_at(note, "helpdesk_note") or note
    text = plain_text(text_at(note, "body_text")) or plain_text(text_at(note, "body", "body_html"))
    if not text:
        return None
    at, incoming = time_at(note, "created_at"), is_true(note.get("incoming"))
    if is_true(note.get("private")) and not incoming:
        return Turn("note", text, at)
    return Turn("customer" if incoming else "agent", text, at)


def _csat(fields: Fields) -> int | None:
    rating = part_at(fields, "satisfaction_rating")
    number = number_at(part_at(rating, "ratings"), "default_question") if rating else None
    if number is None:
        number = number_at(rating or fields, "rating" if rating else "satisfaction_rating")
    return _RATINGS.get(int(number)) or stars(number) if number is not None else None
