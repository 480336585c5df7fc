"""What one message tells of its writer's mood: phrases found, capitals, exclamation marks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from copilot.understand.lexicon import Hit, Words, load_lexicon, load_set, split_words
from copilot.understand.text import own_words

Signals = Mapping[str, float]

CAPITAL_WORDS = 3
CAPITAL_SHARE = 0.5
_LETTERS = re.compile(r"\b[^\W\d_]{3,}\b")
_RUN = re.compile(r"!{2,}|(?:!\?|\?!)[!?]*|\?{3,}")
# An amount that the customer wants to be paid for trouble, in figures.
_BIG_MONEY = re.compile(
    r"(?:[€$£]\s?\d{3}|(?<![\d.,])\d{1,4}[.,]?\d{3}\s?"
    r"(?:€|\$|£|eur\b|euros?\b|pounds?\b|dollars?\b|usd\b|gbp\b))",
    re.IGNORECASE,
)
WISH_REACH = 3
_ERROR_CODE = re.compile(r"\b(?:E|ERR|F)[-_ ]?\d{1,4}\b")
_DENIABLE = frozenset(
    (
        "angry",
        "frustrated",
        "disappointed",
        "worried",
        "pleased",
        "insult",
        "legal",
        "deadline",
        "safety",
        "demand",
    )
)
_CHILDREN = re.compile(
    r"\b(?:my (?:son|daughter|child|baby|kid|toddler)|mi hij[oa]|mon fils|ma fille|mein sohn|meine tochter"
    r"|mein kind|mi[oa] figli[oa]|(?:o )?meu filho|minha filha|mijn (?:zoon|dochter|kind)"
    r"|mo(?:j syn|ja corka))\b",
    re.IGNORECASE,
)


def read_signals(text: str) -> Signals:
    """Signals by name with their strength; a denied phrase ("not angry", "no smoke") is none."""
    text = own_words(text)
    words = split_words(text)
    hits = list(load_lexicon("mood").find(words))
    found: dict[str, float] = {}
    harmless = {at for hit in hits if hit.group == "harmless" for at in range(hit.start, hit.end)}
    counted: dict[str, int] = {}
    for hit in hits:
        name = _meaning(hit, harmless, words)
        if name and hit.start >= counted.get(name, 0):
            found[name] = found.get(name, 0.0) + 1.0
            counted[name] = hit.end
    found.update(_typography(text))
    if _BIG_MONEY.search(text) and load_set("mood", "compensation").intersection(words.words):
        found["demand"] = found["sum"] = 1.0
    if _ERROR_CODE.search(text):
        found["technical"] = found.get("technical", 0.0) + 1.0
    if "safety" in found and _CHILDREN.search(text):
        found["hurt"] = 1.0
    return found


def _meaning(hit: Hit, harmless: set[int], words: Words) -> str | None:
    """The signal that a phrase stands for: denied pleasure is disappointment, all else nothing."""
    if hit.group == "harmless" or (hit.group == "safety" and hit.start in harmless):
        return None
    if hit.group == "pleased" and load_set("mood", "wishes").intersection(
        words.words[max(0, hit.start - WISH_REACH) : hit.start]
    ):
        return None
    if hit.negated and hit.group in _DENIABLE:
        return "disappointed" if hit.group == "pleased" else None
    return hit.group


def _typography(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    letters = _LETTERS.findall(text)
    capitals = sum(word.isupper() for word in letters)
    if capitals >= CAPITAL_WORDS and capitals >= CAPITAL_SHARE * len(letters):
        found["capitals"] = 1.0
    if _RUN.search(text):
        found["exclamations"] = 0.6
    elif text.count("!") >= 2:
        found["exclamations"] = 0.4
    return found
