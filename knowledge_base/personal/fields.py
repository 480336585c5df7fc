"""The fields whose texts are searched for personal data, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal, get_args

from knowledge_base.models import Case, Kind, PolicyArticle, Question, Record, ReplyTemplate
from knowledge_base.personal.models import KINDS, PersonalKind

Field = Literal[
    "case.title", "case.problem", "case.resolution", "case.reply", "case.steps", "case.messages",
    "question.query", "question.messages", "article.title", "article.body", "template.body",
    "change.reason", "dismissal.reason", "feedback.reason", "gap.why", "grant.why", "look.note",
    "practice.reply", "review.reason", "translation.text",
]  # fmt: skip
FIELDS: tuple[Field, ...] = get_args(Field)
Note = Literal[
    "change.reason", "dismissal.reason", "feedback.reason", "gap.why", "grant.why", "look.note",
    "practice.reply", "review.reason", "translation.text",
]  # fmt: skip
"""Those of them that are no record's: what people write beside the records."""
Slot = tuple[Field, int]
"""A text of a record: its field, and its number where the field holds several."""
PUBLIC: frozenset[Kind] = frozenset({"article", "template"})
"""Kinds that the desk itself writes, for everybody: whom they name wants to be named."""


def on_by_default(field: Field, kind: PersonalKind) -> bool:
    """Cases, questions and notes tell of customers; just a page names none."""
    return field.partition(".")[0] not in PUBLIC and kind != "web_page"


def texts_of(record: Record) -> dict[Slot, str]:
    """The texts of a record that are searched, empty ones left out."""
    return {slot: text for slot, text in _texts(record) if text}


def with_texts(record: Record, texts: Mapping[Slot, str]) -> Record:
    """The record with other texts in the places that `texts_of` names."""
    if isinstance(record, Case):
        return replace(
            record,
            title=texts.get(("case.title", 0), record.title),
            problem=texts.get(("case.problem", 0), record.problem),
            resolution=texts.get(("case.resolution", 0), record.resolution),
            reply=texts.get(("case.reply", 0), record.reply),
            steps=tuple(texts.get(("case.steps", n), step) for n, step in enumerate(record.steps)),
            messages=tuple(
                replace(m, text=texts.get(("case.messages", n), m.text))
                for n, m in enumerate(record.messages)
            ),
        )
    if isinstance(record, Question):
        return replace(
            record,
            query=texts.get(("question.query", 0), record.query),
            messages=tuple(
                replace(m, text=texts.get(("question.messages", n), m.text))
                for n, m in enumerate(record.messages)
            ),
        )
    if isinstance(record, PolicyArticle):
        return replace(
            record,
            title=texts.get(("article.title", 0), record.title),
            body=texts.get(("article.body", 0), record.body),
        )
    return replace(record, body=texts.get(("template.body", 0), record.body))


def public_words(record: Record) -> frozenset[str]:
    """Words of the record that name a thing and nobody, folded: those of a case's product."""
    from knowledge_base.personal.words import fold

    product = record.product if isinstance(record, Case) else None
    return frozenset(fold(product).split()) if product else frozenset()


def every_pair() -> Iterator[tuple[Field, PersonalKind]]:
    """All that can be switched."""
    return ((field, kind) for field in FIELDS for kind in KINDS)


def _texts(record: Record) -> Iterator[tuple[Slot, str | None]]:
    if isinstance(record, Case):
        yield ("case.title", 0), record.title
        yield ("case.problem", 0), record.problem
        yield ("case.resolution", 0), record.resolution
        yield ("case.reply", 0), record.reply
        yield from ((("case.steps", n), step) for n, step in enumerate(record.steps))
        yield from ((("case.messages", n), m.text) for n, m in enumerate(record.messages))
    elif isinstance(record, Question):
        yield ("question.query", 0), record.query
        yield from ((("question.messages", n), m.text) for n, m in enumerate(record.messages))
    elif isinstance(record, PolicyArticle):
        yield ("article.title", 0), record.title
        yield ("article.body", 0), record.body
    elif isinstance(record, ReplyTemplate):
        yield ("template.body", 0), record.body
