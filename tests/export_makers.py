"""Exports as each system writes them, made up for the tests: a customer, an agent, a solution."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ASKED = (
    "Hello,\n\nthe kettle from order TW-{n} leaks at the handle since Monday. What can I do?\n\n"
    "Best regards\nAna"
)
TOLD = (
    "Hi Ana,\n\nI am sorry that your kettle leaks. Please unscrew the handle and press the seal back into its"
    " groove. I have sent a new seal to you today.\n\nKind regards\nMaya"
)
NOTE = "Seal batch 12 again."
PROBLEM = "The kettle from order TW-{n} leaks at the handle since Monday. What can I do?"
RESOLUTION = (
    "Please unscrew the handle and press the seal back into its groove. I have sent a new seal to you today."
)


def asked(number: int) -> str:
    """What the customer of a ticket wrote."""
    return ASKED.format(n=number)


def zendesk(number: int, **fields: Any) -> dict[str, Any]:
    """A solved ticket of Zendesk with its comments."""
    comments = [
        {
            "id": 1,
            "author_id": 7,
            "public": True,
            "plain_body": asked(number),
            "created_at": "2026-03-01T10:00:00Z",
        },
        {
            "id": 2,
            "author_id": 9,
            "public": False,
            "body": "Seal batch 12 again.",
            "created_at": "2026-03-01T10:05:00Z",
        },
        {
            "id": 3,
            "author_id": 9,
            "public": True,
            "html_body": _html(TOLD),
            "created_at": "2026-03-01T11:00:00Z",
        },
    ]
    return {
        "url": f"https://tidewell.zendesk.com/api/v2/tickets/{number}.json",
        "id": number,
        "subject": f"Kettle leaks {number}",
        "status": "solved",
        "requester_id": 7,
        "tags": ["kettle"],
        "via": {"channel": "email"},
        "satisfaction_rating": {"score": "good"},
        "metric_set": {"reopens": 1, "solved_at": "2026-03-02T09:00:00Z"},
        "created_at": "2026-03-01T10:00:00Z",
        "updated_at": "2026-03-02T09:00:00Z",
        "comments": comments,
    } | fields


def freshdesk(number: int) -> dict[str, Any]:
    """A closed ticket of Freshdesk with its conversations."""
    return {
        "cc_emails": [],
        "conversations": [
            {"body_text": NOTE, "incoming": False, "private": True, "created_at": "2026-03-01T10:05:00Z"},
            {"body_text": TOLD, "incoming": False, "private": False, "created_at": "2026-03-01T11:00:00Z"},
        ],
        "created_at": "2026-03-01T10:00:00Z",
        "description_text": asked(number),
        "id": number,
        "is_escalated": False,
        "priority": 2,
        "satisfaction_rating": {"ratings": {"default_question": 103}},
        "source": 1,
        "stats": {"reopened_at": "2026-03-01T12:00:00Z", "resolved_at": "2026-03-02T09:00:00Z"},
        "status": 5,
        "subject": f"Kettle leaks {number}",
        "tags": ["kettle"],
        "updated_at": "2026-03-02T09:00:00Z",
    }  # fmt: skip


def zammad(number: int) -> dict[str, Any]:
    """A closed ticket of Zammad with its articles."""
    return {
        "id": number,
        "group_id": 1,
        "number": f"2026{number}",
        "title": f"Kettle leaks {number}",
        "state": "closed",
        "tags": ["kettle"],
        "time_unit": "12.5",
        "create_article_type": "email",
        "created_at": "2026-03-01T10:00:00.000Z",
        "close_at": "2026-03-02T09:00:00.000Z",
        "updated_at": "2026-03-02T09:00:00.000Z",
        "articles": [
            {"id": 1, "ticket_id": number, "sender": "Customer", "internal": False,
             "content_type": "text/plain", "body": asked(number), "created_at": "2026-03-01T10:00:00.000Z"},
            {"id": 2, "ticket_id": number, "sender": "Agent", "internal": True, "content_type": "text/plain",
             "body": "Seal batch 12 again.", "created_at": "2026-03-01T10:05:00.000Z"},
            {"id": 3, "ticket_id": number, "sender": "Agent", "internal": False, "content_type": "text/html",
             "body": _html(TOLD), "created_at": "2026-03-01T11:00:00.000Z"},
        ],
    }  # fmt: skip


def chatwoot(number: int) -> dict[str, Any]:
    """A resolved conversation of Chatwoot with its messages."""
    return {
        "id": number,
        "account_id": 1,
        "inbox_id": 3,
        "status": "resolved",
        "labels": ["kettle"],
        "meta": {"sender": {"name": "Ana"}, "channel": "Channel::Email"},
        "additional_attributes": {"mail_subject": f"Kettle leaks {number}"},
        "created_at": 1772359200,
        "last_activity_at": 1772442000,
        "messages": [
            {"content": asked(number), "message_type": 0, "private": False, "created_at": 1772359200},
            {"content": "Assigned to Maya", "message_type": 2, "private": False, "created_at": 1772359300},
            {"content": NOTE, "message_type": 1, "private": True, "created_at": 1772359500},
            {"id": 4, "content": TOLD, "message_type": 1, "private": False, "created_at": 1772362800},
            {"id": 5, "content": "Please rate us", "message_type": 3, "private": False, "content_attributes":
             {"submitted_values": {"csat_survey_response": {"rating": 5}}}, "created_at": 1772442000},
        ],
    }  # fmt: skip


def intercom(number: int) -> dict[str, Any]:
    """A closed conversation of Intercom with its parts."""
    parts = [
        {
            "part_type": "note",
            "body": "<p>Seal batch 12 again.</p>",
            "author": {"type": "admin"},
            "created_at": 1772359500,
        },
        {
            "part_type": "comment",
            "body": "<p>I am a bot</p>",
            "author": {"type": "bot"},
            "created_at": 1772359501,
        },
        {"part_type": "comment", "body": _html(TOLD), "author": {"type": "admin"}, "created_at": 1772362800},
    ]
    return {
        "type": "conversation",
        "id": str(number),
        "created_at": 1772359200,
        "updated_at": 1772442000,
        "title": f"Kettle leaks {number}",
        "state": "closed",
        "source": {"type": "email", "body": _html(asked(number)), "author": {"type": "user"}},
        "tags": {"tags": [{"name": "kettle"}]},
        "conversation_rating": {"rating": 5},
        "statistics": {"count_reopens": 1, "handling_time": 750, "last_close_at": 1772442000},
        "conversation_parts": {"conversation_parts": parts},
    }


MAKERS = {
    "zendesk": zendesk, "freshdesk": freshdesk, "zammad": zammad, "chatwoot": chatwoot, "intercom": intercom
}  # fmt: skip


def write_lines(path: Path, records: Iterable[Any]) -> Path:
    """An export of one JSON object a line."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(record) + "\n" for record in records)
    return path


def write_array(path: Path, records: Iterable[Any], **options: Any) -> Path:
    """An export of one JSON array."""
    path.write_text(json.dumps(list(records), **options), encoding="utf-8")
    return path


def _html(text: str) -> str:
    return "".join(f"<p>{part}</p>" for part in text.replace("\n", "<br>").split("<br><br>"))
