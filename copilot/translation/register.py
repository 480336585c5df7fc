"""Whether a text addresses its reader as the desk does: formally or informally."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from copilot.translation.codes import primary
from copilot.translation.desk_words import Register

_FILE = Path(__file__).parent / "words" / "register.toml"
# Languages that write what is formal with a capital, which says nothing at the start of a sentence.
_BY_CAPITAL = frozenset({"de", "it", "pl"})
_STARTS = re.compile(r"(?:^|[.!?:…]\s+|\n\s*|[-–•]\s+|[«„“\"(])\Z")


def misaddressed(text: str, language: str, register: Register) -> tuple[str, ...]:
    """The words of a text that address its reader otherwise, each once; none where nothing is known."""
    return tuple(dict.fromkeys(match.group().lower() for match in misaddressing(text, language, register)))


def misaddressing(text: str, language: str, register: Register) -> Iterator[re.Match[str]]:
    """Each place where a text addresses its reader otherwise."""
    spoken = primary(language)
    pattern = _pattern("formal" if register == "informal" else "informal", spoken)
    by_capital = register == "informal" and spoken in _BY_CAPITAL
    for match in pattern.finditer(text) if pattern else ():
        if not (by_capital and _STARTS.search(text[max(0, match.start() - 4) : match.start()])):
            yield match


@lru_cache(maxsize=64)
def _pattern(register: str, language: str) -> re.Pattern[str] | None:
    line = tomllib.loads(_FILE.read_text(encoding="utf-8"))[register].get(language)
    if line is None:
        return None
    words = "|".join(re.escape(word.strip()) for word in line.split(","))
    if language == "zh":
        return re.compile(words)
    ended = r"(?:(?<=')|(?![\w']))"
    capital = register == "formal" and language in _BY_CAPITAL
    return re.compile(rf"(?<![\w'-])(?:{words}){ended}", 0 if capital else re.IGNORECASE)
