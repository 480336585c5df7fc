"""KnowledgeBase: the store of cases, articles, templates and golden questions with history, and of feedback.

It decides and hands out values; the statements stand in `statements`, the connection in `database`,
both loaded at `open` so that importing this module costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from knowledge_base.codec import content_hash, kind_of
from knowledge_base.errors import NotFoundError
from knowledge_base.models import Change, Feedback, Kind, Record, Status
from knowledge_base.plan import Outcome, check_version, decide
from knowledge_base.writing import hashed, write_hashed

if TYPE_CHECKING:
    from knowledge_base.conversation_log import ConversationLog
    from knowledge_base.database import Database
    from knowledge_base.deliveries import DeliveryQueue
    from knowledge_base.dependence import Dependence
    from knowledge_base.feedback import FeedbackLog
    from knowledge_base.gap_decisions import GapDecisions
    from knowledge_base.gaps import GapReadings
    from knowledge_base.grants import GrantLog
    from knowledge_base.import_log import ImportLog
    from knowledge_base.personal.book import PersonalBook
    from knowledge_base.personal.door import Door
    from knowledge_base.personal.erasing import ErasureBook
    from knowledge_base.practice import PracticeBook
    from knowledge_base.promises import PromiseBook
    from knowledge_base.review import ReviewBook
    from knowledge_base.tallies import Tallies
    from knowledge_base.template_edits import TemplateEdits
    from knowledge_base.translations import ApprovedTranslations
    from knowledge_base.verdicts import Asked

BATCH = 500
"""Records planned and written together: large enough for speed, small enough to hold in memory."""

Changes = list[Change]
Outcomes = list[Outcome]


MOST_COUNTED = 1000
"""Of what is found by words: nobody looks through more, and to count all is to read all."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some records in the order of their ids. `next` continues after them (None at the end).

    `total` is how many fit; by words no more than MOST_COUNTED are counted, to read no further.
    """

    items: tuple[Record, ...]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class StoredFeedback:
    """Feedback with its number, who gave it when, and who withdrew it."""

    id: int
    feedback: Feedback
    actor: str
    at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


def utcnow() -> datetime:
    """Tell the time in UTC, with zone."""
    return datetime.now(UTC)


class KnowledgeBase:
    """A desk's knowledge. Threads and processes may share one database; writers take turns."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utcnow) -> None:
        self._database, self._clock = database, clock

    @classmethod
    def open(cls, url: str, *, clock: Callable[[], datetime] = utcnow) -> KnowledgeBase:
        """Open a database (`sqlite:////data/precedent.db`), creating and migrating it as needed.

        Raises StorageError where it is no database of ours, can't be written, or has a newer schema.
        """
        from knowledge_base.database import Database

        return cls(Database.open(url), clock=clock)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def __enter__(self) -> KnowledgeBase:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def put(
        self, record: Record, *, actor: str, reason: str | None = None, expected_version: int | None = None
    ) -> Outcome:
        """Add a record or replace the one of its id; the same content changes nothing.

        What is personal in it is replaced by placeholders first, as the desk set it.
        With `expected_version` (0: must be new) a record changed meanwhile raises ConflictError.
        """
        door = self.door()
        record, reason = door.record(record), door.note("change.reason", reason) if reason else reason
        kind, digest = kind_of(record), content_hash(record)
        with self._database.writing() as transaction:
            transaction.lock_counter()
            head = transaction.heads(kind, [record.id]).get(record.id)
            check_version(head, expected_version, kind, record.id)
            step = decide(head, record, kind, digest)
            if step is None:
                return "unchanged"
            transaction.write([step], actor=actor, at=self._clock(), reason=reason)
            return "added" if step.action == "added" else "updated"

    def check_version(self, record: Record, expected_version: int | None) -> None:
        """Raise ConflictError where putting the record would, for what is read before it is put."""
        kind = kind_of(record)
        with self._database.reading() as transaction:
            head = transaction.heads(kind, [record.id]).get(record.id)
        check_version(head, expected_version, kind, record.id)

    def put_many(self, records: Iterable[Record], *, actor: str, reason: str | None = None) -> Outcomes:
        """Put records in one transaction, all or none; the outcomes come in their order.

        `reason` is the program's own word, kept as it is.
        """
        outcomes: Outcomes = []
        source = map(self.door().record, records)
        first = hashed(source, BATCH)
        with self._database.writing() as transaction:
            transaction.lock_counter()
            batch = first
            while batch:
                outcomes += write_hashed(transaction, batch, actor=actor, at=self._clock(), reason=reason)
                batch = hashed(source, BATCH)
        return outcomes

    def retire(self, kind: Kind, record_id: str, *, actor: str, reason: str | None = None) -> None:
        """Take a record out of use; it stays in the history, and putting it as published brings it back."""
        reason = self.door().note("change.reason", reason) if reason else reason
        with self._database.writing() as transaction:
            transaction.lock_counter()
            head = transaction.heads(kind, [record_id]).get(record_id)
            record = transaction.find(kind, record_id)
            if head is None or record is None:
                raise NotFoundError(kind, record_id)
            retired = replace(record, status="retired")
            step = decide(head, retired, kind, content_hash(retired))
            if step:
                transaction.write([step], actor=actor, at=self._clock(), reason=reason)

    def find(self, kind: Kind, record_id: str) -> Record | None:
        """Read a record; None where there is none."""
        with self._database.reading() as transaction:
            return transaction.find(kind, record_id)

    def get(self, kind: Kind, record_id: str) -> Record:
        """Read a record that must exist."""
        record = self.find(kind, record_id)
        if record is None:
            raise NotFoundError(kind, record_id)
        return record

    def get_many(self, kind: Kind, ids: Sequence[str]) -> dict[str, Record]:
        """Read the records that exist among these ids, by id."""
        with self._database.reading() as transaction:
            return transaction.get_many(kind, ids)

    def version(self, kind: Kind, record_id: str) -> int:
        """Tell how often a record was written; 1 is its first state."""
        with self._database.reading() as transaction:
            head = transaction.heads(kind, [record_id]).get(record_id)
        if head is None:
            raise NotFoundError(kind, record_id)
        return head.version

    def each(
        self,
        kind: Kind,
        *,
        status: Status | None = None,
        batch_size: int = 1000,
        after: str | None = None,
    ) -> Iterator[Record]:
        """Read all records in the order of their ids (those after one), holding one batch at a time."""
        from knowledge_base.statements import Filter

        while True:
            with self._database.reading() as transaction:
                batch = transaction.page(Filter(kind, status), after=after, limit=batch_size)
            yield from batch
            if len(batch) < batch_size:
                return
            after = batch[-1].id

    def count(self, kind: Kind, *, status: Status | None = None) -> int:
        """Count the records of a kind."""
        from knowledge_base.statements import Filter

        with self._database.reading() as transaction:
            return transaction.count(Filter(kind, status))

    def categories(self, kind: Kind) -> frozenset[str]:
        """The categories that published records of a kind have."""
        with self._database.reading() as transaction:
            return transaction.categories(kind)

    def ids(self, kind: Kind, *, category: str | None = None) -> Sequence[str]:
        """The ids of published records of a kind, in order."""
        with self._database.reading() as transaction:
            return transaction.ids(kind, category)

    def history(self, kind: Kind, record_id: str) -> Changes:
        """Read what happened to a record, oldest first."""
        with self._database.reading() as transaction:
            return transaction.history(kind, record_id)

    def changes(self, *, since: int, limit: int = 1000) -> Changes:
        """Read the changes with numbers above `since`, oldest first."""
        with self._database.reading() as transaction:
            return transaction.changes(since, limit)

    def rewritten(self, kind: Kind) -> Iterator[Changes]:
        """Read the histories, oldest change first, of the records that were written more than once."""
        with self._database.reading() as transaction:
            ids = transaction.rewritten(kind)
        yield from (self.history(kind, record_id) for record_id in ids)

    def last_seq(self) -> int:
        """Tell the number of the newest change; 0 before the first."""
        with self._database.reading() as transaction:
            return transaction.last_seq()

    def add_feedback(self, feedback: Feedback, *, actor: str) -> int:
        """Keep what an agent did with a suggestion; gives its number. Its reason is a note."""
        if feedback.reason:
            feedback = replace(feedback, reason=self.door().note("feedback.reason", feedback.reason))
        with self._database.writing() as transaction:
            return transaction.add_feedback(asdict(feedback) | {"actor": actor, "at": self._clock()})

    def feedback(
        self, *, suggestion_id: str | None = None, item: str | None = None, limit: int = 1000
    ) -> list[StoredFeedback]:
        """Read feedback, newest first."""
        with self._database.reading() as transaction:
            rows = transaction.feedback(suggestion_id=suggestion_id, item=item, limit=limit)
        return [_stored_feedback(dict(row)) for row in rows]

    def withdraw_feedback(self, feedback_id: int, *, actor: str) -> StoredFeedback:
        """Take feedback back: it counts no more and stays in the history. Raises NotFoundError.

        Open promises that only it told of were not sent, and are withdrawn with it.
        """
        with self._database.writing() as transaction:
            now = self._clock()
            transaction.withdraw_feedback(feedback_id, actor=actor, at=now)
            transaction.settle_promises(
                {"feedback_id": feedback_id, "state": "open"},
                {"state": "withdrawn", "state_by": actor, "state_at": now},
            )
            rows = transaction.feedback(feedback_id=feedback_id)
            if not rows:
                raise NotFoundError("feedback", str(feedback_id))
        return _stored_feedback(dict(rows[0]))

    @property
    def feedback_log(self) -> FeedbackLog:
        """The feedback for those who follow it."""
        from knowledge_base.feedback import FeedbackLog

        return FeedbackLog(self._database)

    @property
    def personal(self) -> PersonalBook:
        """What is set about personal data."""
        from knowledge_base.personal.book import PersonalBook

        return PersonalBook(self._database, self._clock)

    def door(self) -> Door:
        """What a text goes through before it is kept; its rules load with the first that is to be kept."""
        return self.personal.door()

    @property
    def erasures(self) -> ErasureBook:
        """Where customers are removed."""
        from knowledge_base.personal.erasing import ErasureBook

        return ErasureBook(self._database, self._clock)

    @property
    def promises(self) -> PromiseBook:
        """What customers were promised."""
        from knowledge_base.promises import PromiseBook

        return PromiseBook(self._database, self._clock)

    @property
    def grants(self) -> GrantLog:
        """The log of what was granted."""
        from knowledge_base.grants import GrantLog

        return GrantLog(self._database, self.door, self._clock)

    @property
    def conversations(self) -> ConversationLog:
        """The conversations that are going on."""
        from knowledge_base.conversation_log import ConversationLog

        return ConversationLog(self._database, self._clock)

    @property
    def dependence(self) -> Dependence:
        """What hangs on an article, and what is to be looked over since it changed."""
        from knowledge_base.dependence import Dependence

        return Dependence(self._database, self.door, self._clock)

    @property
    def practice(self) -> PracticeBook:
        """The rounds in which trainees answer past customers."""
        from knowledge_base.practice import PracticeBook

        return PracticeBook(self._database, self.door, self._clock)

    @property
    def review(self) -> ReviewBook:
        """The candidates for cases."""
        from knowledge_base.review import ReviewBook

        return ReviewBook(self._database, self.door, self._clock)

    @property
    def tallies(self) -> Tallies:
        """Counts and sums over the whole base."""
        from knowledge_base.tallies import Tallies

        return Tallies(self._database, self._clock)

    @property
    def gaps(self) -> GapReadings:
        """What gaps of the knowledge are read from."""
        from knowledge_base.gaps import GapReadings

        return GapReadings(self._database, self._clock)

    @property
    def gap_decisions(self) -> GapDecisions:
        """What was decided on gaps."""
        from knowledge_base.gap_decisions import GapDecisions

        return GapDecisions(self._database, self.door, self._clock)

    @property
    def template_edits(self) -> TemplateEdits:
        """What became of templates' sentences in the replies that were sent."""
        from knowledge_base.template_edits import TemplateEdits

        return TemplateEdits(self._database, self.door, self._clock)

    @property
    def deliveries(self) -> DeliveryQueue:
        """What helpdesks told by webhook, and what is still to be done about it."""
        from knowledge_base.deliveries import DeliveryQueue

        return DeliveryQueue(self._database, self._clock)

    @property
    def imports(self) -> ImportLog:
        """The exports of other systems that were brought in."""
        from knowledge_base.import_log import ImportLog

        return ImportLog(self._database, self._clock)

    @property
    def translations(self) -> ApprovedTranslations:
        """What agents approved of translations."""
        from knowledge_base.translations import ApprovedTranslations

        return ApprovedTranslations(self._database, self.door, self._clock)

    def keep_suggestion(
        self,
        suggestion_id: str,
        conversation_id: str | None,
        document: dict[str, Any],
        *,
        asked: Asked | None = None,
    ) -> None:
        """Keep what was shown and what it searched for, so that feedback can be read beside it."""
        from knowledge_base.feedback import asked_row, understood_columns

        row = {"id": suggestion_id, "conversation_id": conversation_id, "document": document}
        row |= understood_columns(document)
        with self._database.writing() as transaction:
            told = asked_row(asked) if asked else {}
            transaction.keep_suggestion(row | told | {"at": self._clock()})

    def suggestion(self, suggestion_id: str) -> dict[str, Any]:
        """Read what was shown."""
        with self._database.reading() as transaction:
            document = transaction.suggestion(suggestion_id)
        if document is None:
            raise NotFoundError("suggestion", suggestion_id)
        return document

    def list(
        self,
        kind: Kind,
        *,
        status: Status | None = None,
        language: str | None = None,
        category: str | None = None,
        text: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> RecordPage:
        """Read a page in the order of ids; all words of `text` must occur, whatever case and accents."""
        from knowledge_base.statements import Filter

        which = Filter(kind, status, language, category, text)
        with self._database.reading() as transaction:
            ids = transaction.matching(which, most=MOST_COUNTED + 1) if which.words else None
            if ids is not None and len(ids) <= MOST_COUNTED:
                total = len(ids)
                rest = [one for one in ids if after is None or one > after]
                found = [*transaction.get_many(kind, rest[: limit + 1]).values()]
            else:
                # Words that so many hold fill a page soon, read in order.
                found = transaction.page(which, after=after, limit=limit + 1)
                whole = after is None and len(found) <= limit
                total = len(found) if whole else MOST_COUNTED if which.words else transaction.count(which)
        items = tuple(found[:limit])
        return RecordPage(items, items[-1].id if len(found) > limit else None, total)


def _stored_feedback(row: dict[str, Any]) -> StoredFeedback:
    own = {name: row.pop(name) for name in ("id", "actor", "at", "withdrawn_at", "withdrawn_by")}
    del row["seq"]
    return StoredFeedback(feedback=Feedback(**row), **own)
