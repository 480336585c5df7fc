"""The word index: stems, languages, scores between 0 and about 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.lexical import WordIndex, query_words, words_of
from knowledge_base.errors import IndexDamagedError


def test_words_are_stemmed_in_their_language_and_folded() -> None:
    assert words_of("Returning the PARCELS") == ["return", "the", "parcel"]
    assert words_of("devoluciones", "es") == words_of("devolución", "es")
    assert words_of("返金したい", "ja") == ["返金", "金し", "した", "たい"]
    assert words_of("a" * 65) == []


def test_a_query_is_stemmed_as_english_and_as_its_own_language() -> None:
    assert query_words("die Pakete, Pakete!", "de") == [("pak", "paket")]
    assert query_words("sus devoluciones", "es") == [("devolu", "devolucion")]
    assert query_words("Where is my parcel", "en") == [("parcel",)]


def index() -> WordIndex:
    return WordIndex.build([["lost", "parcel"], ["broken", "lamp"], ["lost", "code", "e4"]])


def test_the_passage_with_the_rare_word_wins() -> None:
    scores = index().scores([("lost",), ("e4",)])
    assert np.argmax(scores) == 2
    assert scores[1] == 0
    assert 0 < scores[0] < scores[2] <= 1


def test_unknown_words_lower_the_score_instead_of_vanishing() -> None:
    assert index().scores([("e4",), ("zebra",)])[2] < index().scores([("e4",)])[2]
    assert index().scores([("zebra",)]).tolist() == [0, 0, 0]
    assert index().scores([]).tolist() == [0, 0, 0]


def test_a_word_counts_under_any_of_its_stems() -> None:
    assert index().scores([("unknown", "lost")]).tolist() == index().scores([("lost",)]).tolist()


def test_idf_is_highest_for_unknown_words() -> None:
    words = index()
    assert words.idf(("zebra",)) > words.idf(("e4",)) > words.idf(("lost",))


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    index().save(tmp_path / "words")
    loaded = WordIndex.load(tmp_path / "words")
    np.testing.assert_allclose(loaded.scores([("lost",)]), index().scores([("lost",)]))


def test_an_empty_index_and_a_damaged_one(tmp_path: Path) -> None:
    WordIndex.build([]).save(tmp_path / "empty")
    assert WordIndex.load(tmp_path / "empty").scores([("x",)]).shape == (0,)
    with pytest.raises(IndexDamagedError, match="--rebuild"):
        WordIndex.load(tmp_path / "nowhere")


@given(st.text(max_size=200), st.sampled_from(["en", "de", "ja", "xx", None]))
def test_any_text_gives_non_empty_words(text: str, language: str | None) -> None:
    assert all(words_of(text, language))
    found = query_words(text, language)
    assert len(set(found)) == len(found)
    assert all(word and all(word) for word in found)
