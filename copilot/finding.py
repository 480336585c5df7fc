"""What a suggestion shows: how a conversation is searched, what is good enough, which day's policy speaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from copilot.models import Evidence, Query, Understanding
from copilot.parts import Parts
from copilot.retrieve import Prepared
from copilot.why.customer import names_in, said_by
from indexer.tongues import primary
from knowledge_base.errors import TranslationError
from knowledge_base.models import Conversation, Corrections, Passage, SourceKind

if TYPE_CHECKING:
    from copilot.understand.request import Request

MOST_CASES = 3
MOST_PASSAGES = 3
# How far down a case of the category that the agent chose is looked for.
MOST_LOOKED_AT = 30
# A category names the template that speaks: of the golden questions' names above this four of five are right.
CATEGORY_FLOOR = 0.45


class Finder:
    """Searches for a conversation, and chooses what is shown of what was found."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def queries(self, asked: Query) -> list[Query]:
        """The original always; in another language its translation too, which then names the category."""
        if not asked.views:
            return []
        queries, language, agent = [asked], asked.language, self._parts.agent_language
        translator = self._parts.translator
        if language is None or translator is None or primary(language) == primary(agent):
            return queries
        try:
            told = translator.translate_all(asked.views, target=agent, source=language)
        except TranslationError:
            return queries  # the desk goes on in the original; the customer's version will say why
        views = tuple(one.text for one in told)
        return [*queries, replace(asked, views=views, language=agent, original=asked.views, spoken=language)]

    def with_category(self, understanding: Understanding, prepared: Sequence[Prepared]) -> Understanding:
        """With the likeliest category, where it is likely enough."""
        category, probability = self._parts.retriever.category(prepared)
        return replace(understanding, category=category if probability >= CATEGORY_FLOOR else None)

    def evidence(
        self, prepared: Sequence[Prepared], today: date, *, category: str | None = None
    ) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
        """Cases and passages that are good enough to be shown, those of the agent's `category` first."""
        cases = self._good(prepared, "case", today, MOST_CASES, category)
        passages = self._good(prepared, "article", today, MOST_PASSAGES, category)
        return cases, passages

    def _good(
        self, prepared: Sequence[Prepared], kind: SourceKind, today: date, most: int, category: str | None
    ) -> tuple[Evidence, ...]:
        limit = most if category is None else MOST_LOOKED_AT
        found = self._parts.retriever.retrieve(prepared, kind=kind, on=today, limit=limit)
        good = [evidence for evidence in found if evidence.confidence >= self._parts.floors.show]
        if category is not None:
            good.sort(key=lambda evidence: evidence.passage.category != category)
        return tuple(good[:most])

    def governed(
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

    def explained(
        self, cases: Sequence[Evidence], passages: Sequence[Evidence], prepared: Sequence[Prepared]
    ) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
        """The same with the phrases that carry each match."""
        told = tuple(self._parts.explainer.explained([*cases, *passages], prepared))
        return told[: len(cases)], told[len(cases) :]

    def with_mood(
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


def corrected(understanding: Understanding, corrections: Corrections) -> Understanding:
    """With what the agent put right."""
    return replace(
        understanding,
        category=corrections.category or understanding.category,
        emotion=corrections.emotion or understanding.emotion,
    )


def by_confidence(found: Iterable[Sequence[Evidence]]) -> list[Evidence]:
    """Evidence of several kinds in one order, the surest first."""
    return sorted(chain.from_iterable(found), key=lambda one: (-one.confidence, -one.relevance))


def _ended(passage: Passage, today: date) -> bool:
    return passage.effective_to is not None and passage.effective_to < today


def _began(passage: Passage, day: date) -> bool:
    """Whether it came into force after that day."""
    return passage.effective_from is not None and passage.effective_from > day


def asked_of(conversation: Conversation, request: Request, understanding: Understanding) -> Query:
    """What a conversation asks for, beside what explains a match: all that was said, and whose names."""
    said, names = said_by(conversation), names_in(conversation)
    return Query(request.views, understanding.language, said, silent=names, earlier=request.earlier)
