"""What the command line prints for people: tables and panels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from copilot.documents import as_document, visible
from copilot.models import Adjustment, Draft, Evidence, Match, SuggestedCase, Suggestion, Understanding
from copilot.polishing.models import Polished

ENDINGS = {"reopened": "reopened here", "unresolved": "not resolved here"}
MOST_ERRORS = 20  # a screenful; --json lists them all
MOST_NAMED = 10


def show_people(value: Any) -> None:
    """Print a result on standard output."""
    console = Console(highlight=False, soft_wrap=False)
    if isinstance(value, Suggestion):
        _suggestion(value, console)
    elif isinstance(value, Draft):
        console.print(_safe(value.text), soft_wrap=True)
    elif isinstance(value, Polished):
        console.print(_polished(value))
    elif isinstance(value, list):
        _results(value, console)
    else:
        _document(as_document(value), console)


def _safe(text: str) -> str:
    """Text from outside: neither Rich's markup nor the terminal's commands."""
    return escape(visible(text))


def _document(document: dict[str, Any], console: Console) -> None:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, entry in document.items():
        if name not in ("findings", "golden"):
            table.add_row(name.replace("_", " "), _safe(_plain(entry)))
    console.print(table)
    for line in (*_findings(document), *_errors(document), *golden_lines(document.get("golden"))):
        console.print(visible(line), markup=False, soft_wrap=True)


def _findings(document: dict[str, Any]) -> Iterator[str]:
    found = document.get("findings", ())
    most = MOST_ERRORS if "errors" in document else len(found)  # a check lists all, an import a screenful
    for finding in found[:most]:
        yield f"{finding['severity']:8} {finding['check']:20} {finding['subject']}: {finding['message']}"

    if len(found) > most:
        yield f"… and {len(found) - most} more; --json lists them"


def _errors(document: dict[str, Any]) -> Iterator[str]:
    errors = document.get("errors", ())
    for error in errors[:MOST_ERRORS]:
        where = f"{error['file']}, line {error['line']}" + (f", {error['field']}" if error["field"] else "")
        yield f"{where}: {error['message']}"
    if len(errors) > MOST_ERRORS:
        yield f"… and {len(errors) - MOST_ERRORS} more; --json lists them"


def golden_lines(golden: Mapping[str, Any] | None) -> Iterator[str]:
    """How the golden questions fared on an index build, in a paragraph; nothing where none are asked."""
    if not golden:
        return
    if golden["problem"]:
        yield f"golden.jsonl: {golden['problem']}"
    said = [f"golden questions: {golden['right']} of {golden['asked']} answered"]
    if golden["worse"]:
        said.append("got worse: " + _named([f"{one['id']} ({one['message']})" for one in golden["worse"]]))
    if golden["better"]:
        said.append("got better: " + _named([one["id"] for one in golden["better"]]))
    said += [f"{way}: {len(golden[way])}" for way in ("new", "gone") if golden[way]]
    if golden["asked"] or len(said) > 1:
        yield "; ".join(said)


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more (--json lists them)" if more > 0 else "")


def _plain(entry: Any) -> str:
    if isinstance(entry, dict):
        return ", ".join(f"{name} {_plain(value)}" for name, value in entry.items())
    if isinstance(entry, list | tuple):
        if entry and isinstance(entry[0], dict) and set(entry[0]) == {"language", "confidence"}:
            return ", ".join(f"{one['language']} {one['confidence']:.0%}" for one in entry)
        if entry and isinstance(entry[0], dict):
            return str(len(entry))
        return ", ".join(map(_plain, entry)) or "none"
    return "unknown" if entry is None else str(entry)


def _results(value: Sequence[Evidence], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("sure", "kind", "id", "worked", "title"):
        table.add_column(column)
    for item in value:
        passage = item.passage
        section = f" › {passage.heading}" if passage.kind == "article" and passage.heading else ""
        title = passage.title + section
        worked = f"{item.outcome.worked} of {item.outcome.tried}" if item.outcome else ""
        table.add_row(f"{item.confidence:.0%}", passage.kind, _safe(passage.source_id), worked, _safe(title))
    console.print(table if value else "nothing found")


def _suggestion(value: Suggestion, console: Console) -> None:
    console.print(_understood(value.understanding))
    for case in value.cases:
        console.print(_case(case))
    for passage in value.passages:
        place = f"{passage.title} › {passage.section}" if passage.section else passage.title
        console.print(f"[bold]{passage.confidence:.0%}[/] policy {_safe(place)}{_why(passage.matches)}")
        for text in _moves(passage.adjustments):
            console.print(f"     [dim]{_safe(text)}[/]")
    if value.reason:
        console.print(f"nothing shown: {value.reason}")
    for line in _to_ask(value):
        console.print(line)
    for panel in (*_drafts(value), *_authority(value)):
        console.print(panel)
    for line in _promised(value):
        console.print(line)
    for notice in value.notices:
        console.print(f"note: {_safe(notice)}")
    console.print(f"{value.timings_ms['total']:.0f} ms", style="dim")


def _promised(value: Suggestion) -> Iterator[str]:
    if value.complaint_due:
        yield f"[bold]complaint[/]: acknowledge it by {value.complaint_due}"
    for promise in value.promises:
        since = "overdue since" if promise.overdue else "due"
        when = f"{since} {promise.due}" if promise.due else "no time named"
        yield f"[bold]promised[/] ({promise.kind}, {when}): {_safe(promise.sentence)}"
    for one in value.contradictions:
        both = f"“{_safe(one.first)}” / “{_safe(one.second)}”"
        yield f"[bold]contradiction[/] ({one.kind}, {one.differs}): {both}"


def _to_ask(value: Suggestion) -> Iterator[str]:
    """The question that tells the resolutions apart with where its answers lead, and what is needed."""
    if value.question:
        one = value.question
        yield f"[bold]ask:[/] {_safe(one.text)}  [dim]{_safe(one.why)}[/]"
        for answer in one.answers:
            if answer.leads_to:
                yield f"     [dim]{_safe(answer.label)} → {_safe(', '.join(answer.leads_to))}[/]"
    if value.needed_request:
        yield f"[bold]needed:[/] {_safe(value.needed_request.text)}"


def _understood(u: Understanding) -> Panel:
    situation = u.situation.value if u.situation else None
    facts = [u.language, u.category, u.emotion.value, situation, f"urgency {u.urgency.value}"]
    title = " · ".join(_safe(fact) for fact in facts if fact)
    return Panel(_safe(u.request or "(nothing asked)"), title=title)


def _case(case: SuggestedCase) -> str:
    tried = case.outcome.tried
    told = f"worked {case.outcome.worked} of {tried}" if tried else "outcome unknown"
    told = f"{told}, {ENDINGS[case.ended]}" if case.ended in ENDINGS else told
    line = f"[bold]{case.confidence:.0%}[/] case {_safe(case.id)}  {_safe(case.title)}  ({told})"
    moves = "".join(f"\n     [dim]{_safe(text)}[/]" for text in _moves(case.adjustments))
    return line + _why(case.matches) + moves


def _why(matches: Sequence[Match]) -> str:
    """The phrases that carry the match, the customer's first; one that both share is told once."""
    told = [
        m.customer if m.customer.casefold() == m.source.casefold() else f"{m.customer} ≈ {m.source}"
        for m in matches
    ]
    return f"\n     [dim]why: {_safe('; '.join(told))}[/]" if told else ""


