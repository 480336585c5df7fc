"""The statements on the tables of conversations and their messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from knowledge_base.conversation_heads import ConversationHead, head_of, told_columns
from knowledge_base.models import Message

if TYPE_CHECKING:
    from knowledge_base.statements import Transaction


def heads_of(transaction: Transaction, query: Any) -> list[ConversationHead]:
    """The heads of these rows with the newest message of each, by two queries however many there are."""
    from sqlalchemy import select, tuple_

    from knowledge_base.schema import message as table

    rows = [dict(row) for row in transaction.connection.execute(query).mappings()]
    last = [(row["id"], row["messages"] - 1) for row in rows]
    wanted = select(table.c.conversation_id, table.c.role, table.c.text, table.c.at).where(
        tuple_(table.c.conversation_id, table.c.number).in_(last)
    )
    newest = {one[0]: Message(*one[1:]) for one in transaction.connection.execute(wanted)} if last else {}
    return [head_of(row, newest[row["id"]]) for row in rows]


def listed_ids(transaction: Transaction, state: str | None, *, limit: int, offset: int) -> list[str]:
    """Those who wait the longest first, then those who don't wait, the newest change first.

    Two stretches of an index, so that no list is sorted, however long it is.
    """
    from sqlalchemy import func, select

    from knowledge_base.schema import conversation as table

    def those(what: Any, waits: bool) -> Any:
        query = select(what).select_from(table)
        if state is not None:
            query = query.where(table.c.state == state)
        return query.where(table.c.waiting_since.is_not(None) if waits else table.c.waiting_since.is_(None))

    run = transaction.connection
    first = those(table.c.id, True).order_by(table.c.waiting_since, table.c.seq.desc())
    ids = list(run.scalars(first.limit(limit).offset(offset)))
    if len(ids) < limit:
        passed = 0 if ids or not offset else max(offset - (run.scalar(those(func.count(), True)) or 0), 0)
        rest = those(table.c.id, False).order_by(table.c.seq.desc())
        ids += run.scalars(rest.limit(limit - len(ids)).offset(passed))
    return ids


def row_of(transaction: Transaction, conversation_id: str) -> dict[str, Any] | None:
    """The row, None without it."""
    from sqlalchemy import select

    from knowledge_base.schema import conversation as table

    query = select(table).where(table.c.id == conversation_id)
    row = transaction.connection.execute(query).mappings().first()
    return dict(row) if row else None


def locked_row(transaction: Transaction, conversation_id: str) -> dict[str, Any] | None:
    """The row, once no other writer of conversations is at work."""
    transaction.lock_counter("conversation")
    return row_of(transaction, conversation_id)


def insert_row(
    transaction: Transaction, conversation_id: str, document: dict[str, Any], now: datetime
) -> None:
    """A conversation that just began."""
    from sqlalchemy import insert

    from knowledge_base.schema import conversation as table

    row = {"id": conversation_id, "seq": 0, "state": "open", "document": document, "messages": 0}
    row |= told_columns(document, None)
    transaction.connection.execute(insert(table).values(**row, started_at=now, changed_at=now))


def update_row(transaction: Transaction, conversation_id: str, values: Mapping[str, Any]) -> None:
    """Change a row; what is counted of it follows what is told and read."""
    from sqlalchemy import update

    from knowledge_base.schema import conversation as table

    if "document" in values or "reading" in values:
        row = (row_of(transaction, conversation_id) or {}) | dict(values)
        values = dict(values) | told_columns(row["document"], row["reading"])
    transaction.connection.execute(update(table).where(table.c.id == conversation_id).values(**values))


def messages_of(
    transaction: Transaction, conversation_id: str, numbers: range
) -> list[tuple[Message, str | None]]:
    """The messages of these numbers, which follow one another, with the helpdesk's names of them."""
    from sqlalchemy import select

    from knowledge_base.schema import message as table

    query = select(table.c.role, table.c.text, table.c.at, table.c.external_id).where(
        table.c.conversation_id == conversation_id, table.c.number.between(numbers.start, numbers.stop - 1)
    )
    rows = transaction.connection.execute(query.order_by(table.c.number))
    return [(Message(role, text, at), name) for role, text, at, name in rows]


def names_of(transaction: Transaction, conversation_id: str) -> dict[int, str | None]:
    """The helpdesk's names of its messages by number, once no other writer is at work."""
    from sqlalchemy import select

    from knowledge_base.schema import message as table

    transaction.lock_counter("conversation")
    query = select(table.c.number, table.c.external_id).where(table.c.conversation_id == conversation_id)
    return {row.number: row.external_id for row in transaction.connection.execute(query)}


def name_message(transaction: Transaction, conversation_id: str, number: int, external_id: str) -> None:
    """Give a message its name."""
    from sqlalchemy import update

    from knowledge_base.schema import message as table

    where = (table.c.conversation_id == conversation_id, table.c.number == number)
    transaction.connection.execute(update(table).where(*where).values(external_id=external_id))
