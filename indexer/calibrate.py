"""Judged pairs from the desk's own cases, leave one out, and the calibration fitted to them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from indexer.calibration import PRIOR, Calibration, fit
from indexer.category import CategoryHead, train
from indexer.lexical import query_words
from indexer.search import Filter, Found, Generation
from knowledge_base.models import Case, Kind, Passage, Record, SourceKind, Status

# Cases asked about; each gives TOP pairs a kind. More narrows the fit by less than it costs in time.
MOST_CASES = 800
TOP = 3
# Fewer pairs than this leave the prior as it is.
FEWEST_PAIRS = 30
SEED = 20260101
# One question in five is taken to be one that nothing in the base answers.
UNANSWERED = 0.25


class CaseSource(Protocol):
    """What calibrating needs of a knowledge base."""

    def each(self, kind: Kind, *, status: Status | None = None) -> Iterator[Record]: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """A case to ask about: the row whose vector is the question, and what would be right."""

    row: int
    source: int
    passage: Passage
    category: str | None
    articles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Something found, for a question in a foreign language or not; whether it is right; its weight."""

    found: Found
    foreign: bool
    helped: bool
    worth: float = 1.0


def calibrate(generation: Generation, records: CaseSource) -> Calibration:
    """Fit both kinds; a kind without enough judged pairs keeps the prior."""
    asked, heads = _asked(generation, records), _half_heads(generation)
    coefficients, samples = dict(PRIOR), dict.fromkeys(PRIOR, 0)
    kinds: tuple[SourceKind, ...] = ("case", "article")
    for kind in kinds:
        pairs = [pair for judged in asked for pair in _pairs(generation, judged, kind, heads)]
        if len(pairs) >= FEWEST_PAIRS:
            coefficients[kind] = _fit(pairs, kind)
            samples[kind] = len(pairs)
    return Calibration(coefficients, samples)


def _fit(pairs: list[Pair], kind: SourceKind) -> tuple[float, ...]:
    import numpy as np

    features = [
        (1.0, f.relevance, f.agreement, f.support, float(pair.foreign))
        for pair in pairs
        for f in (pair.found,)
    ]
    helped = np.array([pair.helped for pair in pairs])
    return fit(np.array(features), helped, np.array([pair.worth for pair in pairs]), PRIOR[kind])


def _pairs(
    generation: Generation, judged: Judged, kind: SourceKind, heads: Sequence[CategoryHead]
) -> Iterator[Pair]:
    """What a search finds with the case itself left out, and with all that could be right left out.

    The second stands for the questions that nothing answers: without them a high relevance would never
    be seen to mislead.
    """
    import numpy as np

    if (judged.category is None) if kind == "case" else not judged.articles:
        return
    language = judged.passage.language
    words = query_words(judged.passage.embedded, language)
    wording = generation.wording(generation.encoded()[np.array([judged.row])], [words], language)
    wording = replace(wording, head=heads[judged.source % 2])
    for found in generation.find(wording, Filter(kind), limit=TOP, without=(judged.source,)):
        yield Pair(found, wording.foreign, _helps(generation, found, judged))
    for found in generation.find(
        wording, Filter(kind), limit=TOP, without=_answers(generation, judged, kind)
    ):
        if not _helps(generation, found, judged):
            yield Pair(found, wording.foreign, helped=False, worth=UNANSWERED)


def _half_heads(generation: Generation) -> tuple[CategoryHead, CategoryHead]:
    """A head for cases of even numbers and one for odd ones, each taught by the other half alone.

    A head that was taught by the case it is asked about would be surer than it ever is in service.
    """
    import numpy as np

    passages = generation.passages
    halves = []
    for parity in (0, 1):
        rows = np.flatnonzero((passages.category >= 0) & (passages.source % 2 != parity))
        vectors = generation.vectors.rows(rows)
        halves.append(train(vectors, passages.category[rows], generation.topics.names))
    return halves[0], halves[1]


def _helps(generation: Generation, found: Found, judged: Judged) -> bool:
    if found.passage.kind == "case":
        return found.passage.category == judged.category
    return _original(generation, found.passage.source_id) in judged.articles


def _answers(generation: Generation, judged: Judged, kind: SourceKind) -> tuple[int, ...]:
    """Every source that could be right: the cases of the category; the articles cited, and who cites them."""
    import numpy as np

    passages = generation.passages
    own = generation.sources_of_category(judged.category) if judged.category else ()
    if kind == "case":
        return (judged.source, *own)
    cases, articles = passages.cites[:, 0], passages.cites[:, 1]
    cited = articles[cases == judged.source]
    citing = cases[np.isin(articles, cited)]
    return tuple(sorted({judged.source, *own, *cited.tolist(), *citing.tolist()}))


def _original(generation: Generation, article_id: str) -> str:
    """The article that this one translates; itself otherwise."""
    for original, versions in generation.manifest.translations.items():
        if article_id in versions.values():
            return original
    return article_id


def _asked(generation: Generation, records: CaseSource) -> list[Judged]:
    """A fixed sample of the cases, each asked in the customer's own words where these are known."""
    passages = generation.passages
    cases = {
        p.source_id: row
        for row in range(len(passages))
        if (p := passages[row]).heading == "problem" and p.kind == "case"
    }
    chosen = cases
    if len(cases) > MOST_CASES:
        ids = random.Random(SEED).sample(sorted(cases), MOST_CASES)
        chosen = {case_id: cases[case_id] for case_id in ids}
    policies = _policies(records, chosen)
    asked: list[Judged] = []
    for case_id, row in chosen.items():
        source = int(passages.source[row])
        said = next((r for r in passages.rows_of(source) if passages[r].heading == "said"), row)
        passage = passages[said]
        asked.append(Judged(said, source, passage, passage.category, policies.get(case_id, frozenset())))
    return asked


def _policies(records: CaseSource, chosen: dict[str, int]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for case in records.each("case", status="published"):
        if isinstance(case, Case) and case.id in chosen:
            found[case.id] = frozenset(policy.split("#")[0] for policy in case.policies)
    return found
