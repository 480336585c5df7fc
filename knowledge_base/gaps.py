"""What gaps are read from: what was asked and shown, what was told against it, how long cases took."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from knowledge_base.models import Feedback, Kind
from knowledge_base.tallies import USED
from knowledge_base.verdicts import DRAFTS, Asked, GivenVerdict

if TYPE_CHECKING:
    from knowledge_base.database import Database

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Answered:
    """The newest suggestion of a conversation in which something was asked; `found` items were shown.

    `conversation` is the suggestion's own id where it was for none that is named.
    """

    conversation: str
    suggestion: str
    at: datetime
    found: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a suggestion was asked: in the customer's words, as it was understood, and its vector, if kept."""

    suggestion: str
    request: str
    language: str | None
    category: str | None
    asked: Asked | None


@dataclass(frozen=True, slots=True)
class Handled:
    """How long a case took the agents, in how many turns, and whether it was opened again."""

    category: str
    minutes: float | None
    turns: int | None
    reopened: bool | None


@dataclass(frozen=True, slots=True)
class Seen:
    """How often an item was shown, and how often agents used it, in a time; and what of it was last."""

    shown: int = 0
    used: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A published record, and when it was first written."""

    kind: Kind
    id: str
    title: str | None
    category: str | None
    language: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class GapReadings:
    """The statements, over the whole base; rows come in an order that is always the same."""

    database: Database
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def state(self) -> tuple[datetime | None, int, int]:
        """Changes when a suggestion, a verdict or the knowledge changed."""
        from sqlalchemy import func, select

        from knowledge_base.schema import suggestion

        with self.database.reading() as transaction:
            newest = transaction.connection.scalar(select(func.max(suggestion.c.at)))
            return newest, transaction.last_seq("feedback"), transaction.last_seq()

    def answered(self, since: datetime) -> list[Answered]:
        """Each conversation in which something was asked, by its newest suggestion, oldest first."""
        from sqlalchemy import select

        from knowledge_base.schema import suggestion

        c = suggestion.c
        query = select(c.at, c.conversation_id, c.found, c.id).where(c.at >= since, c.found.is_not(None))
        newest: dict[str, Answered] = {}
        with self.database.reading() as transaction:
            for at, conversation, found, name in transaction.connection.execute(query.order_by(c.at, c.id)):
                key = conversation or name
                newest[key] = Answered(key, name, at, found)
        return sorted(newest.values(), key=lambda one: (one.at, one.conversation))

    def wanted(self, suggestions: Sequence[str]) -> Iterator[Wanted]:
        """What these suggestions were asked, in their order."""
        from sqlalchemy import select

        from knowledge_base.schema import suggestion

        c = suggestion.c
        told = c.document["understanding"]
        columns = (
            c.id, told["request"].as_string(), told["language"].as_string(), told["category"].as_string(),
            c.encoder, c.request_vector, c.asked_in,
        )  # fmt: skip
        for start in range(0, len(suggestions), AT_ONCE):
            part = suggestions[start : start + AT_ONCE]
            with self.database.reading() as transaction:
                rows = {
                    row[0]: row
                    for row in transaction.connection.execute(select(*columns).where(c.id.in_(part)))
                }
            for name in part:
                if name in rows:
                    _, request, language, category, encoder, vector, asked_in = rows[name]
                    asked = Asked(encoder, vector, language=asked_in) if encoder and vector else None
                    yield Wanted(name, request or "", language, category, asked)

    def vectors(self, encoder: str, since: datetime, limit: int) -> Iterator[tuple[str | None, bytes]]:
        """The newest requests' language as it was embedded, and their vectors by this encoder."""
        from sqlalchemy import func, select

        from knowledge_base.schema import suggestion

        c = suggestion.c
        language = func.coalesce(c.asked_in, c.document["understanding"]["language"].as_string())
        query = select(language, c.request_vector).where(
            c.at >= since, c.found.is_not(None), c.encoder == encoder, c.request_vector.is_not(None)
        )
        with self.database.reading() as transaction:
            yield from map(tuple, transaction.connection.execute(query.order_by(c.at.desc()).limit(limit)))

    def judged_badly(self, since: datetime) -> dict[str, list[GivenVerdict]]:
        """All that stands of feedback on conversations in which something was told wrong or rejected."""
        from sqlalchemy import func, select

        from knowledge_base.schema import feedback, suggestion

        f, s = feedback.c, suggestion.c
        key = func.coalesce(s.conversation_id, s.id)
        bad = (
            select(key)
            .join(feedback, f.suggestion_id == s.id)
            .where(f.at >= since, f.withdrawn_at.is_(None), f.verdict.in_(("wrong", "rejected")))
        )
        columns = (key, f.id, f.suggestion_id, f.verdict, f.item, f.reason, f.actor, f.at, s.drafted_from)
        query = (
            select(*columns)
            .join(suggestion, s.id == f.suggestion_id)
            .where(f.withdrawn_at.is_(None), f.verdict != "shown", key.in_(bad))
            .order_by(f.id)
        )
        found: dict[str, list[GivenVerdict]] = {}
        with self.database.reading() as transaction:
            for (
                conversation, number, name, verdict, item, reason, actor, at, drafted,
            ) in transaction.connection.execute(query):  # fmt: skip
                told = Feedback(name, verdict, item, reason)
                asked = Asked("", None, tuple(drafted or ()))
                found.setdefault(conversation, []).append(
                    GivenVerdict(number, number, told, actor, at, withdrawn=False, asked=asked)
                )
        return found

    def items(self, suggestions: Iterable[str]) -> dict[str, frozenset[str]]:
        """The cases and articles that these suggestions showed."""
        from sqlalchemy import select

        from knowledge_base.schema import shown

        names, found = list(suggestions), dict[str, set[str]]()
        with self.database.reading() as transaction:
            for start in range(0, len(names), AT_ONCE):
                query = select(shown.c.suggestion_id, shown.c.item).where(
                    shown.c.suggestion_id.in_(names[start : start + AT_ONCE])
                )
                for name, item in transaction.connection.execute(query):
                    if not item.startswith("template:"):
                        found.setdefault(name, set()).add(item)
        return {name: frozenset(told) for name, told in found.items()}

    def closed_with_reply(self, conversations: Sequence[str]) -> frozenset[str]:
        """Those of the conversations that are closed and in which an agent wrote."""
        from sqlalchemy import select

        from knowledge_base.schema import conversation, message

        c, found = conversation.c, set[str]()
        with self.database.reading() as transaction:
            for start in range(0, len(conversations), AT_ONCE):
                part = conversations[start : start + AT_ONCE]
                replied = (
                    select(message.c.conversation_id)
                    .where(message.c.conversation_id == c.id, message.c.role == "agent")
                    .exists()
                )
                query = select(c.id).where(c.id.in_(part), c.state == "closed", replied)
                found.update(transaction.connection.scalars(query))
        return frozenset(found)

    def seen(self, since: datetime) -> dict[str, Seen]:
        """By item how often it was shown and used since."""
        from sqlalchemy import func, or_, select

        from knowledge_base.schema import feedback, shown

        f, s = feedback.c, shown.c
        counted = select(s.item, func.count(), func.max(s.at)).where(s.at >= since).group_by(s.item)
        direct = select(f.suggestion_id, f.item).where(
            f.at >= since, f.withdrawn_at.is_(None), f.verdict.in_((*USED, "helpful")), f.item.is_not(None),
            f.item.not_in(DRAFTS),
        )  # fmt: skip
        drafted = (
            select(f.suggestion_id, s.item)
            .join(shown, s.suggestion_id == f.suggestion_id)
            .where(
                f.at >= since, f.withdrawn_at.is_(None), f.verdict.in_(USED), s.drafted.is_(True),
                or_(f.item.is_(None), f.item.in_(DRAFTS)),
            )
        )  # fmt: skip
        with self.database.reading() as transaction:
            used = {
                (name, item.partition("#")[0])
                for query in (direct, drafted)
                for name, item in transaction.connection.execute(query)
            }
            uses: dict[str, int] = {}
            for _, item in used:
                uses[item] = uses.get(item, 0) + 1
            found = {
                item: Seen(n, uses.pop(item, 0), last)
                for item, n, last in transaction.connection.execute(counted)
            }
        return found | {item: Seen(0, n) for item, n in uses.items()}

    def published(self, kind: Kind) -> Iterator[Listed]:
        """The published records of a kind; translations, which speak through their article, left out."""
        from sqlalchemy import and_, select

        from knowledge_base.schema import change, record

        r = record.c
        first = and_(change.c.kind == r.kind, change.c.record_id == r.id, change.c.version == 1)
        query = (
            select(r.kind, r.id, r.title, r.category, r.language, change.c.at)
            .join(change, first)
            .where(r.kind == kind, r.status == "published")
        )
        if kind == "article":
            query = query.where(r.data["translation_of"].as_string().is_(None))
        with self.database.reading() as transaction:
            for row in transaction.connection.execute(query.order_by(r.id)):
                yield Listed(*row)

    def timed(self, category: str, since: datetime, limit: int) -> list[tuple[str, float]]:
        """The newest cases of a category resolved since that tell their minutes: ids and minutes."""
        from sqlalchemy import select

        from knowledge_base.schema import record

        r = record.c
        query = select(r.id, r.handle_minutes).where(
            r.kind == "case", r.resolved_at >= since, r.category == category, r.handle_minutes.is_not(None)
        )
        with self.database.reading() as transaction:
            rows = transaction.connection.execute(query.order_by(r.resolved_at.desc(), r.id).limit(limit))
            return [(name, minutes) for name, minutes in rows]

    def handled(self, since: datetime) -> list[Handled]:
        """The cases resolved since that have a category, read from the index alone."""
        from sqlalchemy import select

        from knowledge_base.schema import record

        r = record.c
        query = select(r.category, r.handle_minutes, r.contacts, r.reopened).where(
            r.kind == "case", r.resolved_at >= since, r.category.is_not(None)
        )
        with self.database.reading() as transaction:
            return [
                Handled(category, minutes, turns, None if again is None else bool(again))
                for category, minutes, turns, again in transaction.connection.execute(query)
            ]
