"""A copilot for the web's tests that answers at once: what it suggests follows from the customer's words."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from copilot.authority.desk import AuthorityDesk
from copilot.bring_in.desk import BringIn
from copilot.checking.book import CheckBook
from copilot.checking.finding import Finding
from copilot.checking.gate import Gate
from copilot.curation.desk import Curation
from copilot.draft import TemplateBook
from copilot.erasing import Eraser
from copilot.finding import corrected
from copilot.gaps.desk import Gaps
from copilot.helpdesks.desk import Helpdesks
from copilot.helpdesks.models import Helpdesk
from copilot.inbox import Inbox
from copilot.insight.desk import Insight
from copilot.models import (
    Adjustment,
    Answer,
    CustomerDraft,
    Detection,
    Draft,
    DraftWarning,
    Evidence,
    Match,
    OutcomeCount,
    Place,
    PlanStep,
    Question,
    Situation,
    Slot,
    Span,
    SpanKind,
    SuggestedCase,
    SuggestedPassage,
    Suggestion,
    Understanding,
    Urgency,
    Wording,
)
from copilot.polishing.models import Polished
from copilot.practice.judge import Judge
from copilot.practice.rounds import Practice
from copilot.promises.complaint import complaint_due
from copilot.promises.follow_up import follow_up
from copilot.promises.keeping import follow_conversation, suggested
from copilot.translation.models import Translation
from copilot.understand.language import LanguageDetector
from copilot.understand.understand import Understander
from copilot.workshop import Workshop
from indexer.search import Generation
from knowledge_base.codec import format_time
from knowledge_base.errors import IndexMissingError, NoPolisherError, NoProviderError
from knowledge_base.models import Conversation, Emotion, Passage, SourceKind
from knowledge_base.sample_desk import sample_conversations
from knowledge_base.sayings import say
from knowledge_base.store import KnowledgeBase
from tests.fakes import WordHashEmbedder
from tests.gap_fakes import FakeNearest
from tests.review_fakes import build_review

Part = tuple[str, SpanKind, str]
C = TypeVar("C", bound="FakeCopilot")


def with_samples(copilot: C) -> C:
    """The same, once the sample desk's open conversations have arrived."""
    for _, _, conversation, _ in sample_conversations():
        copilot.inbox.receive(conversation)
    return copilot


ASKED = "What does the tracking page show at the moment?"
ASKED_ES = "¿Qué muestra ahora la página de seguimiento?"
NEEDED = "Could you please tell me your delivery address and your telephone number?"
NEEDED_ES = "¿Podría indicarme su dirección de entrega y su número de teléfono, por favor?"
NOTHING, BROKEN, NO_INDEX, SECRET = "xyzzy", "crash-once", "index-gone", "my secret 4711"

AGENT_PARTS: tuple[Part, ...] = (
    ("Hello ", "template", "template:greet/en"),
    ("Hannah", "slot", "slot:customer_name"),
    (",\n\n", "template", "template:greet/en"),
    ("I promised you an answer by 10 and you had none, after a week of the same line from Leipzig. "
     "I am sorry that you took a day off for it.\n\n", "template", "template:acknowledge/service-failure"),
    ("We now treat parcel ", "case", "case:C-1002"),
    ("[tracking_number]", "gap", "slot:tracking_number"),
    (" as lost and have asked Nordpost to search for it. ", "case", "case:C-1002"),
    ("The carrier answers us within 3 working days. ", "policy", "article:lost-parcels#opening-a-trace"),
    ("You choose: another Brewster, or 199.00 EUR back with the delivery fee.\n\n", "case", "case:C-1002"),
    ("I write to you by ", "template", "template:next/en"),
    ("[date]", "gap", "slot:date"),
    (", whatever the carrier says, about parcel ", "template", "template:next/en"),
    ("[tracking_number]", "gap", "slot:tracking_number"),
    (".\n\nKind regards,\nMaya", "template", "template:close/en"),
)  # fmt: skip
CUSTOMER_PARTS: tuple[Part, ...] = (
    ("Hola, ", "template", "template:greet/es"),
    ("Ana", "slot", "slot:customer_name"),
    (":\n\nSiento mucho que conste como entregado y no lo tenga. ", "template", "template:acknowledge/es"),
    ("Nordpost responde en 5 días laborables. ", "policy", "article:lost-parcels#opening-a-trace"),
    ("Le escribo antes del ", "template", "template:next/es"),
    ("[date]", "gap", "slot:date"),
    (".\n\nUn saludo,\nMaya", "template", "template:close/es"),
)  # fmt: skip


