"""`precedent promises`: what customers were promised, what became of it, and the message that follows."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from copilot.output import print_json, show
from knowledge_base.errors import InputError

if TYPE_CHECKING:
    from copilot.settings import Settings
    from knowledge_base.promises import PromiseState, StoredPromise
    from knowledge_base.store import KnowledgeBase

MOST_LISTED = 1000
MOST_NUMBER = 2**63 - 1  # no database counts further


def _number(name: str, text: str) -> Any:
    return typer.Option(name, min=1, max=MOST_NUMBER, metavar="ID", help=text)


def promises(
    context: typer.Context,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only open ones whose time is over.")] = False,
    state: Annotated[
        Literal["open", "kept", "broken", "withdrawn", "all"], typer.Option(help="Only in this state.")
    ] = "open",
    keep: Annotated[int | None, _number("--keep", "It was kept.")] = None,
    break_: Annotated[int | None, _number("--break", "It was not kept.")] = None,
    withdraw: Annotated[int | None, _number("--withdraw", "It was no promise, or holds no more.")] = None,
    reopen: Annotated[int | None, _number("--reopen", "It is open again.")] = None,
    follow_up: Annotated[int | None, _number("--follow-up", "Draft the message that follows it.")] = None,
    actor: Annotated[str, typer.Option(help="Who settles it.")] = "operator",
    k: Annotated[int, typer.Option("-k", min=1, max=MOST_LISTED, help="How many.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """What customers were promised: overdue first, then by due time."""
    from copilot.assemble import open_knowledge_base
    from copilot.settings import read_settings

    settings = read_settings(data=context.obj)
    wanted: dict[PromiseState, int | None] = {
        "kept": keep, "broken": break_, "withdrawn": withdraw, "open": reopen
    }  # fmt: skip
    settled = [(number, to) for to, number in wanted.items() if number is not None]
    if len(settled) + (follow_up is not None) > 1:
        raise InputError("give one of --keep, --break, --withdraw, --reopen and --follow-up")
    with open_knowledge_base(settings) as knowledge:
        book, now = knowledge.promises, knowledge.promises.clock()
        if follow_up is not None:
            show(_draft(knowledge, follow_up, settings, now), json=json)
            return
        if settled:
            found = [book.settle(*settled[0], actor=actor)]
        else:
            found = book.list(state=None if state == "all" else state, overdue=overdue, limit=k)
    if json:
        entries = [entry(one, now) for one in found]
        print_json(entries[0] if settled else {"promises": entries})
    else:
        _table(found, now)


def entry(stored: StoredPromise, now: datetime) -> dict[str, Any]:
    """A promise as the exchange format has it."""
    from knowledge_base.codec import encode

    told = {name: encode(value) for name, value in asdict(stored).items() if name != "promise"}
    promise = {name: encode(value) for name, value in asdict(stored.promise).items()}
    return told | promise | {"overdue": stored.overdue(now)}


def _draft(knowledge: KnowledgeBase, number: int, settings: Settings, now: datetime) -> Any:
    from copilot.desk import desk_templates
    from copilot.draft import TemplateBook
    from copilot.promises.follow_up import follow_up

    stored = knowledge.promises.find(number)
    templates = TemplateBook(desk_templates(knowledge), tone=settings.tone, informal=settings.informal)
    return follow_up(
        stored, templates, now, agent_language=settings.agent_language, agent_name=settings.agent_name
    )


def _table(found: list[StoredPromise], now: datetime) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from copilot.documents import visible

    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("id", "state", "due (UTC)", "conversation", "kind", "promised"):
        table.add_column(column)
    for one in found:
        promise = one.promise
        state = "overdue" if one.overdue(now) else one.state
        sentence = " ".join(promise.sentence.split())
        cells = (str(one.id), state, due_words(promise.due), promise.conversation_id, promise.kind, sentence)
        table.add_row(*(escape(visible(cell)) for cell in cells))
    Console(highlight=False).print(table if found else "no promises")


def due_words(due: datetime | None) -> str:
    """A due time in a few words: without an hour where none is named."""
    from copilot.promises.due import is_whole_day

    if due is None:
        return "no time named"
    return f"{due:%Y-%m-%d}" if is_whole_day(due) else f"{due:%Y-%m-%d %H:%M}"
