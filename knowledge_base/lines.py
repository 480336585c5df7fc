"""Reads a binary file line by line in bounded memory: an endless line is skipped, never held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE = 10_000_000
"""Bytes of the longest line taken: several times the longest conversation that anyone exports."""
_PIECE = 65_536


def bounded_lines(stream: BinaryIO, *, limit: int = MAX_LINE) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line's number (from 1) and bytes with their line end; None for one that is too long."""
    number = 0
    while piece := stream.readline(_PIECE):
        number += 1
        if piece.endswith(b"\n"):
            yield number, piece
        else:
            yield number, _rest(stream, piece, limit)


def _rest(stream: BinaryIO, piece: bytes, limit: int) -> bytes | None:
    line = bytearray(piece)
    too_long = False
    while piece and not piece.endswith(b"\n"):
        piece = stream.readline(_PIECE)
        too_long = too_long or len(line) + len(piece) > limit
        if too_long:
            line.clear()
        else:
            line += piece
    return None if too_long else bytes(line)
