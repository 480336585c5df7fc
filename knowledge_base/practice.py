"""Rounds of practice, as the base keeps them: who played which case, what they replied, what it was worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from knowledge_base.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from knowledge_base.database import Database
    from knowledge_base.personal.door import Door


@dataclass(frozen=True, slots=True)
class StoredRound:
    """A round: the `replies` so far, oldest first; `score` as it was stored, None until its end."""

    id: int
    trainee: str
    case_id: str
    category: str | None
    replies: tuple[str, ...]
    started_at: datetime
    ended_at: datetime | None
    score: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class PracticeBook:
    """What `KnowledgeBase.practice` hands out. A trainee sees and changes their own rounds alone."""

    database: Database
    door: Callable[[], Door]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def start(self, trainee: str, case_id: str, category: str | None) -> StoredRound:
        """Begin a round."""
        from sqlalchemy import insert

        from knowledge_base.schema import practice_round as table

        with self.database.writing() as transaction:
            number, now = transaction.next_seq("practice"), self.clock()
            row = {
                "id": number, "trainee": trainee, "case_id": case_id, "category": category, "replies": [],
                "started_at": now,
            }  # fmt: skip
            transaction.connection.execute(insert(table).values(**row))
        return StoredRound(number, trainee, case_id, category, (), now, None, None)

    def find(self, round_id: int, trainee: str) -> StoredRound:
        """One of the trainee's rounds. Raises NotFoundError, for another's too."""
        from sqlalchemy import select

        from knowledge_base.schema import practice_round as table

        which = select(table).where(table.c.id == round_id, table.c.trainee == trainee)
        with self.database.reading() as transaction:
            row = transaction.connection.execute(which).mappings().first()
        if row is None:
            raise NotFoundError("round of practice", str(round_id))
        return _stored(row)

    def list(self, trainee: str, *, limit: int = 1000) -> tuple[StoredRound, ...]:
        """The trainee's newest rounds, newest first."""
        from sqlalchemy import select

        from knowledge_base.schema import practice_round as table

        which = select(table).where(table.c.trainee == trainee).order_by(table.c.id.desc()).limit(limit)
        with self.database.reading() as transaction:
            return tuple(_stored(row) for row in transaction.connection.execute(which).mappings())

    def reply(
        self, played: StoredRound, replies: Sequence[str], score: Mapping[str, Any] | None
    ) -> StoredRound:
        """Put the round's replies down, and its score at its end. Raises ConflictError where it went on."""
        from sqlalchemy import select, update

        from knowledge_base.schema import practice_round as table

        door = self.door()
        replies, score = (door.notes("practice.reply", told) for told in (list(replies), score))
        with self.database.writing() as transaction:
            transaction.lock_counter("practice")
            kept = transaction.connection.scalar(select(table.c.replies).where(table.c.id == played.id))
            if kept is None:
                raise NotFoundError("round of practice", str(played.id))
            if tuple(kept) != played.replies:
                raise ConflictError("this round was answered elsewhere meanwhile: load it anew")
            ended = self.clock() if score is not None else None
            told = {"replies": replies, "score": score, "ended_at": ended}
            transaction.connection.execute(update(table).where(table.c.id == played.id).values(**told))
        return self.find(played.id, played.trainee)

    def delete(self, round_id: int, trainee: str) -> None:
        """Take one of the trainee's rounds away. Raises NotFoundError."""
        from sqlalchemy import delete

        from knowledge_base.schema import practice_round as table

        which = delete(table).where(table.c.id == round_id, table.c.trainee == trainee)
        with self.database.writing() as transaction:
            if not transaction.connection.execute(which).rowcount:
                raise NotFoundError("round of practice", str(round_id))


def _stored(row: Any) -> StoredRound:
    return StoredRound(
        row["id"], row["trainee"], row["case_id"], row["category"], tuple(row["replies"]),
        row["started_at"], row["ended_at"], row["score"],
    )  # fmt: skip
