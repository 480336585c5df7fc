"""What the page says and where it cuts a draft, without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from copilot.models import Draft, DraftWarning, Ending, Match, OutcomeCount, Place, Span
from copilot.repeats import digest_of
from knowledge_base.errors import InputError, RecordError
from knowledge_base.models import Conversation, Customer, Emotion, Message
from tests.builders import make_article, make_conversation, open_base
from tests.web_fakes import NOTHING, FakeCopilot, put_together, with_samples
from web.app import create_app
from web.cards import outcome_words, split_text, web_address
from web.conversations import conversation_view
from web.drafts import stretches
from web.heads import head_view, left_words, waiting_words
from web.pasted import conversation_from_text
from web.phrases import marked, phrase_views
from web.views import suggestion_view
from web.words import advice, confidence_words, direction, flag, language_name, notice, slot_label

TARGETS = {"case:C-1": ("case-0", "Lost kettle"), "article:returns": ("article-0", "Returns › The 30 days")}


@pytest.fixture
def copilot(tmp_path: Path) -> Iterator[FakeCopilot]:
    with open_base(tmp_path) as base:
        yield with_samples(FakeCopilot(base))


def test_draft_is_cut_by_source_and_warning() -> None:
    text = "Hi, we pay 5 EUR in 30 days [date]!"
    spans = (
        Span(0, 4, "template", "template:greet/en"),
        Span(4, 17, "case", "case:C-1"),
        Span(17, 28, "policy", "article:returns#the-30-days"),
        Span(28, 34, "gap", "slot:date"),
    )
    found = list(stretches(text, spans, [DraftWarning("unsupported_amount", "5 EUR", 11, 16)], TARGETS))
    assert [(s.kind, s.target, s.label) for s in found] == [
        ("template", None, "Reply template: greet/en"),
        ("case", "case-0", "Similar case: Lost kettle"),
        ("policy", "article-0", "Policy: Returns › The 30 days"),
        ("gap", None, "date"),
        ("plain", None, ""),
    ]
    assert [(p.text, p.warning) for p in found[1].pieces] == [("we pay ", None), ("5 EUR", 0), (" ", None)]
    assert found[3].name == "date"


@given(data=st.data(), text=st.text(min_size=1, max_size=60))
def test_no_character_of_a_draft_is_lost(data: st.DataObject, text: str) -> None:
    place = st.integers(0, len(text))
    cuts = sorted(data.draw(st.lists(place, max_size=6, unique=True)))
    spans = [Span(a, b, "case", "case:C-1") for a, b in pairwise(cuts)]
    pairs = data.draw(st.lists(st.tuples(place, place), max_size=4))
    warnings = [DraftWarning("x", text[min(p) : max(p)], min(p), max(p)) for p in pairs]
    found = stretches(text, spans, warnings, TARGETS)
    assert "".join(piece.text for stretch in found for piece in stretch.pieces) == text


PLACES = st.lists(st.tuples(st.integers(-5, 90), st.integers(-5, 90)), max_size=4)


@given(text=st.text(max_size=80), places=PLACES, at=st.integers(0, 40))
def test_marking_loses_nothing(text: str, places: list[tuple[int, int]], at: int) -> None:
    phrases = phrase_views("case-0", [phrase("x", "y", min(p), max(p)) for p in places])
    assert "".join(part for part, _ in marked(text, "problem", phrases, at)) == text


def test_phrases_are_marked_where_they_stand() -> None:
    matches = [phrase("never came", "lost", 2, 6), phrase("parcel", "parcel", 7, 13, field="title")]
    phrases = phrase_views("case-0", matches)
    assert marked("a lost parcel", "problem", phrases) == (
        ("a ", ""), ("lost", "case-0-phrase-0"), (" parcel", ""),
    )  # fmt: skip
    assert marked("a lost parcel", "title", phrases) == (("a lost ", ""), ("parcel", "case-0-phrase-1"))
    assert marked("lost", "problem", phrases, 2) == (("lost", "case-0-phrase-0"),)


def test_a_phrase_tells_what_the_customers_words_do_not() -> None:
    views = phrase_views(
        "case-0",
        [
            phrase("Parcel", "parcel", 0, 6),
            phrase("no ha llegado", "not arrived", 0, 5, translated="has not arrived", said="query"),
            phrase("no ha llegado", "not arrived", 0, 5, translated="not arrived"),
        ],
    )
    assert [(v.source, v.translated, v.message) for v in views] == [
        ("", "", 3), ("not arrived", "has not arrived", None), ("not arrived", "", 3),
    ]  # fmt: skip


def phrase(
    mine: str, theirs: str, start: int, end: int, *, field: str = "problem", translated: str | None = None,
    said: str = "message:3",
) -> Match:  # fmt: skip
    place = Place(said, 4, 4 + len(mine))
    return Match(mine, theirs, mine == theirs, place, Place(field, start, end), translated)


@pytest.mark.parametrize(
    ("worked", "tried", "words", "tone"),
    [
        (0, 0, "outcome not recorded", "unknown"),
        (1, 1, "worked", "good"),
        (15, 15, "worked 15 of 15", "good"),
        (14, 15, "worked 14 of 15, 1 reopened or failed", "mixed"),
        (0, 1, "did not hold: reopened or failed", "bad"),
        (0, 3, "never held in 3", "bad"),
    ],
)
def test_outcomes_in_words(worked: int, tried: int, words: str, tone: str) -> None:
    assert outcome_words(OutcomeCount(worked, tried)) == (words, tone)


@pytest.mark.parametrize(
    ("outcome", "ended", "words"),
    [
        (OutcomeCount(14, 15), "held", "worked 14 of 15, 1 reopened or failed"),
        (OutcomeCount(14, 15), "reopened", "did not hold here: reopened; the same fix worked 14 of 15"),
        (OutcomeCount(0, 1), "unresolved", "not resolved here"),
    ],
)
def test_that_a_fix_failed_here_comes_first(outcome: OutcomeCount, ended: Ending, words: str) -> None:
    assert outcome_words(outcome, ended)[0] == words


def test_words_for_codes() -> None:
    assert confidence_words(0.91) == "very likely helps"
    assert confidence_words(0.1) == "a long shot"
    assert slot_label("order_id") == "order number"
    assert slot_label("tracking_number") == "tracking number"
    assert advice("something_new") == "Something new: check this before you send the reply."
    assert (
        flag("failed:google:rate_limited")
        == "The translator google could not translate: it asks us to slow down."
    )
    assert flag("skipped:apertium:unsupported_pair").endswith(
        "was passed over: it doesn't know these languages."
    )
    assert flag("missing:limits").startswith(
        "Left out, as nothing says it in this language: limits and conditions"
    )
    assert "C-1027" in flag("precedent:C-1027")
    assert flag("odd_code") == "Odd code."
    assert notice("no_template_or_translator:pl").startswith("No version in Polish:")
    assert notice("Said in plain words already.") == "Said in plain words already."


@pytest.mark.parametrize(
    ("language", "way"),
    [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("az-Arab", "rtl"), ("ar-Latn", "ltr"), (None, "auto")],
)
def test_direction(language: str | None, way: str) -> None:
    assert direction(language) == way


def test_language_names() -> None:
    names = [language_name(code) for code in ("es", "pt-BR", "zh-Hant", "xx", "")]
    assert names == ["Spanish", "Portuguese (Brazil)", "Chinese (Traditional)", "xx", ""]


def test_only_web_addresses_become_links() -> None:
    assert web_address("https://desk.example/1") == "https://desk.example/1"
    assert [web_address(url) for url in ("javascript:alert(1)", "data:text/html,x", "//x", None)] == [
        None
    ] * 4


def test_long_section_is_split_at_a_sentence() -> None:
    text = "A sentence of policy that is fairly long. " * 20
    shown, rest = split_text(text)
    assert shown.endswith("long.")
    assert 180 < len(shown) <= 360
    assert f"{shown} {rest}" == text
    assert split_text("Short.") == ("Short.", "")


NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_conversation_as_it_is_read(copilot: FakeCopilot) -> None:
    conversation = Conversation(
        messages=(Message("customer", "First", NOW), Message("agent", "Reply", NOW)),
        id="K-1",
        title="A title",
        customer=Customer("Ana Ruiz", tier="gold", joined=date(2022, 5, 1)),
        slots={"order_id": "TW-481920"},
    )
    copilot.inbox.receive(conversation)
    view = conversation_view(copilot.knowledge.conversations.read("K-1", start=-1))
    assert (view.title, view.total, view.earlier, view.open) == ("A title", 2, 1, True)
    assert view.facts == ("gold", "customer since 2022", "order number TW-481920")
    assert [(m.number, m.author) for m in view.messages] == [(1, "Agent")]


def test_conversation_in_the_list(copilot: FakeCopilot) -> None:
    text = "First " + "word " * 60 + "This is a complaint: I am furious!"
    copilot.inbox.receive(Conversation((Message("customer", text, NOW),), id="K-2", customer=Customer("Ana")))
    head = copilot.knowledge.conversations.read("K-2").head
    view = head_view(head, NOW + timedelta(minutes=75))
    assert view.preview.startswith("First word word")
    assert len(view.preview) <= 110
    assert (view.waiting, view.long, view.language) == ("1 h", False, "en")
    assert (view.emotion, view.troubled) == ("angry", True)
    assert view.complaint == "22 h left"


@pytest.mark.parametrize(
    ("minutes", "waited", "left"),
    [
        (0, "0 min", "24 h left"),
        (59, "59 min", "23 h left"),
        (24 * 60, "24 h", "0 min left"),
        (24 * 60 + 1, "21 Nov", "overdue"),
    ],
)
def test_times_in_words(minutes: int, waited: str, left: str) -> None:
    now = NOW + timedelta(minutes=minutes)
    assert waiting_words(NOW, now) == waited
    assert left_words(NOW + timedelta(hours=24), now) == left


def test_a_suggestion_that_says_the_same_is_a_repeat(copilot: FakeCopilot) -> None:
    first = copilot.suggest(make_conversation("mi pedido"))
    again = copilot.suggest(make_conversation("mi pedido", "Hola?"))
    assert (again.understanding.request, digest_of(again)) == ("Hola?", digest_of(first))
    other = replace(first, understanding=replace(first.understanding, emotion=Emotion.ANGRY))
    assert digest_of(other) != digest_of(first)
    assert digest_of(copilot.suggest(make_conversation(NOTHING))) != digest_of(first)


def test_suggestion_links_its_draft_to_its_cards(copilot: FakeCopilot) -> None:
    suggestion = copilot.suggest(make_conversation("mi pedido", slots={"order_id": "TW-481920"}))
    view = suggestion_view(suggestion, {"lost-parcels": make_article(effective_from=date(2025, 1, 1))})
    assert view.draft is not None
    links = {(s.kind, s.target) for s in view.draft.stretches}
    assert {("slot", "slot-0"), ("case", "case-0"), ("policy", "article-0"), ("gap", None)} <= links
    assert [(c.percent, c.tone, c.url) for c in view.cases] == [
        (91, "mixed", "https://desk.example/88123"),
        (52, "bad", None),
    ]
    assert [(p.in_force, p.internal) for p in view.passages] == [
        ("in force from 1 Jan 2025", False),
        ("", True),
    ]
    assert [(s.target, s.label) for s in view.plan] == [
        (None, ""),
        ("case-0", "case C-1002"),
        ("article-0", "Parcels lost on the way › Opening a trace"),
    ]
    assert view.customer is not None
    assert view.customer.flags == ("A number differs from your draft. Compare before you send.",)


def test_holding_reply_is_named_as_such(copilot: FakeCopilot) -> None:
    suggestion = copilot.suggest(make_conversation("mi pedido"))
    assert not suggestion_view(suggestion).holding
    text, spans = put_together([("Hello, we read it.", "template", "template:en/holding/acknowledge")])
    weak = replace(suggestion, draft=Draft("en", text, spans))
    assert suggestion_view(weak).holding
    assert suggestion_view(copilot.suggest(make_conversation(NOTHING))).holding


def test_fragment_escapes_all_that_comes_from_outside(copilot: FakeCopilot) -> None:
    client = TestClient(create_app(copilot))
    evil = "<script>alert(1)</script>\"'><img src=x>"
    conversation = {
        "id": evil,
        "channel": evil,
        "customer": {"name": evil, "tier": evil},
        "slots": {evil: evil},
        "messages": [{"role": "customer", "text": f"mi pedido {evil}"}],
    }
    for answer in (
        client.post("/fragments/suggestions", json=conversation),
        client.post("/fragments/conversations", json={"text": json.dumps(conversation)}),
    ):
        assert answer.status_code == 200
        assert "alert(1)" in answer.text
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text
        assert answer.text.count("</script>") == answer.text.count("<script ")


def test_pages_over_http(copilot: FakeCopilot) -> None:
    client = TestClient(create_app(copilot))
    page = client.get("/", params={"conversation": "K-102"})
    assert page.headers["cache-control"] == "no-store"
    assert "Marked as delivered, nobody received it" in page.text
    assert page.text.count("<li data-conversation=") >= 12
    assert client.get("/", params={"conversation": "K-0"}).status_code == 404
    assert client.get("/fragments/conversations/K-0").status_code == 404
    assert client.post("/fragments/suggestions", json={"messages": []}).status_code == 422
    assert client.post("/fragments/conversations", json={"text": " "}).status_code == 422


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Where is it?", [("customer", "Where is it?")]),
        ("Customer: a\nb\n\nc\nAGENT : d", [("customer", "a\nb\n\nc"), ("agent", "d")]),
        ("Kunde: a\n**Note:** b\nCliente： c", [("customer", "a"), ("note", "b"), ("customer", "c")]),
        ("Hello\nAgent: x", [("customer", "Hello"), ("agent", "x")]),
        ("Customer service: closed", [("customer", "Customer service: closed")]),
        ('{"messages": [{"role": "agent", "text": "x"}]}', [("agent", "x")]),
    ],
)
def test_pasted_text(text: str, said: list[tuple[str, str]]) -> None:
    assert [(m.role, m.text) for m in conversation_from_text(text).messages] == said


def test_pasted_nonsense() -> None:
    with pytest.raises(InputError, match="paste the conversation first"):
        conversation_from_text(" \n")
    with pytest.raises(InputError, match="line 1, column 2"):
        conversation_from_text("{")
    with pytest.raises(InputError, match="can't be read as JSON;"):
        conversation_from_text("[" * 100_000)
    with pytest.raises(RecordError) as caught:
        conversation_from_text('{"messages": []}')
    assert caught.value.field == "messages"
