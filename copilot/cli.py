"""The command line: each command parses, makes one call, prints. Models load only where one is needed."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

from copilot.arguments import checked_language, checked_text, conversation_in, in_manner
from copilot.cli_bring_in import bring_in
from copilot.cli_curation import duplicates
from copilot.cli_feedback import feedback
from copilot.cli_gaps import gaps
from copilot.cli_grants import grant, grants
from copilot.cli_personal import erase, personal_data
from copilot.cli_promises import promises
from copilot.cli_review import review
from copilot.cli_templates import templates
from copilot.output import fail, print_json, show
from copilot.progress import Progress
from knowledge_base.errors import IndexingError, InputError, PrecedentError

if TYPE_CHECKING:
    from copilot.assist import Copilot
    from copilot.settings import Settings

INTERRUPTED = 130  # what shells give for Ctrl+C


class Commands(TyperGroup):
    """All commands: a failure of any is one line on standard error and status 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except PrecedentError as error:
            fail(str(error))
        except KeyboardInterrupt:
            fail("stopped; what was finished stays, the same command goes on from there", status=INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read the output has gone: nothing to tell them
                raise
            fail(f"{error.strerror or error}" + (f" ({error.filename})" if error.filename else ""))


app = typer.Typer(
    name="precedent",
    cls=Commands,
    help="The open copilot for people who answer customers: precedents, policy and proven drafts, offline.",
    epilog="Example: precedent demo && precedent suggest conversation.json",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(feedback)
app.command(epilog="Example: precedent promises --overdue; precedent promises --keep 17")(promises)
app.command(epilog="Example: precedent duplicates; precedent duplicates --merge C-1 --merge C-2")(duplicates)
app.command(epilog="Example: precedent gaps; precedent gaps --dismiss 0a1b2c3d4e5f --why 'not ours'")(gaps)
app.add_typer(templates)
app.command("bring-in", epilog="Example: precedent bring-in tickets.json --preview")(bring_in)
app.add_typer(personal_data)
app.command(epilog="Example: precedent erase --email ana.ruiz@example.com; again with --yes")(erase)
app.add_typer(review)
app.command(epilog="Example: precedent grants --summary")(grants)
app.command(
    epilog='Example: precedent grant voucher --amount "10 EUR" --why "third delay" --conversation k-77.json'
)(grant)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Kind = Annotated[Literal["case", "article"] | None, typer.Option(help="Search only one kind.")]


@app.callback()
def _globals(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option(envvar="PRECEDENT_DATA", help="Folder of the database and the index.")
    ] = None,
) -> None:
    context.obj = data


def _settings(context: typer.Context, **given: Any) -> Settings:
    from copilot.settings import read_settings

    return read_settings(data=context.obj, **given)


@contextmanager
def _copilot(context: typer.Context) -> Iterator[Copilot]:
    from copilot.assemble import build_copilot

    copilot = build_copilot(_settings(context))
    with copilot.knowledge:
        yield copilot


@app.command("import", epilog="Example: precedent import cases.jsonl policies/")
def import_(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files (.jsonl, .csv, .md) and folders.")],
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a whole file for one bad record.")] = False,
    override: Annotated[
        str | None,
        typer.Option(metavar="WHY", help="Take also what the checks hold back; kept in the history."),
    ] = None,
    json: Json = False,
) -> None:
    """Bring in cases and policy articles; again updates, never doubles."""
    from copilot.assemble import build_import_gate, open_knowledge_base
    from knowledge_base.importing import import_paths

    settings = _settings(context)
    with open_knowledge_base(settings) as knowledge, Progress("importing", quiet=json) as progress:
        gate = build_import_gate(settings, knowledge, why=override)
        report = import_paths(knowledge, paths, strict=strict, progress=progress.bytes, gate=gate)
    show(report, json=json)
    counts = (report.cases, report.articles, report.templates, report.grants, report.translations)
    taken = any(c.added or c.updated or c.unchanged for c in counts)
    if report.errors and (strict or not taken):
        what = "a file with a bad record is refused whole" if strict else "no record could be taken"
        raise InputError(f"{what}: mend it and import again; the first: {report.errors[0]}")


@app.command(epilog="Example: precedent index")
def index(
    context: typer.Context,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Embed everything anew.")] = False,
    json: Json = False,
) -> None:
    """Bring the index up to date; only what changed is embedded."""
    from copilot.assemble import open_knowledge_base
    from copilot.upkeep import bring_up_to_date

    settings = _settings(context)
    with open_knowledge_base(settings) as knowledge, Progress("indexing", quiet=json) as progress:
        report = bring_up_to_date(settings, knowledge, rebuild=rebuild, progress=progress.steps)
    show(report.as_json(), json=json)
    if report.golden and report.golden.held_back:
        worse = ", ".join(change.id for change in report.golden.worse)
        raise IndexingError(
            f"the former index goes on serving, since golden questions got worse: {worse}; mend what answers "
            "them, retire them, or set PRECEDENT_GOLDEN_GATE=warn"
        )


@app.command(epilog="Example: precedent search 'parcel never arrived' --kind case -k 3")
def search(
    context: typer.Context,
    text: str,
    kind: Kind = None,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many.")] = 5,
    json: Json = False,
) -> None:
    """Ranked cases and articles for a text."""
    wanted = checked_text(text)
    with _copilot(context) as copilot:
        show(copilot.search(wanted, kind=kind, limit=k), json=json)


@app.command(epilog="Example: precedent suggest conversation.json --json")
def suggest(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A conversation (JSON); - reads standard input.")],
    tone: Annotated[
        Literal["warm", "neutral", "formal"] | None, typer.Option(help="How the reply sounds.")
    ] = None,
    length: Annotated[
        Literal["short", "full"] | None, typer.Option(help="How much it says; a chat is short by itself.")
    ] = None,
    polish: Annotated[
        bool, typer.Option("--polish", help="Reword the draft by the language model of the settings too.")
    ] = False,
    json: Json = False,
) -> None:
    """A conversation to a suggestion."""
    conversation = in_manner(conversation_in(file), tone, length)
    with _copilot(context) as copilot:
        suggestion = copilot.suggest(conversation)
        polished = copilot.polish(conversation, suggestion_id=suggestion.id) if polish else None
        show(suggestion, json=json, polished=polished)


@app.command(epilog="Example: precedent detect 'Wo ist mein Paket?'")
def detect(context: typer.Context, text: str, json: Json = False) -> None:
    """The language of a text."""
    from copilot.understand.language import DEFAULT_LANGUAGES, LanguageDetector

    detector = LanguageDetector(_settings(context).languages or DEFAULT_LANGUAGES)
    show(detector.detect(text), json=json)


@app.command(epilog="Example: PRECEDENT_TRANSLATORS=apertium precedent translate 'Where is it?' --to es")
def translate(
    context: typer.Context,
    text: str,
    to: Annotated[str, typer.Option(help="The language wanted (BCP 47).")],
    from_: Annotated[
        str | None, typer.Option("--from", help="The text's language; told from it if left out.")
    ] = None,
    json: Json = False,
) -> None:
    """A text in another language, by the translators that are configured."""
    from copilot.assemble import build_translation

    wanted, target = checked_text(text), checked_language(to)
    source = None if from_ is None else checked_language(from_)
    service = build_translation(_settings(context))
    show(service.translate(wanted, target=target, source=source), json=json)


@app.command(epilog="Example: precedent evaluate questions.jsonl --kind case")
def evaluate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A query file (.jsonl).")],
    kind: Kind = None,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How deep to look.")] = 10,
    detail: Annotated[bool, typer.Option("--detail", help="The categories told worst too.")] = False,
    halves: Annotated[bool, typer.Option("--halves", help="The two fixed halves of the file too.")] = False,
    feedback_half: Annotated[
        bool, typer.Option("--feedback-half", help="Confidence, taught by the other half's labels, too.")
    ] = False,
    runs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the run, query by query, in this file.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(metavar="RUNS", help="Say what got better and worse since a kept run.")
    ] = None,
    json: Json = False,
) -> None:
    """Measure retrieval, categories, abstention and calibration on a query file."""
    from copilot.evaluation.evaluate import Wanted
    from copilot.evaluation.evaluate import evaluate as run
    from copilot.evaluation.tables import print_evaluation

    wanted = Wanted(halves=halves, feedback_half=feedback_half, detail=detail, keep_in=runs, before=compare)
    with _copilot(context) as copilot, Progress("evaluating", quiet=json) as progress:
        report = run(copilot, file, kind=kind, limit=k, wanted=wanted, progress=progress.count)
    if json:
        print_json(report)
    else:
        print_evaluation(report)


