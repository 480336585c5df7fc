"""Cutting long text where it hurts least, so that no character of it is ever lost."""

from __future__ import annotations

import re
from collections.abc import Callable

_SENTENCE_END = re.compile(r"[.!?…]+[\"'»”)\]]*\s|[。！？]")


def split_text(text: str, limit_bytes: int) -> list[str]:
    """Pieces of at most so many UTF-8 bytes that join to the text: at newlines, sentences, spaces, anywhere.

    `limit_bytes` must be at least 4, the longest character.
    """
    pieces: list[str] = []
    start = 0
    while start < len(text):
        end = _fitting_end(text, start, limit_bytes)
        if end < len(text):
            end = _boundary(text, start, end)
        pieces.append(text[start:end])
        start = end
    return pieces


def _fitting_end(text: str, start: int, limit_bytes: int) -> int:
    """Where the longest stretch from `start` ends that takes at most so many bytes."""
    raw = text[start : start + limit_bytes].encode("utf-8", errors="surrogatepass")
    if len(raw) <= limit_bytes:
        return min(start + limit_bytes, len(text))
    cut = limit_bytes
    while raw[cut] & 0xC0 == 0x80:  # inside a character
        cut -= 1
    return start + len(raw[:cut].decode("utf-8", errors="surrogatepass"))


def _boundary(text: str, start: int, end: int) -> int:
    """The last good place to cut in that stretch, else its end."""
    newline = text.rfind("\n", start, end)
    if newline >= start:
        return newline + 1
    sentences = [match.end() for match in _SENTENCE_END.finditer(text, start, end)]
    if sentences:
        return sentences[-1]
    space = text.rfind(" ", start, end)
    return space + 1 if space >= start else end


def in_pieces(text: str, limit_bytes: int, translate: Callable[[str], str]) -> str:
    """Translate piece by piece; the white space around each piece stays as it is."""
    return "".join(around(piece, translate) for piece in split_text(text, limit_bytes))


def around(text: str, translate: Callable[[str], str]) -> str:
    """Translate what stands between the outer white space, and put that back: engines drop it."""
    core = text.strip()
    if not core:
        return text
    start = text.index(core)
    return text[:start] + translate(core).strip() + text[start + len(core) :]
