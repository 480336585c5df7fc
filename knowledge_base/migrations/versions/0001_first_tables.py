"""The first tables: records, their history, its counter, feedback and suggestions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables, and the counter's one row."""
    _create_record()
    _create_change()
    counter = op.create_table(
        "counter",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counter, [{"name": "change", "value": 0}])
    _create_feedback()
    _create_suggestion()


def downgrade() -> None:
    """Drop everything."""
    for table in ("suggestion", "feedback", "counter", "change", "record"):
        op.drop_table(table)


def _create_record() -> None:
    op.create_table(
        "record",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("language", sa.String(100), nullable=False),
        sa.Column("category", sa.Text),
        sa.Column("title", sa.Text),
        sa.Column("effective_from", sa.Date),
        sa.Column("effective_to", sa.Date),
        sa.Column("resolved_at", sa.DateTime),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
    )
    op.create_index("ix_record_kind_status_id", "record", ["kind", "status", "id"])
    op.create_index("ix_record_kind_category_id", "record", ["kind", "category", "id"])


def _create_change() -> None:
    op.create_table(
        "change",
        sa.Column("seq", _number(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("record_id", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("snapshot", sa.JSON, nullable=False),
        sa.UniqueConstraint("kind", "record_id", "version", name="uq_change_kind_record_id_version"),
        sa.ForeignKeyConstraint(["kind", "record_id"], ["record.kind", "record.id"], name="fk_change_record"),
    )


def _create_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", _number(), primary_key=True),
        sa.Column("suggestion_id", sa.String(200), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("item", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("conversation_id", sa.Text),
        sa.Column("text_before", sa.Text),
        sa.Column("text_after", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feedback_suggestion_id", "feedback", ["suggestion_id"])
    op.create_index("ix_feedback_item", "feedback", ["item"])


def _create_suggestion() -> None:
    op.create_table(
        "suggestion",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("conversation_id", sa.Text),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
    )
    op.create_index("ix_suggestion_conversation_id", "suggestion", ["conversation_id"])
