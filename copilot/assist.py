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

from copilot.desk import desk_templates
from copilot.models import (
    Contradiction,
    CustomerDraft,
    Detection,
    Draft,
    DraftWarning,
    Evidence,
    Query,
    Situation,
    Stage,
    SuggestedPromise,
    Suggestion,
    Understanding,
)
from copilot.present import suggested_case, suggested_passage
from copilot.retrieve import Index, Prepared, Retriever
from copilot.understand.governing import governing_day
from copilot.why.customer import names_in, said_by
from copilot.why.explain import Explainer
from indexer.live import LOOK_SECONDS
from knowledge_base.codec import format_time
from knowledge_base.errors import (
    IndexingError,
    InputError,
    NoPolisherError,
    NotFoundError,
    TranslationError,
)
from knowledge_base.models import Conversation, Passage, SourceKind
from knowledge_base.store import KnowledgeBase
from knowledge_base.verdicts import drafted_from

if TYPE_CHECKING:
    from copilot.asking.bank import Bank
    from copilot.authority.desk import Authorised, AuthorityDesk
    from copilot.draft import Composed, CustomerDrafter, Drafter, DraftInput
    from copilot.polishing.models import Polished
    from copilot.polishing.polisher import Polisher
    from copilot.translation.models import Translation
    from copilot.translation.service import TranslationService
    from copilot.understand.feelings import Feelings
    from copilot.understand.language import LanguageDetector
    from copilot.understand.request import Request
    from copilot.understand.understand import Understander
    from copilot.workshop import Workshop

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
    feelings: Feelings
    detector: LanguageDetector
    drafter: Drafter
    customer_drafter: CustomerDrafter
    translator: TranslationService | None
    floors: Floors
    agent_language: str
    agent_name: str | None
    questions: Bank
    authority: AuthorityDesk
    polisher: Polisher | None = None


