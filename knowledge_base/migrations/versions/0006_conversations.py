"""Conversations that are going on, and their messages."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables and their counter."""
    op.create_table(
        "conversation",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("waiting_since", sa.DateTime),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )
    for columns in (["seq"], ["state", "waiting_since"]):
        op.create_index(f"ix_conversation_{'_'.join(columns)}", "conversation", columns)
    op.create_table(
        "message",
        sa.Column("conversation_id", sa.String(200), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("external_id", sa.String(200)),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_message_conversation", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("conversation_id", "external_id", name="uq_message_conversation_id"),
    )
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "conversation", "value": 0}])


def downgrade() -> None:
    """Drop what was added."""
    op.execute(sa.text("DELETE FROM counter WHERE name = 'conversation'"))
    op.drop_table("message")
    op.drop_table("conversation")
