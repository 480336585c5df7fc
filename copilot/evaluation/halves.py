"""The fixed halves of a query set, and what feedback on one half does for confidence on the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from copilot.assist import Copilot
from copilot.evaluation.outcome import Answers, Outcome, run_queries
from copilot.evaluation.report import calibration_of
from indexer.live import PinnedIndex
from indexer.refine import Refine
from indexer.search import Generation
from knowledge_base.models import SourceKind
from knowledge_base.verdicts import Judged

HALVES = ("a", "b")


def half_of(identifier: str) -> str:
    """The half that a query is in, decided by its id alone: the same in every run and every set."""
    digest = hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).digest()
    return HALVES[digest[0] % 2]


def in_half(outcomes: Sequence[Outcome], half: str) -> list[Outcome]:
    """The outcomes of one half, in their order."""
    return [outcome for outcome in outcomes if half_of(outcome.query.id) == half]


def judgements_of(outcomes: Sequence[Outcome], floor: float) -> list[Judged]:
    """The labels of the items that an agent would be shown, as if agents had judged them."""
    return [
        Judged(outcome.request, outcome.language, item.name, item.right)
        for outcome in outcomes
        for item in outcome.seen(floor)
        if item.right is not None
    ]


def taught_by_the_other_half(
    copilot: Copilot,
    outcomes: Sequence[Outcome],
    answers: Answers,
    refine: Refine,
    *,
    kind: SourceKind | None,
    limit: int,
    progress: Callable[[], None],
) -> dict[str, Any]:
    """Reliability before and after a calibration is refitted to the other half's judgements.

    Each half is measured under what the other one taught, never under what it taught itself; `before`
    and `after` are over all queries, each measured once. The index on disk stays as it is.
    """
    generation, floor = copilot.retriever.generation, copilot.floors.show
    judgements, after = {}, []
    for half, other in (HALVES, HALVES[::-1]):
        told = judgements_of(in_half(outcomes, other), floor)
        taught = _recalibrated(copilot, generation, refine, told)
        queries = [outcome.query for outcome in in_half(outcomes, half)]
        after += list(run_queries(taught, queries, answers, kind=kind, limit=limit, progress=progress))
        judgements[other] = len(told)
    return {
        "judgements": judgements,
        "before": calibration_of(outcomes, floor),
        "after": calibration_of(after, floor),
    }


def _recalibrated(
    copilot: Copilot, generation: Generation, refine: Refine, judgements: Sequence[Judged]
) -> Copilot:
    calibration = refine(generation, copilot.retriever.embedder, judgements)
    return copilot.searching(PinnedIndex.recalibrated(generation, calibration))