class Copilot:
    """Suggests for conversations, and answers for its parts. Thread-safe; holds no conversation."""

    def __init__(self, parts: Parts, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._parts, self._clock = parts, clock
        self.knowledge, self.authority = parts.knowledge, parts.authority
        self._workshop: Workshop | None = None
        self._templates_seen, self._templates_looked = parts.knowledge.last_seq(), time.monotonic()

    def suggest(self, conversation: Conversation) -> Suggestion:
        """What the agent sees. Raises IndexingError subclasses when there is no index to search."""
        from copilot.asking.needed import needs_of
        from copilot.asking.question import question_for
        from copilot.draft import plan_of, steps_of

        watch = _Watch()
        self._follow_templates()
        today = self._day(conversation)
        with watch.step("understand"):
            understanding, request = self._parts.understander.understand(conversation)
        with watch.step("promises"):
            promised = self._promises(conversation, understanding)
        with watch.step("translate"):
            queries = self._queries(_read(conversation, request, understanding))
        with watch.step("retrieve"):
            prepared = self._parts.retriever.prepare(queries, read=self._parts.explainer.reads_meaning)
            understanding = self._with_category(understanding, prepared)
            understanding = self._with_mood(understanding, conversation, request, prepared)
            cases, passages = self._evidence(prepared, today)
            governing = governing_day(conversation, understanding.slots, today)
            passages, replaced = self._governed(passages, prepared, today, governing.day)
            if replaced:
                understanding = replace(
                    understanding, policy_date=governing.day.isoformat(), policy_date_of=governing.of
                )
        with watch.step("explain"):
            cases, passages = self._explained(cases, passages, prepared)
        with watch.step("draft"):
            given = self._draft_input(conversation, understanding, cases, passages, today)
            authorised = self._authorised(given)
            given = replace(
                given,
                governs=governing.day,
                replaced=replaced,
                deciders=self._deciders(authorised, understanding.language),
            )
            composed = self._compose(given)
            plan = plan_of(given.cases, given.passages)
            playbook = steps_of(given, composed)
        with watch.step("ask"):
            own, text = self._parts.agent_language, composed.draft.text
            question = question_for(given, self._parts.questions, language=own, draft=text)
            needs, needed_request = needs_of(given, language=own, draft=text)
        with watch.step("translate"):
            version, missing = self._customer_version(given, composed)
        with watch.step("authority"):
            draft = self._within_authority(composed.draft, today)
        suggestion = Suggestion(
            id=uuid.uuid4().hex,
            conversation_id=conversation.id,
            reason=None if cases or passages else "no_evidence",
            understanding=understanding,
            cases=tuple(suggested_case(evidence) for evidence in cases),
            passages=tuple(suggested_passage(evidence) for evidence in passages),
            plan=plan,
            playbook=playbook,
            draft=draft,
            customer_draft=version,
            notices=missing,
            promises=promised[0],
            contradictions=promised[1],
            complaint_due=_complaint(conversation, understanding),
            question=question,
            needed=needs,
            needed_request=needed_request,
            timings_ms=watch.times(),
            special_case=authorised.special,
            escalation=authorised.escalation,
            like_decisions=authorised.like,
            customer_key=authorised.customer,
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
        """Warn of what an edited reply says that nothing backs, or that the draft said otherwise."""
        from copilot.draft import check_reply
        from copilot.promises.unbacked import unbacked_promises

        try:
            shown = self.knowledge.suggestion(suggestion_id) if suggestion_id else {}
        except NotFoundError:
            shown = {}
        language = self._parts.agent_language
        customer = shown.get("customer_draft")
        if customer and self.detect(text).language == customer["language"]:
            language = customer["language"]
        found = check_reply(text, conversation, shown, language=language, agent_name=self._parts.agent_name)
        spoken = self.detect(text).language or language
        above = self.authority.check(text, spoken, self._day(conversation))
        promised = unbacked_promises(text, _told(conversation, shown), spoken)
        return tuple(sorted((*above, *promised, *found), key=lambda warning: warning.start))

    def follow_up(self, promise_id: int) -> Draft:
        """The message that follows a promise, in its language. Raises NotFoundError, InputError."""
        from copilot.promises.follow_up import follow_up

        self._follow_templates()
        stored, parts = self.knowledge.promises.find(promise_id), self._parts
        return follow_up(
            stored, parts.drafter.templates, self._clock(),
            agent_language=parts.agent_language, agent_name=parts.agent_name,
        )  # fmt: skip

    @property
    def polishes(self) -> bool:
        """Whether a polisher is configured."""
        return self._parts.polisher is not None

    def polish(
        self,
        conversation: Conversation,
        *,
        text: str | None = None,
        suggestion_id: str | None = None,
        language: str | None = None,
    ) -> Polished:
        """Reword a text, or the suggestion's draft; what fails the proof or the time leaves it as it is.

        Raises NoPolisherError, NotFoundError for a suggestion that isn't kept, InputError without a draft.
        """
        from copilot.polishing.polisher import Wanted, names_of

        if self._parts.polisher is None:
            raise NoPolisherError(
                "no polisher is configured: set PRECEDENT_POLISHER_URL and PRECEDENT_POLISHER_MODEL"
            )
        text, language = self._to_polish(text, suggestion_id, language)
        understanding, _ = self._parts.understander.understand(conversation)
        names = names_of(conversation, understanding)
        own = (self._parts.agent_name,) if self._parts.agent_name else ()
        wanted = Wanted(text, language, conversation, (*names, *own))
        return self._parts.polisher.polish(wanted, lambda told: self.check(told, conversation, suggestion_id))

    def _to_polish(
        self, text: str | None, suggestion_id: str | None, language: str | None
    ) -> tuple[str, str]:
        """The text to polish with its language: what was given, else the suggestion's draft."""
        if text is None:
            shown = self.knowledge.suggestion(suggestion_id) if suggestion_id else {}
            draft = shown.get("draft")
            if not draft:
                raise InputError("there is no draft to polish: give a text, or a suggestion that has a draft")
            return draft["text"], draft["language"]
        return text, language or self.detect(text).language or self._parts.agent_language

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

    @property
    def workshop(self) -> Workshop:
        """Where templates are linted and previewed, conversations read as for a suggestion."""
        from copilot.workshop import Workshop

        if self._workshop is None:
            parts = self._parts
            self._workshop = Workshop(
                parts.knowledge,
                parts.understander,
                agent_name=parts.agent_name,
                today=lambda: self._clock().date(),
            )
        return self._workshop

    def searching(self, index: Index) -> Copilot:
        """The same copilot over another index: one that isn't serving yet, or is calibrated otherwise."""
        return Copilot(replace(self._parts, retriever=self._parts.retriever.over(index)), clock=self._clock)

    def warm(self) -> None:
        """Load every model now, so that the first agent doesn't wait for them."""
        from copilot.promises import reading

        reading.warm()
        self._parts.detector.detect("Where is my parcel?")
        self.authority.rules(self._clock().date())
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

    def _promises(
        self, conversation: Conversation, understanding: Understanding
    ) -> tuple[tuple[SuggestedPromise, ...], tuple[Contradiction, ...]]:
        """What was promised in this conversation and is open, and what contradicts what."""
        from copilot.promises.keeping import follow_conversation, suggested

        order = understanding.slots.get("order_id")
        stored = follow_conversation(self.knowledge, conversation, order_id=order.value if order else None)
        return suggested(stored, conversation, self._clock())

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

    def _with_mood(
        self,
        understanding: Understanding,
        conversation: Conversation,
        request: Request,
        prepared: Sequence[Prepared],
    ) -> Understanding:
        """With the mood that the head tells from what the search had the encoder read: no further pass.

        From the customer's own words alone: a translation of them has lost how they were said.
        """
        if not prepared or not prepared[0].encoded:
            return understanding
        query, encoded = prepared[0].query, prepared[0].encoded[0]
        scores = self._parts.feelings.scores(query.views[0], query.language, encoded)
        return self._parts.understander.with_scores(understanding, conversation, request, scores)

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

    def _governed(
        self, found: tuple[Evidence, ...], prepared: Sequence[Prepared], today: date, day: date
    ) -> tuple[tuple[Evidence, ...], frozenset[str]]:
        """The passages with those that were in force on the day that governs, in place of their successors.

        What came into force since on the same subject (category and language) doesn't speak for that day; the
        ids of those articles come second.
        """
        if day >= today or not found:
            return found, frozenset()
        then = self._parts.retriever.retrieve(prepared, kind="article", on=day, limit=MOST_PASSAGES)
        floor = self._parts.floors.show
        former = [e for e in then if e.confidence >= floor and _ended(e.passage, today)]
        subjects = {(e.passage.category, e.passage.language) for e in former}
        newer = [
            e
            for e in found
            if (e.passage.category, e.passage.language) in subjects and _began(e.passage, day)
        ]
        replaced = frozenset(e.passage.source_id for e in newer)
        if not replaced:
            return found, replaced
        kept = [e for e in found if e not in newer]
        return tuple(by_confidence([former, kept])[:MOST_PASSAGES]), replaced

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
        from copilot.understand.stage import as_held

        return DraftInput(
            conversation=as_held(conversation),
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
        sure = strongest >= self._parts.floors.draft or given.stage in (Stage.THANKS, Stage.GREETING)
        composed = drafter.compose(given) if urgent or sure else None
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

    def _authorised(self, given: DraftInput) -> Authorised:
        """The special case, its escalation with what the customer may be told, and like decisions."""
        from copilot.authority.reply import with_replies
        from copilot.draft import Wanted

        found = self.authority.judge(given.conversation, given.understanding, given.today)
        if found.escalation is None:
            return found
        wanted = Wanted(self._parts.agent_language, seed=given.conversation.id or "")
        templates, language = self._parts.drafter.templates, given.understanding.language
        return replace(found, escalation=with_replies(found.escalation, templates, wanted, language))

    def _deciders(self, found: Authorised, language: str | None) -> dict[str, str] | None:
        from copilot.authority.reply import deciders_of

        return deciders_of(found.escalation, self._parts.agent_language, language)

    def _within_authority(self, draft: Draft, today: date) -> Draft:
        """The draft with a warning of every grant that its agent may not make alone."""
        above = self.authority.check(draft.text, draft.language, today)
        if not above:
            return draft
        warnings = sorted((*draft.warnings, *above), key=lambda warning: warning.start)
        return replace(draft, warnings=tuple(warnings), ready=False)

    def _translated(self, passages: Sequence[Evidence], language: str) -> dict[str, Passage]:
        return self._parts.retriever.translations(passages, language)


def by_confidence(found: Iterable[Sequence[Evidence]]) -> list[Evidence]:
    """Evidence of several kinds in one order, the surest first."""
    return sorted(chain.from_iterable(found), key=lambda one: (-one.confidence, -one.relevance))


def _read(conversation: Conversation, request: Request, understanding: Understanding) -> Query:
    """What a conversation asks for, beside what explains a match: all that was said, and whose names."""
    said, names = said_by(conversation), names_in(conversation)
    return Query(request.views, understanding.language, said, silent=names, earlier=request.earlier)


def _told(conversation: Conversation, shown: Mapping[str, Any]) -> list[str]:
    """What may back a promise: what was drafted, the policy shown, and what the desk wrote before."""
    versions = [one["text"] for one in (shown.get("draft"), shown.get("customer_draft")) if one]
    policy = [passage["text"] for passage in shown.get("passages", ())]
    return [*versions, *policy, *(message.text for message in conversation.by("agent"))]


def _ended(passage: Passage, today: date) -> bool:
    return passage.effective_to is not None and passage.effective_to < today


def _began(passage: Passage, day: date) -> bool:
    """Whether it came into force after that day."""
    return passage.effective_from is not None and passage.effective_from > day


def _complaint(conversation: Conversation, understanding: Understanding) -> str | None:
    from copilot.promises.complaint import complaint_due

    due = complaint_due(conversation, understanding)
    return format_time(due) if due else None


def _primary(language: str) -> str:
    return language.split("-")[0].lower()


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
