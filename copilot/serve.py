"""Starting the web server by its import string, so that this package doesn't import the web's."""

from __future__ import annotations

import os
import socket

from copilot.settings import Settings
from knowledge_base.errors import PrecedentError

WEB_APP = "web.app:create_app"


def run_server(settings: Settings) -> None:
    """Serve until interrupted. Raises PrecedentError when the port is taken."""
    import typer
    import uvicorn

    # The application reads the same settings; what the command line said must reach it.
    os.environ["PRECEDENT_DATA"] = str(settings.data)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        message = f"port {settings.port} can't be served ({error.strerror}): name another by --port"
        raise PrecedentError(message) from error
    port = listener.getsockname()[1]
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    typer.echo(f"Precedent is on http://{shown}:{port} (Ctrl+C stops it)")
    server = uvicorn.Server(uvicorn.Config(WEB_APP, factory=True, log_level="warning"))
    server.run(sockets=[listener])