@app.command(epilog="Example: precedent export backup/")
def export(context: typer.Context, folder: Path, json: Json = False) -> None:
    """Write everything in the exchange formats; importing it gives the same base."""
    from copilot.assemble import open_knowledge_base
    from knowledge_base.exporting import export_to

    with open_knowledge_base(_settings(context)) as knowledge:
        show(export_to(knowledge, folder), json=json)


@app.command(epilog="Example: precedent check --only dead_reference --only contradiction --fail-on warning")
def check(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="CHECK", help="Tell this check alone; name each.")
    ] = None,
    fail_on: Annotated[
        Literal["error", "warning", "note"], typer.Option(help="From what on a finding fails the check.")
    ] = "error",
    json: Json = False,
) -> None:
    """The knowledge's own checks; status 1 when one fails."""
    from copilot.checking.finding import CHECKS, SEARCHED, SEVERITIES

    if unknown := [one for one in only or () if one not in CHECKS]:
        raise typer.BadParameter(f"there is no check {unknown[0]!r}, only {', '.join(CHECKS)}")
    with _copilot(context) as copilot:
        found = copilot.checks.run().findings
    wanted = {*(only or CHECKS)}
    wanted |= {"index"} if wanted & SEARCHED else set()
    told = [one for one in found if one.check in wanted]
    severe = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    failing = [one for one in told if one.severity in severe]
    show({"passed": not failing, "findings": [one.as_json() for one in told]}, json=json)
    if failing:
        marked = " or ".join(severe)
        raise InputError(f"the check failed: mend what is marked {marked} ({len(failing)}), then check again")


@app.command(epilog="Example: precedent demo")
def demo(context: typer.Context, json: Json = False) -> None:
    """Load the bundled sample desk, index it, and show one suggestion."""
    from copilot.demo import load_demo
    from copilot.upkeep import IndexReport
    from knowledge_base.sample_desk import sample_conversations

    settings, told = _settings(context), list[IndexReport]()
    with Progress("indexing", quiet=json) as progress:
        copilot = load_demo(settings, progress=progress.steps, tell=told.append)
    _, title, conversation, _ = sample_conversations()[0]
    if not json:
        from copilot.console import golden_lines

        for line in golden_lines(told[0].as_json()["golden"]):
            typer.echo(line)
        typer.echo(f"\nThe sample conversation “{title}”:")
    with copilot.knowledge:
        show(copilot.suggest(conversation), json=json)


@app.command(epilog="Example: precedent serve --port 8321")
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Only an address of this machine.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535)] = None,
) -> None:
    """The web application and the API."""
    from copilot.serve import run_server

    run_server(_settings(context, host=host, port=port))


def main() -> None:
    """The console script."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, io.StringIO())
        else:
            stream.reconfigure(errors="replace")
    app()
