"""Feedback as its followers read it: by its growing number, with what each suggestion searched for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from knowledge_base.errors import NotFoundError
from knowledge_base.models import Feedback
from knowledge_base.verdicts import Asked, GivenVerdict, Judged, judge

if TYPE_CHECKING:
    from knowledge_base.database import Database

NEWEST_JUDGED = 5000
"""Verdicts that judged examples are made of: more would tell of a knowledge that has changed since."""


@dataclass(frozen=True, slots=True)
class FeedbackLog:
    """What `KnowledgeBase.feedback_log` hands out. Threads and processes may share one database."""

    database: Database

    def last_seq(self) -> int:
        """Tell the number of the newest change of feedback; 0 before the first."""
        with self.database.reading() as transaction:
            return transaction.last_seq("feedback")

    def verdicts(self, *, since: int, limit: int) -> list[GivenVerdict]:
        """Read the newest `limit` verdicts that were given or changed after `since`, oldest first."""
        with self.database.reading() as transaction:
            return [_given(row._mapping) for row in transaction.verdicts(since, limit)]

    def keep_asked(self, suggestion_id: str, asked: Asked) -> None:
        """Keep what a suggestion searched for; followers read its verdicts again."""
        with self.database.writing() as transaction:
            transaction.keep_asked(suggestion_id, asked_row(asked))

    def document(self, suggestion_id: str) -> dict[str, Any]:
        """Read a suggestion as it was shown. Raises NotFoundError."""
        with self.database.reading() as transaction:
            document = transaction.suggestion(suggestion_id)
        if document is None:
            raise NotFoundError("suggestion", suggestion_id)
        return document

    def judged(self, *, limit: int = NEWEST_JUDGED) -> Iterator[Judged]:
        """Requests with items that agents found to help or not, from the newest verdicts, by suggestion."""
        standing = [one for one in self.verdicts(since=0, limit=limit) if not one.withdrawn]
        standing.sort(key=lambda one: (one.feedback.suggestion_id, one.id))
        for suggestion_id, group in groupby(standing, key=lambda one: one.feedback.suggestion_id):
            request, language = request_of(self.document(suggestion_id))
            if request:
                yield from judge(request, language, list(group))


def request_of(document: dict[str, Any]) -> tuple[str, str | None]:
    """What the customer wanted, and its language, from a suggestion as it was shown."""
    understanding = document.get("understanding") or {}
    return understanding.get("request") or "", understanding.get("language")


def understood_columns(document: Mapping[str, Any]) -> dict[str, str | None]:
    """What a suggestion was for, as it is counted by."""
    understanding = document.get("understanding") or {}
    return {name: understanding.get(name) for name in ("category", "language")}


def asked_row(asked: Asked) -> dict[str, Any]:
    """The columns of a suggestion that tell what it searched for."""
    return {
        "encoder": asked.encoder,
        "request_vector": asked.vector,
        "drafted_from": list(asked.drafted_from),
        "asked_in": asked.language,
    }


def feedback_of(values: dict[str, Any]) -> Feedback:
    """The feedback of a row."""
    return Feedback(**{name: values[name] for name in Feedback.__slots__})


def _given(row: Any) -> GivenVerdict:
    values = dict(row)
    asked = None
    if values["encoder"] is not None:
        asked = Asked(values["encoder"], values["request_vector"], tuple(values["drafted_from"] or ()))
    return GivenVerdict(
        seq=values["seq"],
        id=values["id"],
        feedback=feedback_of(values),
        actor=values["actor"],
        at=values["at"],
        withdrawn=values["withdrawn_at"] is not None,
        asked=asked,
    )
