"""Zammad: its trigger's webhook about a ticket's article, its internal article as the note."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from copilot.helpdesks.client import post
from copilot.helpdesks.loose import line_of, number_of, part_of, text_of, time_of
from copilot.helpdesks.models import Arrival
from copilot.helpdesks.plain_text import text_of_html
from copilot.helpdesks.signatures import check_signature
from copilot.translation.http import Request
from knowledge_base.conversations import conversation_from_dict
from knowledge_base.errors import HelpdeskError, SignatureError

NAME = "zammad"
_ID = re.compile(rf"{NAME}-(\d{{1,18}})")
_ROLES = {"customer": "customer", "agent": "agent"}


@dataclass(frozen=True, slots=True)
class Zammad:
    """One Zammad installation."""

    url: str | None
    token: str | None = field(repr=False)
    secret: str | None = field(repr=False)
    name: str = NAME

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """`X-Hub-Signature` signs the body; no time is signed, yet an article is taken in only once."""
        if self.secret is None:
            raise SignatureError("set PRECEDENT_ZAMMAD_SECRET to take Zammad's webhooks")
        check_signature(self.secret, body, headers.get("x-hub-signature"), algorithm="sha1")

    def read(self, payload: Mapping[str, Any]) -> Arrival | None:
        """An article that the customer sees. Internal ones, ours among them, are left out: nothing loops."""
        ticket, article = part_of(payload, "ticket"), part_of(payload, "article")
        role = _ROLES.get(str(_sender(article.get("sender"))).lower())
        if role is None or article.get("internal"):
            return None
        number = number_of(article.get("id"), "article.id")
        customer = part_of(ticket, "customer")
        names = (line_of(customer.get("firstname")), line_of(customer.get("lastname")))
        body = text_of(article.get("body")) or ""
        if "html" in str(article.get("content_type")).lower():
            body = text_of_html(body)
        document = {
            "id": f"{NAME}-{number_of(ticket.get('id'), 'ticket.id')}",
            "title": line_of(ticket.get("title")),
            "channel": text_of(article.get("type")),
            "customer": {"name": " ".join(filter(None, names)) or None},
            "messages": [
                {"role": role, "text": body or "(attachment)", "at": time_of(article.get("created_at"))}
            ],
        }
        return Arrival(f"article-{number}", conversation_from_dict(document, "webhook"), (str(number),))

    def post_note(self, conversation_id: str, text: str) -> None:
        """An internal article."""
        known = _ID.fullmatch(conversation_id)
        if self.url is None or self.token is None or known is None:
            raise HelpdeskError("set PRECEDENT_ZAMMAD_URL and PRECEDENT_ZAMMAD_TOKEN to post notes")
        note = {
            "ticket_id": int(known[1]), "subject": "Precedent", "body": text, "content_type": "text/plain",
            "type": "note", "internal": True,
        }  # fmt: skip
        request = Request(
            "POST", self.url.rstrip("/") + "/api/v1/ticket_articles", body=note, redirects=False
        )
        post(request.signed(f"token={self.token}", "Token"), who="Zammad")


def _sender(value: Any) -> Any:
    """Its name, which stands alone or in a record of its own."""
    return value.get("name") if isinstance(value, Mapping) else value
