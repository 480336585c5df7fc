"""Starting the web server by its import string, so that this package doesn't import the web's."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from copilot.settings import Settings
from knowledge_base.errors import PrecedentError

if TYPE_CHECKING:
    import uvicorn

WEB_APP = "web.app:create_app"


def run_server(settings: Settings) -> None:
    """Serve until interrupted. Raises PrecedentError when the port is taken."""
    # The application reads the same settings; what the command line said must reach it.
    os.environ["PRECEDENT_DATA"] = str(settings.data)
    with _listen(settings.host, settings.port) as listener:
        port = listener.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        server = _server(f"Precedent is on http://{host}:{port} (Ctrl+C stops it)")
        with suppress(KeyboardInterrupt):  # Ctrl+C is how it is meant to end
            server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address, so that a port that is taken is told before anything is loaded."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        message = f"port {port} of {host} can't be served ({error.strerror}): name another by --port"
        raise PrecedentError(message) from error
    return listener


def _server(greeting: str) -> uvicorn.Server:
    """A server that prints where it is once it answers there."""
    import typer
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                typer.echo(greeting)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # The server waits for what is going on; pages that follow what changes would never end.
            self.config.loaded_app.state.stopping.set()
            await super().shutdown(sockets=sockets)

    # Without headers of proxies, which a server on this machine has none of, the application is not wrapped.
    return Server(uvicorn.Config(WEB_APP, factory=True, log_level="warning", proxy_headers=False))
