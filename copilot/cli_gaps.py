"""`precedent gaps`: what nothing answers, what is solved slowly, what is never used; decisions on gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from copilot.output import print_json
from knowledge_base.errors import InputError

if TYPE_CHECKING:
    from copilot.gaps.desk import Gaps, What


def gaps(
    context: typer.Context,
    propose: Annotated[
        str | None, typer.Option("--propose", metavar="ID", help="Show what to write for this gap.")
    ] = None,
    accept: Annotated[
        str | None, typer.Option("--accept", metavar="ID", help="Begin what is proposed for this gap.")
    ] = None,
    article: Annotated[
        bool, typer.Option("--article", help="With --propose and --accept: an article, never a case.")
    ] = False,
    dismiss: Annotated[
        str | None, typer.Option("--dismiss", metavar="ID", help="Let this gap be; say --why.")
    ] = None,
    why: Annotated[str, typer.Option(help="Why a gap is let be, in a few words.")] = "",
    undo: Annotated[
        int | None, typer.Option("--undo", metavar="NUMBER", min=1, help="Take this decision back.")
    ] = None,
    actor: Annotated[str, typer.Option(help="Who decides.")] = "operator",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """What customers ask and nothing answers, what is solved slowly, and what is never used."""
    from copilot.assemble import build_copilot, open_knowledge_base
    from copilot.gaps.documents import decision_entry, gaps_entry, proposal_entry
    from copilot.settings import read_settings

    if sum(one is not None for one in (propose, accept, dismiss, undo)) > 1:
        raise InputError("give one of --propose, --accept, --dismiss and --undo")
    settings = read_settings(data=context.obj)
    with open_knowledge_base(settings) as knowledge:
        desk = build_copilot(settings, knowledge).gaps
        what: What | None = "article" if article else None
        if propose is not None:
            told = proposal_entry(desk.proposal(propose, what))
        elif accept is not None:
            told = decision_entry(desk.accept(accept, who=actor, what=what))
        elif dismiss is not None:
            told = decision_entry(desk.dismiss(dismiss, why, who=actor))
        elif undo is not None:
            told = decision_entry(desk.undo(undo, who=actor))
        elif json:
            told = gaps_entry(desk.found(), desk.open(), desk.decided())
        else:
            _tell(desk)
            return
    if json:
        print_json(told)
    else:
        _tell_one(told)


def _tell_one(told: dict[str, Any]) -> None:
    from copilot.documents import visible

    for name, value in told.items():
        if value not in (None, [], {}):
            typer.echo(visible(f"{name}: {value}"))


def _tell(desk: Gaps) -> None:
    """The three tables."""
    from copilot.gaps.documents import gaps_entry

    told = gaps_entry(desk.found(), desk.open(), desk.decided())
    basis = told["basis"]
    typer.echo(
        f"of {basis['asked']} conversations since {basis['since'][:10]} nothing was shown in "
        f"{basis['nothing_shown']}, all that was shown rejected in {basis['all_rejected']}; "
        f"{basis['singles']} ask for what fewer than three do, {basis['not_compared']} not compared"
    )
    _table(
        ("id", "name", "conversations", "recent", "before", "trend", "category", "nearest", "solved"),
        [
            (
                one["id"], one["name"], one["conversations"], one["trend"]["recent"], one["trend"]["before"],
                one["trend"]["way"].replace("_", " "), one["category"], _near(one["nearest"]), one["solved"],
            )
            for one in told["gaps"]
        ],
        "no gaps",
    )  # fmt: skip
    _table(
        ("category", "conversations", "minutes", "turns", "reopened", "hours"),
        [
            (one["category"], one["conversations"], *map(_share, (one["minutes"], one["turns"])),
             _share(one["reopened"]), one["hours"])
            for one in told["slow"]
        ],
        "no category is surely slower than the desk",
    )  # fmt: skip
    _table(
        ("kind", "published", "never shown", "never used", "not asked for", "too new", "too seldom shown"),
        [tuple(value for name, value in one.items() if name != "items") for one in told["unused"]],
        "nothing is published",
    )


def _near(one: dict[str, Any] | None) -> str:
    return f"{one['kind']}:{one['id']} ({one['confidence']:.0%})" if one else ""


def _share(one: dict[str, Any] | None) -> str:
    return "too few" if one is None else f"{one['value']:g} (desk {one['desk']:g})"


def _table(columns: tuple[str, ...], rows: list[tuple[Any, ...]], nothing: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from copilot.documents import visible

    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(visible("" if cell is None else str(cell))) for cell in row))
    Console(highlight=False).print(table if rows else nothing)
