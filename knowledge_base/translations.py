"""Translations that agents approved: what a machine said, as a person would say it; without personal data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from knowledge_base.errors import NotFoundError

if TYPE_CHECKING:
    from knowledge_base.database import Database


@dataclass(frozen=True, slots=True)
class ApprovedTranslation:
    """One text in two languages; what is a person's or a value's is a token in both (`XPH0X`)."""

    source_language: str
    target_language: str
    register: str
    source: str
    target: str
    who: str
    at: datetime

    @property
    def key(self) -> str:
        """What it is found by: the languages, the register and the source."""
        return key_of(self.source, self.source_language, self.target_language, self.register)


def key_of(source: str, source_language: str, target_language: str, register: str) -> str:
    """A digest, so that texts of any length are found alike."""
    told = "\0".join((source_language, target_language, register, source))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class ApprovedTranslations:
    """What `KnowledgeBase.translations` hands out. Threads and processes may share one database."""

    database: Database
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def keep(self, approved: ApprovedTranslation) -> None:
        """Keep it in place of an earlier one of the same source."""
        from sqlalchemy import delete, insert

        from knowledge_base.schema import approved_translations as table

        row: dict[str, Any] = {"key": approved.key, **asdict(approved)}
        with self.database.writing() as transaction:
            transaction.connection.execute(delete(table).where(table.c.key == approved.key))
            transaction.connection.execute(insert(table).values(**row))

    def find(self, key: str) -> ApprovedTranslation | None:
        """The one with that key."""
        from sqlalchemy import select

        from knowledge_base.schema import approved_translations as table

        with self.database.reading() as transaction:
            row = transaction.connection.execute(select(table).where(table.c.key == key)).mappings().first()
        return _read(dict(row)) if row else None

    def newest(self, *, limit: int = 100) -> list[ApprovedTranslation]:
        """The newest first."""
        from sqlalchemy import select

        from knowledge_base.schema import approved_translations as table

        query = select(table).order_by(table.c.at.desc(), table.c.key).limit(limit)
        with self.database.reading() as transaction:
            return [_read(dict(row)) for row in transaction.connection.execute(query).mappings()]

    def withdraw(self, key: str) -> None:
        """Take it back; the machine speaks again. Raises NotFoundError."""
        from sqlalchemy import delete

        from knowledge_base.schema import approved_translations as table

        with self.database.writing() as transaction:
            if not transaction.connection.execute(delete(table).where(table.c.key == key)).rowcount:
                raise NotFoundError("approved translation", key)


def _read(row: dict[str, Any]) -> ApprovedTranslation:
    del row["key"]
    return ApprovedTranslation(**row)
