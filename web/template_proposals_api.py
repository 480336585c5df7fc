"""What agents' edits propose for templates, and which situations lack one, over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from copilot.learned.desk import LearnedEdits
from copilot.template_cells import WEEKS, Aspect, CellState, cells_of
from knowledge_base.codec import format_time
from knowledge_base.template_edits import Dismissal
from web.api import PROBLEMS
from web.deps import ActorDep, Assistant, CopilotDep
from web.schemas import Schema, Time, Written

router = APIRouter(prefix="/api/v1", tags=["templates"], responses=PROBLEMS)
ProposalId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
MAX_BODY = 10_000


class NewlyWrong(Schema):
    """Something that is wrong with the template as proposed, and isn't as it is."""

    check: str
    severity: Literal["error", "warning", "note"]
    message: str


class ProposalJson(Schema):
    """A template's next version, as agents' edits have it.

    In `times` conversations, by `agents` agents, `sentence` was changed alike; of those in which it was sent,
    `changed` had it changed in any way, `kept` as it is. `refusal`: why it can't be accepted, else null.
    """

    id: str
    template_id: str
    language: str
    change: Literal["changed", "removed", "after", "before"]
    sentence: str
    before: str
    after: str
    times: int
    agents: int
    since: Time
    until: Time
    sent: int
    changed: int
    kept: int
    findings: list[NewlyWrong]
    refusal: str | None


class DismissalJson(Schema):
    """A proposal that was turned down; it comes back with `times` new edits that say the same."""

    proposal: str
    template_id: str
    times: int
    reason: str
    who: str
    at: Time


class Proposals(Schema):
    """`left_out`: how many replies had a change that can't be carried over, or is one customer's own."""

    items: list[ProposalJson]
    dismissed: list[DismissalJson]
    left_out: int


class Accepting(Schema):
    """The template's text as the manager edited it; null as proposed."""

    body: Annotated[Written, Field(min_length=1, max_length=MAX_BODY)] | None = None


class AcceptedJson(Schema):
    """What is in use now."""

    template_id: str
    body: str


class Dismissing(Schema):
    """Why it is turned down."""

    reason: Annotated[Written, Field(min_length=1, max_length=1000)]


class CellJson(Schema):
    """A language of a row; `reply` speaks there, null in a hole (`translated`, `none`)."""

    language: str
    state: CellState
    reply: str | None
    conversations: int


class RowJson(Schema):
    """A situation, a category or a mood; `missed` counts the conversations in its holes."""

    aspect: Aspect
    name: str
    missed: int
    cells: list[CellJson]


class CellsJson(Schema):
    """Rows with the most missed first, with the conversations of so many weeks."""

    weeks: int
    languages: list[str]
    rows: list[RowJson]


@router.get("/template-coverage")
def read_coverage(copilot: CopilotDep, weeks: Annotated[int, Query(ge=1, le=520)] = WEEKS) -> CellsJson:
    """Which situations, categories and moods have a template in which language."""
    found = cells_of(copilot.knowledge, copilot.workshop, weeks=weeks)
    rows = [
        RowJson(
            aspect=row.aspect,
            name=row.name,
            missed=row.missed,
            cells=[
                CellJson(
                    language=one.language, state=one.state, reply=one.reply, conversations=one.conversations
                )
                for one in row.cells
            ],
        )
        for row in found.rows
    ]
    return CellsJson(weeks=found.weeks, languages=list(found.languages), rows=rows)


@router.get("/template-proposals")
def list_proposals(copilot: CopilotDep) -> Proposals:
    """List what agents' edits propose, the most frequent first."""
    learned = learned_of(copilot).learned()
    return Proposals(
        items=[ProposalJson(**one.as_json()) for one in learned.proposals],
        dismissed=[_dismissal(one) for one in learned.dismissed],
        left_out=learned.left_out,
    )


@router.post("/template-proposals/{proposal_id}/accept")
def accept_proposal(
    proposal_id: ProposalId, accepting: Accepting, copilot: CopilotDep, actor: ActorDep
) -> AcceptedJson:
    """Put a proposal into use, edited or as it is; a bundled reply becomes the desk's own."""
    template = learned_of(copilot).accept(proposal_id, actor=actor, body=accepting.body)
    return AcceptedJson(template_id=template.id, body=template.body)


@router.post("/template-proposals/{proposal_id}/dismiss", status_code=204)
def dismiss_proposal(
    proposal_id: ProposalId, dismissing: Dismissing, copilot: CopilotDep, actor: ActorDep
) -> Response:
    """Turn a proposal down; the reason is kept."""
    learned_of(copilot).dismiss(proposal_id, actor=actor, reason=dismissing.reason)
    return Response(status_code=204)


def learned_of(copilot: Assistant) -> LearnedEdits:
    """What the desk's agents taught."""
    return LearnedEdits(copilot.knowledge, copilot.workshop, copilot.gate)


def _dismissal(one: Dismissal) -> DismissalJson:
    return DismissalJson(
        proposal=one.proposal,
        template_id=one.template_id,
        times=one.times,
        reason=one.reason,
        who=one.who,
        at=format_time(one.at),
    )
