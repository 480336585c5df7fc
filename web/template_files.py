"""The knowledge manager's page of reply templates, each reply a file, and the same over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from copilot import __version__
from copilot.checking.gate import MOST_WHY, Override
from copilot.drafting.includes import family
from copilot.drafting.render import check_template
from copilot.template_cells import Aspect
from copilot.template_files import FileRemark, WrittenFile, lint_files, read_text
from copilot.workshop import Preview, Workshop
from knowledge_base.errors import ConflictError, InputError, NotFoundError
from knowledge_base.front_matter import write_front_matter
from knowledge_base.templates_io import TemplateFile, group_of, template_files
from web.api import PROBLEMS
from web.deps import ActorDep, BaseDep, CopilotDep
from web.drafts import Stretch, stretches
from web.findings import FindingJson, findings_json
from web.pages import render
from web.schemas import Language, Schema, Written
from web.words import direction, plain

MAX_FILE = 100_000
NEW = """---
id: en/your_reply
language: en
category:
policies: []
---
## acknowledge
Say back what happened to this customer{% if known('order_id') %} with order {{ order_id }}{% endif %}.

## act
Say what you do now.

## next
Say what happens next, and who does it.
"""
pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
api = APIRouter(prefix="/api/v1/template-files", tags=["templates"], responses=PROBLEMS)


class FileJson(Schema):
    """A file of reply templates: front matter, then a section a move."""

    text: Annotated[Written, Field(max_length=MAX_FILE)]
    override: Annotated[Written, Field(max_length=MOST_WHY)] | None = Field(
        None, description="a publisher's: put it into use whatever blocks it, and why"
    )
    before: Annotated[Written, Field(max_length=MAX_FILE)] | None = Field(
        None, description="the text that was read, empty for a new reply; nothing is saved if it isn't so now"
    )


class RemarkJson(Schema):
    """Something to mend, with its line."""

    line: int
    template: str
    check: str
    severity: str
    message: str


class PreviewJson(Schema):
    """The templates filled for a conversation."""

    conversation_id: str | None
    title: str
    text: str
    gaps: list[str]


class CheckedFile(Schema):
    """What a file holds, what is wrong with it, and how it reads."""

    templates: list[str]
    findings: list[RemarkJson]
    previews: list[PreviewJson]


class SavedFile(Schema):
    """The templates that are in use now, and those that the file no longer has."""

    reply: str
    text: str = Field(description="the file as it is kept: `before` of the next change")
    templates: list[str]
    retired: list[str]
    findings: list[FindingJson] = Field(description="what the checks found that this change brought")


class Chosen(BaseModel):
    """The reply to be changed; else what a new one is for, which then stands in its front matter."""

    reply: Annotated[str, Field(max_length=200)] | None = None
    aspect: Aspect = "category"
    name: Annotated[str, Field(max_length=100, pattern=r"^[\w -]+$")] | None = None
    language: Language | None = None

    def new(self) -> str:
        """The new file."""
        if self.name is None:
            return NEW
        language = self.language or "en"
        identifier = f"{language}/{self.name.replace(' ', '_')}"
        head = {"id": identifier, "language": language, self.aspect: self.name}
        return write_front_matter(head, NEW.partition("\n---\n")[2].rstrip(), body_in_head=False)


@dataclass(frozen=True, slots=True)
class ReplyView:
    """A reply in the list."""

    id: str
    language: str
    words: str
    own: bool


@dataclass(frozen=True, slots=True)
class PreviewView:
    """A preview on the page."""

    title: str
    gaps: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    lang: str
    dir: str


@pages.get("/templates")
def show_templates(copilot: CopilotDep, chosen: Annotated[Chosen, Query()]) -> HTMLResponse:
    """The list of replies, and one of them to be changed, or a new one."""
    workshop, reply = copilot.workshop, chosen.reply
    text = chosen.new() if reply is None else _file(workshop, reply).text
    return render(
        "templates.html",
        replies=_replies(workshop),
        chosen=reply,
        text=text,
        version=__version__,
        **_checked_view(workshop, read_text(text, reply or "new")),
    )


@pages.post("/fragments/template-files")
def show_checked(given: FileJson, copilot: CopilotDep) -> HTMLResponse:
    """What is wrong with a file as it stands, and how it reads."""
    return render(
        "template_checked.html", **_checked_view(copilot.workshop, read_text(given.text, "this file"))
    )


@api.post("/check")
def check_file(given: FileJson, copilot: CopilotDep) -> CheckedFile:
    """Lint a file of templates and preview it; nothing is kept."""
    file = read_text(given.text, "this file")
    found, previews = _checked(copilot.workshop, file)
    return CheckedFile(
        templates=[one.id for one in file.templates],
        findings=[RemarkJson(**one.as_json()) for one in found],
        previews=[
            PreviewJson(
                conversation_id=one.conversation_id, title=one.title, text=one.text, gaps=list(one.gaps)
            )
            for one in previews
        ],
    )


@api.put("")
def save_file(given: FileJson, copilot: CopilotDep, base: BaseDep, actor: ActorDep) -> SavedFile:
    """Put a file of templates into use; those of its reply that it no longer has are retired."""
    file = read_text(given.text, "this file")
    if file.problem is not None:
        raise file.problem
    for template in file.templates:
        check_template(template)
    reply = group_of(file.templates[0])
    former = [one for one in copilot.workshop.own() if group_of(one) == reply]
    if given.before is not None and former and given.before != _file(copilot.workshop, reply).text:
        raise ConflictError(f"{reply!r} was written by somebody else meanwhile: load it, then change it")
    kept = {one.id for one in file.templates}
    gone = [replace(one, status="retired") for one in former if one.id not in kept]
    override = None if given.override is None else Override(actor, given.override)
    admitted = copilot.gate.admit([*file.templates, *gone], override=override)
    base.put_many(file.templates, actor=actor, reason=admitted.reason or "written as a file")
    for one in gone:
        base.retire("template", one.id, actor=actor, reason="left out of its file")
    text = _file(copilot.workshop, reply).text if any(t.status == "published" for t in file.templates) else ""
    return SavedFile(
        reply=reply,
        text=text,
        templates=[one.id for one in file.templates],
        retired=[one.id for one in gone],
        findings=findings_json(copilot.gate.entries(admitted.findings)),
    )


def _file(workshop: Workshop, reply: str) -> TemplateFile:
    files = template_files(one for one in workshop.desk().written if group_of(one) == reply)
    if not files:
        raise NotFoundError("reply", reply)
    if len(files) > 1:
        raise InputError(f"the templates of {reply!r} differ too much for one file: change them one by one")
    return files[0]


def _replies(workshop: Workshop) -> list[ReplyView]:
    own = {one.id for one in workshop.own()}
    found: dict[str, ReplyView] = {}
    for one in workshop.desk().written:
        reply = group_of(one)
        words = plain(family(reply))
        if reply not in found or one.id in own:
            found[reply] = ReplyView(reply, one.language, words, one.id in own)
    return sorted(found.values(), key=lambda one: (not one.own, one.words, one.language))


def _checked(workshop: Workshop, file: WrittenFile) -> tuple[Sequence[FileRemark], Sequence[Preview]]:
    found = lint_files([file], workshop.desk())
    return found, workshop.previews(file.templates)


def _checked_view(workshop: Workshop, file: WrittenFile) -> dict[str, Any]:
    found, previews = _checked(workshop, file)
    language = file.templates[0].language if file.templates else "en"
    return {
        "remarks": found,
        "previews": [preview_view(one, language) for one in previews],
    }


def preview_view(one: Preview, language: str) -> PreviewView:
    """A preview, laid out."""
    cut = tuple(stretches(one.text, one.spans, (), {}))
    return PreviewView(one.title, one.gaps, cut, language, direction(language))
