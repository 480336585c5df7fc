"""The knowledge manager's page where exports of other systems are brought in, and its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from copilot.bring_in.desk import Columns
from copilot.bring_in.run import Seen
from copilot.bring_in.told import FIELD_WORDS
from knowledge_base.import_log import ImportLog
from knowledge_base.import_rows import RunState
from knowledge_base.models import Case, Outcome, PolicyArticle, Record
from web.deps import ActorDep, BaseDep, CopilotDep
from web.i18n import gettext, mark
from web.import_schemas import ExportJson, ReasonJson, RunJson
from web.imports_api import run_json, words_of
from web.pages import render
from web.words import direction, plain

pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_RUNS = 30
SYSTEM_NAMES = {
    "zendesk": "Zendesk",
    "freshdesk": "Freshdesk",
    "zammad": "Zammad",
    "chatwoot": "Chatwoot",
    "intercom": "Intercom",
    "csv": mark("CSV file"),
    "mbox": mark("Mailbox (mbox)"),
    "help_centre": mark("Help centre (Markdown, HTML)"),
}
STATE_WORDS: dict[RunState, str] = {
    "running": mark("Coming in"),
    "done": mark("Done"),
    "cancelled": mark("Stopped"),
    "failed": mark("Failed"),
    "interrupted": mark("Interrupted"),
}
_UNITS = ("bytes", "kB", "MB", "GB")
MOST_BODY = 1_500


@dataclass(frozen=True, slots=True)
class SeenView:
    """Something of the export as it would come in, or why it would not."""

    title: str
    left_out: str
    facts: str
    lang: str
    dir: str
    parts: tuple[tuple[str, str], ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldView:
    """What a column can say, and the column that is chosen for it."""

    name: str
    words: str
    column: str


@dataclass(frozen=True, slots=True)
class RunView:
    """An import as a card."""

    id: int
    name: str
    system: str
    state: RunState
    words: str
    message: str
    done: int
    total: int
    share: int
    progress: str
    counts: str
    reasons: tuple[ReasonJson, ...]
    left_out: int
    resumable: bool
    begun: str


@pages.get("/bring-in")
def show_bring_in(copilot: CopilotDep) -> HTMLResponse:
    """The page."""
    desk = copilot.bring_in
    return render(
        "bring_in.html",
        systems=[(name, gettext(words)) for name, words in SYSTEM_NAMES.items()],
        paths=desk.root is not None,
        most_bytes=desk.most_bytes,
        runs=_runs(copilot.knowledge.imports),
    )


@pages.get("/fragments/bring-in/runs")
def show_runs(base: BaseDep) -> HTMLResponse:
    """The list of imports, which the page asks for while one goes on."""
    return render("bring_in_runs.html", runs=_runs(base.imports))


@pages.post("/fragments/bring-in/preview")
def show_preview(export: ExportJson, copilot: CopilotDep, actor: ActorDep) -> HTMLResponse:
    """What a file is, and its first things as they would come in."""
    publishes = copilot.review.may_publish(actor)
    look = copilot.bring_in.look(export.asked())
    views = [seen_view(one) for one in look.seen]
    return render(
        "bring_in_preview.html",
        system=look.system,
        system_name=gettext(SYSTEM_NAMES[look.system]),
        size=gettext("%(count)s pages", count=f"{look.total:,}")
        if look.system == "help_centre"
        else in_bytes(look.total),
        seen=views,
        taken=sum(not view.left_out for view in views),
        columns=look.columns,
        problem=look.problem,
        fields=_fields(look.columns) if look.columns else (),
        pending=export.status == "pending" or not publishes,
        publishes=publishes,
        publishers=copilot.review.publishers,
    )


def seen_view(seen: Seen) -> SeenView:
    """Lay out something of a preview."""
    if seen.left_out is not None:
        left = seen.left_out
        named = left.id or left.detail
        why = gettext("Left out: %(why)s", why=words_of(left.reason))
        return SeenView(named or gettext("Without an id"), why, "", "", "ltr", (), ())
    record = seen.record
    language = record.language or "und" if isinstance(record, Case | PolicyArticle) else "und"
    steps = record.steps if isinstance(record, Case) else ()
    return SeenView(
        title=_title(record),
        left_out="",
        facts=" · ".join(fact for fact in _facts(record) if fact),
        lang=language,
        dir=direction(language),
        parts=tuple((name, text) for name, text in _parts(record) if text),
        steps=steps,
    )


def _title(record: Record | None) -> str:
    title = record.title if isinstance(record, Case | PolicyArticle) else None
    return title or (record.id if record else "")


def _facts(record: Record | None) -> Sequence[str]:
    if isinstance(record, Case):
        category = plain(record.category) if record.category else gettext("no category")
        return (record.id, record.language, category, _ended(record.outcome), record.product or "")
    if isinstance(record, PolicyArticle):
        return (record.id, record.language, record.url or "")
    return ()


def _ended(outcome: Outcome) -> str:
    said = [gettext("reopened")] if outcome.reopened else [gettext("solved")] if outcome.resolved else []
    if outcome.csat is not None:
        said.append(gettext("satisfaction %(stars)s of 5", stars=outcome.csat))
    return ", ".join(said)


def _parts(record: Record | None) -> Sequence[tuple[str, str]]:
    if isinstance(record, Case):
        reply = record.reply or ""
        return (
            (gettext("Problem"), record.problem),
            (gettext("Resolution"), record.resolution),
            (gettext("Reply"), reply if reply.strip() != record.resolution.strip() else ""),
        )
    if isinstance(record, PolicyArticle):
        return ((gettext("Text"), record.body[:MOST_BODY] + ("…" if len(record.body) > MOST_BODY else "")),)
    return ()


def _fields(columns: Columns) -> tuple[FieldView, ...]:
    return tuple(
        FieldView(name, gettext(words), columns.mapping.get(name, "")) for name, words in FIELD_WORDS.items()
    )


def _runs(log: ImportLog) -> list[RunView]:
    return [run_view(run_json(run, log), resumable=run.resumable) for run in log.list(limit=MOST_RUNS)]


def run_view(run: RunJson, *, resumable: bool) -> RunView:
    """Lay out an import."""
    total = max(1, run.total)
    done = total if run.state == "done" else min(run.done, total)
    of = (
        gettext("%(done)s of %(total)s pages", done=f"{run.done:,}", total=f"{run.total:,}")
        if run.system == "help_centre"
        else gettext("%(done)s of %(total)s", done=in_bytes(run.done), total=in_bytes(run.total))
    )
    share = 100 * done // total
    return RunView(
        id=run.id,
        name=run.name,
        system=gettext(SYSTEM_NAMES.get(run.system, run.system)),
        state=run.state,
        words=gettext(STATE_WORDS[run.state]),
        message=run.message or "",
        done=done,
        total=total,
        share=share,
        progress=gettext(
            "%(share)s, %(of)s, %(count)s read", share=f"{share}%", of=of, count=f"{run.position:,}"
        ),
        counts=gettext(
            "%(added)s added, %(updated)s updated, %(unchanged)s unchanged, %(left_out)s left out",
            added=f"{run.added:,}",
            updated=f"{run.updated:,}",
            unchanged=f"{run.unchanged:,}",
            left_out=f"{run.left_out:,}",
        ),
        reasons=tuple(run.reasons),
        left_out=run.left_out,
        resumable=resumable,
        begun=gettext("%(at)s UTC by %(actor)s", at=run.started_at[:16].replace("T", " "), actor=run.actor),
    )


def in_bytes(number: float) -> str:
    """A size as people read it."""
    unit = 0
    while number >= 1000 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.1f} {_UNITS[unit]}" if unit else f"{number:.0f} {_UNITS[0]}"
