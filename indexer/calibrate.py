"""Judged pairs from the desk's own cases, leave one out, and the calibration fitted to them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from indexer.calibration import PRIOR, Calibration, fit
from indexer.category import CategoryHead, Examples, name_examples, train
from indexer.found import Filter, Found
from indexer.lexical import query_words
from indexer.search import Generation
from knowledge_base.models import Case, Kind, Passage, Record, SourceKind, Status

# Cases asked about; each gives TOP pairs a kind. More narrows the fit by less than it costs in time.
MOST_CASES = 800
TOP = 3
# Fewer pairs than this leave the prior as it is.
FEWEST_PAIRS = 30
SEED = 20260101
# Rows that the heads of the calibration are taught at most: four of them must not outweigh the build.
MOST_TAUGHT = 4000
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
    """Something found, whether it is right, and its weight."""

    found: Found
    helped: bool
    worth: float = 1.0


def calibrate(generation: Generation, records: CaseSource) -> Calibration:
    """Fit both kinds; a kind without enough judged pairs keeps the prior."""
    asked, heads = _asked(generation, records), _Heads(generation)
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

    features = [(1.0, *pair.found.features) for pair in pairs]
    helped = np.array([pair.helped for pair in pairs])
    return fit(np.array(features), helped, np.array([pair.worth for pair in pairs]), PRIOR[kind])


def _pairs(generation: Generation, judged: Judged, kind: SourceKind, heads: _Heads) -> Iterator[Pair]:
    """What a search finds with the case itself left out, and with all that could be right left out.

    The second stands for the questions that nothing answers: without them a high relevance would never
    be seen to mislead.
    """
    import numpy as np

    if (judged.category is None) if kind == "case" else not judged.articles:
        return
    language, text = judged.passage.language, judged.passage.embedded
    vector = generation.encoded()[np.array([judged.row])]
    wording = generation.wording(vector, [query_words(text, language)], [text], language)
    known = replace(wording, head=heads.known(judged), scored={}, logits={})
    for found in generation.find(known, Filter(kind), limit=TOP, without=(judged.source,)):
        yield Pair(found, _helps(generation, found, judged))
    unknown = replace(wording, head=heads.unknown(judged), scored={}, logits={})
    for found in generation.find(
        unknown, Filter(kind), limit=TOP, without=_answers(generation, judged, kind)
    ):
        if not _helps(generation, found, judged):
            yield Pair(found, helped=False, worth=UNANSWERED)


class _Heads:
    """Heads that weren't taught what they are asked about.

    One that was taught the very case would be surer than it ever is in service, and one that was taught
    its category could not stand for a question that nothing answers. Each head leaves out a quarter of the
    categories and half of the cases.
    """

    FOLDS = 4

    def __init__(self, generation: Generation) -> None:
        import numpy as np

        passages = generation.passages
        rows = passages.labelled_rows()
        if len(rows) > MOST_TAUGHT:
            rows = np.sort(np.random.default_rng(SEED).choice(rows, MOST_TAUGHT, replace=False))
        examples = Examples(
            generation.vectors.rows(rows), generation.ngrams.matrix(rows), passages.category[rows]
        )
        self._codes = {name: code for code, name in enumerate(passages.categories)}
        self._heads = [CategoryHead()] * self.FOLDS
        if not len(rows):
            return
        names = name_examples(passages.categories, generation.topics.names, generation.ngrams)
        for fold in range(self.FOLDS):
            taught = (passages.source[rows] % 2 != fold % 2) & (examples.codes % self.FOLDS != fold)
            told = np.flatnonzero(names.codes % self.FOLDS != fold)
            own = examples.take(np.flatnonzero(taught))
            self._heads[fold] = train(own, names.take(told), len(names.codes))

    def known(self, judged: Judged) -> CategoryHead:
        """One that knows the category but not the case."""
        fold = judged.source % 2
        own = self._codes.get(judged.category or "", -1)
        return self._heads[fold if own % self.FOLDS != fold else fold + 2]

    def unknown(self, judged: Judged) -> CategoryHead:
        """One that doesn't know the category."""
        return self._heads[self._codes.get(judged.category or "", 0) % self.FOLDS]


def _helps(generation: Generation, found: Found, judged: Judged) -> bool:
    if found.passage.kind == "case":
        return found.passage.category == judged.category
    return generation.manifest.original(found.passage.source_id) in judged.articles


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
