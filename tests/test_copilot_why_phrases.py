"""Units back to phrases: whole words as they were written, and what stands for them in a translation."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.why.likeness import Told
from copilot.why.phrases import counterpart, find_phrase, presentable, stretch_of
from copilot.why.units import Setting, units_of
from indexer.lexical import WordIndex

INDEX = WordIndex.build([["parcel"], ["lamp"]] * 10)


def told(text: str, language: str = "en") -> Told:
    return Told(text, units_of(text, Setting(language, INDEX)))


def phrase(text: str, first: str, last: str, language: str = "en") -> str:
    one = told(text, language)
    numbers = {text[unit.start : unit.end]: n for n, unit in enumerate(one.units)}
    return text[slice(*stretch_of(one, (numbers[first], numbers[last])))]


def test_a_negation_belongs_to_its_phrase_and_a_phrase_never_ends_with_one() -> None:
    assert phrase("it has never really arrived", "arrived", "arrived") == "never really arrived"
    assert phrase("the mixer that had not arrived", "mixer", "not") == "mixer that had not arrived"
    assert phrase("no, it arrived", "arrived", "arrived") == "arrived"


def test_particles_and_compounds_are_kept_whole() -> None:
    assert phrase("my mixer never turned up. Help", "mixer", "turned") == "mixer never turned up"
    assert phrase("it turned up the heat", "turned", "turned") == "turned"
    assert phrase("die Gold-Kundin fragt", "Kundin", "Kundin", "de") == "Gold-Kundin"
    assert phrase("pendant l’automne", "automne", "automne", "fr") == "l’automne"


def test_japanese_endings_are_not_cut() -> None:
    text = "返金がまだ届いていません。"
    one = told(text, "ja")
    last = max(n for n, unit in enumerate(one.units) if text[unit.start] == "届")
    assert text[slice(*stretch_of(one, (0, last)))] == "返金がまだ届いていません"


def test_a_phrase_is_found_whatever_white_space_is_in_it() -> None:
    text = "a lamps, the\n  lamp\tis   broken"
    place = find_phrase("lamp is broken", text)
    assert place is not None
    assert text[slice(*place)] == "lamp\tis   broken"
    assert find_phrase("amp", text) is None
    assert find_phrase("  ", text) is None


def test_what_cannot_be_seen_is_not_shown() -> None:
    assert not presentable("lost \u202eparcel")
    assert not presentable("lost\u200b parcel")
    assert presentable("lost\nparcel ❤️ café")
    assert presentable("می\u200cخواهم")


ENGLISH = "I cancelled in time. You charged me again, I want my money.\nThe lamp arrived broken."
SPANISH = "Cancelé a tiempo. Me han cobrado otra vez, quiero mi dinero.\nLa lámpara llegó rota."


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("cancelled in time", "Cancelé a tiempo"),
        ("charged me", "Me han cobrado otra vez"),
        ("money", "quiero mi dinero"),
        ("arrived broken", "La lámpara llegó rota"),
    ],
)
def test_a_translated_phrase_leads_to_the_clause_it_came_from(english: str, spanish: str) -> None:
    at = ENGLISH.index(english)
    place = counterpart((at, at + len(english)), ENGLISH, told(SPANISH, "es"))
    assert place is not None
    assert SPANISH[slice(*place)] == spanish


def test_a_long_clause_is_narrowed_by_position() -> None:
    english = "the blue lamp that my sister gave me for my birthday last week is broken already today"
    spanish = "la lámpara azul que mi hermana me regaló para mi cumpleaños la semana pasada ya está rota hoy"
    at = english.index("birthday")
    place = counterpart((at, at + 8), english, told(spanish, "es"))
    assert place is not None
    assert "cumpleaños" in spanish[slice(*place)]
    assert len(spanish[slice(*place)].split()) <= 5


def test_texts_that_do_not_run_in_parallel_have_no_counterpart() -> None:
    assert counterpart((0, 4), "lamp\nbroken", told("lámpara", "es")) is None
    assert counterpart((0, 2), "it is", told("de la", "es")) is None


@settings(deadline=None)  # the word lists load in the first example
@given(text=st.text(max_size=120), other=st.text(max_size=120), data=st.data())
def test_a_counterpart_is_a_stretch_of_the_other_text(text: str, other: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    place = counterpart((start, end), text, told(other, "es"))
    assert place is None or 0 <= place[0] < place[1] <= len(other)


@settings(deadline=None)  # the word lists load in the first example
@given(text=st.text(alphabet=st.sampled_from("ab é返い'-.\u0301 \n"), max_size=60), data=st.data())
def test_a_stretch_holds_its_units_and_stays_within_the_text(text: str, data: st.DataObject) -> None:
    one = told(text, data.draw(st.sampled_from(["en", "ja"])))
    if one.units:
        first = data.draw(st.integers(0, len(one.units) - 1))
        last = data.draw(st.integers(first, len(one.units) - 1))
        start, end = stretch_of(one, (first, last))
        assert 0 <= start <= one.units[first].start
        assert one.units[last].end <= end <= len(text)
