"""The exports of other systems that are brought in: runs, what they left out, origins, CSV mappings."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the tables and the counter of runs."""
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("system", sa.String(20), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("fingerprint", sa.String(100), nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("message", sa.String(500)),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("added", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
        sa.Column("unchanged", sa.BigInteger, nullable=False),
        sa.Column("left_out", sa.JSON, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("worker", sa.String(64)),
        sa.Column("beat_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "import_left_out",
        sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
    )
    op.create_index("ix_import_left_out_run_id", "import_left_out", ["run_id", "reason", "number"])
    op.create_table(
        "import_origin",
        sa.Column("system", sa.String(20), primary_key=True),
        sa.Column("source_id", sa.String(200), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("record_id", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("written", sa.String(64), nullable=False),
        sa.Column("changed_at", sa.DateTime),
        sa.Column("run_id", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "import_mapping",
        sa.Column("signature", sa.String(16), primary_key=True),
        sa.Column("columns", sa.JSON, nullable=False),
        sa.Column("mapping", sa.JSON, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    counter = sa.table("counter", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(counter, [{"name": "import", "value": 0}])


def downgrade() -> None:
    """Drop what was added."""
    op.execute(sa.text("DELETE FROM counter WHERE name = 'import'"))
    for table in ("import_run", "import_left_out", "import_origin", "import_mapping"):
        op.drop_table(table)
