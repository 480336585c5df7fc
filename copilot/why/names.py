"""What two languages share without a translator: names, codes and long words spelt alike in both."""

from __future__ import annotations

from copilot.understand.text import fold
from copilot.why.likeness import Told
from copilot.why.units import Say, Unit

# Shorter words that two languages spell alike are often false friends ("gift" is German for poison).
LONG_WORD = 6


def names_only(told: Told) -> Told:
    """The text in which only names, codes and long words may be compared, each as it is spelt."""
    return Told(told.text, tuple(_as_name(told.text, unit) for unit in told.units))


def _as_name(text: str, unit: Unit) -> Unit:
    word = text[unit.start : unit.end]
    if unit.say > Say.WEAK and _is_name(word):
        return Unit(unit.start, unit.end, unit.clause, unit.say, (fold(word),), unit.weight)
    return Unit(unit.start, unit.end, unit.clause, Say.GRAMMAR)


def _is_name(word: str) -> bool:
    if any(map(str.isdigit, word)):
        return any(map(str.isalpha, word))
    return word[:1].isupper() or len(word) >= LONG_WORD
