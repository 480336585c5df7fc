"""A text as units: what may stand in a phrase, in any script, and what never explains a match."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.why.units import MOST_UNITS, Say, Setting, units_of
from indexer.lexical import WordIndex, words_of
from tests.clock import slowness

PASSAGES = ["the parcel is lost", "tracking shows no scan", "the lamp is broken", "paid 9 for express"]


def setting(language: str = "en", silent: frozenset[str] = frozenset(), **more: object) -> Setting:
    return Setting(
        language, WordIndex.build([words_of(text) for text in PASSAGES] * 5), silent=silent, **more
    )  # type: ignore[arg-type]


def said(text: str, told: Setting) -> list[tuple[str, Say]]:
    return [(text[unit.start : unit.end], unit.say) for unit in units_of(text, told)]


def telling(text: str, language: str = "en", silent: frozenset[str] = frozenset()) -> list[str]:
    return [word for word, say in said(text, setting(language, silent)) if say is Say.TELLING]


def test_each_word_has_its_say() -> None:
    assert said("The lamp never arrived after two weeks", setting()) == [
        ("The", Say.GRAMMAR), ("lamp", Say.TELLING), ("never", Say.NEGATION), ("arrived", Say.TELLING),
        ("after", Say.GRAMMAR), ("two", Say.WEAK), ("weeks", Say.WEAK),
    ]  # fmt: skip


def test_a_word_that_most_passages_hold_says_little() -> None:
    index = WordIndex.build([[*words_of("parcel"), *words_of(str(n))] for n in range(20)])
    (unit,) = units_of("parcel", Setting("en", index))
    assert unit.say is Say.WEAK
    assert unit.weight < 0.3


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("order TW-481920 of the lamp", ["order", "lamp"]),
        ("parcel NP204518763DE is lost", ["parcel", "lost"]),
        ("write to ana.ruiz@lamp.example about the lamp", ["write", "lamp"]),
        ("see https://shop.example/lamp for the lamp", ["lamp"]),
        ("it was 189.00 or 90", []),
    ],
)
def test_codes_of_one_order_and_addresses_explain_nothing(text: str, kept: list[str]) -> None:
    assert telling(text) == kept


def test_codes_of_faults_stand_for_themselves() -> None:
    names = [word for word, say in said("the display says E4 or E-401", setting()) if say is Say.NAME]
    assert names == ["E4", "E-401"]


def test_greetings_thanks_and_the_customers_name_explain_nothing() -> None:
    assert telling("Good morning, many thanks, Ruiz lamp", silent=frozenset({"ruiz"})) == ["lamp"]
    assert telling("Guten Tag, vielen Dank, Lampe", "de") == ["Lampe"]


def test_product_names_stand_for_themselves() -> None:
    found = units_of("a stand mixer broke", setting(products=[(2, 13)]))
    assert [unit.say for unit in found] == [Say.GRAMMAR, Say.NAME, Say.NAME, Say.TELLING]


def test_clauses_end_at_marks_conjunctions_and_codes() -> None:
    text = "lamp broken and parcel lost, TW-481920 tracking"
    clauses = {text[u.start : u.end]: u.clause for u in units_of(text, setting())}
    assert clauses["lamp"] == clauses["broken"]
    assert len({clauses[word] for word in ("lamp", "parcel", "tracking")}) == 3


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    assert telling("包裹没有收到", "zh") == ["包裹", "收到"]
    assert telling("ブレンダーの返金E4", "ja") == ["ブレ", "レン", "ンダ", "ダー", "返金"]


def test_marks_stay_with_their_letters() -> None:
    assert telling("cafe\u0301 kaputt", "de") == ["cafe\u0301", "kaputt"]
    assert telling("पार्सल खो", "hi") == ["पार्सल", "खो"]
    assert telling("لم يصل الطرد منذ", "ar") == ["يصل", "الطرد"]


@settings(deadline=None)  # the word lists load in the first example
@given(text=st.text(max_size=300), language=st.sampled_from(["en", "de", "ja", "ar", "xx"]))
def test_units_are_in_order_within_the_text(text: str, language: str) -> None:
    found = units_of(text, setting(language))
    assert all(0 <= unit.start < unit.end <= len(text) for unit in found)
    assert all(a.start < b.start and a.clause <= b.clause for a, b in pairwise(found))
    assert all(0 <= unit.weight <= 1 for unit in found)


@pytest.mark.parametrize(
    "text", ["a-1" * 40_000, "-1" * 50_000, "e\u0301" * 50_000, "漢字" * 50_000, "x" * 100_000, "a@" * 50_000]
)
def test_hostile_text_costs_little(text: str) -> None:
    told = setting()
    units_of("warm", told)
    started = time.process_time()
    assert len(units_of(text, told)) <= MOST_UNITS
    assert time.process_time() - started < 0.5 * slowness()
