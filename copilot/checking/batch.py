"""The gate of an import: what a batch brings is found over the whole of it, before any of it is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

from copilot.checking.brought import brought, differ, own_findings, shelves
from copilot.checking.finding import Finding, held_back_by
from copilot.checking.records import cited_by, of_record
from copilot.checking.shelf import Key, Shelf, key_of
from knowledge_base.codec import content_hash
from knowledge_base.judging import Judged
from knowledge_base.models import Case, Record
from knowledge_base.personal.replacing import without_personal
from knowledge_base.store import BATCH, KnowledgeBase

Records = Callable[[], Iterator[Record]]
Told = tuple[Key, Finding]
MOST_TOLD = 1000
"""Findings that a report lists, errors first."""


class ImportGate:
    """Judges a batch whose records may name each other. What needs the index is left to `precedent check`.

    With `why` nothing is held back, and that is kept as the reason of what is written.
    """

    def __init__(
        self,
        knowledge: KnowledgeBase,
        *,
        gate: Sequence[str],
        informal: frozenset[str] = frozenset(),
        today: Callable[[], date] = date.today,
        why: str | None = None,
    ) -> None:
        self._knowledge, self._gate, self._why = knowledge, tuple(gate), why
        self._informal, self._today = informal, today()

    def judge(self, records: Records) -> Judged:
        """Look at all of it, then again without what is held back, until what is left stands by itself."""
        held: dict[Key, str] = {}
        told: dict[Told, None] = {}
        while True:
            found = list(self._look(records, held))
            blocking = [(key, one) for key, one in found if held_back_by([one], self._gate)]
            if self._why is not None and blocking:
                checks = ", ".join(dict.fromkeys(one.check for _, one in blocking))
                return Judged({}, self._entries(found), f"in spite of {checks}: {self._why.strip()}")
            told |= dict.fromkeys(found if not held else blocking)
            if not blocking:
                return Judged(held, self._entries([*told]))
            for key, one in blocking:
                held.setdefault(key, f"held back ({one.check}): {one.subject} {one.message}")

    def _look(self, records: Records, held: Mapping[Key, str]) -> Iterator[Told]:
        laid: dict[Key, Record] = {}
        cases: dict[str, bool] = {}
        for record in self._left(records, held):
            if isinstance(record, Case):
                cases[record.id] = record.status == "published"
            else:
                laid[key_of(record)] = record
        before, after = shelves(self._knowledge, self._today, self._changed(laid), cases)
        gone = before.answering([name for name, published in cases.items() if not published])
        yield from brought(before, after, informal=self._informal, gone=gone)
        source = (one for one in self._left(records, held) if isinstance(one, Case))
        while batch := list(islice(source, BATCH)):
            yield from self._cases(batch, before, after)

    def _changed(self, laid: Mapping[Key, Record]) -> Iterator[Record]:
        """What is there already as it is brings nothing, and is no fault of the import."""
        for (kind, name), record in laid.items():
            stored = self._knowledge.find(kind, name)
            if stored is None or not self._same(record, stored):
                yield record

    def _same(self, record: Record, stored: Record) -> bool:
        plain = without_personal(record, self._knowledge.personal.rules())
        return content_hash(plain) == content_hash(stored)

    def _left(self, records: Records, held: Mapping[Key, str]) -> Iterator[Record]:
        return (one for one in records() if key_of(one) not in held)

    def _cases(self, batch: Sequence[Case], before: Shelf, after: Shelf) -> Iterator[Told]:
        """What cases say wrong themselves; those that are stored already are compared with what they were."""
        wrong = [case for case in batch if next(of_record(case, after), None) is not None]
        stored = self._knowledge.get_many("case", [case.id for case in wrong])
        for case in wrong:
            former = stored.get(case.id)
            plain = without_personal(case, self._knowledge.personal.rules()) if former else case
            culprit: Key = ("case", case.id)
            if former is not None and content_hash(plain) == content_hash(former):
                moved = (n for n in cited_by(case) if differ(before.article(n), after.article(n)))
                culprit = next((("article", name) for name in moved), culprit)
            yield from ((culprit, one) for one in own_findings(plain, before, after, former))

    def _entries(self, told: Sequence[Told]) -> tuple[Mapping[str, object], ...]:
        ranked = sorted(dict.fromkeys(one for _, one in told), key=lambda one: one.weight)
        blocking = set(held_back_by(ranked, self._gate))
        return tuple(one.as_json() | {"blocks": one in blocking} for one in ranked[:MOST_TOLD])
