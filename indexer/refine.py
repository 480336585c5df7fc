"""Refining a calibration from what agents judged: requests with an item that helped or didn't."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from indexer.calibration import Calibration, fit
from indexer.embedder import Embedder
from indexer.found import Filter, Found
from indexer.lexical import query_words
from indexer.search import Generation
from knowledge_base.models import SourceKind
from knowledge_base.verdicts import Judged

# An agent judges what was shown; what a changed index no longer ranks among so many teaches nothing.
DEEPEST = 20
KINDS: tuple[SourceKind, ...] = ("case", "article")


class Refine(Protocol):
    """What agents judged in, a refitted calibration of the generation out; the generation stays as it is."""

    def __call__(
        self, generation: Generation, embedder: Embedder, judgements: Sequence[Judged]
    ) -> Calibration: ...


def refine(generation: Generation, embedder: Embedder, judgements: Sequence[Judged]) -> Calibration:
    """Fit each kind anew around its present coefficients; a kind without judgements keeps them.

    The present fit is the prior's centre, so that few judgements move it little.
    """
    import numpy as np

    before = generation.calibration
    coefficients, samples = dict(before.coefficients), dict(before.samples)
    rows: dict[str, list[tuple[tuple[float, ...], bool, float]]] = {kind: [] for kind in KINDS}
    for judgement, found in _searched(generation, embedder, judgements):
        rows[found.passage.kind].append(((1.0, *found.features), judgement.helped, judgement.weight))
    for kind, judged in rows.items():
        if judged:
            features, helped, worth = (np.array(column) for column in zip(*judged, strict=True))
            coefficients[kind] = fit(features, helped, worth, coefficients[kind])
            samples[kind] += len(judged)
    return Calibration(coefficients, samples)


def _searched(
    generation: Generation, embedder: Embedder, judgements: Iterable[Judged]
) -> Iterator[tuple[Judged, Found]]:
    """Each judgement with its item as the request finds it now; one search a request and kind."""
    grouped: dict[tuple[str, str | None, SourceKind], list[Judged]] = {}
    for one in judgements:
        kind: SourceKind = "case" if one.item.startswith("case:") else "article"
        grouped.setdefault((one.request, one.language, kind), []).append(one)
    for (request, language, kind), judged in grouped.items():
        text = generation.products.without(request, language)
        words = [query_words(request, language)]
        wording = generation.wording(embedder.embed([text]), words, [text], language)
        found = {
            f"{kind}:{generation.manifest.original(one.passage.source_id)}": one
            for one in reversed(generation.find(wording, Filter(kind), limit=DEEPEST))
        }
        for judgement in judged:
            if judgement.item in found:
                yield judgement, found[judgement.item]
