"""Query files: JSON Lines of questions with what answers them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.errors import InputError, RecordError
from knowledge_base.fields import Fields
from knowledge_base.lines import MAX_LINE, bounded_lines
from knowledge_base.models import Conversation, Question
from knowledge_base.questions import Labels, asked_text, conversation_of, labels_of
from knowledge_base.records import parse_json


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """A question. `relevant` and `category` are None where the file has no such label.

    `known` says whether anything in the base answers it; None without a label. `text` is what is asked
    where it isn't a conversation, which is then the text as a lone message.
    """

    id: str
    conversation: Conversation
    relevant: frozenset[str] | None = None
    category: str | None = None
    known: bool | None = None
    text: str | None = None


def read_queries(path: Path) -> tuple[list[LabelledQuery], str]:
    """The queries and the file's digest (12 hexadecimal digits). Raises InputError and RecordError."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            queries = list(_queries(stream, path.name, digest))
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}): check the path") from error
    if not queries:
        raise InputError(f"{path} holds no query: one JSON object a line is expected")
    return queries, digest.hexdigest()[:12]


def query_from_dict(data: Any, file: str, line: int) -> LabelledQuery:
    """One line of a query file; its number stands in for an id. Raises RecordError."""
    if not isinstance(data, dict):
        raise RecordError(file, line, "", "a JSON object is expected")
    fields = Fields.of(data, file, line)
    conversation, labels = conversation_of(fields), labels_of(fields)
    return _labelled(str(data.get("id", line)), conversation, labels, asked_text(fields))


def query_of(question: Question) -> LabelledQuery:
    """A golden question as a query."""
    return _labelled(
        question.id, question.conversation(), (question.relevant, question.category), question.query
    )


def _labelled(identifier: str, conversation: Conversation, labels: Labels, text: str | None) -> LabelledQuery:
    relevant, category = labels
    known = bool(relevant) if relevant is not None else (None if category is None else True)
    return LabelledQuery(
        id=identifier,
        conversation=conversation,
        relevant=None if relevant is None else frozenset(relevant),
        category=category,
        known=known,
        text=text,
    )


def _queries(stream: Any, file: str, digest: Any) -> Iterator[LabelledQuery]:
    for number, raw in bounded_lines(stream):
        if raw is None:
            raise RecordError(file, number, "", f"is longer than {MAX_LINE:,} bytes")
        digest.update(raw)
        if raw.strip():
            yield query_from_dict(parse_json(raw, file, number), file, number)
