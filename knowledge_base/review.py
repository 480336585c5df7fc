"""Candidates for cases as the base keeps them; a decision and the case that it writes are one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from knowledge_base.codec import content_hash
from knowledge_base.errors import ConflictError, NotFoundError
from knowledge_base.models import Case
from knowledge_base.plan import check_version, decide

if TYPE_CHECKING:
    from knowledge_base.database import Database
    from knowledge_base.personal.door import Door
    from knowledge_base.statements import Transaction

CandidateState = Literal["waiting", "accepted", "merged", "rejected", "reopened"]
USED = ("used", "copied", "edited")
_KIND = "candidate"


@dataclass(frozen=True, slots=True)
class StoredCandidate:
    """A candidate; `rule` is the manager's rule that acted, `case_id` the case that it became or went into.

    `messages` tells how far the conversation went, `version` grows with each change. `findings` are what the
    checks found of the case as it was written; they aren't kept.
    """

    id: int
    conversation_id: str
    messages: int
    document: Mapping[str, Any]
    state: CandidateState
    version: int
    made_at: datetime
    reason: str | None = None
    rule: str | None = None
    who: str | None = None
    at: datetime | None = None
    case_id: str | None = None
    findings: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a candidate, by whom; `case` is written with it, if it is at `case_version` still.

    `case_version` 0: the case must be new; None: whatever it is.
    """

    state: CandidateState
    who: str
    reason: str | None = None
    rule: str | None = None
    case: Case | None = None
    case_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewBook:
    """What `KnowledgeBase.review` hands out. Threads and processes may share one database."""

    database: Database
    door: Callable[[], Door]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def unseen(self, *, limit: int) -> list[str]:
        """Closed conversations that have no candidate as far as they went, those changed first before."""
        from sqlalchemy import and_, select

        from knowledge_base.schema import conversation
        from knowledge_base.schema import review_candidate as table

        same = and_(
            table.c.conversation_id == conversation.c.id,
            table.c.messages == conversation.c.messages,
            table.c.state != "reopened",
        )
        query = (
            select(conversation.c.id)
            .outerjoin(table, same)
            .where(conversation.c.state == "closed", table.c.id.is_(None))
            .order_by(conversation.c.seq)
            .limit(limit)
        )
        with self.database.reading() as transaction:
            return list(transaction.connection.scalars(query))

    def withdraw_reopened(self) -> int:
        """Take back what waits of conversations that went on or are open; nothing of its text is kept."""
        from sqlalchemy import and_, not_, select, update

        from knowledge_base.schema import conversation
        from knowledge_base.schema import review_candidate as table

        still = select(conversation.c.id).where(
            and_(
                conversation.c.id == table.c.conversation_id,
                conversation.c.state == "closed",
                conversation.c.messages == table.c.messages,
            )
        )
        which = update(table).where(table.c.state == "waiting", not_(still.exists()))
        values = {
            "state": "reopened", "document": {}, "version": table.c.version + 1, "at": self.clock(),
        }  # fmt: skip
        with self.database.writing() as transaction:
            transaction.lock_counter("review")
            return int(transaction.connection.execute(which.values(**values)).rowcount)

    def add(self, conversation_id: str, messages: int, document: Mapping[str, Any]) -> StoredCandidate | None:
        """Keep a candidate; None where the conversation has one as far as it went, or is closed no more."""
        from sqlalchemy import insert, select, update

        from knowledge_base.schema import conversation
        from knowledge_base.schema import review_candidate as table

        with self.database.writing() as transaction:
            transaction.lock_counter("review")
            held = transaction.connection.execute(
                select(table).where(table.c.conversation_id == conversation_id, table.c.messages == messages)
            ).mappings().first()  # fmt: skip
            now = transaction.connection.execute(
                select(conversation.c.state, conversation.c.messages).where(
                    conversation.c.id == conversation_id
                )
            ).first()
            if now is None or tuple(now) != ("closed", messages):
                return None
            if held is not None and held["state"] != "reopened":
                return None
            told = {"document": dict(document), "state": "waiting", "made_at": self.clock()}
            if held is not None:
                again = told | {"version": held["version"] + 1, "at": None}
                which = update(table).where(table.c.id == held["id"])
                transaction.connection.execute(which.values(**again))
                return _find(transaction, held["id"])
            number = transaction.next_seq("review")
            row = told | {
                "id": number,
                "conversation_id": conversation_id,
                "messages": messages,
                "version": 1,
            }
            transaction.connection.execute(insert(table).values(**row))
            return _find(transaction, number)

    def find(self, candidate_id: int) -> StoredCandidate:
        """One candidate. Raises NotFoundError."""
        with self.database.reading() as transaction:
            return _find(transaction, candidate_id)

    def list(
        self,
        state: CandidateState | None = "waiting",
        *,
        conversation_id: str | None = None,
        case_id: str | None = None,
        limit: int = 100,
    ) -> list[StoredCandidate]:
        """Those that wait oldest first; others by the newest decision."""
        from sqlalchemy import select

        from knowledge_base.schema import review_candidate as table

        query = select(table)
        for column, value in (
            (table.c.state, state), (table.c.conversation_id, conversation_id), (table.c.case_id, case_id),
        ):  # fmt: skip
            query = query if value is None else query.where(column == value)
        order = (table.c.id,) if state == "waiting" else (table.c.at.desc(), table.c.id.desc())
        with self.database.reading() as transaction:
            rows = transaction.connection.execute(query.order_by(*order).limit(limit)).mappings()
            return [StoredCandidate(**row) for row in rows]

    def edit(self, candidate_id: int, document: Mapping[str, Any], *, version: int) -> StoredCandidate:
        """Put a waiting candidate's fields right. Raises NotFoundError, ConflictError."""
        with self.database.writing() as transaction:
            _held(transaction, candidate_id, version, ("waiting",))
            return self._write(transaction, candidate_id, version, {"document": dict(document)})

    def settle(self, candidate_id: int, decision: Decision, *, version: int) -> StoredCandidate:
        """Decide on a candidate and write its case with it, both or neither; an accepted one may be again.

        Raises NotFoundError, ConflictError where another was faster or the case changed meanwhile.
        """
        door, case, reason = self.door(), decision.case, decision.reason
        if case is not None:
            case = cast(Case, door.record(case))
        if decision.state == "rejected" and reason:
            reason = door.note("review.reason", reason)
        with self.database.writing() as transaction:
            states: tuple[CandidateState, ...] = ("waiting", "accepted")
            _held(transaction, candidate_id, version, states if decision.state == "accepted" else states[:1])
            if case is not None:
                transaction.lock_counter()
                head = transaction.heads("case", [case.id]).get(case.id)
                check_version(head, decision.case_version, "case", case.id)
                step = decide(head, case, "case", content_hash(case))
                if step:
                    why = reason or f"candidate {candidate_id}"
                    transaction.write([step], actor=decision.who, at=self.clock(), reason=why)
            told = {
                "state": decision.state, "reason": reason, "rule": decision.rule,
                "who": decision.who, "at": self.clock(), "case_id": case.id if case else None,
            }  # fmt: skip
            return self._write(transaction, candidate_id, version, told)

    def used_draft(self, conversation_id: str) -> Mapping[str, Any]:
        """The newest suggestion that went to the customer, as it was shown; empty where none did."""
        from sqlalchemy import select

        from knowledge_base.schema import feedback, suggestion

        query = (
            select(suggestion.c.document)
            .join(feedback, feedback.c.suggestion_id == suggestion.c.id)
            .where(
                suggestion.c.conversation_id == conversation_id,
                feedback.c.verdict.in_(USED),
                feedback.c.withdrawn_at.is_(None),
            )
            .order_by(feedback.c.id.desc())
            .limit(1)
        )
        with self.database.reading() as transaction:
            return transaction.connection.scalar(query) or {}

    def _write(
        self, transaction: Transaction, candidate_id: int, version: int, values: Mapping[str, Any]
    ) -> StoredCandidate:
        from sqlalchemy import update

        from knowledge_base.schema import review_candidate as table

        which = update(table).where(table.c.id == candidate_id)
        transaction.connection.execute(which.values(**values, version=version + 1))
        return _find(transaction, candidate_id)


def _find(transaction: Transaction, candidate_id: int) -> StoredCandidate:
    from sqlalchemy import select

    from knowledge_base.schema import review_candidate as table

    query = select(table).where(table.c.id == candidate_id)
    row = transaction.connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(_KIND, str(candidate_id))
    return StoredCandidate(**row)


def _held(
    transaction: Transaction, candidate_id: int, version: int, states: tuple[CandidateState, ...]
) -> StoredCandidate:
    """The candidate, locked, if it is as it was read."""
    transaction.lock_counter("review")
    held = _find(transaction, candidate_id)
    if held.state not in states:
        raise ConflictError(f"the candidate {candidate_id} is {held.state} already: load it anew")
    if held.version != version:
        raise ConflictError(f"the candidate {candidate_id} was changed meanwhile: load it anew")
    return held
