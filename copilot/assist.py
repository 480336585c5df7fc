"""The product on one page: a conversation in, a suggestion out."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from copilot.models import (
    CustomerDraft,
    Detection,
    DraftWarning,
    Evidence,
    Query,
    Situation,
    Suggestion,
    Understanding,
)
from copilot.present import suggested_case, suggested_passage
from copilot.retrieve import Index, Prepared, Retriever
from copilot.why.customer import names_in, said_by
from copilot.why.explain import Explainer
from indexer.live import LOOK_SECONDS
from knowledge_base.errors import IndexingError, NotFoundError, TranslationError
from knowledge_base.models import Conversation, Passage, ReplyTemplate, SourceKind
from knowledge_base.store import KnowledgeBase
from knowledge_base.verdicts import drafted_from

if TYPE_CHECKING:
    from copilot.draft import Backing, Composed, CustomerDrafter, Drafter, DraftInput
    from copilot.translation.models import Translation
    from copilot.translation.service import TranslationService
    from copilot.understand.language import LanguageDetector
    from copilot.understand.request import Request
    from copilot.understand.understand import Understander

MOST_CASES = 3
MOST_PASSAGES = 3
# A category names the template that speaks: of the golden questions' names above this four of five are right.
CATEGORY_FLOOR = 0.45


@dataclass(frozen=True, slots=True)
class Floors:
    """Below `show` nothing is shown; below `draft` no draft is written on it."""

    show: float
    draft: float


@dataclass(frozen=True, slots=True)
class Parts:
    """What a copilot is made of; `assemble.build_copilot` puts the real ones together."""

    knowledge: KnowledgeBase
    retriever: Retriever
    explainer: Explainer
    understander: Understander
    detector: LanguageDetector
    drafter: Drafter
    customer_drafter: CustomerDrafter
    translator: TranslationService | None
    floors: Floors
    agent_language: str
    agent_name: str | None


class Copilot:
    """Suggests for conversations, and answers for its parts. Thread-safe; holds no conversation."""

    def __init__(self, parts: Parts, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._parts, self._clock = parts, clock
        self.knowledge = parts.knowledge
        self._templates_seen, self._templates_looked = parts.knowledge.last_seq(), time.monotonic()

    def suggest(self, conversation: Conversation) -> Suggestion:
        """What the agent sees. Raises IndexingError subclasses when there is no index to search."""
        from copilot.draft import plan_of

        watch = _Watch()
        self._follow_templates()
        today = self._day(conversation)
        with watch.step("understand"):
            understanding, request = self._parts.understander.understand(conversation)
        with watch.step("translate"):
            queries = self._queries(_read(conversation, request, understanding))
        with watch.step("retrieve"):
            prepared = self._parts.retriever.prepare(queries, read=self._parts.explainer.reads_meaning)
            understanding = self._with_category(understanding, prepared)
            cases, passages = self._evidence(prepared, today)
        with watch.step("explain"):
            cases, passages = self._explained(cases, passages, prepared)
        with watch.step("draft"):
            given = self._draft_input(conversation, understanding, cases, passages, today)
            composed = self._compose(given)
            plan = plan_of(given.cases, given.passages)
        with watch.step("translate"):
            version, missing = self._customer_version(given, composed)
        suggestion = Suggestion(
            id=uuid.uuid4().hex,
            conversation_id=conversation.id,
            reason=None if cases or passages else "no_evidence",
            understanding=understanding,
            cases=tuple(suggested_case(evidence) for evidence in cases),
            passages=tuple(suggested_passage(evidence) for evidence in passages),
            plan=plan,
            draft=composed.draft,
            customer_draft=version,
            notices=missing,
            timings_ms=watch.times(),
        )
        self._keep(suggestion, prepared)
        return suggestion

    def search(self, text: str, *, kind: SourceKind | None = None, limit: int = 10) -> list[Evidence]:
        """The best cases and articles for a text, best first, however weak: confidence says how sure."""
        prepared = self.prepare_text(text)
        found = self.ranked(prepared, kind=kind, limit=limit)
        return self._parts.explainer.explained(found, prepared, meaning=False)

    def ranked(self, prepared: Sequence[Prepared], *, kind: SourceKind | None, limit: int) -> list[Evidence]:
        """What `search` gives, for a query that is prepared already."""
        kinds: tuple[SourceKind, ...] = ("case", "article") if kind is None else (kind,)
        today = self._clock().date()
        retrieve = self._parts.retriever.retrieve
        found = [retrieve(prepared, kind=one, on=today, limit=limit) for one in kinds]
        if kind is not None:
            return found[0][:limit]
        # What a single agent said orders what is shown, and decides on none of it.
        backed = sorted(chain.from_iterable(found), key=lambda e: (-e.backed, -e.relevance))[:limit]
        return by_confidence([backed])

    def prepare_text(self, text: str, language: str | None = None) -> list[Prepared]:
        """How a text is searched: whole, as it is, and translated where agents work in another language."""
        spoken = language or self.detect(text).language
        return self._parts.retriever.prepare(self._queries(Query((text,), spoken)))

    def prepare(self, conversation: Conversation) -> tuple[Understanding, list[Prepared]]:
        """How a conversation is understood and searched; evaluation measures exactly this."""
        understanding, request = self._parts.understander.understand(conversation)
        queries = self._queries(_read(conversation, request, understanding))
        prepared = self._parts.retriever.prepare(queries)
        return self._with_category(understanding, prepared), prepared

    def detect(self, text: str) -> Detection:
        """The language of a text, None where it can't be told."""
        return self._parts.detector.detect(text)

    def translate(self, text: str, *, target: str, source: str | None = None) -> Translation:
        """Raises NoProviderError without a translator, other TranslationErrors when it fails."""
        from copilot.translation.service import TranslationService

        service = self._parts.translator or TranslationService((), detector=self._parts.detector)
        return service.translate(text, target=target, source=source)

    def check(
        self, text: str, conversation: Conversation, suggestion_id: str | None = None
    ) -> tuple[DraftWarning, ...]:
        """Every amount, period, date and link of an edited reply that nothing offered or said backs."""
        from copilot.draft import check_text

        try:
            shown = self.knowledge.suggestion(suggestion_id) if suggestion_id else {}
        except NotFoundError:
            shown = {}
        return check_text(text, _backing(conversation, shown))

    def ready(self) -> bool:
        """Whether an index is loaded."""
        try:
            return bool(self._parts.retriever.generation.manifest.generation)
        except IndexingError:
            return False

    def passages(self) -> int:
        """How many passages the loaded index holds; 0 without one."""
        try:
            return self._parts.retriever.generation.manifest.passages
        except IndexingError:
            return 0

    @property
    def retriever(self) -> Retriever:
        """The search itself, for evaluation and checks."""
        return self._parts.retriever

    @property
    def floors(self) -> Floors:
        """From which confidence on something is shown and drafted on."""
        return self._parts.floors

    def searching(self, index: Index) -> Copilot:
        """The same copilot over another index: one that isn't serving yet, or is calibrated otherwise."""
        return Copilot(replace(self._parts, retriever=self._parts.retriever.over(index)), clock=self._clock)

    def warm(self) -> None:
        """Load every model now, so that the first agent doesn't wait for them."""
        self._parts.detector.detect("Where is my parcel?")
        if self.ready():
            self._parts.retriever.prepare([Query(("Where is my parcel?",), "en")])
            self._parts.retriever.warm()

    def _keep(self, suggestion: Suggestion, prepared: Sequence[Prepared]) -> None:
        """Keep what is shown with what it was searched by, so that feedback counts for like conversations."""
        document = suggestion.as_json()
        asked = replace(self._parts.retriever.asked(prepared), drafted_from=drafted_from(document))
        self.knowledge.keep_suggestion(suggestion.id, suggestion.conversation_id, document, asked=asked)

    def _follow_templates(self) -> None:
        """Take up templates that anybody changed, in this process or another, within LOOK_SECONDS."""
        if time.monotonic() - self._templates_looked < LOOK_SECONDS:
            return
        self._templates_looked = time.monotonic()
        newest = self.knowledge.last_seq()
        if newest != self._templates_seen:
            self._templates_seen = newest
            self._parts.drafter.templates.refresh(desk_templates(self.knowledge))

    def _day(self, conversation: Conversation) -> date:
        """The day for which policy must be in force: that of the newest message."""
        times = [message.at for message in conversation.messages if message.at is not None]
        return min(max(times), self._clock()).date() if times else self._clock().date()

    def _queries(self, asked: Query) -> list[Query]:
        """The original always; in another language its translation too, which then names the category."""
        if not asked.views:
            return []
        queries, language, agent = [asked], asked.language, self._parts.agent_language
        translator = self._parts.translator
        if language is None or translator is None or _primary(language) == _primary(agent):
            return queries
        try:
            told = tuple(translator.translate(v, target=agent, source=language).text for v in asked.views)
        except TranslationError:
            return queries  # the desk goes on in the original; the customer's version will say why
        return [*queries, replace(asked, views=told, language=agent, original=asked.views)]

    def _with_category(self, understanding: Understanding, prepared: Sequence[Prepared]) -> Understanding:
        category, probability = self._parts.retriever.category(prepared)
        return replace(understanding, category=category if probability >= CATEGORY_FLOOR else None)

    def _evidence(
        self, prepared: Sequence[Prepared], today: date
    ) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
        """Cases and passages that are good enough to be shown."""
        retriever, floor = self._parts.retriever, self._parts.floors.show
        cases = retriever.retrieve(prepared, kind="case", on=today, limit=MOST_CASES)
        passages = retriever.retrieve(prepared, kind="article", on=today, limit=MOST_PASSAGES)
        return (
            tuple(evidence for evidence in cases if evidence.confidence >= floor),
            tuple(evidence for evidence in passages if evidence.confidence >= floor),
        )

    def _explained(
        self, cases: Sequence[Evidence], passages: Sequence[Evidence], prepared: Sequence[Prepared]
    ) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
        """The same with the phrases that carry each match."""
        told = tuple(self._parts.explainer.explained([*cases, *passages], prepared))
        return told[: len(cases)], told[len(cases) :]

    def _draft_input(
        self,
        conversation: Conversation,
        understanding: Understanding,
        cases: tuple[Evidence, ...],
        passages: tuple[Evidence, ...],
        today: date,
    ) -> DraftInput:
        from copilot.draft import DraftInput

        return DraftInput(
            conversation=conversation,
            understanding=understanding,
            cases=cases,
            passages=passages,
            today=today,
            agent_name=self._parts.agent_name,
        )

    def _compose(self, given: DraftInput) -> Composed:
        """A draft on good evidence; on weak or none the holding reply, which promises nothing."""
        strongest = max((e.confidence for e in (*given.cases, *given.passages)), default=0.0)
        drafter = self._parts.drafter
        # In an emergency the desk's own safety reply can't wait for certainty about the subject.
        urgent = given.understanding.situation == Situation.EMERGENCY
        composed = drafter.compose(given) if urgent or strongest >= self._parts.floors.draft else None
        return composed or drafter.compose_holding(given)

    def _customer_version(
        self, given: DraftInput, composed: Composed
    ) -> tuple[CustomerDraft | None, tuple[str, ...]]:
        """The draft in the customer's language, or the reason why there is none."""
        language = given.understanding.language
        if language is None or _primary(language) == _primary(self._parts.agent_language):
            return None, ()
        outcome = self._parts.customer_drafter.draft(
            given, composed, language=language, translator=self._parts.translator,
            translated_sections=self._translated(given.passages, language),
        )  # fmt: skip
        return outcome.draft, (outcome.reason,) if outcome.reason else ()

    def _translated(self, passages: Sequence[Evidence], language: str) -> dict[str, Passage]:
        return self._parts.retriever.translations(passages, language)


