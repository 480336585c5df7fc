"""What tells two cases apart or makes them one: cosines, words, figures, category and product."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from copilot.curation.figures import Figures, differing, figures_in
from indexer.lexical import words_of
from knowledge_base.models import Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# How much a trait moves the mean of the two cosines, and the likeness from which two cases are one: set on
# reworded copies that a program makes of the sample desk's cases and on its own pairs, each case left out in
# turn (`python -m tests.benchmarks.duplicates`).
WORDS_WEIGHT = 0.15
SAME_CATEGORY = 0.03
SAME_PRODUCT = 0.06
DUPLICATE = 0.80
# Words that hold no meaning of their own are short, nearly always.
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Read:
    """A case as it is compared. `problem` and `resolution` are unit vectors, shape (dim,)."""

    case: Case
    problem: NDArray[np.float32]
    resolution: NDArray[np.float32]
    words: frozenset[str] = field(default_factory=frozenset)
    asked: Figures = field(default_factory=dict)
    settled: Figures = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case, problem: NDArray[np.float32], resolution: NDArray[np.float32]) -> Read:
        """Read a case once, for all its pairs."""
        told = problem_of(case)
        words = frozenset(w for w in words_of(f"{told}\n{case.resolution}") if len(w) > _SHORT)
        return cls(case, problem, resolution, words, figures_in(told), figures_in(case.resolution))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cases beside each other. `asked` and `settled` are the measures in which their figures differ."""

    first: Case
    second: Case
    problem: float
    resolution: float
    words: float
    asked: tuple[str, ...]
    settled: tuple[str, ...]
    category: bool | None
    product: bool | None

    @property
    def likeness(self) -> float:
        """How alike they are told; about 1 for the same words, at most a little above it."""
        return (
            (self.problem + self.resolution) / 2
            + WORDS_WEIGHT * self.words
            + SAME_CATEGORY * bool(self.category)
            + SAME_PRODUCT * bool(self.product)
        )

    @property
    def duplicate(self) -> bool:
        """Whether they are one case told twice: alike, and neither a figure nor the product differs."""
        apart = self.settled or self.asked or self.product is False or self.category is False
        return not apart and self.likeness >= DUPLICATE


def compare(first: Read, second: Read) -> Pair:
    """Set two cases side by side."""
    shared = len(first.words & second.words) / max(min(len(first.words), len(second.words)), 1)
    return Pair(
        first.case,
        second.case,
        float(first.problem @ second.problem),
        float(first.resolution @ second.resolution),
        shared,
        differing(first.asked, second.asked),
        differing(first.settled, second.settled),
        _same(first.case.category, second.case.category),
        _same_product(first.case.product, second.case.product),
    )


def problem_of(case: Case) -> str:
    """What the customer had, as the encoder reads it: title and problem, else the customer's own words."""
    said = "\n".join(message.text for message in case.messages if message.role == "customer")
    return f"{case.title or ''}\n{case.problem or said}".strip()


def _same(first: str | None, second: str | None) -> bool | None:
    return first == second if first and second else None


def _same_product(first: str | None, second: str | None) -> bool | None:
    """Whether one product is meant; `Refill coffee` names `Tidewell Refill coffee beans` too."""
    if not first or not second:
        return None
    one, other = (set(re.findall(r"\w+", name.casefold())) for name in (first, second))
    return one <= other or other <= one
