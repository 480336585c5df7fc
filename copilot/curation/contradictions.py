"""Cases that contradict each other or policy in force: figures of one thing differ, or one refuses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from copilot.curation.figures import differing, figures_in, measured
from copilot.curation.traits import Pair, Told
from copilot.drafting.facts import Fact, facts_in
from copilot.drafting.text import clean_text, sentences, without_markup
from copilot.promises.reading import commitments_in, refusals_in
from indexer.lexical import words_of
from indexer.split import Section, sections_of
from knowledge_base.models import Case, PolicyArticle, Record
from knowledge_base.store import KnowledgeBase

Differs = Literal["amount", "percent", "time", "workdays", "months", "refused"]
# Cases speak of one thing when both what they ask and what settles them is this near; sentences when they
# share so much of their words, figures left out. Set by reading what is listed on the sample desk.
ALIKE_PROBLEM, ALIKE_RESOLUTION = 0.65, 0.65
SAME_THING = 0.6
# A sentence with fewer words than these says too little to be told apart.
FEWEST_WORDS = 3
_SHORT = 2


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence and where it stands: `case:C-1`, or a clause, `article:returns#the-30-days`."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sentences on one thing that don't go together."""

    differs: Differs
    first: Statement
    second: Statement


@dataclass(frozen=True, slots=True)
class Unbacked:
    """What a resolution states that none of the articles it cites knows."""

    case_id: str
    stated: str


def between_cases(pairs: Iterable[Pair]) -> Iterator[Contradiction]:
    """Near cases whose resolutions name other figures for one thing, or allow what the other refuses."""
    for pair in pairs:
        near = pair.problem >= ALIKE_PROBLEM and pair.resolution >= ALIKE_RESOLUTION
        if not near or pair.category is False:
            continue
        first, second = (_statements(case) for case in (pair.first, pair.second))
        yield from _figures(first, second)
        yield from _refusals(pair)


def could_contradict(first: Told, second: Told) -> bool:
    """Whether anything in their words can contradict, before the encoder says whether they are near."""
    if first.case.category and second.case.category and first.case.category != second.case.category:
        return False
    both = first.settled.keys() & second.settled.keys()
    if any(len(first.settled[measure] | second.settled[measure]) > 1 for measure in both):
        return True
    sides = (first.case, second.case), (second.case, first.case)
    return any(
        _refused(one.resolution, one.language) & _granted(other.resolution, other.language)
        for one, other in sides
    )


def with_policy(
    knowledge: KnowledgeBase, today: date, *, only: Sequence[str] | None = None
) -> Iterator[Contradiction]:
    """Published cases, or `only` these, beside the clauses in force of the articles that they cite."""
    clauses: dict[str, Sequence[Statement]] = {}
    for article in knowledge.each("article", status="published"):
        if isinstance(article, PolicyArticle) and article.in_force(today):
            clauses[article.id] = clauses_of(article)
    cases = knowledge.each("case", status="published") if only is None else _named(knowledge, only)
    for case in cases:
        if isinstance(case, Case) and case.status == "published":
            cited = dict.fromkeys(policy.partition("#")[0] for policy in case.policies)
            yield from against_clauses(case, [one for article in cited for one in clauses.get(article, ())])


def clauses_of(article: PolicyArticle) -> Sequence[Statement]:
    """An article's sentences, each with its section."""
    return [one for section in sections_of(article.body) for one in _clauses(article.id, section)]


def against_clauses(case: Case, clauses: Sequence[Statement]) -> Iterator[Contradiction]:
    """A case beside the clauses of the articles that it cites."""
    if clauses:
        yield from _against(_statements(case), clauses)


def _named(knowledge: KnowledgeBase, ids: Sequence[str]) -> Iterator[Record]:
    yield from knowledge.get_many("case", ids).values()


