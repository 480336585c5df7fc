"""The product on one page: a conversation in, a suggestion out."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from copilot.checking.book import CheckBook
from copilot.checking.gate import Gate, Search
from copilot.desk import desk_templates
from copilot.erasing import Eraser, forget_all
from copilot.finding import Finder, asked_of, by_confidence, corrected
from copilot.gaps.desk import Gaps
from copilot.gaps.nearest import IndexNearest
from copilot.helpdesks.desk import Helpdesks
from copilot.inbox import Inbox
from copilot.insight.desk import Insight
from copilot.models import (
    Contradiction,
    Detection,
    Draft,
    DraftWarning,
    Evidence,
    Query,
    SuggestedPromise,
    Suggestion,
    Understanding,
)
from copilot.parts import Floors, Parts
from copilot.present import suggested_case, suggested_passage
from copilot.retrieve import Index, Prepared, Retriever
from copilot.review.desk import Review
from copilot.review.look import IndexLook
from copilot.reviewing import Reviewer
from copilot.understand.governing import contact_day, governing_day
from copilot.watch import Watch
from copilot.writing import ReplyWriter
from indexer.live import LOOK_SECONDS
from knowledge_base.codec import format_time
from knowledge_base.errors import (
    IndexingError,
)
from knowledge_base.models import Conversation, Question, SourceKind
from knowledge_base.verdicts import drafted_from

if TYPE_CHECKING:
    from copilot.checking.finding import Finding
    from copilot.polishing.models import Polished
    from copilot.translation.models import Translation
    from copilot.workshop import Workshop


class Copilot:
    """Suggests for conversations, and answers for its parts. Thread-safe; holds no conversation."""

    def __init__(self, parts: Parts, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._parts, self._clock = parts, clock
        self._finder, self._writer, self._reviewer = Finder(parts), ReplyWriter(parts), Reviewer(parts, clock)
        self.knowledge, self.authority, self.practice = parts.knowledge, parts.authority, parts.practice
        self.curation = parts.curation
        self.inbox = Inbox(parts.knowledge.conversations, parts.understander, self.suggest)
        queue, page = parts.knowledge.deliveries, parts.public_url
        self.insight = Insight(parts.knowledge, clock)
        self.helpdesks = Helpdesks(parts.helpdesks, queue, self.inbox, page=page)
        self.bring_in = parts.bring_in
        self.gate = Gate(
            parts.knowledge,
            Search(lambda: parts.retriever.generation, parts.retriever.embedder, self._lost),
            gate=parts.publish_gate,
            publishers=parts.publishers,
            informal=parts.desk_words.informal,
            today=lambda: clock().date(),
        )
        self.checks = CheckBook(self._find_all, parts.checks_file, clock=clock)
        self.review = Review(
            parts.knowledge,
            parts.understander,
            IndexLook(self.prepare_text, parts.retriever),
            publishers=parts.publishers,
            rules=parts.review_rules,
            gate=self.gate,
        )
        self.gaps = Gaps(
            parts.knowledge,
            self.review,
            parts.retriever.embedder,
            IndexNearest(
                self.prepare_text, lambda told: self.ranked(told, kind=None, limit=3), parts.retriever
            ),
            floor=parts.floors.show,
            language=parts.agent_language,
            clock=clock,
        )
        self._workshop: Workshop | None = None
        self.eraser = parts.eraser or Eraser(parts.knowledge)
        self._erasures_seen = parts.knowledge.erasures.last_seq()
        self._templates_seen, self._templates_looked = parts.knowledge.last_seq(), time.monotonic()

    def suggest(self, conversation: Conversation) -> Suggestion:
        """What the agent sees. Raises IndexingError subclasses when there is no index to search."""
        from copilot.asking.needed import needs_of
        from copilot.asking.question import question_for
        from copilot.draft import plan_of, steps_of

        watch = Watch()
        self._follow_templates()
        today = contact_day(conversation, self._clock())
        with watch.step("understand"):
            understanding, request = self._parts.understander.understand(conversation)
        with watch.step("promises"):
            promised = self._promises(conversation, understanding)
        with watch.step("translate"):
            queries = self._finder.queries(asked_of(conversation, request, understanding))
        with watch.step("retrieve"):
            prepared = self._parts.retriever.prepare(queries, read=self._parts.explainer.reads_meaning)
            understanding = self._finder.with_category(understanding, prepared)
            understanding = self._finder.with_mood(understanding, conversation, request, prepared)
            right = conversation.corrections
            understanding = corrected(understanding, right)
            cases, passages = self._finder.evidence(prepared, today, category=right.category)
            governing = governing_day(conversation, understanding.slots, today)
            passages, replaced = self._finder.governed(passages, prepared, today, governing.day)
            if replaced:
                understanding = replace(
                    understanding, policy_date=governing.day.isoformat(), policy_date_of=governing.of
                )
        with watch.step("explain"):
            cases, passages = self._finder.explained(cases, passages, prepared)
        with watch.step("draft"):
            given = self._writer.draft_input(conversation, understanding, cases, passages, today)
            authorised = self._writer.authorised(given)
            given = replace(
                given,
                governs=governing.day,
                replaced=replaced,
                deciders=self._writer.deciders(authorised, understanding.language),
            )
            composed = self._writer.compose(given)
            plan = plan_of(given.cases, given.passages)
            playbook = steps_of(given, composed)
        with watch.step("ask"):
            own, text = self._parts.agent_language, composed.draft.text
            question = question_for(given, self._parts.questions, language=own, draft=text)
            needs, needed_request = needs_of(given, language=own, draft=text)
        with watch.step("translate"):
            version, missing = self._writer.customer_version(given, composed)
        with watch.step("authority"):
            draft = self._writer.within_authority(composed.draft, today)
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
        return self._parts.retriever.prepare(self._finder.queries(Query((text,), spoken)))

    def prepare(self, conversation: Conversation) -> tuple[Understanding, list[Prepared]]:
        """How a conversation is understood and searched; evaluation measures exactly this."""
        understanding, request = self._parts.understander.understand(conversation)
        queries = self._finder.queries(asked_of(conversation, request, understanding))
        prepared = self._parts.retriever.prepare(queries)
        return self._finder.with_category(understanding, prepared), prepared

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
        return self._reviewer.check(text, conversation, suggestion_id)

    def learn(self, suggestion_id: str, edited: str, *, who: str) -> int:
        """Keep what an agent corrected in the customer's version, to say it so next time."""
        return self._reviewer.learn(suggestion_id, edited, who=who)

    def follow_up(self, promise_id: int) -> Draft:
        """The message that follows a promise, in its language. Raises NotFoundError, InputError."""
        self._follow_templates()
        return self._reviewer.follow_up(promise_id)

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
        return self._reviewer.polish(conversation, text=text, suggestion_id=suggestion_id, language=language)

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
                informal=parts.desk_words.informal,
                agent_language=parts.agent_language,
                translates=parts.translator is not None,
            )
        return self._workshop

    def searching(self, index: Index) -> Copilot:
        """The same copilot over another index: one that isn't serving yet, or is calibrated otherwise."""
        return Copilot(replace(self._parts, retriever=self._parts.retriever.over(index)), clock=self._clock)

    def _lost(self, question: Question, gone: frozenset[str]) -> str | None:
        from copilot.golden import lost

        return lost(self, question, gone, floor=self.floors.show)

    def _find_all(self) -> list[Finding]:
        from copilot.checks import find_all

        return find_all(
            self,
            today=self._clock().date(),
            floor=self.floors.show,
            waiting=self._parts.golden_file,
            links=self._parts.links,
        )

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
        """Take up templates that anybody changed, in this process or another, within LOOK_SECONDS.

        Where a customer was erased meanwhile, what is remembered of texts goes.
        """
        if time.monotonic() - self._templates_looked < LOOK_SECONDS:
            return
        self._templates_looked = time.monotonic()
        if (erased := self.knowledge.erasures.last_seq()) != self._erasures_seen:
            self._erasures_seen = erased
            forget_all()
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


def _complaint(conversation: Conversation, understanding: Understanding) -> str | None:
    from copilot.promises.complaint import complaint_due

    due = complaint_due(conversation, understanding)
    return format_time(due) if due else None
