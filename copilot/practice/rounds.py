"""Rounds of practice: a case is chosen, the trainee answers turn by turn, the end is judged and kept."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from copilot.practice.judge import Judge, Played
from copilot.practice.play import Turn, conversation_of, turns_of
from copilot.practice.score import Score, score_from
from indexer.split import Section, sections_of
from knowledge_base.errors import ConflictError, InputError, NotFoundError, TranslationError
from knowledge_base.models import Case, Message, PolicyArticle
from knowledge_base.practice import StoredRound

if TYPE_CHECKING:
    from copilot.translation.service import TranslationService
    from copilot.understand.language import LanguageDetector
    from knowledge_base.store import KnowledgeBase

LOOKED_AT = 200
"""Cases looked at from a chance place on until one is chosen: a base of any size is quick to choose from."""
WELL = 80
"""A round with this total or more need not be played again."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A section of policy that the case cites; `source` is `article:ID#slug`, `ended` if not in force."""

    source: str
    title: str
    section: Section
    language: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Round:
    """A round with its case's turns. What was done then is for those who have ended it: see `ended`."""

    stored: StoredRound
    case: Case
    turns: tuple[Turn, ...]
    clauses: tuple[Clause, ...]

    @property
    def ended(self) -> bool:
        """Whether every turn has its reply."""
        return self.stored.ended_at is not None

    @property
    def messages(self) -> tuple[Message, ...]:
        """What has been said so far, the trainee's replies as the agent's."""
        return conversation_of(self.case, self.turns, self.stored.replies).messages

    @property
    def score(self) -> Score | None:
        """What it was worth."""
        return score_from(self.stored.score) if self.stored.score else None


@dataclass(frozen=True, slots=True)
class Progress:
    """A category as a trainee plays it: rounds ended, the mean and the last of their totals."""

    category: str | None
    rounds: int
    mean: float | None
    last: float | None


