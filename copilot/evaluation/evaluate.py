"""`precedent evaluate`: runs a query file the way conversations are searched, and measures."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from copilot import __version__
from copilot.assist import Copilot
from copilot.evaluation.measures import auroc, interval, ndcg, percentile, recall_at, reciprocal_rank
from copilot.evaluation.queries import LabelledQuery, read_queries
from knowledge_base.models import SourceKind

DEEPEST = 10


@dataclass(slots=True)
class Tally:
    """What was seen query by query; one entry a query that has the label."""

    hits: list[list[bool]] = field(default_factory=list)
    relevant: list[int] = field(default_factory=list)
    category_right: list[bool] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    unanswered: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def ranks(self) -> list[int | None]:
        return [places.index(True) + 1 if True in places else None for places in self.hits]


def evaluate(
    copilot: Copilot,
    path: Path,
    *,
    kind: SourceKind | None = None,
    limit: int = DEEPEST,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """The figures of the exchange format with their intervals and signature; None without such labels.

    `kind` None searches both kinds. Raises InputError for a bad file, IndexingError without an index.
    """
    queries, digest = read_queries(path)
    copilot.warm()
    tally = Tally()
    for number, query in enumerate(queries, start=1):
        _run(copilot, query, kind, max(limit, DEEPEST), tally)
        progress(number, len(queries))
    return report(tally, len(queries)) | {
        "signature": {
            "set": digest, "recipe": copilot.retriever.generation.manifest.fingerprint,
            "version": __version__, "n": len(queries), "kind": kind,
        }
    }  # fmt: skip


def _run(copilot: Copilot, query: LabelledQuery, kind: SourceKind | None, limit: int, tally: Tally) -> None:
    started = time.perf_counter()
    _, prepared = copilot.prepare(query.conversation)
    found = copilot.ranked(prepared, kind=kind, limit=limit)
    tally.milliseconds.append((time.perf_counter() - started) * 1000)
    if query.relevant:
        tally.hits.append(_hits([evidence.passage.source_id for evidence in found], query.relevant))
        tally.relevant.append(len(query.relevant))
    if query.category is not None:
        # The likeliest category, however unsure: what is shown of it is another question.
        tally.category_right.append(copilot.retriever.category(prepared)[0] == query.category)
    if query.known is not None:
        highest = max((evidence.confidence for evidence in found), default=0.0)
        (tally.answered if query.known else tally.unanswered).append(highest)


def _hits(found: Sequence[str], relevant: frozenset[str]) -> list[bool]:
    """Whether each place is right; a case and an article may share an id, which counts once."""
    return [one in relevant and one not in found[:place] for place, one in enumerate(found)]


def report(tally: Tally, n: int) -> dict[str, Any]:
    """The figures, rounded to four places, and 95% intervals of those that are means."""
    ranks = tally.ranks()
    figures: dict[str, Any] = {"n": n}
    for k in (1, 3, 5, 10):
        figures[f"recall@{k}"] = recall_at(k, ranks)
    figures["mrr@10"] = reciprocal_rank(DEEPEST, ranks)
    figures["ndcg@10"] = ndcg(DEEPEST, tally.hits, tally.relevant)
    right = tally.category_right
    figures["category_accuracy"] = sum(right) / len(right) if right else None
    figures["abstention_auroc"] = auroc(tally.answered, tally.unanswered)
    rounded = {name: round(v, 4) if isinstance(v, float) else v for name, v in figures.items()}
    rounded["latency_ms"] = {
        name: None if (value := percentile(share, tally.milliseconds)) is None else round(value, 2)
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }
    rounded["intervals"] = _intervals(ranks, right)
    return rounded


def _intervals(ranks: Sequence[int | None], right: Sequence[bool]) -> dict[str, list[float]]:
    means: dict[str, list[float]] = {
        f"recall@{k}": [float(rank is not None and rank <= k) for rank in ranks] for k in (1, 5)
    }
    means["category_accuracy"] = [float(value) for value in right]
    found = {name: interval(values) for name, values in means.items()}
    return {
        name: [round(low, 4), round(high, 4)] for name, pair in found.items() if pair for low, high in [pair]
    }
