"""How a command ends: with a result for a program or a person, or with its one line for a failure."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from copilot.documents import as_document, visible

if TYPE_CHECKING:
    from copilot.polishing.models import Polished


def fail(message: str, *, status: int = 1) -> NoReturn:
    """One line on standard error, then the end."""
    typer.echo(visible("precedent: " + " ".join(message.split())), err=True)
    raise SystemExit(status)


def print_json(document: Any) -> None:
    """One JSON document on standard output, in any encoding that the terminal has."""
    import json

    wide = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    sys.stdout.write(json.dumps(document, ensure_ascii=not wide, allow_nan=False, indent=2) + "\n")
    sys.stdout.flush()  # a reader that has gone away is told of here, not while Python ends


def show(value: Any, *, json: bool, polished: Polished | None = None) -> None:
    """Print a result for a program or for a person, and what polishing made of its draft."""
    if json:
        print_json(as_document(value) | ({"polished": as_document(polished)} if polished else {}))
    else:
        from copilot.console import show_people

        show_people(value)
        if polished:
            show_people(polished)
