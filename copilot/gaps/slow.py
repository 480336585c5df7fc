"""Categories that are asked often and solved slowly, against the desk's own median; no claim on few cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

from copilot.evaluation.bootstrap import wilson
from copilot.gaps.clusters import groups, nearest_first
from copilot.gaps.models import Share, Slow, SlowKind
from copilot.gaps.naming import names
from knowledge_base.gaps import Handled
from knowledge_base.models import Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST = 10
"""Cases of a category that are needed: of fewer the median's interval is most of what there is."""
SURE = 0.975
"""The lower bound is passed by the true median, or share, in so many of a hundred desks like this."""

MOST_KINDS, MOST_NAMED = 3, 3
"""Problems told of a slow category, and cases named of each."""


def slow(handled: Sequence[Handled], asked: Mapping[str, int]) -> tuple[list[Slow], int]:
    """The categories that surely take longer, more turns or more second openings than the desk's cases do.

    `asked` are conversations by category, in the time that is told of. The most hours first; the second value
    is how many categories have too few cases.
    """
    by_category: dict[str, list[Handled]] = {}
    for one in handled:
        by_category.setdefault(one.category, []).append(one)
    all_minutes, all_turns, all_again = _figures(handled)
    usual = _middle(all_minutes), _middle(all_turns), sum(all_again) / max(len(all_again), 1)
    found, few = [], 0
    for category, cases in by_category.items():
        minutes, turns, again = _figures(cases)
        told = Slow(
            category,
            asked.get(category, 0),
            _median(minutes, usual[0]),
            _median(turns, usual[1]),
            _share(again, usual[2]),
            None,
        )
        few += len(cases) < FEWEST
        if told.asked and (told.minutes.more or told.turns.more or told.reopened.more):
            spent = told.minutes.value
            hours = None if spent is None else told.asked * spent / 60
            found.append(Slow(category, told.asked, told.minutes, told.turns, told.reopened, hours))
    return sorted(found, key=lambda one: (-(one.hours or 0.0), -one.asked, one.category)), few


def slow_kinds(
    cases: Sequence[Case], minutes: Mapping[str, float], vectors: NDArray[np.float32], desk: float
) -> list[SlowKind]:
    """The problems among a category's cases that surely take longer than the desk's median of minutes.

    `vectors` are those of the cases, shape (len(cases), dim). Those that take most of the time come first.
    """
    found = groups(vectors)
    told = names(
        [[cases[row].problem for row in rows] for rows in found],
        [cases[rows[0]].language for rows in found],
    )
    kinds = []
    for rows, name in zip(found, told, strict=True):
        took = _median([minutes[cases[row].id] for row in rows], desk)
        if took.more and took.value is not None:
            nearest = tuple(cases[row].id for row in nearest_first(vectors, rows)[:MOST_NAMED])
            kinds.append(SlowKind(name, len(rows), took.value, nearest))
    return sorted(kinds, key=lambda one: (-one.n * one.minutes, one.name))[:MOST_KINDS]


def _figures(cases: Sequence[Handled]) -> tuple[list[float], list[float], list[float]]:
    return (
        [one.minutes for one in cases if one.minutes is not None],
        [float(one.turns) for one in cases if one.turns is not None],
        [float(one.reopened) for one in cases if one.reopened is not None],
    )


def _middle(values: Sequence[float]) -> float:
    return median(values) if values else 0.0


def _median(values: Sequence[float], usual: float) -> Share:
    """The median and its lower bound: the value of the highest rank that the median passes surely."""
    if len(values) < FEWEST:
        return Share(len(values))
    ordered = sorted(values)
    low = ordered[_rank(len(ordered))]
    return Share(len(values), median(ordered), low, usual, low > usual)


def _share(values: Sequence[float], usual: float) -> Share:
    if len(values) < FEWEST:
        return Share(len(values))
    rate = sum(values) / len(values)
    low, _ = wilson(rate, len(values))
    return Share(len(values), rate, low, usual, low > usual)


@lru_cache(maxsize=4096)
def _rank(n: int) -> int:
    """The place in n ordered values, from 0, that lies below the true median with probability SURE or more.

    Of n values as many as Binomial(n, 1/2) lie below it (Conover, Practical Nonparametric Statistics, 3.2).
    """
    from scipy.stats import binom

    return max(0, int(binom.ppf(1 - SURE, n, 0.5)) - 1)
