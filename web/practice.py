"""The page of practice: a past customer to answer, then what was done, what was missed, and the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from copilot.practice.judge import SAID
from copilot.practice.rounds import WELL, Practice, Progress, Round
from copilot.practice.score import PartName
from knowledge_base.practice import StoredRound
from web.deps import ActorDep, BaseDep, CopilotDep
from web.i18n import day, gettext, mark
from web.pages import render
from web.practice_api import Beginning, ReplyJson, RoundId
from web.words import direction, language_name, plain

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
PARTS: Mapping[PartName, str] = {
    "done": mark("What was done"),
    "asked": mark("What had to be asked"),
    "figures": mark("Policy's figures"),
    "backed": mark("Nothing promised without backing"),
    "care": mark("The customer is seen"),
    "form": mark("Form"),
    "excess": mark("Too much"),
}
ROLES = {"customer": mark("Customer"), "agent": mark("You"), "note": mark("Internal note")}


class Shown(BaseModel):
    """Which round is shown."""

    round: Annotated[int | None, Field(ge=1, lt=2**63)] = None


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of the score as a row: `percent` of what it could have given."""

    title: str
    points: str
    most: str
    percent: int
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastView:
    """A round in the list."""

    id: int
    what: str
    when: str
    total: str
    tone: str


_NONE = Shown()


@router.get("/practice")
def show_practice(base: BaseDep) -> HTMLResponse:
    """The page; its script asks for the trainee's rounds, since the browser knows who they are."""
    return render("practice.html", categories=[(one, plain(one)) for one in sorted(base.categories("case"))])


@router.get("/fragments/practice")
def show_rounds(
    copilot: CopilotDep, actor: ActorDep, shown: Annotated[Shown, Query()] = _NONE
) -> HTMLResponse:
    """The round that is shown, how the trainee does, and their rounds."""
    one = copilot.practice.read(shown.round, actor) if shown.round is not None else None
    return _fragment(copilot.practice, actor, one)


@router.post("/fragments/practice")
def begin(beginning: Beginning, copilot: CopilotDep, actor: ActorDep) -> HTMLResponse:
    """Begin a round and show it."""
    one = copilot.practice.start(actor, case_id=beginning.case_id, category=beginning.category)
    return _fragment(copilot.practice, actor, one)


@router.post("/fragments/practice/{round_id}/replies")
def reply(round_id: RoundId, given: ReplyJson, copilot: CopilotDep, actor: ActorDep) -> HTMLResponse:
    """Answer a turn and show what follows."""
    one = copilot.practice.answer(round_id, actor, given.text, turn=given.turn)
    return _fragment(copilot.practice, actor, one)


@router.delete("/fragments/practice/{round_id}")
def forget(round_id: RoundId, copilot: CopilotDep, actor: ActorDep) -> Response:
    """Take a round away and show those that are left."""
    copilot.practice.delete(round_id, actor)
    return _fragment(copilot.practice, actor, None)


def _fragment(practice: Practice, actor: str, one: Round | None) -> HTMLResponse:
    return render(
        "practice_round.html",
        view=_view(one) if one else None,
        past=[_past(stored) for stored in practice.list(actor, limit=50)],
        progress=[_progress(found) for found in practice.progress(actor)],
    )


def _view(one: Round) -> dict[str, Any]:
    score, case = one.score, one.case
    return {
        "id": one.stored.id,
        "case_id": case.id,
        "title": plain(case.category or gettext("Past case")).capitalize(),
        "facts": [fact for fact in (case.channel, language_name(case.language), case.product) if fact],
        "turn": None if one.ended else len(one.stored.replies),
        "turns": len(one.turns),
        "messages": [(m.role, gettext(ROLES[m.role]), m.text) for m in one.messages],
        "lang": case.language,
        "dir": direction(case.language),
        "total": None if score is None or score.total is None else f"{score.total:.0f}",
        "parts": [_part(p.name, p.points, p.most, p.why) for p in score.parts] if score else [],
        "left_out": [(gettext(PARTS[name]), gettext(why)) for name, why in score.left_out] if score else [],
        "points": [(p.text, p.share >= SAID, p.by) for p in score.points] if score else [],
        "case": case,
        "answers": [turn.answer for turn in one.turns],
        "clauses": one.clauses,
    }


def _part(name: PartName, points: float, most: float, why: tuple[str, ...]) -> PartView:
    percent = round(100 * points / most) if most > 0 else 0
    told = [f"{number:.1f}".removesuffix(".0") for number in (points, most)]
    why_told = tuple(gettext(one) for one in why)
    return PartView(gettext(PARTS[name]), told[0], told[1] if most else "", percent, why_told)


def _past(stored: StoredRound) -> PastView:
    total = stored.score["total"] if stored.score else None
    tone = "unknown" if total is None else "good" if total >= WELL else "mixed"
    words = gettext("begun") if stored.ended_at is None else "–" if total is None else f"{total:.0f}"
    what = plain(stored.category or stored.case_id)
    return PastView(stored.id, what, day(stored.started_at), words, tone)


def _progress(found: Progress) -> dict[str, Any]:
    return {
        "category": found.category,
        "words": plain(found.category or gettext("without a category")),
        "rounds": found.rounds,
        "mean": None if found.mean is None else round(found.mean),
        "last": None if found.last is None else round(found.last),
    }
