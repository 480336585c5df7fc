"""`precedent review`: closed conversations as candidates for cases, and what is decided on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from copilot.documents import visible
from copilot.output import print_json

if TYPE_CHECKING:
    from copilot.review.desk import Review
    from knowledge_base.review import StoredCandidate

review = typer.Typer(
    name="review", no_args_is_help=True, help="Closed conversations as candidates for cases."
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Number = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="The candidate's number.")]
Actor = Annotated[str, typer.Option(help="Who decides.")]


@review.command("list", epilog="Example: precedent review list --state accepted")
def list_(
    context: typer.Context,
    state: Annotated[
        Literal["waiting", "accepted", "merged", "rejected", "all"], typer.Option(help="Only in this state.")
    ] = "waiting",
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many.")] = 50,
    json: Json = False,
) -> None:
    """Look for conversations closed since, let the written rules act on them, and list the candidates."""
    with _review(context) as desk:
        while desk.gather().more:
            pass
        _show(desk.list(None if state == "all" else state, limit=k), json=json)


@review.command(epilog="Example: precedent review accept 3 --actor maria")
def accept(
    context: typer.Context,
    candidate: Number,
    status: Annotated[
        Literal["published", "pending"] | None, typer.Option(help="Default: published by those who may.")
    ] = None,
    override: Annotated[
        str | None, typer.Option(metavar="WHY", help="Publish it whatever the checks hold against it.")
    ] = None,
    into: Annotated[str | None, typer.Option("--merge", help="Add it to this case instead.")] = None,
    actor: Actor = "operator",
    json: Json = False,
) -> None:
    """Make a candidate a case, or merge it into one."""
    with _review(context) as desk:
        version = desk.read(candidate).version
        if into is not None:
            done = desk.merge(candidate, into, actor, version=version, why=override)
        else:
            done = desk.accept(candidate, actor, version=version, status=status, why=override)
        _show([done], json=json, one=True)


@review.command(epilog="Example: precedent review reject 3 --why 'a special favour'")
def reject(
    context: typer.Context,
    candidate: Number,
    why: Annotated[str, typer.Option(help="The reason, in a few words.")],
    actor: Actor = "operator",
    json: Json = False,
) -> None:
    """Turn a candidate down."""
    with _review(context) as desk:
        done = desk.reject(candidate, actor, why, version=desk.read(candidate).version)
        _show([done], json=json, one=True)


@review.command(epilog="Example: precedent review rules")
def rules(context: typer.Context, json: Json = False) -> None:
    """The manager's rules, and which waiting candidates each would decide on; nothing is changed."""
    with _review(context) as desk:
        found = [
            {
                "name": one.rule.name, "then": one.rule.then, "by": one.rule.by,
                "conditions": one.rule.conditions, "waiting": list(one.waiting),
            }
            for one in desk.trial()
        ]  # fmt: skip
    if json:
        print_json({"rules": found})
        return
    columns = ("name", "conditions", "then", "by", "waiting")
    _table(columns, [[_cell(one[name]) for name in columns] for one in found], "no rules")


@contextmanager
def _review(context: typer.Context) -> Iterator[Review]:
    from copilot.assemble import build_copilot, open_knowledge_base
    from copilot.settings import read_settings

    settings = read_settings(data=context.obj)
    with open_knowledge_base(settings) as knowledge:
        yield build_copilot(settings, knowledge).review


def _entry(one: StoredCandidate) -> dict[str, Any]:
    case = one.document.get("case") or {}
    return {
        "id": one.id, "conversation_id": one.conversation_id, "state": one.state, "title": case.get("title"),
        "category": case.get("category"), "probability": one.document.get("probability"), "rule": one.rule,
        "who": one.who, "reason": one.reason, "case_id": one.case_id,
        "near": list(one.document.get("near", ())), "case": case or None,
        "findings": [{**finding, "message": str(finding["message"])} for finding in one.findings],
    }  # fmt: skip


def _show(found: list[StoredCandidate], *, json: bool, one: bool = False) -> None:
    entries = [_entry(each) for each in found]
    if json:
        print_json(entries[0] if one else {"candidates": entries})
        return
    columns = ("id", "title", "category", "probability", "state", "rule", "who", "reason", "case_id")
    _table(columns, [[_cell(entry[name]) for name in columns] for entry in entries], "no candidates")
    for found_one in (finding for entry in entries for finding in entry["findings"]):
        line = "{severity:8} {check:20} {subject}: {message}".format(**found_one)
        typer.echo(visible(line))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.0%}"
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _table(columns: tuple[str, ...], rows: list[list[str]], nothing: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in rows:
        table.add_row(*(escape(visible(cell)) for cell in row))
    Console(highlight=False).print(table if rows else nothing)
