"""Practice on past cases over HTTP; who plays is named by `x-actor`, and sees their own rounds alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from copilot.practice.rounds import Clause, Round
from copilot.practice.score import Score
from knowledge_base.codec import format_time
from knowledge_base.practice import StoredRound
from web.api import PROBLEMS
from web.deps import ActorDep, CopilotDep
from web.i18n import gettext
from web.schemas import Schema, Text, Time

router = APIRouter(prefix="/api/v1/practice", tags=["practice"], responses=PROBLEMS)
RoundId = Annotated[int, Path(ge=1, lt=2**63)]


class Beginning(Schema):
    """Which case to play: the one that is named, else the next one, of a category if one is named."""

    case_id: str | None = Field(None, min_length=1, max_length=200)
    category: str | None = Field(None, min_length=1, max_length=200)


class ReplyJson(Schema):
    """The trainee's reply to a turn, counted from 0."""

    turn: int = Field(ge=0, le=1000)
    text: Text


class PlayedMessage(Schema):
    """A message of the play; role `agent` is the trainee's own reply."""

    role: str
    text: str


class PartJson(Schema):
    """A part of the score: `points` of at most `most`, below 0 for an excess, and what decided."""

    name: str
    most: float
    points: float
    why: list[str]


class PointJson(Schema):
    """Something that was done then; `share`, 0 to 1, is said by the trainee's sentence `by`."""

    text: str
    share: float
    by: str


class LeftOut(Schema):
    """A part that can't be judged."""

    name: str
    why: str


class ScoreJson(Schema):
    """`total`, 0 to 100, is the sum of the parts; null where too little can be judged."""

    total: float | None
    parts: list[PartJson]
    points: list[PointJson]
    left_out: list[LeftOut]


class ClauseJson(Schema):
    """A section of policy that the case cites; `ended`: no longer in force."""

    source: str
    title: str
    heading: str
    text: str
    ended: bool


class Done(Schema):
    """What was done then: told once the round has ended."""

    title: str | None
    resolution: str
    steps: list[str]
    answers: list[str]
    policy: list[ClauseJson]


class RoundJson(Schema):
    """A round. `turn` is the one to be answered; null, with `done` and `score` told, once it has ended."""

    id: int
    case_id: str
    category: str | None
    channel: str | None
    language: str
    turns: int
    turn: int | None
    messages: list[PlayedMessage]
    started_at: Time
    ended_at: Time | None
    score: ScoreJson | None
    done: Done | None


class RoundHead(Schema):
    """A round in the list."""

    id: int
    case_id: str
    category: str | None
    started_at: Time
    ended_at: Time | None
    total: float | None


class RoundList(Schema):
    """The trainee's newest rounds, newest first."""

    items: list[RoundHead]


class ProgressJson(Schema):
    """A category: rounds ended, the mean and the last of their totals."""

    category: str | None
    rounds: int
    mean: float | None
    last: float | None


class ProgressList(Schema):
    """The trainee's categories, the one with the lowest mean first."""

    items: list[ProgressJson]


@router.post("/rounds", status_code=201)
def start_round(beginning: Beginning, copilot: CopilotDep, actor: ActorDep) -> RoundJson:
    """Begin a round."""
    return round_json(copilot.practice.start(actor, case_id=beginning.case_id, category=beginning.category))


@router.get("/rounds")
def list_rounds(
    copilot: CopilotDep, actor: ActorDep, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> RoundList:
    """List the trainee's rounds."""
    return RoundList(items=[_head(one) for one in copilot.practice.list(actor, limit=limit)])


@router.get("/rounds/{round_id}")
def read_round(round_id: RoundId, copilot: CopilotDep, actor: ActorDep) -> RoundJson:
    """Read one round."""
    return round_json(copilot.practice.read(round_id, actor))


@router.post("/rounds/{round_id}/replies")
def answer_turn(round_id: RoundId, reply: ReplyJson, copilot: CopilotDep, actor: ActorDep) -> RoundJson:
    """Answer a turn; the last answer ends the round."""
    return round_json(copilot.practice.answer(round_id, actor, reply.text, turn=reply.turn))


@router.delete("/rounds/{round_id}", status_code=204)
def delete_round(round_id: RoundId, copilot: CopilotDep, actor: ActorDep) -> Response:
    """Take a round away."""
    copilot.practice.delete(round_id, actor)
    return Response(status_code=204)


@router.get("/progress")
def read_progress(copilot: CopilotDep, actor: ActorDep) -> ProgressList:
    """How the trainee does, by category."""
    items = [
        ProgressJson(category=one.category, rounds=one.rounds, mean=one.mean, last=one.last)
        for one in copilot.practice.progress(actor)
    ]
    return ProgressList(items=items)


def round_json(one: Round) -> RoundJson:
    """A round as it may be told: nothing of what was done before its end."""
    stored, score = one.stored, one.score
    return RoundJson(
        id=stored.id,
        case_id=stored.case_id,
        category=stored.category,
        channel=one.case.channel,
        language=one.case.language,
        turns=len(one.turns),
        turn=None if one.ended else len(stored.replies),
        messages=[PlayedMessage(role=m.role, text=m.text) for m in one.messages],
        started_at=format_time(stored.started_at),
        ended_at=format_time(stored.ended_at) if stored.ended_at else None,
        score=_score(score) if score else None,
        done=_done(one) if one.ended else None,
    )


def _score(score: Score) -> ScoreJson:
    return ScoreJson(
        total=score.total,
        parts=[
            PartJson(name=p.name, most=p.most, points=p.points, why=[gettext(one) for one in p.why])
            for p in score.parts
        ],
        points=[PointJson(text=p.text, share=p.share, by=p.by) for p in score.points],
        left_out=[LeftOut(name=name, why=gettext(why)) for name, why in score.left_out],
    )


def _done(one: Round) -> Done:
    return Done(
        title=one.case.title,
        resolution=one.case.resolution,
        steps=list(one.case.steps),
        answers=[turn.answer for turn in one.turns],
        policy=[_clause(clause) for clause in one.clauses],
    )


def _clause(clause: Clause) -> ClauseJson:
    return ClauseJson(
        source=clause.source, title=clause.title, heading=clause.section.heading, text=clause.section.text,
        ended=clause.ended,
    )  # fmt: skip


def _head(stored: StoredRound) -> RoundHead:
    return RoundHead(
        id=stored.id,
        case_id=stored.case_id,
        category=stored.category,
        started_at=format_time(stored.started_at),
        ended_at=format_time(stored.ended_at) if stored.ended_at else None,
        total=stored.score["total"] if stored.score else None,
    )
