"""Cases, articles, templates and golden questions as JSON over HTTP, in the exchange formats' fields."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from knowledge_base.models import MOST_TRIES, Length, Status, Tone
from web.findings import FindingJson
from web.schemas import Date, Language, MessageJson, Schema, Time


class OutcomeJson(Schema):
    """How a case ended."""

    resolved: bool | None = None
    reopened: bool | None = None
    csat: int | None = Field(None, ge=1, le=5)
    handle_minutes: float | None = Field(None, ge=0)
    worked: int | None = Field(None, ge=0, le=MOST_TRIES)
    tried: int | None = Field(None, ge=0, le=MOST_TRIES)
    nps: int | None = Field(None, ge=0, le=10)


class SourceJson(Schema):
    """Where a case came from."""

    system: str | None = None
    id: str | None = None
    url: str | None = None


class CaseJson(Schema):
    """A resolved conversation and its resolution; `problem` or `messages` must say what it was about."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "C-9001",
                    "title": "Refund for a parcel lost in transit",
                    "problem": "No scan for a week, the customer asks for the money back.",
                    "resolution": "Opened a trace, refunded in full with the delivery fee.",
                    "category": "lost_parcel",
                    "policies": ["lost-parcels#replacement-or-refund"],
                }
            ]
        }
    )

    id: str
    resolution: str
    problem: str | None = None
    title: str | None = None
    language: Language | None = None
    reply: str | None = None
    steps: list[str] = Field(default_factory=list)
    messages: list[MessageJson] = Field(default_factory=list)
    category: str | None = None
    tags: list[str] = Field(default_factory=list)
    product: str | None = None
    channel: str | None = None
    outcome: OutcomeJson | None = None
    resolved_at: Time | None = None
    policies: list[str] = Field(default_factory=list)
    source: SourceJson | None = None
    status: Status = "published"


class ArticleJson(Schema):
    """A policy article; `body` is Markdown whose headings divide it into sections."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "returns",
                    "title": "Returns",
                    "effective_from": "2026-02-01",
                    "body": "## The 30 days\nYou may return what you bought within 30 days.",
                }
            ]
        }
    )

    id: str
    title: str
    body: str
    language: Language | None = None
    category: str | None = None
    effective_from: Date | None = None
    effective_to: Date | None = None
    review_by: Date | None = None
    audience: str | None = None
    translation_of: str | None = None
    url: str | None = None
    status: Status = "published"


class TemplateJson(Schema):
    """One move of a reply in one language, a Jinja2 text with the conditions under which it fits."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "lost_parcel/act",
                    "move": "act",
                    "category": "lost_parcel",
                    "body": "We send order {{ order_id }} again today.",
                }
            ]
        }
    )

    id: str
    move: Literal["greet", "acknowledge", "act", "limits", "next", "close"]
    body: str
    language: Language | None = None
    situation: str | None = None
    category: str | None = None
    register_: Literal["formal", "informal"] = Field("formal", alias="register")
    channel: str | None = None
    policies: list[str] = Field(default_factory=list)
    status: Status = "published"
    emotion: str | None = None
    tone: Tone | None = None
    length: Length | None = None
    includes: list[str] = Field(default_factory=list)


class QuestionJson(Schema):
    """A golden question: `query` or `messages`, and what answers it (`relevant` empty: nothing does)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "G-101",
                    "query": "My parcel hasn't moved for a week, is it lost?",
                    "relevant": ["C-1042", "lost-parcels"],
                    "category": "lost_parcel",
                }
            ]
        }
    )

    id: str
    query: str | None = None
    messages: list[MessageJson] = Field(default_factory=list)
    relevant: list[str] | None = None
    category: str | None = None
    language: Language | None = None
    status: Status = "published"


class Found(Schema):
    """What the checks found of what was written."""

    findings: list[FindingJson] = Field(default_factory=list)


class WrittenCase(CaseJson, Found):
    """A case as it is now, and what the checks found of it."""


class WrittenArticle(ArticleJson, Found):
    """An article as it is now, and what the checks found of it."""


class WrittenTemplate(TemplateJson, Found):
    """A template as it is now, and what the checks found of it."""


class WrittenQuestion(QuestionJson, Found):
    """A golden question as it is now, and what the checks found of it."""


class ChangeJson(Schema):
    """One entry of a record's history; `snapshot` is the record after the change."""

    seq: int
    version: int
    action: Literal["added", "updated", "retired"]
    actor: str
    at: Time
    reason: str | None
    snapshot: dict[str, Any]


class Restoring(Schema):
    """Which version comes back."""

    version: int = Field(ge=1)


class History(Schema):
    """What happened to a record, oldest first."""

    items: list[ChangeJson]
