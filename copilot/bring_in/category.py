"""The category of a ticket: from its fields, else the nearest of the base by the words of its cases."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from copilot.understand.text import fold
from knowledge_base.exports.models import Ticket
from knowledge_base.models import Case
from knowledge_base.store import KnowledgeBase

MOST_READ = 5_000
"""Cases by which categories are told: more change nothing, and the import stays light."""
LEAST_CASES = 3
"""A category of fewer cases has no words of its own yet."""
NEAR, AHEAD = 0.18, 1.5
"""Cosine from which the nearest category counts, and how far it must be before the next. Ten folds of the
sample desk's cases: .26 are given one, .92 of these their own; at 1.25 times .46 and .76.
"""
MOST_WORDS = 400
_WORD = re.compile(r"[^\W\d_]{3,30}")


@dataclass(frozen=True, slots=True)
class Categories:
    """What the base's categories are called, and how the words of each weigh. The base isn't read again."""

    known: Mapping[str, str]
    words: Mapping[str, Mapping[str, float]]
    rarity: Mapping[str, float]
    from_tags: bool

    def of(self, ticket: Ticket, problem: str) -> str | None:
        """A field that names one, a tag that names one, the nearest; None where nothing is near."""
        for name in (ticket.category, *ticket.tags):
            if found := self.known.get(plain(name)):
                return found
        if ticket.category:
            return plain(ticket.category) or None
        return self.nearest(f"{ticket.subject}\n{problem}") or self._tag(ticket)

    def nearest(self, text: str) -> str | None:
        """The category whose cases' words the text shares most, where one is clearly nearest."""
        counts = _counts(text)
        mine = {word: n * self.rarity[word] for word, n in counts.items() if word in self.rarity}
        length = math.sqrt(sum(weight**2 for weight in mine.values()))
        if not length:
            return None
        scored = sorted(
            (
                (sum(weight * theirs.get(word, 0.0) for word, weight in mine.items()) / length, name)
                for name, theirs in self.words.items()
            ),
            reverse=True,
        )
        best, following = scored[0], scored[1] if len(scored) > 1 else (0.0, "")
        return best[1] if best[0] >= NEAR and best[0] >= AHEAD * following[0] else None

    def _tag(self, ticket: Ticket) -> str | None:
        """In a desk that has no categories yet the first tag is one."""
        return plain(ticket.tags[0]) or None if self.from_tags and ticket.tags else None


def read_categories(knowledge: KnowledgeBase, *, from_tags: bool) -> Categories:
    """Read the categories of the base's published cases."""
    cases = (case for case in knowledge.each("case", status="published") if isinstance(case, Case))
    return categories_of(islice(cases, MOST_READ), knowledge.categories("case"), from_tags=from_tags)


def categories_of(cases: Iterable[Case], names: Iterable[str], *, from_tags: bool) -> Categories:
    """Weigh the words of each category by how rare they are among all."""
    words: dict[str, Counter[str]] = defaultdict(Counter)
    within: Counter[str] = Counter()
    number = 0
    sizes: Counter[str] = Counter()
    for case in cases:
        if not case.category:
            continue
        counts = _counts(f"{case.title or ''}\n{case.problem}")
        words[case.category].update(counts.keys())
        within.update(counts.keys())
        sizes[case.category] += 1
        number += 1
    rarity = {word: math.log((1 + number) / (1 + n)) for word, n in within.items() if n > 1}
    kept = {
        name: _unit({word: n * rarity[word] for word, n in found.items() if word in rarity})
        for name, found in words.items()
        if sizes[name] >= LEAST_CASES
    }
    return Categories({plain(name): name for name in (*names, *words)}, kept, rarity, from_tags)


def plain(name: str) -> str:
    """A name as a category is written: `Lost parcel` is lost_parcel."""
    return re.sub(r"[\W_]+", "_", fold(name)).strip("_")[:80]


def _counts(text: str) -> Counter[str]:
    return Counter(islice(_WORD.findall(fold(text[:4000])), MOST_WORDS))


def _unit(weights: Mapping[str, float]) -> dict[str, float]:
    heaviest = sorted(weights.items(), key=lambda item: -item[1])[:MOST_WORDS]
    length = math.sqrt(sum(weight**2 for _, weight in heaviest)) or 1.0
    return {word: weight / length for word, weight in heaviest}
