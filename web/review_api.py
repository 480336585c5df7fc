"""Review over HTTP: closed conversations as candidates for cases, and what reviewers decide."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from copilot.checking.gate import MOST_WHY
from copilot.review.desk import Gathered
from copilot.review.rules import Action
from knowledge_base.codec import format_time
from knowledge_base.review import CandidateState, StoredCandidate
from web.api import PROBLEMS
from web.deps import ActorDep, CopilotDep
from web.findings import FindingJson, findings_json
from web.schemas import Language, Schema, Time, Written

router = APIRouter(prefix="/api/v1/review", tags=["review"], responses=PROBLEMS)
CandidateId = Annotated[int, Path(ge=1, lt=2**63)]
Version = Annotated[int, Field(ge=1, lt=2**31, description="the version that was read; 409 if it changed")]
_LONG, _SHORT = 20_000, 200
Override = Annotated[
    Written, Field(max_length=MOST_WHY, description="a publisher's: publish it whatever blocks it, and why")
]


class Edit(Schema):
    """Fields to put right; what isn't named stays."""

    version: Version
    title: Annotated[Written, Field(max_length=_SHORT)] | None = None
    problem: Annotated[Written, Field(max_length=_LONG)] | None = None
    resolution: Annotated[Written, Field(max_length=_LONG)] | None = None
    reply: Annotated[Written, Field(max_length=_LONG)] | None = None
    steps: list[Annotated[Written, Field(max_length=2000)]] | None = Field(None, max_length=50)
    category: Annotated[Written, Field(max_length=_SHORT)] | None = None
    language: Language | None = None

    def fields(self) -> dict[str, Any]:
        """What was named, as a case has it."""
        told = self.model_dump(exclude_unset=True, exclude={"version"})
        steps = [step.strip() for step in told.get("steps") or () if step.strip()]
        return told | ({"steps": steps} if "steps" in told else {})


class Acceptance(Schema):
    """`status` null: published where the actor may publish, else pending."""

    version: Version
    status: Literal["published", "pending"] | None = None
    override: Override | None = None


class Merging(Schema):
    """Which case it is one with."""

    version: Version
    case_id: str = Field(min_length=1, max_length=_SHORT)
    override: Override | None = None


class Rejection(Schema):
    """Why it is turned down."""

    version: Version
    reason: Annotated[Written, Field(min_length=1, max_length=1000)]


class NearJson(Schema):
    """A case like it; `similarity` is a cosine."""

    id: str
    title: str
    similarity: float


class CandidateJson(Schema):
    """A candidate: `case` in the exchange format, null once its conversation was opened again.

    `probability` is that of its category; `rule` the manager's rule that acted; `left_out` how many sentences
    told of the customer alone, `others` how many other subjects were answered in the conversation.
    """

    id: int
    conversation_id: str
    state: CandidateState
    version: int
    case: dict[str, Any] | None
    probability: float | None
    near: list[NearJson]
    left_out: int
    others: int
    made_at: Time
    reason: str | None
    rule: str | None
    who: str | None
    at: Time | None
    case_id: str | None
    findings: list[FindingJson] = Field(
        default_factory=list, description="what the checks found of the case, as it was written"
    )


class CandidateList(Schema):
    """Those that wait oldest first, others by the newest decision."""

    items: list[CandidateJson]


class GatheredJson(Schema):
    """New candidates, those of them that rules decided, those taken back; `more` are left for the next."""

    added: int
    by_rule: int
    reopened: int
    more: bool


class TrialJson(Schema):
    """A rule, and the waiting candidates that it fits first."""

    name: str
    then: Action
    by: str
    conditions: str
    reason: str | None
    waiting: list[int]


class RuleList(Schema):
    """The rules in their order; the first that fits decides on a new candidate."""

    items: list[TrialJson]


@router.post("/gatherings")
def gather(copilot: CopilotDep) -> GatheredJson:
    """Make candidates of conversations closed since; the manager's rules act on those alone."""
    return gathered_json(copilot.review.gather())


@router.get("/candidates")
def list_candidates(
    copilot: CopilotDep,
    state: CandidateState | None = "waiting",
    case_id: Annotated[str | None, Query(max_length=_SHORT)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> CandidateList:
    """List candidates; with `case_id` what a case came from, or has taken in, in any state."""
    found = copilot.review.list(None if case_id else state, case_id=case_id, limit=limit)
    return CandidateList(items=[candidate_json(one) for one in found])


@router.get("/candidates/{candidate_id}")
def read_candidate(candidate_id: CandidateId, copilot: CopilotDep) -> CandidateJson:
    """Read one candidate."""
    return candidate_json(copilot.review.read(candidate_id))


@router.patch("/candidates/{candidate_id}")
def edit_candidate(candidate_id: CandidateId, edit: Edit, copilot: CopilotDep) -> CandidateJson:
    """Put fields right before it is accepted."""
    return candidate_json(copilot.review.edit(candidate_id, edit.fields(), version=edit.version))


@router.post("/candidates/{candidate_id}/accept")
def accept_candidate(
    candidate_id: CandidateId, given: Acceptance, copilot: CopilotDep, actor: ActorDep
) -> CandidateJson:
    """Make it a case; 403 where the actor may only propose and asks for it to be published."""
    done = copilot.review.accept(
        candidate_id, actor, version=given.version, status=given.status, why=given.override
    )
    return candidate_json(done)


@router.post("/candidates/{candidate_id}/merge")
def merge_candidate(
    candidate_id: CandidateId, given: Merging, copilot: CopilotDep, actor: ActorDep
) -> CandidateJson:
    """Add its outcome to a case; 403 where that is published and the actor may only propose."""
    done = copilot.review.merge(candidate_id, given.case_id, actor, version=given.version, why=given.override)
    return candidate_json(done)


@router.post("/candidates/{candidate_id}/reject")
def reject_candidate(
    candidate_id: CandidateId, given: Rejection, copilot: CopilotDep, actor: ActorDep
) -> CandidateJson:
    """Turn it down."""
    return candidate_json(copilot.review.reject(candidate_id, actor, given.reason, version=given.version))


@router.get("/rules")
def try_rules(copilot: CopilotDep) -> RuleList:
    """The manager's rules, and what each would decide among those that wait; nothing is changed."""
    items = [
        TrialJson(
            name=one.rule.name, then=one.rule.then, by=one.rule.by, conditions=one.rule.conditions,
            reason=one.rule.reason, waiting=list(one.waiting),
        )
        for one in copilot.review.trial()
    ]  # fmt: skip
    return RuleList(items=items)


def gathered_json(found: Gathered) -> GatheredJson:
    """What a gathering did."""
    return GatheredJson(
        added=found.added, by_rule=found.by_rule, reopened=found.reopened, more=found.more
    )  # fmt: skip


def candidate_json(one: StoredCandidate) -> CandidateJson:
    """A candidate as it is told."""
    document = one.document
    return CandidateJson(
        id=one.id,
        conversation_id=one.conversation_id,
        state=one.state,
        version=one.version,
        case=document.get("case"),
        probability=document.get("probability"),
        near=[NearJson(**near) for near in document.get("near", ())],
        left_out=document.get("left_out", 0),
        others=document.get("others", 0),
        made_at=format_time(one.made_at),
        reason=one.reason,
        rule=one.rule,
        who=one.who,
        at=format_time(one.at) if one.at else None,
        case_id=one.case_id,
        findings=findings_json(one.findings),
    )
