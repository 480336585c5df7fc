"""What the copilot makes of a conversation: understanding, query, evidence, draft, suggestion.

The names of the fields are those of the exchange format, so that `as_json` needs no table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal

from knowledge_base.models import Case, Emotion, Passage


class Situation(StrEnum):
    """The ten difficult situations of the handbook; a conversation may be in none."""

    AGGRESSIVE_CUSTOMER = "aggressive_customer"
    SERVICE_FAILURE = "service_failure"
    POLICY_RESTRICTION = "policy_restriction"
    EMERGENCY = "emergency"
    UNREASONABLE_DEMAND = "unreasonable_demand"
    LANGUAGE_BARRIER = "language_barrier"
    COMPLEX_TECHNICAL = "complex_technical"
    EXPECTATIONS = "expectations"
    NEGATIVE_FEEDBACK = "negative_feedback"
    CUSTOMER_DISPUTE = "customer_dispute"


class Urgency(StrEnum):
    """How soon somebody must act."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Stage(StrEnum):
    """What the next reply answers: a greeting, a request made first or again, an answer, or thanks."""

    GREETING = "greeting"
    FIRST = "first"
    LATER = "later"
    ANSWER = "answer"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True)
class Detection:
    """A language (BCP 47) with its probability; None where it can't be told. Candidates best first."""

    language: str | None
    confidence: float
    candidates: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A fact of the conversation. `text` is as written; `value` is normalised (ISO dates, `59.90 EUR`).

    `source` is `message:N` (index into the conversation), `given` (the desk's own field) or `customer`.
    """

    name: str
    value: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the conversation says. `request` is what the customer wants now, in their own words.

    `policy_date` (ISO) is the day whose policy applies where that isn't the day of contact; `policy_date_of`
    tells what happened on it (`order_date`, `delivery_date`, `contract_date`).
    """

    language: str | None
    language_confidence: float
    request: str
    category: str | None = None
    emotion: Emotion = Emotion.NEUTRAL
    situation: Situation | None = None
    urgency: Urgency = Urgency.NORMAL
    stage: Stage = Stage.FIRST
    policy_date: str | None = None
    policy_date_of: str | None = None
    slots: Mapping[str, Slot] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for. `views` are several readings of one want, the first in the customer's words.

    `said` is what the customer wrote, newest first, each with its name (`message:N`); without it the
    first view is. `original` are the same views in the customer's own words, in the language `spoken`, where
    `views` are their translation. `silent` are words that never explain a match: the customer's name.
    `earlier` says that the last view is what was said before: it counts only if it is about the same.
    """

    views: tuple[str, ...]
    language: str | None = None
    said: tuple[tuple[str, str], ...] = ()
    original: tuple[str, ...] = ()
    spoken: str | None = None
    silent: tuple[str, ...] = ()
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a text, in characters, end excluded.

    `part` is `message:N` (index into the conversation) or `query` of what the customer wrote, or the
    shown field of a source: `title`, `problem`, `resolution`; `title`, `section`, `text`.
    """

    part: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase of the customer's and the source's phrase that says the same, both as they were written.

    `shared`: they have a telling word in common. `translated` is how the customer's phrase reads in the
    translation by which the two were compared.
    """

    customer: str
    source: str
    shared: bool
    customer_at: Place
    source_at: Place
    translated: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How often a fix worked out of how often it was tried."""

    worked: int
    tried: int


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What moved an item up or down: `amount` is its share of the relevance, `text` says it plainly."""

    kind: Literal["outcome", "policy", "feedback"]
    amount: float
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage offered. `relevance`: higher is better. `confidence`: probability that it helps.

    Both hold the adjustments. `backed` is the confidence without what a single agent said; `outcome` counts
    over all cases with this case's fix. `found` is what the search found where `passage` is the article that
    it translates. `why` are the customer's phrases of `matches`.
    """

    passage: Passage
    relevance: float
    confidence: float
    why: tuple[str, ...] = ()
    case: Case | None = None
    url: str | None = None
    matches: tuple[Match, ...] = ()
    found: Passage | None = None
    backed: float = 0.0
    outcome: OutcomeCount | None = None
    adjustments: tuple[Adjustment, ...] = ()


Ending = Literal["held", "reopened", "unresolved"]


@dataclass(frozen=True, slots=True)
class SuggestedCase:
    """A similar case as the agent sees it. `outcome` is its fix's, `ended` tells how this case ended."""

    id: str
    title: str
    relevance: float
    confidence: float
    why: tuple[str, ...]
    resolution: str
    steps: tuple[str, ...]
    outcome: OutcomeCount
    source: Mapping[str, str | None]
    language: str
    category: str | None
    problem: str
    reply: str | None
    matches: tuple[Match, ...] = ()
    ended: Ending | None = None
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class SuggestedPassage:
    """A stretch of policy as the agent sees it. `audience` "agents" must not be quoted to customers."""

    article_id: str
    title: str
    section: str
    text: str
    relevance: float
    confidence: float
    why: tuple[str, ...]
    language: str
    audience: str | None
    url: str | None
    matches: tuple[Match, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One thing to do and where it comes from (`case:ID`, `article:ID#section`)."""

    step: str
    source: str


State = Literal["draft", "sent", "open"]


@dataclass(frozen=True, slots=True)
class PlaybookStep:
    """A move that the situation asks for, what it must do, and where it stands."""

    move: str
    goal: str
    state: State


SpanKind = Literal["template", "slot", "policy", "case", "gap"]


@dataclass(frozen=True, slots=True)
class Span:
    """Where a stretch of the draft comes from; offsets in characters, end excluded."""

    start: int
    end: int
    kind: SpanKind
    source: str


@dataclass(frozen=True, slots=True)
class DraftWarning:
    """Something the agent must look at before signing; `source` is the clause that it offends, if any."""

    code: str
    text: str
    start: int
    end: int
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """A value of a draft (`amount`, `period`, `name` …) and what backs it, as a span's `source`."""

    start: int
    end: int
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply with its provenance. `spans` cover the text without overlap, in order.

    A gap stands in the text as `[name]`, is one of `spans` with kind `gap`, and is named in `gaps`.
    `ready`: no gap is open and nothing is unproven. `proven` are its values with what backs each.
    """

    language: str
    text: str
    spans: tuple[Span, ...] = ()
    gaps: tuple[str, ...] = ()
    warnings: tuple[DraftWarning, ...] = ()
    proven: tuple[Proven, ...] = ()
    ready: bool = False


Origin = Literal["localized_template", "translation", "memory"]


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """The reply in the customer's language. `flags` say in codes and words what could not be said."""

    language: str
    text: str
    origin: Origin
    provider: str | None = None
    back_translation: str | None = None
    flags: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class SuggestedPromise:
    """A promise of this conversation that is open. Times are UTC; `due` None: it names no time.

    `id` is None where the conversation has none and nothing is kept. `promiser` is agent, desk or other.
    """

    id: int | None
    kind: str
    promiser: str
    sentence: str
    language: str
    amount: str | None
    due: str | None
    overdue: bool
    sent_at: str | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sentences of one conversation that differ in the amount, in the due time, or as one refuses."""

    kind: str
    differs: Literal["amount", "due", "refused"]
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence to the customer in the agent's language, and in the customer's where that is another."""

    language: str
    text: str
    customer_language: str | None = None
    customer_text: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A possible answer; `leads_to` names the sources that apply then (`case:ID`, `article:ID#…`)."""

    value: str
    label: str
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """The one question that best tells likely resolutions apart; `why` is for the agent.

    `customer_text` is the same in the customer's language where that is another that the bank knows.
    """

    name: str
    language: str
    text: str
    answers: tuple[Answer, ...]
    why: str
    customer_language: str | None = None
    customer_text: str | None = None


@dataclass(frozen=True, slots=True)
class LikeDecision:
    """How something like it was decided. `source` is `grant:ID` or `case:ID`, `outcome` granted or an Ending.

    `amounts` are in normal form (`20.00 EUR`, `15 %`), `clause` is `article:ID#section`, `day` an ISO date.
    """

    source: str
    outcome: str | None
    kind: str
    amounts: tuple[str, ...]
    day: str | None
    who: str | None
    why: str
    clause: str | None


@dataclass(frozen=True, slots=True)
class SpecialCase:
    """A wish that policy refuses, limits or leaves to somebody.

    `asked` is in the customer's words, `amount` in normal form. `alone`: the agent alone may grant it; None
    where policy doesn't say. `clause` is what says so, `limit` the most that the agent alone may grant, `who`
    decides where the agent can't, `reason` why not (amount, days, repeat, total, role). `before` is what the
    customer was granted in the time that counts; None: the conversation names no customer.
    """

    kind: str
    asked: str
    amount: str | None
    days_late: int | None
    alone: bool | None
    clause: str | None
    clause_text: str
    limit: str | None
    who: str | None
    reason: str | None
    before: tuple[LikeDecision, ...] | None


@dataclass(frozen=True, slots=True)
class Escalation:
    """What goes to somebody above the agent: to whom, why, by which clause, and what they need to know.

    `summary` is plain text in the agent's language, for the desk alone. `reply` and `customer_reply` are what
    the customer may be told meanwhile, in the agent's and in the customer's language: no amount, no date.
    """

    to: str
    why: str
    clause: str
    clause_text: str
    summary: str
    reply: str | None = None
    customer_reply: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the agent sees. `reason` is None, `no_evidence`, or why the customer's version is missing.

    `complaint_due` is the time (UTC) until which a complaint without a reply is to be acknowledged.
    `needed` names facts that only the customer can give, `needed_request` asks for them.
    `customer_key` is the digest under which the log of grants knows the customer.
    """

    id: str
    conversation_id: str | None
    reason: str | None
    understanding: Understanding
    cases: tuple[SuggestedCase, ...] = ()
    passages: tuple[SuggestedPassage, ...] = ()
    plan: tuple[PlanStep, ...] = ()
    playbook: tuple[PlaybookStep, ...] = ()
    draft: Draft | None = None
    customer_draft: CustomerDraft | None = None
    notices: tuple[str, ...] = ()
    promises: tuple[SuggestedPromise, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    complaint_due: str | None = None
    question: Question | None = None
    needed: tuple[str, ...] = ()
    needed_request: Wording | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    special_case: SpecialCase | None = None
    escalation: Escalation | None = None
    like_decisions: tuple[LikeDecision, ...] = ()
    customer_key: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The exchange format, ready for `json.dumps`."""
        return asdict(self)
