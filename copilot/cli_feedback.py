"""`precedent feedback`: what agents told, and taking it back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from copilot.output import print_json
from knowledge_base.store import KnowledgeBase, StoredFeedback

MOST_LISTED = 1000
feedback = typer.Typer(
    name="feedback",
    help="What agents told of suggestions; it changes later ranking until it is withdrawn.",
    epilog="Example: precedent feedback list --item case:C-1042",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@feedback.command("list", epilog="Example: precedent feedback list --item case:C-1042 -k 5")
def list_(
    context: typer.Context,
    item: Annotated[str | None, typer.Option(help="Only of this item: case:ID, article:ID, draft.")] = None,
    suggestion: Annotated[str | None, typer.Option(help="Only of this suggestion.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=MOST_LISTED, help="How many.")] = 20,
    json: Json = False,
) -> None:
    """The newest feedback, withdrawn or not."""
    with _knowledge(context) as knowledge:
        found = knowledge.feedback(item=item, suggestion_id=suggestion, limit=k)
    if json:
        print_json({"feedback": [entry(one) for one in found]})
    else:
        _table(found)


@feedback.command(epilog="Example: precedent feedback withdraw 17 --actor maya")
def withdraw(
    context: typer.Context,
    number: Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="The feedback's id, as `list` shows.")],
    actor: Annotated[str, typer.Option(help="Who withdraws it.")] = "operator",
    json: Json = False,
) -> None:
    """Feedback that shall count no more; it stays in the history."""
    with _knowledge(context) as knowledge:
        found = knowledge.withdraw_feedback(number, actor=actor)
    if json:
        print_json(entry(found))
    else:
        _table([found])


def entry(stored: StoredFeedback) -> dict[str, Any]:
    """Feedback as the exchange format has it."""
    from knowledge_base.codec import format_time

    times = {
        name: time and format_time(time)
        for name, time in (("at", stored.at), ("withdrawn_at", stored.withdrawn_at))
    }
    told = {"id": stored.id, "actor": stored.actor, "withdrawn_by": stored.withdrawn_by}
    return told | times | asdict(stored.feedback)


def _knowledge(context: typer.Context) -> KnowledgeBase:
    from copilot.assemble import open_knowledge_base
    from copilot.settings import read_settings

    return open_knowledge_base(read_settings(data=context.obj))


def _table(found: list[StoredFeedback]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from copilot.documents import visible

    columns = ("id", "when", "who", "verdict", "item", "reason", "withdrawn")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column)
    for one in found:
        given, by = one.feedback, one.withdrawn_by
        cells = (str(one.id), f"{one.at:%Y-%m-%d %H:%M}", one.actor, given.verdict, given.item, given.reason)
        table.add_row(*(escape(visible(cell or "")) for cell in (*cells, by and f"by {by}")))
    Console(highlight=False).print(table if found else "no feedback")
