"""Runs kept query by query as JSON Lines, and two of them compared: what got better, what got worse."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from copilot.evaluation.outcome import Outcome
from copilot.evaluation.report import MEASURES, PLACES
from indexer.manifest import write_durably
from knowledge_base.errors import InputError, RecordError
from knowledge_base.lines import bounded_lines
from knowledge_base.records import parse_json

# Measures of yes and no, which the paired test is for; a search as deep as 10 tells an agent little more.
COMPARED = ("recall@1", "recall@5", "category_accuracy", "silent")
CLEAR = 0.05  # below this chance alone is told to be an unlikely reason

Key = tuple[str, int]
"""A query's id, and which of the queries with this id it is."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was kept: its signature, and the values of each query in each measure it has labels for."""

    signature: Mapping[str, Any]
    values: Mapping[Key, Mapping[str, float]] = field(default_factory=dict)


def lines_of(outcomes: Sequence[Outcome], signature: Mapping[str, Any], floor: float) -> Iterator[str]:
    """The lines of a run's file: the signature, then each query with what it found and how right that is."""
    yield json.dumps({"signature": signature}) + "\n"
    for outcome in outcomes:
        document = {
            "id": outcome.query.id,
            "found": [item.name for item in outcome.ranking],
            "confidence": [item.confidence for item in outcome.ranking],
            "right": [item.right for item in outcome.ranking],
            "rank": outcome.rank,
            "category": outcome.category,
            "values": _values(outcome, floor),
        }
        yield json.dumps(document) + "\n"


def run_of(outcomes: Sequence[Outcome], signature: Mapping[str, Any], floor: float) -> Run:
    """A run as it would be kept."""
    keyed = _keyed((outcome.query.id, _values(outcome, floor)) for outcome in outcomes)
    return Run(signature, keyed)


def read_run(path: Path) -> Run:
    """Read a run's file. Raises InputError and RecordError."""
    try:
        with path.open("rb") as stream:
            documents = list(_documents(stream, path.name))
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}): check the path") from error
    signature = documents[0][1].get("signature") if documents else None
    if not isinstance(signature, dict):
        raise InputError(f"{path} holds no run: make one by `precedent evaluate FILE --runs {path}`")
    return Run(signature, _keyed(_value_line(document, path.name, line) for line, document in documents[1:]))


def check_writable(path: Path) -> None:
    """Try the place where a run is to be kept, before the work is done. Raises InputError."""
    keep(path.with_name(f".{path.name}.try"), ())
    path.with_name(f".{path.name}.try").unlink(missing_ok=True)


def keep(path: Path, lines: Iterable[str]) -> None:
    """Write a run's file, whole or not at all. Raises InputError."""
    try:
        write_durably(path, "".join(lines))
    except OSError as error:
        raise InputError(f"{path} can't be written ({error.strerror}): name another file") from error


def compare(before: Run, now: Run) -> dict[str, Any]:
    """Of each measure the queries that gained and those that lost, and whether chance alone may explain it.

    Only queries that both runs hold are compared, each with itself.
    """
    both = [key for key in now.values if key in before.values]
    measures = {}
    for name in COMPARED:
        pairs = [
            (key, before.values[key][name], now.values[key][name])
            for key in both
            if name in before.values[key] and name in now.values[key]
        ]
        if pairs:
            measures[name] = _measure(pairs)
    return {
        "before": before.signature, "n": len(both),
        "only_before": len(before.values) - len(both), "only_now": len(now.values) - len(both),
        "measures": measures,
    }  # fmt: skip


def mcnemar(gained: int, lost: int) -> float:
    """The two-sided exact probability of so uneven a split, were gaining and losing equally likely.

    McNemar (1947), with the binomial distribution in place of his approximation, which small sets need.
    """
    if gained + lost == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(gained, gained + lost, 0.5).pvalue)


def _measure(pairs: Sequence[tuple[Key, float, float]]) -> dict[str, Any]:
    better = [key[0] for key, old, new in pairs if new > old]
    worse = [key[0] for key, old, new in pairs if new < old]
    p = mcnemar(len(better), len(worse))
    means = [sum(values) / len(pairs) for values in zip(*((old, new) for _, old, new in pairs), strict=True)]
    return {
        "n": len(pairs), "before": round(means[0], PLACES), "now": round(means[1], PLACES),
        "better": better, "worse": worse, "p": round(p, PLACES),
        "verdict": _verdict(len(better), len(worse), p),
    }  # fmt: skip


def _verdict(better: int, worse: int, p: float) -> str:
    if not better + worse:
        return "the same"
    told = f"{better} better, {worse} worse"
    if p >= CLEAR:
        return f"no clear difference: {told}, which chance alone may give (p = {p:.2f})"
    sure = f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"
    return f"clearly {'better' if better > worse else 'worse'}: {told} ({sure})"


def _values(outcome: Outcome, floor: float) -> dict[str, float]:
    told = {name: measure(outcome, floor) for name, measure in MEASURES.items()}
    return {name: round(value, PLACES) for name, value in told.items() if value is not None}


def _keyed(values: Iterable[tuple[str, Mapping[str, float]]]) -> dict[Key, Mapping[str, float]]:
    seen: Counter[str] = Counter()
    keyed: dict[Key, Mapping[str, float]] = {}
    for identifier, entry in values:
        keyed[identifier, seen[identifier]] = entry
        seen[identifier] += 1
    return keyed


def _documents(stream: BinaryIO, file: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, raw in bounded_lines(stream):
        if raw is None or not raw.strip():
            continue
        document = parse_json(raw, file, number)
        if not isinstance(document, dict):
            raise RecordError(file, number, "", "a JSON object is expected")
        yield number, document


def _value_line(document: Mapping[str, Any], file: str, line: int) -> tuple[str, dict[str, float]]:
    identifier, values = document.get("id"), document.get("values")
    if not isinstance(identifier, str):
        raise RecordError(file, line, "id", "a text is expected")
    if not isinstance(values, dict) or not all(isinstance(v, int | float) for v in values.values()):
        raise RecordError(file, line, "values", "an object of numbers is expected")
    return identifier, values
