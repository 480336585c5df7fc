"""Masks: everything that must stay is found, and comes back as it was."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.translation.protect import TOKEN, find_spans, mask, tokens

PROTECTED = [
    "ORD-12345",
    "TW-481920",
    "NP123456789DE",
    "#4711",
    "481920",
    "SKU-RED-XL",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "https://shop.example.com/return?id=7&x=ä",
    "www.example.org/a",
    "bit.ly/3xYz",
    "ana.ruiz+shop@example.co.uk",
    "+44 20 7946 0123",
    "(020) 7946-0123",
    "+49 30 23125 000",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "€59.90",
    "59,90 €",
    "$1,299.00",
    "1.299,00 EUR",
    "R$ 12,50",
    "20 %",
    "5 kg",
    "160 x 200 cm",
    "3.5mm",
    "2026-11-22",
    "22.11.2026",
    "14:00",
    "{{customer.name}}",
    "{order_id}",
    "%(name)s",
    "[tracking_number]",
    "invoice_77.pdf",
    "@tidewell",
    "XPH0X",
]
PLAIN = [
    "where is my order",
    "the 2nd lamp",
    "in 3 days",
    "page 5.",
    "a 24-hour service at 3pm",
    "Dr. Smith and Mr. Jones",
    "5 to 10 of them",
]


@pytest.mark.parametrize("span", PROTECTED)
def test_each_kind_is_masked_whole_and_alone(span: str) -> None:
    text = f"Hello, my {span}, please."
    masked = mask(text)
    assert masked.text == "Hello, my XPH0X, please."
    assert masked.originals == (span,)
    assert masked.restore(masked.text) == text


@pytest.mark.parametrize("text", PLAIN)
def test_what_has_to_be_translated_is_left(text: str) -> None:
    assert mask(text).text == text


def test_an_id_between_signs_without_spaces_is_found() -> None:
    assert mask("订单ORD-12345还没到，我付了59元").originals == ("ORD-12345",)


def test_terms_stay_in_any_case_and_only_as_whole_words() -> None:
    masked = mask(
        "BEST BUY sells the best buyers' lamps; Best Buy Plus too", terms=("Best Buy", "Best Buy Plus")
    )
    assert masked.originals == ("BEST BUY", "Best Buy Plus")
    assert masked.kinds == ("term", "term")


def test_local_engines_may_see_phone_and_card_if_the_desk_wants() -> None:
    text = "call +44 20 7946 0123 about ORD-12345"
    assert mask(text, personal=False).originals[-1] == "ORD-12345"
    assert "phone" not in mask(text, personal=False).kinds
    assert mask(text).originals == ("+44 20 7946 0123", "ORD-12345")


def test_spans_that_touch_share_a_token() -> None:
    masked = mask("{{a}}{{b}} x")
    assert (masked.text, masked.originals) == ("XPH0X x", ("{{a}}{{b}}",))


def test_tokens_are_known_again_as_engines_leave_them() -> None:
    masked = mask("ORD-12345 costs €5.00")
    assert masked.restore("cuesta xph1x el Xph 0 X") == "cuesta €5.00 el ORD-12345"
    assert tokens("cuesta xph1x el Xph 0 X") == [0, 1]


MIXED = st.lists(
    st.one_of(st.sampled_from(PROTECTED), st.text(max_size=12), st.sampled_from([*PLAIN, " ", "\n", "、"])),
    max_size=12,
).map("".join)


@given(MIXED)
@settings(max_examples=150, deadline=None)
def test_no_span_is_ever_lost_or_changed(text: str) -> None:
    masked = mask(text, terms=("lamp",))
    assert masked.restore(masked.text) == text
    assert tokens(masked.text) == list(range(len(masked.originals)))


@given(st.lists(st.sampled_from(PROTECTED), min_size=1, max_size=8, unique=True), st.randoms())
@settings(max_examples=60, deadline=None)
def test_spans_survive_a_translation_that_moves_them(spans: list[str], random: object) -> None:
    masked = mask(" and then ".join(spans))
    words = masked.text.split()
    random.shuffle(words)  # type: ignore[attr-defined]
    result = masked.restore(" ".join(words).lower())
    assert all(result.count(span) >= 1 for span in spans)
    assert TOKEN.search(re.sub(r"XPH0X", "", result)) is None


@given(st.text(alphabet=st.characters(whitelist_categories=("Ll", "Zs"), max_codepoint=0x24F), max_size=80))
@settings(max_examples=100, deadline=None)
def test_text_without_spans_round_trips_untouched(text: str) -> None:
    if find_spans(text):
        return
    assert mask(text).text == text
    assert mask(text).restore(text) == text


@pytest.mark.parametrize(
    "text",
    ["a" * 60_000, "1" * 60_000, "1 " * 30_000, "a." * 30_000, "A1-" * 20_000, "x@" * 30_000, "[a" * 30_000],
)
def test_long_monotonous_text_costs_no_more_than_other_text(text: str) -> None:
    started = time.process_time()
    masked = mask(text)
    assert time.process_time() - started < 1.0
    assert masked.restore(masked.text) == text
