"""Chatwoot: conversations with their messages, as its API gives them."""

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

_STATES: dict[str, State] = {"resolved": "solved"}
_TYPES = {"0": "incoming", "1": "outgoing", "3": "template"}


def looks_like(fields: Fields) -> bool:
    """Whether this may be one of its conversations."""
    own = {
        "inbox_id",
        "account_id",
        "labels",
        "contact_inbox",
        "contact_last_seen_at",
        "additional_attributes",
    }
    return "id" in fields and "messages" in fields and bool(own & fields.keys())


def ticket_of(fields: Fields) -> Ticket:
    """One of its conversations."""
    meta, more = part_at(fields, "meta"), part_at(fields, "additional_attributes")
    messages = parts_at(fields, "messages")
    state = _STATES.get(text_at(fields, "status").lower(), "open")
    active = time_at(fields, "updated_at", "last_activity_at", "timestamp")
    ratings = [rating for one in messages if (rating := _rating(one)) is not None]
    return Ticket(
        "chatwoot",
        text_at(fields, "id", "display_id"),
        subject=line_at(more, "mail_subject", "subject"),
        turns=tuple(turn for one in messages if (turn := _turn(one))),
        state="spam" if is_true(part_at(meta, "sender").get("blocked")) else state,
        tags=names_at(fields, "labels"),
        language=line_at(more, "conversation_language", "browser_language")
        or line_at(part_at(more, "browser"), "browser_language"),
        csat=ratings[-1] if ratings else None,
        channel=line_at(meta, "channel").removeprefix("Channel::").lower(),
        created_at=time_at(fields, "created_at"),
        solved_at=active if state == "solved" else None,
        updated_at=active,
    )


def _turn(message: Fields) -> Turn | None:
    kind = text_at(message, "message_type")
    kind = _TYPES.get(kind, kind)
    text = plain_text(text_at(message, "content"))
    if not text or kind not in ("incoming", "outgoing") or _is_bot(message):
        return None
    at = time_at(message, "created_at")
    if is_true(message.get("private")):
        return Turn("note", text, at)
    return Turn("customer" if kind == "incoming" else "agent", text, at)


def _is_bot(message: Fields) -> bool:
    sender = text_at(part_at(message, "sender"), "type") or text_at(message, "sender_type")
    return sender.lower() in ("agent_bot", "agentbot", "captain::assistant", "captain_assistant")


def _rating(message: Fields) -> int | None:
    told = part_at(part_at(message, "content_attributes"), "submitted_values")
    return stars(number_at(part_at(told, "csat_survey_response"), "rating"))
