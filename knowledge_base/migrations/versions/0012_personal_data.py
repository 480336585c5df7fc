"""What is set about personal data, and that somebody was erased (never who)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "personal_switch",
        sa.Column("field", sa.String(40), primary_key=True),
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("replaced", sa.Boolean, nullable=False),
    )
    op.create_table(
        "personal_exception",
        sa.Column("value", sa.String(600), primary_key=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "erasure",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
    )
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "erasure", "value": 0}])


def downgrade() -> None:
    """Drop what was added."""
    op.execute(sa.text("DELETE FROM counter WHERE name = 'erasure'"))
    for table in ("erasure", "personal_exception", "personal_switch"):
        op.drop_table(table)
