"""What the desk set about personal data: switches by field and kind, and values that name nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from knowledge_base.errors import InputError, NotFoundError
from knowledge_base.models import Kind
from knowledge_base.personal.door import Door
from knowledge_base.personal.fields import FIELDS, Field, on_by_default
from knowledge_base.personal.models import KINDS, PersonalKind
from knowledge_base.personal.replacing import Rules
from knowledge_base.personal.rewriting import Cleaning, rewrite
from knowledge_base.personal.words import fold

if TYPE_CHECKING:
    from knowledge_base.database import Database

MAX_VALUE = 300
REASON = "personal data replaced"


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """A value that the desk says names nobody, folded; who said so and when."""

    value: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonalBook:
    """What `KnowledgeBase.personal` hands out. Threads and processes may share one database."""

    database: Database
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def rules(self) -> Rules:
        """What is replaced where, as it is set now."""
        from sqlalchemy import select

        from knowledge_base.schema import personal_exception, personal_switch

        with self.database.reading() as transaction:
            rows = transaction.connection.execute(select(personal_switch)).mappings().all()
            values = transaction.connection.scalars(select(personal_exception.c.value)).all()
        return Rules({(row["field"], row["kind"]): row["replaced"] for row in rows}, frozenset(values))

    def door(self) -> Door:
        """What a text goes through before it is kept, by the rules as they are set now."""
        return Door(self.rules())

    def switch(self, field: Field, kind: PersonalKind, *, replaced: bool) -> None:
        """Say whether a kind is replaced in a field from now on. Raises InputError for unknown ones."""
        from sqlalchemy import delete, insert

        from knowledge_base.schema import personal_switch as table

        if field not in FIELDS or kind not in KINDS:
            raise InputError(f"there is no field {field!r} with a kind {kind!r}")
        with self.database.writing() as transaction:
            own = (table.c.field == field) & (table.c.kind == kind)
            transaction.connection.execute(delete(table).where(own))
            if replaced != on_by_default(field, kind):
                row = {"field": field, "kind": kind, "replaced": replaced}
                transaction.connection.execute(insert(table).values(**row))

    def exceptions(self) -> list[NotPersonal]:
        """The values that name nobody, in their order."""
        from sqlalchemy import select

        from knowledge_base.schema import personal_exception as table

        with self.database.reading() as transaction:
            rows = transaction.connection.execute(select(table).order_by(table.c.value)).mappings()
            return [NotPersonal(**row) for row in rows]

    def allow(self, value: str, *, who: str) -> str:
        """Say that a value names nobody, whatever its case and accents; of links, a host may be named.

        Gives the value as it is kept. Raises InputError for an empty or long one.
        """
        from sqlalchemy import insert, select

        from knowledge_base.schema import personal_exception as table

        plain = fold(value.strip())
        if not plain or len(plain) > MAX_VALUE or "\0" in plain:
            raise InputError(f"a value has 1 to {MAX_VALUE} characters")
        with self.database.writing() as transaction:
            if transaction.connection.scalar(select(table.c.value).where(table.c.value == plain)) is None:
                row = {"value": plain, "who": who, "at": self.clock()}
                transaction.connection.execute(insert(table).values(**row))
        return plain

    def replace_now(self, kind: Kind, record_id: str, *, actor: str) -> bool:
        """Replace what stands in a record and its history, by the rules as they are; False: nothing does.

        Raises NotFoundError.
        """
        door = self.door()

        def said(reason: str) -> str:
            return door.note("change.reason", reason)

        with self.database.writing() as transaction:
            transaction.lock_counter()
            if transaction.find(kind, record_id) is None:
                raise NotFoundError(kind, record_id)
            cleaning = Cleaning(door.record, said, actor, self.clock(), REASON)
            return rewrite(transaction, kind, record_id, cleaning)

    def scrub(self) -> bool:
        """Free the pages of the file of what was replaced; False where others read on."""
        return self.database.scrub()

    def disallow(self, value: str) -> None:
        """Take such a value back. Raises NotFoundError."""
        from sqlalchemy import delete

        from knowledge_base.schema import personal_exception as table

        plain = fold(value.strip())
        with self.database.writing() as transaction:
            if not transaction.connection.execute(delete(table).where(table.c.value == plain)).rowcount:
                raise NotFoundError("exception", plain)
