"""Real and ill-behaved translation servers on loopback ports, for tests."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_LAUNCH_APY = """
import functools, tornado.httpserver as server
bind = server.HTTPServer.bind
server.HTTPServer.bind = lambda self, port, *a, **k: bind(self, port, address="127.0.0.1")
from apertium_apy.apy import main
main()
"""
"""APY binds to every address and has no option against it."""


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running_apy() -> Iterator[str]:
    """An APY of its own process group; yields its address once it answers."""
    port = free_port()
    options = "-p {} -t 10 -j 1 -i 2 -n 1 /usr/share/apertium/modes".format(port)  # noqa: UP032
    with subprocess.Popen(
        ["/usr/bin/python3", "-c", _LAUNCH_APY, *options.split()],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}/listPairs")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for(url: str) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


class Asked:
    """One request as a server saw it."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        self.method, self.path, self.line = handler.command, parts.path, handler.path
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.headers = dict(handler.headers.items())
        length = int(handler.headers.get("Content-Length") or 0)
        self.body = handler.rfile.read(length).decode()

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class Server(ThreadingHTTPServer):
    """Answers each request with what `answer(asked, handler)` does; keeps what it was asked."""

    request_queue_size = 128  # of five, the default, a crowd of threads loses some to a connect timeout
    daemon_threads = True

    def __init__(self, answer: Callable[[Asked, BaseHTTPRequestHandler], None]) -> None:
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = Asked(self)
                outer.asked.append(asked)
                answer(asked, self)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """Keep the tests' output clean."""

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gave up is what some tests are about."""


@contextlib.contextmanager
def serving(answer: Callable[[Asked, BaseHTTPRequestHandler], None]) -> Iterator[Server]:
    """A server on a port of its own, for as long as the block lasts."""
    with Server(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


def send_text(
    handler: BaseHTTPRequestHandler, text: str, *, status: int = 200, kind: str = "text/html"
) -> None:
    """One whole answer."""
    content = text.encode()
    handler.send_response(status)
    handler.send_header("Content-Type", f"{kind}; charset=utf-8")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def send_json(handler: BaseHTTPRequestHandler, document: object, *, status: int = 200) -> None:
    """One whole answer in JSON."""
    send_text(handler, json.dumps(document), status=status, kind="application/json")


def drip(handler: BaseHTTPRequestHandler, *, seconds: float = 10.0, in_headers: bool = False) -> None:
    """An answer of a byte each 50 ms: no read ever times out."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    if not in_headers:
        handler.wfile.write(b"Content-Type: text/html\r\nContent-Length: 100000\r\n\r\n")
    end = time.monotonic() + seconds
    while time.monotonic() < end and not handler.server.closing.is_set():  # type: ignore[attr-defined]
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.05)


def libretranslate(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    """Answer in the shape of LibreTranslate's API, translated by the `apertium` command."""
    names = {"en": "eng", "es": "spa"}
    if asked.path == "/languages":
        return send_json(handler, [{"code": code, "name": code, "targets": list(names)} for code in names])
    document = asked.json()
    if document.get("api_key") == "wrong":
        return send_json(handler, {"error": "Invalid API key"}, status=403)
    source, target = names.get(document["source"]), names.get(document["target"])
    if source is None or target is None:
        return send_json(handler, {"error": f"{document['target']} is not supported"}, status=400)
    done = subprocess.run(
        ["apertium", "-u", f"{source}-{target}"],
        input=document["q"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    return send_json(handler, {"translatedText": done.stdout})


DICTIONARY = {"Where is it?": "¿Dónde está?", "Your order": "Tu pedido"}
"""What the hosted services' stand-ins know; anything else comes back in capitals."""


def said(text: str) -> str:
    """The stand-ins' translation: known, or in capitals."""
    return DICTIONARY.get(text, text.upper())


def deepl(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    """Answer as DeepL's interface does, version 2."""
    if asked.headers.get("Authorization") != "DeepL-Auth-Key secret:fx":
        return send_json(handler, {"message": "Wrong key"}, status=403)
    if asked.path == "/v2/languages":
        listed = {"source": ("EN", "ES", "PT"), "target": ("EN-GB", "EN-US", "ES", "PT-BR", "PT-PT")}
        return send_json(handler, [{"language": code} for code in listed[asked.query["type"]]])
    texts = asked.json()["text"]
    return send_json(handler, {"translations": [{"text": said(text)} for text in texts]})


def microsoft(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    """Answer as Microsoft Translator's interface does, version 3.0."""
    if asked.path == "/languages":
        codes = ("en", "es", "pt", "pt-PT", "zh-Hans")
        return send_json(handler, {"translation": {code: {"name": code} for code in codes}})
    if asked.headers.get("Ocp-Apim-Subscription-Key") != "secret":
        return send_json(handler, {"error": {"code": 401000, "message": "no"}}, status=401)
    told = [{"translations": [{"text": said(one["text"]), "to": asked.query["to"]}]} for one in asked.json()]
    return send_json(handler, told)
