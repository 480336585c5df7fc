"""What stands before a name: greetings, introductions, closing formulas, titles."""

from __future__ import annotations

import re
from functools import lru_cache

from knowledge_base.personal.words import fold, phrases, words


def last_word(before: str) -> str:
    """The word that a stretch of text ends with, folded, a title left out."""
    parts = before.rstrip(" \t\u00a0:,?.").rsplit(maxsplit=2)
    if not parts:
        return ""
    last = fold(parts[-1])
    if len(parts) > 1 and last.rstrip(".") in titles():
        last = fold(parts[-2])
    return last.strip('.,:;!?>"(')


@lru_cache(maxsize=4)
def cue_ends(kind: str) -> frozenset[str]:
    """The last words of a cue's phrases: a cheap look before the regular expression."""
    return frozenset(phrase.split()[-1].strip("?") for phrase in words("cues", kind))


def titles() -> frozenset[str]:
    """Mr, Frau, señora and the like, folded."""
    return words("names", "titles")


@lru_cache(maxsize=1)
def named() -> re.Pattern[str]:
    """A word that tells a name, up to where the name begins."""
    return re.compile(
        rf"(?<!\w)(?i:{phrases('cues', 'named')})\s?[:,]?\s{{1,3}}(?:(?i:{_title_words()})\.?\s)?$"
    )


@lru_cache(maxsize=1)
def introduced() -> re.Pattern[str]:
    """Words after which a name often comes, up to where it begins."""
    return re.compile(
        rf"(?<!\w)(?i:{phrases('cues', 'name')})\s?[:,]?\s{{1,3}}(?:(?i:{_title_words()})\.?\s)?$"
    )


@lru_cache(maxsize=1)
def greeting() -> re.Pattern[str]:
    """A greeting at the beginning of a line, up to the name."""
    return re.compile(
        rf"(?:^|[\n.!?>,])\s{{0,3}}(?i:{phrases('cues', 'greeting')}),?\s{{1,2}}"
        rf"(?:(?i:{_title_words()})\.?\s)?$"
    )


@lru_cache(maxsize=1)
def closing() -> re.Pattern[str]:
    """A closing formula or thanks at the end of a text."""
    return re.compile(rf"(?<!\w)(?i:{phrases('cues', 'closing')})[\s,.!–-]{{0,4}}$")


def _title_words() -> str:
    return phrases("names", "titles")
