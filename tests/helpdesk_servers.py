"""Stand-ins that speak Chatwoot's and Zammad's protocols: they sign webhooks, and take private notes."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import requests

from tests.translation_servers import Asked, Server, send_json, serving

SECRET, TOKEN = "webhook-secret", "access-token"


class StandIn:
    """What agents see there: `notes` by conversation. `status` is what a note is answered with."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self.status, self.wait = 200, threading.Event()
        self.wait.set()

    def answer(self, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        """Take a note as either helpdesk would, if its token is right."""
        self.wait.wait(20)
        told = {name.lower(): value for name, value in asked.headers.items()}
        if told.get("api_access_token") != TOKEN and told.get("authorization") != f"Token token={TOKEN}":
            send_json(handler, {"error": "Invalid Access Token"}, status=401)
            return
        if self.status == 200:
            self.notes.append((asked.path, asked.json()))
        send_json(handler, {"id": len(self.notes)}, status=self.status)


@contextmanager
def helpdesk() -> Iterator[tuple[StandIn, Server]]:
    """A stand-in on a port of its own."""
    stand_in = StandIn()
    with serving(stand_in.answer) as server:
        yield stand_in, server


def chatwoot_message(number: int = 7, text: str = "mi pedido", **fields: Any) -> dict[str, Any]:
    """`message_created` of an incoming message, as Chatwoot sends it."""
    return {
        "event": "message_created",
        "id": number,
        "content": text,
        "content_type": "text",
        "message_type": "incoming",
        "private": False,
        "created_at": "2026-11-20T09:00:00.000Z",
        "account": {"id": 3, "name": "Tidewell"},
        "inbox": {"id": 1, "name": "Web"},
        "sender": {"id": 11, "name": "Ana Ruiz", "email": "ana@example.com"},
        "conversation": {
            "id": 5,
            "channel": "Channel::WebWidget",
            "status": "open",
            "meta": {"sender": {"name": "Ana Ruiz"}},
        },
    } | fields


def zammad_article(number: int = 70, text: str = "mi pedido", **article: Any) -> dict[str, Any]:
    """A trigger's webhook about a customer's article, as Zammad sends it."""
    return {
        "ticket": {
            "id": 42,
            "number": "31042",
            "title": "¿Dónde está?",
            "customer": {"id": 9, "firstname": "Ana", "lastname": "Ruiz"},
            "state": "open",
        },
        "article": {
            "id": number,
            "body": text,
            "content_type": "text/plain",
            "internal": False,
            "sender": "Customer",
            "type": "email",
            "created_at": "2026-11-20T09:00:00.000Z",
        }
        | article,
    }


def signed_chatwoot(body: bytes, *, secret: str = SECRET, at: datetime | None = None) -> dict[str, str]:
    """The headers by which Chatwoot signs a body."""
    stamp = str(int((at or datetime.now(UTC)).timestamp()))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Chatwoot-Signature": f"sha256={digest}", "X-Chatwoot-Timestamp": stamp}


def signed_zammad(body: bytes, *, secret: str = SECRET) -> dict[str, str]:
    """The header by which Zammad signs a body."""
    return {"X-Hub-Signature": "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}


def post_chatwoot(address: str, payload: Any, **signing: Any) -> requests.Response:
    """Send a webhook as Chatwoot does, which waits five seconds for an answer."""
    body = json.dumps(payload).encode()
    headers = {"Content-Type": "application/json"} | signed_chatwoot(body, **signing)
    return requests.post(f"{address}/api/v1/webhooks/chatwoot", data=body, headers=headers, timeout=5)


def post_zammad(address: str, payload: Any, **signing: Any) -> requests.Response:
    """Send a webhook as Zammad does."""
    body = json.dumps(payload).encode()
    headers = {"Content-Type": "application/json"} | signed_zammad(body, **signing)
    return requests.post(f"{address}/api/v1/webhooks/zammad", data=body, headers=headers, timeout=5)
