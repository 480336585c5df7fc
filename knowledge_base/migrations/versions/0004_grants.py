"""The log of grants: what was granted as an exception or for goodwill, by whom, why, and by which article."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "grants",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("hundredths", sa.BigInteger),
        sa.Column("unit", sa.String(3)),
        sa.Column("article", sa.String(400)),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("approved_by", sa.Text),
        sa.Column("conversation_id", sa.String(200)),
        sa.Column("customer", sa.String(64)),
    )
    for column in ("article", "customer", "kind"):
        op.create_index(f"ix_grants_{column}_at", "grants", [column, "at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("grants")
