"""Cheap records for tests: every field has a value that can be overridden by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from knowledge_base.models import (
    Case,
    Conversation,
    Customer,
    Message,
    PolicyArticle,
    Question,
    ReplyTemplate,
)
from knowledge_base.store import KnowledgeBase

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is set."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def on(self, by: timedelta = timedelta(days=1)) -> None:
        """Let time go by."""
        self.now += by


def make_case(id: str = "C-1", **fields: Any) -> Case:
    """A published case about a lost parcel."""
    values: dict[str, Any] = {
        "resolution": "Sent a replacement.",
        "problem": "The parcel never arrived.",
        "category": "lost_parcel",
    }
    return Case(id=id, **values | fields)


def make_article(id: str = "returns", **fields: Any) -> PolicyArticle:
    """A published article of two sections."""
    values: dict[str, Any] = {
        "title": "Returns",
        "body": "## The 30 days\nYou have 30 days.\n\n## Cost\nThe label costs 3.90 EUR.",
    }
    return PolicyArticle(id=id, **values | fields)


def make_template(id: str = "lost/act", **fields: Any) -> ReplyTemplate:
    """A published template of the move `act`."""
    values: dict[str, Any] = {"move": "act", "body": "We send {{ order_id }} again today."}
    return ReplyTemplate(id=id, **values | fields)


def make_question(id: str = "G-1", **fields: Any) -> Question:
    """A golden question that case C-1 answers."""
    values: dict[str, Any] = {"query": "My parcel never arrived.", "relevant": ("C-1",)}
    return Question(id=id, **values | fields)


def make_conversation(*texts: str, **fields: Any) -> Conversation:
    """A conversation in which the customer wrote these texts, one after the other."""
    said = texts or ("My parcel has not arrived.",)
    values: dict[str, Any] = {"id": "K-1", "customer": Customer(name="Ana Ruiz")}
    return Conversation(messages=tuple(Message("customer", text) for text in said), **values | fields)


def open_base(folder: Path, name: str = "precedent.db", **options: Any) -> KnowledgeBase:
    """A base in a folder, its clock standing at noon."""
    return KnowledgeBase.open(f"sqlite:///{folder / name}", **{"clock": lambda: NOON} | options)
