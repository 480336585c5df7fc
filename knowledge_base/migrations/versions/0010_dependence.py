"""Which articles records name, and who looked a record over."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
_BATCH = 1000


def upgrade() -> None:
    """Create the tables and read the citations off the records that are there."""
    citation = op.create_table(
        "citation",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("record_id", sa.String(200), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("article_id", sa.String(200), nullable=False),
        sa.Column("named", sa.Text, nullable=False),
    )
    op.create_index("ix_citation_article_id", "citation", ["article_id"])
    op.create_table(
        "record_review",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("record_id", sa.String(200), primary_key=True),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("note", sa.Text),
    )
    connection = op.get_bind()
    record = sa.table(
        "record", sa.column("kind", sa.String), sa.column("id", sa.String), sa.column("data", sa.JSON)
    )
    for kind in ("case", "template", "article"):
        after = ""
        while True:
            page = sa.select(record).where(record.c.kind == kind, record.c.id > after)
            rows = connection.execute(page.order_by(record.c.id).limit(_BATCH)).all()
            found = [one for row in rows for one in _citations(row)]
            if found:
                connection.execute(sa.insert(citation), found)
            if len(rows) < _BATCH:
                break
            after = rows[-1].id


def _citations(row: Any) -> Iterator[dict[str, Any]]:
    named = row.data.get("policies") or [row.data.get("translation_of")]
    for place, one in enumerate(dict.fromkeys(one for one in named if one)):
        yield {
            "kind": row.kind, "record_id": row.id, "place": place,
            "article_id": one.partition("#")[0][:200], "named": one,
        }  # fmt: skip


def downgrade() -> None:
    """Drop what was added."""
    op.drop_table("record_review")
    op.drop_table("citation")