def unbacked(case: Case, texts: Sequence[str]) -> Iterator[Unbacked]:
    """Percentages and periods of the resolution that none of the cited articles' texts knows."""
    if not texts:
        return
    stated = [fact for fact in _facts(case.resolution) if fact.kind in ("percent", "period")]
    backed = frozenset[tuple[str, str]]().union(*map(_facts_of, texts)) if stated else frozenset()
    for fact in stated:
        if (fact.kind, fact.value) not in backed:
            yield Unbacked(case.id, case.resolution[fact.start : fact.end])


def _statements(case: Case) -> list[Statement]:
    return [Statement(f"case:{case.id}", sentence) for sentence in sentences(case.resolution)]


def _clauses(article_id: str, section: Section) -> Iterator[Statement]:
    source = f"article:{article_id}#{section.slug}"
    for sentence in sentences(clean_text(without_markup(section.text))):
        yield Statement(source, sentence)


def _against(said: Sequence[Statement], clauses: Sequence[Statement]) -> Iterator[Contradiction]:
    """Figures that a clause on the same thing has otherwise, and that no other cited clause has."""
    for one in said:
        for found in _figures([one], clauses):
            figures = (_figures_of(clause.text).get(found.differs, frozenset()) for clause in clauses)
            if _figures_of(one.text)[found.differs].difference(*figures):
                yield found


def _figures(first: Sequence[Statement], second: Sequence[Statement]) -> Iterator[Contradiction]:
    """For each sentence the nearest of the others on the same thing, where their figures differ."""
    for one in first:
        if not _figures_of(one.text):
            continue
        near = max(second, key=lambda other: _same_thing(one.text, other.text), default=None)
        if near is None or _same_thing(one.text, near.text) < SAME_THING:
            continue
        for measure in differing(_figures_of(one.text), _figures_of(near.text)):
            yield Contradiction(_differs(measure), one, near)


def _refusals(pair: Pair) -> Iterator[Contradiction]:
    for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
        granted = {found.kind: found for found in commitments_in(other.resolution, other.language)}
        for refused in refusals_in(one.resolution, one.language):
            given = granted.get(refused.kind)
            if given is not None and _same_thing(refused.text, given.text) >= SAME_THING:
                yield Contradiction(
                    "refused",
                    Statement(f"case:{one.id}", refused.text),
                    Statement(f"case:{other.id}", given.text),
                )


@lru_cache(maxsize=20_000)
def _refused(text: str, language: str) -> frozenset[str]:
    return frozenset(found.kind for found in refusals_in(text, language))


@lru_cache(maxsize=20_000)
def _granted(text: str, language: str) -> frozenset[str]:
    return frozenset(found.kind for found in commitments_in(text, language))


def _differs(measure: str) -> Differs:
    kinds: dict[str, Differs] = {
        "amount": "amount", "percent": "percent", "time": "time", "workdays": "workdays", "months": "months",
    }  # fmt: skip
    return kinds[measure]


@lru_cache(maxsize=20_000)
def _facts(text: str) -> tuple[Fact, ...]:
    return facts_in(text)


@lru_cache(maxsize=4096)
def _facts_of(section: str) -> frozenset[tuple[str, str]]:
    return frozenset((fact.kind, fact.value) for fact in facts_in(section))


@lru_cache(maxsize=20_000)
def _figures_of(text: str) -> Mapping[str, frozenset[str]]:
    return figures_in(text)


def _same_thing(first: str, second: str) -> float:
    """The share of the shorter sentence's words that the other has too, figures left out, 0 to 1."""
    one, other = _bare(first), _bare(second)
    few = min(len(one), len(other))
    return len(one & other) / few if few >= FEWEST_WORDS else 0.0


@lru_cache(maxsize=20_000)
def _bare(text: str) -> frozenset[str]:
    """A sentence's words without its figures."""
    kept, at = [], 0
    for fact in facts_in(text):
        if measured(fact):
            kept.append(text[at : fact.start])
            at = fact.end
    return frozenset(word for word in words_of(" ".join([*kept, text[at:]])) if len(word) > _SHORT)
