"""The knowledge manager's pages: records listed and found, one of them changed, and its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse
from pydantic import field_validator

from knowledge_base.codec import format_time
from knowledge_base.errors import NotFoundError
from knowledge_base.models import Case, Change, Kind, PolicyArticle, Question, Record
from knowledge_base.records import record_to_dict
from knowledge_base.store import MOST_COUNTED
from web.deps import BaseDep, CopilotDep
from web.difference import Kind as Differs
from web.difference import difference
from web.findings import found_view, told_findings
from web.i18n import day, gettext, mark
from web.pages import render
from web.records import Filters
from web.words import direction, plain, shortened

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Listed = Literal["case", "article", "template", "question"]
KINDS: Mapping[Listed, str] = {
    "case": mark("Cases"),
    "article": mark("Policy"),
    "template": mark("Templates"),
    "question": mark("Golden questions"),
}
STATUSES = {"published": mark("published"), "pending": mark("pending"), "retired": mark("retired")}
ACTIONS = {"added": mark("added"), "updated": mark("changed"), "retired": mark("retired")}
MOST_VERSIONS = 100
"""Versions on a page, newest first; the API has all."""
_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form: `line`, `text` or `list` (one a line); `hint` says what it takes."""

    name: str
    label: str
    shape: Literal["line", "text", "list", "date", "status"] = "line"
    required: bool = False


_STATUS = Field("status", mark("Status"), "status")
_CATEGORY, _LANGUAGE = Field("category", mark("Category")), Field("language", mark("Language"))
_POLICIES = Field("policies", mark("Policy that it follows, one a line (article#section)"), "list")
FIELDS: Mapping[Listed, Sequence[Field]] = {
    "case": (
        Field("title", mark("Title")),
        Field("problem", mark("Problem"), "text"),
        Field("resolution", mark("Resolution"), "text", required=True),
        Field("steps", mark("Steps, one a line"), "list"),
        Field("reply", mark("Reply that was sent"), "text"),
        _CATEGORY,
        Field("tags", mark("Tags, one a line"), "list"),
        Field("product", mark("Product")),
        Field("channel", mark("Channel")),
        _LANGUAGE,
        _POLICIES,
        _STATUS,
    ),
    "article": (
        Field("title", mark("Title"), required=True),
        Field("body", mark("Text, in Markdown; headings divide it into sections"), "text", required=True),
        _CATEGORY,
        _LANGUAGE,
        Field("effective_from", mark("In force from"), "date"),
        Field("effective_to", mark("In force to"), "date"),
        Field("review_by", mark("To be reviewed by"), "date"),
        Field("audience", mark("For whom (agents: never quoted to customers)")),
        Field("translation_of", mark("Translation of")),
        Field("url", mark("Web address")),
        _STATUS,
    ),
    "template": (
        Field("body", mark("Text"), "text", required=True),
        Field("move", mark("Move"), required=True),
        Field("situation", mark("Situation")),
        _CATEGORY,
        _LANGUAGE,
        Field("channel", mark("Channel")),
        _POLICIES,
        _STATUS,
    ),
    "question": (
        Field("query", mark("Question"), "text"),
        Field("relevant", mark("What answers it, one id a line"), "list"),
        _CATEGORY,
        _LANGUAGE,
        _STATUS,
    ),
}


