"""The rows of a CSV file one at a time; a quote that is never closed costs its own row alone."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

from knowledge_base.exports.encoding import TextStream, mended
from knowledge_base.exports.models import LeftOut

MAX_ROW = 24_000_000
"""Characters of a row, and the lines that an open quote may run over."""
MAX_LINES = 50_000
_DELIMITERS = (",", ";", "\t", "|")
csv.field_size_limit(max(MAX_ROW, csv.field_size_limit()))


class Rows:
    """A file's header and its rows, each as a list of cells as long as the header."""

    def __init__(self, stream: BinaryIO) -> None:
        self._source = TextStream(stream)
        self._text, self._at, self._number = "", 0, 0
        self._back: deque[str] = deque()
        first = next((line for line in iter(self._line, "") if line.strip()), "")
        self.delimiter = max(_DELIMITERS, key=lambda sign: len(_cells(first, sign)))
        self.header = [" ".join(mended(cell).split()) for cell in self._logical(first, None)]

    @property
    def done(self) -> int:
        """About how many bytes are worked off."""
        waiting = sum(map(len, self._back))
        return max(0, self._source.bytes - (len(self._text) - self._at) - waiting)

    def __iter__(self) -> Iterator[list[str] | LeftOut]:
        while line := self._line():
            if not line.strip():
                continue
            number = self._number
            cells = self._logical(line, len(self.header))
            yield cells or LeftOut("damaged", detail=f"line {number:,}")

    def _logical(self, line: str, width: int | None) -> list[str]:
        """The cells of a row, which an open quote carries on over lines; empty where it can't be read."""
        first, rest, length = line, list[str](), len(line)
        odd = line.count('"') % 2
        while odd and length < MAX_ROW and len(rest) < MAX_LINES and (more := self._line()):
            rest.append(more)
            length += len(more)
            odd ^= more.count('"') % 2
        cells = _fitting(_cells("".join([first, *rest]), self.delimiter), width) if not odd else []
        if cells or not rest:
            return cells or _fitting(_cells(first, self.delimiter), width)
        self._back.extendleft(reversed(rest))
        self._number -= len(rest)
        return _fitting(_cells(first, self.delimiter), width)

    def _line(self) -> str:
        """The next line with its end; empty at the end of the file."""
        self._number += 1
        if self._back:
            return self._back.popleft()
        while True:
            end = self._text.find("\n", self._at)
            held = len(self._text) - self._at
            if end >= 0 or held > MAX_ROW:
                end = end if end >= 0 else len(self._text) - 1
                line, self._at = self._text[self._at : end + 1], end + 1
                return line
            piece = self._source.more(held)
            if not piece:
                line, self._text, self._at = self._text[self._at :], "", 0
                return line
            self._text, self._at = self._text[self._at :] + piece, 0


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader([line], delimiter=delimiter)) if line else []
    except csv.Error:
        return []
    return rows[0] if rows else []


def _fitting(cells: list[str], width: int | None) -> list[str]:
    """The cells where they are as many as the header; empty ones too many don't count."""
    if width is None:
        return cells
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    return cells if len(cells) == width else []
