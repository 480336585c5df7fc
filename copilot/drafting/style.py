"""Words that a reply does better without (blame, jargon, set phrases, cold words), from `style.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

WordingKind = Literal["blame", "jargon", "cliche", "cold"]
_FILE = Path(__file__).parent / "style.toml"
# As long in characters as before, so that places stay true.
_SAME_LENGTH = str.maketrans(
    {"’": "'", "‘": "'", "\n": " ", "\t": " ", "\u00a0": " ", "\u202f": " ", "İ": "I"}
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A phrase of a text that reads badly, where it stands, and what to write instead."""

    kind: WordingKind
    text: str
    start: int
    end: int
    instead: str


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: WordingKind
    instead: str
    phrases: Sequence[str]


def wording_of(text: str, language: str) -> tuple[Wording, ...]:
    """Every phrase of a text that the list of its language names, in order; none where there is no list."""
    plain = text.translate(_SAME_LENGTH).lower()
    found: list[Wording] = []
    for rule in _rules().get(language.split("-")[0], ()):
        for phrase in rule.phrases:
            at = plain.find(phrase)
            while at >= 0:
                end = at + len(phrase)
                if _whole(plain, at, end):
                    found.append(Wording(rule.kind, text[at:end], at, end, rule.instead))
                at = plain.find(phrase, end)
    return _longest(found)


def _whole(text: str, start: int, end: int) -> bool:
    return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def _longest(found: Sequence[Wording]) -> tuple[Wording, ...]:
    """Of phrases that overlap the longest, in the order of the text."""
    kept: list[Wording] = []
    for one in sorted(found, key=lambda one: one.start - one.end):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: one.start))


@lru_cache(maxsize=1)
def _rules() -> Mapping[str, Sequence[_Rule]]:
    data = tomllib.loads(_FILE.read_text("utf-8"))
    return {
        language: [
            _Rule(
                rule["kind"],
                rule["instead"],
                [re.sub(r"\s+", " ", phrase.translate(_SAME_LENGTH).lower()) for phrase in rule["phrases"]],
            )
            for rule in rules
        ]
        for language, rules in data.items()
    }
