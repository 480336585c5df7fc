"""What was decided on gaps: accepted or dismissed, by whom and why; a decision can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from knowledge_base.errors import NotFoundError

if TYPE_CHECKING:
    from knowledge_base.database import Database
    from knowledge_base.personal.door import Door

DecisionState = Literal["accepted", "dismissed"]


@dataclass(frozen=True, slots=True)
class GapDecision:
    """A decision as it is written. `middle` is the mean of the gap's requests, float16 bytes of length 1.

    `language` is the one that was embedded, `conversations` how many the gap had; `made` is what was begun
    for it: `article:ID` or `candidate:NUMBER`.
    """

    gap: str
    name: str
    middle: bytes
    encoder: str
    language: str | None
    state: DecisionState
    conversations: int
    who: str
    why: str | None = None
    made: str | None = None


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision as it is kept."""

    id: int
    at: datetime
    decision: GapDecision


@dataclass(frozen=True, slots=True)
class GapDecisions:
    """What `KnowledgeBase.gap_decisions` hands out. Threads and processes may share one database."""

    database: Database
    door: Callable[[], Door]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def add(self, decision: GapDecision) -> StoredDecision:
        """Keep a decision, without personal data in the gap's name and in what was said of it."""
        from sqlalchemy import insert

        from knowledge_base.schema import gap_decision

        door, why = self.door(), decision.why
        decision = replace(
            decision,
            name=door.note("gap.why", decision.name),
            why=door.note("gap.why", why) if why else why,
        )
        with self.database.writing() as transaction:
            number, now = transaction.next_seq("gap"), self.clock()
            row = {**asdict(decision), "id": number, "at": now}
            transaction.connection.execute(insert(gap_decision).values(**row))
        return StoredDecision(number, now, decision)

    def standing(self) -> list[StoredDecision]:
        """Those that weren't taken back, newest first."""
        from sqlalchemy import select

        from knowledge_base.schema import gap_decision as table

        names = tuple(GapDecision.__slots__)
        columns = (table.c.id, table.c.at, *(table.c[name] for name in names))
        query = select(*columns).where(table.c.withdrawn_at.is_(None)).order_by(table.c.id.desc())
        with self.database.reading() as transaction:
            return [
                StoredDecision(number, at, GapDecision(**dict(zip(names, told, strict=True))))
                for number, at, *told in transaction.connection.execute(query)
            ]

    def withdraw(self, number: int, *, who: str) -> StoredDecision:
        """Take a decision back. Raises NotFoundError where none of that number stands."""
        from sqlalchemy import update

        from knowledge_base.schema import gap_decision as table

        standing = next((one for one in self.standing() if one.id == number), None)
        if standing is None:
            raise NotFoundError("decision", str(number))
        with self.database.writing() as transaction:
            which = update(table).where(table.c.id == number, table.c.withdrawn_at.is_(None))
            transaction.connection.execute(which.values(withdrawn_at=self.clock(), withdrawn_by=who))
        return standing
