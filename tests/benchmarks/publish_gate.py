"""How long the checks of a publish and of an import take: `python -m tests.benchmarks.publish_gate [CASES]`.

The base is the sample desk, its cases told again and again in other words until there are CASES of them.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from copilot.assemble import build_copilot, build_import_gate, open_knowledge_base
from copilot.assist import Copilot
from copilot.settings import Settings
from indexer.build import build_index
from knowledge_base.importing import import_paths
from knowledge_base.models import Case, PolicyArticle, Question, Record, ReplyTemplate
from knowledge_base.records import record_to_dict
from knowledge_base.sample_desk import load_sample, sample_path
from knowledge_base.store import KnowledgeBase

CASES = 10_000
IMPORTED = 1_000
TRIES = 25
PLACES = ("Leipzig", "Graz", "Porto", "Lyon", "Gdynia", "Utrecht", "Malmö", "Turin", "Vigo", "Basel", "Cork")


def main(most: int) -> None:
    """Build the base, time each kind of publish, then an import with the gate and without it."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data=Path(name))
        with open_knowledge_base(settings) as knowledge:
            load_sample(knowledge)
            # They are made up: looking for what is personal in them would take longer than all else.
            knowledge._each_without_personal = iter  # type: ignore[assignment,method-assign]
            knowledge.put_many(more_cases(knowledge, most), actor="benchmark")
            copilot = build_copilot(settings, knowledge)
            build_index(knowledge, settings.index_folder, copilot.retriever.embedder)
            copilot.warm()
            count = knowledge.count("case", status="published")
            print(f"{count} cases; milliseconds that the checks of one publish take:")
            for what, records in publishes(knowledge).items():
                report(what, list(measured(copilot, records)))
            file = Path(name) / "some.jsonl"
            write(file, more_cases(knowledge, IMPORTED))
            plain, gated = (timed(lambda on=on: imported(settings, file, gate=on)) for on in (False, True))
            print(f"an import of {IMPORTED} cases: {plain:.1f} s of work, with its checks {gated:.1f} s")


def more_cases(knowledge: KnowledgeBase, most: int) -> Iterator[Case]:
    """Cases of the sample desk, each told of another place, order and day."""
    cases = [one for one in knowledge.each("case", status="published") if isinstance(one, Case)]
    for number, case in enumerate(islice(cycle(cases), most)):
        place, order = PLACES[number % len(PLACES)], 70_000 + number
        told = f"{case.problem} It was order {order} for a shop in {place}."
        yield replace(case, id=f"B-{number}", problem=told, messages=())


def publishes(knowledge: KnowledgeBase) -> dict[str, Sequence[Record]]:
    """What is published, by what is done."""
    cases = [one for one in islice(knowledge.each("case", status="published"), 400) if isinstance(one, Case)]
    articles = [
        one for one in knowledge.each("article", status="published") if isinstance(one, PolicyArticle)
    ]
    cases, articles = cases[:: max(1, len(cases) // TRIES)][:TRIES], articles[:TRIES]
    templates = [
        one for one in knowledge.each("template", status="published") if isinstance(one, ReplyTemplate)
    ]
    questions = [one for one in knowledge.each("question", status="published") if isinstance(one, Question)]
    return {
        "a new case": [replace(one, id=f"new-{one.id}") for one in cases],
        "a changed case": [replace(one, problem=f"{one.problem} It rained.") for one in cases],
        "a retired case": [replace(one, status="retired") for one in cases],
        "an article's figures": [replace(one, body=f"{one.body}\nYou have 77 days.") for one in articles],
        "a retired article": [replace(one, status="retired") for one in articles],
        "a template": [replace(one, id=f"{one.id}/2") for one in templates[:TRIES]],
        "a golden question": [replace(one, id=f"new-{one.id}") for one in questions[:TRIES]],
    }


def measured(copilot: Copilot, records: Sequence[Record]) -> Iterator[tuple[float, float, int]]:
    """Milliseconds by the clock and of work, and findings of each."""
    for record in records:
        started, worked = time.perf_counter(), time.process_time()
        found = copilot.gate.look([record])
        clock, work = time.perf_counter() - started, time.process_time() - worked
        yield clock * 1000, work * 1000, len(found)


def report(what: str, found: Sequence[tuple[float, float, int]]) -> None:
    """The median and the worst of twenty, by the clock and of work alone, and how much was found.

    Where the machine has nothing else to do both are alike.
    """
    if not found:
        return
    clocks, works, counts = zip(*found, strict=True)
    told = "   ".join(
        f"{name} median {statistics.median(times):5.0f} p95 {worst(times):5.0f}"
        for name, times in (("clock", clocks), ("work", works))
    )
    print(f"  {what:21} {told}   n {len(found):2}   findings {statistics.mean(counts):.1f}")


def worst(times: Sequence[float]) -> float:
    """The 95th of a hundred."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


def imported(settings: Settings, file: Path, *, gate: bool) -> None:
    """Import into a base of its own that has the sample desk's articles."""
    with tempfile.TemporaryDirectory() as name, open_knowledge_base(Settings(data=Path(name))) as knowledge:
        import_paths(knowledge, [sample_path() / "articles"])
        judge = build_import_gate(settings, knowledge) if gate else None
        import_paths(knowledge, [file], gate=judge)


def timed(what: Callable[[], None]) -> float:
    """Seconds of work."""
    started = time.process_time()
    what()
    return time.process_time() - started


def write(file: Path, cases: Iterator[Case]) -> None:
    """Cases as an import reads them."""
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(record_to_dict(case)) + "\n" for case in cases)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
