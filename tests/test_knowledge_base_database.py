"""The database: migrations, hostile files and disks, many writers at once."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from knowledge_base import schema
from knowledge_base.errors import StorageError
from knowledge_base.store import KnowledgeBase
from tests.builders import make_case, open_base


def opened(path: object) -> KnowledgeBase:
    return KnowledgeBase.open(f"sqlite:///{path}")


def test_the_migrations_make_exactly_the_tables_of_the_schema(tmp_path: Path):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    open_base(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'precedent.db'}")
    with engine.connect() as connection:
        options = {
            "version_table": schema.VERSION_TABLE,
            "compare_type": True,
            # SQLite's index of words is no table of SQLAlchemy's.
            "include_name": lambda name, kind, _: kind != "table" or not name.startswith("record_find"),
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == schema.REVISION
    engine.dispose()


def test_the_newest_migration_is_the_one_that_the_code_expects():
    from alembic.script import ScriptDirectory

    folder = Path(schema.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [schema.REVISION]


def test_the_schema_can_be_made_in_postgresql():
    made = {str(CreateTable(t).compile(dialect=postgresql.dialect())) for t in schema.metadata.sorted_tables}
    assert any("seq BIGINT NOT NULL" in text for text in made)
    assert any("id BIGSERIAL NOT NULL" in text for text in made)


def test_sqlite_is_set_up_for_many_processes(tmp_path: Path):
    with open_base(tmp_path) as kb, kb._database.reading() as transaction:
        read = [
            transaction.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        ]
    assert read == ["wal", 1, 5000, 1]


def test_missing_folders_are_made(tmp_path: Path):
    with opened(tmp_path / "new" / "deep" / "precedent.db") as kb:
        assert kb.count("case") == 0


def test_an_empty_file_is_a_new_base(tmp_path: Path):
    (tmp_path / "empty.db").touch()
    with opened(tmp_path / "empty.db") as kb:
        assert kb.last_seq() == 0


@pytest.mark.parametrize("content", [b"hi", b"id,resolution\n" * 500])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes):
    path = tmp_path / "cases.csv"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"cases\.csv is not a Precedent database; choose another"):
        opened(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_left_alone(tmp_path: Path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE places (id INTEGER)")
    with pytest.raises(StorageError, match="another program"):
        opened(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("places",)]


def test_a_schema_newer_than_the_code(tmp_path: Path):
    open_base(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "precedent.db")) as raw, raw:
        raw.execute(f"UPDATE {schema.VERSION_TABLE} SET version_num = '0099'")
    with pytest.raises(
        StorageError, match=rf"newer Precedent \(schema 0099, this one knows {schema.REVISION}\)"
    ):
        open_base(tmp_path)


def test_a_damaged_database(tmp_path: Path):
    with open_base(tmp_path) as kb:
        kb.put_many([make_case(f"C-{n}") for n in range(200)], actor="a")
    path = tmp_path / "precedent.db"
    raw = bytearray(path.read_bytes())
    raw[8192:] = b"\xff" * (len(raw) - 8192)
    path.write_bytes(raw)
    with pytest.raises(StorageError, match="is damaged; restore it"), open_base(tmp_path) as kb:
        list(kb.each("case"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite://", "in memory can't be shared"),
        ("nonsense", "nonsense can't be used"),
        ("sqlite:////proc/precedent.db", "can't be opened; check that its folder"),
        ("sqlite:////dev/null/precedent.db", "can't be created"),
        ("sqlite:////tmp", "can't be opened"),
        ("postgresql+nodriver://maya:secret@db/desk", "can't be used"),
    ],
)
def test_addresses_that_do_not_work(url: str, message: str):
    with pytest.raises(StorageError, match=message) as caught:
        KnowledgeBase.open(url)
    assert "secret" not in str(caught.value)


def test_a_base_that_can_only_be_read(tmp_path: Path):
    with open_base(tmp_path) as kb:
        kb.put(make_case(), actor="a")
    with KnowledgeBase.open(f"sqlite:///file:{tmp_path}/precedent.db?mode=ro&uri=true") as kb:
        assert kb.get("case", "C-1") == make_case()
        with pytest.raises(StorageError, match="can't be written; check the permissions"):
            kb.put(make_case("C-2"), actor="a")


def test_a_full_disk_loses_nothing_that_was_written(tmp_path: Path):
    with open_base(tmp_path) as kb:
        engine = kb._database._engine
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 120"))
        engine.dispose()
        kept = 0

        def fill() -> None:
            nonlocal kept
            while True:
                cases = [make_case(f"C-{kept + n:05}", problem="lost " * 40) for n in range(20)]
                kb.put_many(cases, actor="a")
                kept += 20

        with pytest.raises(StorageError, match="the disk is full; free some space") as caught:
            fill()
        assert kept >= 20
        assert (kb.count("case"), kb.last_seq()) == (kept, kept)
        assert "lost" not in str(caught.value) + str(caught.value.__cause__)
    with open_base(tmp_path) as kb:
        assert kb.put(make_case("C-new"), actor="a") == "added"
        assert kb.last_seq() == kept + 1


def test_a_writer_that_never_finishes_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("knowledge_base.database.BUSY_TIMEOUT_MS", 20)
    with open_base(tmp_path) as kb, closing(sqlite3.connect(tmp_path / "precedent.db")) as raw:
        raw.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="being written by another process; try again"):
            kb.put(make_case(), actor="a")
        assert kb.count("case") == 0  # readers are not held up
        raw.rollback()
        assert kb.put(make_case(), actor="a") == "added"


def test_threads_write_at_once(tmp_path: Path):
    with open_base(tmp_path) as kb:

        def write(worker: int) -> None:
            for number in range(15):
                kb.put(make_case(f"{worker}-{number}"), actor=str(worker))
                kb.put(make_case("shared", problem=f"{worker} {number}"), actor=str(worker))
                assert kb.find("case", f"{worker}-{number}") is not None

        threads = [threading.Thread(target=write, args=(worker,)) for worker in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [change.seq for change in kb.changes(since=0)] == list(range(1, 181))
        assert kb.version("case", "shared") == 90


def test_a_file_that_another_creates_is_waited_for(tmp_path: Path):
    other = sqlite3.connect(tmp_path / "precedent.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, other.close)
    done.start()
    with open_base(tmp_path) as kb:
        assert kb.put(make_case("C-1"), actor="ana") == "added"
    done.join()


def test_a_file_that_another_keeps_for_itself_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("knowledge_base.database.BUSY_TIMEOUT_MS", 100)
    other = sqlite3.connect(tmp_path / "precedent.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="is being written by another process"):
        open_base(tmp_path)
    other.close()


def _work(folder: Path, worker: int) -> None:
    with open_base(folder) as kb:
        for number in range(10):
            kb.put_many([make_case(f"{worker}-{number}-{n}") for n in range(20)], actor=str(worker))
            kb.put(make_case("shared", problem=f"{worker} {number}"), actor=str(worker))


def test_processes_create_and_write_at_once(tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_work, args=(tmp_path, number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    with open_base(tmp_path) as kb:
        assert kb.count("case") == 801
        assert [change.seq for change in kb.changes(since=0)] == list(range(1, 841))
        assert kb.version("case", "shared") == 40
