"""In which encoding a file is written, and how bytes that don't belong to it are mended."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

SAMPLE = 1 << 18
"""Bytes by which the encoding is told."""
PIECE = 1 << 18
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_STRAY = re.compile("[\udc80-\udcff]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MANY_BYTES = re.compile("[\u0080-\ud7ff\ue000-\U0010ffff]")
_FALLBACK = "cp1252"


def encoding_of(sample: bytes) -> str:
    """The encoding's name, UTF-8 where most of it reads as that; stray bytes are mended text by text."""
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    if sample.count(0) > len(sample) // 8:
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    text = sample.decode("utf-8", "surrogateescape")
    stray = len(_STRAY.findall(text[:-4]))
    if not stray or stray <= len(_MANY_BYTES.findall(text)):
        return "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(sample[:65_536]).best()
    return best.encoding if best else _FALLBACK


class TextStream:
    """A file's text, piece by piece; bytes that are none of its encoding never raise."""

    def __init__(self, stream: BinaryIO) -> None:
        sample = stream.read(SAMPLE)
        stream.seek(0)
        encoding = encoding_of(sample)
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        self._stream, self._decoder = stream, codecs.getincrementaldecoder(encoding)(errors)
        self.ended = False
        self.bytes = 0

    def more(self, at_least: int = PIECE) -> str:
        """The next piece; empty at the end of the file."""
        while not self.ended:
            raw = self._stream.read(max(PIECE, at_least))
            self.bytes += len(raw)
            self.ended = not raw
            text = self._decoder.decode(raw, final=self.ended)
            if text:
                return text
        return ""


def mended(text: str) -> str:
    """The text as it can be stored: stray bytes are read as the commonest old encoding, NULs dropped."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii() or not _SURROGATE.search(text):
        return text
    text = _STRAY.sub(lambda found: _old(found[0]), text)
    return _SURROGATE.sub("\ufffd", text)


def _old(stray: str) -> str:
    return stray.encode("utf-8", "surrogateescape").decode(_FALLBACK, "replace")
