"""Feedback that can be followed and withdrawn, and what each suggestion searched for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Number the feedback there is by its ids; its requests are embedded when they are first needed."""
    op.add_column("feedback", sa.Column("seq", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("feedback", sa.Column("withdrawn_at", sa.DateTime))
    op.add_column("feedback", sa.Column("withdrawn_by", sa.Text))
    op.create_index("ix_feedback_seq", "feedback", ["seq"])
    feedback = sa.table("feedback", sa.column("id", sa.BigInteger), sa.column("seq", sa.BigInteger))
    op.execute(sa.update(feedback).values(seq=feedback.c.id))
    newest = op.get_bind().scalar(sa.select(sa.func.max(feedback.c.id))) or 0
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "feedback", "value": newest}])
    op.add_column("suggestion", sa.Column("encoder", sa.String(64)))
    op.add_column("suggestion", sa.Column("request_vector", sa.LargeBinary))
    op.add_column("suggestion", sa.Column("drafted_from", sa.JSON))


def downgrade() -> None:
    """Drop what was added."""
    op.execute(sa.text("DELETE FROM counter WHERE name = 'feedback'"))
    op.drop_index("ix_feedback_seq", "feedback")
    for table, columns in (
        ("suggestion", ("drafted_from", "request_vector", "encoder")),
        ("feedback", ("withdrawn_by", "withdrawn_at", "seq")),
    ):
        for column in columns:
            op.drop_column(table, column)
