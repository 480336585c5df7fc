"""How far feedback moves an item: the pure formula, from verdicts in like conversations to log-odds.

Every agent has one vote on an item; what hangs on one agent alone is a small step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Two requests are likely about one subject from the first cosine on, and nearly surely from the second: of
# pairs of requests that near, .52 and .94 share the intent in banking77, .85 and .98 in clinc150; of those of
# the sample desk .55 share the category from .65 on.
LIKE, SAME = 0.65, 0.9
# A verdict counts half after half a year: fixes, policies and products change.
HALF_LIFE_DAYS = 180.0
# The most that all agents together move an item. Two that say "wrong" of the same request move it by half
# of it (a confidence of .5 becomes .27, below the usual floor), three by two thirds.
BOUND = 2.0
HALFWAY = 1.0
# What a single agent's vote moves, at most.
STEP = 0.2


@dataclass(frozen=True, slots=True)
class Heard:
    """A verdict as it counts here: `strength` -1 to 1 already weighed by likeness and age."""

    actor: str
    strength: float


@dataclass(frozen=True, slots=True)
class Lean:
    """Log-odds: `backed` holds without any one agent, `alone` is what hangs on a single one."""

    backed: float = 0.0
    alone: float = 0.0


def likeness(cosine: float) -> float:
    """How much a verdict for one request counts for another, 0 to 1."""
    return min(max((cosine - LIKE) / (SAME - LIKE), 0.0), 1.0)


def freshness(days: float) -> float:
    """How much a verdict of that age counts, 0 to 1; one from later counts whole."""
    return float(0.5 ** (max(days, 0.0) / HALF_LIFE_DAYS))


def vote(strengths: Sequence[float]) -> float:
    """An agent's one vote on an item, -1 to 1, from all verdicts of his that count here.

    As strong as the strongest on the side that prevails, weakened by what speaks for the other side; the
    same verdict ten times is the same vote.
    """
    speaking = sum(s for s in strengths if s > 0)
    against = -sum(s for s in strengths if s < 0)
    if speaking == against:
        return 0.0
    side = 1.0 if speaking > against else -1.0
    strongest = max(side * s for s in strengths)
    return (speaking - against) / (speaking + against) * strongest


def lean(heard: Iterable[Heard]) -> Lean:
    """What all votes on an item amount to: `backed` within BOUND, `alone` within STEP."""
    votes = list(votes_of(heard).values())
    whole = sum(votes)
    backed = _without_any_one(votes)
    return Lean(BOUND * backed / (abs(backed) + HALFWAY), STEP * min(max(whole - backed, -1.0), 1.0))


def votes_of(heard: Iterable[Heard]) -> dict[str, float]:
    """The vote of each agent who has one, in the order in which they were first heard."""
    said: dict[str, list[float]] = {}
    for one in heard:
        said.setdefault(one.actor, []).append(one.strength)
    votes = {actor: vote(strengths) for actor, strengths in said.items()}
    return {actor: value for actor, value in votes.items() if value}


def _without_any_one(votes: Sequence[float]) -> float:
    """The sum that is left, whichever agent is left out; 0 where one of them decides the side."""
    if len(votes) < 2:
        return 0.0
    whole = sum(votes)
    least, most = whole - max(votes), whole - min(votes)
    if least > 0:
        return least
    return most if most < 0 else 0.0
