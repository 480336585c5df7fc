"""Query files: JSON Lines of questions with what answers them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.conversations import conversation_from_dict
from knowledge_base.errors import InputError, RecordError
from knowledge_base.fields import Fields
from knowledge_base.lines import MAX_LINE, bounded_lines
from knowledge_base.models import Conversation, Message
from knowledge_base.records import parse_json


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """A question. `relevant` and `category` are None where the file has no such label.

    `known` says whether anything in the base answers it; None without a label.
    """

    id: str
    conversation: Conversation
    relevant: frozenset[str] | None = None
    category: str | None = None
    known: bool | None = None


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


def _queries(stream: Any, file: str, digest: Any) -> Iterator[LabelledQuery]:
    for number, raw in bounded_lines(stream):
        if raw is None:
            raise RecordError(file, number, "", f"is longer than {MAX_LINE:,} bytes")
        digest.update(raw)
        if raw.strip():
            yield query_from_dict(parse_json(raw, file, number), file, number)


def query_from_dict(data: Any, file: str, line: int) -> LabelledQuery:
    """One line of a query file. Raises RecordError."""
    if not isinstance(data, dict):
        raise RecordError(file, line, "", "a JSON object is expected")
    relevant, category = data.get("relevant"), data.get("category")
    if relevant is not None and not (
        isinstance(relevant, list) and all(isinstance(r, str) for r in relevant)
    ):
        raise RecordError(file, line, "relevant", "a list of ids is expected")
    if category is not None and not isinstance(category, str):
        raise RecordError(file, line, "category", "a text or null is expected")
    known: bool | None = None
    if relevant is not None:
        known = bool(relevant)
    elif "category" in data:
        known = category is not None
    return LabelledQuery(
        id=str(data.get("id", line)),
        conversation=_conversation(data, file, line),
        relevant=None if relevant is None else frozenset(relevant),
        category=category,
        known=known,
    )


def _conversation(data: Mapping[str, Any], file: str, line: int) -> Conversation:
    if isinstance(data.get("query"), str) and data["query"].strip():
        text = Fields.of(data, file, line).checked("query", data["query"])
        return Conversation((Message("customer", text),), language=_language(data, file, line))
    if "messages" not in data:
        raise RecordError(file, line, "query", "a text in `query`, or `messages`, is expected")
    try:
        # A query's id need not be one of the store's.
        return conversation_from_dict({**data, "id": None}, file)
    except RecordError as error:
        raise RecordError(file, line, error.field, error.message) from error


def _language(data: Mapping[str, Any], file: str, line: int) -> str | None:
    return Fields.of(data, file, line).language()
