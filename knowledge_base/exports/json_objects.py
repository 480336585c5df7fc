"""The objects of a JSON export one at a time: an array, one a line, or pages of an API; damage costs one.

The standard library's decoder reads each object out of a moving window, so that memory stays the same and
reading goes on behind what can't be read (a streaming parser would stop at the first damage for good).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from knowledge_base.exports.encoding import TextStream
from knowledge_base.exports.models import LeftOut

MAX_OBJECT = 24_000_000
"""Characters of one object: twice the largest conversation that a desk has been seen to export."""
LISTS = ("tickets", "conversations", "payload", "results", "data", "items", "records", "helpdesk_tickets")
"""Fields in which an API's page holds its tickets."""
Object = Mapping[str, Any]
Looks = Callable[[Object], bool]
_IN_LIST = re.compile(rf'"(?:{"|".join(LISTS)})"\s*:\s*\[\s*(?=\{{)')
_START = re.compile(r'\{\s*"')
_ENDS = re.compile(r"[\s,]*(\])?")
_NEAR_THE_END = 12
"""Characters from the window's end within which an error may only mean that the rest isn't read yet."""


class _Cut(Exception):
    """The object goes on beyond the window."""


def objects(stream: BinaryIO, looks: Looks) -> Iterator[tuple[Object | LeftOut, int]]:
    """Yield each object that `looks` like a ticket, or what is wrong with it, and the bytes read by then."""
    window = _Window(stream)
    window.open(looks)
    while True:
        found = window.next(looks)
        if found is None:
            return
        for one in found:
            yield one, window.done


class _Window:
    """The stretch of the file that is read at the moment."""

    def __init__(self, stream: BinaryIO) -> None:
        self._source, self._decoder = TextStream(stream), json.JSONDecoder()
        self._text, self._at = "", 0
        self._by_line = False  # one object a line: behind damage the next line begins the next
        self._key = ""  # the first field of a ticket, by which the next is found behind damage
        self._listed = True  # within the list of tickets, or not known to be outside
        self._lost = False  # damage was told, and no ticket found since

    @property
    def done(self) -> int:
        """About how many bytes are worked off."""
        return max(0, self._source.bytes - (len(self._text) - self._at))

    def open(self, looks: Looks) -> None:
        """Find where the tickets begin: a page of an API has a head before them."""
        self._more()
        start = self._text.find("{")
        if start < 0:
            return
        try:
            first = self._decode(start)[0]
        except (_Cut, ValueError):
            first = None
        if first is not None and (looks(first) or any(_listed(first))):
            return
        for found in _IN_LIST.finditer(self._text):
            try:
                first = self._decode(found.end())[0]
            except (_Cut, ValueError):
                continue
            if looks(first):
                self._at = found.end()
                return

    def next(self, looks: Looks) -> list[Object | LeftOut] | None:
        """The next objects; None at the end."""
        while True:
            start = self._find()
            if start < 0:
                return None
            self._at = start
            if found := self._take(looks):
                return found

    def _take(self, looks: Looks) -> list[Object | LeftOut]:
        try:
            value, end = self._decode_whole()
        except OverflowError:
            return self._damage(LeftOut("too_large", detail=f"more than {MAX_OBJECT:,} characters"))
        except ValueError:
            where = f"near byte {self.done + 1:,}"
            return self._damage(LeftOut("damaged", detail=where))
        start, self._at = self._at, end  # reading on may have moved the window
        if looks(value):
            self._learn(start, end)
            self._lost, self._listed = False, self._still_listed()
            return [value]
        inner: list[Object | LeftOut] = [*_listed(value)]
        if inner or self._lost or not self._listed:
            return inner
        self._listed = self._still_listed()
        return [LeftOut("not_a_ticket", detail=f"near byte {self.done:,}")]

    def _learn(self, start: int, end: int) -> None:
        if not self._key and (found := re.compile(r'\{\s*"([^"\\]{1,60})"').match(self._text, start)):
            self._key = found[1]
            line_ends = self._text[end : end + 2].lstrip("\r")[:1] == "\n"
            self._by_line = line_ends and "\n" not in self._text[start:end]

    def _still_listed(self) -> bool:
        ends = _ENDS.match(self._text, self._at)
        return not (ends and ends[1])

    def _damage(self, told: LeftOut) -> list[Object | LeftOut]:
        """Go on behind an object that can't be read; what belongs to it isn't told again."""
        self._at += 1
        if self._by_line:
            self._skip_line()
            return [told]
        first, self._lost = not self._lost, True
        return [told] if first and self._listed else []

    def _skip_line(self) -> None:
        while (end := self._text.find("\n", self._at)) < 0:
            self._at = len(self._text)
            if not self._more():
                return
        self._at = end + 1

    def _find(self) -> int:
        wanted = _START if not (self._lost and self._key) else re.compile(rf'\{{\s*"{re.escape(self._key)}"')
        while True:
            found = wanted.search(self._text, self._at)
            if found:
                return found.start()
            # Anything but an object is passed over; what may be the start of one stays.
            self._at = max(self._at, len(self._text) - 100)
            if not self._more():
                return self._rest()

    def _rest(self) -> int:
        """A last brace that nothing follows is an object cut off."""
        left = self._text.find("{", self._at) if self._listed and not self._lost else -1
        self._at = len(self._text) if left < 0 else self._at
        return left

    def _decode_whole(self) -> tuple[Object, int]:
        while True:
            try:
                return self._decode(self._at)
            except _Cut as cut:
                held = len(self._text) - self._at
                if held > MAX_OBJECT:
                    raise OverflowError from cut
                if not self._more(held):
                    raise ValueError("cut off") from cut

    def _decode(self, start: int) -> tuple[Object, int]:
        try:
            value, end = self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            unfinished = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _NEAR_THE_END
            if unfinished and not self._source.ended:
                raise _Cut from error
            raise
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        return value, end

    def _more(self, at_least: int = 0) -> bool:
        """Read on, and let go of what is worked off."""
        piece = self._source.more(at_least)
        self._text, self._at = self._text[self._at :] + piece, 0
        return bool(piece)


def _listed(value: Object) -> Iterator[Object]:
    """The tickets of an API's page, which may hold its list in `data`."""
    for name in LISTS:
        inner = value.get(name)
        if isinstance(inner, list):
            yield from (one for one in inner if isinstance(one, Mapping))
            return
        if isinstance(inner, Mapping):
            yield from _listed(inner)
            return
