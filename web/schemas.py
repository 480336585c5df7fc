"""The JSON that goes in and out over HTTP. The domain's own readers check what a value means.

Suggestions, detections and translations go out as the copilot's own dataclasses.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictFloat, StrictInt, StrictStr

from knowledge_base.models import Role, SourceKind, Status

MAX_TEXT = 20_000
"""Characters of a text to search, detect or translate: a long e-mail four times over."""


def _whole_characters(value: object) -> object:
    # A customer's message is read whatever it holds: half a character and a NUL are no text.
    if not isinstance(value, str):
        return value
    return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


Written = Annotated[str, BeforeValidator(_whole_characters)]
"""What somebody wrote, with what can't be stored taken out."""
Text = Annotated[Written, Field(min_length=1, max_length=MAX_TEXT)]
Language = Annotated[str, Field(max_length=100, description="BCP 47", examples=["es"])]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-20T09:00:00Z"])]
Date = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2026-02-01"])]
SlotValue = StrictStr | StrictInt | StrictFloat | None


class Schema(BaseModel):
    """Base of all: unknown fields are ignored, so that senders may say more than is read."""

    model_config = ConfigDict(extra="ignore")


class MessageJson(Schema):
    """One thing that one person wrote."""

    role: Role
    text: Written
    at: Time | None = None


class CustomerJson(Schema):
    """What the desk knows of the customer."""

    name: Written | None = None
    language: Language | None = None
    tier: str | None = None
    joined: Date | None = None


class ConversationJson(Schema):
    """A conversation, oldest message first. `language` is the agent's choice and beats detection."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "K-77",
                    "channel": "chat",
                    "customer": {
                        "name": "Ana Ruiz",
                        "language": None,
                        "tier": "gold",
                        "joined": "2022-05-01",
                    },
                    "slots": {"order_id": "TW-481920"},
                    "messages": [
                        {
                            "role": "customer",
                            "text": "Hola, mi pedido TW-481920 no ha llegado",
                            "at": "2026-11-20T09:00:00Z",
                        }
                    ],
                }
            ]
        }
    )

    messages: list[MessageJson] = Field(min_length=1)
    id: str | None = None
    channel: str | None = None
    customer: CustomerJson | None = None
    slots: dict[str, SlotValue] | None = None
    language: Language | None = None


class CheckRequest(Schema):
    """A draft that the agent changed, to be proved against policy and the conversation."""

    text: Annotated[Written, Field(max_length=MAX_TEXT)]
    conversation: ConversationJson
    suggestion_id: str | None = None


class Warning_(Schema):
    """Something the agent must look at before signing; `advice` says what to do."""

    model_config = ConfigDict(title="Warning")

    code: str
    text: str
    start: int
    end: int
    advice: str


class CheckAnswer(Schema):
    """What the check found, in the order of the text."""

    warnings: list[Warning_]


class SearchRequest(Schema):
    """A search in the agent's own words."""

    text: Text = Field(examples=["parcel without a scan for a week"])
    kind: SourceKind | None = None
    limit: int = Field(10, ge=1, le=100)


class SearchHit(Schema):
    """A ranked case or section of an article. `confidence` is the probability that it helps."""

    kind: SourceKind
    id: str
    title: str
    section: str
    text: str
    language: str
    audience: str | None
    relevance: float
    confidence: float
    why: list[str]


class SearchAnswer(Schema):
    """What was found, best first."""

    results: list[SearchHit]


class DetectRequest(Schema):
    """A text whose language is asked for."""

    text: Text = Field(examples=["¿Dónde está mi pedido?"])


class TranslationRequest(Schema):
    """A text to be put into another language; without `source` it is detected."""

    text: Text = Field(examples=["¿Dónde está mi pedido?"])
    target: Language = Field(min_length=2)
    source: Language | None = None


class FeedbackJson(Schema):
    """What an agent did with a suggestion, or with one of its items (`case:C-1001`, `draft`)."""

    suggestion_id: str = Field(min_length=1, max_length=200)
    verdict: Literal["shown", "copied", "used", "edited", "rejected", "helpful", "wrong"]
    item: str | None = Field(None, max_length=300, examples=["case:C-1001", "draft"])
    reason: Annotated[Written, Field(max_length=1000)] | None = None
    conversation_id: str | None = None
    text_before: Annotated[Written, Field(max_length=MAX_TEXT)] | None = None
    text_after: Annotated[Written, Field(max_length=MAX_TEXT)] | None = None


class FeedbackAnswer(Schema):
    """The number under which the feedback is kept."""

    id: int


class OutcomeJson(Schema):
    """How a case ended."""

    resolved: bool | None = None
    reopened: bool | None = None
    csat: int | None = Field(None, ge=1, le=5)
    handle_minutes: float | None = Field(None, ge=0)


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
    steps: list[str] = []
    messages: list[MessageJson] = []
    category: str | None = None
    tags: list[str] = []
    product: str | None = None
    channel: str | None = None
    outcome: OutcomeJson | None = None
    resolved_at: Time | None = None
    policies: list[str] = []
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
    policies: list[str] = []
    status: Status = "published"
    emotion: str | None = None


class ChangeJson(Schema):
    """One entry of a record's history; `snapshot` is the record after the change."""

    seq: int
    version: int
    action: Literal["added", "updated", "retired"]
    actor: str
    at: Time
    reason: str | None
    snapshot: dict[str, Any]


class History(Schema):
    """What happened to a record, oldest first."""

    items: list[ChangeJson]


class SampleJson(Schema):
    """An open conversation of the bundled sample desk."""

    id: str
    title: str
    conversation: ConversationJson


class Samples(Schema):
    """The sample desk's open conversations."""

    items: list[SampleJson]


class State(Schema):
    """Whether the server is alive, or ready."""

    status: str


class FieldProblem(Schema):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Schema):
    """RFC 9457 problem details."""

    type: str = Field(examples=["urn:precedent:problem:not-found"])
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []
