"""Facts read out of a text in several languages, and the warnings about those that nothing backs."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.draft import Backing, check_text
from copilot.drafting.facts import facts_in
from copilot.drafting.text import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€59.90", [("amount", "59.90 EUR")]),
        ("59,90 €", [("amount", "59.90 EUR")]),
        ("EUR 1.234,50", [("amount", "1234.50 EUR")]),
        ("£1,234", [("amount", "1234.00 GBP")]),
        ("20 euros", [("amount", "20.00 EUR")]),
        ("10 % or 10 percent", [("percent", "10"), ("percent", "10")]),
        ("3–5 working days", [("period", "3-5 workday")]),
        ("3 to 5 business days", [("period", "3-5 workday")]),
        ("de 3 a 5 días laborables", [("period", "3-5 workday")]),
        ("1 à 2 jours ouvrés", [("period", "1-2 workday")]),
        ("innerhalb von 30 Tagen", [("period", "30-30 day")]),
        ("within a week, two weeks", [("period", "1-1 week"), ("period", "2-2 week")]),
        ("zwei Wochen", [("period", "2-2 week")]),
        ("the 30-day return", [("period", "30-30 day")]),
        ("on 22 November 2026", [("date", "2026-11-22")]),
        ("November 22, 2026", [("date", "2026-11-22")]),
        ("am 22. November", [("date", "--11-22")]),
        ("el 3 de diciembre", [("date", "--12-03")]),
        ("22.11.2026 and 22/11/26", [("date", "2026-11-22"), ("date", "2026-11-22")]),
        ("le jeudi", [("date", "weekday 3")]),
        ("we call tomorrow", [("date", "tomorrow")]),
        ("see https://a.example/b?c=1.", [("link", "a.example/b?c=1")]),
        ("www.tidewell.example", [("link", "tidewell.example")]),
        ("write to ana.ruiz@example.com", []),
        ("order TW-481920 of 2 lamps, error E4, 14:00", []),
        ("mañana por la mañana", [("date", "tomorrow")]),
    ],
)
def test_facts_are_normalised_over_languages(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(fact.kind, fact.value) for fact in facts_in(text)] == expected


def test_a_fact_is_backed_however_it_is_written() -> None:
    backing = Backing.of([("article:x#y", "Refunds of €59.90 take 3–5 working days until 22 November 2026.")])
    assert (
        check_text(
            "El reembolso de 59,90 € tarda de 3 a 5 días laborables, hasta el 22 de noviembre.", backing
        )
        == ()
    )


def test_the_first_source_is_named() -> None:
    backing = Backing.of([("article:a", "30 days"), ("article:b", "30 days")])
    (fact,) = facts_in("within 30 days")
    assert backing.source_of(fact) == "article:a"


@given(st.integers(1, 400), st.sampled_from(["days", "working days", "weeks", "hours"]), st.integers(1, 4000))
def test_every_changed_figure_is_flagged(count: int, unit: str, cents: int) -> None:
    said = f"We refund €{cents / 100:.2f} within {count} {unit}."
    backing = Backing.of([("policy", said)])
    assert check_text(said, backing) == ()
    changed = f"We refund €{(cents + 1) / 100:.2f} within {count + 1} {unit}."
    assert [w.code for w in check_text(changed, backing)] == ["unsupported_amount", "unsupported_period"]


@given(st.text(max_size=300))
def test_facts_of_any_text_lie_in_it_in_order(text: str) -> None:
    found = facts_in(text)
    assert all(0 <= fact.start < fact.end <= len(text) for fact in found)
    assert all(one.end <= two.start for one, two in itertools.pairwise(found))


def test_sentences_end_where_a_reader_would_end_them() -> None:
    text = "Am 22. November kommt Dr. Weber. It costs €4.90. We end at 10. Then we go… and on! ¿Qué tal?"
    assert sentences(text) == [
        "Am 22. November kommt Dr. Weber.",
        "It costs €4.90.",
        "We end at 10.",
        "Then we go… and on!",
        "¿Qué tal?",
    ]
