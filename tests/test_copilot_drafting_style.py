"""Words that a reply does better without: found where they stand, whole, quickly, in four languages."""

from __future__ import annotations

import itertools
import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.drafting import style
from copilot.drafting.style import wording_of
from copilot.drafting.templates import bundled_templates

RULES = tomllib.loads(style._FILE.read_text("utf-8"))
CASES = [
    (lang, rule, phrase) for lang, rules in RULES.items() for rule in rules for phrase in rule["phrases"]
]
REPLY = "\n\n".join(t.body for t in bundled_templates() if t.language == "en")[:1500]


@pytest.mark.parametrize(
    ("text", "language", "kind", "phrase"),
    [
        ("Well, You Failed To send it.", "en", "blame", "You Failed To"),
        ("As per your e-mail", "en", "jargon", "As per"),
        ("Unfortunately, it is\ncompany policy.", "en", "cold", "Unfortunately, it is\ncompany policy"),
        ("We apologise for any inconvenience caused.", "en", "cliche", "any inconvenience caused"),
        ("Disculpe las molestias.", "es", "cliche", "Disculpe las molestias"),
        ("Vous n’avez pas pris la peine de lire.", "fr", "blame", "Vous n’avez pas pris la peine"),
        ("Hiermit teilen wir mit", "de-AT", "jargon", "Hiermit"),
    ],
)
def test_a_phrase_is_found_where_it_stands(text: str, language: str, kind: str, phrase: str):
    [found] = wording_of(text, language)
    assert (found.kind, found.text, text[found.start : found.end]) == (kind, phrase, phrase)
    assert found.instead


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Slatted shelves from Islay.", "en"),  # "sla" only as a whole word
        ("You must have been worried.", "en"),
        ("You should have your parcel soon.", "en"),
        ("You failed to", "it"),
        ("", "en"),
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str, language: str):
    assert wording_of(text, language) == ()


def test_every_phrase_of_the_list_is_found_and_stands_once():
    assert {kind["kind"] for _, kind, _ in CASES} == {"blame", "cliche", "cold", "jargon"}
    for language, rule, phrase in CASES:
        found = wording_of(f"({phrase})", language)
        assert [(one.kind, one.text) for one in found] == [(rule["kind"], phrase)], phrase
    assert len({(language, phrase) for language, _, phrase in CASES}) == len(CASES)


def test_no_bundled_template_holds_any():
    assert [(t.id, one.text) for t in bundled_templates() for one in wording_of(t.body, t.language)] == []


def test_a_reply_is_read_in_less_than_a_millisecond():
    wording_of(REPLY, "en")
    best = 1.0
    for _ in range(50):
        started = time.perf_counter()
        wording_of(REPLY, "en")
        best = min(best, time.perf_counter() - started)
    assert best < 0.001


@given(st.text(max_size=200), st.sampled_from(["en", "es", "fr", "de", "xx"]))
def test_places_are_those_of_the_text_and_in_order(text: str, language: str):
    found = wording_of(f"{text} kindly note İ {text}", language)
    assert all(one.text == f"{text} kindly note İ {text}"[one.start : one.end] for one in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
