"""Every SQL statement of the store, in SQLAlchemy's common language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from knowledge_base.codec import decode, encode
from knowledge_base.models import Case, Change, Kind, PolicyArticle, Record
from knowledge_base.outcome_columns import NO_OUTCOME, outcome_columns
from knowledge_base.plan import Head, Step, fold, named_in, search_text
from knowledge_base.schema import (
    TRIGRAM,
    change,
    citation,
    counter,
    feedback,
    promise,
    record,
    record_find,
    record_text,
    shown,
    suggestion,
)
from knowledge_base.shown import found_in, shown_in

UNTOLD = "und"
"""BCP 47 for a language that isn't told, as that of a golden question may be."""
CounterName = Literal[
    "change", "feedback", "promise", "conversation", "delivery", "practice", "import", "erasure", "review",
    "gap",
    "template_edit", "dismissal",
]  # fmt: skip
INDEXED = re.compile(rf"[^%_]{{{TRIGRAM},}}")
"""What the index of words finds: characters in a row that LIKE doesn't take for any."""
IDS_AT_ONCE = 500
"""Ids in one IN list: well below what any database takes."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records to list; None is no condition. All words of `text` must occur."""

    kind: Kind
    status: str | None = None
    language: str | None = None
    category: str | None = None
    text: str | None = None

    @property
    def words(self) -> Sequence[str]:
        """The words of `text`, comparable: the longest first, what is within another word left out."""
        words: list[str] = []
        for word in sorted(set(fold(self.text or "").split()), key=lambda one: (-len(one), one)):
            if not any(word in longer for longer in words):
                words.append(word)
        return words


