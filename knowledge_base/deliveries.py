"""What helpdesks told by webhook: put down at once, worked at after, by whichever process comes first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge_base.database import Database
    from knowledge_base.statements import Transaction

LEASE = timedelta(minutes=2)
"""A delivery that somebody works at is theirs for so long; then they are taken for dead."""
KEPT = timedelta(days=30)
"""How long it is remembered that a delivery is done; no helpdesk repeats one later."""
WAITING, WORKING, POSTING, DONE, FAILED = "waiting", "working", "posting", "done", "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something a helpdesk told of a conversation. `tries` counts those that failed before."""

    id: int
    helpdesk: str
    conversation_id: str
    document: Mapping[str, Any]
    tries: int


@dataclass(frozen=True, slots=True)
class DeliveryQueue:
    """What `KnowledgeBase.deliveries` hands out: taken in once, answered by a note at most once."""

    database: Database
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def put(self, helpdesk: str, key: str, conversation_id: str, document: Mapping[str, Any]) -> bool:
        """Put a delivery down to be worked at; False where it is known by its key."""
        from sqlalchemy import insert, select

        from knowledge_base.schema import delivery as table

        with self.database.writing() as transaction:
            transaction.lock_counter("delivery")
            known = select(table.c.id).where(table.c.helpdesk == helpdesk, table.c.key == key)
            if transaction.connection.scalar(known) is not None:
                return False
            row = {
                "id": transaction.next_seq("delivery"), "helpdesk": helpdesk, "key": key,
                "conversation_id": conversation_id, "document": dict(document), "state": WAITING, "tries": 0,
                "due_at": self.clock(),
            }  # fmt: skip
            transaction.connection.execute(insert(table).values(**row))
        return True

    def claim(self) -> Delivery | None:
        """The oldest delivery that is due, for the one who asks alone; None where nothing is to be done.

        Of one conversation a delivery waits until those before it are done with.
        """
        from sqlalchemy import or_, select

        from knowledge_base.schema import delivery as table

        now, before = self.clock(), table.alias()
        unfinished = select(before.c.id).where(
            before.c.conversation_id == table.c.conversation_id,
            before.c.id < table.c.id,
            before.c.state.in_((WAITING, WORKING)),
        )
        due = select(table).where(
            or_(table.c.state == WAITING, table.c.state == WORKING),
            table.c.due_at <= now,
            ~unfinished.exists(),
        )
        with self.database.writing() as transaction:
            transaction.lock_counter("delivery")
            row = transaction.connection.execute(due.order_by(table.c.id).limit(1)).mappings().first()
            if row is None:
                return None
            _set(transaction, row["id"], state=WORKING, due_at=now + LEASE)
        return Delivery(row["id"], row["helpdesk"], row["conversation_id"], row["document"], row["tries"])

    def overtaken(self, delivery: Delivery) -> bool:
        """Whether more has been told of its conversation since: the last of it brings the note."""
        from sqlalchemy import select

        from knowledge_base.schema import delivery as table

        later = select(table.c.id).where(
            table.c.conversation_id == delivery.conversation_id, table.c.id > delivery.id
        )
        with self.database.reading() as transaction:
            return transaction.connection.scalar(later.limit(1)) is not None

    def posting(self, delivery: Delivery, digest: str) -> bool:
        """Mark that a note is about to be posted; False where the last note said the same.

        From here on the note counts as posted: killed before the helpdesk's answer, it is rather lost than
        posted twice.
        """
        from sqlalchemy import select

        from knowledge_base.schema import delivery as table

        said = select(table.c.digest).where(
            table.c.conversation_id == delivery.conversation_id,
            table.c.digest.is_not(None),
            table.c.id != delivery.id,
        )
        with self.database.writing() as transaction:
            transaction.lock_counter("delivery")
            last = transaction.connection.scalar(said.order_by(table.c.id.desc()).limit(1))
            if last == digest:
                return False
            _set(transaction, delivery.id, state=POSTING, digest=digest)
            return True

    def done(self, delivery: Delivery) -> None:
        """Nothing is left to be done; what was told is kept in the conversation alone."""
        with self.database.writing() as transaction:
            _set(transaction, delivery.id, state=DONE, document=None)

    def again(self, delivery: Delivery, after: timedelta) -> None:
        """Try once more after a while; the note was surely not posted."""
        due = self.clock() + after
        with self.database.writing() as transaction:
            _set(transaction, delivery.id, state=WAITING, due_at=due, tries=delivery.tries + 1, digest=None)

    def failed(self, delivery: Delivery) -> None:
        """Give up; the conversation keeps what it has taken in."""
        with self.database.writing() as transaction:
            _set(transaction, delivery.id, state=FAILED, document=None, digest=None)

    def states(self) -> dict[str, int]:
        """How many deliveries stand where."""
        from sqlalchemy import func, select

        from knowledge_base.schema import delivery as table

        query = select(table.c.state, func.count().label("n")).group_by(table.c.state)
        with self.database.reading() as transaction:
            return {row.state: row.n for row in transaction.connection.execute(query)}

    def forget_old(self) -> None:
        """Drop what is long done."""
        from sqlalchemy import delete

        from knowledge_base.schema import delivery as table

        old = (table.c.due_at < self.clock() - KEPT, table.c.state.in_((DONE, FAILED, POSTING)))
        with self.database.writing() as transaction:
            transaction.connection.execute(delete(table).where(*old))


def _set(transaction: Transaction, delivery_id: int, **values: Any) -> None:
    from sqlalchemy import update

    from knowledge_base.schema import delivery as table

    transaction.connection.execute(update(table).where(table.c.id == delivery_id).values(**values))
