"""What of a message tells its language, and in which script it is written."""

from __future__ import annotations

import re

READ_CHARACTERS = 1000
"""More text than this adds time, not certainty."""
LONGEST_WORD = 60
"""What is longer without a space is no word of an alphabet."""

_QUOTED = re.compile(
    r"(?m)^[ \t]*>.*$|^.{0,200}\b(?:wrote|schrieb|escribió|a écrit|escreveu|ha scritto)\s?:[ \t]*$"
)
_PLACEHOLDER = re.compile(
    r"\{\{[^{}]{0,80}\}\}|\{%[^{}]{0,80}%\}|\{[\w.]{0,60}\}|\[[a-z_]{2,40}\]|<[^<>\s]{1,40}>"
)
_ADDRESS = re.compile(r"(?i)://|^www\.|@|\.(?:com|org|net|de|fr|es|it|io|eu|uk)\b")
_SIGN = re.compile(r"[぀-ヿ一-鿿가-힣]")
_PLAIN = re.compile(r"[!-~]+")
_NO_LETTER = re.compile(r"[^\w']")
_STRETCHED = re.compile(r"(\w)\1{2,}")

_RANGES = {
    "latin": "A-Za-zªºÀ-ÖØ-öø-ɏḀ-ỿ",
    "cyrillic": "Ѐ-ԯ",
    "arabic": "ء-ۿݐ-ݿﭐ-﷿ﹰ-ﻼ",
    "hangul": "가-힣ᄀ-ᇿㄱ-ㆎ",
    "kana": "ぁ-ゟァ-ヿㇰ-ㇿｦ-ﾟ",
    "han": "一-鿿㐀-䶿々",
    "greek": "Ͱ-Ͽἀ-῿",
    "hebrew": "א-ת",
    "thai": "ก-๛",
    "devanagari": "ऀ-ॿ",
}
_OF_SCRIPT = {name: re.compile(f"[{ranges}]") for name, ranges in _RANGES.items()}
_LETTERS_A_SIGN = {"han": 3, "kana": 2, "hangul": 3}

WRITTEN_IN = {
    "ru": "cyrillic", "uk": "cyrillic", "bg": "cyrillic",
    "mk": "cyrillic", "sr": "cyrillic", "be": "cyrillic",
    "ar": "arabic", "fa": "arabic", "ur": "arabic",
    "ko": "hangul", "ja": "kana", "zh": "han", "el": "greek", "he": "hebrew", "th": "thai",
    "hi": "devanagari", "mr": "devanagari", "ne": "devanagari",
}  # fmt: skip
"""The script of a language; those that aren't here write in Latin letters."""
SHARED_SCRIPTS = frozenset({"cyrillic", "arabic", "devanagari"})
FOREIGN_LETTERS = {"ru": re.compile("[ІіЇїЄєҐґЎўЈјЉљЊњЋћЂђЏџЃѓЌќ]"), "ar": re.compile("[پچژگٹڈڑےک]")}
"""Letters that the language never writes: its sister languages of the same script do."""


def clean(text: str) -> str:
    """A message without quoted mail, addresses, ids, numbers, placeholders, symbols; at most a page of it."""
    text = _PLACEHOLDER.sub(" ", _QUOTED.sub(" ", text)).replace("’", "'")
    words: list[str] = []
    room = READ_CHARACTERS
    for token in text.split():
        found = _NO_LETTER.sub(" ", _without_ids(token)).split()
        words += found
        room -= sum(map(len, found)) + len(found)
        if room <= 0:
            break
    cleaned = _STRETCHED.sub(r"\1", " ".join(words))[:READ_CHARACTERS].strip()
    return cleaned.lower() if cleaned.isupper() else cleaned


def _without_ids(token: str) -> str:
    """The token, unless it is an address, an id or a number; of signs without spaces what isn't one."""
    if _SIGN.search(token):
        return _PLAIN.sub(" ", token)
    if len(token) > LONGEST_WORD or token[0] == "#" or "_" in token or _ADDRESS.search(token):
        return ""
    return "" if any(char.isdigit() for char in token) else token


def script_of(text: str) -> str | None:
    """The script that carries a cleaned text; None without letters. A third of foreign letters decides."""
    counts = {name: len(pattern.findall(text)) for name, pattern in _OF_SCRIPT.items()}
    latin = counts.pop("latin")
    foreign = sum(count * _LETTERS_A_SIGN.get(name, 1) for name, count in counts.items())
    if not latin and not foreign:
        return None
    if foreign * 2 < latin or not foreign:
        return "latin"
    if counts["kana"]:
        return "kana"
    return max(counts, key=lambda name: counts[name])