class FakeCopilot:
    """Suggests for a lost parcel; Spanish words get a Spanish version, the words above their trouble."""

    def __init__(
        self,
        knowledge: KnowledgeBase,
        *,
        polishes: bool = False,
        helpdesks: Sequence[Helpdesk] = (),
        folder: Path | None = None,
        publishers: tuple[str, ...] = (),
        rules: Path | None = None,
        gate: tuple[str, ...] = ("warn",),
    ) -> None:
        self.knowledge, self.polishes = knowledge, polishes
        self.workshop = Workshop(knowledge, Understander(LanguageDetector(("en", "es"))), agent_name="Maya")
        self.authority = AuthorityDesk(knowledge)
        self.eraser = Eraser(knowledge)
        reader = Understander(LanguageDetector(("en", "es", "pl")))
        self.inbox = Inbox(knowledge.conversations, reader, self.suggest)
        self.practice = Practice(
            knowledge, Judge(WordHashEmbedder(), reader, self.authority), LanguageDetector(("en", "es", "pl"))
        )
        self.gate = Gate(
            knowledge, gate=gate, publishers=publishers, today=lambda: knowledge.tallies.clock().date()
        )
        self.checks = CheckBook(lambda: FOUND, clock=knowledge.tallies.clock)
        self.review = build_review(knowledge, publishers=publishers, rules=rules, gate=self.gate)
        self.insight = Insight(knowledge, knowledge.tallies.clock)
        self.gaps = Gaps(
            knowledge,
            self.review,
            WordHashEmbedder(),
            FakeNearest(),
            floor=0.3,
            clock=knowledge.tallies.clock,
        )
        self.curation = Curation(knowledge, _no_index, WordHashEmbedder())
        self.helpdesks = Helpdesks(helpdesks, knowledge.deliveries, self.inbox, page="https://desk.example")
        self.bring_in = BringIn(
            knowledge, folder or Path(tempfile.gettempdir(), "precedent-test-imports"), root=folder
        )
        self.polishing = threading.Event()  # cleared, a polishing waits until it is set again
        self.polishing.set()
        self.warmed = self.crashed = False
        self.learned: list[tuple[str, str, str]] = []

    def suggest(self, conversation: Conversation) -> Suggestion:
        said = "\n".join(message.text for message in conversation.messages)
        if NO_INDEX in said:
            raise IndexMissingError("nothing is indexed yet: run `precedent index`")
        if BROKEN in said and not self.crashed:
            self.crashed = True
            raise RuntimeError(SECRET)
        suggestion = _nothing(conversation) if NOTHING in said else _suggestion(conversation, said)
        understood = corrected(suggestion.understanding, conversation.corrections)
        suggestion = self._promised(replace(suggestion, understanding=understood), conversation)
        self.knowledge.keep_suggestion(suggestion.id, suggestion.conversation_id, suggestion.as_json())
        return suggestion

    def _promised(self, suggestion: Suggestion, conversation: Conversation) -> Suggestion:
        """What was promised is read and kept as the real copilot does, by the base's clock."""
        stored = follow_conversation(self.knowledge, conversation)
        promises, differ = suggested(stored, conversation, self.knowledge.promises.clock())
        due = complaint_due(conversation, suggestion.understanding)
        told = format_time(due) if due else None
        return replace(suggestion, promises=promises, contradictions=differ, complaint_due=told)

    def search(self, text: str, *, kind: SourceKind | None = None, limit: int = 10) -> list[Evidence]:
        passage = Passage("case:C-1002/problem", "case", "C-1002", "Coffee machine lost", f"About {text}", "")
        return [] if kind == "article" else [Evidence(passage, 0.8, 0.9, (text,))][:limit]

    def detect(self, text: str) -> Detection:
        if "pedido" in text:
            return Detection("es", 0.97, (("es", 0.97), ("pt", 0.02)))
        return Detection(None, 0.0)

    def translate(self, text: str, *, target: str, source: str | None = None) -> Translation:
        if (source or "es") != "es":
            raise NoProviderError(f"no translator is configured from {source} to {target}")
        return Translation(f"({target}) {text}", "es", target, "fake")

    def check(
        self, text: str, conversation: Conversation, suggestion_id: str | None
    ) -> tuple[DraftWarning, ...]:
        said = " ".join(message.text for message in conversation.messages)
        return tuple(
            DraftWarning("unsupported_amount", found[0], found.start(), found.end())
            for found in re.finditer(r"\d+\.\d\d EUR", text)
            if found[0] not in said
        )

    def learn(self, suggestion_id: str, edited: str, *, who: str) -> int:
        """Learns nothing: it translates nothing either."""
        self.learned.append((suggestion_id, edited, who))
        return 0

    def follow_up(self, promise_id: int) -> Draft:
        book = self.knowledge.promises
        return follow_up(book.find(promise_id), TemplateBook(), book.clock(), agent_name="Maya")

    def polish(
        self,
        conversation: Conversation,
        *,
        text: str | None = None,
        suggestion_id: str | None = None,
        language: str | None = None,
    ) -> Polished:
        if not self.polishes:
            raise NoPolisherError("no polisher is configured: set PRECEDENT_POLISHER_URL")
        self.polishing.wait(20)
        draft = text if text is not None else self.knowledge.suggestion(suggestion_id or "")["draft"]["text"]
        polished = draft.replace("I am sorry that you", "I am truly sorry that you")
        warnings = self.check(polished, conversation, suggestion_id)
        if polished == draft:
            return Polished(draft, draft, False, "new_promise", warnings)
        return Polished(polished, draft, True, None, warnings)

    def ready(self) -> bool:
        return self.warmed

    def passages(self) -> int:
        return 812

    def warm(self) -> None:
        self.warmed = True


