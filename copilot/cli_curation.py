"""`precedent duplicates`: cases told more than once, what contradicts what, merging, and undoing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from copilot.output import print_json
from copilot.progress import Progress
from knowledge_base.errors import InputError

if TYPE_CHECKING:
    from copilot.curation.contradictions import Contradiction
    from copilot.curation.desk import Found
    from copilot.curation.duplicates import Group


def duplicates(
    context: typer.Context,
    merge: Annotated[
        list[str] | None, typer.Option("--merge", metavar="ID", help="Merge these cases; name each.")
    ] = None,
    keep: Annotated[
        str | None, typer.Option("--keep", metavar="ID", help="The case to keep; else the best.")
    ] = None,
    undo: Annotated[
        str | None, typer.Option("--undo", metavar="ID", help="Undo the merge that this case was in.")
    ] = None,
    actor: Annotated[str, typer.Option(help="Who merges.")] = "operator",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Cases that are told more than once, and what contradicts what."""
    from datetime import UTC, datetime
    from functools import partial

    from copilot.assemble import build_copilot, open_knowledge_base
    from copilot.checking.gate import Gate
    from copilot.curation.merge import merge as merge_cases
    from copilot.curation.merge import undo as undo_merge
    from copilot.settings import read_settings

    settings = read_settings(data=context.obj)
    if merge and undo:
        raise InputError("give one of --merge and --undo")
    with open_knowledge_base(settings) as knowledge:
        if merge:
            gate = Gate(knowledge, gate=settings.publish_gate)
            merged = merge_cases(knowledge, merge, actor=actor, keep=keep, gate=gate)
            told: dict[str, Any] = {"kept": merged.kept.id, "retired": list(merged.retired)}
        elif undo:
            told = {"restored": list(undo_merge(knowledge, undo, actor=actor))}
        else:
            curation = build_copilot(settings, knowledge).curation
            with Progress("comparing", quiet=json) as progress:
                found = curation.found(
                    datetime.now(UTC).date(), progress=partial(progress.steps, "comparing")
                )
            if not json:
                _tell(found)
                return
            told = {
                "duplicates": [group_entry(group) for group in found.groups],
                "contradictions": [contradiction_entry(one) for one in found.contradictions],
            }
    if json:
        print_json(told)
    else:
        typer.echo("; ".join(f"{name}: {value}" for name, value in told.items()))


def group_entry(group: Group) -> dict[str, Any]:
    """A group as the exchange format has it, the case to keep first."""
    worked, tried = group.tries
    return {
        "cases": [{"id": case.id, "title": case.title} for case in group.cases],
        "likeness": round(group.likeness, 3),
        "outcome": {"worked": worked, "tried": tried},
    }


def contradiction_entry(one: Contradiction) -> dict[str, Any]:
    """A contradiction as the exchange format has it."""
    sides = {"first": one.first, "second": one.second}
    return {"differs": one.differs} | {
        name: {"source": said.source, "text": said.text} for name, said in sides.items()
    }


def _tell(found: Found) -> None:
    from copilot.documents import visible

    for group in found.groups:
        worked, tried = group.tries
        typer.echo(f"told {len(group.cases)} times ({group.likeness:.0%} sure, worked {worked} of {tried}):")
        for case in group.cases:
            typer.echo(visible(f"  {case.id}  {case.title or ''}"))
    for one in found.contradictions:
        typer.echo(f"{one.differs} differs:")
        for said in (one.first, one.second):
            typer.echo(visible(f"  {said.source}  {said.text}"))
    if not found.groups and not found.contradictions:
        typer.echo("nothing is told twice, and nothing contradicts")