@dataclass(frozen=True, slots=True)
class Transaction:
    """The statements, within one transaction that `Database` opens and closes."""

    connection: Connection

    # Records

    def find(self, kind: Kind, record_id: str) -> Record | None:
        """Read one record."""
        query = select(record.c.data).where(record.c.kind == kind, record.c.id == record_id)
        data = self.connection.scalar(query)
        return decode(kind, data) if data is not None else None

    def get_many(self, kind: Kind, ids: Sequence[str]) -> dict[str, Record]:
        """Read the records that exist among these ids, in their order."""
        found: dict[str, Record] = {}
        for start in range(0, len(ids), IDS_AT_ONCE):
            part = ids[start : start + IDS_AT_ONCE]
            query = select(record.c.id, record.c.data).where(record.c.kind == kind, record.c.id.in_(part))
            rows = {row.id: row.data for row in self.connection.execute(query)}
            found.update((name, decode(kind, rows[name])) for name in part if name in rows)
        return found

    def page(self, which: Filter, *, after: str | None, limit: int) -> list[Record]:
        """Read the next records after an id, in the order of their ids."""
        table = _listed(which)
        column = record.c.data if table is record else record_text.c.id
        query = _filtered(select(column), which, table).order_by(table.c.id).limit(limit)
        if after is not None:
            query = query.where(table.c.id > after)
        found = list(self.connection.scalars(query))
        if table is record:
            return [decode(which.kind, data) for data in found]
        return list(self.get_many(which.kind, found).values())

    def matching(self, which: Filter, *, most: int) -> list[str]:
        """The ids of records that hold the words, in their order; of more than `most` any so many."""
        indexed = [run for word in which.words if "\0" not in word for run in INDEXED.findall(word)]
        if not indexed or self.connection.dialect.name != "sqlite":
            query = _filtered(select(record_text.c.id), which, record_text)
        else:
            # With ESCAPE the index isn't read: what it finds beyond the words is left out after it. It is
            # asked for whole runs alone: where a pattern begins with fewer characters, SQLite 3.40 may crash.
            query = _filtered(select(record_find.c.id), which, record_find)
            query = query.where(*(record_find.c.text.like(f"%{run}%") for run in indexed))
        return sorted(self.connection.scalars(query.limit(most)))

    def count(self, which: Filter) -> int:
        """Count the records that fit."""
        counted = select(func.count()).select_from(_listed(which))
        return self.connection.scalar(_filtered(counted, which, _listed(which))) or 0

    def categories(self, kind: Kind) -> frozenset[str]:
        """The categories that published records of a kind have; from each the index leads on to the next."""

        def first(*more: ColumnElement[bool]) -> Select[tuple[str | None]]:
            published = (record.c.kind == kind, record.c.status == "published")
            return select(func.min(record.c.category)).where(*published, *more)

        found = first().cte("found", recursive=True)
        following = first(record.c.category > found.c[0]).scalar_subquery()
        found = found.union_all(select(following).where(found.c[0].is_not(None)))
        told = self.connection.scalars(select(found.c[0]).where(found.c[0].is_not(None)))
        return frozenset(one for one in told if one is not None)

    def ids(self, kind: Kind, category: str | None) -> list[str]:
        """The ids of published records of a kind, in order."""
        which = _filtered(select(record.c.id), Filter(kind, "published", category=category), record)
        return list(self.connection.scalars(which.order_by(record.c.id)))

    def heads(self, kind: Kind, ids: Sequence[str]) -> dict[str, Head]:
        """Read versions and hashes of the records that exist among these ids."""
        found: dict[str, Head] = {}
        columns = (record.c.id, record.c.version, record.c.status, record.c.content_hash)
        for start in range(0, len(ids), IDS_AT_ONCE):
            part = ids[start : start + IDS_AT_ONCE]
            rows = self.connection.execute(
                select(*columns).where(record.c.kind == kind, record.c.id.in_(part))
            )
            found.update((row.id, Head(row.version, row.status, row.content_hash)) for row in rows)
        return found

    # Changes

    def lock_counter(self, name: CounterName = "change") -> int:
        """Read the newest number of a counter and keep other writers waiting until the commit."""
        query = select(counter.c.value).where(counter.c.name == name).with_for_update()
        return int(self.connection.execute(query).scalar_one())

    def write(self, steps: Sequence[Step], *, actor: str, at: datetime, reason: str | None) -> None:
        """Carry out planned steps and append them to the history; the counter must be locked."""
        last = self.lock_counter()
        newest: dict[tuple[str, str], tuple[int, Step]] = {}
        added = set()
        for seq, step in enumerate(steps, last + 1):
            newest[step.kind, step.record.id] = (seq, step)
            if step.version == 1:
                added.add((step.kind, step.record.id))
        rows = {key: _record_row(step, seq) for key, (seq, step) in newest.items()}
        texts = {key: _text_row(step) for key, (_, step) in newest.items()}
        for table, by_key in ((record, rows), (record_text, texts)):
            self._insert(table, [row for key, row in by_key.items() if key in added])
            self._update(table, [row for key, row in by_key.items() if key not in added])
        self._cite(newest, added)
        told = {"actor": actor, "at": at, "reason": reason}
        self._insert(change, [_change_row(step, seq) | told for seq, step in enumerate(steps, last + 1)])
        grown = update(counter).where(counter.c.name == "change").values(value=last + len(steps))
        self.connection.execute(grown)

    def history(self, kind: Kind, record_id: str) -> list[Change]:
        """Read all changes of a record, oldest first."""
        query = select(change).where(change.c.kind == kind, change.c.record_id == record_id)
        return [_change(row) for row in self.connection.execute(query.order_by(change.c.seq))]

    def changes(self, since: int, limit: int) -> list[Change]:
        """Read the changes after a number, oldest first."""
        query = select(change).where(change.c.seq > since).order_by(change.c.seq).limit(limit)
        return [_change(row) for row in self.connection.execute(query)]

    def last_seq(self, name: CounterName = "change") -> int:
        """Read the newest number of a counter; 0 before the first."""
        return self.connection.scalar(select(counter.c.value).where(counter.c.name == name)) or 0

    # Feedback and suggestions

    def add_feedback(self, row: Mapping[str, Any]) -> int:
        """Append feedback and give its id."""
        values = dict(row) | {"seq": self.next_seq("feedback")}
        key = self.connection.execute(insert(feedback).values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])

    def withdraw_feedback(self, feedback_id: int, *, actor: str, at: datetime) -> None:
        """Mark feedback as withdrawn, once."""
        row = (feedback.c.id == feedback_id) & feedback.c.withdrawn_at.is_(None)
        values = {"withdrawn_at": at, "withdrawn_by": actor, "seq": self.next_seq("feedback")}
        self.connection.execute(update(feedback).where(row).values(**values))

    def feedback(
        self,
        *,
        feedback_id: int | None = None,
        suggestion_id: str | None = None,
        item: str | None = None,
        limit: int = 1,
    ) -> list[Mapping[str, Any]]:
        """Read feedback, newest first."""
        query = select(feedback).order_by(feedback.c.id.desc()).limit(limit)
        wanted = {"id": feedback_id, "suggestion_id": suggestion_id, "item": item}
        for name, value in wanted.items():
            if value is not None:
                query = query.where(feedback.c[name] == value)
        return [dict(row._mapping) for row in self.connection.execute(query)]

    def verdicts(self, since: int, limit: int) -> list[Row[Any]]:
        """Read the newest changes of feedback after a number that say something, oldest first."""
        asked = (suggestion.c.encoder, suggestion.c.request_vector, suggestion.c.drafted_from)
        query = (
            select(feedback, *asked)
            .join(suggestion, suggestion.c.id == feedback.c.suggestion_id)
            .where(feedback.c.seq > since, feedback.c.verdict != "shown")
            .order_by(feedback.c.seq.desc())
            .limit(limit)
        )
        return list(reversed(self.connection.execute(query).all()))

    def keep_suggestion(self, row: Mapping[str, Any]) -> None:
        """Store a suggestion and what it shows, in place of an earlier one with the same id."""
        row = {**row, "found": found_in(row["document"])}
        replaced = self.connection.execute(
            update(suggestion).where(suggestion.c.id == row["id"]).values(**row)
        )
        if not replaced.rowcount:
            self.connection.execute(insert(suggestion).values(**row))
        else:
            self.connection.execute(delete(shown).where(shown.c.suggestion_id == row["id"]))
        told = {"suggestion_id": row["id"], "at": row["at"]}
        items = shown_in(row["document"]).items()
        self._insert(shown, [told | {"item": item, "drafted": drafted} for item, drafted in items])

    def suggestion(self, suggestion_id: str) -> dict[str, Any] | None:
        """Read a stored suggestion."""
        return self.connection.scalar(select(suggestion.c.document).where(suggestion.c.id == suggestion_id))

    def keep_asked(self, suggestion_id: str, values: Mapping[str, Any]) -> None:
        """Store what a suggestion searched for, and tell those who follow its feedback."""
        own = feedback.c.suggestion_id == suggestion_id
        self.connection.execute(update(suggestion).where(suggestion.c.id == suggestion_id).values(**values))
        for number in self.connection.scalars(select(feedback.c.id).where(own).order_by(feedback.c.id)).all():
            seq = self.next_seq("feedback")
            self.connection.execute(update(feedback).where(feedback.c.id == number).values(seq=seq))

    def rewritten(self, kind: Kind) -> list[str]:
        """Read the ids of the records of a kind that were written more than once."""
        query = select(record.c.id).where(record.c.kind == kind, record.c.version > 1)
        return list(self.connection.scalars(query.order_by(record.c.id)))

    # Promises

    def add_promise(self, row: Mapping[str, Any]) -> None:
        """Append a promise."""
        self.connection.execute(insert(promise).values(**row, seq=self.next_seq("promise")))

    def settle_promises(self, which: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Change the state of the promises that fit, each under a number of its own."""
        fits = [promise.c[name] == value for name, value in which.items()]
        for number in self.connection.scalars(select(promise.c.id).where(*fits).order_by(promise.c.id)).all():
            row = update(promise).where(promise.c.id == number)
            self.connection.execute(row.values(**values, seq=self.next_seq("promise")))

    def promises(
        self,
        *,
        promise_id: int | None = None,
        conversation_id: str | None = None,
        state: str | None = None,
        due_before: datetime | None = None,
        limit: int | None = None,
        by_due: bool = False,
    ) -> list[Mapping[str, Any]]:
        """Read promises, oldest first or by their due time; None is no condition."""
        query = select(promise).limit(limit)
        wanted = {"id": promise_id, "conversation_id": conversation_id, "state": state}
        for name, value in wanted.items():
            if value is not None:
                query = query.where(promise.c[name] == value)
        if due_before is not None:
            query = query.where(promise.c.due < due_before)
        by_time = (promise.c.due.is_(None), promise.c.due) if by_due else ()
        return [dict(row._mapping) for row in self.connection.execute(query.order_by(*by_time, promise.c.id))]

    def next_seq(self, name: CounterName) -> int:
        """Take the next number of a counter; other writers wait until the commit."""
        seq = self.lock_counter(name) + 1
        self.connection.execute(update(counter).where(counter.c.name == name).values(value=seq))
        return seq

    def _cite(
        self, newest: Mapping[tuple[str, str], tuple[int, Step]], added: Collection[tuple[str, str]]
    ) -> None:
        """Keep which articles the written records name."""
        known = [{"old_kind": kind, "old_id": name} for kind, name in newest.keys() - added]
        if known:
            own = (citation.c.kind == bindparam("old_kind")) & (citation.c.record_id == bindparam("old_id"))
            self.connection.execute(delete(citation).where(own), known)
        self._insert(citation, [row for _, step in newest.values() for row in _citations(step)])

    def _insert(self, table: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            self.connection.execute(insert(table), rows)

    def _update(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            by_key = update(table).where(
                table.c.kind == bindparam("old_kind"), table.c.id == bindparam("old_id")
            )
            keyed = [row | {"old_kind": row["kind"], "old_id": row["id"]} for row in rows]
            self.connection.execute(by_key, keyed)


def _listed(which: Filter) -> Table:
    """Where it is listed from: by words from the texts, else from the records' indexes."""
    return record_text if which.words else record


def _filtered(query: Select[Any], which: Filter, table: Table) -> Select[Any]:
    query = query.where(table.c.kind == which.kind)
    for name in ("status", "language", "category"):
        if getattr(which, name) is not None:
            query = query.where(table.c[name] == getattr(which, name))
    for word in which.words:
        query = query.where(table.c.text.contains(word, autoescape=True))
    return query


def _text_row(step: Step) -> dict[str, Any]:
    value = step.record
    return {
        "kind": step.kind,
        "id": value.id,
        "status": value.status,
        "language": value.language or UNTOLD,
        "category": value.category,
        "text": search_text(value),
    }


def _record_row(step: Step, seq: int) -> dict[str, Any]:
    value = step.record
    return {
        "kind": step.kind,
        "id": value.id,
        "version": step.version,
        "seq": seq,
        "status": value.status,
        "language": value.language or UNTOLD,
        "category": value.category,
        "title": None if not isinstance(value, Case | PolicyArticle) else value.title,
        "effective_from": value.effective_from if isinstance(value, PolicyArticle) else None,
        "effective_to": value.effective_to if isinstance(value, PolicyArticle) else None,
        "resolved_at": value.resolved_at if isinstance(value, Case) else None,
        "content_hash": step.content_hash,
        "data": (data := encode(value)),
        **(outcome_columns(data) if isinstance(value, Case) else NO_OUTCOME),
    }


def _citations(step: Step) -> Iterator[dict[str, Any]]:
    value = step.record
    resolved_at = value.resolved_at if isinstance(value, Case) else None
    for place, named in enumerate(named_in(value)):
        article_id = named.partition("#")[0][:200]
        yield {
            "kind": step.kind, "record_id": value.id, "place": place, "article_id": article_id,
            "named": named, "resolved_at": resolved_at,
        }  # fmt: skip


def _change_row(step: Step, seq: int) -> dict[str, Any]:
    return {
        "seq": seq,
        "kind": step.kind,
        "record_id": step.record.id,
        "version": step.version,
        "action": step.action,
        "snapshot": encode(step.record),
    }


def _change(row: Row[Any]) -> Change:
    values = dict(row._mapping)
    return Change(**values | {"snapshot": decode(row.kind, row.snapshot)})
