"""One vote an agent, however often given; and what is shown never hangs on a single one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.adjust import LOG_ODDS_OF_RELEVANCE, Candidate, Move, choose
from copilot.votes import BOUND, STEP, Heard, Lean, freshness, lean, likeness, vote

STRENGTH = st.floats(-1, 1)
HEARD = st.lists(st.builds(Heard, st.sampled_from("abcd"), STRENGTH), max_size=12)


def test_likeness_and_age() -> None:
    assert [likeness(cosine) for cosine in (0.2, 0.65, 0.775, 0.9, 1.0)] == pytest.approx([0, 0, 0.5, 1, 1])
    assert [freshness(days) for days in (-3, 0, 180, 360)] == pytest.approx([1, 1, 0.5, 0.25])


@given(strength=STRENGTH, times=st.integers(1, 12))
def test_ten_clicks_are_one_vote(strength: float, times: int) -> None:
    assert vote([strength] * times) == pytest.approx(strength)


@given(said=st.lists(STRENGTH, max_size=6), more=st.floats(0, 1))
def test_a_vote_is_bounded_and_praise_never_lowers_it(said: list[float], more: float) -> None:
    assert -1 <= vote(said) <= 1
    assert vote([*said, more]) >= vote(said) - 1e-9


@given(heard=HEARD)
def test_the_change_is_bounded(heard: list[Heard]) -> None:
    moved = lean(heard)
    assert abs(moved.backed) < BOUND
    assert abs(moved.alone) <= STEP


@given(heard=HEARD, actor=st.sampled_from("abcd"))
def test_what_is_backed_needs_no_one_agent(heard: list[Heard], actor: str) -> None:
    """Whoever is left out, the others alone say at least as much on that side."""
    moved = lean(heard)
    others = sum(
        vote([one.strength for one in heard if one.actor == other])
        for other in {one.actor for one in heard} - {actor}
    )
    backed = BOUND * others / (abs(others) + 1)
    least, most = sorted((0.0, backed))
    assert least - 1e-9 <= moved.backed <= most + 1e-9


@given(said=st.lists(STRENGTH, max_size=8))
def test_one_agent_backs_nothing(said: list[float]) -> None:
    assert lean(Heard("maya", strength) for strength in said).backed == 0.0


def test_the_more_agree_the_further() -> None:
    wrong = [Heard(actor, -1.0) for actor in ("maya", "tom", "priya", "sofia")]
    assert [lean(wrong[:n]).backed for n in range(5)] == pytest.approx([0, 0, -1, -4 / 3, -1.5])
    assert lean(wrong[:1]) == Lean(0.0, -STEP)
    assert lean([*wrong[:1], Heard("tom", 1.0)]) == Lean(0.0, 0.0)
    assert lean([*wrong[:1], Heard("tom", -0.05)]).backed == pytest.approx(-0.0952, abs=1e-3)


def candidate(
    row: int, relevance: float, confidence: float, move: Move, vouched: bool = True
) -> Candidate[int]:
    return Candidate(row, relevance, confidence, vouched, row, move)


CANDIDATES = st.lists(
    st.tuples(st.floats(0, 2), st.floats(0, 1), st.floats(-3, 3), st.floats(-STEP, STEP), st.booleans()),
    max_size=12,
)
FLOORS = (0.3, 0.4)


@given(drawn=CANDIDATES, limit=st.integers(1, 4))
def test_a_single_agent_takes_nothing_out_of_what_is_shown(
    drawn: list[tuple[float, float, float, float, bool]], limit: int
) -> None:
    def shown(alone: bool) -> dict[int, tuple[float, float]]:
        candidates = [
            candidate(row, relevance, confidence, Move(backed, single if alone else 0.0), vouched)
            for row, (relevance, confidence, backed, single, vouched) in enumerate(drawn)
        ]
        return {c.found: (c.confidence, c.relevance) for c in choose(candidates, limit=limit, floors=FLOORS)}

    without, told = shown(alone=False), shown(alone=True)
    assert without.keys() == told.keys()
    for row, (confidence, relevance) in without.items():
        assert abs(told[row][1] - relevance) <= STEP / LOG_ODDS_OF_RELEVANCE + 1e-4
        for floor in FLOORS:
            assert confidence < floor or told[row][0] >= floor


def test_two_agents_take_a_case_out_of_what_is_shown() -> None:
    two, one = Move(lean([Heard("a", -1.0), Heard("b", -1.0)]).backed), Move(0.0, -STEP)
    for move, first, confidence in ((one, 0, 0.4502), (two, 1, 0.2689)):
        candidates = [candidate(0, 0.8, 0.5, move), *(candidate(n, 0.7, 0.5, Move()) for n in (1, 2, 3))]
        found = {c.found: c for c in choose(candidates, limit=4, floors=FLOORS)}
        assert next(iter(found)) == first
        assert found[0].confidence == pytest.approx(confidence, abs=1e-4)
        assert (0 in [c.found for c in choose(candidates, limit=3, floors=FLOORS)]) == (move is one)


def test_equal_relevance_is_decided_by_outcomes_and_else_by_place() -> None:
    equal = [candidate(n, 0.7, 0.5, Move()) for n in range(3)]
    assert [c.found for c in choose(equal, limit=3, floors=())] == [0, 1, 2]
    better = [*equal[:2], candidate(2, 0.7, 0.5, Move(0.05))]
    assert [c.found for c in choose(better, limit=3, floors=())] == [2, 0, 1]


def test_praise_vouches_for_nothing_in_a_language_that_the_base_does_not_hold() -> None:
    [shown] = choose([candidate(0, 0.7, 0.25, Move(1.5, STEP), vouched=False)], limit=1, floors=FLOORS)
    assert shown.confidence == 0.25
