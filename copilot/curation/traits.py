"""What tells two cases apart or makes them one: cosines, echoes, figures, category and product."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import exp
from operator import mul
from typing import TYPE_CHECKING

from copilot.curation.figures import Figures, differing, figures_in
from knowledge_base.models import Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Below this sum of the two cosines no pair is one case; the least of the written paraphrases for
# looking have .78.
POSSIBLE = 0.7
# What each trait adds to the log-odds that two cases are one, and how sure that must be: fitted and set by
# `python -m tests.benchmarks.fit_duplicates` on the halves of the written paraphrases that are for looking
# and the sample desk's own pairs. The more two texts copy each other, the more does a difference tell.
BIAS = -37.5
ASKS_MEAN, ASKS_LEAST, ASKS_COPIED = 3.6, 24.4, -20.0
SETTLES_MEAN, SETTLES_LEAST, SETTLES_COPIED = 42.6, 7.3, -20.4
FIGURES_WEIGHT = 6.3
DUPLICATE = 0.74
# Where both cosines are this high the cases are one, whatever was reworded: 14 of 15 for looking.
ALIKE = 0.8
# Where neither names a figure, nothing is known of how far they share them.
_NO_FIGURES = 0.5


@dataclass(frozen=True, slots=True)
class Told:
    """A case and its figures: all that is compared of it before the encoder reads it."""

    case: Case
    asked: Figures = field(default_factory=dict)
    settled: Figures = field(default_factory=dict)

    @classmethod
    def of(cls, case: Case) -> Told:
        """Look for its figures once, for all its pairs."""
        return cls(case, figures_in(problem_of(case)), figures_in(case.resolution))


@dataclass(frozen=True, slots=True)
class Read:
    """A case as it is compared. `problem` and `resolution` are unit vectors, shape (dim,)."""

    told: Told
    problem: NDArray[np.float32]
    resolution: NDArray[np.float32]

    @classmethod
    def of(cls, case: Case, problem: NDArray[np.float32], resolution: NDArray[np.float32]) -> Read:
        """Read a case once, for all its pairs."""
        return cls(Told.of(case), problem, resolution)


@dataclass(frozen=True, slots=True)
class Echo:
    """How far two texts say the same: on the mean, in the tenth that is echoed least, and letter by letter.

    Cosines, -1 to 1, and the share of the runs of letters that both hold, 0 to 1.
    """

    mean: float
    least: float
    copied: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two cases beside each other. `asked` and `settled` are the measures in which their figures differ.

    `figures` is the share that both hold, 0 to 1; `category` and `product` None: not told. `asks` and
    `settles` are the echoes of the problems and of the resolutions; None where they weren't heard.
    """

    first: Case
    second: Case
    problem: float
    resolution: float
    figures: float
    asked: tuple[str, ...]
    settled: tuple[str, ...]
    category: bool | None
    product: bool | None
    asks: Echo | None = None
    settles: Echo | None = None

    @property
    def traits(self) -> tuple[float, ...]:
        """What is weighed, in the order of `WEIGHTS`; empty where the echoes weren't heard."""
        if self.asks is None or self.settles is None:
            return ()
        return (
            *(self.asks.mean, self.asks.least, self.asks.copied),
            *(self.settles.mean, self.settles.least, self.settles.copied),
            self.figures,
        )

    @property
    def likeness(self) -> float:
        """How surely they are one case told twice by what is alike, 0 to 1; unheard, 0 unless ALIKE."""
        sure = 1 / (1 + exp(-BIAS - sum(map(mul, WEIGHTS, self.traits)))) if self.traits else 0.0
        both = min(self.problem, self.resolution)
        return max(sure, min(both, 1.0)) if both >= ALIKE else sure

    @property
    def apart(self) -> bool:
        """Whether a figure, the product or the category tells them apart, however alike they read."""
        return bool(self.settled or self.asked) or self.product is False or self.category is False

    @property
    def possible(self) -> bool:
        """Whether they are near enough to be heard word for word."""
        return not self.apart and self.problem + self.resolution >= POSSIBLE

    @property
    def duplicate(self) -> bool:
        """Whether they are one case told twice."""
        return not self.apart and self.likeness >= DUPLICATE


WEIGHTS = (
    *(ASKS_MEAN, ASKS_LEAST, ASKS_COPIED),
    *(SETTLES_MEAN, SETTLES_LEAST, SETTLES_COPIED),
    FIGURES_WEIGHT,
)


def compare(first: Read, second: Read) -> Pair:
    """Set two cases side by side."""
    problem, resolution = (
        float(first.problem @ second.problem),
        float(first.resolution @ second.resolution),
    )
    return beside(first.told, second.told, problem, resolution)


def beside(first: Told, second: Told, problem: float = 0.0, resolution: float = 0.0) -> Pair:
    """The same with cosines that are known, or before they are."""
    return Pair(
        first.case,
        second.case,
        problem,
        resolution,
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


def _shared_figures(first: Told, second: Told) -> float:
    """The share of all figures that both name, 0 to 1."""
    one, other = (
        {
            (measure, value)
            for figures in (told.asked, told.settled)
            for measure, values in figures.items()
            for value in values
        }
        for told in (first, second)
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
