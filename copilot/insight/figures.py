"""Figures with their doubt: a share by Wilson's interval, a mean by Student's, nothing of small groups."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from copilot.evaluation.bootstrap import wilson
from knowledge_base.tallies import Sums

FEWEST = 5
"""Groups of fewer tell of persons rather than of the desk, and their figures are mostly chance."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A group's figure over `n` rows with its 95% interval; `value` is None where n is below FEWEST."""

    group: str | None
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


def share(group: str | None, hits: float, n: int) -> Figure:
    """The share of `hits` among n, 0 to 1."""
    if n < FEWEST:
        return Figure(group, n)
    low, high = wilson(min(hits / n, 1.0), n)
    return Figure(group, n, hits / n, low, high)


def mean(group: str | None, sums: Sums, *, least: float, most: float | None = None) -> Figure:
    """The mean of the rows behind the sums; the interval stays within what a row can be."""
    if sums.n < FEWEST:
        return Figure(group, sums.n)
    from scipy.stats import t

    middle = sums.total / sums.n
    spread = sqrt(max(sums.squares - sums.total * middle, 0.0) / (sums.n - 1))
    reach = float(t.ppf(0.975, sums.n - 1)) * spread / sqrt(sums.n)
    low, high = max(least, middle - reach), middle + reach
    return Figure(group, sums.n, middle, low, high if most is None else min(most, high))


def count(group: str | None, n: int) -> Figure:
    """A count; not told below FEWEST."""
    return Figure(group, n, float(n) if n >= FEWEST else None)


def together(parts: list[Sums]) -> Sums:
    """The sums of several groups as one."""
    return Sums(sum(p.n for p in parts), sum(p.total for p in parts), sum(p.squares for p in parts))
