"""A record rewritten together with its history, so that no earlier version keeps what was taken out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from knowledge_base.codec import content_hash, decode, encode
from knowledge_base.models import Kind, Record
from knowledge_base.plan import decide

if TYPE_CHECKING:
    from knowledge_base.statements import Transaction


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What to make of a record and of a reason in its history, and who does it when and why."""

    record: Callable[[Record], Record]
    reason: Callable[[str], str]
    actor: str
    at: datetime
    why: str


def rewrite(transaction: Transaction, kind: Kind, record_id: str, cleaning: Cleaning) -> bool:
    """Clean all versions; a newest one that changes becomes a version of its own. False: nothing to clean."""
    from sqlalchemy import select, update

    from knowledge_base.schema import change

    record, head = transaction.find(kind, record_id), transaction.heads(kind, [record_id]).get(record_id)
    if record is None or head is None:
        return False
    cleaned = cleaning.record(record)
    step = decide(head, cleaned, kind, content_hash(cleaned))
    if step:
        transaction.write([step], actor=cleaning.actor, at=cleaning.at, reason=cleaning.why)
    own = (change.c.kind == kind) & (change.c.record_id == record_id)
    query = select(change.c.seq, change.c.snapshot, change.c.reason).where(own)
    rewritten = step is not None
    for seq, snapshot, reason in transaction.connection.execute(query).all():
        after = encode(cleaning.record(decode(kind, snapshot)))
        said = cleaning.reason(reason) if reason else reason
        if (after, said) != (encode(decode(kind, snapshot)), reason):
            row = update(change).where(change.c.seq == seq)
            transaction.connection.execute(row.values(snapshot=after, reason=said))
            rewritten = True
    return rewritten
