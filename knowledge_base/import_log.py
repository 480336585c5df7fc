"""Bringing in exports: runs that go on after a kill, each batch with its checkpoint in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from knowledge_base.errors import ConflictError, InputError, NotFoundError
from knowledge_base.import_plan import Plan
from knowledge_base.import_rows import (
    SILENCE,
    Batch,
    Brought,
    KeptMapping,
    Omitted,
    Run,
    RunState,
    is_gone,
)

Runs = list[Run]
NumberedOmitted = list[tuple[int, Omitted]]
KeptMappings = list[KeptMapping]

if TYPE_CHECKING:
    from knowledge_base.database import Database
    from knowledge_base.statements import Transaction


@dataclass(frozen=True, slots=True)
class ImportLog:
    """What `KnowledgeBase.imports` hands out."""

    database: Database
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def create(
        self,
        system: str,
        path: str,
        *,
        name: str,
        fingerprint: str,
        options: Mapping[str, Any],
        total: int,
        actor: str,
    ) -> Run:
        """Begin a run; nobody works at it yet."""
        from sqlalchemy import insert

        from knowledge_base.schema import import_run as table

        now = self.clock()
        with self.database.writing() as transaction:
            number = transaction.next_seq("import")
            row = {
                "id": number, "system": system, "path": path, "name": name[-300:], "fingerprint": fingerprint,
                "options": dict(options), "state": "running", "position": 0, "done": 0, "total": total,
                "added": 0, "updated": 0, "unchanged": 0, "left_out": {}, "actor": actor, "started_at": now,
                "beat_at": now,
            }  # fmt: skip
            transaction.connection.execute(insert(table).values(**row))
        return self.find(number)

    def find(self, run_id: int) -> Run:
        """Read a run. Raises NotFoundError."""
        with self.database.reading() as transaction:
            row = _row(transaction, run_id)
        return self._run(row)

    def list(self, *, limit: int = 50) -> Runs:
        """The newest runs."""
        from sqlalchemy import select

        from knowledge_base.schema import import_run as table

        with self.database.reading() as transaction:
            query = select(table).order_by(table.c.id.desc()).limit(limit)
            rows = [dict(row) for row in transaction.connection.execute(query).mappings()]
        return [self._run(row) for row in rows]

    def claim(self, run_id: int, worker: str) -> Run:
        """Take a run to work at it. Raises ConflictError where it has ended, or somebody is at it."""
        with self.database.writing() as transaction:
            transaction.lock_counter("import")
            run = self._run(_row(transaction, run_id))
            if run.state == "done":
                raise ConflictError(f"import {run_id} has ended: bring the file in again, as a new one")
            if run.state == "running" and run.worker not in (None, worker):
                raise ConflictError(f"import {run_id} is going on: cancel it first, or wait")
            values = {"state": "running", "worker": worker, "beat_at": self.clock(), "message": None}
            _set(transaction, run_id, **values, ended_at=None)
        return self.find(run_id)

    def cancel(self, run_id: int) -> Run:
        """Stop a run after the batch that is being written; it can be gone on with."""
        with self.database.writing() as transaction:
            transaction.lock_counter("import")
            if self._run(_row(transaction, run_id)).state in ("running", "interrupted"):
                _set(transaction, run_id, state="cancelled", worker=None, ended_at=self.clock())
        return self.find(run_id)

    def end(self, run_id: int, worker: str, state: RunState, message: str | None = None) -> None:
        """Say how a run ended, unless somebody else has it by now."""
        with self.database.writing() as transaction:
            transaction.lock_counter("import")
            row = _row(transaction, run_id)
            if row["worker"] != worker:
                return
            values: dict[str, Any] = {"done": row["total"]} if state == "done" else {}
            message = message[:500] if message else None
            _set(
                transaction,
                run_id,
                state=state,
                message=message,
                worker=None,
                ended_at=self.clock(),
                **values,
            )

    def digests(self, system: str, source_ids: Sequence[str]) -> dict[str, str]:
        """Id to digest, of the tickets that were brought in before."""
        with self.database.reading() as transaction:
            return {key: row["digest"] for key, row in _origins(transaction, system, source_ids).items()}

    def write(self, run_id: int, worker: str, batch: Batch) -> bool:
        """Write a batch and how far it brings the run, all or nothing; False where the run isn't ours."""
        from knowledge_base.writing import write_hashed

        with self.database.writing() as transaction:
            transaction.lock_counter()
            row = _row(transaction, run_id)
            if row["worker"] != worker or row["state"] != "running":
                return False
            if batch.position <= row["position"]:
                raise InputError("the batch was written before")
            plan = Plan(row, _origins_of(transaction, row["system"], batch))
            heads = _heads(transaction, batch)
            for item in batch.items:
                plan.take(item, heads)
            reason, now = f"brought in from {row['name']}", self.clock()
            outcomes = write_hashed(transaction, plan.records, actor=row["actor"], at=now, reason=reason)
            for outcome in outcomes:
                plan.counts[outcome] += 1
            plan.keep(transaction)
            values = {**plan.counts, "left_out": plan.left_out, "beat_at": now}
            _set(transaction, run_id, position=batch.position, done=batch.done, **values)
        return True

    def left_out(
        self, run_id: int, *, reason: str | None = None, after: int = 0, limit: int = 100
    ) -> NumberedOmitted:
        """What a run left out, in the order met: its number, and what it was."""
        from sqlalchemy import select

        from knowledge_base.schema import import_left_out as table

        query = select(table).where(table.c.run_id == run_id, table.c.number > after)
        if reason is not None:
            query = query.where(table.c.reason == reason)
        with self.database.reading() as transaction:
            rows = transaction.connection.execute(query.order_by(table.c.number).limit(limit)).all()
        return [(one.number, Omitted(one.position, one.reason, one.source_id, one.detail)) for one in rows]

    def each_left_out(self, run_id: int) -> Iterator[Omitted]:
        """All that a run left out, a page at a time."""
        after = 0
        while found := self.left_out(run_id, after=after, limit=1000):
            yield from (omitted for _, omitted in found)
            after = found[-1][0]

    def mapping(self, signature: str) -> KeptMapping | None:
        """The mapping that was chosen for files with this header."""
        return next((one for one in self.mappings() if one.signature == signature), None)

    def mappings(self) -> KeptMappings:
        """All mappings that were chosen, newest first."""
        from sqlalchemy import select

        from knowledge_base.schema import import_mapping as table

        with self.database.reading() as transaction:
            rows = transaction.connection.execute(select(table).order_by(table.c.at.desc())).all()
        return [KeptMapping(r.signature, tuple(r.columns), r.mapping, r.actor, r.at) for r in rows]

    def keep_mapping(
        self, signature: str, columns: Sequence[str], mapping: Mapping[str, str], *, actor: str
    ) -> None:
        """Remember a mapping, in place of an earlier one for the same header."""
        from sqlalchemy import delete, insert

        from knowledge_base.schema import import_mapping as table

        row = {"signature": signature, "columns": [*columns], "mapping": dict(mapping), "actor": actor}
        with self.database.writing() as transaction:
            transaction.lock_counter("import")
            transaction.connection.execute(delete(table).where(table.c.signature == signature))
            transaction.connection.execute(insert(table).values(**row, at=self.clock()))

    def forget_mapping(self, signature: str) -> None:
        """Propose anew for files with this header. Raises NotFoundError."""
        from sqlalchemy import delete

        from knowledge_base.schema import import_mapping as table

        with self.database.writing() as transaction:
            gone = transaction.connection.execute(delete(table).where(table.c.signature == signature))
            if not gone.rowcount:
                raise NotFoundError("mapping", signature)

    def _run(self, row: Mapping[str, Any]) -> Run:
        run = Run(**row)
        silent = self.clock() - run.beat_at > SILENCE or is_gone(run.worker)
        return replace(run, state="interrupted") if run.state == "running" and silent else run


