"""N-grams: unit vectors on disk, likeness as the dot product says, kinder to typing errors than words are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.ngrams import BATCH, BUCKETS, NgramIndex, plain, write_ngrams
from knowledge_base.errors import IndexDamagedError

TEXTS = ["The parcel is lost in transit", "The lamp arrived broken", "", "Rücksendeetikett drucken"]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> NgramIndex:
    folder = tmp_path_factory.mktemp("ngrams")
    write_ngrams(TEXTS, folder)
    return NgramIndex.load(folder)


def likeness(index: NgramIndex, text: str) -> list[float]:
    return index.likeness(index.grams(text), np.arange(len(TEXTS))).tolist()


def test_a_text_is_like_itself_alone_and_nothing_is_like_an_empty_one(index: NgramIndex) -> None:
    for row in (0, 1, 3):
        found = likeness(index, TEXTS[row])
        assert found[row] == pytest.approx(1, abs=2e-3)  # weights are kept in half precision
        assert max(found[:row] + found[row + 1 :]) < 0.4
    assert likeness(index, "") == [0, 0, 0, 0]
    assert likeness(index, "!?") == [0, 0, 0, 0]


def test_typing_errors_and_compounds_are_still_alike(index: NgramIndex) -> None:
    assert np.argmax(likeness(index, "my parcell is losst")) == 0
    assert np.argmax(likeness(index, "Etikett für Rücksendung")) == 3
    assert likeness(index, "Rucksendeetiket")[3] > 0.25


def test_likeness_is_the_product_of_the_rows_as_written(index: NgramIndex) -> None:
    asked = index.weighed(["the parcel arrived broken"]).toarray()[0]
    rows = np.array([3, 1, 0, 2, 1])
    whole = index.matrix(rows).toarray() @ asked
    np.testing.assert_allclose(
        index.likeness(index.grams("the parcel arrived broken"), rows), whole, atol=1e-6
    )
    assert index.matrix(rows).shape == (5, 2 * BUCKETS)
    assert index.likeness(index.grams("x"), np.array([], dtype=np.int64)).shape == (0,)


def test_batches_change_nothing(tmp_path: Path) -> None:
    texts = [f"text number {n} of many" for n in range(BATCH + 3)]
    write_ngrams(texts, tmp_path)
    index = NgramIndex.load(tmp_path)
    last = len(texts) - 1
    assert index.likeness(index.grams(texts[last]), np.array([last]))[0] == pytest.approx(1, abs=2e-3)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "idf.npy", "indices.npy", "indptr.npy", "weights.npy",
    ]  # fmt: skip


def test_an_empty_index_and_a_damaged_one(tmp_path: Path) -> None:
    write_ngrams([], tmp_path)
    assert len(NgramIndex.load(tmp_path).grams("a parcel").buckets) > 0
    (tmp_path / "idf.npy").write_bytes(b"broken")
    with pytest.raises(IndexDamagedError):
        NgramIndex.load(tmp_path)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_length_one_or_nothing(index: NgramIndex, text: str) -> None:
    grams = index.grams(text)
    length = float(np.linalg.norm(grams.weights))
    assert length == pytest.approx(1, abs=1e-5) if len(grams.buckets) else length == 0
    assert (np.diff(grams.buckets) > 0).all()


def test_plain_counts_need_no_index() -> None:
    rows = plain(["The lamp arrived broken", "", "the LAMP arrived broken"])
    assert rows.shape == (3, 2 * BUCKETS)
    likeness = (rows @ rows.T).toarray()
    assert likeness[0, 0] == pytest.approx(1.0)
    assert likeness[0, 2] == pytest.approx(1.0)
    assert likeness[1].tolist() == [0, 0, 0]
