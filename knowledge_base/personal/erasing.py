"""One customer removed from the base: their rows deleted, their values taken out of what stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from knowledge_base.codec import decode, encode, kind_of
from knowledge_base.models import Case, Record, Source
from knowledge_base.personal.person import Person, Values, strings_in, without
from knowledge_base.personal.rewriting import Cleaning, rewrite
from knowledge_base.personal.tracing import Traces, trace

if TYPE_CHECKING:
    from sqlalchemy import Table

    from knowledge_base.database import Database
    from knowledge_base.statements import CounterName, Transaction

AT_ONCE = 500
COUNTERS: tuple[CounterName, ...] = (
    "conversation",
    "change",
    "feedback",
    "promise",
    "delivery",
    "practice",
    "review",
    "gap",
)
"""Whose writers wait until the customer is gone."""
REASON = "personal data erased"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was removed, how its values were written there, and whether the file holds nothing of it."""

    seq: int
    counts: dict[str, int]
    written: frozenset[str]
    clean: bool


@dataclass(frozen=True, slots=True)
class ErasureBook:
    """What `KnowledgeBase.erasures` hands out: it finds and removes customers, and counts how often."""

    database: Database
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def last_seq(self) -> int:
        """The number of the newest erasure; 0 before the first."""
        with self.database.reading() as transaction:
            return transaction.last_seq("erasure")

    def preview(self, person: Person) -> Traces:
        """What an erasure would remove. Raises InputError where too little is told."""
        with self.database.reading() as transaction:
            return trace(transaction, person)

    def erase(self, person: Person, *, actor: str) -> Erased:
        """Remove a customer in one transaction, then free pages and the log of writes. Raises InputError."""
        from sqlalchemy import insert

        from knowledge_base.schema import erasure

        with self.database.writing() as transaction:
            traces = trace(transaction, person)
            written = frozenset(_written(transaction, traces))
            _remove(transaction, traces, actor=actor, at=self.clock())
            seq = transaction.next_seq("erasure")
            row = {"seq": seq, "who": actor, "at": self.clock(), "counts": traces.counts()}
            transaction.connection.execute(insert(erasure).values(**row))
        return Erased(seq, traces.counts(), written, self.database.scrub())


def _remove(transaction: Transaction, traces: Traces, *, actor: str, at: datetime) -> None:
    from sqlalchemy import update

    from knowledge_base import schema

    for name in COUNTERS:
        transaction.lock_counter(name)
    _delete(transaction, schema.message, "conversation_id", traces.conversations)
    _delete(transaction, schema.conversation, "id", traces.conversations)
    _delete(transaction, schema.delivery, "id", traces.deliveries)
    _delete(transaction, schema.template_edit, "feedback_id", traces.feedback)
    _delete(transaction, schema.feedback, "id", traces.feedback)
    _delete(transaction, schema.shown, "suggestion_id", traces.suggestions)
    _delete(transaction, schema.suggestion, "id", traces.suggestions)
    _delete(transaction, schema.promise, "id", traces.promises)
    _delete(transaction, schema.practice_round, "id", traces.rounds)
    _delete(transaction, schema.review_candidate, "id", traces.candidates)
    _delete(transaction, schema.approved_translations, "key", traces.translations)
    _delete(transaction, schema.personal_exception, "value", traces.exceptions)
    for part in _parts(traces.grants):  # the log stays: what was granted is the desk's own
        for row in _of(transaction, schema.grants, "id", part):
            kept = {"why": traces.values.removed(row["why"]), "customer": None, "conversation_id": None}
            own = schema.grants.c.id == row["id"]
            transaction.connection.execute(update(schema.grants).where(own).values(**kept))
    for part in _parts(traces.decisions):  # what was decided is the desk's own too
        for row in _of(transaction, schema.gap_decision, "id", part):
            told = {name: traces.values.removed(row[name]) for name in ("name", "why") if row[name]}
            own = schema.gap_decision.c.id == row["id"]
            transaction.connection.execute(update(schema.gap_decision).where(own).values(**told))
    _clean_looks(transaction, traces.values)
    _clean_dismissals(transaction, traces.values)
    known = frozenset(traces.conversations)
    cleaning = Cleaning(
        lambda record: _cleaned(record, traces.values, known), traces.values.removed, actor, at, REASON
    )
    for kind, record_id in traces.records:
        rewrite(transaction, kind, record_id, cleaning)


def _clean_looks(transaction: Transaction, values: Values) -> None:
    """Take the values out of what was noted when a record was looked over."""
    from sqlalchemy import select, update

    from knowledge_base.schema import record_review as table

    noted = select(table.c.kind, table.c.record_id, table.c.note).where(table.c.note.is_not(None))
    for kind, record_id, note in transaction.connection.execute(noted).all():
        if values.within(note):
            own = (table.c.kind == kind) & (table.c.record_id == record_id)
            transaction.connection.execute(update(table).where(own).values(note=values.removed(note)))


def _clean_dismissals(transaction: Transaction, values: Values) -> None:
    """Take the values out of why proposals for templates were turned down."""
    from sqlalchemy import select, update

    from knowledge_base.schema import template_dismissal as table

    for number, reason in transaction.connection.execute(select(table.c.id, table.c.reason)).all():
        if values.within(reason):
            own = update(table).where(table.c.id == number)
            transaction.connection.execute(own.values(reason=values.removed(reason)))


def _cleaned(record: Record, values: Values, known: frozenset[str]) -> Record:
    """The record without the values; its id, which others point to, stays."""
    record = decode(kind_of(record), without(encode(record), values) | {"id": record.id})
    if isinstance(record, Case) and record.source.id in known:
        return replace(record, source=Source(system=record.source.system))
    return record


def _written(transaction: Transaction, traces: Traces) -> set[str]:
    """How the values are written in what is about to go: what no file may hold afterwards."""
    from knowledge_base import schema

    found = {value for _, value in traces.values.pairs}
    for table, key, ids in (
        (schema.message, "conversation_id", traces.conversations),
        (schema.conversation, "id", traces.conversations),
        (schema.suggestion, "id", traces.suggestions),
        (schema.feedback, "id", traces.feedback),
        (schema.promise, "id", traces.promises),
        (schema.practice_round, "id", traces.rounds),
        (schema.review_candidate, "id", traces.candidates),
        (schema.gap_decision, "id", traces.decisions),
        (schema.delivery, "id", traces.deliveries),
        (schema.change, "record_id", tuple(record_id for _, record_id in traces.records)),
    ):
        for part in _parts(ids):
            for row in _of(transaction, table, key, part):
                texts = (text for value in row.values() for text in strings_in(value))
                found.update(written for text in texts for written in traces.values.written(text))
    return found


def _delete(transaction: Transaction, table: Table, key: str, ids: Sequence[Any]) -> None:
    from sqlalchemy import delete

    for part in _parts(ids):
        transaction.connection.execute(delete(table).where(table.c[key].in_(part)))


def _of(transaction: Transaction, table: Table, key: str, ids: Sequence[Any]) -> list[dict[str, Any]]:
    from sqlalchemy import select

    query = select(table).where(table.c[key].in_(ids))
    return [dict(row) for row in transaction.connection.execute(query).mappings()]


def _parts(ids: Sequence[Any]) -> list[Sequence[Any]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
