"""Counts and sums over the whole base, done by the database: what insight's measures are made of."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

from knowledge_base.verdicts import DRAFTS

if TYPE_CHECKING:
    from knowledge_base.database import Database

By = Literal["category", "language", "day", "copilot"]
USED = ("used", "edited", "copied")
"""Verdicts by which an agent took what the copilot suggested."""
ENDS = ("used", "edited", "rejected")
"""Verdicts that say what became of a draft; one that is copied is used unless more is told."""
BITS = ("resolved", "reopened", "first_contact")
"""Measures that are 0 or 1, their own squares."""


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
class DraftEnd:
    """What became at last of `n` suggestions' drafts, and why."""

    verdict: str
    reason: str | None
    n: int


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
        """By group and measure: csat, nps, resolved, reopened, first_contact; handling, response in minutes.

        Of `nps` a promoter (9 or 10) counts 100, a detractor (0 to 6) -100, others nothing.

        Groups by `copilot` are "with" and "without"; cases of every status count: they happened. Those that
        don't say when they were resolved are of the day None.
        """
        from sqlalchemy import and_, case, func, or_, select

        from knowledge_base.schema import feedback, record

        c = record.c
        kept = and_(c.resolved == 1, c.reopened == 0, c.contacts == 1)
        first = case(
            (or_(c.resolved.is_(None), c.reopened.is_(None), c.contacts.is_(None)), None), (kept, 1), else_=0
        )
        recommends = case((c.nps.is_(None), None), (c.nps >= 9, 100), (c.nps <= 6, -100), else_=0)
        measured = {
            "csat": c.csat, "nps": recommends, "resolved": c.resolved, "reopened": c.reopened,
            "first_contact": first, "handling": c.handle_minutes, "response": c.reply_minutes,
        }  # fmt: skip
        helped = select(feedback.c.conversation_id).where(
            feedback.c.conversation_id.is_not(None),
            feedback.c.withdrawn_at.is_(None),
            feedback.c.verdict.in_(USED),
        )
        with_copilot = case((or_(c.id.in_(helped), c.source_id.in_(helped)), "with"), else_="without")
        # An expression, else SQLite reads all documents in the order of an index that has none of the sums.
        group = {
            "category": func.coalesce(c.category, None), "language": func.coalesce(c.language, None),
            "day": func.date(c.resolved_at), "copilot": with_copilot,
        }[by]  # fmt: skip
        columns = [
            told.label(f"{name}_{number}")
            for name, value in measured.items()
            for number, told in enumerate((func.count(value), func.sum(value), func.sum(value * value)))
            if number < 2 or name not in BITS
        ]
        query = select(group.label("group"), *columns).where(c.kind == "case")
        for column, value in ((c.category, span.category), (c.language, span.language)):
            if value is not None:
                query = query.where(column == value)
        if span.since is not None:
            query = query.where(c.resolved_at >= span.since)
        if span.until is not None:
            query = query.where(c.resolved_at < span.until)
        with self.database.reading() as transaction:
            rows = transaction.connection.execute(query.group_by("group")).mappings().all()
        return {_group(row["group"], by): {name: _sums(row, name) for name in measured} for row in rows}

    def ends(self, span: Span) -> list[DraftEnd]:
        """What became of suggestions' drafts at last, by verdict and reason."""
        from sqlalchemy import case, func, or_, select

        from knowledge_base.schema import feedback

        f = feedback.c
        # A draft that is copied ends so only where nothing else is told of it.
        last = func.coalesce(func.max(case((f.verdict.in_(ENDS), f.id))), func.max(f.id))
        of_drafts = or_(f.item.is_(None), f.item.in_(DRAFTS)), f.verdict.in_((*ENDS, "copied"))
        newest = _standing(select(last.label("id")), span).where(*of_drafts).group_by(f.suggestion_id)
        chosen, told = newest.subquery(), func.count()
        query = select(f.verdict, f.reason, told).join(chosen, chosen.c.id == f.id)
        with self.database.reading() as transaction:
            rows = transaction.connection.execute(query.group_by(f.verdict, f.reason)).all()
        return [DraftEnd("used" if verdict == "copied" else verdict, *rest) for verdict, *rest in rows]

    def of_sources(self, span: Span, verdicts: Collection[str]) -> list[tuple[str, str, str]]:
        """Suggestion, verdict and item of what stands on cases and articles, oldest first."""
        from sqlalchemy import or_, select

        from knowledge_base.schema import feedback

        f = feedback.c
        query = _standing(select(f.suggestion_id, f.verdict, f.item), span).where(
            or_(f.item.like("case:%"), f.item.like("article:%")), f.verdict.in_(verdicts)
        )
        with self.database.reading() as transaction:
            return [tuple(row) for row in transaction.connection.execute(query.order_by(f.id))]

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

    def arrivals(self, span: Span) -> dict[str, list[datetime]]:
        """When the conversations of each category began, oldest first."""
        from sqlalchemy import select

        from knowledge_base.schema import conversation

        c = conversation.c
        query = select(c.category, c.started_at).where(c.category.is_not(None))
        found: dict[str, list[datetime]] = {}
        with self.database.reading() as transaction:
            for category, at in transaction.connection.execute(_begun(query, span).order_by(c.started_at)):
                found.setdefault(category, []).append(at)
        return found

    def volume(self, span: Span, by: Literal["category", "language", "day"]) -> dict[str | date | None, int]:
        """How many conversations began, by group."""
        from sqlalchemy import func, select

        from knowledge_base.schema import conversation

        c = conversation.c
        group = func.date(c.started_at) if by == "day" else c[by]
        query = _begun(select(group, func.count()), span).group_by(group)
        with self.database.reading() as transaction:
            return {_group(one, by): n for one, n in transaction.connection.execute(query)}

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

        from knowledge_base.schema import conversation

        c = conversation.c
        query = _within(select(c.started_at, c.customer, c.category, c.language), c.started_at, span)
        with self.database.reading() as transaction:
            rows = transaction.connection.execute(query.order_by(c.started_at.desc()).limit(limit))
            return [tuple(row) for row in rows]


def _standing(query: Any, span: Span) -> Any:
    """Verdicts that stand, of suggestions for a category and in a language."""
    from knowledge_base.schema import feedback, suggestion

    query = query.where(feedback.c.withdrawn_at.is_(None))
    wanted = {"category": span.category, "language": span.language}
    if any(value is not None for value in wanted.values()):
        query = query.join(suggestion, suggestion.c.id == feedback.c.suggestion_id)
    for name, value in wanted.items():
        query = query if value is None else query.where(suggestion.c[name] == value)
    return _within(query, feedback.c.at, span)


def _begun(query: Any, span: Span) -> Any:
    from knowledge_base.schema import conversation

    for name, value in (("category", span.category), ("language", span.language)):
        query = query if value is None else query.where(conversation.c[name] == value)
    return _within(query, conversation.c.started_at, span)


def _sums(row: Any, name: str) -> Sums:
    n, total = row[f"{name}_0"], float(row[f"{name}_1"] or 0)
    return Sums(n, total, total if name in BITS else float(row[f"{name}_2"] or 0))


def _within(query: Any, column: Any, span: Span) -> Any:
    if span.since is not None:
        query = query.where(column >= span.since)
    return query if span.until is None else query.where(column < span.until)


def _group(value: Any, by: By) -> str | date | None:
    if by != "day" or isinstance(value, date):
        return value if isinstance(value, str | date) else None
    return date.fromisoformat(value)
