"""The domain's values: what a desk knows and what its customers write. All frozen, all plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, get_args

Role = Literal["customer", "agent", "note"]
Status = Literal["published", "pending", "retired"]
Kind = Literal["case", "article", "template", "question"]
SourceKind = Literal["case", "article"]
Tone = Literal["warm", "neutral", "formal"]
Length = Literal["short", "full"]
TONES: tuple[Tone, ...] = get_args(Tone)
LENGTHS: tuple[Length, ...] = get_args(Length)


class Emotion(StrEnum):
    """The customer's mood, from the newest messages."""

    NEUTRAL = "neutral"
    PLEASED = "pleased"
    CONFUSED = "confused"
    WORRIED = "worried"
    DISAPPOINTED = "disappointed"
    FRUSTRATED = "frustrated"
    ANGRY = "angry"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that one person wrote. `at` is in UTC with zone."""

    role: Role
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """What the desk knows of the customer. `language` is BCP 47, as the profile says."""

    name: str | None = None
    language: str | None = None
    tier: str | None = None
    joined: date | None = None


@dataclass(frozen=True, slots=True)
class Corrections:
    """What an agent put right in how a conversation is understood; None: as it is read."""

    category: str | None = None
    emotion: Emotion | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages with one customer, oldest first; at least one.

    `language` is the agent's choice for this conversation and beats profile and detection; `tone` and
    `length` are how the agent wants the reply, None as the desk and the channel have it. `title` is what the
    desk calls it.
    """

    messages: tuple[Message, ...]
    id: str | None = None
    channel: str | None = None
    customer: Customer = Customer()
    slots: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    tone: Tone | None = None
    length: Length | None = None
    title: str | None = None
    corrections: Corrections = Corrections()

    def by(self, role: Role) -> tuple[Message, ...]:
        """The messages of one role, oldest first."""
        return tuple(m for m in self.messages if m.role == role)


MOST_TRIES = 2**31 - 1
"""Tries that a case can tell of: what an index column holds."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a resolved conversation ended; None where the desk doesn't know. `csat` is 1 to 5.

    `nps` is the answer to "would you recommend us", 0 to 10.

    A case that others were merged into `worked` so often of the times it was `tried`; None: it is one.
    """

    resolved: bool | None = None
    reopened: bool | None = None
    csat: int | None = None
    handle_minutes: float | None = None
    worked: int | None = None
    tried: int | None = None
    nps: int | None = None


def tries_of(outcome: Outcome) -> tuple[int, int]:
    """How often it worked, of how many tries: those of all cases merged, else its own one."""
    if outcome.tried is not None:
        return min(outcome.worked or 0, outcome.tried), outcome.tried
    return int(outcome.resolved is True and not outcome.reopened), int(outcome.resolved is not None)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record came from."""

    system: str | None = None
    id: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A resolved conversation and its resolution."""

    id: str
    resolution: str
    problem: str = ""
    title: str | None = None
    language: str = "en"
    reply: str | None = None
    steps: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    category: str | None = None
    tags: tuple[str, ...] = ()
    product: str | None = None
    channel: str | None = None
    outcome: Outcome = Outcome()
    resolved_at: datetime | None = None
    policies: tuple[str, ...] = ()
    source: Source = Source()
    status: Status = "published"


@dataclass(frozen=True, slots=True)
class PolicyArticle:
    """Policy text in force between two dates (both included, None is open). `body` is Markdown."""

    id: str
    title: str
    body: str
    language: str = "en"
    category: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    review_by: date | None = None
    audience: str | None = None
    translation_of: str | None = None
    url: str | None = None
    status: Status = "published"

    def in_force(self, on: date) -> bool:
        """Whether the article speaks for that day."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on <= self.effective_to
        )


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """One move of a reply in one language: a Jinja2 text with the conditions under which it fits.

    `situation`, `category`, `channel`, `emotion`, `tone` and `length` are None where the template fits
    any. `move` is one of greet, acknowledge, act, limits, next, close. `includes` names the families
    (ids without the language) that write the moves which this one's family doesn't.
    """

    id: str
    move: str
    body: str
    language: str = "en"
    situation: str | None = None
    category: str | None = None
    register: Literal["formal", "informal"] = "formal"
    channel: str | None = None
    policies: tuple[str, ...] = ()
    status: Status = "published"
    emotion: str | None = None
    tone: Tone | None = None
    length: Length | None = None
    includes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A golden question: what a customer may ask, as one text or as messages, and what answers it.

    `relevant` are ids of cases and articles, empty when nothing in the base answers it, None when only
    the category is known. `language` None: it is told from what is asked.
    """

    id: str
    query: str | None = None
    messages: tuple[Message, ...] = ()
    relevant: tuple[str, ...] | None = None
    category: str | None = None
    language: str | None = None
    status: Status = "published"

    def conversation(self) -> Conversation:
        """The question as it is understood and searched."""
        asked = (Message("customer", self.query),) if self.query else self.messages
        return Conversation(asked, language=self.language)


Record = Case | PolicyArticle | ReplyTemplate | Question


@dataclass(frozen=True, slots=True)
class Passage:
    """The smallest citable stretch of a source: a case's problem, or a section of an article.

    `key` is unique in the base and stable (`case:C-1/problem`, `article:returns#the-30-days`).
    `heading` is the section's own heading, `text` what is shown, `embedded` what the encoder reads,
    `words` what the word index reads (empty: the source's other passages hold these words).
    """

    key: str
    kind: SourceKind
    source_id: str
    title: str
    text: str
    embedded: str
    words: str = ""
    heading: str = ""
    language: str = "en"
    category: str | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    audience: str | None = None
    # Ids of the articles that a case cites.
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the base's history. `seq` grows for ever; `snapshot` is the record after the change."""

    seq: int
    kind: Kind
    record_id: str
    version: int
    action: Literal["added", "updated", "retired"]
    actor: str
    at: datetime
    snapshot: Record
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What an agent did with a suggestion, or with one item of it."""

    suggestion_id: str
    verdict: Literal["shown", "copied", "used", "edited", "rejected", "helpful", "wrong"]
    item: str | None = None
    reason: str | None = None
    conversation_id: str | None = None
    text_before: str | None = None
    text_after: str | None = None
