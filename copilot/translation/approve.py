"""What an agent corrected in a customer's version, as pairs of masked texts that can be used again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from copilot.drafting.text import words
from copilot.drafting.tokens import tokens_in
from copilot.translation.protect import TOKEN, Masked, tokens
from copilot.translation.service import TranslationService

MOST_CHARACTERS = 4000
"""A longer paragraph is no wording that would be said again."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A paragraph of the agent's text, masked, and how the agent says it in the customer's language."""

    source: str
    target: str


def corrections(shown: Mapping[str, Any], edited: str, service: TranslationService) -> Iterator[Corrected]:
    """The paragraphs that the agent changed, of a suggestion in the exchange format.

    Nothing where paragraphs were put together or taken apart, nothing of a paragraph that lost a value, since
    another customer's could not be put in its place, and nothing of one that gained a name or a value: it is
    this customer's, and nobody else may hear of it.
    """
    draft, version = shown.get("draft"), shown.get("customer_draft")
    if not draft or not version:
        return
    own, before, after = (_paragraphs(text) for text in (draft["text"], version["text"], edited))
    if not len(own) == len(before) == len(after):
        return
    values = _values(draft, version)
    names = tuple(value for value, _ in values)
    own_words = _own_words(shown, values)
    for source, was, now in zip(own, before, after, strict=True):
        if was == now or len(now) > MOST_CHARACTERS:
            continue
        masked = service.masked(source, draft["language"], version["language"], names=names)
        target = _masked(now, masked, dict(values))
        if target is None or not target.strip():
            continue
        gained = _said(target, version["language"]) - _said(was, version["language"])
        if not gained and not any(word.casefold() in own_words for word in words(target)):
            yield Corrected(masked.text, target)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())]


def _values(draft: Mapping[str, Any], version: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """How the values of the conversation are written in both versions."""
    theirs = {span["source"]: text for span, text in _slots(version)}
    return tuple((text, theirs[span["source"]]) for span, text in _slots(draft) if span["source"] in theirs)


def _said(text: str, language: str) -> frozenset[tuple[str, str]]:
    """The values and names of a text, its own tokens aside."""
    bare = TOKEN.sub("…", text)
    return frozenset((token.kind, token.value) for token in tokens_in(bare, language.split("-")[0]))


def _own_words(shown: Mapping[str, Any], values: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The words of this conversation's names and values, as far as they say whose they are."""
    slots = shown.get("understanding", {}).get("slots", {})
    told = [text for pair in values for text in pair] + [slot["value"] for slot in slots.values()]
    return frozenset(word.casefold() for text in told for word in words(text) if word[:1].isupper())


def _slots(written: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    for span in written.get("spans", ()):
        if span["kind"] == "slot":
            yield span, written["text"][span["start"] : span["end"]]


def _masked(text: str, masked: Masked, values: Mapping[str, str]) -> str | None:
    """The corrected text with the source's tokens; None where one of them is lost or doubled."""
    written: dict[str, list[int]] = {}
    for number, (original, shown) in enumerate(zip(masked.originals, masked.restored, strict=True)):
        written.setdefault(values.get(original, shown), []).append(number)
    if not written:
        return text if not tokens(text) else None
    pattern = re.compile("|".join(re.escape(value) for value in _longest_first(list(written))))
    left = {value: iter(numbers) for value, numbers in written.items()}

    def token(match: re.Match[str]) -> str:
        number = next(left[match[0]], None)
        return match[0] if number is None else f"XPH{number}X"

    told = pattern.sub(token, text)
    return told if tokens(told) == tokens(masked.text) else None


def _longest_first(values: Sequence[str]) -> list[str]:
    return sorted(values, key=lambda value: (-len(value), value))