FOUND = (
    Finding(
        "dead_reference", "error", "case:C-1", say("cites %(named)s, which is not published", named="'x'")
    ),
    Finding("contradiction", "warning", "case:C-1", "“within 30 days” does not go with “within 14 days”"),
    Finding("expiry", "note", "article:returns", say("no longer in force since %(day)s", day="2026-01-01")),
    Finding("golden", "warning", "golden:G-1", say("nothing that is published answers it any more")),
)
"""What the checks of the whole base find."""


def _no_index() -> Generation:
    raise IndexMissingError("nothing is indexed yet: run `precedent index`")


def _suggestion(conversation: Conversation, said: str) -> Suggestion:
    spanish = "pedido" in said
    language = "es" if spanish else "pl" if "zamówi" in said else "en"
    return Suggestion(
        id=f"S-{conversation.id}",
        conversation_id=conversation.id,
        reason=None,
        understanding=_understanding(conversation, language),
        cases=(_held(conversation), _reopened()),
        passages=(_policy(conversation), _internal()),
        plan=(
            PlanStep("Check the date of the last scan", "case:C-1002"),
            PlanStep("Open a trace with Nordpost", "case:C-1002"),
            PlanStep("Offer a replacement or a refund", "article:lost-parcels#replacement-or-refund"),
        ),
        draft=_draft(),
        customer_draft=_spanish() if spanish else None,
        notices=() if language != "pl" else ("no_template_or_translator:pl",),
        question=_question(spanish),
        needed=("address", "phone"),
        needed_request=Wording("en", NEEDED, *(("es", NEEDED_ES) if spanish else ())),
        timings_ms={"understand": 1.0, "total": 38.4},
    )


def _question(spanish: bool) -> Question:
    leads = (("case:C-1002", "article:lost-parcels#replacement-or-refund"), ("case:C-1002", "case:C-1017"))
    answers = (Answer("stuck", "nothing new for days", leads[0]), Answer("moving", "on its way", leads[1]))
    why = "What to do depends on what the tracking shows."
    other = ("es", ASKED_ES) if spanish else (None, None)
    return Question("tracking", "en", ASKED, (*answers, Answer("delivered", "delivered")), why, *other)


def _nothing(conversation: Conversation) -> Suggestion:
    parts: tuple[Part, ...] = (("Hello, I am looking into this now.", "template", "template:holding"),)
    text, spans = put_together(parts)
    return Suggestion(
        id=f"S-{conversation.id}",
        conversation_id=conversation.id,
        reason="no_evidence",
        understanding=_understanding(conversation, "en"),
        draft=Draft("en", text, spans),
        timings_ms={"total": 12.0},
    )


def put_together(parts: Iterable[Part]) -> tuple[str, tuple[Span, ...]]:
    """The text of some parts, and the spans that cover it."""
    text, spans = "", []
    for words, kind, source in parts:
        spans.append(Span(len(text), len(text) + len(words), kind, source))
        text += words
    return text, tuple(spans)


def _draft() -> Draft:
    text, spans = put_together(AGENT_PARTS)
    start = text.index("199.00 EUR")
    warning = DraftWarning("unsupported_amount", "199.00 EUR", start, start + len("199.00 EUR"))
    return Draft("en", text, spans, ("tracking_number", "date"), (warning,))


def _spanish() -> CustomerDraft:
    text, spans = put_together(CUSTOMER_PARTS)
    back = "Hello Ana:\n\nI am very sorry that the parcel shows as delivered and you don't have it."
    return CustomerDraft("es", text, "localized_template", None, back, ("numbers_changed",), spans)


