"""What the agent does, step by step, without the former customer's data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from copilot.drafting.generalise import generalise
from copilot.drafting.given import section_of
from copilot.drafting.pieces import Pieces
from copilot.drafting.quote import passage_sentences
from copilot.models import Evidence, PlanStep
from knowledge_base.models import Case

# An agent in a conversation doesn't follow more than this.
MOST_STEPS = 6


def plan_of(cases: Sequence[Evidence], passages: Sequence[Evidence]) -> tuple[PlanStep, ...]:
    """The steps of the best case that settled its problem, else the first step of the best passage."""
    for case in (evidence.case for evidence in cases):
        if case is not None and case.outcome.resolved is not False:
            steps = tuple(PlanStep(step, f"case:{case.id}") for step in _steps(case))[:MOST_STEPS]
            if steps:
                return steps
    first = (
        (section_of(e.passage), passage_sentences(e.passage)) for e in passages if e.passage.kind == "article"
    )
    return next(((PlanStep(told[0], source),) for source, told in first if told), ())


def _steps(case: Case) -> Iterator[str]:
    for step in case.steps:
        told = " ".join(_plain(pieces) for pieces in generalise(step, case))
        if told:
            yield told


def _plain(pieces: Pieces) -> str:
    return "".join(f"[{piece.slot}]" if piece.slot else piece.text for piece in pieces)
