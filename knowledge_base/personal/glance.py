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
SHAPES = {
    "email": re.compile(r"@"),
    "link": re.compile(r"://|[wW]{3}\."),
    "host": re.compile(r"\.[^\W\d_]{2}"),
    "colons": re.compile(r":[0-9a-fA-F]{0,4}:"),
    "dots": re.compile(r"\.\d{1,3}\.\d"),
    "iban": re.compile(r"\d\d(?<=[^\W\d_]{2}\d\d)[ -]?[^\W_]{4}"),
    "two_numbers": re.compile(r"\d\d [^\W\d_a-zß-öø-ÿ]"),
    "hole": re.compile(r"[\[{<%]"),
}
"""What every find of a sort holds, where it holds no certain word."""
HOUSED = frozenset({"ends", "after_house"})
"""What counts only where a house's number follows."""
GROUPS = frozenset({*CUES, *STREETS, *SHAPES, *HOUSED, "corner", "fleet"})
MANY = 100
"""More digits than any number has."""
WORDS_KEPT = 1 << 15
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
_HOUSE = re.compile(r"\.? \d")


@dataclass(frozen=True, slots=True)
class Glance:
    """How many digits a text has, and in order where words of each group (or a shape) begin."""

    text: str
    digits: int
    starts: dict[str, list[int]]

    def has(self, group: str) -> bool:
        """Whether something of a group stands in the text."""
        return group in self.starts

    def at(self, group: str) -> Sequence[int]:
        """Where words of a group begin, in order."""
        return self.starts.get(group, ())

    def within(self, group: str, start: int, end: int) -> Iterator[int]:
        """Where words of a group begin in a stretch."""
        places = self.at(group)
        for n in range(bisect_left(places, start), len(places)):
            if places[n] >= end:
                return
            yield places[n]

    def cue(self, kind: str, place: int, window: int, *, after: bool = False) -> bool:
        """Whether words that speak of a kind stand in the characters before (or after) a place."""
        start, end = (place, place + window) if after else (max(0, place - window), place)
        pattern = _cue(kind)
        return any(pattern.match(self.text, at, end) for at in self.within(kind, start, end))


@lru_cache(maxsize=16)
def _cue(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?i:{phrases('cues', kind)})(?!\w)")


def glance(text: str) -> Glance:
    """Look at a text once, in time that grows with its length."""
    digits = len(_DIGIT.findall(text))
    starts: dict[str, list[int]] = {}
    for group, shape in SHAPES.items():
        if match := shape.search(text):
            starts[group] = [match.start()]
    if digits:
        for match in _LETTERS.finditer(text):
            for group in groups_of(match[0]):
                if group not in HOUSED or _HOUSE.match(text, match.end()):
                    starts.setdefault(group, []).append(match.start())
    return Glance(text, digits, starts)


def everywhere(text: str) -> Glance:
    """As if everything could stand everywhere: what the finders do without a first look."""
    digits = len(text) + MANY if _DIGIT.search(text) else 0
    return Glance(text, digits, dict.fromkeys(GROUPS, list(range(len(text)))))


@lru_cache(maxsize=WORDS_KEPT)
def groups_of(word: str) -> tuple[str, ...]:
    """The groups of which a word as it is written begins a phrase, or is one that stands in a street."""
    plain = _plain(word)
    groups = [kind for kind, first in _first_words().items() if plain in first]
    if word.endswith(_street_ends()) and len(word) > 3:
        groups.append("ends")
    return tuple(groups)


@lru_cache(maxsize=1)
def _first_words() -> dict[str, frozenset[str]]:
    """The first letters that stand together in the phrases of each group, folded."""
    named = {kind: listed("cues", kind) for kind in CUES} | {name: listed("streets", name) for name in STREETS}
    first = {
        name: frozenset(_plain(match[0]) for phrase in phrases if (match := _LETTERS.search(phrase)))
        for name, phrases in named.items()
    }
    more = {"corner": frozenset({"corner"}), "fleet": frozenset({"fpo", "apo", "dpo"})}
    return first | more | {"after_house": first["after"]}


def _plain(word: str) -> str:
    """Folded as regular expressions do that take small letters for capitals: the dotless i is an i."""
    return fold(word).replace("ı", "i")


@lru_cache(maxsize=1)
def _street_ends() -> tuple[str, ...]:
    return tuple(listed("streets", "ends"))
