"""Personal data in a text, each stretch once: which kind wins where several see something."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from knowledge_base.personal.addresses import find_addresses
from knowledge_base.personal.contacts import find_emails, find_ips, find_links, find_phones
from knowledge_base.personal.models import KINDS, PLACEHOLDER, TEMPLATE_HOLE, Found, PersonalKind
from knowledge_base.personal.names import find_names
from knowledge_base.personal.numbers import find_cards, find_ibans, find_national, find_own

_DIGIT = re.compile(r"\d")


def find_personal(
    text: str,
    *,
    language: str | None = None,
    kinds: Collection[PersonalKind] = KINDS,
    public: frozenset[str] = frozenset(),
) -> list[Found]:
    """What of these kinds is personal in a text, in order, without overlap.

    `public` are folded words that name nobody. Placeholders, also those of templates, are left alone, and
    what belongs to a kind that isn't wanted is nothing else: no name is found within a link.
    """
    taken: list[Found] = []
    marks = _Marks(len(text))
    for start, end in _protected(text):
        marks.take(start, end)
    for one in chain(*_finders(text, language, public)):
        if one.text.strip() and marks.free(one.start, one.end):
            marks.take(one.start, one.end)
            taken.append(one)
    return sorted((one for one in taken if one.kind in kinds), key=lambda one: one.start)


def _finders(text: str, language: str | None, public: frozenset[str]) -> Iterator[Iterable[Found]]:
    """The finders in the order in which they may claim a stretch: what is checked before what is likely."""
    digits = _DIGIT.search(text) is not None
    if "@" in text:
        yield find_emails(text)
    yield find_links(text)
    if digits:
        yield find_ibans(text)
        yield find_cards(text)
        yield find_national(text)
    yield find_ips(text)
    if digits:
        yield find_own(text)
        yield find_addresses(text)
        yield find_phones(text, language)
    yield find_names(text, language, public)


def _protected(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (PLACEHOLDER, TEMPLATE_HOLE):
        for match in pattern.finditer(text):
            yield match.span()


class _Marks:
    """Which characters belong to something already."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)

    def free(self, start: int, end: int) -> bool:
        return not any(self._taken[start:end])

    def take(self, start: int, end: int) -> None:
        self._taken[start:end] = b"\1" * (end - start)