def _row(transaction: Transaction, run_id: int) -> dict[str, Any]:
    from sqlalchemy import select

    from knowledge_base.schema import import_run as table

    found = transaction.connection.execute(select(table).where(table.c.id == run_id)).mappings().first()
    if found is None:
        raise NotFoundError("import", str(run_id))
    return dict(found)


def _set(transaction: Transaction, run_id: int, **values: Any) -> None:
    from sqlalchemy import update

    from knowledge_base.schema import import_run as table

    transaction.connection.execute(update(table).where(table.c.id == run_id).values(**values))


def _origins(transaction: Transaction, system: str, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    from sqlalchemy import select

    from knowledge_base.schema import import_origin as table

    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(ids), 500):
        part = table.c.source_id.in_(ids[start : start + 500])
        query = select(table).where(table.c.system == system, part)
        rows = transaction.connection.execute(query).mappings()
        found.update((row["source_id"], dict(row)) for row in rows)
    return found


def _origins_of(transaction: Transaction, system: str, batch: Batch) -> dict[str, Mapping[str, Any]]:
    ids = {item.source_id for item in batch.items if isinstance(item, Brought)}
    return _origins(transaction, system, sorted(ids))


def _heads(transaction: Transaction, batch: Batch) -> dict[tuple[str, str], str]:
    """Kind and id of a record to the digest of what the base holds."""
    found: dict[tuple[str, str], str] = {}
    records = [
        (item.kind, item.record.id) for item in batch.items if isinstance(item, Brought) and item.record
    ]
    for kind in {kind for kind, _ in records}:
        heads = transaction.heads(kind, [record_id for of, record_id in records if of == kind])
        found.update(((kind, record_id), head.content_hash) for record_id, head in heads.items())
    return found