def _understanding(conversation: Conversation, language: str) -> Understanding:
    slots = {"customer_name": conversation.customer.name or "Customer", **conversation.slots}
    return Understanding(
        language=language,
        language_confidence=0.97,
        request=conversation.messages[-1].text,
        category="lost_parcel",
        emotion=Emotion.FRUSTRATED,
        situation=Situation.SERVICE_FAILURE,
        urgency=Urgency.HIGH,
        slots={name: Slot(name, value, value, "given") for name, value in slots.items()},
    )


def _matches(
    conversation: Conversation, told: Sequence[tuple[str, str, str]], fields: Mapping[str, str]
) -> tuple[Match, ...]:
    """A match for each phrase of the customer that stands in a message, with a field's phrase."""
    found: list[Match] = []
    for mine, field, theirs in told:
        number = next((n for n, m in enumerate(conversation.messages) if mine in m.text), None)
        if number is not None:
            said = _place(f"message:{number}", conversation.messages[number].text, mine)
            found.append(Match(mine, theirs, mine == theirs, said, _place(field, fields[field], theirs)))
    return tuple(found)


def _place(part: str, text: str, phrase: str) -> Place:
    start = text.index(phrase)
    return Place(part, start, start + len(phrase))


def _held(conversation: Conversation) -> SuggestedCase:
    case = _held_alone()
    told = (
        ("it never moves", "problem", "has not moved"),
        ("give me back my money", "resolution", "replacement or refund"),
        ("coffee machine", "title", "Coffee machine"),
        ("no ha llamado nadie", "problem", "has not moved"),
    )
    fields = {"title": case.title, "problem": case.problem, "resolution": case.resolution}
    matches = _matches(conversation, told, fields)
    return replace(case, matches=matches, why=tuple(match.customer for match in matches))


def _held_alone() -> SuggestedCase:
    return SuggestedCase(
        id="C-1002",
        title="Coffee machine lost on the way, refund chosen",
        relevance=0.83,
        confidence=0.91,
        why=(),
        resolution="With no scan for 5 working days the parcel counts as lost. Open a trace, tell the "
        "customer the carrier answers within 3 working days, then let them choose replacement or refund.",
        steps=(
            "Check the date of the last scan",
            "Open a trace with the carrier",
            "Offer replacement or refund",
        ),
        outcome=OutcomeCount(14, 15),
        source={"system": "zendesk", "id": "88123", "url": "https://desk.example/88123"},
        language="en",
        category="lost_parcel",
        problem="The tracking of a coffee machine has not moved for a week, the customer wants a refund.",
        reply="Hello …",
        ended="held",
        adjustments=(
            Adjustment("outcome", 0.004, "the fix worked 14 of 15 times"),
            Adjustment("feedback", 0.13, "2 colleagues found it helpful for conversations like this"),
        ),
    )


def _reopened() -> SuggestedCase:
    return SuggestedCase(
        id="C-1017",
        title="Asked the customer to wait another week",
        relevance=0.61,
        confidence=0.52,
        why=(),
        resolution="Asked for patience and closed the case; the customer came back angrier.",
        steps=(),
        outcome=OutcomeCount(0, 1),
        source={"system": None, "id": None, "url": "javascript:alert(1)"},
        language="en",
        category="late_delivery",
        problem="A customer waiting for a lamp asked where it was.",
        reply=None,
        ended="reopened",
        adjustments=(
            Adjustment("outcome", -0.021, "the fix worked 0 of 1 times"),
            Adjustment("policy", -0.05, "its policy “Late delivery” changed on 1 Feb 2026, after this case"),
            Adjustment("feedback", -0.25, "2 colleagues found it wrong for conversations like this"),
        ),
    )


def _policy(conversation: Conversation) -> SuggestedPassage:
    passage = _policy_alone()
    told = (("have heard nothing", "text", "as soon as we have its answer"),)
    matches = _matches(conversation, told, {"text": passage.text})
    return replace(passage, matches=matches, why=tuple(match.customer for match in matches))


def _policy_alone() -> SuggestedPassage:
    return SuggestedPassage(
        article_id="lost-parcels",
        title="Parcels lost on the way",
        section="Opening a trace",
        text="When a parcel counts as lost, we open a trace with the carrier. The carrier answers us within "
        "3 working days, and we write to you as soon as we have its answer.",
        relevance=0.8,
        confidence=0.88,
        why=(),
        language="en",
        audience=None,
        url="https://help.tidewell.example/en/delivery/lost-parcels",
    )


def _internal() -> SuggestedPassage:
    return SuggestedPassage(
        article_id="goodwill-authority",
        title="Goodwill: who may grant what",
        section="What an agent may grant",
        text="An agent alone may grant a voucher of up to €20 per case, and up to €60 per customer a year.",
        relevance=0.5,
        confidence=0.47,
        why=(),
        language="en",
        audience="agents",
        url=None,
    )
