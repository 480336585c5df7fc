"""What each suggestion showed and whether anything answered, as columns, and decisions on gaps."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from knowledge_base.shown import found_in, shown_in

revision = "0015"
down_revision = "0014"
PAGE = 500


def upgrade() -> None:
    """Add columns and tables, and fill them from the suggestions that are kept."""
    op.add_column("suggestion", sa.Column("asked_in", sa.String(35)))
    op.add_column("suggestion", sa.Column("found", sa.Integer))
    shown = op.create_table(
        "shown",
        sa.Column("suggestion_id", sa.String(200), primary_key=True),
        sa.Column("item", sa.String(220), primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("drafted", sa.Boolean, nullable=False),
    )
    _fill(shown)
    op.create_index("ix_shown_item", "shown", ["item", "at"])
    op.create_index("ix_suggestion_at", "suggestion", ["at", "conversation_id", "found", "id"])
    op.create_table(
        "gap_decision",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("gap", sa.String(16), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("middle", sa.LargeBinary, nullable=False),
        sa.Column("encoder", sa.String(64), nullable=False),
        sa.Column("language", sa.String(35)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("conversations", sa.Integer, nullable=False),
        sa.Column("why", sa.String(1000)),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("made", sa.String(220)),
        sa.Column("withdrawn_at", sa.DateTime),
        sa.Column("withdrawn_by", sa.String(100)),
    )
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "gap", "value": 0}])


def downgrade() -> None:
    """Drop what was added."""
    op.execute(sa.text("DELETE FROM counter WHERE name = 'gap'"))
    op.drop_table("gap_decision")
    op.drop_index("ix_suggestion_at", "suggestion")
    op.drop_table("shown")
    for name in ("found", "asked_in"):
        op.drop_column("suggestion", name)


def _fill(shown: Any) -> None:
    kept = sa.table(
        "suggestion",
        *(sa.column("id"), sa.column("at", sa.DateTime), sa.column("document", sa.JSON), sa.column("found")),
    )
    connection, after = op.get_bind(), ""
    change = sa.update(kept).where(kept.c.id == sa.bindparam("of")).values(found=sa.bindparam("new_found"))
    while True:
        which = sa.select(kept.c.id, kept.c.at, kept.c.document).where(kept.c.id > after)
        rows = connection.execute(which.order_by(kept.c.id).limit(PAGE)).all()
        if not rows:
            return
        connection.execute(change, [{"of": row.id, "new_found": found_in(row.document)} for row in rows])
        items = [
            {"suggestion_id": row.id, "item": item, "at": row.at, "drafted": drafted}
            for row in rows
            for item, drafted in shown_in(row.document).items()
        ]
        if items:
            connection.execute(sa.insert(shown), items)
        after = rows[-1].id
