"""The words around a resolution: courtesies, closings, and how a step begins."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from copilot.understand.text import fold

Group = Literal["courtesy", "closing", "action"]
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hola|buen[oa]s (?:dias|tardes"
    r"|noches)|buenas"
    r"|estimad[oa]s?|hallo|guten (?:tag|morgen|abend)|sehr geehrte[rs]?|liebe[rs]?|moin|bonjour"
    r"|bonsoir|cher|chere"
    r"|salut|ciao|buongiorno|gentile|ola|bom dia|boa tarde|prezad[oa]s?|beste|geachte|goedendag"
    r"|dzien dobry|witam"
    r"|hej|to whom it may concern)\b[^.!?:;\n]{0,60}?(?:[,.!:\n]|$)"
)
_ITEM = re.compile(r"^\s*(?:[-*•‣·]|\(?\d{1,2}[.)]|step \d{1,2}[:.)])\s+(?=\S)", re.IGNORECASE)


def opens_with(sentence: str, group: Group) -> bool:
    """Whether a sentence begins as those of a group do."""
    return _pattern(group).match(fold(sentence).lstrip(" \t\n*_¡¿\"'(")) is not None


def without_greeting(text: str) -> str:
    """The text without the greeting that it begins with."""
    text = text.lstrip()
    folded = fold(text[:200])
    found = _GREETING.match(folded)
    if not found:
        return text
    # Folding may lengthen a text ("ß"), so the end is found again by the sign that ends the greeting.
    end = len(found[0]) if len(folded) == len(text[:200]) else text.find(found[0][-1]) + 1
    rest = text[end:].lstrip(" \t\n,.!:")
    return rest[:1].upper() + rest[1:]


def item_of(line: str) -> str | None:
    """What a line of a list says; None where it is none."""
    found = _ITEM.match(line)
    return line[found.end() :].strip() if found else None


@cache
def _pattern(group: Group) -> re.Pattern[str]:
    words = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))[group]
    phrases = "|".join(re.escape(phrase) for text in words.values() for phrase in text.split("|"))
    return re.compile(rf"(?:{phrases})")
