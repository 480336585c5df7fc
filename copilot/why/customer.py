"""What the customer wants as it is compared: the wordings of a request, and where they wrote each phrase."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from copilot.models import Place
from copilot.retrieve import Prepared
from copilot.understand.text import fold
from copilot.why.likeness import Told
from copilot.why.names import names_only
from copilot.why.phrases import Stretch, counterpart, find_phrase
from copilot.why.sources import tell
from copilot.why.units import Say, Setting, Unit
from knowledge_base.models import Conversation


@dataclass(frozen=True, eq=False)
class Wording:
    """A view of what the customer wants. `translates` is the wording in their own words, if this isn't it.

    `said` is what the customer wrote, by name, newest first.
    """

    told: Told
    language: str | None
    said: tuple[tuple[str, str], ...]
    translates: Wording | None = None

    @property
    def own(self) -> Wording:
        """The wording in the customer's own words."""
        return self.translates or self

    @cached_property
    def names(self) -> Wording:
        """The same with nothing but names to be compared."""
        return Wording(names_only(self.told), self.language, self.said)

    def speaks(self, language: str) -> bool:
        """Whether the wording is in that language, or its language can't be told."""
        return self.language is None or _primary(self.language) == _primary(language)

    def written(self, stretch: Stretch) -> tuple[str, Place] | None:
        """The customer's own words for a stretch of the wording, and where they wrote them."""
        own = self.own.told
        aligned = counterpart(stretch, self.told.text, own) if self.translates else stretch
        if aligned is None:
            return None
        phrase = own.text[slice(*aligned)]
        for part, text in self.said or (("query", own.text),):
            found = find_phrase(phrase, text)
            if found is not None:
                return text[slice(*found)], Place(part, *found)
        return None


def said_by(conversation: Conversation) -> tuple[tuple[str, str], ...]:
    """What the customer wrote, newest first, each message with its name."""
    numbered = list(enumerate(conversation.messages))
    return tuple((f"message:{n}", m.text) for n, m in reversed(numbered) if m.role == "customer")


def names_in(conversation: Conversation) -> tuple[str, ...]:
    """The customer's name, which says nothing about what they want."""
    return (conversation.customer.name,) if conversation.customer.name else ()


def wordings_of(prepared: Sequence[Prepared]) -> list[Wording]:
    """The wordings of all views; a line that stands in an earlier view too is compared only there.

    A translation's views are those of the wording before it, in the same order.
    """
    found: list[Wording | None] = []
    originals: list[Wording | None] = []
    for one in prepared:
        views = _views(one)
        if not one.query.original:
            originals = views
            found += views
        else:
            found += [
                replace(view, translates=own) if view and own else None
                for view, own in zip(views, originals, strict=True)
            ]
    return [wording for wording in found if wording is not None and wording.told.comparable]


def _views(prepared: Prepared) -> list[Wording | None]:
    """The views with their units; None for one that has no line of its own."""
    query, products = prepared.query, prepared.generation.products
    silent = frozenset(fold(word) for name in query.silent for word in name.split())
    seen: set[str] = set()
    views: list[Wording | None] = []
    for number, view in enumerate(query.views):
        lines = view.split("\n")
        if seen.issuperset(lines):
            views.append(None)
            continue
        places = products.places(view, query.language)
        setting = Setting(query.language or "en", prepared.generation.words, places, silent)
        encoded = prepared.encoded[number] if prepared.encoded else None
        told = _without(tell(view, setting, encoded), [line in seen for line in lines], lines)
        views.append(Wording(told, query.language, query.said))
        seen.update(lines)
    return views


def _without(told: Told, left_out: Sequence[bool], lines: Sequence[str]) -> Told:
    """The text in which nothing on the lines left out is compared."""
    if not any(left_out):
        return told
    ends = list(accumulate(len(line) + 1 for line in lines))
    silent = [left_out[bisect_right(ends, unit.start)] for unit in told.units]
    units = tuple(
        Unit(unit.start, unit.end, unit.clause, Say.GRAMMAR) if quiet else unit
        for unit, quiet in zip(told.units, silent, strict=True)
    )
    kept = [row for row, number in enumerate(told.meant) if not silent[number]]
    meanings = None if told.meanings is None else told.meanings[kept]
    return Told(told.text, units, tuple(told.meant[row] for row in kept), meanings)


def _primary(language: str) -> str:
    return language.split("-")[0].lower()
