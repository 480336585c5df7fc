"""Decides what a batch of an export comes to, against what the base holds already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from knowledge_base.import_rows import Brought, Omitted
from knowledge_base.models import Record

if TYPE_CHECKING:
    from knowledge_base.statements import Transaction
    from knowledge_base.writing import Hashed

MOST_LISTED = 200_000
"""What is left out is listed up to here and counted beyond, so that a wrong file can't fill the disk."""
_COUNTED = ("added", "updated", "unchanged")


class Plan:
    """What a batch comes to, decided against what the base holds."""

    def __init__(self, row: Mapping[str, Any], origins: dict[str, Mapping[str, Any]]) -> None:
        self._row, self._origins = row, origins
        self.counts = {name: row[name] for name in _COUNTED}
        self.left_out = dict(row["left_out"])
        self.records: list[Hashed] = []
        self._told: list[dict[str, Any]] = []
        self._new: dict[str, dict[str, Any]] = {}

    def take(self, item: Brought | Omitted, heads: Mapping[tuple[str, str], str]) -> None:
        """Decide on one thing of the export."""
        if isinstance(item, Omitted):
            self._omit(item)
            return
        origin = self._origins.get(item.source_id)
        again = origin is not None and origin["run_id"] == self._row["id"]
        if origin and again and not _newer(item.changed_at, origin["changed_at"]):
            self._omit(Omitted(item.position, "repeated", item.source_id))
        elif origin and (item.record is None or origin["digest"] == item.digest):
            self.counts["unchanged"] += 1
            self._remember(item, {**origin, "run_id": self._row["id"]})
        elif item.record is None:  # taken away since it was looked up
            self._omit(Omitted(item.position, "not_taken", item.source_id, "it changed meanwhile"))
        elif not again and self._changed_here(item, item.record, heads):
            self._omit(Omitted(item.position, "changed_here", item.source_id, item.record.id))
        else:
            self._write(item, item.record)

    def _changed_here(self, item: Brought, record: Record, heads: Mapping[tuple[str, str], str]) -> bool:
        """Whether the base holds something else than what was brought in, or is now."""
        head = heads.get((item.kind, record.id))
        origin = self._origins.get(item.source_id)
        return head is not None and head not in (origin and origin["written"], item.written)

    def _write(self, item: Brought, record: Record) -> None:
        self.records.append((item.kind, record, item.written))
        told = {
            "system": self._row["system"], "source_id": item.source_id, "kind": item.kind,
            "record_id": record.id, "digest": item.digest, "written": item.written,
            "changed_at": item.changed_at, "run_id": self._row["id"],
        }  # fmt: skip
        self._remember(item, told)

    def _remember(self, item: Brought, row: dict[str, Any]) -> None:
        self._origins[item.source_id] = self._new[item.source_id] = row

    def _omit(self, item: Omitted) -> None:
        number = sum(self.left_out.values()) + 1
        self.left_out[item.reason] = self.left_out.get(item.reason, 0) + 1
        if number <= MOST_LISTED:
            self._told.append(
                {
                    "run_id": self._row["id"],
                    "number": number,
                    "position": item.position,
                    "reason": item.reason,
                    "source_id": item.source_id[:200],
                    "detail": item.detail[:300],
                }
            )

    def keep(self, transaction: Transaction) -> None:
        """Write where the records came from, and what was left out."""
        from sqlalchemy import delete, insert

        from knowledge_base.schema import import_left_out, import_origin

        if self._told:
            transaction.connection.execute(insert(import_left_out), self._told)
        if self._new:
            own = import_origin.c.system == self._row["system"]
            ids = list(self._new)
            for start in range(0, len(ids), 500):
                part = import_origin.c.source_id.in_(ids[start : start + 500])
                transaction.connection.execute(delete(import_origin).where(own, part))
            transaction.connection.execute(insert(import_origin), list(self._new.values()))


def _newer(at: datetime | None, before: datetime | None) -> bool:
    return at is not None and before is not None and at > before
