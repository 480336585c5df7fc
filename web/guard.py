"""What every request must pass before a handler sees it: host, origin, kind and size of the body."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import SECURITY_HEADERS, problem

HOSTS = frozenset({"127.0.0.1", "localhost", "::1", "testserver"})
MAX_BODY = 2_000_000
"""Bytes of a request's body; 500 messages of a long correspondence take a quarter of it."""
MAX_DRAINED = 16 * MAX_BODY
"""Bytes read and thrown away so that a client still sending gets to read why it was refused."""
PANEL = "/panel"
UPLOAD, UPLOADED = "/api/v1/imports/files", "application/octet-stream"
"""Where an export is taken, which may be larger than memory: its handler reads and bounds it."""
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Guard:
    """ASGI middleware: refuses what no handler should see, and sets the security headers on every answer."""

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str] = (), panel_origins: Collection[str] = ()
    ) -> None:
        self.app, self.hosts = app, HOSTS | frozenset(hosts)
        self.panel_headers = framed_by(panel_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request; hand on all others with their body read."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        wanted = self.panel_headers if scope["path"] == PANEL else SECURITY_HEADERS

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in wanted.items():
                    headers[name] = value
            await send(message)

        upload = scope["path"] == UPLOAD
        refusal = refuse(scope["method"], Headers(scope=scope), self.hosts, upload=upload)
        if upload and not refusal:
            await self.app(scope, receive, send_with_headers)
            return
        body = None if refusal else await read_body(receive)
        if body is None:
            refusal = refusal or problem(413, f"the body is larger than {MAX_BODY:,} bytes", name="too-large")
            await refusal(scope, receive, send_with_headers)
        else:
            await self.app(scope, _replay(body, receive), send_with_headers)


def framed_by(origins: Collection[str]) -> Mapping[str, str]:
    """The headers of a page that pages of these origins may frame, and nobody else's."""
    if not origins:
        return SECURITY_HEADERS
    headers = {**SECURITY_HEADERS}
    del headers["x-frame-options"]  # knows no list
    name = "content-security-policy"
    ancestors = f"frame-ancestors {' '.join(sorted(origins))}"
    return headers | {name: headers[name].replace("frame-ancestors 'none'", ancestors)}


def refuse(
    method: str, headers: Headers, hosts: Collection[str] = HOSTS, *, upload: bool = False
) -> Response | None:
    """Decide by the request's head: a foreign host, a foreign origin, a body that isn't JSON (or a file)."""
    host = headers.get("host", "")
    if _hostname(host) not in hosts:
        return problem(
            400,
            "this server answers only under its own local name, or one of PRECEDENT_ALLOWED_HOSTS",
            name="host",
        )
    if method not in CHANGING:
        return None
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return problem(403, "a page of another origin may not change anything here", name="origin")
    kind = headers.get("content-type", "")
    if upload and kind.partition(";")[0].strip().lower() != UPLOADED:
        return problem(415, f"send the file as {UPLOADED}", name="media-type")
    if not upload and _has_body(headers) and not _is_json(kind):
        return problem(415, "send the body as application/json", name="media-type")
    return None


async def read_body(receive: Receive) -> bytes | None:
    """Read the body as it streams in, keeping no more than the limit; None if too large or cut off."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= MAX_BODY:
            chunks.append(chunk)
        else:
            chunks.clear()
        if not message.get("more_body", False) or size > MAX_DRAINED:
            return b"".join(chunks) if size <= MAX_BODY else None


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replayed() -> Message:
        nonlocal given
        if given:  # what comes after the body is the client hanging up
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
