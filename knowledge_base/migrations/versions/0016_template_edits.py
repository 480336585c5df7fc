"""What became of templates' sentences in the replies that were sent, and proposals that were dismissed."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create the tables and the counter of how far feedback was followed."""
    op.create_table(
        "template_edit",
        sa.Column("feedback_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("suggestion_id", sa.String(200), nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("template_id", sa.String(200), nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("change", sa.String(20), nullable=False),
        sa.Column("alike", sa.String(32)),
        sa.Column("offered_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_template_edit_template_id", "template_edit", ["template_id", "change", "alike"])
    op.create_index("ix_template_edit_suggestion_id", "template_edit", ["suggestion_id"])
    op.create_table(
        "template_dismissal",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("proposal", sa.String(16), nullable=False),
        sa.Column("template_id", sa.String(200), nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("last_feedback", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_template_dismissal_proposal", "template_dismissal", ["proposal"])
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "template_edit", "value": 0}, {"name": "dismissal", "value": 0}])


def downgrade() -> None:
    """Drop what was added."""
    op.execute(sa.text("DELETE FROM counter WHERE name IN ('template_edit', 'dismissal')"))
    op.drop_table("template_dismissal")
    op.drop_table("template_edit")
