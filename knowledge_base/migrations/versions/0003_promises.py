"""Promises: what was sent to customers and has to be kept."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table and its counter."""
    op.create_table(
        "promise",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("promiser", sa.String(20), nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("language", sa.String(100), nullable=False),
        sa.Column("amount", sa.Text),
        sa.Column("times", sa.Text),
        sa.Column("due", sa.DateTime),
        sa.Column("sent_at", sa.DateTime),
        sa.Column("customer_name", sa.Text),
        sa.Column("order_id", sa.Text),
        sa.Column("feedback_id", sa.BigInteger),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("state_by", sa.Text),
        sa.Column("state_at", sa.DateTime),
        sqlite_autoincrement=True,
    )
    for columns in (["conversation_id"], ["state", "due"], ["feedback_id"], ["seq"]):
        op.create_index(f"ix_promise_{'_'.join(columns)}", "promise", columns)
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "promise", "value": 0}])


def downgrade() -> None:
    """Drop what was added."""
    op.execute(sa.text("DELETE FROM counter WHERE name = 'promise'"))
    op.drop_table("promise")
