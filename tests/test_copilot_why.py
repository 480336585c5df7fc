"""The phrases that carry a match are the customer's own, shared with the passage, telling ones first."""

from __future__ import annotations

from copilot.why import MOST_PHRASES, why
from indexer.lexical import WordIndex, words_of

PASSAGES = [
    "the parcel is lost",
    "tracking shows no scan",
    "the lamp is broken",
    "paid 9 for express",
    "a refund",
]


def index() -> WordIndex:
    return WordIndex.build([words_of(text) for text in PASSAGES] * 4)


def phrases(request: str, passage: str, languages: tuple[str, ...] = ("en",)) -> tuple[str, ...]:
    return why(request, passage, index(), languages=languages)


def test_shared_words_are_given_as_the_customer_wrote_them() -> None:
    assert phrases("My Tracking shows nothing new.", PASSAGES[1]) == ("Tracking shows",)


def test_function_words_join_a_phrase_and_never_make_one() -> None:
    assert phrases("the parcel that is lost", PASSAGES[0]) == ("parcel that is lost",)
    assert phrases("is it the one?", PASSAGES[0]) == ()


def test_a_phrase_ends_where_a_sentence_does() -> None:
    assert set(phrases("It is lost. Parcel unknown", PASSAGES[0])) == {"lost", "Parcel"}


def test_bare_numbers_say_nothing() -> None:
    assert phrases("it was 90, then 9", "9 and 90 were taken") == ()


def test_other_languages_are_matched_by_their_stems() -> None:
    assert phrases("Meine Pakete sind weg", "ein Paket ging verloren", ("de",)) == ("Pakete",)


def test_at_most_three_are_given() -> None:
    request = "parcel, tracking, scan, lamp, broken, express"
    assert len(phrases(request, " ".join(PASSAGES))) == MOST_PHRASES
