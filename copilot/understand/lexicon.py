"""Phrases in many languages, found in running text: a file of word groups, one pass over the words.

In a word list `word*` matches every word that begins so, and `..` stands for up to three words of
the same clause.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from copilot.understand.text import fold

GAP = 3
NEGATION_REACH = 3
WORDS = 2_000
"""Words read of one text: no honest message is longer."""
_STEM = 3
_TOKEN = re.compile(r"[^\W_]+|[.!?;:,\n()…。！？，、¿¡–—]")
# Han, kana, and Hangul (decomposed by folding): there, a phrase is looked for anywhere in the text.
_UNSPACED = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"[^\W_]+")
_CONTRACTED = {
    "dont": "don t",
    "doesnt": "doesn t",
    "didnt": "didn t",
    "cant": "can t",
    "wont": "won t",
    "isnt": "isn t",
    "wasnt": "wasn t",
    "havent": "haven t",
    "hasnt": "hasn t",
    "im": "i m",
    "ive": "i ve",
    "id": "i d",
    "thats": "that s",
    "whats": "what s",
    "wheres": "where s",
    "hows": "how s",
    "youre": "you re",
    "theyre": "they re",
    "couldnt": "couldn t",
    "wouldnt": "wouldn t",
}
_AFTER = frozenset(("nicht", "niet", "pas"))
_NOT_ONLY = frozenset(["only", "just", "nur", "solo", "seulement", "alleen", "sólo", "apenas", "tylko"])


@dataclass(frozen=True, slots=True)
class Words:
    """Folded words of a text, and for each the number of the clause that it stands in.

    `unspaced` is the folded text where it holds a script that writes no spaces between words.
    """

    words: tuple[str, ...]
    clauses: tuple[int, ...]
    unspaced: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase of a group, at words `start` to `end` (excluded)."""

    group: str
    start: int
    end: int
    negated: bool


def split_words(text: str) -> Words:
    """The folded words of a text with their clauses."""
    words: list[str] = []
    clauses: list[int] = []
    clause = 0
    folded = fold(text)
    for token in _TOKEN.findall(folded):
        if not token[0].isalnum():
            clause += 1
            continue
        parts = _CONTRACTED[token].split() if token in _CONTRACTED else (token,)
        words.extend(parts)
        clauses.extend([clause] * len(parts))
    unspaced = "" if folded.isascii() or not _UNSPACED.search(folded) else folded
    return Words(tuple(words), tuple(clauses), unspaced)


class Lexicon:
    """Groups of phrases, looked up by their first word or its stem."""

    def __init__(self, groups: dict[str, list[str]]) -> None:
        self._exact: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._stems: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._unspaced: list[tuple[str, str]] = []
        for group, phrases in groups.items():
            for phrase in phrases:
                if _UNSPACED.search(fold(phrase)):
                    self._unspaced.append((group, fold(phrase)))
                else:
                    self._add(group, _pattern(phrase))

    def _add(self, group: str, pattern: tuple[str, ...]) -> None:
        first = pattern[0]
        if first.endswith("*"):
            self._stems.setdefault(first[:_STEM], []).append((group, pattern))
        else:
            self._exact.setdefault(first, []).append((group, pattern))

    def find(self, text: Words) -> Iterator[Hit]:
        """Every phrase in the text, in order of its first word; phrases may overlap."""
        exact, stems = self._exact, self._stems
        for start, word in enumerate(text.words[:WORDS]):
            for group, pattern in (*exact.get(word, ()), *stems.get(word[:_STEM], ())):
                if len(pattern) > 1 and not _may_follow(pattern[1], text.words, start + 1):
                    continue
                end = _match(pattern, text, start)
                if end is not None:
                    yield Hit(group, start, end, _negated(text, start, end))
        if text.unspaced:
            yield from self._find_unspaced(text)

    def _find_unspaced(self, text: Words) -> Iterator[Hit]:
        """Phrases of scripts without spaces; they are placed behind the last word."""
        for group, phrase in self._unspaced:
            if phrase in text.unspaced:
                place = len(text.words)
                yield Hit(group, place, place, False)


def _pattern(phrase: str) -> tuple[str, ...]:
    parts: list[str] = []
    for part in phrase.split():
        if part == "..":
            parts.append(part)
            continue
        words = _WORD.findall(fold(part))
        parts.extend(words)
        if part.endswith("*"):
            parts[-1] += "*"
    return tuple(parts)


def _match(pattern: tuple[str, ...], text: Words, start: int) -> int | None:
    clause, at = text.clauses[start], start
    gap = 0
    for part in pattern:
        if part == "..":
            gap = GAP
            continue
        while True:
            if at >= len(text.words) or text.clauses[at] != clause:
                return None
            if _fits(part, text.words[at]):
                break
            if gap == 0:
                return None
            gap -= 1
            at += 1
        gap = 0
        at += 1
    return at


def _may_follow(part: str, words: tuple[str, ...], at: int) -> bool:
    """A quick look at the second word, which most phrases fail at."""
    return part == ".." or (at < len(words) and (words[at] == part or part[-1] == "*"))


def _fits(part: str, word: str) -> bool:
    return word.startswith(part[:-1]) if part[-1] == "*" else word == part


def _negated(text: Words, start: int, end: int) -> bool:
    clause, words, clauses = text.clauses[start], text.words, text.clauses
    negators = load_set("smalltalk", "negators")
    for at in range(max(0, start - NEGATION_REACH), start):
        if clauses[at] == clause and words[at] in negators and words[at + 1] not in _NOT_ONLY:
            return True
    return any(words[at] in _AFTER and clauses[at] == clause for at in range(end, min(end + 2, len(words))))


@lru_cache(maxsize=8)
def load_lexicon(name: str) -> Lexicon:
    """The lexicon of one of the files beside this module."""
    return Lexicon({group: phrases for group, phrases in load_groups(name).items() if group not in _SETS})


@lru_cache(maxsize=8)
def load_set(name: str, group: str) -> frozenset[str]:
    """One group of single words as a set of folded words."""
    return frozenset(word for phrase in load_groups(name)[group] for word in _WORD.findall(fold(phrase)))


_SETS = frozenset(("function", "block", "concerns", "negators", "compensation", "wishes", "no_names"))


@lru_cache(maxsize=8)
def load_groups(name: str) -> dict[str, list[str]]:
    """The file's groups, the languages joined: in short messages they are mixed anyway."""
    path = Path(__file__).parent / "words" / f"{name}.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        group: [phrase.strip() for line in table.values() for phrase in line.split(",") if phrase.strip()]
        for group, table in tables.items()
    }
