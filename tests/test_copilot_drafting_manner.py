"""Tone, channel and length: which variant is taken, what a chat leaves out, and the bundled ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.draft import CustomerDrafter, Drafter, DraftInput, TemplateBook, Wanted
from copilot.drafting.promises import promises_in
from copilot.drafting.templates import bundled_templates
from copilot.models import Understanding
from knowledge_base.models import LENGTHS, TONES, Conversation, Customer, Emotion, Message, ReplyTemplate
from knowledge_base.templates_io import CHANNELS

LANGUAGES = ("en", "es", "fr", "de")


def template(id: str, move: str = "greet", **fields: Any) -> ReplyTemplate:
    return ReplyTemplate(id, move, f"Text of {id}.", **fields)


PLAIN = template("plain")
VARIANTS = [
    PLAIN,
    template("warm", tone="warm"),
    template("short", length="short"),
    template("short-warm", length="short", tone="warm"),
    template("chat", channel="chat"),
]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "plain"),
        ({"tone": "warm"}, "warm"),
        ({"tone": "formal"}, "plain"),
        ({"length": "short"}, "short"),
        ({"length": "short", "tone": "warm"}, "short-warm"),
        ({"length": "short", "tone": "formal"}, "short"),
        ({"channel": "chat", "tone": "warm"}, "chat"),
        ({"channel": "email", "tone": "warm"}, "warm"),
    ],
)
def test_the_variant_is_the_one_that_was_asked_for(wanted: dict[str, Any], expected: str):
    picked = TemplateBook(VARIANTS, bundled=()).pick("greet", Wanted("en", **wanted))
    assert picked is not None
    assert picked.id == expected


def test_the_desks_tone_speaks_where_the_agent_chose_none():
    book = TemplateBook(VARIANTS, bundled=(), tone="warm")
    picked = [book.pick("greet", Wanted("en", tone=tone)) for tone in (None, "neutral")]
    assert [one.id for one in picked if one] == ["warm", "plain"]


def test_the_desks_own_plain_words_beat_bundled_variants():
    book = TemplateBook([template("own")], bundled=VARIANTS[:4])
    for tone in TONES:
        for length in LENGTHS:
            picked = book.pick("greet", Wanted("en", tone=tone, length=length))
            assert picked is not None
            assert picked.id == "own"


@given(
    st.sampled_from(LANGUAGES), st.sampled_from(TONES), st.sampled_from(LENGTHS),
    st.sampled_from([None, *CHANNELS, "fax"]), st.sampled_from([None, *Emotion]), st.booleans(),
)  # fmt: skip
def test_every_manner_finds_every_bundled_move(
    language: str, tone: Any, length: Any, channel: str | None, emotion: str | None, holding: bool
):
    wanted = Wanted(language, emotion=emotion, channel=channel, tone=tone, length=length)
    wanted = replace(wanted, kind="holding" if holding else "")
    for move in ("acknowledge", "next") if holding else ("greet", "acknowledge", "next", "close"):
        picked = BOOK.pick(move, wanted)
        assert picked is not None
        assert picked.tone in (None, tone)
        assert picked.length in (None, length)


BUNDLED = bundled_templates()
BOOK = TemplateBook(bundled=BUNDLED)


def talk(*roles: str, **fields: Any) -> DraftInput:
    said = tuple(Message(role, f"Where is my parcel {n}?") for n, role in enumerate(roles))  # type: ignore[arg-type]
    conversation = Conversation(said, id="K-1", customer=Customer(name="Ana Ruiz"), **fields)
    return DraftInput(conversation, Understanding("en", 0.9, "Where?"), (), (), date(2026, 11, 22), "Maya")


def held(given: DraftInput, tone: Any = "neutral", language: str = "en") -> str:
    return Drafter(TemplateBook(tone=tone), agent_language=language).holding(given).text


def test_a_chat_greets_once_and_signs_never():
    first, later = talk("customer", channel="chat"), talk("customer", "agent", "customer", channel="chat")
    assert held(first).startswith("Hello Ana Ruiz,\n\n")
    assert not held(later).startswith("Hello")
    assert held(later).endswith("If anything is unclear, just ask me here.")
    for language in LANGUAGES:
        assert "Maya" not in held(first, language=language)


def test_an_e_mail_greets_and_signs_each_time():
    for given_ in (talk("customer", channel="email"), talk("customer", "agent", "customer", channel="email")):
        assert held(given_).startswith("Dear Ana Ruiz,\n\n")
        assert held(given_).endswith("Kind regards,\n\nMaya")


@pytest.mark.parametrize(
    ("tone", "opening", "ending"),
    [
        ("warm", "Hello Ana Ruiz,", "With best wishes,\n\nMaya"),
        ("neutral", "Dear Ana Ruiz,", "Kind regards,\n\nMaya"),
        ("formal", "Dear Ana Ruiz,", "Yours sincerely,\n\nMaya"),
    ],
)
def test_the_three_tones(tone: str, opening: str, ending: str):
    agents = held(talk("customer", tone=tone))
    assert agents == held(talk("customer"), tone)
    assert (agents.startswith(opening), agents.endswith(ending)) == (True, True)


def test_the_customers_version_has_the_same_manner():
    given_ = talk("customer", "agent", "customer", channel="chat", tone="warm")
    book = TemplateBook()
    composed = Drafter(book).compose_holding(given_)
    result = CustomerDrafter(book).draft(given_, composed, language="de")
    assert result.draft is not None
    assert "Hallo" not in result.draft.text
    assert result.draft.text.endswith("fragen Sie mich gern gleich hier.")
    assert result.draft.flags == ()


def test_a_short_acknowledgement_is_shorter_and_no_variant_promises_anything():
    book = TemplateBook()
    for language in LANGUAGES:
        for emotion in (None, *(e for e in Emotion if e is not Emotion.NEUTRAL)):
            full, short = (
                book.pick("acknowledge", Wanted(language, emotion=emotion, length=length))
                for length in ("full", "short")
            )  # type: ignore[attr-defined]
            assert full is not None
            assert short is not None
            assert len(short.body) < len(full.body)
    assert [t.id for t in BUNDLED if promises_in(t.body, t.language)] == []