def _moves(adjustments: Sequence[Adjustment]) -> Iterator[str]:
    for one in adjustments:
        yield f"moved {'up' if one.amount > 0 else 'down'} {abs(one.amount):.3f}: {one.text}"


def _authority(value: Suggestion) -> Iterator[Panel]:
    """The special case, to whom it goes with the summary, and how like ones went."""
    special = value.special_case
    if special is None:
        return
    facts = [special.kind.replace("_", " "), special.amount, special.who and f"decided by the {special.who}"]
    lines = [" · ".join(fact for fact in facts if fact), special.clause_text]
    lines += [
        f"like it: {one.source} {one.day or ''} {', '.join(one.amounts)} {one.outcome or ''}: {one.why}"
        for one in value.like_decisions
    ]
    yield Panel(_safe("\n".join(line for line in lines if line)), title="special case")
    if value.escalation:
        yield Panel(_safe(value.escalation.summary), title=_safe(f"for the {value.escalation.to}"))


def _polished(value: Polished) -> Panel | str:
    if not value.polished:
        return f"not polished: {value.reason}; the draft stands"
    return Panel(_safe(value.text), title="the draft, polished")


def _drafts(value: Suggestion) -> Iterator[Panel]:
    if value.draft:
        gaps = f", to fill: {', '.join(value.draft.gaps)}" if value.draft.gaps else ""
        yield Panel(_safe(value.draft.text), title=_safe(f"draft ({value.draft.language}){gaps}"))
    if value.customer_draft:
        version = value.customer_draft
        title = f"for the customer ({version.language}, {version.origin})"
        yield Panel(_safe(version.text), title=_safe(title))
