"""Zendesk: tickets with their comments, as the API and the JSON export give them."""

from __future__ import annotations

from knowledge_base.exports.html_text import plain_text
from knowledge_base.exports.models import State, Ticket, Turn
from knowledge_base.exports.values import (
    Fields,
    line_at,
    names_at,
    number_at,
    part_at,
    parts_at,
    text_at,
    time_at,
)

_STATES: dict[str, State] = {"solved": "solved", "closed": "solved", "deleted": "spam"}
_SATISFIED = {"good": 5, "good_with_comment": 5, "bad": 1, "bad_with_comment": 1}


def looks_like(fields: Fields) -> bool:
    """Whether this may be one of its tickets."""
    own = {"requester_id", "submitter_id", "satisfaction_rating", "comments", "via", "metric_set", "brand_id"}
    numbered = isinstance(fields.get("status"), int) or "conversations" in fields or "articles" in fields
    return "id" in fields and not numbered and len(own & fields.keys()) >= 2 and "ticket_id" not in fields


def ticket_of(fields: Fields) -> Ticket:
    """One of its tickets."""
    customer = fields.get("requester_id")
    rating, metrics = part_at(fields, "satisfaction_rating"), part_at(fields, "metric_set")
    metrics = metrics or part_at(fields, "metrics")
    comments = parts_at(fields, "comments")
    if comments:
        turns = tuple(turn for one in comments if (turn := _turn(one, customer)))
    else:
        said = plain_text(text_at(fields, "description"))
        turns = (Turn("customer", said, time_at(fields, "created_at")),) if said else ()
    state = _STATES.get(text_at(fields, "status").lower(), "open")
    score = _SATISFIED.get(text_at(rating, "score").lower())
    reopens = number_at(metrics, "reopens")
    updated = time_at(fields, "updated_at")
    return Ticket(
        "zendesk",
        text_at(fields, "id"),
        subject=line_at(fields, "subject", "raw_subject"),
        turns=turns,
        state=state,
        tags=names_at(fields, "tags"),
        language=_language(fields),
        csat=score,
        reopened=reopens > 0 if reopens is not None else None,
        product=line_at(fields, "product"),
        channel=line_at(part_at(fields, "via"), "channel"),
        created_at=time_at(fields, "created_at"),
        solved_at=time_at(metrics, "solved_at")
        or time_at(fields, "solved_at")
        or (updated if state == "solved" else None),
        updated_at=updated,
        url=_agents_url(text_at(fields, "url")),
    )


def _turn(comment: Fields, customer: object) -> Turn | None:
    said = text_at(comment, "plain_body") or text_at(comment, "body")
    text = plain_text(said) if said else plain_text(text_at(comment, "html_body"), html=True)
    if not text:
        return None
    role = text_at(part_at(comment, "author"), "role")
    theirs = role == "end-user" or (not role and comment.get("author_id") == customer)
    if comment.get("public") is False:
        return Turn("note", text, time_at(comment, "created_at"))
    return Turn("customer" if theirs else "agent", text, time_at(comment, "created_at"))


def _language(fields: Fields) -> str:
    return line_at(fields, "locale", "language") or line_at(part_at(fields, "requester"), "locale")


def _agents_url(url: str) -> str:
    """Where an agent opens the ticket, from the API's address of it."""
    head, api, rest = url.partition("/api/v2/tickets/")
    return f"{head}/agent/tickets/{rest.removesuffix('.json')}" if api else url[:500]