@dataclass(frozen=True, slots=True)
class RowView:
    """A record in the list."""

    address: str
    id: str
    title: str
    text: str
    facts: tuple[str, ...]
    status: str
    lang: str | None
    dir: str


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version with what it changed, field by field: stretches that stayed, went and came."""

    version: int
    action: str
    actor: str
    at: str
    when: str
    reason: str
    newest: bool
    changes: tuple[tuple[str, tuple[tuple[Differs, str], ...]], ...]


class Chosen(Filters):
    """The list's filters as its form sends them: what isn't filled in comes as nothing."""

    @field_validator("*", mode="before")
    @classmethod
    def _nothing(cls, value: object) -> object:
        return None if value == "" else value


_ALL = Chosen()
RecordKind = Annotated[Listed, Path()]


@router.get("/knowledge")
def show_list(
    base: BaseDep, kind: Listed = "case", chosen: Annotated[Chosen, Query()] = _ALL
) -> HTMLResponse:
    """Records of a kind, filtered, in the order of their ids."""
    page = base.list(kind, **chosen.model_dump())
    told = {name: value for name, value in chosen.model_dump().items() if value not in (None, 50)}
    return render(
        "knowledge.html",
        kinds=[(name, gettext(words)) for name, words in KINDS.items()],
        kind=kind,
        rows=[_row(kind, one) for one in page.items],
        total=page.total,
        capped=bool(chosen.text and chosen.text.strip()) and page.total == MOST_COUNTED,
        more=f"/knowledge?{urlencode({'kind': kind, **told, 'after': page.next})}" if page.next else "",
        chosen=chosen,
        statuses=[(name, gettext(words)) for name, words in STATUSES.items()],
        categories=[(one, plain(one)) for one in sorted(base.categories(kind))] if kind != "question" else [],
    )


@router.get("/knowledge/{kind}")
def show_new(kind: RecordKind) -> HTMLResponse:
    """An empty form for a new record."""
    return _form(kind, None, {}, 0, [])


@router.get("/knowledge/{kind}/{record_id:path}")
def show_record(kind: RecordKind, record_id: str, copilot: CopilotDep) -> HTMLResponse:
    """A record with its form, its history and what the last check found of it. Raises NotFoundError."""
    base = copilot.knowledge
    version = base.version(kind, record_id)
    record, history = base.get(kind, record_id), base.history(kind, record_id)
    standing = found_view(told_findings(copilot.checks.on(kind, record_id, since=history[-1].at)))
    return _form(kind, record, record_to_dict(record), version, history, standing)


def address_of(kind: Kind, record_id: str) -> str:
    """The page of a record."""
    return f"/knowledge/{kind}/{quote(record_id)}"


def _form(
    kind: Listed,
    record: Record | None,
    document: dict[str, Any],
    version: int,
    history: Sequence[Change],
    standing: Sequence[Mapping[str, Any]] = (),
) -> HTMLResponse:
    if kind not in FIELDS:
        raise NotFoundError("kind of record", kind)
    return render(
        "record.html",
        kind=kind,
        kind_words=gettext(KINDS[kind]),
        id=record.id if record else "",
        title=_title(record) if record else gettext("New"),
        fields=[(field, gettext(field.label), _text(document.get(field.name))) for field in FIELDS[kind]],
        statuses=[(name, gettext(words)) for name, words in STATUSES.items()],
        document=document,
        version=version,
        lang=record.language if record else None,
        messages=[(m.role, m.text) for m in record.messages] if isinstance(record, Case | Question) else [],
        versions=list(islice(_versions(kind, history), MOST_VERSIONS)),
        standing=standing,
        retired=record is not None and record.status == "retired",
    )


def _text(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return "" if value is None else str(value)


def _title(record: Record) -> str:
    told = record.title if isinstance(record, Case | PolicyArticle) else None
    return told or record.id


def _row(kind: Kind, record: Record) -> RowView:
    match record:
        case Case():
            text, facts = record.resolution, [plain(record.category or ""), record.product]
        case PolicyArticle():
            text, facts = record.body, [plain(record.category or ""), record.audience]
        case Question():
            text, facts = record.query or " ".join(m.text for m in record.messages), [record.category]
        case _:
            text, facts = record.body, [record.move, plain(record.category or "")]
    return RowView(
        address_of(kind, record.id), record.id, _title(record), shortened(text, _SHOWN),
        tuple(fact for fact in facts if fact), gettext(STATUSES[record.status]), record.language,
        direction(record.language),
    )  # fmt: skip


def _versions(kind: Listed, history: Sequence[Change]) -> Iterator[VersionView]:
    """The versions, newest first, each with what it changed of the one before."""
    before: list[dict[str, Any]] = [{}, *(record_to_dict(one.snapshot) for one in history)]
    labels = {field.name: gettext(field.label) for field in FIELDS[kind]}
    for number in range(len(history) - 1, -1, -1):
        change, old, new = history[number], before[number], before[number + 1]
        changes = []
        for name in dict.fromkeys((*labels, *new, *old)):
            one, two = _readable(old.get(name)), _readable(new.get(name))
            if number and one != two and name != "id":
                changes.append((labels.get(name, plain(name)), tuple(difference(one, two))))
        newest, when = number == len(history) - 1, day(change.at, time=True, year=True)
        yield VersionView(
            change.version, gettext(ACTIONS[change.action]), change.actor, format_time(change.at), when,
            change.reason or "", newest, tuple(changes),
        )  # fmt: skip


def _readable(value: object) -> str:
    """A field's value as text that can be compared word by word."""
    if isinstance(value, list):
        return "\n".join(_readable(one) for one in value)
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_readable(one)}" for name, one in value.items() if one not in (None, ""))
    return "" if value is None else str(value)
