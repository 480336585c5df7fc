"""Measures one peer on one set in a process of its own: `worker MODULE FOLDER`.

Reads what `compare` prepared in FOLDER, writes MODULE.json there.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from copilot.evaluation.queries import LabelledQuery, read_queries
from knowledge_base.models import SourceKind
from tests.benchmarks.peers import Found, Search
from tests.benchmarks.processes import megabytes

WARMING = 3  # queries asked before the clock runs
DEEPEST = 10  # as deep as `precedent evaluate` looks
DEEPER = 5  # times as many texts are asked for where several are of one article, so that ten articles come
# The others, of `evaluate`'s, speak of categories and of confidence, which peers don't tell.
FIGURES = ("n", "recall@1", "recall@3", "recall@5", "recall@10", "mrr@10", "ndcg@10", "abstention_auroc")
Answer = tuple[LabelledQuery, Found, float]


def best_of_each(found: Iterable[tuple[int, float]], sources: Sequence[str]) -> list[tuple[str, float]]:
    """The cases or articles in the order of the best text of each, with its score."""
    best: dict[str, float] = {}
    for row, score in found:
        best.setdefault(sources[row], score)
    return list(best.items())[:DEEPEST]


def ask(search: Callable[[str], Found], queries: Sequence[LabelledQuery]) -> list[Answer]:
    """Ask one query after the other, the clock (in milliseconds) on each from its text to what was found."""
    texts = [query.conversation.messages[0].text for query in queries]
    for text in texts[:WARMING]:
        search(text)
    answers = []
    for query, text in zip(queries, texts, strict=True):
        started = time.perf_counter()
        found = search(text)
        answers.append((query, found, (time.perf_counter() - started) * 1000))
    return answers


def counted(answers: Sequence[Answer], kind: SourceKind, sources: Sequence[str]) -> dict[str, Any]:
    """The figures as `precedent evaluate` reckons them; the score stands for the confidence."""
    from copilot.evaluation.outcome import Item, Outcome
    from copilot.evaluation.report import figures_of

    outcomes = [
        Outcome(
            query=query,
            request="",
            language=None,
            ranking=tuple(Item(kind, one, score, None) for one, score in best_of_each(found, sources)),
            shown=(),
            category=None,
            milliseconds=milliseconds,
        )
        for query, found, milliseconds in answers
    ]
    figures = figures_of(outcomes, 0.0)
    intervals = {name: pair for name, pair in figures["intervals"].items() if name in FIGURES}
    told = {name: figures[name] for name in FIGURES}
    return told | {"latency_ms": figures["latency_ms"], "intervals": intervals}


def measure(build: Callable[[Sequence[str]], Search], folder: Path) -> dict[str, Any]:
    """Seconds to index, memory at its highest, and the figures of each query file."""
    prepared = json.loads((folder / "prepared.json").read_text(encoding="utf-8"))
    texts, sources = prepared["texts"], prepared["sources"]
    deep = DEEPEST if len(set(sources)) == len(sources) else DEEPER * DEEPEST
    queries = {name: read_queries(Path(path))[0] for name, path in prepared["questions"].items()}
    started = time.monotonic()
    found_in = build(texts)
    seconds = time.monotonic() - started

    def search(text: str) -> Found:
        return found_in(text, min(deep, len(texts)))

    answers = {name: ask(search, asked) for name, asked in queries.items()}
    # Before the statistics are loaded, which are no part of the peer.
    memory = megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    figures = {name: counted(some, prepared["kind"], sources) for name, some in answers.items()}
    return {"index_seconds": round(seconds, 2), "memory_mb": round(memory), "figures": figures}


def main() -> None:
    """Write the figures beside what was read."""
    module, folder = sys.argv[1], Path(sys.argv[2])
    build = import_module(f"tests.benchmarks.peers.{module}").build
    (folder / f"{module}.json").write_text(json.dumps(measure(build, folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
