"""Cutting, joining and the ladder under a lost token: nothing of a text goes missing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.translation.pieces import around, in_pieces, split_text
from copilot.translation.protect import mask, tokens
from copilot.translation.whole import BLOCK_BYTES, translate_masked
from knowledge_base.errors import BadProviderResponseError


@given(st.text(max_size=400), st.integers(min_value=4, max_value=60))
@settings(max_examples=150, deadline=None)
def test_pieces_join_to_the_text_and_fit(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode("utf-8", "surrogatepass")) <= limit for piece in pieces)


def test_text_is_cut_at_newlines_then_sentences_then_spaces() -> None:
    assert split_text("One.\nTwo three.", 10) == ["One.\n", "Two three."]
    assert split_text("One two. Three four.", 12) == ["One two. ", "Three four."]
    assert split_text("one two three", 9) == ["one two ", "three"]
    assert split_text("不不不", 7) == ["不不", "不"]


def test_outer_space_stays() -> None:
    assert around("\n  hello \t", str.upper) == "\n  HELLO \t"
    assert around(" \n ", str.upper) == " \n "
    assert in_pieces(" ab. cd \n", 5, str.upper) == " AB. CD \n"


def test_a_message_of_sixty_kilobytes_keeps_every_paragraph() -> None:
    paragraphs = [f"Paragraph {'abcdefghij'[i % 10]} says that XPH{i}X is late. " * 3 for i in range(520)]
    text = "\r\n\r\n".join(paragraphs)
    assert len(text) > 60_000
    asked: list[str] = []

    def shout(piece: str) -> str:
        asked.append(piece)
        return piece.upper()

    assert translate_masked(text, shout) == text.upper()
    assert all(len(piece.encode()) <= BLOCK_BYTES for piece in asked)
    assert len(asked) < 20


def test_an_engine_that_joins_lines_is_asked_line_by_line() -> None:
    text = "first line\n\nsecond line XPH0X\n"
    assert translate_masked(text, lambda piece: " ".join(piece.split()).upper()) == text.upper()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda piece: piece.replace("XPH1X", ""),
        lambda piece: piece.replace("XPH1X", "XPH1X XPH1X"),
        lambda piece: piece.replace("XPH1X", "XPH10X"),
        lambda piece: piece.replace("XPH0X", "XPH2X"),
    ],
)
def test_a_lost_token_is_translated_around(spoil: object) -> None:
    text = "my order XPH0X costs XPH1X today"
    assert translate_masked(text, lambda piece: spoil(piece).lower()) == text  # type: ignore[operator]


def test_only_the_line_that_lost_its_token_is_asked_again() -> None:
    asked: list[str] = []

    def forgetful(piece: str) -> str:
        asked.append(piece)
        return piece.upper().replace("XPH1X", "")

    text = "order XPH0X is late\nit cost XPH1X in all"
    assert translate_masked(text, forgetful) == "ORDER XPH0X IS LATE\nIT COST XPH1X IN ALL"
    assert asked == [text, "it cost", "in all"]


def test_tokens_come_back_in_their_own_spelling() -> None:
    assert translate_masked("my order XPH0X", lambda _: "mi pedido xph 0 x") == "mi pedido XPH0X"


def test_lines_without_words_are_not_sent() -> None:
    asked: list[str] = []
    text = "XPH0X\n12345\n---\n\n👍"
    assert translate_masked(text, lambda piece: asked.append(piece) or "") == text
    assert asked == []


def test_an_engine_that_answers_nothing_is_an_error() -> None:
    with pytest.raises(BadProviderResponseError, match="drops parts"):
        translate_masked("hello there", lambda _: "")


@given(
    st.lists(
        st.sampled_from(["hello", "ORD-12345", "€5.00", "\n", " ", "a@b.de", "ok.", "\r\n", "是"]),
        max_size=30,
    )
)
@settings(max_examples=100, deadline=None)
def test_an_engine_that_drops_tokens_at_random_loses_nothing(parts: list[str]) -> None:
    text = " ".join(parts)
    masked = mask(text)
    result = translate_masked(
        masked.text, lambda piece: piece.replace("XPH0X", "").replace("XPH2X", "xph2x") or "-"
    )
    assert tokens(result) == tokens(masked.text)
    restored = masked.restore(result)
    assert [restored.count(span) for span in masked.originals] == [
        text.count(span) for span in masked.originals
    ]
    assert restored.count("\n") == text.count("\n")
