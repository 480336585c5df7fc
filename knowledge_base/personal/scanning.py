"""What of personal data stands in the base, record by record: what still does, and what was replaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from knowledge_base.codec import kind_of
from knowledge_base.models import Case, Kind, PolicyArticle, Record
from knowledge_base.personal.fields import Field, texts_of
from knowledge_base.personal.models import PLACEHOLDER, Found
from knowledge_base.personal.replacing import Rules, find_in_record

if TYPE_CHECKING:
    from knowledge_base.store import KnowledgeBase

AROUND = 60
"""Characters shown on either side."""
ORDER: tuple[Kind, ...] = ("case", "question", "article", "template")


@dataclass(frozen=True, slots=True)
class Standing:
    """Something personal that stands in a text; `due`: the rules would replace it."""

    field: Field
    number: int
    found: Found
    before: str
    after: str
    due: bool


@dataclass(frozen=True, slots=True)
class Scanned:
    """One record: what stands in it, and the placeholders that it holds, by kind."""

    kind: Kind
    id: str
    title: str
    standing: tuple[Standing, ...]
    replaced: dict[str, int]


@dataclass(slots=True)
class Scan:
    """Some records that hold anything, how many were read, and where to go on (None: all were read)."""

    records: list[Scanned] = field(default_factory=list)
    read: int = 0
    next: str | None = None
    standing: Counter[str] = field(default_factory=Counter)
    due: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)


def scan(base: KnowledgeBase, *, after: str | None = None, limit: int | None = None) -> Scan:
    """Read records, `limit` at most, after the one that `next` of the scan before named (`case:C-17`)."""
    rules, done = base.personal.rules(), Scan()
    records = _records(base, after, 1000 if limit is None else limit + 1)
    last = None
    for record in records if limit is None else islice(records, limit):
        last = record
        done.read += 1
        found = scanned(record, rules)
        if found.standing or found.replaced:
            done.records.append(found)
            done.replaced.update(found.replaced)
            done.standing.update(one.found.kind for one in found.standing)
            done.due.update(one.found.kind for one in found.standing if one.due)
    if last is not None and next(records, None) is not None:
        done.next = f"{kind_of(last)}:{last.id}"
    return done


def scanned(record: Record, rules: Rules) -> Scanned:
    """One record."""
    texts = texts_of(record)
    standing = [
        _standing(texts[slot], slot[0], slot[1], one, due=one.kind in rules.kinds(slot[0]))
        for slot, all_of in find_in_record(record, rules, every=True).items()
        for one in all_of
    ]
    replaced = Counter(
        match["kind"].lower() for text in texts.values() for match in PLACEHOLDER.finditer(text)
    )
    title = record.title if isinstance(record, Case | PolicyArticle) else None
    return Scanned(kind_of(record), record.id, title or record.id, tuple(standing), dict(replaced))


def _standing(text: str, where: Field, number: int, found: Found, *, due: bool) -> Standing:
    before = text[max(0, found.start - AROUND) : found.start]
    return Standing(where, number, found, before, text[found.end : found.end + AROUND], due)


def _records(base: KnowledgeBase, after: str | None, at_once: int) -> Iterator[Record]:
    kind_after, _, id_after = (after or "").partition(":")
    kinds = ORDER[ORDER.index(kind_after) :] if kind_after in ORDER else ORDER
    for kind in kinds:
        yield from base.each(kind, after=id_after or None if kind == kind_after else None, batch_size=at_once)
