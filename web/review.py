"""The page of review: the queue, and a candidate with its fields and the cases that are like it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from copilot.review.desk import Review
from knowledge_base.models import Case
from knowledge_base.review import CandidateState, StoredCandidate
from knowledge_base.store import KnowledgeBase
from web.deps import ActorDep, Assistant, BaseDep, CopilotDep
from web.difference import difference
from web.findings import findings_json, found_view
from web.i18n import day, gettext, mark, ngettext
from web.pages import render
from web.review_api import Acceptance, CandidateId, Edit, Merging, Rejection
from web.words import language_name, plain

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
STATES: dict[CandidateState, str] = {
    "waiting": mark("Waiting"),
    "accepted": mark("Accepted"),
    "merged": mark("Merged"),
    "rejected": mark("Turned down"),
}
ACTIONS = {"publish": mark("publish"), "accept": mark("accept as a draft"), "reject": mark("turn down")}
MOST_LISTED = 200
MOST_COMPARED = 3
KEYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("j", "k"), mark("next, previous candidate")),
    (("a",), mark("accept it as a case")),
    (("n",), mark("mark the next case like it")),
    (("m",), mark("merge with the marked case")),
    (("e",), mark("edit its fields")),
    (("r",), mark("turn it down: say why")),
    (("g",), mark("look for conversations closed since")),
    (("Esc",), mark("leave a field, close a window")),
    (("?",), mark("this list")),
)


class Shown(BaseModel):
    """Which candidates are listed, and which is open."""

    state: CandidateState = "waiting"
    candidate: Annotated[int | None, Field(ge=1, lt=2**63)] = None


_NONE = Shown()


@router.get("/review")
def show_review(base: BaseDep) -> HTMLResponse:
    """The page; its script gathers and asks for the queue, since the browser knows who reviews."""
    return render(
        "review.html", states=STATES.items(), categories=sorted(base.categories("case")), keys=KEYS
    )  # fmt: skip


@router.get("/fragments/review")
def show_queue(
    copilot: CopilotDep, actor: ActorDep, shown: Annotated[Shown, Query()] = _NONE
) -> HTMLResponse:
    """The queue with a candidate opened: the one that is named, else the first."""
    return _fragment(copilot, actor, shown)


@router.patch("/fragments/review/{candidate_id}")
def edit(candidate_id: CandidateId, given: Edit, copilot: CopilotDep, actor: ActorDep) -> HTMLResponse:
    """Save fields and show the candidate again."""
    copilot.review.edit(candidate_id, given.fields(), version=given.version)
    return _fragment(copilot, actor, Shown(candidate=candidate_id))


@router.post("/fragments/review/{candidate_id}/accept")
def accept(
    candidate_id: CandidateId, given: Acceptance, copilot: CopilotDep, actor: ActorDep
) -> HTMLResponse:
    """Accept, and go on to the next."""
    follows = _after(copilot.review, candidate_id)
    done = copilot.review.accept(
        candidate_id, actor, version=given.version, status=given.status, why=given.override
    )
    return _fragment(copilot, actor, follows, done)


@router.post("/fragments/review/{candidate_id}/merge")
def merge(candidate_id: CandidateId, given: Merging, copilot: CopilotDep, actor: ActorDep) -> HTMLResponse:
    """Merge, and go on to the next."""
    follows = _after(copilot.review, candidate_id)
    done = copilot.review.merge(candidate_id, given.case_id, actor, version=given.version, why=given.override)
    return _fragment(copilot, actor, follows, done)


@router.post("/fragments/review/{candidate_id}/reject")
def reject(candidate_id: CandidateId, given: Rejection, copilot: CopilotDep, actor: ActorDep) -> HTMLResponse:
    """Turn down, and go on to the next."""
    follows = _after(copilot.review, candidate_id)
    copilot.review.reject(candidate_id, actor, given.reason, version=given.version)
    return _fragment(copilot, actor, follows)


def _after(review: Review, candidate_id: int) -> Shown:
    """The one that waits after this one, else the one before it."""
    if review.read(candidate_id).state != "waiting":
        return Shown(state="accepted", candidate=candidate_id)
    ids = [one.id for one in review.list("waiting", limit=MOST_LISTED)]
    later = [one for one in ids if one > candidate_id] or [one for one in ids[::-1] if one < candidate_id]
    return Shown(candidate=later[0] if later else None)


def _fragment(
    copilot: Assistant, actor: str, shown: Shown, done: StoredCandidate | None = None
) -> HTMLResponse:
    """The queue, with what the checks found of the candidate that was decided on just now."""
    review = copilot.review
    listed = review.list(shown.state, limit=MOST_LISTED)
    one = next((c for c in listed if c.id == shown.candidate), None)
    if one is None and shown.candidate is not None:
        one = review.read(shown.candidate)
    one = one or (listed[0] if listed else None)
    return render(
        "review_queue.html",
        queue=[_row(c) for c in listed],
        view=_view(one, copilot.knowledge) if one and one.document else None,
        state=shown.state,
        publishes=review.may_publish(actor),
        publishers=review.publishers,
        actor=actor,
        found=found_view(findings_json(done.findings)) if done else (),
        done=done.case_id if done else None,
        rules=[
            (t.rule, gettext(ACTIONS[t.rule.then]), _fitting(len(t.waiting))) for t in review.trial()
        ],
    )  # fmt: skip


def _fitting(count: int) -> str:
    return ngettext("fits %(num)s that waits", "fits %(num)s that wait", count)


def _row(one: StoredCandidate) -> dict[str, Any]:
    case = one.document.get("case") or {}
    return {
        "id": one.id,
        "title": case.get("title") or one.conversation_id,
        "category": plain(case["category"]) if case.get("category") else "",
        "probability": _percent(one.document.get("probability")),
        "when": day(one.at or one.made_at),
        "rule": one.rule,
        "who": one.who,
        "reason": one.reason,
    }


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _view(one: StoredCandidate, base: KnowledgeBase) -> dict[str, Any]:
    case, outcome = one.document["case"], one.document["case"]["outcome"]
    left_out, others = one.document["left_out"], one.document.get("others", 0)
    ended = {True: gettext("settled"), False: gettext("ended in a complaint"), None: gettext("end unknown")}
    written = base.find("case", one.case_id) if one.case_id else None
    facts = [
        language_name(case["language"]),
        case["channel"],
        ended[outcome["resolved"]],
        gettext("was opened again") if outcome["reopened"] else None,
        f"CSAT {outcome['csat']}" if outcome["csat"] else None,
        ngettext("%(num)s sentence left out", "%(num)s sentences left out", left_out) if left_out else None,
        ngettext("%(num)s other matter in it", "%(num)s other matters in it", others) if others else None,
    ]
    return {
        "id": one.id,
        "version": one.version,
        "state": one.state,
        "state_words": gettext(STATES.get(one.state, one.state)),
        "conversation": one.conversation_id,
        "case": case,
        "probability": _percent(one.document["probability"]),
        "facts": [fact for fact in facts if fact],
        "near": _near(one, base),
        "rule": one.rule,
        "who": one.who,
        "reason": one.reason,
        "case_id": one.case_id,
        "draft": written is not None and written.status == "pending",
    }


def _near(one: StoredCandidate, base: KnowledgeBase) -> list[dict[str, Any]]:
    """The likest cases as they stand now, with what the candidate says otherwise."""
    near = one.document["near"][:MOST_COMPARED]
    cases = base.get_many("case", [each["id"] for each in near])
    told = one.document["case"]["resolution"] or ""
    found = []
    for each in near:
        case = cases.get(each["id"])
        if isinstance(case, Case) and case.status != "retired":
            parts = list(difference(case.resolution, told))
            alike = {
                "id": case.id,
                "title": case.title or case.id,
                "similarity": _percent(each["similarity"]),
            }
            found.append(alike | {"problem": case.problem, "parts": parts, "language": case.language})
    return found
