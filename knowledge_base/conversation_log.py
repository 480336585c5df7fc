"""Conversations that are going on: messages as they arrive, who waits since when, and what changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from knowledge_base.conversations import conversation_from_dict, conversation_to_dict
from knowledge_base.errors import ConflictError, InputError, NotFoundError
from knowledge_base.models import Conversation, Message
from knowledge_base.records import MAX_MESSAGES

if TYPE_CHECKING:
    from knowledge_base.database import Database
    from knowledge_base.statements import Transaction

ConversationState = Literal["open", "closed"]
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
class ConversationHead:
    """A conversation without its messages but the newest. `waiting_since` is None where nobody waits."""

    id: str
    state: ConversationState
    seq: int
    messages: int
    channel: str | None
    customer_name: str | None
    language: str | None
    waiting_since: datetime | None
    started_at: datetime
    changed_at: datetime
    newest: Message


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A whole conversation and its head."""

    conversation: Conversation
    head: ConversationHead


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
        document = _document(conversation)
        with self.database.writing() as transaction:
            kept = _locked(transaction, conversation.id)
            if kept is None:
                _insert(transaction, conversation.id, document, self.clock())
                return self._add(transaction, conversation.id, arriving)
            old = _messages(transaction, conversation.id)
            for before, after in zip(old, conversation.messages, strict=False):
                if (before.role, before.text) != (after.role, after.text):
                    raise ConflictError(
                        f"the conversation {conversation.id!r} holds other messages; append to it instead"
                    )
            merged = _merged(kept["document"], document)
            _update(transaction, conversation.id, {"document": merged})
            new = arriving[len(old) :]
            return self._add(transaction, conversation.id, new, changed=merged != kept["document"])

    def append(self, conversation_id: str, arriving: Sequence[Arriving]) -> Received:
        """Add messages to a conversation, those known by name left out; a customer's opens it again.

        Raises NotFoundError; InputError where it would hold more messages than a conversation may.
        """
        with self.database.writing() as transaction:
            if _locked(transaction, conversation_id) is None:
                raise NotFoundError(_KIND, conversation_id)
            return self._add(transaction, conversation_id, arriving)

    def read(self, conversation_id: str) -> StoredConversation:
        """The conversation with all its messages. Raises NotFoundError."""
        with self.database.reading() as transaction:
            row = _row(transaction, conversation_id)
            if row is None:
                raise NotFoundError(_KIND, conversation_id)
            messages = _messages(transaction, conversation_id)
        whole = conversation_from_dict(row["document"] | {"messages": [{"role": "note", "text": ""}]}, _KIND)
        return StoredConversation(replace(whole, messages=tuple(messages)), _head(row, messages[-1]))

    def heads(
        self, state: ConversationState | None = "open", *, limit: int = 100, offset: int = 0
    ) -> list[ConversationHead]:
        """Those who wait the longest first, then those who don't wait, the newest change first."""
        from sqlalchemy import select

        from knowledge_base.schema import conversation as table

        query = select(table).order_by(
            table.c.waiting_since.is_(None), table.c.waiting_since, table.c.seq.desc()
        )
        if state is not None:
            query = query.where(table.c.state == state)
        with self.database.reading() as transaction:
            return _heads(transaction, query.limit(limit).offset(offset))

    def changed(self, since: int, *, limit: int = 100) -> list[ConversationHead]:
        """The conversations that changed after a number, each once, in the order of their newest change."""
        from sqlalchemy import select

        from knowledge_base.schema import conversation as table

        query = select(table).where(table.c.seq > since).order_by(table.c.seq).limit(limit)
        with self.database.reading() as transaction:
            return _heads(transaction, query)

    def last_seq(self) -> int:
        """The number of the newest change; 0 before the first."""
        with self.database.reading() as transaction:
            return transaction.last_seq("conversation")

    def settle(self, conversation_id: str, state: ConversationState) -> int:
        """Close a conversation or open it again; gives the number of the change. Raises NotFoundError."""
        with self.database.writing() as transaction:
            row = _locked(transaction, conversation_id)
            if row is None:
                raise NotFoundError(_KIND, conversation_id)
            if row["state"] == state:
                return int(row["seq"])
            seq = transaction.next_seq("conversation")
            _update(transaction, conversation_id, {"state": state, "seq": seq, "changed_at": self.clock()})
            return seq

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

        row = _row(transaction, conversation_id)
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
        _update(transaction, conversation_id, values)
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


def _document(conversation: Conversation) -> dict[str, Any]:
    """The conversation in the exchange format, but for its messages."""
    document = conversation_to_dict(conversation)
    del document["messages"]
    return document


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What is told now before what was told; what isn't told now stays."""
    merged = dict(old)
    for name, value in new.items():
        if isinstance(value, dict):
            merged[name] = dict(old.get(name) or {}) | {k: v for k, v in value.items() if v is not None}
        elif value is not None:
            merged[name] = value
    return merged


def _row(transaction: Transaction, conversation_id: str) -> dict[str, Any] | None:
    from sqlalchemy import select

    from knowledge_base.schema import conversation as table

    query = select(table).where(table.c.id == conversation_id)
    row = transaction.connection.execute(query).mappings().first()
    return dict(row) if row else None


def _locked(transaction: Transaction, conversation_id: str) -> dict[str, Any] | None:
    """The row, once no other writer of conversations is at work."""
    transaction.lock_counter("conversation")
    return _row(transaction, conversation_id)


def _insert(transaction: Transaction, conversation_id: str, document: dict[str, Any], now: datetime) -> None:
    from sqlalchemy import insert

    from knowledge_base.schema import conversation as table

    row = {"id": conversation_id, "seq": 0, "state": "open", "document": document, "messages": 0}
    transaction.connection.execute(insert(table).values(**row, started_at=now, changed_at=now))


def _update(transaction: Transaction, conversation_id: str, values: Mapping[str, Any]) -> None:
    from sqlalchemy import update

    from knowledge_base.schema import conversation as table

    transaction.connection.execute(update(table).where(table.c.id == conversation_id).values(**values))


def _messages(transaction: Transaction, conversation_id: str) -> list[Message]:
    from sqlalchemy import select

    from knowledge_base.schema import message as table

    query = select(table.c.role, table.c.text, table.c.at).where(table.c.conversation_id == conversation_id)
    return [Message(*row) for row in transaction.connection.execute(query.order_by(table.c.number))]


def _heads(transaction: Transaction, query: Any) -> list[ConversationHead]:
    """The heads of these rows with the newest message of each, by two queries however many there are."""
    from sqlalchemy import select, tuple_

    from knowledge_base.schema import message as table

    rows = [dict(row) for row in transaction.connection.execute(query).mappings()]
    last = [(row["id"], row["messages"] - 1) for row in rows]
    wanted = select(table.c.conversation_id, table.c.role, table.c.text, table.c.at).where(
        tuple_(table.c.conversation_id, table.c.number).in_(last)
    )
    newest = {one[0]: Message(*one[1:]) for one in transaction.connection.execute(wanted)} if last else {}
    return [_head(row, newest[row["id"]]) for row in rows]


def _head(row: Mapping[str, Any], newest: Message) -> ConversationHead:
    document = row["document"]
    return ConversationHead(
        id=row["id"],
        state=row["state"],
        seq=row["seq"],
        messages=row["messages"],
        channel=document["channel"],
        customer_name=document["customer"]["name"],
        language=document["language"] or document["customer"]["language"],
        waiting_since=row["waiting_since"],
        started_at=row["started_at"],
        changed_at=row["changed_at"],
        newest=newest,
    )
