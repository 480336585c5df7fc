"""Confidence: the fit recovers what made the data, stays near the prior with little of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.build import build_index, recipe_of
from indexer.calibration import PRIOR, Calibration, fit
from indexer.live import LiveIndex
from knowledge_base.models import Case
from tests.fakes import ListOfRecords, WordHashEmbedder


def sample(n: int, w: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    rng = np.random.default_rng(1)
    relevance, agreement, support = rng.uniform(0, 1.6, n), rng.random(n), rng.uniform(0.2, 1.0, n)
    named, lead, foreign = rng.uniform(-0.3, 1.0, n), rng.uniform(-0.3, 0.3, n), rng.random(n) < 0.3
    features = np.column_stack([np.ones(n), relevance, agreement, support, named, lead, foreign])
    return features, rng.random(n) < 1 / (1 + np.exp(-(features @ np.array(w))))


def test_with_much_data_the_fit_finds_what_made_it() -> None:
    truth = (-4.0, 5.0, 1.0, 0.5, 2.0, 3.0, -1.0)
    features, helped = sample(20_000, truth)
    assert fit(features, helped, np.ones(len(helped)), PRIOR["case"]) == pytest.approx(truth, abs=0.3)


def test_without_data_it_is_the_prior_and_more_data_moves_it_further() -> None:
    contrary = (3.0, -2.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    moved = []
    for n in (0, 5, 50, 5_000):
        features, helped = sample(n, contrary)
        moved.append(
            float(
                np.abs(
                    np.array(fit(features, helped, np.ones(len(helped)), PRIOR["case"])) - PRIOR["case"]
                ).max()
            )
        )
    assert moved[0] == 0
    assert moved == sorted(moved)


def test_confidence_is_a_probability_that_rises_with_relevance() -> None:
    calibration = Calibration(PRIOR, dict.fromkeys(PRIOR, 0))
    values = [calibration.confidence("case", (r / 10, 0.3, 0.5, 0.0, 0.0, 0.0)) for r in range(17)]
    assert values == sorted(values)
    assert 0 < values[0] < values[-1] < 1


def test_it_is_read_back_and_a_missing_kind_has_the_prior() -> None:
    written = Calibration({"case": (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)}, {"case": 40}).as_json()
    read = Calibration.from_json(written)
    assert read.coefficients == {"case": (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0), "article": PRIOR["article"]}
    assert read.samples == {"case": 40, "article": 0}


def test_an_index_states_the_sample_its_confidence_is_fitted_to(tmp_path: Path) -> None:
    cases = [
        Case(f"C-{n}", "done", problem=f"topic{n % 4} item{n}", category=f"topic{n % 4}") for n in range(20)
    ]
    build_index(ListOfRecords(*cases), tmp_path, WordHashEmbedder())
    generation = LiveIndex(tmp_path, recipe_of(WordHashEmbedder())).current()
    assert generation.manifest.calibration["case"]["sample"] == 120  # 20 cases, their 3 nearest, twice
    assert generation.manifest.calibration["article"]["sample"] == 0
