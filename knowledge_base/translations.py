"""Translations that agents approved: what a machine said, as a person would say it; without personal data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from knowledge_base.codec import format_time
from knowledge_base.errors import NotFoundError
from knowledge_base.fields import Fields

if TYPE_CHECKING:
    from knowledge_base.database import Database
    from knowledge_base.personal.door import Door

APPROVED_FILE = "approved_translations.jsonl"
"""The name by which an import knows them."""
REGISTERS = ("formal", "informal")
PAGE = 500


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


def approved_from_dict(data: object, file: str, line: int) -> ApprovedTranslation:
    """Check an approved translation; unknown fields are ignored. Raises RecordError."""
    fields = Fields.of(data, file, line)
    return ApprovedTranslation(
        source_language=_language(fields, "source_language"),
        target_language=_language(fields, "target_language"),
        register=fields.choice("register", REGISTERS, None),
        source=fields.required("source"),
        target=fields.required("target"),
        who=fields.required("who"),
        at=fields.time("at") or fields.fail("at", "is missing or empty"),
    )


def approved_to_dict(approved: ApprovedTranslation) -> dict[str, Any]:
    """Write it in the exchange format, all fields named."""
    return asdict(approved) | {"at": format_time(approved.at)}


@dataclass(frozen=True, slots=True)
class ApprovedTranslations:
    """What `KnowledgeBase.translations` hands out. Threads and processes may share one database."""

    database: Database
    door: Callable[[], Door]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def keep(self, approved: ApprovedTranslation) -> None:
        """Keep it in place of an earlier one of the same source."""
        self.add([approved])

    def add(self, approved: Iterable[ApprovedTranslation]) -> list[Literal["added", "updated", "unchanged"]]:
        """Keep several in one transaction; one of the same source as an older one takes its place."""
        from sqlalchemy import delete, insert, select

        from knowledge_base.schema import approved_translations as table

        outcomes: list[Literal["added", "updated", "unchanged"]] = []
        approved = map(_cleaner(self.door()), approved)
        with self.database.writing() as transaction:
            connection = transaction.connection
            for one in approved:
                held = connection.execute(select(table).where(table.c.key == one.key)).mappings().first()
                before = _read(dict(held)) if held else None
                outcomes.append("added" if before is None else "unchanged" if before == one else "updated")
                if before != one:
                    connection.execute(delete(table).where(table.c.key == one.key))
                    connection.execute(insert(table).values(key=one.key, **asdict(one)))
        return outcomes

    def each(self) -> Iterator[ApprovedTranslation]:
        """All of them, in the order of their keys."""
        from sqlalchemy import select

        from knowledge_base.schema import approved_translations as table

        after = ""
        while True:
            query = select(table).where(table.c.key > after).order_by(table.c.key).limit(PAGE)
            with self.database.reading() as transaction:
                rows = [dict(row) for row in transaction.connection.execute(query).mappings()]
            if not rows:
                return
            after = str(rows[-1]["key"])
            yield from map(_read, rows)

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


def _cleaner(door: Door) -> Callable[[ApprovedTranslation], ApprovedTranslation]:
    def clean(one: ApprovedTranslation) -> ApprovedTranslation:
        return replace(
            one,
            source=door.note("translation.text", one.source, language=one.source_language),
            target=door.note("translation.text", one.target, language=one.target_language),
        )

    return clean


def _language(fields: Fields, name: str) -> str:
    return fields.language(name) or fields.required(name)


def _read(row: dict[str, Any]) -> ApprovedTranslation:
    del row["key"]
    return ApprovedTranslation(**row)