class Practice:
    """Practice over a base. Thread-safe; what a trainee writes stays in their rounds and teaches nobody."""

    def __init__(
        self,
        knowledge: KnowledgeBase,
        judge: Judge,
        detector: LanguageDetector,
        *,
        translator: TranslationService | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._knowledge, self._judge, self._detector = knowledge, judge, detector
        self._translator, self._clock = translator, clock

    def start(self, trainee: str, *, case_id: str | None = None, category: str | None = None) -> Round:
        """Begin a round with the case that is named, else the next one for this trainee.

        Raises NotFoundError for a case that isn't there or isn't published, and where none can be played.
        """
        if case_id is None:
            case = self._next(trainee, category)
        else:
            found = self._knowledge.get("case", case_id)
            if not isinstance(found, Case) or found.status != "published":
                raise NotFoundError("published case", case_id)
            case = found
        return self._round(self._knowledge.practice.start(trainee, case.id, case.category))

    def read(self, round_id: int, trainee: str) -> Round:
        """One of the trainee's rounds. Raises NotFoundError."""
        return self._round(self._knowledge.practice.find(round_id, trainee))

    def answer(self, round_id: int, trainee: str, text: str, *, turn: int) -> Round:
        """Answer a turn, counted from 0; the last one ends the round, which is judged.

        Raises InputError for an empty reply, ConflictError where another turn is to be answered.
        """
        played = self.read(round_id, trainee)
        if not text.strip():
            raise InputError("the reply is empty: write to the customer first")
        if played.ended or turn != len(played.stored.replies):
            raise ConflictError("this turn has its reply already: load the round anew")
        replies = (*played.stored.replies, text.strip())
        score = self._judged(played, replies).as_json() if len(replies) == len(played.turns) else None
        return self._round(self._knowledge.practice.reply(played.stored, replies, score))

    def delete(self, round_id: int, trainee: str) -> None:
        """Take one of the trainee's rounds away. Raises NotFoundError."""
        self._knowledge.practice.delete(round_id, trainee)

    def list(self, trainee: str, *, limit: int = 100) -> tuple[StoredRound, ...]:
        """The trainee's newest rounds, newest first."""
        return self._knowledge.practice.list(trainee, limit=limit)

    def progress(self, trainee: str) -> tuple[Progress, ...]:
        """The trainee's categories, the one with the lowest mean first."""
        totals: dict[str | None, list[float | None]] = defaultdict(list)
        for one in self._knowledge.practice.list(trainee):
            if one.score is not None:
                totals[one.category].append(one.score["total"])
        found = [
            Progress(
                category, len(all_), _mean(known := [one for one in all_ if one is not None]), _first(known)
            )
            for category, all_ in totals.items()
        ]
        return tuple(sorted(found, key=lambda one: (one.mean is None, one.mean or 0.0, one.category or "")))

    def _next(self, trainee: str, category: str | None) -> Case:
        """A case that this trainee has not played, else their worst; the same for the same past."""
        best: dict[str, float] = {}
        past = self._knowledge.practice.list(trainee)
        for one in past:
            total = (one.score or {}).get("total")
            best[one.case_id] = max(best.get(one.case_id, -1.0), -1.0 if total is None else total)
        again = None
        for case in self._from_chance(trainee, len(past), category):
            if case.id not in best:
                return case
            if again is None or best[case.id] < best[again.id]:
                again = case
        if again is None:
            raise NotFoundError("case to practise on", category or "any")
        return again

    def _from_chance(self, trainee: str, played: int, category: str | None) -> Iterator[Case]:
        """Cases that can be played, from a place on that the trainee's name and past decide."""
        chance = hashlib.sha256(f"{trainee}\n{played}\n{category}".encode()).digest()
        ids = list(self._knowledge.ids("case", category=category))
        start = int.from_bytes(chance[:8], "big") % len(ids) if ids else 0
        turned = (ids[start:] + ids[:start])[:LOOKED_AT]
        found = self._knowledge.get_many("case", turned)
        for one in turned:
            case = found.get(one)
            if isinstance(case, Case) and _playable(case):
                yield case

    def _round(self, stored: StoredRound) -> Round:
        case = self._knowledge.get("case", stored.case_id)
        assert isinstance(case, Case)
        return Round(stored, case, turns_of(case), tuple(self.clauses_of(case)))

    def clauses_of(self, case: Case) -> Iterator[Clause]:
        """The sections of policy that a case cites."""
        names = [policy.partition("#") for policy in case.policies]
        articles = self._knowledge.get_many("article", list({name for name, _, _ in names}))
        today = self._clock().date()
        for name, _, slug in names:
            article = articles.get(name)
            if not isinstance(article, PolicyArticle):
                continue
            for section in sections_of(article.body):
                if not slug or section.slug == slug:
                    ended = article.status != "published" or (article.effective_to or today) < today
                    source = f"article:{name}#{section.slug}"
                    yield Clause(source, article.title, section, article.language, ended)

    def _judged(self, played: Round, replies: tuple[str, ...]) -> Score:
        spoken, told = self._spoken(replies, played.case.language)
        policy = tuple((clause.source, clause.section) for clause in played.clauses)
        day = self._clock().date()
        return self._judge.judge(Played(played.case, played.turns, told, policy, spoken, day))

    def _spoken(self, replies: tuple[str, ...], wanted: str) -> tuple[str, tuple[str, ...]]:
        """The replies and their language; in the case's language where a translator tells them in it."""
        detected = self._detector.detect("\n\n".join(replies)).language or wanted
        if detected.split("-")[0] == wanted.split("-")[0]:
            return wanted, replies
        if self._translator is None or not self._translator.can(detected, wanted):
            return detected, replies
        try:
            told = tuple(
                self._translator.translate(one, target=wanted, source=detected).text for one in replies
            )
        except TranslationError:
            return detected, replies
        return wanted, told


def _playable(case: Case) -> bool:
    """Whether a trainee can learn from it: it was resolved, and something was answered."""
    return case.status == "published" and case.outcome.resolved is not False and bool(case.resolution.strip())


def _mean(totals: list[float]) -> float | None:
    return round(sum(totals) / len(totals), 1) if totals else None


def _first(totals: list[float]) -> float | None:
    return totals[0] if totals else None
