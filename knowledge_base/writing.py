"""Puts many records down within a transaction: planned together, written together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from knowledge_base.codec import content_hash, kind_of
from knowledge_base.models import Kind, Record
from knowledge_base.plan import Head, Outcome, Step, decide

if TYPE_CHECKING:
    from knowledge_base.statements import Transaction

Hashed = tuple[Kind, Record, str]
"""A record with its kind and its content's digest."""


def write_hashed(
    transaction: Transaction, batch: Sequence[Hashed], *, actor: str, at: datetime, reason: str | None
) -> list[Outcome]:
    """Put records within a transaction whose counter is locked; the outcomes come in their order."""
    steps = _plan(transaction, batch)
    changed = [step for step in steps if step]
    if changed:
        transaction.write(changed, actor=actor, at=at, reason=reason)
    return [_outcome(step) for step in steps]


def hashed(source: Iterator[Record], most: int) -> Sequence[Hashed]:
    """The next records of a source, with their digests."""
    return [(kind_of(record), record, content_hash(record)) for record in islice(source, most)]


def _plan(transaction: Transaction, batch: Sequence[Hashed]) -> Sequence[Step | None]:
    heads: dict[tuple[Kind, str], Head] = {}
    for kind in {kind for kind, _, _ in batch}:
        found = transaction.heads(kind, [record.id for of, record, _ in batch if of == kind])
        heads.update(((kind, record_id), head) for record_id, head in found.items())
    steps = []
    for kind, record, digest in batch:
        step = decide(heads.get((kind, record.id)), record, kind, digest)
        if step:  # the same id may come again within the batch
            heads[kind, record.id] = Head(step.version, record.status, digest)
        steps.append(step)
    return steps


def _outcome(step: Step | None) -> Outcome:
    if step is None:
        return "unchanged"
    return "added" if step.action == "added" else "updated"
