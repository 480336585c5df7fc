"""What an agent corrected in a customer's version, as pairs of masked texts that can be used again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from copilot.translation.protect import Masked, tokens
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

    Nothing where paragraphs were put together or taken apart, and nothing of a paragraph that lost a value:
    what stands for another customer's could not be put in its place.
    """
    draft, version = shown.get("draft"), shown.get("customer_draft")
    if not draft or not version:
        return
    own, before, after = (_paragraphs(text) for text in (draft["text"], version["text"], edited))
    if not len(own) == len(before) == len(after):
        return
    values = _values(draft, version)
    names = tuple(value for value, _ in values)
    for source, was, now in zip(own, before, after, strict=True):
        if was == now or len(now) > MOST_CHARACTERS:
            continue
        masked = service.masked(source, draft["language"], version["language"], names=names)
        target = _masked(now, masked, dict(values))
        if target is not None and target.strip():
            yield Corrected(masked.text, target)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())]


def _values(draft: Mapping[str, Any], version: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """How the values of the conversation are written in both versions."""
    theirs = {span["source"]: text for span, text in _slots(version)}
    return tuple((text, theirs[span["source"]]) for span, text in _slots(draft) if span["source"] in theirs)


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
