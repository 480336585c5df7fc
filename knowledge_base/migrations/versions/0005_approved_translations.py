"""Translations that an agent corrected: what is said again in the same words next time."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "approved_translations",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("source_language", sa.String(35), nullable=False),
        sa.Column("target_language", sa.String(35), nullable=False),
        sa.Column("register", sa.String(10), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_approved_translations_at", "approved_translations", ["at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("approved_translations")
