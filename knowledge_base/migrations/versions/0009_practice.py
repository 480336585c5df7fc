"""Rounds in which trainees answer past customers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table and its counter."""
    op.create_table(
        "practice_round",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("trainee", sa.String(100), nullable=False),
        sa.Column("case_id", sa.String(200), nullable=False),
        sa.Column("category", sa.String(200)),
        sa.Column("replies", sa.JSON, nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("score", sa.JSON),
    )
    op.create_index("ix_practice_round_trainee", "practice_round", ["trainee", "id"])
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "practice", "value": 0}])


def downgrade() -> None:
    """Drop what was added."""
    op.execute(sa.text("DELETE FROM counter WHERE name = 'practice'"))
    op.drop_table("practice_round")
