"""What a sentence commits to or holds back, by the words of `words.toml`, so that two wordings compare.

Counting words is coarse on purpose: a wording that is refused wrongly costs nothing, the draft stands.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from copilot.drafting.facts import NUMBER_WORDS
from copilot.drafting.text import content_words

LANGUAGES = frozenset({"en", "es", "fr", "de"})
"""Those of `words.toml`; a draft in another language is left as it is."""

_MANNERS = frozenset({"contact", "done", "guarantee"})
"""Promises by the way of saying it: "I have read it" may become "I read it"."""
_FILE = Path(__file__).parent / "words.toml"
_CLAUSE_ENDS = re.compile(
    r"[,;:.!?…()–—]|\b(?:and|but|because|while|y|pero|porque|mientras|et|mais|parce|und|aber|weil|denn)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")


def promises(text: str) -> Counter[str]:
    """How often a text speaks of each thing that a customer could hold the desk to."""
    return Counter({name: len(pattern.findall(text)) for name, pattern in _words().promises.items()})


def new_promise(before: str, after: str) -> bool:
    """Whether the second wording promises, admits or reports more than the first."""
    return bool(promises(after) - promises(before))


def promise_lost(before: str, after: str) -> bool:
    """Whether the second wording no longer speaks of something that the first holds out."""
    told = promises(after)
    return any(count and not told[name] for name, count in promises(before).items() if name not in _MANNERS)


def limit_lost(before: str, after: str, language: str) -> bool:
    """Whether a condition, a restriction, a "may", a duty or a choice is gone."""
    kinds = _words().limits[language]
    return any(len(kind.findall(after)) < len(kind.findall(before)) for kind in kinds)


def negation_changed(before: str, after: str) -> bool:
    """Whether a "not" came, went, or moved to something else."""
    if len(_words().negations.findall(before)) != len(_words().negations.findall(after)):
        return True
    one, two = _clauses(before), _clauses(after)
    return _denied_elsewhere(one, two) or _denied_elsewhere(two, one)


def numbers(text: str, language: str) -> Counter[str]:
    """The numbers written as words, "one" left out, since it is an article in most languages."""
    known = _words()
    words = [word for word in _WORD.findall(text.lower()) if word not in known.no_numbers.get(language, ())]
    return Counter(w for w in words if NUMBER_WORDS.get(w, 0) > 1 or known.numbers.fullmatch(w))


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause's content words, cut so that "scanned" and "scan" are one, and whether it denies something."""

    words: frozenset[str]
    denies: bool


def _clauses(text: str) -> list[_Clause]:
    found = []
    for part in _CLAUSE_ENDS.split(text):
        affirmed, denials = _words().negations.subn(" ", part)
        found.append(_Clause(frozenset(word[:4] for word in content_words(affirmed)), denials > 0))
    return found


def _denied_elsewhere(ours: Sequence[_Clause], theirs: Sequence[_Clause]) -> bool:
    """Whether what a clause of ours denies is what a clause of theirs affirms, or doesn't speak of."""
    return any(not _denied(clause, theirs) for clause in ours if clause.denies and clause.words)


def _denied(clause: _Clause, theirs: Sequence[_Clause]) -> bool:
    nearest = max(theirs, key=lambda other: (len(clause.words & other.words), other.denies))
    return nearest.denies and bool(clause.words & nearest.words)


@dataclass(frozen=True, slots=True)
class _Words:
    """`words.toml`, ready to be searched for."""

    promises: Mapping[str, re.Pattern[str]]
    negations: re.Pattern[str]
    limits: Mapping[str, tuple[re.Pattern[str], ...]]
    numbers: re.Pattern[str]
    no_numbers: Mapping[str, Sequence[str]]


@lru_cache(maxsize=1)
def _words() -> _Words:
    read: dict[str, Any] = tomllib.loads(_FILE.read_text("utf-8"))
    # English and French contract what denies: "isn't", "n'est".
    negations = rf"{_whole(read['negations']['words'])}|n['’]t\b|\bn['’](?=\w)"
    return _Words(
        promises={name: _pattern("|".join(parts)) for name, parts in read["promises"].items()},
        negations=_pattern(negations),
        limits={
            language: tuple(_pattern(_whole(words)) for words in kinds.values())
            for language, kinds in read["limits"].items()
        },
        numbers=_pattern(_whole(read["numbers"]["words"])),
        no_numbers=read["no_numbers"],
    )


def _whole(words: Iterable[str]) -> str:
    return rf"\b(?:{'|'.join(words)})\b"


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
