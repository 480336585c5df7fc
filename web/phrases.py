"""Typed data for the templates: why a card is shown, phrase by phrase, and where each phrase stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copilot.models import Match, Place

Marked = tuple[tuple[str, str], ...]
"""Stretches of a text, each with the id of the phrase that it is, or "" where it is none."""


@dataclass(frozen=True, slots=True)
class PhraseView:
    """A phrase of the customer's with the card's phrase beside it.

    `source` is empty where it only repeats the customer's; `message` is the number of the message in which
    the phrase stands at `start` to `end`, in characters, None where it isn't known; `on_card` is where the
    card's phrase stands.
    """

    id: str
    customer: str
    source: str
    translated: str
    message: int | None
    start: int
    end: int
    on_card: Place


def phrase_views(anchor: str, matches: Sequence[Match]) -> tuple[PhraseView, ...]:
    """Lay out the matches of the card with this anchor."""
    return tuple(_phrase(f"{anchor}-phrase-{n}", match) for n, match in enumerate(matches))


def marked(text: str, part: str, phrases: Sequence[PhraseView], at: int = 0) -> Marked:
    """Cut a text where phrases of this field begin and end; it begins at character `at` of the field."""
    places = sorted(
        (p.on_card.start - at, p.on_card.end - at, p.id) for p in phrases if p.on_card.part == part
    )
    cut: list[tuple[str, str]] = []
    done = 0
    for start, end, name in places:
        first, last = max(done, min(start, len(text))), max(done, min(end, len(text)))
        cut += [(text[done:first], ""), (text[first:last], name)]
        done = last
    return tuple(stretch for stretch in (*cut, (text[done:], "")) if stretch[0])


def _phrase(name: str, match: Match) -> PhraseView:
    place = match.customer_at
    number = place.part.removeprefix("message:")
    told = {match.customer.casefold(), match.source.casefold()}
    return PhraseView(
        id=name,
        customer=match.customer,
        source=match.source if len(told) == 2 else "",
        translated=match.translated if match.translated and match.translated.casefold() not in told else "",
        message=int(number) if number.isdecimal() else None,
        start=place.start,
        end=place.end,
        on_card=match.source_at,
    )
