"""FAISS gives what brute force gives, in value and order, filtered as asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.vectors import VectorIndex
from knowledge_base.errors import IndexDamagedError


def unit(count: int, dim: int, seed: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 2**16), st.booleans())
def test_search_equals_brute_force_in_value_and_order(n: int, k: int, seed: int, filtered: bool) -> None:
    vectors, queries = unit(n, 16, seed), unit(3, 16, seed + 1)
    allowed = np.random.default_rng(seed).random(n) < 0.5 if filtered else np.ones(n, dtype=bool)
    index = VectorIndex.empty(16)
    index.add(vectors)
    cosines, rows = index.search(queries, k, allowed=allowed if filtered else None)
    for query, found, order in zip(queries, cosines, rows, strict=True):
        brute = np.where(allowed, vectors @ query, -np.inf)
        expected = np.argsort(-brute, kind="stable")[: min(k, int(allowed.sum()))]
        got = order[order >= 0]
        assert got.tolist() == expected.tolist()
        np.testing.assert_allclose(found[: len(got)], brute[expected], atol=1e-5)


def test_rows_come_back_as_they_went_in(tmp_path: Path) -> None:
    vectors = unit(10, 8, 1)
    index = VectorIndex.empty(8)
    index.add(vectors)
    index.save(tmp_path / "v.faiss")
    loaded = VectorIndex.load(tmp_path / "v.faiss")
    assert (len(loaded), loaded.dim) == (10, 8)
    np.testing.assert_array_equal(loaded.rows(np.array([7, 2])), vectors[[7, 2]])


def test_a_damaged_file_says_how_to_rebuild(tmp_path: Path) -> None:
    (tmp_path / "v.faiss").write_bytes(b"no index")
    with pytest.raises(IndexDamagedError, match="precedent index --rebuild"):
        VectorIndex.load(tmp_path / "v.faiss")
