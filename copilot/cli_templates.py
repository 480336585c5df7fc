"""`precedent templates`: reply templates read for mistakes and previewed before a customer reads them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from copilot.arguments import conversation_in
from copilot.output import print_json
from knowledge_base.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from copilot.workshop import Preview, Workshop
    from knowledge_base.models import ReplyTemplate

templates = typer.Typer(
    name="templates",
    help="Reply templates: read them for mistakes and see how they read, before anybody else does.",
    epilog="Example: precedent templates lint templates/",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@templates.command(epilog="Example: precedent templates lint templates/en/lost_parcel.md")
def lint(
    context: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders; else the desk's.")] = None,
    json: Json = False,
) -> None:
    """What is wrong with templates, by file and line; status 1 when something must be mended."""
    from datetime import UTC, datetime

    from copilot.documents import visible
    from copilot.template_files import lint_files, read_paths, with_articles

    with _workshop(context) as workshop:
        if paths:
            files, articles = read_paths(paths)
            found = lint_files(files, with_articles(workshop.desk(), articles, datetime.now(UTC).date()))
        else:
            files = _desk_files(workshop)
            found = lint_files(files, workshop.desk())
    errors = [one for one in found if one.remark.severity == "error"]
    if json:
        print_json({"passed": not errors, "files": len(files), "findings": [one.as_json() for one in found]})
    else:
        for one in found:
            told = f"{one.file}:{one.line}: {one.remark.severity}: {one.remark.message}"
            typer.echo(visible(" ".join(told.split())))
        typer.echo(f"{len(files)} files, {len(errors)} errors, {len(found) - len(errors)} other remarks")
    if errors:
        raise InputError(f"mend what is marked error ({len(errors)}), then lint again")


@templates.command(epilog="Example: precedent templates preview templates/en/lost_parcel.md")
def preview(
    context: typer.Context,
    file_or_id: Annotated[str, typer.Argument(help="A file of templates, or an id such as en/lost_parcel.")],
    conversation: Annotated[
        str | None, typer.Option(help="A conversation (JSON) in place of the samples; - is standard input.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=20, help="How many conversations.")] = 3,
    json: Json = False,
) -> None:
    """How templates read in the conversations that fit them, with what would be left to fill in."""
    with _workshop(context) as workshop:
        chosen = _chosen(workshop, file_or_id)
        if conversation is None:
            previews = workshop.previews(chosen, limit=k)
        else:
            talk = conversation_in(conversation)
            previews = (workshop.preview(chosen, talk, talk.id or "the conversation given"),)
    if json:
        from dataclasses import asdict

        print_json({"templates": [one.id for one in chosen], "previews": [asdict(one) for one in previews]})
    else:
        _show(previews)


@templates.command(epilog="Example: precedent templates coverage")
def coverage(context: typer.Context, json: Json = False) -> None:
    """Which replies are written in which language: written, partly, stale (its source changed), missing."""
    with _workshop(context) as workshop:
        found = workshop.coverage()
    if json:
        print_json({"replies": [{"reply": one.reply, "states": dict(one.states)} for one in found]})
        return
    # One line for each reply, however many languages there are: a terminal is narrow, a pipe has no width.
    for one in found:
        by_state = {
            state: [name for name, told in one.states.items() if told == state]
            for state in dict.fromkeys(one.states.values())
        }
        told = [f"{state}: {', '.join(names)}" for state, names in by_state.items()]
        everywhere = f"{next(iter(by_state))} in all {len(one.states)}"
        typer.echo(f"{one.reply}  {everywhere if len(by_state) == 1 else '; '.join(told)}")


@templates.command(epilog="Example: precedent templates holes --weeks 8")
def holes(
    context: typer.Context,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Whose conversations count.")] = 4,
    json: Json = False,
) -> None:
    """Situations, categories and moods that lack a template in a language, the most asked for first."""
    from dataclasses import asdict

    from copilot.template_cells import cells_of

    with _workshop(context) as workshop:
        found = cells_of(workshop.knowledge, workshop, weeks=weeks)
    if json:
        rows = [asdict(row) | {"missed": row.missed} for row in found.rows]
        print_json({"weeks": found.weeks, "languages": list(found.languages), "rows": rows})
        return
    for row, cell in found.holes:
        typer.echo(f"{cell.conversations}  {row.aspect} {row.name}, {cell.language}: {cell.state}")
    if not found.holes:
        typer.echo(f"no conversation of the last {found.weeks} weeks fell into a hole")


@templates.command(epilog="Example: precedent templates proposals")
def proposals(context: typer.Context, json: Json = False) -> None:
    """What agents changed alike, in five conversations by two agents at least: templates' next versions."""
    from copilot.documents import visible
    from copilot.learned.desk import LearnedEdits

    with _workshop(context) as workshop:
        learned = LearnedEdits(workshop.knowledge, workshop).learned()
    if json:
        told = [one.as_json() for one in learned.proposals]
        print_json({"proposals": told, "dismissed": len(learned.dismissed), "left_out": learned.left_out})
        return
    for one in learned.proposals:
        counts = one.counts
        typer.echo(
            f"{one.template.id}: {one.change} in {counts.times} replies by {counts.agents} agents since "
            f"{counts.since:%Y-%m-%d}; of {counts.sent} with it {counts.kept} kept it"
        )
        typer.echo(visible("".join(_lines_changed(one.template.body, one.body))))
        if one.refusal:
            typer.echo(visible(f"can't be accepted as it is: {one.refusal}"))
    typer.echo(
        f"{len(learned.proposals)} proposals, {len(learned.dismissed)} dismissed, "
        f"{learned.left_out} replies left out"
    )


def _lines_changed(before: str, after: str) -> Iterator[str]:
    from difflib import ndiff

    for line in ndiff(before.splitlines(), after.splitlines()):
        if line[0] in "+-":
            yield f"  {line}\n"


@contextmanager
def _workshop(context: typer.Context) -> Iterator[Workshop]:
    from copilot.assemble import build_workshop, open_knowledge_base
    from copilot.settings import read_settings

    settings = read_settings(data=context.obj)
    with open_knowledge_base(settings) as knowledge:
        yield build_workshop(settings, knowledge)


def _desk_files(workshop: Workshop) -> list[Any]:
    """The desk's own templates, laid out in the files that an export would write."""
    from copilot.template_files import read_text
    from knowledge_base.templates_io import template_files

    return [read_text(file.text, file.id) for file in template_files(workshop.own())]


def _chosen(workshop: Workshop, file_or_id: str) -> list[ReplyTemplate]:
    """The templates of a file, or those under an id. Raises RecordError, NotFoundError."""
    from copilot.template_files import read_paths

    if Path(file_or_id).is_file():
        files, _ = read_paths([Path(file_or_id)])
        if not files:
            raise InputError(f"{file_or_id} is an article, not a file of templates")
        file = files[0]
        if file.problem is not None:
            raise file.problem
        return list(file.templates)
    found = workshop.named(file_or_id)
    if not found:
        raise NotFoundError("template file or id", file_or_id)
    return found


def _show(previews: tuple[Preview, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.panel import Panel

    from copilot.documents import visible

    console = Console(highlight=False)
    for one in previews:
        gaps = f", to fill: {', '.join(one.gaps)}" if one.gaps else ""
        title = f"{one.conversation_id or ''} {one.title}{gaps}".strip()
        console.print(Panel(escape(visible(one.text or "(nothing)")), title=escape(visible(title))))
