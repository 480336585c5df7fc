"""A first look at a text, so that a finder only reads where something of its kind can stand.

What a glance says is a necessary condition, never a finding: with `everywhere` the finders find the same.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge_base.personal.words import fold, listed, phrases

CUES = ("card", "iban", "national_id", "phone", "order_id", "tracking_number", "customer_id", "address")
STREETS = ("before", "after", "units")
HOUSED = frozenset({"ends", "after_house"})
"""What counts only where a house's number follows."""
GROUPS = frozenset({*CUES, *STREETS, *HOUSED, "corner", "fleet"})
WORDS_KEPT = 1 << 15
SHAPES = {
    "email": re.compile(r"@"),
    "link": re.compile(r"://|[wW]{3}\."),
    "host": re.compile(r"\.[^\W\d_]{2}"),
    "colons": re.compile(r":[0-9a-fA-F]{0,4}:"),
    "hole": re.compile(r"[\[{<%]"),
    "digit": re.compile(r"\d"),
}
"""What every find of a sort holds."""
NUMBERS = {
    "card": re.compile(r"\d(?:[ -]?\d){11}"),
    "dots": re.compile(r"\.\d{1,3}\.\d"),
    "iban": re.compile(r"\d\d(?<=[^\W\d_]{2}\d\d)[ -]?[^\W_]{4}"),
    "national": re.compile(r"\d(?:[ .A-Z+-]?\d){5}"),
    "own": re.compile(r"\d(?:\d{4}|\d\d ?\d{3} ?\d{3}|Z)"),
    "phone": re.compile(r"\d(?:[ \u00a0\u2009\u202f‐‑‒–−－./()-]{0,5}\d){4}"),
    "two_numbers": re.compile(r"\d\d [^\W\d_a-zß-öø-ÿ]"),
}
"""Likewise, of what holds digits."""
_LETTERS = re.compile(r"[^\W\d_]+")
_HOUSE = re.compile(r"\.? \d")


@dataclass(frozen=True, slots=True)
class Glance:
    """Which shapes a text holds, and in order where words of each group begin."""

    text: str
    shapes: frozenset[str]
    starts: dict[str, list[int]]

    def holds(self, shape: str) -> bool:
        """Whether a shape stands in the text."""
        return shape in self.shapes

    def has(self, group: str) -> bool:
        """Whether a word of a group stands in the text."""
        return group in self.starts

    def at(self, group: str) -> Sequence[int]:
        """Where words of a group begin, in order."""
        return self.starts.get(group, ())

    def cue(self, kind: str, place: int, window: int, *, after: bool = False) -> bool:
        """Whether words that speak of a kind stand in the characters before (or after) a place."""
        start, end = (place, place + window) if after else (max(0, place - window), place)
        return any(_cue(kind).match(self.text, at, end) for at in self._within(kind, start, end))

    def _within(self, group: str, start: int, end: int) -> Iterator[int]:
        places = self.at(group)
        for n in range(bisect_left(places, start), len(places)):
            if places[n] >= end:
                return
            yield places[n]


def glance(text: str) -> Glance:
    """Look at a text once, in time that grows with its length."""
    shapes = {name for name, shape in SHAPES.items() if shape.search(text)}
    starts: dict[str, list[int]] = {}
    if "digit" in shapes:
        shapes.update(name for name, shape in NUMBERS.items() if shape.search(text))
        if any(map(groups_of, _LETTERS.findall(text))):
            starts = _starts(text)
    return Glance(text, frozenset(shapes), starts)


def _starts(text: str) -> dict[str, list[int]]:
    starts: dict[str, list[int]] = {}
    for match in _LETTERS.finditer(text):
        for group in groups_of(match[0]):
            if group not in HOUSED or _HOUSE.match(text, match.end()):
                starts.setdefault(group, []).append(match.start())
    return starts


def everywhere(text: str) -> Glance:
    """As if everything could stand everywhere in a text with a digit: the finders without a first look."""
    shapes = {*SHAPES, *NUMBERS} if SHAPES["digit"].search(text) else {*SHAPES} - {"digit"}
    places = list(range(len(text)))
    return Glance(text, frozenset(shapes), dict.fromkeys(GROUPS, places))


@lru_cache(maxsize=WORDS_KEPT)
def groups_of(word: str) -> tuple[str, ...]:
    """The groups of which a word as it is written begins a phrase, or ends a street's name."""
    plain = _plain(word)
    groups = [group for group, first in _first_words().items() if plain in first]
    return (*groups, "ends") if word.endswith(_street_ends()) else tuple(groups)


@lru_cache(maxsize=1)
def _first_words() -> dict[str, frozenset[str]]:
    """The first letters that stand together in the phrases of each group, folded."""
    named = {kind: listed("cues", kind) for kind in CUES} | {
        name: listed("streets", name) for name in STREETS
    }
    first = {
        group: frozenset(_plain(match[0]) for phrase in known if (match := _LETTERS.search(phrase)))
        for group, known in named.items()
    }
    more = {"corner": frozenset({"corner"}), "fleet": frozenset({"fpo", "apo", "dpo"})}
    return first | more | {"after_house": first["after"]}


@lru_cache(maxsize=1)
def _street_ends() -> tuple[str, ...]:
    return tuple(listed("streets", "ends"))


@lru_cache(maxsize=16)
def _cue(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?i:{phrases('cues', kind)})(?!\w)")


def _plain(word: str) -> str:
    """Folded as regular expressions do that take small letters for capitals: the dotless i is an i."""
    return fold(word).replace("ı", "i")
