"""Intervals against known cases and SciPy's own bootstrap; calibration error against hand-computed values."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.evaluation.bootstrap import (
    interval_of_auroc,
    intervals_of_means,
    intervals_of_ratios,
    wilson,
)
from copilot.evaluation.reliability import BINS, Judged, bins_of, reliability


def column(*values: float) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(values, dtype=np.float64)[:, None]


# ---- intervals


def test_the_interval_of_a_share_is_the_normal_one_where_that_holds():
    (interval,) = intervals_of_means(column(*[1.0] * 600, *[0.0] * 400))
    assert interval is not None
    reach = 1.96 * (0.6 * 0.4 / 1000) ** 0.5
    assert interval == pytest.approx((0.6 - reach, 0.6 + reach), abs=0.003)


def test_the_interval_agrees_with_scipys_bootstrap():
    from scipy.stats import bootstrap

    values = np.random.default_rng(7).beta(2, 3, 400)
    (ours,) = intervals_of_means(column(*values))
    theirs = bootstrap(
        (values,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(3)
    ).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.003)


def test_queries_without_a_label_count_for_nothing():
    values = np.array([[1.0, np.nan], [0.0, 1.0], [1.0, np.nan], [0.0, np.nan]])
    first, second = intervals_of_means(values)
    assert first is not None
    assert first[0] < 0.5 < first[1]
    assert second is None
    assert intervals_of_means(np.empty((0, 2))) == [None, None]


def test_where_all_agree_the_wilson_interval_shows_the_doubt_that_is_left():
    assert wilson(1.0, 3) == pytest.approx((0.4385, 1.0), abs=1e-4)
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263, and 0 of 20.
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0.0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert intervals_of_means(column(1.0, 1.0, 1.0)) == [wilson(1.0, 3)]


def test_the_items_of_a_query_stand_or_fall_together():
    rng = np.random.default_rng(2)
    right = (rng.random(300) < 0.5).astype(float)
    # Three items alike in each query tell no more than one: the interval must not be narrower.
    (threefold,) = intervals_of_ratios(column(*(right * 3)), column(*([3.0] * 300)))
    (single,) = intervals_of_ratios(column(*right), column(*([1.0] * 300)))
    assert threefold == pytest.approx(single)


def test_the_interval_of_auroc_agrees_with_drawing_one_by_one():
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(5)
    answered, unanswered = rng.normal(1, 1, 80).round(1), rng.normal(0, 1, 40).round(1)
    scores, known = np.r_[answered, unanswered], np.r_[np.ones(80), np.zeros(40)]
    picks = rng.integers(0, 120, size=(2000, 120))
    drawn = [roc_auc_score(known[p], scores[p]) for p in picks]
    ours = interval_of_auroc(list(answered), list(unanswered))
    assert ours == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])), abs=0.01)
    assert interval_of_auroc([0.5], []) is interval_of_auroc([], [0.5]) is None
    assert interval_of_auroc([0.9, 0.8], [0.1]) is None  # no resample has another order


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_an_interval_lies_within_the_values_and_repeats(values: list[float]):
    (interval,) = intervals_of_means(column(*values))
    assert interval == intervals_of_means(column(*values))[0]
    assert interval is not None
    low, high = interval
    assert -1e-9 <= low <= high <= 1 + 1e-9
    if len(set(values)) > 1:
        assert min(values) - 1e-9 <= low
        assert high <= max(values) + 1e-9


def test_the_intervals_of_a_large_set_take_no_time_to_speak_of():
    rng = np.random.default_rng(1)
    values = rng.random((5500, 9))
    started = time.process_time()
    intervals_of_means(values)
    interval_of_auroc(list(rng.random(4500)), list(rng.random(1000)))
    assert time.process_time() - started < 5  # about half a second; the rest is for a busy machine


# ---- calibration


def judged(*pairs: tuple[float, bool]) -> list[Judged]:
    return [Judged(number, confidence, right) for number, (confidence, right) in enumerate(pairs)]


def test_the_calibration_error_of_a_hand_computed_case():
    # Two confidences, so two bins: ten items at .8 of which six are right, ten at .3 of which five are.
    items = [(0.8, n < 6) for n in range(10)] + [(0.3, n < 5) for n in range(10)]
    found = reliability(judged(*items))
    assert found is not None
    assert (found.n, found.said, found.right) == (20, pytest.approx(0.55), pytest.approx(0.55))
    assert found.ece == pytest.approx((10 * abs(0.8 - 0.6) + 10 * abs(0.3 - 0.5)) / 20)
    brier = (6 * 0.2**2 + 4 * 0.8**2 + 5 * 0.7**2 + 5 * 0.3**2) / 20
    assert found.brier == pytest.approx(brier)
    assert [(one.n, one.said, one.right) for one in found.bins] == [
        (10, pytest.approx(0.3), pytest.approx(0.5)),
        (10, pytest.approx(0.8), pytest.approx(0.6)),
    ]


def test_ten_bins_hold_a_tenth_each():
    confidences = np.arange(100) / 100
    assert (np.bincount(bins_of(confidences)) == [10] * 10).all()
    found = reliability(judged(*((float(c), bool(n % 2)) for n, c in enumerate(confidences))))
    assert found is not None
    gaps = [abs(np.mean(confidences[start : start + 10]) - 0.5) for start in range(0, 100, 10)]
    assert found.ece == pytest.approx(np.mean(gaps))


@settings(deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.9, 1.0]), min_size=1, max_size=60))
def test_bins_keep_equal_confidences_together_and_in_order(values: list[float]):
    codes = bins_of(np.array(values))
    assert set(codes) == set(range(int(codes.max()) + 1))
    assert codes.max() < BINS
    for value in set(values):
        assert len({int(code) for code, other in zip(codes, values, strict=True) if other == value}) == 1
    order = np.argsort(values, kind="stable")
    assert (np.diff(codes[order]) >= 0).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40), st.randoms())
def test_the_order_of_a_file_decides_nothing(pairs: list[tuple[float, bool]], random):  # type: ignore[no-untyped-def]
    shuffled = list(pairs)
    random.shuffle(shuffled)
    one, other = reliability(judged(*pairs)), reliability(judged(*shuffled))
    assert one is not None
    assert other is not None
    assert other.ece == pytest.approx(one.ece)
    assert other.brier == pytest.approx(one.brier)


def test_a_perfect_confidence_errs_as_chance_has_it_and_an_overbold_one_more():
    rng = np.random.default_rng(4)
    true = rng.random(3000)
    right = rng.random(3000) < true
    honest = reliability(
        [Judged(n, float(c), bool(r)) for n, (c, r) in enumerate(zip(true, right, strict=True))]
    )
    bold = reliability(
        [Judged(n, float(c) ** 0.5, bool(r)) for n, (c, r) in enumerate(zip(true, right, strict=True))]
    )
    assert honest is not None
    assert bold is not None
    assert honest.ece < 2 * honest.by_chance < 0.04
    assert bold.ece > 5 * bold.by_chance
    assert bold.ece == pytest.approx(np.mean(true**0.5) - np.mean(true), abs=0.02)


def test_with_nothing_judged_there_is_no_calibration():
    assert reliability([]) is None
    alone = reliability(judged((0.4, True)))
    assert alone is not None
    assert (alone.n, alone.ece, alone.brier_interval) == (1, pytest.approx(0.6), None)
