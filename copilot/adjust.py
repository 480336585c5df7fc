"""Moves what was found by what worked before and by what agents said, and chooses what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp
from typing import Generic, TypeVar

from copilot.feedback import Opinion
from copilot.models import Adjustment, OutcomeCount
from copilot.outcomes import POLICY_WEIGHT, bounded, outcome_change
from indexer.fixes import Fixes, PolicyDates, Track
from knowledge_base.models import Case
from knowledge_base.sayings import say

T = TypeVar("T")
# Log-odds of helping for each unit of relevance: what the calibration's prior takes it to be.
LOG_ODDS_OF_RELEVANCE = 4.0
# Less than this of relevance is no news to an agent.
LEAST_TOLD = 0.0005


@dataclass(frozen=True, slots=True)
class Move:
    """What moves an item, in log-odds: `backed` by outcomes and several agents, `alone` by a single one."""

    backed: float = 0.0
    alone: float = 0.0
    adjustments: tuple[Adjustment, ...] = ()
    outcome: OutcomeCount | None = None


@dataclass(frozen=True, slots=True)
class Candidate(Generic[T]):
    """Something found with what moves it; `vouched` ones stand first, equals by `row`."""

    found: T
    relevance: float
    confidence: float
    vouched: bool
    row: int
    move: Move


@dataclass(frozen=True, slots=True)
class Chosen(Generic[T]):
    """What is shown of a candidate; `backed` is the confidence without what a single agent said."""

    found: T
    relevance: float
    confidence: float
    backed: float
    move: Move


def choose(candidates: Sequence[Candidate[T]], *, limit: int, floors: Sequence[float]) -> list[Chosen[T]]:
    """The best `limit`, best first. What a single agent said orders them, but decides on none of them.

    Which are among the best is settled without it, and it takes no confidence below any of the floors.
    """
    shown = sorted(candidates, key=lambda c: _order(c, c.move.backed))[:limit]
    shown.sort(key=lambda c: _order(c, c.move.backed + c.move.alone))
    return [_chosen(candidate, floors) for candidate in shown]


def move_of_case(case: Case, fixes: Fixes, on: date, opinion: Opinion | None) -> Move:
    """What moves a case on a day: its fix's outcomes, its policy's age, what agents said."""
    fix = fixes.track(case.id)
    change = outcome_change(fix, fixes.desk)
    stale = _stale(case, fixes, on)
    policy = bounded(change - POLICY_WEIGHT) - change if stale else 0.0
    told = [
        Adjustment("outcome", _share(change), outcome_text(fix)),
        Adjustment("policy", _share(policy), stale or ""),
        *_told(opinion),
    ]
    backed = change + policy + (opinion.lean.backed if opinion else 0.0)
    count = OutcomeCount(fix.worked, fix.tried) if fix.tried else None
    return Move(backed, opinion.lean.alone if opinion else 0.0, _worth_telling(told), count)


def move_of_article(opinion: Opinion | None) -> Move:
    """What moves an article: what agents said."""
    if opinion is None:
        return Move()
    return Move(opinion.lean.backed, opinion.lean.alone, _worth_telling(_told(opinion)))


def outcome_text(fix: Track) -> str:
    """How a fix did, in plain words."""
    worked = say("the fix worked %(worked)s of %(tried)s times", worked=fix.worked, tried=fix.tried)
    if not fix.rated:
        return worked if fix.tried else ""
    rated = say("customers rated it %(stars)s of 5", stars=f"{fix.praise / fix.rated:.1f}")
    return say("%(first)s, %(second)s", first=worked, second=rated) if fix.tried else rated


def shifted(probability: float, log_odds: float) -> float:
    """A probability moved by log-odds; 0 and 1 stay."""
    if not log_odds:
        return probability
    odds = probability * exp(log_odds)
    return min(1.0, odds / (odds + (1 - probability)))


def _order(candidate: Candidate[T], log_odds: float) -> tuple[bool, float, int]:
    """Best first; what nothing vouches for never stands before what another wording found."""
    return not candidate.vouched, -(candidate.relevance + _share(log_odds)), candidate.row


def _chosen(candidate: Candidate[T], floors: Sequence[float]) -> Chosen[T]:
    move = candidate.move
    # Nobody's praise vouches for what is in a language that the index doesn't hold.
    backed_move = move.backed if candidate.vouched else min(move.backed, 0.0)
    alone = move.alone if candidate.vouched else min(move.alone, 0.0)
    backed = round(shifted(candidate.confidence, backed_move), 4)
    confidence = round(shifted(backed, alone), 4)
    confidence = max([confidence, *(floor for floor in floors if confidence < floor <= backed)])
    relevance = round(candidate.relevance + _share(move.backed + move.alone), 4)
    return Chosen(candidate.found, relevance, confidence, backed, move)


def _stale(case: Case, fixes: Fixes, on: date) -> str | None:
    """What became of the policy that a case cites since it was resolved; None where it still stands."""
    if case.resolved_at is None:
        return None
    resolved = case.resolved_at.date()
    for article_id in dict.fromkeys(policy.partition("#")[0] for policy in case.policies):
        said = _changed(fixes.policies.get(article_id), resolved, on)
        if said:
            return say(
                "its policy “%(title)s” %(change)s", title=fixes.policies[article_id].title, change=said
            )
    return None


def _changed(dates: PolicyDates | None, resolved: date, on: date) -> str | None:
    if dates is None:
        return None
    if dates.until is not None and dates.until < on:
        return say("is no longer in force")
    if dates.since is not None and resolved < dates.since <= on:
        return say("changed on %(day)s, after this case", day=dates.since)
    return None


def _told(opinion: Opinion | None) -> Iterator[Adjustment]:
    if opinion is not None:
        yield Adjustment("feedback", _share(opinion.lean.backed + opinion.lean.alone), opinion.text)


def _worth_telling(adjustments: Sequence[Adjustment] | Iterator[Adjustment]) -> tuple[Adjustment, ...]:
    rounded = (Adjustment(one.kind, round(one.amount, 4), one.text) for one in adjustments)
    return tuple(one for one in rounded if abs(one.amount) >= LEAST_TOLD)


def _share(log_odds: float) -> float:
    """Log-odds as relevance."""
    return log_odds / LOG_ODDS_OF_RELEVANCE
