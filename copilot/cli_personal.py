"""`precedent personal-data` and `precedent erase`: what is personal in the knowledge, a customer removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from copilot.output import fail, print_json
from copilot.personal import erasure_entry, scan_entry, traces_entry

if TYPE_CHECKING:
    from copilot.settings import Settings
    from knowledge_base.personal.tracing import Traces
    from knowledge_base.store import KnowledgeBase

personal_data = typer.Typer(
    name="personal-data",
    help="Personal data in the knowledge: what stands there, and placeholders for it.",
    epilog="Example: precedent personal-data report; precedent personal-data apply",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@personal_data.command(epilog="Example: precedent personal-data report --show")
def report(
    context: typer.Context,
    show: Annotated[bool, typer.Option("--show", help="Print the values too.")] = False,
    json: Json = False,
) -> None:
    """What is found by kind and record; values only when asked for."""
    from knowledge_base.personal.scanning import scan

    with _knowledge(_settings(context)) as knowledge:
        done = scan(knowledge)
    if json:
        print_json(scan_entry(done, values=show))
        return
    _table(("kind", "stands", "to replace", "replaced"), [
        [kind, str(done.standing[kind]), str(done.due[kind]), str(done.replaced[kind])]
        for kind in sorted({*done.standing, *done.replaced})
    ], "no personal data is found")  # fmt: skip
    rows = [
        [f"{one.kind} {one.id}", found.field, found.found.kind, found.found.text if show else ""]
        for one in done.records
        for found in one.standing
        if found.due or show
    ]
    if rows:
        _table(("record", "field", "kind", "value"), rows, "")


@personal_data.command(epilog="Example: precedent personal-data apply --actor maya")
def apply(
    context: typer.Context,
    actor: Annotated[str, typer.Option(help="Who has it replaced.")] = "operator",
    json: Json = False,
) -> None:
    """Put placeholders for what stands there, in every record and its history, by the switches."""
    from knowledge_base.personal.scanning import ORDER

    with _knowledge(_settings(context)) as knowledge:
        changed = 0
        for kind in ORDER:
            for record in list(knowledge.each(kind)):
                changed += knowledge.personal.replace_now(kind, record.id, actor=actor)
        clean = knowledge.personal.scrub()
    if json:
        print_json({"changed": changed, "clean": clean})
    else:
        typer.echo(f"{changed} records changed" + ("; run `precedent index`" if changed else ""))


def erase(
    context: typer.Context,
    email: Annotated[str | None, typer.Option(help="Their e-mail address.")] = None,
    phone: Annotated[str | None, typer.Option(help="Their phone number, however it is written.")] = None,
    name: Annotated[str | None, typer.Option(help="Their name.")] = None,
    customer_id: Annotated[str | None, typer.Option(help="The desk's own id of them.")] = None,
    conversation: Annotated[str | None, typer.Option(help="The id of a conversation with them.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase; without it only what would go is shown.")
    ] = False,
    actor: Annotated[str, typer.Option(help="Who erases.")] = "operator",
    json: Json = False,
) -> None:
    """Remove a customer from base, history, index, files and memory; first see what goes."""
    from copilot.assemble import build_eraser
    from knowledge_base.personal.person import Person

    person = Person(email, phone, name, customer_id, conversation)
    settings = _settings(context)
    with _knowledge(settings) as knowledge:
        eraser = build_eraser(settings, knowledge)
        if not yes:
            _show_traces(eraser.preview(person), json=json)
            return
        done = eraser.erase(person, actor=actor)
    if json:
        print_json(erasure_entry(done))
    else:
        _counts(done.counts, "removed")
    if done.index:
        fail(f"the index still holds the former texts: {done.index}; then erase again")
    if done.left:
        fail(f"still in {', '.join(done.left)}: end what reads these files, then erase again")


def _show_traces(traces: Traces, *, json: bool) -> None:
    if json:
        print_json(traces_entry(traces))
        return
    _table(("kind", "value"), [list(pair) for pair in sorted(traces.values.pairs)], "no value is told")
    _counts(traces.counts(), "would go")
    named = [*(f"conversation {one}" for one in traces.conversations), *map(" ".join, traces.records)]
    typer.echo(", ".join(named) or "nothing of them is found")
    typer.echo("Erase them with --yes; it can't be undone.")


def _counts(counts: dict[str, int], what: str) -> None:
    _table(
        ("what", what), [[name, str(count)] for name, count in counts.items() if count], "nothing is found"
    )


def _settings(context: typer.Context) -> Settings:
    from copilot.settings import read_settings

    return read_settings(data=context.obj)


def _knowledge(settings: Settings) -> KnowledgeBase:
    from copilot.assemble import open_knowledge_base

    return open_knowledge_base(settings)


def _table(columns: tuple[str, ...], rows: list[list[str]], empty: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from copilot.documents import visible

    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(visible(cell)) for cell in row))
    if rows or empty:
        Console(highlight=False).print(table if rows else empty)
