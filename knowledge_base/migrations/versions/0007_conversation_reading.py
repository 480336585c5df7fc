"""How a conversation is understood, for lists of them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; conversations are read when they go on."""
    op.add_column("conversation", sa.Column("reading", sa.JSON))


def downgrade() -> None:
    """Drop what was added."""
    with op.batch_alter_table("conversation") as table:
        table.drop_column("reading")
