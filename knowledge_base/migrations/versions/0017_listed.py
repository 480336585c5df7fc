"""Indexes in the order of lists, and what conversations and suggestions are about as columns."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from knowledge_base.conversation_heads import told_columns
from knowledge_base.feedback import understood_columns

revision = "0017"
down_revision = "0016"
OUTCOME = (
    "kind", "resolved_at", "category", "language", "resolved", "reopened", "csat", "handle_minutes",
    "contacts", "reply_minutes", "source_id",
)  # fmt: skip
NEW = {
    "ix_record_outcome": ("record", (*OUTCOME, "id")),
    "ix_record_status": ("record", ("kind", "status", "id", "category", "language")),
    "ix_record_category": ("record", ("kind", "category", "id", "status", "language")),
    "ix_record_language": ("record", ("kind", "language", "id", "status", "category")),
    "ix_conversation_state": ("conversation", ("state", "waiting_since", "seq", "id")),
    "ix_conversation_waiting_since": ("conversation", ("waiting_since", "seq", "id")),
    "ix_conversation_begun": ("conversation", ("started_at", "category", "language", "customer")),
    "ix_citation_named": ("citation", ("article_id", "named")),
    "ix_citation_resolved_at": ("citation", ("article_id", "resolved_at")),
    "ix_citation_kind": ("citation", ("article_id", "kind", "record_id", "place")),
    "ix_review_candidate_at": ("review_candidate", ("state", "at", "id")),
}
FORMER = {
    "ix_record_outcome": ("record", OUTCOME),
    "ix_record_kind_status_id": ("record", ("kind", "status", "id")),
    "ix_record_kind_category_id": ("record", ("kind", "category", "id")),
    "ix_conversation_state_waiting_since": ("conversation", ("state", "waiting_since")),
    "ix_conversation_started_at": ("conversation", ("started_at",)),
    "ix_citation_article_id": ("citation", ("article_id",)),
}
COLUMNS: Mapping[str, Mapping[str, Any]] = {
    "conversation": {"category": sa.Text(), "language": sa.Text(), "customer": sa.String(64)},
    "suggestion": {"category": sa.Text(), "language": sa.Text()},
    "citation": {"resolved_at": sa.DateTime()},
}
TEXT: Mapping[str, Any] = {
    "kind": sa.String(20), "id": sa.String(200), "status": sa.String(20), "language": sa.String(100),
    "category": sa.Text(), "text": sa.Text(),
}  # fmt: skip
PAGE = 500


def upgrade() -> None:
    """Add columns, fill them, and put the new indexes in the place of the former."""
    for table, columns in COLUMNS.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind))
    _fill("conversation", ("document", "reading"), lambda row: told_columns(row.document, row.reading))
    _fill("suggestion", ("document",), lambda row: understood_columns(row.document))
    same = "record.kind = citation.kind AND record.id = citation.record_id"
    op.execute(f"UPDATE citation SET resolved_at = (SELECT resolved_at FROM record WHERE {same})")
    _exchange(FORMER, NEW)
    op.create_table(
        "record_text",
        *(sa.Column(name, kind, nullable=False) for name, kind in TEXT.items() if name != "category"),
        sa.Column("category", sa.Text()),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_record_text"),
    )
    names = ", ".join(TEXT)
    op.execute(f"INSERT INTO record_text ({names}) SELECT {names.replace('text', 'search_text')} FROM record")
    op.drop_column("record", "search_text")


def downgrade() -> None:
    """Put everything back."""
    op.add_column("record", sa.Column("search_text", sa.Text(), nullable=False, server_default=""))
    same = "record_text.kind = record.kind AND record_text.id = record.id"
    op.execute(f"UPDATE record SET search_text = (SELECT text FROM record_text WHERE {same})")
    op.drop_table("record_text")
    _exchange(NEW, FORMER)
    for table, columns in COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)


def _exchange(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for name, (table, _) in old.items():
        op.drop_index(name, table)
    for name, (table, columns) in new.items():
        op.create_index(name, table, list(columns))


def _fill(name: str, read: tuple[str, ...], columns_of: Callable[[Any], Mapping[str, Any]]) -> None:
    columns = COLUMNS[name]
    table = sa.table(
        name,
        sa.column("id"),
        *(sa.column(one, sa.JSON) for one in read),
        *(sa.column(one, kind) for one, kind in columns.items()),
    )
    change = sa.update(table).where(table.c.id == sa.bindparam("of"))
    change = change.values({one: sa.bindparam(f"new_{one}") for one in columns})
    for rows in _pages(sa.select(table.c.id, *(table.c[one] for one in read)), table.c.id):
        told = [
            {"of": row.id} | {f"new_{one}": value for one, value in columns_of(row).items()} for row in rows
        ]
        op.get_bind().execute(change, told)


def _pages(query: sa.Select[Any], key: Any) -> Iterator[list[Any]]:
    after = ""
    while rows := op.get_bind().execute(query.where(key > after).order_by(key).limit(PAGE)).all():
        yield list(rows)
        after = rows[-1].id
