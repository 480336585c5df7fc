"""What helpdesks told by webhook, and what is still to be done about it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table and its counter."""
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("helpdesk", sa.String(20), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("conversation_id", sa.String(200), nullable=False),
        sa.Column("document", sa.JSON),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.UniqueConstraint("helpdesk", "key", name="uq_delivery_helpdesk"),
    )
    op.create_index("ix_delivery_state_due_at", "delivery", ["state", "due_at"])
    op.create_index("ix_delivery_conversation_id", "delivery", ["conversation_id"])
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "delivery", "value": 0}])


def downgrade() -> None:
    """Drop what was added."""
    op.execute(sa.text("DELETE FROM counter WHERE name = 'delivery'"))
    op.drop_table("delivery")
