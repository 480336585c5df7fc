"""Whether the customer would recommend the desk; no case of before tells it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
INDEX = "ix_record_outcome"
FORMER = (
    "kind", "resolved_at", "category", "language", "resolved", "reopened", "csat", "handle_minutes",
    "contacts", "reply_minutes", "source_id",
)  # fmt: skip


def upgrade() -> None:
    """Add the column, also to the index that insight reads."""
    op.add_column("record", sa.Column("nps", sa.Integer()))
    op.drop_index(INDEX, "record")
    op.create_index(INDEX, "record", [*FORMER, "nps", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index(INDEX, "record")
    op.create_index(INDEX, "record", [*FORMER, "id"])
    op.drop_column("record", "nps")
