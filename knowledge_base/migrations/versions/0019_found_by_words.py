"""An index of the words by which lists are searched, where the database is SQLite; else all is read."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
COLUMNS = "kind, id, status, language, category, text"
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Which rows hold a run of characters is all that is kept (detail=none): where it stands is read from the row.
FIND = """CREATE VIRTUAL TABLE record_find USING fts5(
    kind UNINDEXED, id UNINDEXED, status UNINDEXED, language UNINDEXED, category UNINDEXED, text,
    content='record_text', content_rowid='number', tokenize='trigram', detail='none')"""
GONE = "INSERT INTO record_find (record_find, rowid, text) VALUES ('delete', old.number, old.text);"
COME = "INSERT INTO record_find (rowid, text) VALUES (new.number, new.text);"
TRIGGERS = {
    "record_find_insert": f"AFTER INSERT ON record_text BEGIN {COME} END",
    "record_find_delete": f"AFTER DELETE ON record_text BEGIN {GONE} END",
    "record_find_update": "AFTER UPDATE OF number, text ON record_text"
    f" WHEN old.text <> new.text OR old.number <> new.number BEGIN {GONE} {COME} END",
}


def upgrade() -> None:
    """Number the texts, and index them."""
    _anew(sa.Column("number", NUMBER, primary_key=True), sa.UniqueConstraint("kind", "id"))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(FIND)
        for name, what in TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {what}")
        op.execute("INSERT INTO record_find (record_find) VALUES ('rebuild')")


def downgrade() -> None:
    """Without numbers and index."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE record_find")
    _anew(sa.PrimaryKeyConstraint("kind", "id", name="pk_record_text"))


def _anew(*more: sa.schema.SchemaItem) -> None:
    """The table with these columns and constraints beside its own, the same rows in it."""
    op.execute(f"CREATE TABLE record_text_former AS SELECT {COLUMNS} FROM record_text")
    op.drop_table("record_text")
    op.create_table(
        "record_text",
        *more,
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("language", sa.String(100), nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
    )
    rows = f"SELECT {COLUMNS} FROM record_text_former ORDER BY kind, id"
    op.execute(f"INSERT INTO record_text ({COLUMNS}) {rows}")
    op.drop_table("record_text_former")
