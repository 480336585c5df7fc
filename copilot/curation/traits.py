"""What tells two cases apart or makes them one: cosines, words, figures, category and product."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import exp
from typing import TYPE_CHECKING

from copilot.curation.figures import Figures, differing, figures_in
from indexer.lexical import words_of
from knowledge_base.models import Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What each trait adds to the log-odds that two cases are one, and how sure that must be. Fitted by logistic
# regression, each tenth left out in turn, to the half of the written paraphrases that is for looking and the
# sample desk's own pairs, with rare words and figures counted for more than here; the bound was set by hand,
# from .40, looking at that half. The other half is only measured (`python -m tests.benchmarks.duplicates`).
BIAS = -13.8
PROBLEM_WEIGHT = 9.8
RESOLUTION_WEIGHT = 2.9
WORDS_WEIGHT = 1.2
FIGURES_WEIGHT = 2.7
PRODUCT_WEIGHT = 1.9
DUPLICATE = 0.35
# Where neither names a figure, nothing is known of how far they share them.
_NO_FIGURES = 0.5
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
    """Two cases beside each other. `asked` and `settled` are the measures in which their figures differ.

    `words` and `figures` are the shares that both hold, 0 to 1; `category` and `product` None: not told.
    """

    first: Case
    second: Case
    problem: float
    resolution: float
    words: float
    figures: float
    asked: tuple[str, ...]
    settled: tuple[str, ...]
    category: bool | None
    product: bool | None

    @property
    def traits(self) -> tuple[float, ...]:
        """What is weighed, in the order of `WEIGHTS`."""
        return self.problem, self.resolution, self.words, self.figures, float(bool(self.product))

    @property
    def likeness(self) -> float:
        """How surely they are one case told twice by what is alike, 0 to 1."""
        return 1 / (1 + exp(-BIAS - sum(w * t for w, t in zip(WEIGHTS, self.traits, strict=True))))

    @property
    def apart(self) -> bool:
        """Whether a figure, the product or the category tells them apart, however alike they read."""
        return bool(self.settled or self.asked) or self.product is False or self.category is False

    @property
    def duplicate(self) -> bool:
        """Whether they are one case told twice."""
        return not self.apart and self.likeness >= DUPLICATE


WEIGHTS = (PROBLEM_WEIGHT, RESOLUTION_WEIGHT, WORDS_WEIGHT, FIGURES_WEIGHT, PRODUCT_WEIGHT)


def compare(first: Read, second: Read) -> Pair:
    """Set two cases side by side."""
    shared = len(first.words & second.words) / max(min(len(first.words), len(second.words)), 1)
    return Pair(
        first.case,
        second.case,
        float(first.problem @ second.problem),
        float(first.resolution @ second.resolution),
        shared,
        _shared_figures(first, second),
        differing(first.asked, second.asked),
        differing(first.settled, second.settled),
        _same(first.case.category, second.case.category),
        _same_product(first.case.product, second.case.product),
    )


def problem_of(case: Case) -> str:
    """What the customer had, as the encoder reads it: title and problem, else the customer's own words."""
    said = "\n".join(message.text for message in case.messages if message.role == "customer")
    return f"{case.title or ''}\n{case.problem or said}".strip()


def _shared_figures(first: Read, second: Read) -> float:
    """The share of all figures that both name, 0 to 1."""
    one, other = (
        {
            (measure, value)
            for told in (r.asked, r.settled)
            for measure, values in told.items()
            for value in values
        }
        for r in (first, second)
    )
    return len(one & other) / len(one | other) if one | other else _NO_FIGURES


def _same(first: str | None, second: str | None) -> bool | None:
    return first == second if first and second else None


def _same_product(first: str | None, second: str | None) -> bool | None:
    """Whether one product is meant; `Refill coffee` names `Tidewell Refill coffee beans` too."""
    if not first or not second:
        return None
    one, other = (set(re.findall(r"\w+", name.casefold())) for name in (first, second))
    return one <= other or other <= one
