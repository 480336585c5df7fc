"""`precedent evaluate`: runs a query file the way conversations are searched, and measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copilot import __version__
from copilot.assist import Copilot
from copilot.evaluation.halves import HALVES, in_half, taught_by_the_other_half
from copilot.evaluation.outcome import Answers, run_queries
from copilot.evaluation.queries import LabelledQuery, read_queries
from copilot.evaluation.report import DEEPEST, detail_of, figures_of
from copilot.evaluation.runs import check_writable, compare, keep, lines_of, read_run, run_of
from indexer.refine import refine
from knowledge_base.models import SourceKind

Progress = Callable[[int, int], None]
NAMED = 5  # ids that a warning lists


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to report beside the figures. `keep_in` takes the run query by query, `before` is a kept one."""

    halves: bool = False
    feedback_half: bool = False
    detail: bool = False
    keep_in: Path | None = None
    before: Path | None = None


def evaluate(
    copilot: Copilot,
    path: Path,
    *,
    kind: SourceKind | None = None,
    limit: int = DEEPEST,
    wanted: Wanted = Wanted(),
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """The figures of the exchange format with intervals, calibration and signature; None without labels.

    `kind` None searches both kinds. Raises InputError for a bad file, IndexingError without an index.
    """
    queries, digest = read_queries(path)
    before = read_run(wanted.before) if wanted.before else None
    if wanted.keep_in:
        check_writable(wanted.keep_in)
    copilot.warm()
    answers, limit, floor = Answers.of(copilot.knowledge, queries), max(limit, DEEPEST), copilot.floors.show
    step = _steps(progress, len(queries) * (2 if wanted.feedback_half else 1))
    outcomes = list(run_queries(copilot, queries, answers, kind=kind, limit=limit, progress=step))
    signature = _signature(copilot, digest, len(queries), kind, limit)
    report = figures_of(outcomes, floor) | {
        "signature": signature,
        "warnings": _warnings(queries, answers, kind),
    }
    if wanted.halves:
        report["halves"] = {half: figures_of(in_half(outcomes, half), floor) for half in HALVES}
    if wanted.feedback_half:
        report["feedback_half"] = taught_by_the_other_half(
            copilot, outcomes, answers, refine, kind=kind, limit=limit, progress=step
        )
    if wanted.detail:
        report["detail"] = detail_of(outcomes)
    if before:
        report["compared"] = compare(before, run_of(outcomes, signature, floor))
    if wanted.keep_in:
        keep(wanted.keep_in, lines_of(outcomes, signature, floor))
    return report


def _steps(progress: Progress, total: int) -> Callable[[], None]:
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    return step


def _signature(copilot: Copilot, digest: str, n: int, kind: SourceKind | None, limit: int) -> dict[str, Any]:
    """What a figure depends on; figures of one signature are the same but for the latency.

    `set` is the query file's digest, `recipe` the index's, `knowledge` the number of the newest change that
    the index holds, `told` the languages that its words are told in.
    """
    manifest = copilot.retriever.generation.manifest
    return {
        "set": digest, "recipe": manifest.fingerprint, "version": __version__, "n": n,
        "knowledge": manifest.sequence, "passages": manifest.passages,
        "kind": kind, "k": limit, "floor": copilot.floors.show, "told": sorted(manifest.tongues),
    }  # fmt: skip


def _warnings(queries: Sequence[LabelledQuery], answers: Answers, kind: SourceKind | None) -> list[str]:
    """What in the file would silently lower a figure."""
    return list(_told(queries, answers, kind))


def _told(queries: Sequence[LabelledQuery], answers: Answers, kind: SourceKind | None) -> Iterator[str]:
    twice = [one for one, count in Counter(query.id for query in queries).items() if count > 1]
    if twice:
        yield f"{_some(twice)}: the id stands more than once in the file"
    wanted = {one for query in queries for one in query.relevant or ()}
    unknown = sorted(one for one in wanted if one not in answers.kinds)
    if unknown:
        yield f"{_some(unknown)}: named in `relevant`, but not published in the base; recall counts a miss"
    other = sorted(one for one in wanted - {*unknown} if kind is not None and kind not in answers.kinds[one])
    if other:
        yield f"{_some(other)}: named in `relevant`, but no {kind}; --kind {kind} leaves it out"
    named = {query.category for query in queries if query.category is not None}
    if missing := sorted(named - answers.categories):
        yield f"{_some(missing)}: no published case has this category"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(repr, names[:NAMED])) + more
