"""Judged pairs from the desk's own cases, leave one out, and the calibration fitted to them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from indexer.calibration import PRIOR, Calibration, fit
from indexer.lexical import query_words
from indexer.search import Filter, Found, Generation
from knowledge_base.models import Case, Kind, Passage, Record, SourceKind, Status

# Cases asked about; each gives TOP pairs a kind. More narrows the fit by less than it costs in time.
MOST_CASES = 800
TOP = 3
# Fewer pairs than this leave the prior as it is.
FEWEST_PAIRS = 30
SEED = 20260101


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


def calibrate(generation: Generation, records: CaseSource) -> Calibration:
    """Fit both kinds; a kind without enough judged pairs keeps the prior."""
    asked = _asked(generation, records)
    coefficients, samples = dict(PRIOR), dict.fromkeys(PRIOR, 0)
    kinds: tuple[SourceKind, ...] = ("case", "article")
    for kind in kinds:
        pairs = [pair for judged in asked for pair in _pairs(generation, judged, kind)]
        if len(pairs) >= FEWEST_PAIRS:
            coefficients[kind] = _fit(pairs, kind)
            samples[kind] = len(pairs)
    return Calibration(coefficients, samples)


def _fit(pairs: list[tuple[Found, bool, bool]], kind: SourceKind) -> tuple[float, ...]:
    import numpy as np

    features = np.array(
        [(1.0, f.relevance, f.agreement, f.support, float(foreign)) for f, foreign, _ in pairs]
    )
    return fit(features, np.array([helped for _, _, helped in pairs]), PRIOR[kind])


def _pairs(generation: Generation, judged: Judged, kind: SourceKind) -> Iterator[tuple[Found, bool, bool]]:
    """What a search finds, whether the question was in a foreign language, whether the find is right."""
    import numpy as np

    if (judged.category is None) if kind == "case" else not judged.articles:
        return
    language = judged.passage.language
    words = query_words(judged.passage.embedded, language)
    wording = generation.wording(generation.encoded()[np.array([judged.row])], [words], language)
    for found in generation.find(wording, Filter(kind), limit=TOP, without_source=judged.source):
        if kind == "case":
            helped = found.passage.category == judged.category
        else:
            helped = _original(generation, found.passage.source_id) in judged.articles
        yield found, wording.foreign, helped


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
