"""The knowledge manager's gaps: found at most once in a while, decided on, and decisions taken back."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from copilot.gaps.clusters import FEWEST
from copilot.gaps.models import Found, Gap, OpenGap, Slow, UnusedKind
from copilot.gaps.nearest import Nearest
from copilot.gaps.proposals import Proposal, outline
from copilot.gaps.reckon import WEEKS, Sources, reckon
from copilot.gaps.slow import slow, slow_kinds
from copilot.gaps.unused import unused
from indexer.tongues import primary
from knowledge_base.errors import InputError, NotFoundError
from knowledge_base.gap_decisions import DecisionState, GapDecision, StoredDecision
from knowledge_base.gaps import Listed
from knowledge_base.models import Case, PolicyArticle
from knowledge_base.tallies import Span

if TYPE_CHECKING:
    from copilot.review.desk import Review
    from indexer.embedder import Embedder
    from knowledge_base.store import KnowledgeBase

KEPT = timedelta(minutes=15)
"""What was found is shown so long without a look at what came since; whoever asks has it found anew."""
SAME = 0.75
"""Cosine from which a gap is the one that was decided on: halves of one group were at .78 and more, different
groups at .71 and less (two public sets, the half looked at)."""
CASES_OF = timedelta(weeks=52)
"""Cases are read this far back for how long they take: of 12 weeks a category has too few."""
MOST_TRIED = 5
"""Solved conversations of a gap that are read for a case to propose."""
MOST_LOOKED_INTO, MOST_CASES, MOST_READ = 3, 200, 300
"""Slow categories of which problems are told, cases of each that are embedded, and characters of each."""
UNUSED_KINDS: tuple[Literal["case", "article", "template"], ...] = ("case", "article", "template")
What = Literal["case", "article"]
WHAT: tuple[What, ...] = get_args(What)


class Gaps:
    """Thread-safe: while one reckons, others get what was found before, or wait where nothing was."""

    def __init__(
        self,
        knowledge: KnowledgeBase,
        review: Review,
        embedder: Embedder,
        nearest: Nearest,
        *,
        floor: float,
        language: str = "en",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Articles are proposed in the agents' `language`; nothing is shown to them below `floor`."""
        self._knowledge, self._review, self._language, self._clock = knowledge, review, language, clock
        self._sources = Sources(knowledge.gaps, embedder, nearest, floor)
        self._turn = threading.Lock()
        self._found: Found | None = None
        self._state: object = None

    def found(self, *, anew: bool = False) -> Found:
        """What was found; anew where that is older than KEPT and something changed, or where asked for."""
        if not anew and self._found is not None and self._clock() - self._found.at < KEPT:
            return self._found
        kept = self._found
        if not self._turn.acquire(blocking=anew or kept is None):
            assert kept is not None
            return kept
        try:
            state = self._knowledge.gaps.state()
            if self._found is None or anew or state != self._state or self._aged(self._found):
                self._found, self._state = self._look(), state
            return self._found
        finally:
            self._turn.release()

    def forget(self) -> None:
        """Drop what was found: a customer was erased."""
        self._found = None

    def open(self) -> list[OpenGap]:
        """The gaps that wait for somebody: not decided on, or FEWEST more of their kind came since."""
        standing = self._knowledge.gap_decisions.standing()
        found = (self._held(gap, standing) for gap in self.found().gaps if not gap.answered)
        return [one for one in found if one.before is None or one.fresh >= FEWEST]

    def decided(self) -> list[StoredDecision]:
        """The decisions that stand, newest first."""
        return self._knowledge.gap_decisions.standing()

    def gap(self, gap_id: str) -> Gap:
        """One gap. Raises NotFoundError."""
        found = next((one for one in self.found().gaps if one.id == gap_id), None)
        if found is None:
            raise NotFoundError("gap", gap_id)
        return found

    def proposal(self, gap_id: str, what: What | None = None) -> Proposal:
        """A case where an agent solved one of its conversations, else an article; `what` decides itself.

        Raises NotFoundError, InputError where a case is asked for and no conversation gives one.
        """
        gap = self.gap(gap_id)
        if what != "article":
            for conversation in gap.solved[:MOST_TRIED]:
                made = self._review.preview(conversation)
                if made is not None and made.case.outcome.resolved and made.case.resolution:
                    return Proposal(case=made.case, conversation=conversation)
            if what == "case":
                raise InputError("no closed conversation of this gap was solved by a reply: write an article")
        article = outline(gap, self._language)
        taken = self._knowledge.get_many(
            "article", [article.id, *(f"{article.id}-{n}" for n in range(2, 100))]
        )
        return Proposal(article=outline(gap, self._language, taken))

    def accept(self, gap_id: str, *, who: str, what: What | None = None) -> StoredDecision:
        """Begin what is proposed: a candidate in review, or an article that waits for its text (pending).

        Raises NotFoundError, InputError, ConflictError.
        """
        gap, proposal = self.gap(gap_id), self.proposal(gap_id, what)
        if proposal.conversation is not None:
            made = f"candidate:{self._review.take(proposal.conversation).id}"
        else:
            assert proposal.article is not None
            reason = f"{len(gap.members)} conversations that nothing answered"
            self._knowledge.put(proposal.article, actor=who, reason=reason, expected_version=0)
            made = f"article:{proposal.article.id}"
        return self._decide(gap, "accepted", who, made=made)

    def dismiss(self, gap_id: str, why: str, *, who: str) -> StoredDecision:
        """Let it be. Raises InputError without a reason, NotFoundError."""
        if not why.strip():
            raise InputError("say why nothing is to be written, in a few words")
        return self._decide(self.gap(gap_id), "dismissed", who, why=" ".join(why.split())[:1000])

    def undo(self, number: int, *, who: str) -> StoredDecision:
        """Take a decision back; an article that was begun for it and not written on is retired.

        Raises NotFoundError.
        """
        taken = self._knowledge.gap_decisions.withdraw(number, who=who)
        kind, _, name = (taken.decision.made or "").partition(":")
        if kind == "article":
            begun = self._knowledge.find("article", name)
            untouched = isinstance(begun, PolicyArticle) and self._knowledge.version("article", name) == 1
            if untouched and begun is not None and begun.status == "pending":
                self._knowledge.retire("article", name, actor=who, reason="the decision was taken back")
        return taken

    def _aged(self, found: Found) -> bool:
        """Weeks go by though nothing changes."""
        return self._clock().date() != found.at.date()

    def _held(self, gap: Gap, standing: list[StoredDecision]) -> OpenGap:
        """The gap beside the newest decision on its kind."""
        import numpy as np

        for one in standing:
            told = one.decision
            if (told.encoder, told.language) == (self._sources.embedder.digest, gap.read_in):
                middle = np.frombuffer(told.middle, dtype=np.float16).astype(np.float32)
                if float(middle @ gap.middle) >= SAME:
                    return OpenGap(gap, one, sum(member.at > one.at for member in gap.members))
        return OpenGap(gap)

    def _decide(
        self, gap: Gap, state: DecisionState, who: str, *, why: str | None = None, made: str | None = None
    ) -> StoredDecision:
        import numpy as np

        decision = GapDecision(
            gap=gap.id,
            name=gap.name[:300],
            middle=gap.middle.astype(np.float16).tobytes(),
            encoder=self._sources.embedder.digest,
            language=gap.read_in,
            state=state,
            conversations=len(gap.members),
            who=who[:100],
            why=why,
            made=made,
        )
        return self._knowledge.gap_decisions.add(decision)

    def _with_kinds(self, one: Slow, since: datetime) -> Slow:
        """With the problems in a category that take long; its newest cases are embedded for it."""
        if not one.minutes.more or one.minutes.desk is None:
            return one
        minutes = dict(self._knowledge.gaps.timed(one.category, since, MOST_CASES))
        known = self._knowledge.get_many("case", list(minutes))
        cases = [case for name in minutes if isinstance(case := known.get(name), Case) and case.problem]
        vectors = self._sources.embedder.embed([case.problem[:MOST_READ] for case in cases])
        return replace(one, kinds=tuple(slow_kinds(cases, minutes, vectors, one.minutes.desk)))

    def _look(self) -> Found:
        began, now = time.monotonic(), self._clock()
        basis, gaps = reckon(self._sources, now)
        readings, since = self._knowledge.gaps, now - timedelta(weeks=WEEKS)
        tallies, span = self._knowledge.tallies, Span(since)
        arrived = tallies.volume(span, "category")
        asked = Counter({str(name): count for name, count in arrived.items() if name})
        handled = readings.handled(now - CASES_OF)
        # A desk that only brought in its past has no conversations: its cases tell what is asked.
        often = asked or Counter(one.category for one in handled)
        told, few = slow(handled, often)
        found = [self._with_kinds(one, now - CASES_OF) for one in told[:MOST_LOOKED_INTO]]
        found += told[MOST_LOOKED_INTO:]
        spoken = Counter[str]()
        for language, count in tallies.volume(span, "language").items():
            spoken[primary(str(language or ""))] += count
        seen, kinds = readings.seen(since), list[UnusedKind]()

        def wanted(record: Listed) -> int:
            if record.kind == "template" and primary(record.language) != primary(self._language):
                return spoken[primary(record.language)]
            return sum(arrived.values()) if record.category is None else asked[record.category]

        for kind in UNUSED_KINDS:
            kinds.append(unused(kind, readings.published(kind), seen, wanted, since))
        return Found(basis, gaps, tuple(found), few, tuple(kinds), now, time.monotonic() - began)
