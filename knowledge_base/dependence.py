"""What hangs on an article, and what a change of it leaves to be looked over until somebody did."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from knowledge_base.errors import NotFoundError
from knowledge_base.models import Kind

if TYPE_CHECKING:
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
class Overdue:
    """An article that was to be reviewed by a day."""

    id: str
    title: str
    review_by: date


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

    def waiting(self, *, limit: int | None = None) -> Iterator[tuple[Changed, tuple[Dependant, ...]]]:
        """Each changed article with what has to be looked over since, so many of each at most.

        Those with nothing are left out.
        """
        changed = self.changed()
        with self.database.reading() as transaction:
            run = transaction.connection
            shown = _conversations(run, max(one.at for one in changed)) if changed else {}
            for article in changed:
                records = list(islice(_records(run, article.id, since=article.at), limit))
                found = (*records, *(one for one in shown.get(article.id, ()) if one.waits(article.at)))
                if found:
                    yield article, found[:limit]

    def named(self) -> dict[str, list[str]]:
        """What records name, published or not, by article: `{"returns": ["returns", "returns#cost"]}`."""
        from sqlalchemy import select

        from knowledge_base.schema import citation

        found: dict[str, list[str]] = {}
        which = select(citation.c.article_id, citation.c.named).distinct()
        with self.database.reading() as transaction:
            for article_id, named in transaction.connection.execute(which):
                found.setdefault(article_id, []).append(named)
        return found

    def bodies(self) -> dict[str, str]:
        """The texts of the published articles."""
        from sqlalchemy import select

        from knowledge_base.schema import record

        which = select(record.c.id, record.c.data["body"].as_string())
        which = which.where(record.c.kind == "article", record.c.status == "published")
        with self.database.reading() as transaction:
            return {row[0]: row[1] for row in transaction.connection.execute(which)}

    def naming(self, named: Sequence[str], *, limit: int | None = None) -> list[Citation]:
        """Published records that name one of these, by kind and id."""
        from knowledge_base.schema import citation
        from knowledge_base.statements import IDS_AT_ONCE

        found: list[tuple[int, Citation]] = []
        with self.database.reading() as transaction:
            for start in range(0, len(named), IDS_AT_ONCE):
                part = named[start : start + IDS_AT_ONCE]
                articles = {one.partition("#")[0][:200] for one in part}
                which = _cited().where(citation.c.article_id.in_(articles), citation.c.named.in_(part))
                rows = transaction.connection.execute(which.limit(limit))
                found += [(place, Citation(*told)) for place, *told in rows]
        found.sort(key=lambda one: (one[1].kind, one[1].record_id, one[0]))
        return [one for _, one in found[:limit]]

    def older(self) -> Iterator[tuple[Citation, date]]:
        """Cases with the day from which policy that they name is in force, later than they were resolved."""
        from sqlalchemy import and_

        from knowledge_base.schema import citation, record

        article = record.alias()
        same = and_(article.c.kind == "article", article.c.id == citation.c.article_id)
        which = _cited().add_columns(article.c.effective_from).join(article, same)
        which = which.where(
            article.c.status == "published", citation.c.resolved_at < article.c.effective_from
        )
        with self.database.reading() as transaction:
            for _, *told, since in transaction.connection.execute(which):
                yield Citation(*told), since

    def overdue(self, today: date) -> list[Overdue]:
        """Published articles in force that were to be reviewed before a day, the longest overdue first."""
        from sqlalchemy import or_, select

        from knowledge_base.schema import record

        c, review_by = record.c, record.c.data["review_by"].as_string()
        which = select(c.id, c.title, review_by).where(
            c.kind == "article", c.status == "published", review_by < today.isoformat(),
            or_(c.effective_to.is_(None), c.effective_to >= today),
        )  # fmt: skip
        with self.database.reading() as transaction:
            rows = transaction.connection.execute(which.order_by(review_by, c.id))
            return [Overdue(one, title, date.fromisoformat(day)) for one, title, day in rows]

    def citing(self, article_ids: Collection[str]) -> Sequence[Citation]:
        """What published records name of these articles, by kind and id."""
        from knowledge_base.schema import citation
        from knowledge_base.statements import IDS_AT_ONCE

        ids, found = sorted(article_ids), list[Citation]()
        with self.database.reading() as transaction:
            for start in range(0, len(ids), IDS_AT_ONCE):
                which = _cited().where(citation.c.article_id.in_(ids[start : start + IDS_AT_ONCE]))
                found += [Citation(*told) for _, *told in transaction.connection.execute(which)]
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


def _cited() -> Any:
    """The place, kind and id of published records, what they name, and when they were resolved."""
    from sqlalchemy import and_, select

    from knowledge_base.schema import citation, record

    c = citation.c
    same = and_(record.c.kind == c.kind, record.c.id == c.record_id)
    told = (c.place, c.kind, c.record_id, c.article_id, c.named, c.resolved_at)
    query = select(*told).join(record, same).where(record.c.status == "published")
    return query.order_by(c.kind, c.record_id, c.place)


def _records(connection: Any, article_id: str, *, since: datetime | None = None) -> Iterator[Dependant]:
    """Published records that name an article, each once; of those looked over `since` then none."""
    from sqlalchemy import and_, or_, select

    from knowledge_base.schema import change, citation, record, record_review

    same = and_(record_review.c.kind == citation.c.kind, record_review.c.record_id == citation.c.record_id)
    reviewed = (record_review.c.at.label("reviewed_at"), record_review.c.who)
    which = (
        select(record.c.kind, record.c.id, record.c.title, citation.c.named, change.c.at, *reviewed)
        .join(citation, and_(citation.c.kind == record.c.kind, citation.c.record_id == record.c.id))
        .join(change, change.c.seq == record.c.seq)
        .join(record_review, same, isouter=True)
        .where(citation.c.article_id == article_id, record.c.status == "published")
        .order_by(citation.c.kind, citation.c.record_id, citation.c.place)
    )
    if since is not None:
        looked = or_(record_review.c.at.is_(None), record_review.c.at < since)
        which = which.where(change.c.at < since, looked)
    seen = set[tuple[str, str]]()
    for row in connection.execute(which):
        if (row.kind, row.id) not in seen:
            seen.add((row.kind, row.id))
            yield Dependant(row.kind, row.id, row.title, row.named, row.at, row.reviewed_at, row.who)


def _conversations(connection: Any, before: datetime | None = None) -> dict[str, list[Dependant]]:
    """The conversations going on, by each article that their newest suggestion, made `before`, showed."""
    from sqlalchemy import and_, func, select

    from knowledge_base.schema import conversation, suggestion

    newest = (
        select(conversation.c.id, func.max(suggestion.c.at).label("at"))
        .join(suggestion, suggestion.c.conversation_id == conversation.c.id)
        .where(conversation.c.state == "open")
        .group_by(conversation.c.id)
    ).subquery()
    same = and_(suggestion.c.conversation_id == newest.c.id, suggestion.c.at == newest.c.at)
    which = select(newest.c.id, newest.c.at, suggestion.c.document).join(suggestion, same)
    if before is not None:
        which = which.where(newest.c.at < before)
    found: dict[str, list[Dependant]] = {}
    for row in connection.execute(which.order_by(newest.c.id)):
        for name in dict.fromkeys(one["article_id"] for one in row.document.get("passages", ())):
            found.setdefault(name, []).append(Dependant("conversation", row.id, None, name, row.at))
    return found
