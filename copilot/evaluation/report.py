"""From outcomes to the figures of the exchange format, with their intervals; and what lies behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from copilot.evaluation.bootstrap import interval_of_auroc, intervals_of_means
from copilot.evaluation.measures import auroc, ndcg, percentile, reached, reciprocal_rank
from copilot.evaluation.outcome import Item, Outcome
from copilot.evaluation.reliability import Judged, Reliability, reliability

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEEPEST = 10
PLACES = 4  # decimals of a figure
WORST = 10  # categories of the detail
Measure = Callable[[Outcome, float], float | None]


def _found(measure: Callable[[Outcome], float]) -> Measure:
    """A measure of queries that something relevant is named for."""
    return lambda outcome, floor: measure(outcome) if outcome.query.relevant else None


def _ranked(measure: Callable[[int | None], float]) -> Measure:
    return _found(lambda outcome: measure(outcome.rank))


def _category(outcome: Outcome, floor: float) -> float | None:
    wanted = outcome.query.category
    return None if wanted is None else float(outcome.category == wanted)


def _answered(outcome: Outcome, floor: float) -> float | None:
    return float(bool(outcome.seen(floor))) if outcome.query.known else None


def _silent(outcome: Outcome, floor: float) -> float | None:
    return float(not outcome.seen(floor)) if outcome.query.known is False else None


# The value of each query, None where it has no label for the measure; the figure is their mean.
MEASURES: Mapping[str, Measure] = {
    "recall@1": _ranked(lambda rank: reached(1, rank)),
    "recall@3": _ranked(lambda rank: reached(3, rank)),
    "recall@5": _ranked(lambda rank: reached(5, rank)),
    "recall@10": _ranked(lambda rank: reached(10, rank)),
    "mrr@10": _ranked(lambda rank: reciprocal_rank(DEEPEST, rank)),
    "ndcg@10": _found(lambda outcome: ndcg(DEEPEST, outcome.hits, len(outcome.query.relevant or ()))),
    "category_accuracy": _category,
    # Of the queries that something answers: those for which an agent is shown anything.
    "answered": _answered,
    # Of the queries that nothing answers: those for which nothing is shown.
    "silent": _silent,
}


def figures_of(outcomes: Sequence[Outcome], floor: float) -> dict[str, Any]:
    """The figures, None without such labels; `intervals` are at 95%, over queries, see bootstrap."""
    values = _values(outcomes, floor)
    figures: dict[str, Any] = {"n": len(outcomes)} | _means(values)
    intervals = dict(zip(MEASURES, intervals_of_means(values), strict=True))
    sure = [[o.surest for o in outcomes if o.query.known is known] for known in (True, False)]
    figures["abstention_auroc"] = auroc(*sure)
    intervals["abstention_auroc"] = interval_of_auroc(*sure)
    figures = {name: rounded(value) for name, value in figures.items()}
    milliseconds = [outcome.milliseconds for outcome in outcomes]
    figures["latency_ms"] = {
        name: None if (value := percentile(share, milliseconds)) is None else round(value, 2)
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }
    figures["intervals"] = {name: rounded(pair) for name, pair in intervals.items() if pair}
    figures["calibration"] = calibration_of(outcomes, floor)
    return figures


def calibration_of(outcomes: Sequence[Outcome], floor: float) -> dict[str, Any]:
    """Reliability of the first three of each kind, of the first of each alone, and from the floor on."""
    groups: dict[str, Callable[[Outcome], Sequence[Item]]] = {
        "first_three": lambda outcome: outcome.shown,
        "first_place": lambda outcome: _firsts(outcome.shown),
        "above_floor": lambda outcome: outcome.seen(floor),
    }
    measured = {name: reliability(judged_items(outcomes, chosen)) for name, chosen in groups.items()}
    return {name: None if found is None else _told(found) for name, found in measured.items()} | {
        "floor": floor
    }


def judged_items(outcomes: Sequence[Outcome], chosen: Callable[[Outcome], Sequence[Item]]) -> list[Judged]:
    """The chosen items of each outcome that a label speaks of."""
    return [
        Judged(number, item.confidence, item.right)
        for number, outcome in enumerate(outcomes)
        for item in chosen(outcome)
        if item.right is not None
    ]


def detail_of(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The categories that are told worst, each with what it was taken for."""
    named: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        if outcome.query.category is not None:
            named.setdefault(outcome.query.category, Counter())[outcome.category or "(none)"] += 1
    entries = [_category_entry(name, told) for name, told in named.items()]
    entries.sort(key=lambda entry: (entry["accuracy"], -entry["n"], entry["category"]))
    return {"categories": len(entries), "worst_categories": entries[:WORST]}


def rounded(value: Any) -> Any:
    """Figures to four places; what isn't a number stays as it is."""
    if isinstance(value, float):
        return round(value, PLACES)
    if isinstance(value, tuple | list):
        return [rounded(one) for one in value]
    return {name: rounded(one) for name, one in value.items()} if isinstance(value, dict) else value


def _values(outcomes: Sequence[Outcome], floor: float) -> NDArray[np.float64]:
    """The value of each query in each measure, shape (queries, measures), NaN without a label."""
    import numpy as np

    rows = [[measure(outcome, floor) for measure in MEASURES.values()] for outcome in outcomes]
    return np.array(rows, dtype=np.float64).reshape(len(outcomes), len(MEASURES))


def _means(values: NDArray[np.float64]) -> dict[str, float | None]:
    import numpy as np

    told = ~np.isnan(values)
    return {
        name: float(values[told[:, n], n].mean()) if told[:, n].any() else None
        for n, name in enumerate(MEASURES)
    }


def _firsts(items: Sequence[Item]) -> list[Item]:
    """The first item of each kind."""
    first: dict[str, Item] = {}
    for item in items:
        first.setdefault(item.kind, item)
    return list(first.values())


def _told(found: Reliability) -> dict[str, Any]:
    told: dict[str, Any] = rounded(asdict(found))
    return told


def _category_entry(name: str, told: Counter[str]) -> dict[str, Any]:
    n = sum(told.values())
    others = sorted(
        ((other, count) for other, count in told.items() if other != name), key=lambda e: (-e[1], e[0])
    )
    return {
        "category": name, "n": n, "accuracy": round(told[name] / n, PLACES),
        "taken_for": [{"category": other, "n": count} for other, count in others[:3]],
    }  # fmt: skip
