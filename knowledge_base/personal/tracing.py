"""Where one customer is found in the base: their conversations first, then everything that names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from knowledge_base.conversation_heads import conversation_of
from knowledge_base.grants import customer_key
from knowledge_base.models import Conversation, Kind, Message
from knowledge_base.personal.person import Person, Values, strings_in, values_of

if TYPE_CHECKING:
    from sqlalchemy import Table

    from knowledge_base.statements import Transaction

PAGE = 500


@dataclass(frozen=True, slots=True)
class Traces:
    """What an erasure removes. `records` are pairs of kind and id; the others ids of their tables."""

    values: Values
    conversations: tuple[str, ...] = ()
    customers: frozenset[str] = frozenset()
    records: tuple[tuple[Kind, str], ...] = ()
    versions: int = 0
    messages: int = 0
    suggestions: tuple[str, ...] = ()
    feedback: tuple[int, ...] = ()
    promises: tuple[int, ...] = ()
    grants: tuple[str, ...] = ()
    deliveries: tuple[int, ...] = ()
    translations: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    rounds: tuple[int, ...] = ()
    candidates: tuple[int, ...] = ()
    decisions: tuple[int, ...] = ()

    def counts(self) -> dict[str, int]:
        """How much there is of what."""
        return {
            "conversations": len(self.conversations),
            "messages": self.messages,
            "records": len(self.records),
            "versions": self.versions,
            "suggestions": len(self.suggestions),
            "feedback": len(self.feedback),
            "promises": len(self.promises),
            "grants": len(self.grants),
            "deliveries": len(self.deliveries),
            "translations": len(self.translations),
            "exceptions": len(self.exceptions),
            "rounds": len(self.rounds),
            "candidates": len(self.candidates),
            "decisions": len(self.decisions),
        }


def trace(transaction: Transaction, person: Person) -> Traces:
    """Find a customer. Raises InputError where too little is told of them."""
    from knowledge_base import schema

    person = person.checked()
    values, ids, customers, messages = person.values(), [], set(), 0
    if person.customer_id:
        customers.add(customer_key(Conversation((), slots={"customer_id": person.customer_id})))
    for conversation in _conversations(transaction):
        if conversation.id == person.conversation_id or _about(conversation, person.values()):
            ids.append(str(conversation.id))
            messages += len(conversation.messages)
            customers.add(customer_key(conversation))
            values |= values_of(conversation)
    known = frozenset(ids) | ({person.conversation_id} if person.conversation_id else frozenset())
    named = frozenset(one for one in customers if one)
    seen = _Seen(transaction, values, known)
    versions = [
        (row["kind"], row["record_id"])
        for row in _rows(transaction, schema.change, "seq")
        if seen.told(row, "snapshot", "reason") or _sourced(row["snapshot"], known)
    ]
    suggestions = seen.keys(schema.suggestion, "id", "document")
    return Traces(
        values=values,
        conversations=tuple(ids),
        customers=named,
        records=tuple(dict.fromkeys(versions)),
        versions=len(versions),
        messages=messages,
        suggestions=suggestions,
        feedback=tuple(
            row["id"]
            for row in _rows(transaction, schema.feedback, "id")
            if row["suggestion_id"] in set(suggestions)
            or seen.row(row, "reason", "text_before", "text_after")
        ),
        promises=seen.keys(schema.promise, "id", "sentence", "customer_name", "order_id"),
        grants=tuple(
            row["id"]
            for row in _rows(transaction, schema.grants, "id")
            if row["customer"] in named or seen.row(row, "why")
        ),
        deliveries=seen.keys(schema.delivery, "id", "document", "key"),
        candidates=seen.keys(schema.review_candidate, "id", "document", "reason"),
        decisions=seen.keys(schema.gap_decision, "id", "name", "why"),
        rounds=seen.keys(schema.practice_round, "id", "replies", "score"),
        translations=seen.keys(schema.approved_translations, "key", "source", "target"),
        exceptions=tuple(
            row["value"]
            for row in _rows(transaction, schema.personal_exception, "value")
            if values.within(row["value"])
        ),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """Looks through tables for rows of known conversations, or whose texts hold one of the values."""

    transaction: Transaction
    values: Values
    known: frozenset[str]

    def keys(self, table: Table, key: str, *columns: str) -> tuple[Any, ...]:
        return tuple(row[key] for row in _rows(self.transaction, table, key) if self.row(row, *columns))

    def row(self, row: dict[str, Any], *columns: str) -> bool:
        return row.get("conversation_id") in self.known or self.told(row, *columns)

    def told(self, row: dict[str, Any], *columns: str) -> bool:
        return any(self.values.within(text) for column in columns for text in strings_in(row[column]))


def _about(conversation: Conversation, told: Values) -> bool:
    """Whether a conversation is this customer's: as the desk has it, or as they wrote themselves."""
    customer = conversation.customer
    own = [customer.name or "", *conversation.slots.values(), *(m.text for m in conversation.by("customer"))]
    return any(told.within(text) for text in own)


def _sourced(snapshot: dict[str, Any], known: frozenset[str]) -> bool:
    source = snapshot.get("source") or {}
    return isinstance(source, dict) and source.get("id") in known


def _conversations(transaction: Transaction) -> Iterator[Conversation]:
    from sqlalchemy import select

    from knowledge_base.schema import conversation, message

    for row in _rows(transaction, conversation, "id"):
        query = select(message.c.role, message.c.text, message.c.at).where(
            message.c.conversation_id == row["id"]
        )
        said = [Message(*one) for one in transaction.connection.execute(query.order_by(message.c.number))]
        yield conversation_of(row["document"] | {"id": row["id"]}, said)


def _rows(transaction: Transaction, table: Table, key: str) -> Iterator[dict[str, Any]]:
    """All rows in the order of a key, a page at a time."""
    from sqlalchemy import select

    after: Any = None
    while True:
        query = select(table).order_by(table.c[key]).limit(PAGE)
        if after is not None:
            query = query.where(table.c[key] > after)
        rows = [dict(row) for row in transaction.connection.execute(query).mappings()]
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1][key]
