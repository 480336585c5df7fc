"""How cases ended as columns, so that they are summed without reading each case's document."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from knowledge_base.outcome_columns import outcome_columns

revision = "0014"
down_revision = "0013"
COLUMNS: Mapping[str, Any] = {
    "resolved": sa.Integer(),
    "reopened": sa.Integer(),
    "csat": sa.Integer(),
    "handle_minutes": sa.Float(),
    "contacts": sa.Integer(),
    "reply_minutes": sa.Float(),
    "source_id": sa.Text(),
}
PAGE = 1000


def upgrade() -> None:
    """Add the columns, fill them from the cases, and index what insight reads."""
    for name, kind in COLUMNS.items():
        op.add_column("record", sa.Column(name, kind))
    _fill()
    op.create_index("ix_record_outcome", "record", ["kind", "resolved_at", "category", "language", *COLUMNS])
    op.create_index("ix_conversation_started_at", "conversation", ["started_at"])
    op.create_index("ix_feedback_at", "feedback", ["at"])


def downgrade() -> None:
    """Drop what was added."""
    op.drop_index("ix_feedback_at", "feedback")
    op.drop_index("ix_conversation_started_at", "conversation")
    op.drop_index("ix_record_outcome", "record")
    for name in COLUMNS:
        op.drop_column("record", name)


def _fill() -> None:
    record = sa.table(
        "record",
        *(sa.column("kind"), sa.column("id"), sa.column("data", sa.JSON)),
        *(sa.column(name, kind) for name, kind in COLUMNS.items()),
    )
    connection, after = op.get_bind(), ""
    change = (
        sa.update(record)
        .where(record.c.kind == "case", record.c.id == sa.bindparam("of"))
        .values({name: sa.bindparam(f"new_{name}") for name in COLUMNS})
    )
    while True:
        which = sa.select(record.c.id, record.c.data).where(record.c.kind == "case", record.c.id > after)
        rows = connection.execute(which.order_by(record.c.id).limit(PAGE)).all()
        if not rows:
            return
        told = [
            {"of": row.id} | {f"new_{name}": outcome_columns(row.data)[name] for name in COLUMNS}
            for row in rows
        ]
        connection.execute(change, told)
        after = rows[-1].id