def by_confidence(found: Iterable[Sequence[Evidence]]) -> list[Evidence]:
    """Evidence of several kinds in one order, the surest first."""
    return sorted(chain.from_iterable(found), key=lambda one: (-one.confidence, -one.relevance))


def desk_templates(knowledge: KnowledgeBase) -> Iterator[ReplyTemplate]:
    """The desk's own published reply templates."""
    for template in knowledge.each("template", status="published"):
        if isinstance(template, ReplyTemplate):
            yield template


def _read(conversation: Conversation, request: Request, understanding: Understanding) -> Query:
    """What a conversation asks for, beside what explains a match: all that was said, and whose names."""
    said, names = said_by(conversation), names_in(conversation)
    return Query(request.views, understanding.language, said, silent=names, earlier=request.earlier)


def _primary(language: str) -> str:
    return language.split("-")[0].lower()


def _backing(conversation: Conversation, shown: Mapping[str, Any]) -> Backing:
    """What an edited reply may lean on: the conversation, the policy shown, and what the draft had proven."""
    from copilot.draft import Backing

    sources = [(f"message:{n}", message.text) for n, message in enumerate(conversation.messages)]
    sources += [(f"slot:{name}", value) for name, value in conversation.slots.items()]
    sources += [(f"article:{p['article_id']}", p["text"]) for p in shown.get("passages", ())]
    for version in filter(None, (shown.get("draft"), shown.get("customer_draft"))):
        for span in version.get("spans", ()):
            if span["kind"] in ("template", "policy", "slot"):
                sources.append((span["source"], version["text"][span["start"] : span["end"]]))
    return Backing.of(sources)


class _Watch:
    """Milliseconds spent in each step; a step may be entered more than once."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}
        self._started = time.perf_counter()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._spent[name] = self._spent.get(name, 0.0) + (time.perf_counter() - started) * 1000

    def times(self) -> dict[str, float]:
        total = (time.perf_counter() - self._started) * 1000
        return {name: round(ms, 2) for name, ms in [*self._spent.items(), ("total", total)]}
