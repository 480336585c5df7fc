"""The page of what agents' edits propose for templates, and of situations that lack one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from copilot.drafting.includes import family
from copilot.learned.desk import Proposal
from copilot.template_cells import Cell, Row, cells_of
from copilot.template_files import FileRemark
from knowledge_base.template_edits import Dismissal
from knowledge_base.templates_io import group_of
from web.deps import CopilotDep
from web.difference import difference
from web.i18n import gettext, mark
from web.knowledge import address_of
from web.pages import render
from web.template_files import preview_view
from web.template_proposals_api import Accepting, ProposalId, learned_of
from web.words import SITUATIONS, direction, emotion_words, language_name, plain

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_HOLES = 8
"""Holes named above the table: it has them all."""
CHANGES = {
    "changed": mark("A sentence is said otherwise"),
    "removed": mark("A sentence is left out"),
    "after": mark("A sentence is added"),
    "before": mark("A sentence is added"),
}
STATES = {
    "own": mark("own"),
    "bundled": mark("bundled"),
    "translated": mark("translated"),
    "none": mark("none"),
}
ASPECTS = {"situation": mark("situation"), "category": mark("category"), "emotion": mark("mood")}


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal, ready to be shown."""

    id: str
    title: str
    address: str
    language: str
    lang: str
    dir: str
    change: str
    body: str
    pieces: tuple[tuple[str, str], ...]
    history: str | None
    proposal: Proposal


@router.get("/templates/overview")
def show_overview() -> HTMLResponse:
    """The page; its script asks for what was found, since reading new edits may take a while."""
    return render("template_overview.html")


@router.get("/fragments/template-overview")
def show_found(copilot: CopilotDep) -> HTMLResponse:
    """The proposals, what was dismissed, the worst holes and the whole table."""
    learned = learned_of(copilot).learned()
    cells = cells_of(copilot.knowledge, copilot.workshop)
    own = {one.id for one in copilot.workshop.own()}
    return render(
        "template_found.html",
        proposals=[_proposal(one, own) for one in learned.proposals],
        dismissed=[_dismissed(one) for one in learned.dismissed],
        left_out=learned.left_out,
        holes=[(_named(row), _cell(row, cell)) for row, cell in cells.holes[:MOST_HOLES]],
        rows=[_row(row) for row in cells.rows],
        languages=[(code, language_name(code)) for code in cells.languages],
        weeks=cells.weeks,
    )


@router.post("/fragments/template-proposals/{proposal_id}")
def show_preview(proposal_id: ProposalId, given: Accepting, copilot: CopilotDep) -> HTMLResponse:
    """How a proposal reads, as it stands or as the manager edits it, and what is wrong with it."""
    learned = learned_of(copilot)
    proposal = learned.find(proposal_id)
    template = replace(proposal.template, body=proposal.body if given.body is None else given.body)
    remarks = [
        FileRemark(template.id, template.body.count("\n", 0, one.start) + 1, one)
        for one in learned.remarks(template)
    ]
    previews = copilot.workshop.previews([template])
    return render(
        "template_checked.html",
        remarks=remarks,
        previews=[preview_view(one, template.language) for one in previews],
    )


def _proposal(one: Proposal, own: Collection[str]) -> ProposalView:
    template = one.template
    reply = group_of(template)
    language = template.language
    return ProposalView(
        id=one.id,
        title=f"{plain(family(reply))} · {template.move}",
        address=f"/templates?{urlencode({'reply': reply})}",
        language=language_name(language),
        lang=language,
        dir=direction(language),
        change=gettext(CHANGES[one.change]),
        body=one.body,
        pieces=tuple(difference(template.body, one.body)),
        history=address_of("template", template.id) if template.id in own else None,
        proposal=one,
    )


def _dismissed(one: Dismissal) -> dict[str, Any]:
    return {"template": one.template_id, "reason": one.reason, "who": one.who, "at": one.at}


def _row(row: Row) -> tuple[str, str, list[dict[str, Any]]]:
    return _named(row), gettext(ASPECTS[row.aspect]), [_cell(row, one) for one in row.cells]


def _named(row: Row) -> str:
    if row.aspect == "situation":
        return gettext(SITUATIONS[row.name])
    return emotion_words(row.name) if row.aspect == "emotion" else plain(row.name)


def _cell(row: Row, cell: Cell) -> dict[str, Any]:
    """A cell leads to its reply, a hole to a new one."""
    begun = {"aspect": row.aspect, "name": row.name, "language": cell.language}
    asked = {"reply": cell.reply} if cell.reply else begun
    return {
        "state": cell.state,
        "words": gettext(STATES[cell.state]),
        "address": f"/templates?{urlencode(asked)}",
        "conversations": cell.conversations,
        "language": language_name(cell.language),
    }
