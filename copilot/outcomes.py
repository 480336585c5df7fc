"""How far what worked before moves a case: the pure formula, in log-odds of helping.

A fix is measured by the desk's own average, so that a desk whose cases all ended alike ranks by likeness.
"""

from __future__ import annotations

from math import sqrt

from indexer.fixes import Track

# 95% of a normal distribution lie within so many standard deviations: the usual width of Wilson's interval.
Z = 1.96
# What outcomes, ratings and a changed policy say at most, each and together; a fix with one outcome says a
# fifth of its part.
OUTCOME_WEIGHT = 0.5
PRAISE_WEIGHT = 0.1
POLICY_WEIGHT = 0.2
BOUND = 0.6
# Ratings of the desk's average that each fix is taken to have had before its own.
USUAL_RATINGS = 5.0
RATING_RANGE = 4.0


def wilson_lower(worked: float, tried: float) -> float:
    """The lower bound of the rate behind `worked` of `tried`, 0 to 1; 0 without a try.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the
    American Statistical Association 22 (1927), 209-212.
    """
    if tried <= 0:
        return 0.0
    rate = min(max(worked / tried, 0.0), 1.0)
    spread = Z * sqrt(rate * (1 - rate) / tried + Z * Z / (4 * tried * tried))
    lower = (rate + Z * Z / (2 * tried) - spread) / (1 + Z * Z / tried)
    return min(max(lower, 0.0), 1.0)


def advantage(worked: float, tried: float, mean: float) -> float:
    """How much surer the fix is than one of the desk's mean rate tried as often, -1 to 1; 0 without a try."""
    return wilson_lower(worked, tried) - wilson_lower(mean * tried, tried)


def outcome_change(fix: Track, desk: Track) -> float:
    """The log-odds that a fix's outcomes and ratings add, within BOUND; 0 where it has none."""
    change = 0.0
    if fix.seen > 0 and desk.seen > 0:
        change += OUTCOME_WEIGHT * advantage(fix.held, fix.seen, desk.held / desk.seen)
    if fix.rated > 0 and desk.rated > 0:
        above = fix.praise / fix.rated - desk.praise / desk.rated
        change += PRAISE_WEIGHT * above / RATING_RANGE * fix.rated / (fix.rated + USUAL_RATINGS)
    return bounded(change)


def bounded(change: float) -> float:
    """Within BOUND on both sides."""
    return min(max(change, -BOUND), BOUND)
