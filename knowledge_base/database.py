"""The connection to the database: opening, migrating, transactions, and its errors in our words."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, select
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError
from sqlalchemy.schema import Column, MetaData, Table
from sqlalchemy.types import String

from knowledge_base.errors import InputError, StorageError
from knowledge_base.schema import REVISION, VERSION_TABLE
from knowledge_base.statements import Transaction

BUSY_TIMEOUT_MS = 5000
BEGIN_TRIES = 6
"""How often a writer asks for its turn, each time for BUSY_TIMEOUT_MS: an import may hold it for seconds."""

_version_table = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)))
_PRAGMAS = ("foreign_keys = ON", "synchronous = NORMAL", "secure_delete = ON")
_POLL_SECONDS = 0.01
_ADVICE = {
    sqlite3.SQLITE_NOTADB: "is not a Precedent database; choose another file, or move this one away",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup or an export",
    sqlite3.SQLITE_FULL: "can't grow: the disk is full; free some space, then try again",
    sqlite3.SQLITE_READONLY: "can't be written; check the permissions of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "can't be opened; check that its folder exists and can be written",
    sqlite3.SQLITE_BUSY: "is being written by another process; try again in a moment",
    sqlite3.SQLITE_LOCKED: "is being written by another process; try again in a moment",
    sqlite3.SQLITE_IOERR: "can't be read or written: the disk reports an error or is full",
}


class Database:
    """An open, migrated database. Threads may share it; each transaction has its own connection."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine, self._place = engine, place
        self._writer = engine.execution_options(precedent_write=True)
        self._turn = threading.RLock()  # one writer a process: others wait here rather than by polling

    @classmethod
    def open(cls, address: str) -> Database:
        """Connect to a database URL, create what is missing and migrate it to the newest schema."""
        with _in_our_words(address.partition(":")[0]):
            url = make_url(address)
        place = _place(url)
        _prepare_folder(url, place)
        with _in_our_words(place):
            database = cls(_engine(url), place)
        try:
            database._migrate()
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that sees one state of the base throughout."""
        with _in_our_words(self._place), self._engine.begin() as connection:
            yield Transaction(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that changes the base, wholly or not at all; writers take turns."""
        with self._turn, _in_our_words(self._place), self._writer.begin() as connection:
            yield Transaction(connection)

    def scrub(self) -> bool:
        """Leave nothing of what was deleted in free pages and the log of writes; False where others read on.

        A database other than SQLite keeps house itself.
        """
        if self._engine.dialect.name != "sqlite":
            return True
        with self._turn, _in_our_words(self._place):
            raw = self._engine.raw_connection()
            try:
                cursor = raw.cursor()
                # What was deleted stays in the index of words until its parts are merged.
                cursor.execute("INSERT INTO record_find (record_find) VALUES ('optimize')")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                cursor.execute("VACUUM")
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError:  # somebody reads or writes for longer than BUSY_TIMEOUT_MS
                return False
            finally:
                raw.close()
        return not busy

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def _migrate(self) -> None:
        if self._is_newest():
            return
        try:
            with self.writing() as transaction:
                found = _revision(transaction.connection)
                if found != REVISION:
                    self._upgrade(transaction.connection, found)
        except StorageError:
            if not self._is_newest():  # else another process was first
                raise

    def _is_newest(self) -> bool:
        with self.reading() as transaction:
            return _revision(transaction.connection) == REVISION

    def _upgrade(self, connection: Connection, found: str | None) -> None:
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        if found is None and inspect(connection).get_table_names():
            raise StorageError(f"{self._place} is a database of another program; choose another file")
        config = Config()
        config.set_main_option(
            "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
        )
        config.attributes["connection"] = connection
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise StorageError(
                f"{self._place} was made by a newer Precedent (schema {found}, this one knows {REVISION}); "
                "install that version, or open another database"
            )
        command.upgrade(config, "head")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    engine = create_engine(url, hide_parameters=True, pool_size=8, max_overflow=56)
    event.listen(engine, "connect", _connect_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _connect_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # sqlite3 would begin transactions by itself, late; SQLAlchemy's recipe is to switch that off
    # and to emit BEGIN in its `begin` event.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _log_ahead(connection)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to a write-ahead log; for this alone SQLite doesn't wait where another is at work.

    So those that open a new file at once would fail; they wait here as long as busy_timeout says.
    """
    end = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("precedent_write"):
        connection.exec_driver_sql("BEGIN")
        return
    for left in reversed(range(BEGIN_TRIES)):
        try:
            # IMMEDIATE: a transaction that reads first and then wants to write would fail at once
            # where another has written between, without waiting.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except DBAPIError as error:
            if not left or _primary_code(error) != sqlite3.SQLITE_BUSY:
                raise
        else:
            return


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(_version_table.c.version_num))


def _place(url: URL) -> str:
    if url.get_backend_name() != "sqlite":
        return f"the database {url.render_as_string(hide_password=True)}"
    if not url.database or url.database == ":memory:":
        raise StorageError("a database in memory can't be shared; give a file, as in sqlite:///precedent.db")
    return url.database


def _prepare_folder(url: URL, place: str) -> None:
    if url.get_backend_name() == "sqlite" and not place.startswith("file:"):
        folder = Path(str(url.database)).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{place} can't be created: {error.strerror} ({folder}); choose another folder"
            ) from error


@contextmanager
def _in_our_words(place: str) -> Iterator[None]:
    try:
        yield
    except DataError as error:
        raise InputError("a value is of a kind or size that the database can't hold") from error
    except SQLAlchemyError as error:
        raise StorageError(_explain(error, place)) from error
    except ModuleNotFoundError as error:
        raise StorageError(f"{place} needs the driver {error.name}, which isn't installed") from error
    except UnicodeEncodeError as error:
        raise InputError("a text holds half a character (a lone surrogate); it can't be stored") from error
    except OverflowError as error:
        raise InputError("a number is too large for the database") from error


def _explain(error: SQLAlchemyError, place: str) -> str:
    code = _primary_code(error)
    if code in _ADVICE:
        return f"{place} {_ADVICE[code]}"
    cause: Any = getattr(error, "orig", None) or error
    return f"{place} can't be used ({type(cause).__name__}); check the address and that it is running"


def _primary_code(error: SQLAlchemyError) -> int | None:
    # The low byte of SQLite's extended code is the primary one.
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return code & 0xFF if code is not None else None
