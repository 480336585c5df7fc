"""The category head: names what it was taught, by meaning and by spelling, and nothing that it wasn't."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.category import ABSENT, FEWEST_ROWS, CategoryHead, Examples, name_examples, probabilities, train
from indexer.ngrams import NgramIndex, write_ngrams
from tests.fakes import WordHashEmbedder

CATEGORIES = ("lost_parcel", "broken_item", "invoice_copy")
SAID = {
    0: ["my parcel is lost", "the parcel never arrived", "where is the parcel", "parcel gone missing"],
    1: ["the lamp is broken", "it arrived broken in pieces", "broken glass inside", "cracked and broken"],
    2: ["send me the invoice", "i need an invoice copy", "invoice for my taxes", "the invoice is missing"],
}


class Taught:
    """Texts of three categories, and what a head learns from."""

    def __init__(self, folder: Path) -> None:
        self.texts = [f"{text} {n}" for n in range(3) for said in SAID.values() for text in said]
        codes = np.array(
            [code for _ in range(3) for code, said in SAID.items() for _ in said], dtype=np.int32
        )
        write_ngrams(self.texts, folder)
        self.ngrams = NgramIndex.load(folder)
        rows = np.arange(len(self.texts))
        self.examples = Examples(WordHashEmbedder().embed(self.texts), self.ngrams.matrix(rows), codes)
        vectors = WordHashEmbedder().embed([name.replace("_", " ") for name in CATEGORIES])
        self.names = name_examples(CATEGORIES, vectors, self.ngrams)

    def logits(self, head: CategoryHead, text: str) -> np.ndarray:  # type: ignore[type-arg]
        logits = head.logits(WordHashEmbedder().embed([text])[0], [self.ngrams.grams(text)])
        assert logits is not None
        return logits


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Taught:
    return Taught(tmp_path_factory.mktemp("ngrams"))


def test_it_names_what_it_was_taught_also_where_only_the_spelling_is_alike(taught: Taught) -> None:
    head = train(taught.examples, taught.names, 3)
    for text, code in (
        ("the parcel is lost", 0),
        ("all broken", 1),
        ("an invoice please", 2),
        ("invoicecopies", 2),
    ):
        assert int(taught.logits(head, text).argmax()) == code
    assert probabilities(taught.logits(head, "the parcel is lost")).sum() == pytest.approx(1)


def test_it_is_the_same_after_being_saved_and_a_missing_one_says_nothing(
    taught: Taught, tmp_path: Path
) -> None:
    head = train(taught.examples, taught.names, 3)
    head.save(tmp_path)
    np.testing.assert_array_equal(
        taught.logits(CategoryHead.load(tmp_path), "a broken invoice"),
        taught.logits(head, "a broken invoice"),
    )
    assert CategoryHead.load(tmp_path / "nowhere").logits(np.zeros(64, dtype=np.float32), []) is None


def test_a_category_that_was_left_out_is_never_named(taught: Taught) -> None:
    kept = np.flatnonzero(taught.examples.codes != 2)
    head = train(taught.examples.take(kept), taught.names.take(np.array([0, 1])), 3)
    logits = taught.logits(head, "send me the invoice")
    assert logits[2] < ABSENT + 1
    assert int(taught.logits(head, "the parcel is lost").argmax()) == 0
    assert int(taught.logits(head, "all broken").argmax()) == 1


def test_too_few_examples_or_one_category_teach_nothing(taught: Taught) -> None:
    few = taught.examples.take(np.arange(FEWEST_ROWS - 1))
    assert train(few, taught.names, 3) == CategoryHead()
    one = taught.examples.take(np.flatnonzero(taught.examples.codes == 1).repeat(2))
    assert train(one, taught.names, 3) == CategoryHead()
