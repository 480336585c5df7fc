"""A real server on a free loopback port and a real Chromium, for the browser tests and the screenshots."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from tests.needs import CHROMIUM
from web.app import Surroundings, create_app
from web.deps import Assistant

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
STARTING_SECONDS = 20


_ALONE = Surroundings()


@contextmanager
def serving(copilot: Assistant, *, port: int = 0, surroundings: Surroundings = _ALONE) -> Iterator[str]:
    """Serve the application, on a port that is free unless one is named; gives its address."""
    # The protocol is named, else asyncio leaves Nagle on and each answer on a kept connection waits 40 ms.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    app = create_app(copilot, surroundings=surroundings)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + STARTING_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        app.state.stopping.set()
        server.should_exit = True
        thread.join(STARTING_SECONDS)
        listener.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium as it is installed; nothing is downloaded."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=ARGUMENTS)
        yield browser
        browser.close()
