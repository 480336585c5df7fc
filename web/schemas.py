"""The JSON that goes in and out over HTTP. The domain's own readers check what a value means.

Suggestions, detections and translations go out as the copilot's own dataclasses; `record_schemas` has the
records.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

from copilot.models import Adjustment
from knowledge_base.grants import MAX_ARTICLE, MAX_NAME, MAX_WHY, GrantKind
from knowledge_base.models import Emotion, Length, Role, SourceKind, Tone

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


class CorrectionsJson(Schema):
    """What an agent put right in how a conversation is understood; null: as it is read."""

    category: Written | None = None
    emotion: Emotion | None = None


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
    tone: Tone | None = Field(None, description="how the reply sounds; without it as the desk has it")
    length: Length | None = Field(None, description="how much it says; without it short in a chat")
    title: Written | None = Field(None, description="what the desk calls it")
    corrections: CorrectionsJson | None = None


class About(Schema):
    """Which conversation is meant: the whole of it, or the id of one that is kept."""

    conversation: ConversationJson | None = None
    conversation_id: str | None = Field(None, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.conversation is None) == (self.conversation_id is None):
            raise ValueError("give either `conversation` or `conversation_id`")
        return self


class CheckRequest(About):
    """A draft that the agent changed, to be proved against policy and the conversation."""

    text: Annotated[Written, Field(max_length=MAX_TEXT)]
    suggestion_id: str | None = None


class Warning_(Schema):
    """Something the agent must look at before signing; `advice` says what to do."""

    model_config = ConfigDict(title="Warning")

    code: str
    text: str
    start: int
    end: int
    advice: str
    source: str | None = Field(
        None, description="the clause that it offends", examples=["article:goodwill#agents"]
    )


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
    adjustments: list[Adjustment] = Field(description="what moved it, as shares of its relevance")


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


class PolishRequest(About):
    """A draft to be reworded: a text, or else the draft of a suggestion that was kept."""

    text: Text | None = Field(None, examples=["Your parcel has not arrived. We are looking for it."])
    suggestion_id: str | None = Field(None, max_length=200)
    language: Language | None = Field(None, description="of the text; told from it if left out")


class Change(Schema):
    """A stretch of words that both have, or that only the draft (`out`) or the new wording (`in`) has."""

    kind: Literal["same", "out", "in"]
    text: str


class PolishAnswer(Schema):
    """The text that stands. Where it is the draft itself, `reason` and `explanation` say why."""

    text: str
    polished: bool
    reason: str | None = Field(examples=["new_promise"])
    explanation: str | None
    difference: list[Change]
    warnings: list[Warning_]


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


class FeedbackFilter(Schema):
    """Which feedback to list."""

    suggestion_id: str | None = Field(None, max_length=200)
    item: str | None = Field(None, max_length=300, examples=["case:C-1001"])
    limit: int = Field(100, ge=1, le=1000)


class FeedbackEntry(Schema):
    """Feedback as it is kept; withdrawn feedback counts no more."""

    id: int
    suggestion_id: str
    verdict: str
    item: str | None
    reason: str | None
    conversation_id: str | None
    actor: str
    at: Time
    withdrawn_at: Time | None
    withdrawn_by: str | None


class FeedbackList(Schema):
    """Feedback, newest first."""

    items: list[FeedbackEntry]


class GrantRequest(Schema):
    """A grant to be logged now; without `who` the request's actor grants it."""

    kind: GrantKind
    why: Annotated[Written, Field(min_length=1, max_length=MAX_WHY)]
    amount: str | None = Field(None, max_length=40, examples=["20.00 EUR", "15 %"])
    article: str | None = Field(None, max_length=MAX_ARTICLE, examples=["late-returns#up-to-14-days-late"])
    who: Annotated[Written, Field(max_length=MAX_NAME)] | None = None
    approved_by: Annotated[Written, Field(max_length=MAX_NAME)] | None = None
    conversation_id: str | None = Field(None, max_length=200)
    customer: str | None = Field(None, max_length=64, description="a suggestion's `customer_key`")


class GrantEntry(Schema):
    """A grant as it is kept. `customer` is a digest."""

    id: str
    kind: GrantKind
    amount: str | None
    article: str | None
    who: str
    why: str
    approved_by: str | None
    conversation_id: str | None
    customer: str | None
    at: Time


class GrantFilter(Schema):
    """Which grants to list."""

    article: str | None = Field(None, max_length=MAX_ARTICLE)
    kind: GrantKind | None = None
    customer: str | None = Field(None, max_length=64)
    limit: int = Field(100, ge=1, le=1000)


class GrantList(Schema):
    """Grants, newest first."""

    items: list[GrantEntry]


class Categories(Schema):
    """The categories of published cases and articles, in alphabetical order."""

    items: list[str]


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
    errors: list[FieldProblem] = Field(default_factory=list)
