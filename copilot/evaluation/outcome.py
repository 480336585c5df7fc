"""What a query found, judged: the one place that says which items an agent is shown and which are right."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copilot.evaluation.measures import first_rank
from copilot.evaluation.queries import LabelledQuery
from copilot.finding import MOST_CASES, MOST_PASSAGES, by_confidence
from copilot.models import Evidence
from copilot.retrieve import Prepared
from knowledge_base.models import SourceKind
from knowledge_base.store import KnowledgeBase

if TYPE_CHECKING:
    from copilot.assist import Copilot

KINDS: tuple[SourceKind, ...] = ("case", "article")
# As a suggestion shows them, when they are sure enough.
SHOWN = {"case": MOST_CASES, "article": MOST_PASSAGES}


@dataclass(frozen=True, slots=True)
class Item:
    """A case or an article that was found. `right` is None where no label speaks of it."""

    kind: SourceKind
    id: str
    confidence: float
    right: bool | None

    @property
    def name(self) -> str:
        """`case:ID` or `article:ID`, as feedback names items."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A query that was run. `ranking` is what a search gives, best first.

    `shown` are the first three of each kind, which an agent sees where they reach the floor; `category`
    is the likeliest, however unsure. `request` is what was understood, in this `language`.
    """

    query: LabelledQuery
    request: str
    language: str | None
    ranking: tuple[Item, ...]
    shown: tuple[Item, ...]
    category: str | None
    milliseconds: float

    @property
    def hits(self) -> list[bool]:
        """Whether each place is relevant; a case and an article may share an id, which counts once."""
        ids, wanted = [item.id for item in self.ranking], self.query.relevant or frozenset()
        return [one in wanted and one not in ids[:place] for place, one in enumerate(ids)]

    @property
    def rank(self) -> int | None:
        """The place of the first relevant item, from 1."""
        return first_rank(self.hits)

    @property
    def surest(self) -> float:
        """The highest confidence of all that was found; 0 for nothing."""
        return max((item.confidence for item in self.ranking), default=0.0)

    def seen(self, floor: float) -> tuple[Item, ...]:
        """What reaches the floor of what would be shown."""
        return tuple(item for item in self.shown if item.confidence >= floor)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the base holds of the ids and categories that queries name."""

    kinds: dict[str, frozenset[SourceKind]]
    categories: frozenset[str]

    @classmethod
    def of(cls, knowledge: KnowledgeBase, queries: Iterable[LabelledQuery]) -> Answers:
        """Look the queries' ids up: published ones are found, others can't be."""
        ids = sorted({one for query in queries for one in query.relevant or ()})
        held: dict[str, set[SourceKind]] = {}
        for kind in KINDS:
            for record in knowledge.get_many(kind, ids).values():
                if record.status == "published":
                    held.setdefault(record.id, set()).add(kind)
        named = {query.category for query in queries if query.category is not None}
        known = {
            name for name in named if knowledge.list("case", status="published", category=name, limit=1).items
        }
        return cls({one: frozenset(kinds) for one, kinds in held.items()}, frozenset(known))

    def judge(self, query: LabelledQuery, evidence: Evidence) -> bool | None:
        """Whether an item is right for a query: a relevant id, or a case of the query's category.

        Where nothing answers the query every item is wrong. Articles aren't judged by labels that name
        cases only, nor cases by labels that name articles only: a label says nothing of the other kind.
        """
        passage = evidence.passage
        if query.known is None:
            return None
        if not query.known:
            return False
        if query.relevant and passage.source_id in query.relevant:
            return True
        if passage.kind == "case" and query.category is not None:
            return passage.category == query.category
        spoken = any(passage.kind in self.kinds.get(one, ()) for one in query.relevant or ())
        return False if spoken else None


def run_queries(
    copilot: Copilot,
    queries: Sequence[LabelledQuery],
    answers: Answers,
    *,
    kind: SourceKind | None,
    limit: int,
    progress: Callable[[], None] = lambda: None,
) -> Iterator[Outcome]:
    """Search each text as `precedent search` does, each conversation as a suggestion does.

    Raises IndexingError without an index.
    """
    for query in queries:
        yield run_query(copilot, query, answers, kind=kind, limit=limit)
        progress()


def prepare_query(copilot: Copilot, query: LabelledQuery) -> tuple[str, str | None, list[Prepared]]:
    """What is asked, in which language, ready to be searched."""
    if query.text is None:
        understanding, prepared = copilot.prepare(query.conversation)
        return understanding.request, understanding.language, prepared
    prepared = copilot.prepare_text(query.text, query.conversation.language)
    return query.text, prepared[0].query.language, prepared


def run_query(
    copilot: Copilot, query: LabelledQuery, answers: Answers, *, kind: SourceKind | None, limit: int
) -> Outcome:
    """One query; `kind` None searches both kinds."""
    started = time.perf_counter()
    request, language, prepared = prepare_query(copilot, query)
    found = {
        one: copilot.ranked(prepared, kind=one, limit=max(limit, SHOWN[one]))
        for one in (KINDS if kind is None else (kind,))
    }
    ranking = by_confidence(found.values())[:limit] if kind is None else found[kind][:limit]
    milliseconds = (time.perf_counter() - started) * 1000

    def judged(evidence: Sequence[Evidence]) -> tuple[Item, ...]:
        return tuple(
            Item(e.passage.kind, e.passage.source_id, e.confidence, answers.judge(query, e)) for e in evidence
        )

    return Outcome(
        query=query,
        request=request,
        language=language,
        ranking=judged(ranking),
        shown=tuple(item for one in found for item in judged(found[one][: SHOWN[one]])),
        category=copilot.retriever.category(prepared)[0],
        milliseconds=milliseconds,
    )
