"""Conversations that are going on: messages as they arrive, who waits since when, and what changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from knowledge_base.conversation_heads import (
    ConversationHead,
    ConversationState,
    Reading,
    conversation_of,
    document_of,
    head_of,
)
from knowledge_base.conversation_rows import (
    heads_of,
    insert_row,
    listed_ids,
    locked_row,
    messages_of,
    name_message,
    names_of,
    row_of,
    update_row,
)
from knowledge_base.errors import ConflictError, InputError, NotFoundError
from knowledge_base.models import Conversation, Message
from knowledge_base.records import MAX_MESSAGES

if TYPE_CHECKING:
    from knowledge_base.database import Database
    from knowledge_base.statements import Transaction

MAX_EXTERNAL = 200
_KIND = "conversation"


@dataclass(frozen=True, slots=True)
class Arriving:
    """A message, and how the helpdesk it comes from calls it: under that name it is kept once."""

    message: Message
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of what arrived: the numbers of the messages that are new, and the newest change."""

    id: str
    seq: int
    added: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation and its head, or a stretch of it: `first` is the number of its first message.

    `external_ids` are the helpdesk's names of the messages, None where it gave none.
    """

    conversation: Conversation
    head: ConversationHead
    first: int = 0
    external_ids: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationLog:
    """What `KnowledgeBase.conversations` hands out. Threads and processes may share one database.

    Each change has a number (`seq`) that grows without gaps, so that a follower misses none.
    """

    database: Database
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def receive(self, conversation: Conversation, external_ids: Sequence[str | None] = ()) -> Received:
        """Keep a whole conversation; of one that is kept already, what is new of it.

        Raises InputError without an id, ConflictError where the kept one begins with other messages.
        """
        if conversation.id is None:
            raise InputError("a conversation that is to be kept needs an id")
        named = [*external_ids, *[None] * (len(conversation.messages) - len(external_ids))]
        arriving = [Arriving(m, name) for m, name in zip(conversation.messages, named, strict=True)]
        document = document_of(conversation)
        with self.database.writing() as transaction:
            kept = locked_row(transaction, conversation.id)
            if kept is None:
                insert_row(transaction, conversation.id, document, self.clock())
                return self._add(transaction, conversation.id, arriving)
            old = [
                message for message, _ in messages_of(transaction, conversation.id, range(kept["messages"]))
            ]
            for before, after in zip(old, conversation.messages, strict=False):
                if (before.role, before.text) != (after.role, after.text):
                    raise ConflictError(
                        f"the conversation {conversation.id!r} holds other messages; append to it instead"
                    )
            merged = _merged(kept["document"], document)
            update_row(transaction, conversation.id, {"document": merged})
            new = arriving[len(old) :]
            return self._add(transaction, conversation.id, new, changed=merged != kept["document"])

    def append(self, conversation_id: str, arriving: Sequence[Arriving]) -> Received:
        """Add messages to a conversation, those known by name left out; a customer's opens it again.

        Raises NotFoundError; InputError where it would hold more messages than a conversation may.
        """
        with self.database.writing() as transaction:
            if locked_row(transaction, conversation_id) is None:
                raise NotFoundError(_KIND, conversation_id)
            return self._add(transaction, conversation_id, arriving)

    def read(self, conversation_id: str, *, start: int = 0, end: int | None = None) -> StoredConversation:
        """The conversation, or the messages that a slice names (negative: from the newest).

        Raises NotFoundError. A slice without a message gives no messages.
        """
        with self.database.reading() as transaction:
            row = row_of(transaction, conversation_id)
            if row is None:
                raise NotFoundError(_KIND, conversation_id)
            numbers = range(row["messages"])[start:end]
            kept = messages_of(transaction, conversation_id, numbers)
            newest = messages_of(transaction, conversation_id, range(row["messages"])[-1:])
        whole = conversation_of(row["document"], [message for message, _ in kept])
        names = tuple(name for _, name in kept)
        return StoredConversation(whole, head_of(row, newest[-1][0]), numbers.start, names)

    def heads(
        self, state: ConversationState | None = "open", *, limit: int = 100, offset: int = 0
    ) -> list[ConversationHead]:
        """Those who wait the longest first, then those who don't wait, the newest change first."""
        from sqlalchemy import select

        from knowledge_base.schema import conversation as table

        with self.database.reading() as transaction:
            ids = listed_ids(transaction, state, limit=limit, offset=offset)
            found = {one.id: one for one in heads_of(transaction, select(table).where(table.c.id.in_(ids)))}
        return [found[one] for one in ids]

    def changed(self, since: int, *, limit: int = 100) -> list[ConversationHead]:
        """The conversations that changed after a number, each once, in the order of their newest change."""
        from sqlalchemy import select

        from knowledge_base.schema import conversation as table

        query = select(table).where(table.c.seq > since).order_by(table.c.seq).limit(limit)
        with self.database.reading() as transaction:
            return heads_of(transaction, query)

    def last_seq(self) -> int:
        """The number of the newest change; 0 before the first."""
        with self.database.reading() as transaction:
            return transaction.last_seq("conversation")

    def settle(self, conversation_id: str, state: ConversationState) -> int:
        """Close a conversation or open it again; gives the number of the change. Raises NotFoundError."""
        with self.database.writing() as transaction:
            row = locked_row(transaction, conversation_id)
            if row is None:
                raise NotFoundError(_KIND, conversation_id)
            if row["state"] == state:
                return int(row["seq"])
            seq = transaction.next_seq("conversation")
            update_row(transaction, conversation_id, {"state": state, "seq": seq, "changed_at": self.clock()})
            return seq

    def reply(self, conversation_id: str, text: str, *, seen: int) -> Received:
        """Add the agent's reply, who has seen so many messages.

        Raises NotFoundError; ConflictError where more has arrived, as the reply may not fit any more.
        """
        with self.database.writing() as transaction:
            row = locked_row(transaction, conversation_id)
            if row is None:
                raise NotFoundError(_KIND, conversation_id)
            if row["messages"] != seen:
                raise ConflictError(
                    f"the conversation {conversation_id!r} has gone on: it holds {row['messages']} messages, "
                    f"not {seen}; read what is new, then send again"
                )
            return self._add(transaction, conversation_id, [Arriving(Message("agent", text))])

    def name_message(self, conversation_id: str, number: int, external_id: str) -> None:
        """Tell how the helpdesk calls a message that was written here, so that it doesn't come twice.

        Raises NotFoundError without that message, ConflictError where either has another name already.
        """
        with self.database.writing() as transaction:
            names = names_of(transaction, conversation_id)
            if number not in names:
                raise NotFoundError("message", f"{conversation_id}/{number}")
            if names[number] == external_id:
                return
            if names[number] is not None or external_id in names.values():
                raise ConflictError(f"the name {external_id!r}, or the message {number}, is taken already")
            name_message(transaction, conversation_id, number, external_id)

    def amend(self, conversation_id: str, changes: Mapping[str, Any]) -> int:
        """Put parts of a conversation right, in the exchange format; gives the number of the change.

        Of `slots`, `customer` and `corrections` only what is named changes; None takes a value back.
        Raises NotFoundError, RecordError.
        """
        with self.database.writing() as transaction:
            row = locked_row(transaction, conversation_id)
            if row is None:
                raise NotFoundError(_KIND, conversation_id)
            document = {**row["document"]}
            for name, value in changes.items():
                document[name] = (document.get(name) or {}) | value if isinstance(value, dict) else value
            document = document_of(conversation_of(document, ()))
            if document == row["document"]:
                return int(row["seq"])
            seq = transaction.next_seq("conversation")
            update_row(
                transaction, conversation_id, {"document": document, "seq": seq, "changed_at": self.clock()}
            )
            return seq

    def note_reading(self, conversation_id: str, reading: Reading, *, messages: int) -> int:
        """Keep how a conversation of so many messages is understood; of one that has gone on, nothing.

        Gives the number of its newest change. Raises NotFoundError.
        """
        told = reading.as_json()
        with self.database.writing() as transaction:
            row = locked_row(transaction, conversation_id)
            if row is None:
                raise NotFoundError(_KIND, conversation_id)
            if row["messages"] != messages or row["reading"] == told:
                return int(row["seq"])
            seq = transaction.next_seq("conversation")
            update_row(transaction, conversation_id, {"reading": told, "seq": seq})
            return seq

    def known(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids under which a conversation is kept."""
        from sqlalchemy import select

        from knowledge_base.schema import conversation as table

        with self.database.reading() as transaction:
            query = select(table.c.id).where(table.c.id.in_(list(ids)))
            return frozenset(transaction.connection.scalars(query))

    def _add(
        self,
        transaction: Transaction,
        conversation_id: str,
        arriving: Sequence[Arriving],
        *,
        changed: bool = False,
    ) -> Received:
        """Store what isn't known by name; where that is nothing and nothing `changed`, the number stays."""
        from sqlalchemy import insert, select

        from knowledge_base.schema import message as table

        row = row_of(transaction, conversation_id)
        assert row is not None
        names = [one.external_id for one in arriving if one.external_id is not None]
        query = select(table.c.external_id).where(
            table.c.conversation_id == conversation_id, table.c.external_id.in_(names)
        )
        known = set(transaction.connection.scalars(query)) if names else set()
        new: list[Arriving] = []
        for one in arriving:
            if one.external_id is None or one.external_id not in known:
                new.append(one)
                known.add(one.external_id)
        if not new and not changed:
            return Received(conversation_id, int(row["seq"]), ())
        first, now, seq = int(row["messages"]), self.clock(), transaction.next_seq("conversation")
        if first + len(new) > MAX_MESSAGES:
            raise InputError(f"a conversation holds at most {MAX_MESSAGES:,} messages; begin another")
        rows = [
            {
                "conversation_id": conversation_id, "number": number, "role": one.message.role,
                "text": one.message.text, "at": one.message.at or now, "external_id": one.external_id,
            }
            for number, one in enumerate(new, first)
        ]  # fmt: skip
        if rows:
            transaction.connection.execute(insert(table), rows)
        values = _after(row, rows) | {"messages": first + len(rows), "seq": seq, "changed_at": now}
        update_row(transaction, conversation_id, values)
        return Received(conversation_id, seq, tuple(range(first, first + len(rows))))


def _after(row: Mapping[str, Any], arrived: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Whether it is open and who waits since when, once these messages have arrived."""
    state, waiting = row["state"], row["waiting_since"]
    for one in arrived:
        if one["role"] == "customer":
            state, waiting = "open", waiting or one["at"]
        elif one["role"] == "agent":
            waiting = None
    return {"state": state, "waiting_since": waiting}


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What is told now before what was told; what isn't told now stays."""
    merged = dict(old)
    for name, value in new.items():
        if isinstance(value, dict):
            merged[name] = dict(old.get(name) or {}) | {k: v for k, v in value.items() if v is not None}
        elif value is not None:
            merged[name] = value
    return merged
