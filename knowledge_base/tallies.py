"""Counts and sums over the whole base, done by the database: what insight's measures are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from knowledge_base.database import Database

By = Literal["all", "category", "language", "day", "copilot"]
USED = ("used", "edited", "copied")
"""Verdicts by which an agent took what the copilot suggested."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows; None is no condition. `since` is included, `until` is not."""

    since: datetime | None = None
    until: datetime | None = None
    category: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one group and one measure: how many tell it, the sum, and the sum of squares."""

    n: int
    total: float
    squares: float


@dataclass(frozen=True, slots=True)
class DraftVerdict:
    """A verdict that stands, in the order they were given."""

    suggestion_id: str
    verdict: str
    item: str | None
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """A conversation as it began; category and language as an agent put them right, else as it is read."""

    at: datetime
    category: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Fallen:
    """How many conversations were read alike; category, emotion and language as agents put them right."""

    language: str | None
    category: str | None
    situation: str | None
    emotion: str | None
    n: int


@dataclass(frozen=True, slots=True)
class Tallies:
    """What `KnowledgeBase.tallies` hands out."""

    database: Database
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def cases(self, span: Span, by: By) -> dict[str | date | None, dict[str, Sums]]:
        """By group and measure: csat, resolved, reopened, first_contact, handling and response in minutes.

        Groups by `copilot` are "with" and "without"; cases of every status count: they happened.
        """
        from sqlalchemy import and_, case, func, literal, or_, select

        from knowledge_base.schema import feedback, record

        c = record.c
        kept = and_(c.resolved == 1, c.reopened == 0, c.contacts == 1)
        first = case(
            (or_(c.resolved.is_(None), c.reopened.is_(None), c.contacts.is_(None)), None), (kept, 1), else_=0
        )
        measured = {
            "csat": c.csat, "resolved": c.resolved, "reopened": c.reopened, "first_contact": first,
            "handling": c.handle_minutes, "response": c.reply_minutes,
        }  # fmt: skip
        helped = select(feedback.c.conversation_id).where(
            feedback.c.conversation_id.is_not(None),
            feedback.c.withdrawn_at.is_(None),
            feedback.c.verdict.in_(USED),
        )
        with_copilot = case((or_(c.id.in_(helped), c.source_id.in_(helped)), "with"), else_="without")
        group = {
            "all": literal(""), "category": c.category, "language": c.language,
            "day": func.date(c.resolved_at), "copilot": with_copilot,
        }[by]  # fmt: skip
        columns = [
            told.label(f"{name}_{number}")
            for name, value in measured.items()
            for number, told in enumerate((func.count(value), func.sum(value), func.sum(value * value)))
        ]
        query = select(group.label("group"), *columns).where(c.kind == "case")
        for column, value in ((c.category, span.category), (c.language, span.language)):
            if value is not None:
                query = query.where(column == value)
        if span.since is not None:
            query = query.where(c.resolved_at >= span.since)
        if span.until is not None:
            query = query.where(c.resolved_at < span.until)
        if by == "day":
            query = query.where(c.resolved_at.is_not(None))
        with self.database.reading() as transaction:
            grouped = query if by == "all" else query.group_by(group)
            rows = transaction.connection.execute(grouped).mappings().all()
        return {
            _group(row["group"], by): {
                name: Sums(row[f"{name}_0"], float(row[f"{name}_1"] or 0), float(row[f"{name}_2"] or 0))
                for name in measured
            }
            for row in rows
        }

    def verdicts(self, span: Span) -> list[DraftVerdict]:
        """The verdicts that stand, oldest first, of suggestions for a category and in a language."""
        from sqlalchemy import select

        from knowledge_base.schema import feedback, suggestion

        f = feedback.c
        query = select(f.suggestion_id, f.verdict, f.item, f.reason, f.at).where(f.withdrawn_at.is_(None))
        if span.category is not None or span.language is not None:
            query = query.join(suggestion, suggestion.c.id == f.suggestion_id)
            understood = suggestion.c.document["understanding"]
            for name, wanted in (("category", span.category), ("language", span.language)):
                if wanted is not None:
                    query = query.where(understood[name].as_string() == wanted)
        query = _within(query, f.at, span).order_by(f.id)
        with self.database.reading() as transaction:
            return [DraftVerdict(*row) for row in transaction.connection.execute(query)]

    def grants(self, span: Span) -> list[tuple[str, str, int]]:
        """Kind, who granted it, and how often, the most frequent first."""
        from sqlalchemy import func, select

        from knowledge_base.schema import grants

        counted = func.count().label("counted")
        group = (grants.c.kind, grants.c.who)
        query = _within(select(*group, counted), grants.c.at, span)
        query = query.group_by(*group).order_by(counted.desc(), *group)
        with self.database.reading() as transaction:
            return [(kind, who, int(n)) for kind, who, n in transaction.connection.execute(query)]

    def arrivals(self, span: Span) -> list[Arrival]:
        """The conversations that began, oldest first."""
        from sqlalchemy import func, select

        from knowledge_base.schema import conversation

        document, reading = conversation.c.document, conversation.c.reading
        category = func.coalesce(
            document["corrections"]["category"].as_string(), reading["category"].as_string()
        )
        language = func.coalesce(document["language"].as_string(), reading["language"].as_string())
        query = _within(
            select(conversation.c.started_at, category, language), conversation.c.started_at, span
        )
        if span.category is not None:
            query = query.where(category == span.category)
        if span.language is not None:
            query = query.where(language == span.language)
        with self.database.reading() as transaction:
            rows = transaction.connection.execute(query.order_by(conversation.c.started_at)).all()
        return [Arrival(at, kind, tongue) for at, kind, tongue in rows]

    def fallen(self, span: Span) -> list[Fallen]:
        """The conversations that began, counted by how they are read."""
        from sqlalchemy import func, select

        from knowledge_base.schema import conversation

        document, reading = conversation.c.document, conversation.c.reading
        put_right = document["corrections"]
        group = (
            func.coalesce(document["language"].as_string(), reading["language"].as_string()),
            func.coalesce(put_right["category"].as_string(), reading["category"].as_string()),
            reading["situation"].as_string(),
            func.coalesce(put_right["emotion"].as_string(), reading["emotion"].as_string()),
        )
        query = _within(select(*group, func.count()), conversation.c.started_at, span).group_by(*group)
        with self.database.reading() as transaction:
            return [Fallen(*row) for row in transaction.connection.execute(query)]

    def languages(self) -> frozenset[str]:
        """The languages of published articles and templates."""
        from sqlalchemy import select

        from knowledge_base.schema import record

        query = select(record.c.language).distinct()
        query = query.where(record.c.kind.in_(("article", "template")), record.c.status == "published")
        with self.database.reading() as transaction:
            return frozenset(transaction.connection.scalars(query))

    def returning(self, span: Span, limit: int) -> list[tuple[datetime, str | None, str | None, str | None]]:
        """The newest conversations: when they began, their customer (a digest), category and language."""
        from sqlalchemy import select

        from knowledge_base.conversation_heads import conversation_of
        from knowledge_base.grants import customer_key
        from knowledge_base.schema import conversation as table

        query = _within(
            select(table.c.started_at, table.c.document, table.c.reading), table.c.started_at, span
        )
        query = query.order_by(table.c.started_at.desc()).limit(limit)
        with self.database.reading() as transaction:
            rows = transaction.connection.execute(query).all()
        found = []
        for at, document, reading in rows:
            told, read = conversation_of(document, ()), reading or {}
            category = told.corrections.category or read.get("category")
            found.append((at, customer_key(told), category, told.language or read.get("language")))
        return found


def _within(query: Any, column: Any, span: Span) -> Any:
    if span.since is not None:
        query = query.where(column >= span.since)
    return query if span.until is None else query.where(column < span.until)


def _group(value: Any, by: By) -> str | date | None:
    if by != "day" or isinstance(value, date):
        return value if isinstance(value, str | date) else None
    return date.fromisoformat(value)
