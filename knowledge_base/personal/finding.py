"""Personal data in a text, each stretch once: which kind wins where several see something."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain

from knowledge_base.personal.addresses import find_addresses
from knowledge_base.personal.contacts import find_emails, find_ips, find_links, find_phones
from knowledge_base.personal.glance import Glance, glance
from knowledge_base.personal.models import KINDS, PLACEHOLDER, TEMPLATE_HOLE, Found, PersonalKind
from knowledge_base.personal.names import find_names
from knowledge_base.personal.numbers import find_cards, find_ibans, find_national, find_own

LONGEST_KEPT = 10_000
"""Characters of a text whose finds are remembered: a reply stands among the messages too."""


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
    find = _found_lately if len(text) <= LONGEST_KEPT else found_in
    return [one for one in find(text, language, public) if one.kind in kinds]


def found_in(text: str, language: str | None, public: frozenset[str]) -> tuple[Found, ...]:
    """Everything that is found, without remembering it."""
    taken: list[Found] = []
    look = glance(text)
    marks = _Marks(len(text))
    for start, end in _protected(look):
        marks.take(start, end)
    for one in chain(*_finders(look, language, public)):
        if one.text.strip() and marks.free(one.start, one.end):
            marks.take(one.start, one.end)
            taken.append(one)
    return tuple(sorted(taken, key=lambda one: one.start))


_found_lately = lru_cache(maxsize=256)(found_in)


def _finders(look: Glance, language: str | None, public: frozenset[str]) -> Iterator[Iterable[Found]]:
    """The finders in the order in which they may claim a stretch: what is checked before what is likely."""
    yield find_emails(look)
    yield find_links(look)
    if look.holds("digit"):
        yield find_ibans(look)
        yield find_cards(look)
        yield find_national(look)
    yield find_ips(look)
    if look.holds("digit"):
        yield find_own(look)
        yield find_addresses(look)
        yield find_phones(look, language)
    yield find_names(look.text, language, public)


def _protected(look: Glance) -> Iterator[tuple[int, int]]:
    for pattern in (PLACEHOLDER, TEMPLATE_HOLE) if look.holds("hole") else ():
        for match in pattern.finditer(look.text):
            yield match.span()


class _Marks:
    """Which characters belong to something already."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)

    def free(self, start: int, end: int) -> bool:
        return not any(self._taken[start:end])

    def take(self, start: int, end: int) -> None:
        self._taken[start:end] = b"\1" * (end - start)
