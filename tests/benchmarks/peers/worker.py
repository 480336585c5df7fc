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

from copilot.evaluation.evaluate import DEEPEST, Tally, report
from copilot.evaluation.queries import LabelledQuery, read_queries
from tests.benchmarks.peers import Found, Search
from tests.benchmarks.processes import megabytes

WARMING = 3  # queries asked before the clock runs
DEEPER = 5  # times DEEPEST texts are asked for where several are of one article, so that ten articles come


def best_of_each(found: Iterable[tuple[int, float]], sources: Sequence[str]) -> list[str]:
    """The cases or articles in the order of the best text of each."""
    return list(dict.fromkeys(sources[row] for row, _ in found))[:DEEPEST]


def add(tally: Tally, query: LabelledQuery, found: Found, sources: Sequence[str]) -> None:
    """Count a query's answer as `precedent evaluate` does; the highest score stands for the confidence."""
    if query.relevant:
        tally.hits.append([one in query.relevant for one in best_of_each(found, sources)])
        tally.relevant.append(len(query.relevant))
    if query.known is not None:
        highest = max((score for _, score in found), default=float("-inf"))
        (tally.answered if query.known else tally.unanswered).append(highest)


def ask(search: Callable[[str], Found], queries: Sequence[LabelledQuery], sources: Sequence[str]) -> Tally:
    """Ask one query after the other, the clock on each from its text to what was found."""
    tally = Tally()
    texts = [query.conversation.messages[0].text for query in queries]
    for text in texts[:WARMING]:
        search(text)
    for query, text in zip(queries, texts, strict=True):
        started = time.perf_counter()
        found = search(text)
        tally.milliseconds.append((time.perf_counter() - started) * 1000)
        add(tally, query, found, sources)
    return tally


def measure(build: Callable[[Sequence[str]], Search], folder: Path) -> dict[str, Any]:
    """Seconds to index, memory at its highest, and the figures of each query file."""
    prepared = json.loads((folder / "prepared.json").read_text(encoding="utf-8"))
    texts, sources = prepared["texts"], prepared["sources"]
    deep = DEEPEST if len(set(sources)) == len(sources) else DEEPER * DEEPEST
    started = time.monotonic()
    found_in = build(texts)
    seconds = time.monotonic() - started

    def search(text: str) -> Found:
        return found_in(text, min(deep, len(texts)))

    tallies = {}
    for name, path in prepared["questions"].items():
        queries, _ = read_queries(Path(path))
        tallies[name] = ask(search, queries, sources)
    # Before the statistics are loaded, which are no part of the peer.
    memory = megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    figures = {name: report(tally, len(tally.milliseconds)) for name, tally in tallies.items()}
    return {"index_seconds": round(seconds, 2), "memory_mb": round(memory), "figures": figures}


def main() -> None:
    """Write the figures beside what was read."""
    module, folder = sys.argv[1], Path(sys.argv[2])
    build = import_module(f"tests.benchmarks.peers.{module}").build
    (folder / f"{module}.json").write_text(json.dumps(measure(build, folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
