"""What hangs on an article, and what a change of it leaves to be looked over until somebody did."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from knowledge_base.errors import NotFoundError
from knowledge_base.models import Kind

if TYPE_CHECKING:
    from sqlalchemy import Select

    from knowledge_base.database import Database
    from knowledge_base.personal.door import Door

DependantKind = Literal["case", "article", "template", "conversation"]


@dataclass(frozen=True, slots=True)
class Dependant:
    """Something that hangs on an article, `named` as it names it; an `article` is its translation.

    A `conversation` is one that is going on, whose newest suggestion showed the article. `touched_at` is its
    last change, `reviewed_at` when `reviewed_by` last found it still right.
    """

    kind: DependantKind
    id: str
    title: str | None
    named: str
    touched_at: datetime
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None

    def waits(self, changed_at: datetime) -> bool:
        """Whether it has to be looked over since its article changed."""
        return max(self.touched_at, self.reviewed_at or self.touched_at) < changed_at


@dataclass(frozen=True, slots=True)
class Citation:
    """A published record names an article, or a section of one: `returns#the-30-days`."""

    kind: Kind
    record_id: str
    article_id: str
    named: str
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changed:
    """An article that changed after it was added, and when it did last."""

    id: str
    title: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Dependence:
    """What `KnowledgeBase.dependence` hands out."""

    database: Database
    door: Callable[[], Door]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def on(self, article_id: str) -> tuple[Dependant, ...]:
        """What hangs on an article: published records by kind and id, then conversations going on."""
        with self.database.reading() as transaction:
            shown = _conversations(transaction.connection).get(article_id, [])
            return (*_records(transaction.connection, article_id), *shown)

    def changed(self, *, article_id: str | None = None) -> tuple[Changed, ...]:
        """The articles that changed after they were added, or one of them; newest change first."""
        from sqlalchemy import select

        from knowledge_base.schema import change, record

        which = (
            select(record.c.id, record.c.title, change.c.at)
            .join(change, change.c.seq == record.c.seq)
            .where(record.c.kind == "article", record.c.version > 1)
            .order_by(change.c.seq.desc())
        )
        if article_id is not None:
            which = which.where(record.c.id == article_id)
        with self.database.reading() as transaction:
            return tuple(Changed(row.id, row.title, row.at) for row in transaction.connection.execute(which))

    def waiting(self) -> Iterator[tuple[Changed, tuple[Dependant, ...]]]:
        """Each changed article with what has to be looked over since; those with nothing are left out."""
        changed = self.changed()
        with self.database.reading() as transaction:
            shown = _conversations(transaction.connection) if changed else {}
            for article in changed:
                hanging = (*_records(transaction.connection, article.id), *shown.get(article.id, ()))
                found = tuple(one for one in hanging if one.waits(article.at))
                if found:
                    yield article, found

    def citations(self) -> Iterator[Citation]:
        """Every article that a published record names, by kind and id."""
        with self.database.reading() as transaction:
            for row in transaction.connection.execute(_citations()):
                yield Citation(*row)

    def citing(self, article_ids: Collection[str]) -> Sequence[Citation]:
        """The same of these articles alone."""
        from knowledge_base.schema import citation
        from knowledge_base.statements import IDS_AT_ONCE

        ids, found = sorted(article_ids), list[Citation]()
        with self.database.reading() as transaction:
            for start in range(0, len(ids), IDS_AT_ONCE):
                which = _citations().where(citation.c.article_id.in_(ids[start : start + IDS_AT_ONCE]))
                found += [Citation(*row) for row in transaction.connection.execute(which)]
        return found

    def review(self, kind: Kind, record_id: str, *, who: str, note: str | None = None) -> datetime:
        """Keep that somebody looked a record over and found it right. Raises NotFoundError."""
        from sqlalchemy import delete, insert, select

        from knowledge_base.schema import record, record_review

        now, note = self.clock(), self.door().note("look.note", note) if note else note
        with self.database.writing() as transaction:
            known = select(record.c.id).where(record.c.kind == kind, record.c.id == record_id)
            if transaction.connection.scalar(known) is None:
                raise NotFoundError(kind, record_id)
            own = (record_review.c.kind == kind) & (record_review.c.record_id == record_id)
            transaction.connection.execute(delete(record_review).where(own))
            row = {"kind": kind, "record_id": record_id, "who": who, "at": now, "note": note}
            transaction.connection.execute(insert(record_review).values(**row))
        return now


def _citations() -> Select[Any]:
    from sqlalchemy import and_, select

    from knowledge_base.schema import citation, record

    return (
        select(record.c.kind, record.c.id, citation.c.article_id, citation.c.named, record.c.resolved_at)
        .join(citation, and_(citation.c.kind == record.c.kind, citation.c.record_id == record.c.id))
        .where(record.c.status == "published")
        .order_by(record.c.kind, record.c.id, citation.c.place)
    )


def _records(connection: Any, article_id: str) -> Iterator[Dependant]:
    from sqlalchemy import and_, select

    from knowledge_base.schema import change, citation, record, record_review

    same = and_(record_review.c.kind == citation.c.kind, record_review.c.record_id == citation.c.record_id)
    reviewed = (record_review.c.at.label("reviewed_at"), record_review.c.who)
    which = (
        select(record.c.kind, record.c.id, record.c.title, citation.c.named, change.c.at, *reviewed)
        .join(citation, and_(citation.c.kind == record.c.kind, citation.c.record_id == record.c.id))
        .join(change, change.c.seq == record.c.seq)
        .join(record_review, same, isouter=True)
        .where(citation.c.article_id == article_id, record.c.status == "published")
        .order_by(record.c.kind, record.c.id, citation.c.place)
    )
    seen = set[tuple[str, str]]()
    for row in connection.execute(which):
        if (row.kind, row.id) not in seen:
            seen.add((row.kind, row.id))
            yield Dependant(row.kind, row.id, row.title, row.named, row.at, row.reviewed_at, row.who)


def _conversations(connection: Any) -> dict[str, list[Dependant]]:
    """The conversations going on, by each article that their newest suggestion showed."""
    from sqlalchemy import select

    from knowledge_base.schema import conversation, suggestion

    which = (
        select(conversation.c.id, suggestion.c.at, suggestion.c.document)
        .join(suggestion, suggestion.c.conversation_id == conversation.c.id)
        .where(conversation.c.state == "open")
        .order_by(conversation.c.id, suggestion.c.at.desc())
    )
    found: dict[str, list[Dependant]] = {}
    last = None
    for row in connection.execute(which):
        newest, last = row.id != last, row.id
        if newest:
            for name in dict.fromkeys(one["article_id"] for one in row.document.get("passages", ())):
                found.setdefault(name, []).append(Dependant("conversation", row.id, None, name, row.at))
    return found
