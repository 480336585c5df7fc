"""Masks for what no engine may touch: addresses, ids, amounts, placeholders, names that stay as they are.

Each protected span becomes a token such as XPH0X, which engines leave alone nearly always; `tokens`
lets the caller verify that they did.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from copilot.translation.patterns import PATTERNS

PERSONAL = frozenset({"iban", "card", "phone"})
"""Kinds that mean a person; e-mail addresses are masked whatever the setting, as ids are."""
_PHONE_DIGITS = 7
TOKEN = re.compile(r"[Xx]\s?[Pp]\s?[Hh]\s?(\d{1,6})\s?[Xx]")
"""A token as an engine may have left it: other case, a space in it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch that must come through unchanged."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with tokens; `originals[n]` is what stands behind token n, `kinds[n]` what it is."""

    text: str
    originals: tuple[str, ...]
    kinds: tuple[str, ...]

    def restore(self, text: str) -> str:
        """The text with the originals in place of the tokens."""
        return TOKEN.sub(lambda match: self.originals[int(match[1])], text)


def find_spans(text: str, *, terms: tuple[str, ...] = (), personal: bool = True) -> list[Span]:
    """What is to be protected, in order, without overlap; the do-not-translate terms come first."""
    spans: list[Span] = []
    position = 0
    pattern = _pattern(terms, personal)
    while match := pattern.search(text, position):
        kind = match.lastgroup or ""
        if kind == "phone" and sum(c.isdigit() for c in match[0]) < _PHONE_DIGITS:
            position = _past_digits(text, match.start())
            continue
        spans.append(Span(match.start(), match.end(), kind))
        position = match.end()
    return spans


def mask(text: str, *, terms: tuple[str, ...] = (), personal: bool = True) -> Masked:
    """Put a token in the place of each protected span; spans that touch share one."""
    parts: list[str] = []
    originals: list[str] = []
    kinds: list[str] = []
    position = 0
    for span in find_spans(text, terms=terms, personal=personal):
        if originals and span.start == position:
            originals[-1] += text[span.start : span.end]
        else:
            parts += [text[position : span.start], f"XPH{len(originals)}X"]
            originals.append(text[span.start : span.end])
            kinds.append(span.kind)
        position = span.end
    parts.append(text[position:])
    return Masked("".join(parts), tuple(originals), tuple(kinds))


def tokens(text: str) -> list[int]:
    """The numbers of the tokens in a text, sorted: equal lists mean that none was lost or doubled."""
    return sorted(int(number) for number in TOKEN.findall(text))


def _past_digits(text: str, position: int) -> int:
    """Behind the digits that begin here: what follows may still be something else."""
    position += 1
    while position < len(text) and text[position].isdigit():
        position += 1
    return position


@lru_cache(maxsize=64)
def _pattern(terms: tuple[str, ...], personal: bool) -> re.Pattern[str]:
    named = [
        f"(?P<{kind}>{pattern})" for kind, pattern in PATTERNS.items() if personal or kind not in PERSONAL
    ]
    if any(terms):
        longest_first = sorted({term for term in terms if term}, key=lambda term: (-len(term), term))
        named.insert(0, rf"(?P<term>(?<!\w)(?i:{'|'.join(map(re.escape, longest_first))})(?!\w))")
    return re.compile("|".join(named))
