"""How late a rise of one issue is told, and how often one is told that isn't there: simulated arrivals.

`python -m tests.benchmarks.rises [--seed 1001]`
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from copilot.evaluation.measures import percentile
from copilot.insight.rises import TICK, rises

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
HISTORY, TESTED = 4, 4  # weeks
HOURLY = (30.0, 20.0, 12.0, 8.0, 6.0, 4.0, 3.0, 2.0, 1.0, 0.5, 0.3, 0.1)
"""Mean arrivals an hour of a desk's twelve issues, about 2,000 a day."""
SEED = 1001
"""The first of the seeds: the figures of 0 to 40 were seen while the watch was made."""
DESKS, TRIALS = 10, 40
LASTS = timedelta(hours=6)
AMONG = {"steady": 0.0, "days differ by 15 %": 0.15}
Rhythm = np.ndarray[tuple[int], np.dtype[np.float64]]


def rhythm(weeks: int) -> Rhythm:
    """The factor of each minute: a tenth at night, a peak at noon, half at the weekend; its mean is 1."""
    minute = np.arange(weeks * 7 * 24 * 60)
    hour = minute / 60 % 24
    day = 0.1 + np.clip(np.sin((hour - 6) / 14 * np.pi), 0, None) * (hour > 6) * (hour < 20)
    factor = day * np.where(minute // (24 * 60) % 7 >= 5, 0.5, 1.0)
    found: Rhythm = factor / factor.mean()
    return found


def arrivals(
    seed: int, spread: float, rise: tuple[int, int, float] | None = None
) -> Mapping[str, list[datetime]]:
    """Times by issue; `rise` is the issue, its first minute, and how many times the usual."""
    generator = np.random.default_rng(seed)
    weeks = HISTORY + TESTED
    usual, found = rhythm(weeks), {}
    days = generator.gamma(1 / spread**2, spread**2, weeks * 7) if spread else np.ones(weeks * 7)
    whole = usual * np.repeat(days, 24 * 60)
    for issue, rate in enumerate(HOURLY):
        expected = whole * rate / 60
        if rise and rise[0] == issue:
            expected[rise[1] : rise[1] + int(LASTS.total_seconds() // 60)] *= rise[2]
        minutes = np.repeat(np.arange(len(expected)), generator.poisson(expected))
        seconds = np.sort(minutes * 60 + generator.integers(0, 60, len(minutes)))
        found[f"issue {issue}"] = [START + timedelta(seconds=int(one)) for one in seconds]
    return found


def false_alarms(seed: int, spread: float) -> int:
    """Rises told in the tested weeks though nothing rose; one that goes on is one."""
    told, last = 0, dict[str, datetime]()
    desk, at = arrivals(seed, spread), START + timedelta(weeks=HISTORY)
    while at < START + timedelta(weeks=HISTORY + TESTED):
        for one in rises(desk, at):
            told += one.category not in last or at - last[one.category] > timedelta(hours=3)
            last[one.category] = at
        at += TICK
    return told


def delay(seed: int, issue: int, times: float) -> float:
    """Minutes from the beginning of a rise until it is told; infinity where it isn't within LASTS."""
    generator = np.random.default_rng(10_000 + seed)
    day, minute = int(generator.integers(0, TESTED * 7)), int(generator.integers(8 * 60, 16 * 60))
    first = (HISTORY * 7 + day) * 24 * 60 + minute
    desk, begun = arrivals(seed, 0.0, (issue, first, times)), START + timedelta(minutes=first)
    at = begun + (TICK - timedelta(minutes=first % 10))
    while at <= begun + LASTS:
        if any(one.category == f"issue {issue}" for one in rises(desk, at)):
            return (at - begun).total_seconds() / 60
        at += TICK
    return float("inf")


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    first = parser.parse_args().seed
    for name, spread in AMONG.items():
        told = sum(false_alarms(seed, spread) for seed in range(first, first + DESKS))
        weeks = DESKS * TESTED
        print(f"false alarms, {name}: {told} in {weeks} desk-weeks, {told / weeks:.3f} a week", flush=True)
    print(f"\n{'usual an hour':>14}{'rise':>6}{'median':>9}{'90 %':>7}{'within the hour':>17}   (minutes)")
    for issue in (0, 2, 4, 6):
        for times in (2.0, 3.0, 5.0):
            found = [delay(seed, issue, times) for seed in range(first, first + TRIALS)]
            middle, most = percentile(0.5, found), percentile(0.9, found)
            hour = sum(one <= 60 for one in found) / TRIALS
            print(f"{HOURLY[issue]:14.0f}{times:5.0f}×{middle:9.0f}{most:7.0f}{hour:17.2f}", flush=True)


if __name__ == "__main__":
    main()
