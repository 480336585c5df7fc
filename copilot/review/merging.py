"""What an existing case gains by another conversation that was settled as it says."""

from __future__ import annotations

from dataclasses import replace

from knowledge_base.models import Case, Outcome


def merged(case: Case, other: Case) -> Case:
    """The case with the other's outcome and policies added; of its texts nothing changes."""
    days = [day for day in (case.resolved_at, other.resolved_at) if day is not None]
    return replace(
        case,
        outcome=merged_outcome(case.outcome, other.outcome),
        policies=tuple(dict.fromkeys((*case.policies, *other.policies))),
        resolved_at=max(days, default=None),
    )


def merged_outcome(one: Outcome, two: Outcome) -> Outcome:
    """Both as one: trouble in either is trouble in both, the lower rating counts, time is the mean."""
    minutes = [time for time in (one.handle_minutes, two.handle_minutes) if time is not None]
    ratings = [rating for rating in (one.csat, two.csat) if rating is not None]
    answers = [answer for answer in (one.nps, two.nps) if answer is not None]
    return Outcome(
        resolved=_both(one.resolved, two.resolved),
        reopened=_either(one.reopened, two.reopened),
        csat=min(ratings, default=None),
        handle_minutes=sum(minutes) / len(minutes) if minutes else None,
        nps=min(answers, default=None),
    )


def _both(one: bool | None, two: bool | None) -> bool | None:
    return two if one is None else one if two is None else one and two


def _either(one: bool | None, two: bool | None) -> bool | None:
    return two if one is None else one if two is None else one or two
