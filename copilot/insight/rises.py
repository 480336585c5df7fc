"""A sudden rise of one issue: arrivals against the same hours of past weeks, by an exact predictive test.

Counts are Poisson with a rate that past weeks tell (Gamma, widened by how much days differ), so that what is
to come is negative binomial (Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TICK = timedelta(minutes=10)
WINDOWS = (timedelta(minutes=20), timedelta(minutes=60), timedelta(minutes=180))
DAY, WEEK = timedelta(days=1), timedelta(days=7)
WEEKS = 4
AROUND = timedelta(minutes=60)
"""Past weeks are read this much wider on both sides: rhythms aren't kept to the minute."""
FEWEST = 5
TIMES = 1.5
"""Less than this many times what was expected is no rise that anyone would act on."""
PER_MONTH = 1.0
"""False alarms a month that the tests of all issues together may give at most (Bonferroni's bound)."""
TICKS_A_MONTH = 30 * 24 * 6


@dataclass(frozen=True, slots=True)
class Rise:
    """An issue of which `seen` arrived within `minutes` before `at`, where `expected` was usual."""

    category: str
    at: datetime
    minutes: int
    seen: int
    expected: float
    chance: float

    @property
    def times(self) -> float:
        """How many times the usual."""
        return self.seen / self.expected


def tick_of(now: datetime) -> datetime:
    """The full ten minutes at or before a time."""
    return now - timedelta(minutes=now.minute % 10, seconds=now.second, microseconds=now.microsecond)


def rises(arrivals: Mapping[str, Sequence[datetime]], at: datetime) -> list[Rise]:
    """The issues that rise at a tick, the least likely first; `arrivals` are sorted times by category.

    Nothing is told before the desk has a week of history.
    """
    first = min((times[0] for times in arrivals.values() if times), default=at)
    weeks, whole = (min(WEEKS, (end - first) // WEEK) for end in (at, at - DAY))
    if weeks < 1:
        return []
    level = PER_MONTH / (TICKS_A_MONTH * len(WINDOWS) * len(arrivals))
    found = (_rise(arrivals, category, at, weeks, whole, level) for category in arrivals)
    return sorted((one for one in found if one), key=lambda one: (one.chance, one.category))


def _rise(
    arrivals: Mapping[str, Sequence[datetime]],
    category: str,
    at: datetime,
    weeks: int,
    whole: int,
    level: float,
) -> Rise | None:
    times, spread, best = arrivals[category], None, None
    for window in WINDOWS:
        seen = _between(times, at - window, at)
        if seen < FEWEST:
            continue
        shape, rate = _past(times, at, window, weeks)
        if seen <= TIMES * shape / rate or _chance(seen, shape, rate) >= level:
            continue
        if spread is None:
            spread = max(_spread([times], at - DAY, whole), _spread(list(arrivals.values()), at - DAY, whole))
        held = 1 / (1 / shape + spread)  # the same mean, as wide as days differ
        chance = _chance(seen, held, held * rate / shape)
        if chance < level and (best is None or chance < best.chance):
            best = Rise(category, at, int(window.total_seconds() // 60), seen, shape / rate, chance)
    return best


def _past(times: Sequence[datetime], at: datetime, window: timedelta, weeks: int) -> tuple[float, float]:
    """Shape and rate of the Gamma distribution of what a window like this one brings."""
    wide = window + 2 * AROUND
    past = sum(
        _between(times, at - k * WEEK - window - AROUND, at - k * WEEK + AROUND) for k in range(1, weeks + 1)
    )
    # As one window more of the usual day or night: an hour in which nothing ever came isn't taken for never.
    usual = max(_between(times, at - weeks * WEEK, at - window) * (window / (weeks * WEEK)), 0.01)
    return 1.0 + past, 1 / usual + weeks * (wide / window)


def _spread(several: Sequence[Sequence[datetime]], before: datetime, weeks: int) -> float:
    """How much days may differ beyond chance, as a squared coefficient of variation, 0 or more.

    From days a week apart: the upper 90% bound, since few weeks tell it only roughly, and what the mean of
    those weeks is itself off by. The last day is left out, as it holds the rise. Without two whole weeks
    nothing is known of it; then it is taken for 0.
    """
    from scipy.special import chdtri

    if weeks < 2:
        return 0.0
    freedom = 7 * (weeks - 1)
    doubt = freedom / float(chdtri(freedom, 0.9)) * (1 + 1 / weeks)
    beyond, squares = 0.0, 0.0
    for day in range(7):
        ends = [before - day * DAY - k * WEEK for k in range(weeks)]
        counts = [sum(_between(times, end - DAY, end) for times in several) for end in ends]
        middle = sum(counts) / weeks
        beyond += sum((one - middle) ** 2 for one in counts) / (weeks - 1) - middle
        squares += middle**2
    return doubt * max(beyond / squares, 0.0) if squares else 0.0


def _chance(seen: int, shape: float, rate: float) -> float:
    """How likely as many, or more, would be by chance."""
    from scipy.special import betainc

    return float(betainc(seen, shape, 1 / (1 + rate)))


def _between(times: Sequence[datetime], start: datetime, end: datetime) -> int:
    """How many lie from `start` on, before `end`."""
    return bisect_left(times, end) - bisect_left(times, start)
