"""What the command line prints for people: tables and panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from copilot.models import Evidence, Suggestion
from copilot.output import as_document


def show_people(value: Any) -> None:
    """Print a result on standard output."""
    console = Console(highlight=False)
    if isinstance(value, Suggestion):
        _suggestion(value, console)
    elif isinstance(value, list):
        _results(value, console)
    else:
        _document(value, console)


def _document(value: Any, console: Console) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, entry in as_document(value).items():
        if name == "findings":
            continue
        table.add_row(name.replace("_", " "), _plain(entry))
    console.print(table)
    document = as_document(value)
    for finding in document.get("findings", ()):
        line = f"{finding['severity']:8} {finding['check']:20} {finding['subject']}: {finding['message']}"
        console.print(line, markup=False)
    for error in document.get("errors", ())[:20]:
        where = f"{error['file']}, line {error['line']}" + (f", {error['field']}" if error["field"] else "")
        console.print(f"{where}: {error['message']}", markup=False)


def _plain(entry: Any) -> str:
    if isinstance(entry, dict):
        return ", ".join(f"{name} {_plain(value)}" for name, value in entry.items())
    if isinstance(entry, list | tuple):
        return (
            f"{len(entry)}"
            if entry and isinstance(entry[0], dict)
            else ", ".join(map(_plain, entry)) or "none"
        )
    return "unknown" if entry is None else str(entry)


def _results(value: Sequence[Evidence], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("sure", "kind", "id", "title"):
        table.add_column(column)
    for item in value:
        passage = item.passage
        title = passage.title + (
            f" › {passage.heading}" if passage.kind == "article" and passage.heading else ""
        )
        table.add_row(f"{item.confidence:.0%}", passage.kind, escape(passage.source_id), escape(title))
    console.print(table if value else "nothing found")


def _suggestion(value: Suggestion, console: Console) -> None:
    u = value.understanding
    facts = [
        u.language,
        u.category,
        u.emotion.value,
        u.situation and u.situation.value,
        f"urgency {u.urgency.value}",
    ]
    console.print(
        Panel(escape(u.request or "(nothing asked)"), title=" · ".join(escape(f) for f in facts if f))
    )
    for case in value.cases:
        told = (
            f"worked {case.outcome.worked} of {case.outcome.tried}"
            if case.outcome.tried
            else "outcome unknown"
        )
        console.print(
            f"[bold]{case.confidence:.0%}[/] case {escape(case.id)}  {escape(case.title)}  ({told})"
        )
        if case.why:
            console.print(f"     why: {escape('; '.join(case.why))}", style="dim")
    for passage in value.passages:
        place = f"{passage.title} › {passage.section}" if passage.section else passage.title
        console.print(f"[bold]{passage.confidence:.0%}[/] policy {escape(place)}")
    if value.reason:
        console.print(f"nothing shown: {value.reason}")
    if value.draft:
        title = f"draft ({value.draft.language})" + (
            f", to fill: {', '.join(value.draft.gaps)}" if value.draft.gaps else ""
        )
        console.print(Panel(escape(value.draft.text), title=escape(title)))
    if value.customer_draft:
        version = value.customer_draft
        console.print(
            Panel(
                escape(version.text), title=escape(f"for the customer ({version.language}, {version.origin})")
            )
        )
    for notice in value.notices:
        console.print(f"note: {escape(notice)}")
    console.print(f"{value.timings_ms['total']:.0f} ms", style="dim")
