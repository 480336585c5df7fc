"""Whether a kind of question comes more or less often than before, against all that is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FEWEST = 6
"""With fewer not even all of them in one half would come by chance less than once in twenty times."""
SURE = 0.05
Way = Literal["up", "down", "level", "too_few"]


@dataclass(frozen=True, slots=True)
class Trend:
    """How many came in the last four weeks and in the four before; `way` what can be said of it."""

    recent: int
    before: int
    way: Way


def trend(recent: int, before: int, all_recent: int, all_before: int) -> Trend:
    """Holds the counts against all conversations of the same weeks, by the exact binomial test, two-sided.

    Where the desk had none in one of the halves nothing can be said.
    """
    if recent + before < FEWEST or not all_recent or not all_before:
        return Trend(recent, before, "too_few")
    from scipy.stats import binomtest

    usual = all_recent / (all_recent + all_before)
    if binomtest(recent, recent + before, usual).pvalue >= SURE:
        return Trend(recent, before, "level")
    return Trend(recent, before, "up" if recent > usual * (recent + before) else "down")
