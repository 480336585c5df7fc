"""A sudden rise of one issue: arrivals against the same hours of past weeks, by an exact predictive test.

Counts are Poisson with a rate that past weeks tell (Gamma), so that what is to come is negative binomial
(Gelman et al., Bayesian Data Analysis, 3rd ed., 2.6).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TICK = timedelta(minutes=10)
WINDOWS = (timedelta(minutes=20), timedelta(minutes=60), timedelta(minutes=180))
WEEK = timedelta(days=7)
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
    return now - timedelta(
        minutes=now.minute % 10, seconds=now.second, microseconds=now.microsecond
    )


def rises(arrivals: Mapping[str, Sequence[datetime]], at: datetime) -> list[Rise]:
    """The issues that rise at a tick, the least likely first; `arrivals` are sorted times by category.

    Nothing is told before the desk has a week of history.
    """
    first = min((times[0] for times in arrivals.values() if times), default=at)
    weeks = min(WEEKS, (at - first) // WEEK)
    if weeks < 1:
        return []
    level = PER_MONTH / (TICKS_A_MONTH * len(WINDOWS) * len(arrivals))
    found = (_rise(category, times, at, weeks, level) for category, times in arrivals.items())
    return sorted((one for one in found if one), key=lambda one: (one.chance, one.category))


def _rise(
    category: str, times: Sequence[datetime], at: datetime, weeks: int, level: float
) -> Rise | None:
    best: Rise | None = None
    for window in WINDOWS:
        seen = _between(times, at - window, at)
        if seen < FEWEST:
            continue
        chance, expected = _chance(times, at, window, weeks, seen)
        if chance < level and seen > TIMES * expected and (best is None or chance < best.chance):
            best = Rise(category, at, int(window.total_seconds() // 60), seen, expected, chance)
    return best


def _chance(
    times: Sequence[datetime], at: datetime, window: timedelta, weeks: int, seen: int
) -> tuple[float, float]:
    """How likely as many would be by chance, and how many were usual."""
    from scipy.special import betainc

    wide = window + 2 * AROUND
    past = sum(
        _between(times, at - k * WEEK - window - AROUND, at - k * WEEK + AROUND) for k in range(1, weeks + 1)
    )
    held = weeks * (wide / window)
    # As one window more of the usual day or night: an hour in which nothing ever came isn't taken for never.
    usual = max(_between(times, at - weeks * WEEK, at - window) * (window / (weeks * WEEK)), 0.01)
    shape, rate = 1 + past, 1 / usual + held
    return float(betainc(seen, shape, 1 / (1 + rate))), shape / rate


def _between(times: Sequence[datetime], start: datetime, end: datetime) -> int:
    """How many lie from `start` on, before `end`."""
    return bisect_left(times, end) - bisect_left(times, start)
