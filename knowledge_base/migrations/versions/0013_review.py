"""Candidates for cases, made of closed conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the table and its counter."""
    op.create_table(
        "review_candidate",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("conversation_id", sa.String(200), nullable=False),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("reason", sa.String(1000)),
        sa.Column("rule", sa.String(200)),
        sa.Column("who", sa.String(100)),
        sa.Column("at", sa.DateTime),
        sa.Column("case_id", sa.String(200)),
        sa.UniqueConstraint("conversation_id", "messages", name="uq_review_candidate_conversation_id"),
    )
    op.create_index("ix_review_candidate_state", "review_candidate", ["state", "id"])
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "review", "value": 0}])


def downgrade() -> None:
    """Drop what was added."""
    op.execute(sa.text("DELETE FROM counter WHERE name = 'review'"))
    op.drop_table("review_candidate")
