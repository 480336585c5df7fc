"""`precedent bring-in`: exports of other systems, brought in or looked at, gone on with after a kill."""

from __future__ import annotations

import json as json_module
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from copilot.bring_in.told import reason_words
from copilot.output import print_json
from copilot.progress import Progress
from knowledge_base.codec import encode, format_time
from knowledge_base.errors import InputError
from knowledge_base.exports.models import System

if TYPE_CHECKING:
    from copilot.bring_in.run import Export, Seen
    from knowledge_base.import_rows import Run
    from knowledge_base.store import KnowledgeBase


def bring_in(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="An export: a file, or a folder of help-centre pages.")],
    system: Annotated[System | None, typer.Option(help="Told from the file if left out.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="Of a CSV: a JSON file of fields to columns. It is remembered.")
    ] = None,
    agents: Annotated[
        str, typer.Option(help="Of a mailbox: the desk's addresses or domains, with commas.")
    ] = "",
    status: Annotated[
        Literal["published", "pending"], typer.Option(help="Whether it is suggested at once.")
    ] = "published",
    preview: Annotated[bool, typer.Option("--preview", help="Show the first 20; nothing is kept.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Bring in an export of another system; a stopped import goes on, the same again changes nothing."""
    from copilot.assemble import open_knowledge_base
    from copilot.bring_in.run import Export, carry_out
    from copilot.bring_in.run import preview as look
    from copilot.settings import read_settings

    settings = read_settings(data=context.obj)
    with open_knowledge_base(settings) as knowledge:
        export = _export(knowledge, path, system, mapping, agents, status)
        if preview:
            _show_preview(export, look(knowledge, export, settings.languages), json=json)
            return
        assert isinstance(export, Export)
        run = _unfinished(knowledge, export) or _new(knowledge, export)
        with Progress("bringing in", quiet=json) as progress:
            ended = carry_out(
                knowledge,
                run.id,
                languages=settings.languages,
                told=lambda now: progress.bytes(now.done, now.total, now.name),
            )
    print_json(run_document(ended)) if json else _show_run(ended)
    if ended.state == "done" and not (ended.added or ended.updated or ended.unchanged):
        raise InputError(f"nothing in {path.name} could be taken; see why above, or name its --system")


def _export(
    knowledge: KnowledgeBase,
    path: Path,
    system: System | None,
    mapping: Path | None,
    agents: str,
    status: str,
) -> Export:
    from copilot.bring_in.desk import columns_of
    from copilot.bring_in.propose import Choices
    from copilot.bring_in.run import Export
    from knowledge_base.exports.reading import detect

    if not path.exists():
        raise InputError(f"{path} doesn't exist; check the path")
    told = system or detect(path)
    if told is None:
        raise InputError(f"whose export {path.name} is can't be told from it: name it by --system")
    columns = None
    if told == "csv":
        given = _mapping_in(mapping) if mapping else None
        columns = columns_of(knowledge, path, given)
        if problem := columns.problem():
            names = ", ".join(repr(name) for name in columns.names[:30])
            raise InputError(f"{problem}, by --mapping; the columns of {path.name} are {names}")
        if given is not None:
            knowledge.imports.keep_mapping(
                columns.signature, columns.names, columns.mapping, actor="operator"
            )
    desk = tuple(one.strip() for one in agents.split(",") if one.strip())
    choices = Choices("pending" if status == "pending" else "published")
    return Export(path.absolute(), told, dict(columns.mapping) if columns else None, desk, choices)


def _mapping_in(file: Path) -> dict[str, str]:
    try:
        found = json_module.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f'{file} can\'t be read: write {{"customer_text": "column", …}}') from error
    if not isinstance(found, dict) or not all(isinstance(column, str) for column in found.values()):
        raise InputError(f'{file} must say {{"customer_text": "column", …}}')
    return found


def _unfinished(knowledge: KnowledgeBase, export: Export) -> Run | None:
    """An earlier import of this very file with these choices that was stopped."""
    fingerprint, options = export.fingerprint(), export.options()
    return next(
        (
            run
            for run in knowledge.imports.list()
            if (run.path, run.system, run.fingerprint) == (str(export.path), export.system, fingerprint)
            and run.resumable
            and all(run.options.get(name) == value for name, value in options.items())
        ),
        None,
    )


def _new(knowledge: KnowledgeBase, export: Export) -> Run:
    from copilot.bring_in.run import begin

    return begin(knowledge, export, name=export.path.name, actor="operator")


def run_document(run: Run) -> dict[str, Any]:
    """A run as one JSON document."""
    told = asdict(run)
    for name in ("worker", "options", "fingerprint", "beat_at"):
        del told[name]
    for name in ("started_at", "ended_at"):
        told[name] = format_time(told[name]) if told[name] else None
    return told


def _show_run(run: Run) -> None:
    typer.echo(
        f"{run.name} ({run.system}): {run.added:,} added, {run.updated:,} updated, "
        f"{run.unchanged:,} unchanged"
    )
    for reason, count in sorted(run.left_out.items(), key=lambda item: -item[1]):
        typer.echo(f"left out: {count:,} {reason_words(reason)}")


def _show_preview(export: Export, seen: list[Seen], *, json: bool) -> None:
    if json:
        items = [
            {
                "record": encode(one.record) if one.record else None,
                "reason": one.left_out.reason if one.left_out else None,
            }
            for one in seen
        ]
        print_json({"system": export.system, "mapping": export.mapping, "items": items})
        return
    typer.echo(f"{export.path.name}: {export.system}")
    for field, column in (export.mapping or {}).items():
        typer.echo(f"  {field} is {column}")
    for one in seen:
        if one.left_out:
            typer.echo(f"- left out: {reason_words(one.left_out.reason)} {one.left_out.id}")
        elif one.record:
            typer.echo(f"- {one.record.id}: {' '.join(str(getattr(one.record, 'title', '')).split())[:90]}")
