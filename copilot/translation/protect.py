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
    """A text with tokens; `originals[n]` is what stands behind token n, `kinds[n]` what it is.

    `restored[n]` is what takes its place in the translation: the same, but for terms of a glossary.
    """

    text: str
    originals: tuple[str, ...]
    kinds: tuple[str, ...]
    restored: tuple[str, ...]

    def restore(self, text: str) -> str:
        """The text with what the tokens stand for."""
        return TOKEN.sub(lambda match: self.restored[int(match[1])], text)


def find_spans(
    text: str,
    *,
    terms: tuple[str, ...] = (),
    personal: bool = True,
    glossary: tuple[tuple[str, str], ...] = (),
) -> list[Span]:
    """What is to be protected, in order, without overlap; the desk's own terms come first."""
    spans: list[Span] = []
    position = 0
    pattern = _pattern(terms, personal, tuple(own for own, _ in glossary))
    while match := pattern.search(text, position):
        kind = match.lastgroup or ""
        if kind == "phone" and sum(c.isdigit() for c in match[0]) < _PHONE_DIGITS:
            position = _past_digits(text, match.start())
            continue
        spans.append(Span(match.start(), match.end(), kind))
        position = match.end()
    return spans


def mask(
    text: str,
    *,
    terms: tuple[str, ...] = (),
    personal: bool = True,
    glossary: tuple[tuple[str, str], ...] = (),
) -> Masked:
    """Put a token in the place of each protected span; spans that touch share one.

    `terms` stay as they are; of a `glossary`'s pairs the first comes back as the second.
    """
    said = {own.casefold(): theirs for own, theirs in glossary}
    parts: list[str] = []
    originals: list[str] = []
    restored: list[str] = []
    kinds: list[str] = []
    position = 0
    for span in find_spans(text, terms=terms, personal=personal, glossary=glossary):
        original = text[span.start : span.end]
        shown = _cased(said[original.casefold()], original) if span.kind == "glossary" else original
        if originals and span.start == position:
            originals[-1] += original
            restored[-1] += shown
        else:
            parts += [text[position : span.start], f"XPH{len(originals)}X"]
            originals.append(original)
            restored.append(shown)
            kinds.append(span.kind)
        position = span.end
    parts.append(text[position:])
    return Masked("".join(parts), tuple(originals), tuple(kinds), tuple(restored))


def _cased(term: str, original: str) -> str:
    """A term with a capital where a sentence begins with it."""
    return term[:1].upper() + term[1:] if original[:1].isupper() else term


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
def _pattern(terms: tuple[str, ...], personal: bool, glossary: tuple[str, ...]) -> re.Pattern[str]:
    named = [
        f"(?P<{kind}>{pattern})" for kind, pattern in PATTERNS.items() if personal or kind not in PERSONAL
    ]
    own = [
        f"(?P<{kind}>{_any_of(words)})"
        for kind, words in (("term", terms), ("glossary", glossary))
        if any(words)
    ]
    return re.compile("|".join([*own, *named]))


def _any_of(words: tuple[str, ...]) -> str:
    longest_first = sorted({word for word in words if word}, key=lambda word: (-len(word), word))
    return rf"(?<!\w)(?i:{'|'.join(map(re.escape, longest_first))})(?!\w)"
