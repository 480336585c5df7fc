"""What became of templates' sentences in replies that were sent, kept and counted; and what was dismissed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from knowledge_base.verdicts import GivenVerdict

if TYPE_CHECKING:
    from knowledge_base.database import Database
    from knowledge_base.personal.door import Door


@dataclass(frozen=True, slots=True)
class TemplateEdit:
    """A sentence as its template writes it, and what became of it.

    `change` is kept, changed, removed, after or before; `alike` a digest of what stands there instead, None
    where that can't be carried over to the template.
    """

    feedback_id: int
    suggestion_id: str
    conversation: str
    actor: str
    template_id: str
    sentence: str
    change: str
    alike: str | None
    offered_at: datetime


@dataclass(frozen=True, slots=True)
class Repeated:
    """A change that was made often enough, by enough agents, whenever that was."""

    template_id: str
    sentence: str
    change: str
    alike: str


@dataclass(frozen=True, slots=True)
class Dismissal:
    """A proposal that was turned down, and how many conversations and which newest feedback it had then."""

    proposal: str
    template_id: str
    times: int
    last_feedback: int
    reason: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TemplateEdits:
    """What `KnowledgeBase.template_edits` hands out. Threads and processes may share one database."""

    database: Database
    door: Callable[[], Door]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def followed(self) -> int:
        """The number of the newest feedback that was taken in; 0 before the first."""
        with self.database.reading() as transaction:
            return transaction.last_seq("template_edit")

    def take_in(
        self, verdicts: Sequence[GivenVerdict], edits: Sequence[TemplateEdit], *, since: int, upto: int
    ) -> bool:
        """Keep what verdicts with numbers after `since`, the newest of them `upto`, say, in place of before.

        False, and nothing is kept, where another process was faster. Of feedback that is gone nothing is.
        """
        from sqlalchemy import delete, insert, or_, select, update

        from knowledge_base.schema import counter, feedback
        from knowledge_base.schema import template_edit as table

        told = {one.id for one in verdicts}
        spoken = {one.feedback.suggestion_id for one in verdicts if not one.withdrawn}
        with self.database.writing() as transaction:
            transaction.lock_counter("feedback")
            if transaction.lock_counter("template_edit") != since:
                return False
            connection = transaction.connection
            # A later reply to the same suggestion stands for it.
            connection.execute(
                delete(table).where(or_(table.c.feedback_id.in_(told), table.c.suggestion_id.in_(spoken)))
            )
            there = set(connection.scalars(select(feedback.c.id).where(feedback.c.id.in_(told))))
            rows = [
                asdict(one) | {"number": number}
                for number, one in enumerate(edits)
                if one.feedback_id in there
            ]
            if rows:
                connection.execute(insert(table), rows)
            mine = counter.c.name == "template_edit"
            connection.execute(update(counter).where(mine).values(value=upto))
        return True

    def repeated(self, *, times: int, agents: int) -> list[Repeated]:
        """Changes made alike in so many conversations by so many agents."""
        from sqlalchemy import distinct, func, select

        from knowledge_base.schema import template_edit as table

        group = (table.c.template_id, table.c.sentence, table.c.change, table.c.alike)
        query = (
            select(*group)
            .where(table.c.change != "kept", table.c.alike.is_not(None))
            .group_by(*group)
            .having(func.count(distinct(table.c.conversation)) >= times)
            .having(func.count(distinct(table.c.actor)) >= agents)
            .order_by(func.count(distinct(table.c.conversation)).desc(), *group)
        )
        with self.database.reading() as transaction:
            return [Repeated(*row) for row in transaction.connection.execute(query)]

    def of_sentence(self, template_id: str, sentence: str) -> list[TemplateEdit]:
        """Everything that became of a sentence, oldest first."""
        from sqlalchemy import select

        from knowledge_base.schema import template_edit as table

        query = select(*(table.c[name] for name in TemplateEdit.__slots__)).where(
            table.c.template_id == template_id, table.c.sentence == sentence
        )
        with self.database.reading() as transaction:
            rows = transaction.connection.execute(query.order_by(table.c.feedback_id, table.c.number))
            return [TemplateEdit(*row) for row in rows]

    def left_out(self) -> int:
        """In how many replies a sentence was changed so that it can't be carried over to its template."""
        from sqlalchemy import distinct, func, select

        from knowledge_base.schema import template_edit as table

        query = select(func.count(distinct(table.c.feedback_id))).where(
            table.c.change != "kept", table.c.alike.is_(None)
        )
        with self.database.reading() as transaction:
            return int(transaction.connection.scalar(query) or 0)

    def verdict(self, feedback_id: int) -> Mapping[str, Any] | None:
        """The feedback and the document of its suggestion; None where it is gone."""
        from sqlalchemy import select

        from knowledge_base.schema import feedback, suggestion

        query = (
            select(feedback.c.item, feedback.c.text_before, feedback.c.text_after, suggestion.c.document)
            .join(suggestion, suggestion.c.id == feedback.c.suggestion_id)
            .where(feedback.c.id == feedback_id)
        )
        with self.database.reading() as transaction:
            row = transaction.connection.execute(query).mappings().first()
        return dict(row) if row else None

    def offered(self, suggestion_ids: Sequence[str]) -> dict[str, tuple[datetime, Mapping[str, Any]]]:
        """When suggestions were made, and their documents."""
        from sqlalchemy import select

        from knowledge_base.schema import suggestion as table

        query = select(table.c.id, table.c.at, table.c.document).where(table.c.id.in_(list(suggestion_ids)))
        with self.database.reading() as transaction:
            return {name: (at, document) for name, at, document in transaction.connection.execute(query)}

    def dismiss(self, dismissal: Dismissal) -> None:
        """Keep that a proposal was turned down."""
        from sqlalchemy import insert

        from knowledge_base.schema import template_dismissal as table

        told = {"reason": self.door().note("dismissal.reason", dismissal.reason)}
        with self.database.writing() as transaction:
            row = asdict(dismissal) | told | {"id": transaction.next_seq("dismissal")}
            transaction.connection.execute(insert(table).values(**row))

    def dismissals(self) -> list[Dismissal]:
        """What was turned down, newest first."""
        from sqlalchemy import select

        from knowledge_base.schema import template_dismissal as table

        query = select(*(table.c[name] for name in Dismissal.__slots__)).order_by(table.c.id.desc())
        with self.database.reading() as transaction:
            return [Dismissal(*row) for row in transaction.connection.execute(query)]
