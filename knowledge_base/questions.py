"""Golden questions in the exchange format of query files: a text or messages, and what answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from knowledge_base.codec import encode
from knowledge_base.conversations import conversation_from_dict
from knowledge_base.errors import RecordError
from knowledge_base.fields import Fields
from knowledge_base.models import Conversation, Message, Question
from knowledge_base.records import STATUSES

Labels = tuple[tuple[str, ...] | None, str | None]
"""`relevant` and `category`. Without either there is no label; `relevant` empty: nothing answers."""


def question_from_dict(data: object, file: str, line: int) -> Question:
    """Check a golden question; of a conversation only what is searched is kept. Raises RecordError."""
    fields = Fields.of(data, file, line)
    identifier = fields.identifier("id")
    conversation = conversation_of(fields)
    relevant, category = labels_of(fields)
    if relevant is None and category is None:
        fields.fail("relevant", "is missing; give the ids that answer it ([]: nothing does), or a category")
    query = asked_text(fields)
    return Question(
        id=identifier,
        query=query,
        messages=() if query else conversation.messages,
        relevant=relevant,
        category=category,
        # A profile's language decides as the agent's choice does where no other is known.
        language=conversation.language or conversation.customer.language,
        status=fields.choice("status", STATUSES, "published"),
    )


def question_to_dict(question: Question) -> dict[str, Any]:
    """Write a question as a line of a query file; what isn't said is left out."""
    data: dict[str, Any] = encode(question)
    unsaid: dict[str, Any] = {"query": None, "messages": [], "language": None, "status": "published"}
    return {
        name: value
        for name, value in data.items()
        if not (name in unsaid and value == unsaid[name]) and not (name == "relevant" and value is None)
    }


def labels_of(fields: Fields) -> Labels:
    """Read what answers a query; a category of null alone says, as an empty list does, that nothing does."""
    relevant, category = _ids(fields), fields.data.get("category")
    if category is not None and not (isinstance(category, str) and category.strip()):
        fields.fail("category", "a text or null is expected")
    if relevant is None and category is None and "category" in fields.data:
        relevant = ()
    return relevant, None if category is None else fields.checked("category", category)


def conversation_of(fields: Fields) -> Conversation:
    """Read what is asked, as one text in `query` or as the messages of a conversation."""
    text = asked_text(fields)
    if text is not None:
        return Conversation((Message("customer", text),), language=fields.language())
    if fields.data.get("messages") is None:
        fields.fail("query", "a text in `query`, or `messages`, is expected")
    try:
        # A query's id need not be one of the store's.
        return conversation_from_dict({**fields.data, "id": None}, fields.file)
    except RecordError as error:
        raise RecordError(fields.file, fields.line, error.field, error.message) from error


def is_question(data: Mapping[str, Any]) -> bool:
    """Tell a golden question from a case by its fields.

    Every case has a `resolution` and most a `problem`; messages with nothing but a category may be a
    case that lacks its resolution, and are taken for a question only where no other field is a case's.
    """
    if data.get("resolution") is not None or data.get("problem") is not None:
        return False
    if "query" in data or "relevant" in data:
        return True
    return "messages" in data and "category" in data and not data.keys() & _OF_CASES


_OF_CASES = frozenset(
    {"title", "reply", "steps", "tags", "product", "outcome", "resolved_at", "policies", "source"}
)


def asked_text(fields: Fields) -> str | None:
    """What is asked, where it is a text and no conversation."""
    query = fields.data.get("query")
    return fields.checked("query", query) if isinstance(query, str) and query.strip() else None


def _ids(fields: Fields) -> tuple[str, ...] | None:
    value = fields.data.get("relevant")
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        fields.fail("relevant", "a list of ids is expected")
    return tuple(dict.fromkeys(fields.checked(f"relevant[{n}]", one) for n, one in enumerate(value)))
