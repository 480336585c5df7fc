"""Chatwoot: its `message_created` and `conversation_status_changed` webhooks, its private note."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from copilot.helpdesks.client import post
from copilot.helpdesks.loose import NO_TEXT, line_of, number_of, part_of, plain_of, text_of, time_of
from copilot.helpdesks.models import Arrival
from copilot.helpdesks.signatures import check_signature, check_time
from copilot.translation.http import Request
from knowledge_base.conversations import conversation_from_dict
from knowledge_base.errors import HelpdeskError, SignatureError

NAME = "chatwoot"
_ID = re.compile(rf"{NAME}-(\d{{1,18}})-(\d{{1,18}})")
_ROLES = {"incoming": "customer", "outgoing": "agent", 0: "customer", 1: "agent"}


@dataclass(frozen=True, slots=True)
class Chatwoot:
    """One Chatwoot installation."""

    url: str | None
    token: str | None = field(repr=False)
    secret: str | None = field(repr=False)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    name: str = NAME

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """`X-Chatwoot-Signature` signs `X-Chatwoot-Timestamp`, a dot and the body."""
        if self.secret is None:
            raise SignatureError("set PRECEDENT_CHATWOOT_SECRET to take Chatwoot's webhooks")
        at = headers.get("x-chatwoot-timestamp", "")
        signed = at.encode("latin-1", "replace") + b"." + body
        check_signature(self.secret, signed, headers.get("x-chatwoot-signature"), algorithm="sha256")
        check_time(at, self.clock())

    def read(self, payload: Mapping[str, Any]) -> Arrival | None:
        """A message of the customer's or an agent's, or that the conversation was closed or opened.

        Private notes, ours among them, and what the helpdesk itself writes are left out: nothing loops.
        """
        match payload.get("event"):
            case "message_created" if not payload.get("private"):
                return self._message(payload)
            case "conversation_status_changed" | "conversation_resolved" | "conversation_opened":
                return self._status(payload)
        return None

    def post_note(self, conversation_id: str, text: str) -> None:
        """A private message."""
        known = _ID.fullmatch(conversation_id)
        if self.url is None or self.token is None or known is None:
            raise HelpdeskError("set PRECEDENT_CHATWOOT_URL and PRECEDENT_CHATWOOT_TOKEN to post notes")
        path = f"/api/v1/accounts/{known[1]}/conversations/{known[2]}/messages"
        note = {"content": text, "message_type": "outgoing", "private": True}
        signed = {"api_access_token": self.token}
        url = self.url.rstrip("/") + path
        post(Request("POST", url, body=note, headers=signed, redirects=False), who="Chatwoot")

    def _message(self, payload: Mapping[str, Any]) -> Arrival | None:
        role = _ROLES.get(plain_of(payload.get("message_type")))
        if role is None:
            return None
        talk = part_of(payload, "conversation")
        number = number_of(payload.get("id"), "id")
        inbox, sender = part_of(payload, "inbox"), part_of(payload, "sender")
        contact = part_of(part_of(talk, "meta"), "sender") or (sender if role == "customer" else {})
        document = {
            "id": self._id(payload, talk),
            "channel": _channel(talk.get("channel") or inbox.get("channel_type")),
            "customer": {"name": line_of(contact.get("name"))},
            "messages": [
                {
                    "role": role,
                    "text": text_of(payload.get("content")) or NO_TEXT,
                    "at": time_of(payload.get("created_at")),
                }
            ],
        }
        conversation = conversation_from_dict(document, "webhook")
        return Arrival(f"message-{number}", conversation, (str(number),))

    def _status(self, payload: Mapping[str, Any]) -> Arrival | None:
        status = payload.get("status")
        if status not in ("open", "resolved"):
            return None
        document = {"id": self._id(payload, payload), "messages": [{"role": "note", "text": ""}]}
        conversation = conversation_from_dict(document, "webhook")
        at = plain_of(payload.get("updated_at") or payload.get("timestamp"))
        key = f"status-{conversation.id}-{status}-{at}"[:200]  # each opening and closing is told once
        return Arrival(key, conversation, state="closed" if status == "resolved" else "open")

    def _id(self, payload: Mapping[str, Any], talk: Mapping[str, Any]) -> str:
        account = part_of(payload, "account").get("id") or talk.get("account_id")
        return f"{NAME}-{number_of(account, 'account.id')}-{number_of(talk.get('id'), 'conversation.id')}"


def _channel(value: Any) -> str | None:
    """`Channel::WebWidget` as `web widget`."""
    name = text_of(value)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.rpartition("::")[2]).lower()[:50] if name else None
