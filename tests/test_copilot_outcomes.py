"""What worked before moves a case: never far, never without outcomes, never against the count."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from copilot.adjust import move_of_case, shifted
from copilot.outcomes import BOUND, POLICY_WEIGHT, advantage, outcome_change, wilson_lower
from indexer.fixes import Fixes, PolicyDates, Track
from tests.builders import make_case

TRIED = st.integers(1, 500)
MEAN = st.floats(0, 1)


def track(worked: float, tried: float, praise: float = 0.0, rated: float = 0.0) -> Track:
    return Track(round(worked), round(tried), worked, tried, praise, rated)


def test_the_bound_is_wilsons() -> None:
    # Computed by hand from the formula in the paper, z = 1.96.
    assert wilson_lower(1, 1) == pytest.approx(0.20654, abs=1e-5)
    assert wilson_lower(14, 15) == pytest.approx(0.70183, abs=1e-5)
    assert wilson_lower(0, 7) == 0.0
    assert wilson_lower(0, 0) == 0.0


@given(data=st.data(), tried=TRIED, mean=MEAN)
def test_one_more_that_worked_never_lowers(data: st.DataObject, tried: int, mean: float) -> None:
    worked = data.draw(st.integers(0, tried - 1))
    assert wilson_lower(worked, tried) <= wilson_lower(worked + 1, tried)
    assert advantage(worked, tried, mean) <= advantage(worked + 1, tried, mean)


@given(data=st.data(), tried=TRIED, mean=MEAN)
def test_the_change_is_bounded_and_small_with_one_outcome(
    data: st.DataObject, tried: int, mean: float
) -> None:
    worked, praise = data.draw(st.integers(0, tried)), data.draw(st.floats(1, 5))
    desk = track(1000 * mean, 1000, 4000, 1000)
    assert -1 <= advantage(worked, tried, mean) <= 1
    assert abs(outcome_change(track(worked, tried, praise * tried, tried), desk)) <= BOUND
    assert abs(outcome_change(track(worked / tried, 1), desk)) <= 0.21 * BOUND


@given(mean=MEAN)
def test_without_outcomes_nothing_moves(mean: float) -> None:
    desk = track(1000 * mean, 1000, 4000, 1000)
    assert outcome_change(Track(), desk) == 0.0
    assert outcome_change(track(3, 4, 12, 3), Track()) == 0.0


@given(counts=st.lists(TRIED, min_size=1, max_size=8), worked=st.booleans())
def test_a_desk_whose_cases_all_ended_alike_ranks_as_before(counts: list[int], worked: bool) -> None:
    """All unresolved: a known issue with a workaround is no failure of the workaround."""
    tracks = [track(worked * count, count) for count in counts]
    desk = track(worked * sum(counts), sum(counts))
    assert [outcome_change(one, desk) for one in tracks] == [0.0] * len(counts)


def test_a_fix_is_measured_by_the_desks_own_average() -> None:
    rarely, mostly = track(157, 831), track(249, 272)
    assert outcome_change(track(1, 4), mostly) < -0.1 < 0 < outcome_change(track(1, 4), rarely)
    assert outcome_change(track(0, 1), rarely) > -0.01  # most are unresolved there: no news
    assert outcome_change(track(0, 4), mostly) < outcome_change(track(2, 4), mostly) < 0


def test_ratings_move_a_little() -> None:
    desk = track(90, 100, 400, 100)
    loved, hated = track(9, 10, 50, 10), track(9, 10, 10, 10)
    assert outcome_change(hated, desk) < outcome_change(track(9, 10), desk) < outcome_change(loved, desk)
    assert outcome_change(loved, desk) - outcome_change(hated, desk) < 0.1


@given(probability=st.floats(0, 1), one=st.floats(-3, 3), other=st.floats(-3, 3))
@example(probability=1.0, one=1.375, other=0.0)
def test_confidence_moves_with_relevance(probability: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= shifted(probability, low) <= shifted(probability, high) + 1e-12 <= 1 + 1e-12
    assert shifted(probability, 0.0) == probability


RESOLVED = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        (PolicyDates("Returns", None, None), None),
        (PolicyDates("Returns", date(2026, 3, 1), None), None),
        (
            PolicyDates("Returns", date(2026, 3, 2), None),
            "its policy “Returns” changed on 2 Mar 2026, after this case",
        ),
        (PolicyDates("Returns", date(2026, 12, 1), None), None),  # not in force on the day asked about
        (PolicyDates("Returns", None, date(2026, 6, 30)), "its policy “Returns” is no longer in force"),
        (PolicyDates("Returns", None, date(2026, 12, 31)), None),
        (None, None),
    ],
)
def test_a_policy_that_changed_since_counts_against_a_case(
    dates: PolicyDates | None, said: str | None
) -> None:
    fixes = Fixes(policies={"returns": dates} if dates else {})
    case = make_case(policies=("returns#cost", "unknown"), resolved_at=RESOLVED)
    move = move_of_case(case, fixes, date(2026, 11, 22), None)
    assert [one.text for one in move.adjustments] == ([said] if said else [])
    assert move.backed == pytest.approx(-POLICY_WEIGHT if said else 0.0)
    undated = make_case(policies=("returns",))
    assert move_of_case(undated, fixes, date(2026, 11, 22), None).adjustments == ()
