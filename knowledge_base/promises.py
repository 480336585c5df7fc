"""Promises made to customers, as the base keeps them: what was promised until when, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from knowledge_base.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from knowledge_base.database import Database

PromiseState = Literal["open", "kept", "broken", "withdrawn"]
STATES: tuple[PromiseState, ...] = get_args(PromiseState)
_NEAR = timedelta(days=1)
"""A verdict on a draft is given at most so long before or after the message is sent."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise in what was sent. `promiser` is `agent`, `desk` or `other`; `times` its time as it was said.

    `due` and `sent_at` are UTC, None where they aren't known; `amount` is in normal form (`59.90 EUR`).
    `feedback_id` names the verdict that told of it; None: it was read in the conversation itself.
    """

    conversation_id: str
    kind: str
    promiser: str
    sentence: str
    language: str
    amount: str | None = None
    times: str | None = None
    due: datetime | None = None
    sent_at: datetime | None = None
    customer_name: str | None = None
    order_id: str | None = None
    feedback_id: int | None = None


@dataclass(frozen=True, slots=True)
class StoredPromise:
    """A promise with its number, who told of it when, and what became of it."""

    id: int
    promise: Promise
    actor: str
    at: datetime
    state: PromiseState = "open"
    state_by: str | None = None
    state_at: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether it is open and its time is over."""
        return self.state == "open" and self.promise.due is not None and self.promise.due < now


def same_promise(kept: StoredPromise, seen: Promise) -> bool:
    """Whether a promise that is seen is one that is kept already.

    In messages the same words at the same time are; a verdict and the message that it speaks of name other
    times, and may be in two languages: then what is promised until when decides.
    """
    old = kept.promise
    if (old.kind, old.amount) != (seen.kind, seen.amount):
        return False
    alike = _words(old.sentence) == _words(seen.sentence)
    if old.feedback_id is None and seen.feedback_id is None:
        return alike and (old.sent_at is None or seen.sent_at is None or old.sent_at == seen.sent_at)
    if kept.state == "withdrawn" and old.feedback_id is not None:
        return False  # the verdict was taken back: what is seen now was sent after all
    near = old.sent_at is None or seen.sent_at is None or abs(old.sent_at - seen.sent_at) <= _NEAR
    days = (old.due and old.due.date(), seen.due and seen.due.date())
    return near and (alike or (old.language != seen.language and days[0] == days[1]))


def unseen(kept: Sequence[StoredPromise], seen: Iterable[Promise]) -> list[Promise]:
    """Those that aren't kept yet, in their order; one kept promise answers for one seen."""
    left, fresh = list(kept), []
    for promise in seen:
        known = next((one for one in left if same_promise(one, promise)), None)
        if known is None:
            fresh.append(promise)
        else:
            left.remove(known)
    return fresh


@dataclass(frozen=True, slots=True)
class PromiseBook:
    """What `KnowledgeBase.promises` hands out. Threads and processes may share one database."""

    database: Database
    clock: Callable[[], datetime]

    def last_seq(self) -> int:
        """Tell the number of the newest change of a promise; 0 before the first."""
        with self.database.reading() as transaction:
            return transaction.last_seq("promise")

    def of(self, conversation_id: str) -> list[StoredPromise]:
        """Read the promises of a conversation, oldest first."""
        with self.database.reading() as transaction:
            return [_stored(row) for row in transaction.promises(conversation_id=conversation_id)]

    def follow(self, conversation_id: str, seen: Sequence[Promise], *, actor: str) -> list[StoredPromise]:
        """Keep what of `seen` isn't kept yet, and read all of the conversation; writes only what is new."""
        kept = self.of(conversation_id)
        return self.keep(conversation_id, seen, actor=actor) if unseen(kept, seen) else kept

    def keep(self, conversation_id: str, seen: Sequence[Promise], *, actor: str) -> list[StoredPromise]:
        """Keep what isn't kept yet: seen again, by whichever process, it makes no second entry."""
        with self.database.writing() as transaction:
            transaction.lock_counter("promise")
            kept = [_stored(row) for row in transaction.promises(conversation_id=conversation_id)]
            told = {"actor": actor, "at": self.clock(), "state": "open"}
            for promise in unseen(kept, seen):
                transaction.add_promise(asdict(promise) | told)
            return [_stored(row) for row in transaction.promises(conversation_id=conversation_id)]

    def find(self, promise_id: int) -> StoredPromise:
        """Read one promise. Raises NotFoundError."""
        with self.database.reading() as transaction:
            rows = transaction.promises(promise_id=promise_id)
        if not rows:
            raise NotFoundError("promise", str(promise_id))
        return _stored(rows[0])

    def list(
        self,
        *,
        state: PromiseState | None = "open",
        overdue: bool = False,
        conversation_id: str | None = None,
        limit: int = 100,
    ) -> list[StoredPromise]:
        """Read promises by their due time, those without one last; `overdue` reads only open ones past it."""
        before = self.clock() if overdue else None
        with self.database.reading() as transaction:
            rows = transaction.promises(
                state="open" if overdue else state,
                conversation_id=conversation_id,
                due_before=before,
                limit=limit,
                by_due=True,
            )
        return [_stored(row) for row in rows]

    def settle(self, promise_id: int, state: PromiseState, *, actor: str) -> StoredPromise:
        """Say what became of a promise; saying it again changes nothing. Raises NotFoundError."""
        with self.database.writing() as transaction:
            transaction.lock_counter("promise")
            rows = transaction.promises(promise_id=promise_id)
            if not rows:
                raise NotFoundError("promise", str(promise_id))
            if rows[0]["state"] != state:
                transaction.settle_promises(
                    {"id": promise_id}, {"state": state, "state_by": actor, "state_at": self.clock()}
                )
                rows = transaction.promises(promise_id=promise_id)
        return _stored(rows[0])


def _words(sentence: str) -> str:
    return " ".join(sentence.lower().split())


def _stored(row: Mapping[str, Any]) -> StoredPromise:
    values = dict(row)
    promise = Promise(**{name: values[name] for name in Promise.__slots__})
    own = {name: values[name] for name in StoredPromise.__slots__ if name != "promise"}
    return StoredPromise(promise=promise, **own)
