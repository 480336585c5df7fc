"""What the agent does, step by step, without the former customer's data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from copilot.drafting.generalise import generalise
from copilot.drafting.given import section_of
from copilot.drafting.pieces import Pieces
from copilot.drafting.quote import passage_sentences
from copilot.drafting.text import clean_text, without_markup
from copilot.models import Evidence, PlanStep
from knowledge_base.models import Case, Passage

_ITEM = re.compile(r"(?m)^(\d{1,2})[.)][ \t]+(\S.*)$")
# An agent in a conversation doesn't follow more than this.
MOST_STEPS = 6


def plan_of(cases: Sequence[Evidence], passages: Sequence[Evidence]) -> tuple[PlanStep, ...]:
    """The steps of the best case that settled its problem, else those of the best policy.

    Policy gives the numbered items of its article, as far as they were found, or else its first sentence.
    """
    for case in (evidence.case for evidence in cases):
        if case is not None and case.outcome.resolved is not False:
            steps = tuple(PlanStep(step, f"case:{case.id}") for step in _steps(case))[:MOST_STEPS]
            if steps:
                return steps
    articles = [evidence.passage for evidence in passages if evidence.passage.kind == "article"]
    return _procedure(articles) or next(
        ((PlanStep(told[0], section_of(p)),) for p in articles if (told := passage_sentences(p))), ()
    )


def _procedure(passages: Sequence[Passage]) -> tuple[PlanStep, ...]:
    """The numbered items of the best passage's article, in the order in which they stand there."""
    own = [p for p in passages if p.source_id == passages[0].source_id]
    items = [
        (int(match[1]), PlanStep(" ".join(without_markup(match[2]).split()), section_of(passage)))
        for passage in own
        for match in _ITEM.finditer(clean_text(passage.text))
    ]
    steps = [step for _, step in sorted(items, key=lambda item: item[0])]
    return tuple(dict.fromkeys(steps))[:MOST_STEPS] if len(steps) > 1 else ()


def _steps(case: Case) -> Iterator[str]:
    for step in case.steps:
        told = " ".join(_plain(pieces) for pieces in generalise(step, case))
        if told:
            yield told


def _plain(pieces: Pieces) -> str:
    return "".join(f"[{piece.slot}]" if piece.slot else piece.text for piece in pieces)
