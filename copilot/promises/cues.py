"""Words by which a promise in a sent message is known, from `words/LANG.toml`; our own short lists.

A language without a list is read by all of them, as `copilot.drafting.cues` does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from copilot.drafting.text import words
from copilot.understand.language_words import WORDS

_FOLDER = Path(__file__).parent / "words"
# A sign-off and a sentence tell a language; longer texts only cost time.
_TOLD_BY = 80


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of a clause; what each is for stands in the files."""

    promise: re.Pattern[str]
    present: re.Pattern[str]
    continued: re.Pattern[str]
    none: re.Pattern[str]
    negative: re.Pattern[str]
    refusal: re.Pattern[str]
    condition: re.Pattern[str]
    indirect: re.Pattern[str]
    event: re.Pattern[str]
    customer: re.Pattern[str]
    aside: re.Pattern[str]
    i: re.Pattern[str]
    other: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Times:
    """The cues of a time: what makes a period a due date, which days are named how, hours of the day."""

    within: re.Pattern[str]
    anchored: re.Pattern[str]
    past: re.Pattern[str]
    next_day: re.Pattern[str]
    morning: re.Pattern[str]
    afternoon: re.Pattern[str]
    days: Mapping[str, re.Pattern[str]]
    hours: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """All cues of a language; `kinds` in the order in which they are asked, `main` deciding alone."""

    cues: Cues
    times: Times
    kinds: Mapping[str, re.Pattern[str]]


# What a day's name stands for, in the normal form of `due.When`.
DAYS = {
    "after_tomorrow": "day 2",
    "next_week": "week 1",
    "this_week": "week 0",
    "month_end": "month 0",
    "today": "day 0",
}


@lru_cache(maxsize=32)
def reader(language: str) -> Reader:
    """The reader of a language; one that isn't known is read by the cues of all."""
    known = _lists()
    own = known.get(language.split("-")[0].lower())
    chosen = [own] if own else list(known.values())
    times = [one["times"] for one in chosen]
    kinds = [one["kinds"] for one in chosen]
    return Reader(
        Cues(**{field.name: _pattern(field.name, chosen) for field in fields(Cues)}),
        Times(
            **{name: _pattern(name, times) for name in _SIMPLE},
            days={value: _pattern(name, times) for name, value in DAYS.items()},
            hours=tuple(re.compile(one, re.IGNORECASE) for row in times for one in row["hour"]),
        ),
        {name: _pattern(name, kinds) for name in kinds[0]},
    )


_SIMPLE = ("within", "anchored", "past", "next_day", "morning", "afternoon")


def told_language(text: str) -> str:
    """Which of the lists reads a text: the one whose small words are the most; "und" where none leads."""
    counts = dict.fromkeys(_lists(), 0)
    for word in words(text)[:_TOLD_BY]:
        for language in WORDS.get(word.lower(), ()):
            if language in counts:
                counts[language] += 1
    best, second = sorted(counts.values(), reverse=True)[:2]
    return max(counts, key=lambda one: counts[one]) if best > second else "und"


def _pattern(name: str, chosen: Iterable[Mapping[str, Any]]) -> re.Pattern[str]:
    alternatives = [one for cues in chosen for one in cues[name]]
    return re.compile("|".join(alternatives) or r"(?!)", re.IGNORECASE)


@lru_cache(maxsize=1)
def _lists() -> Mapping[str, Mapping[str, Any]]:
    return {file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(_FOLDER.glob("*.toml"))}
