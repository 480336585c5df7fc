"""Whether a confidence means what it says: calibration error, Brier score and the reliability table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copilot.evaluation.bootstrap import Interval, intervals_of_ratios, wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 10
CHANCE_DRAWS = 200  # enough for the mean: its error is a hundredth of what it measures
CHANCE_SEED = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """An item that was found: the number of its query, how sure, and whether it is right."""

    query: int
    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Items of like confidence. `said` is their mean confidence, `right` the share that is right."""

    low: float
    high: float
    n: int
    said: float
    right: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Reliability:
    """`ece` is the expected calibration error, `by_chance` what perfect confidences would have at this n.

    Intervals are at 95%, over queries.
    """

    n: int
    said: float
    right: float
    ece: float
    by_chance: float
    brier: float
    brier_interval: Interval | None
    bins: tuple[Bin, ...]


def reliability(judged: Sequence[Judged]) -> Reliability | None:
    """Measure the confidences of judged items; None without any.

    The expected calibration error (Naeini, Cooper and Hauskrecht, 2015) is the mean, over all items, of
    how far the mean confidence of an item's bin lies from the share that is right in it. The ten bins
    hold equally many items each; equal confidences stay in one bin, so that the order of a file decides
    nothing and a bin may hold more. The Brier score (Brier, 1950) is the mean squared distance to 0 or 1.
    """
    import numpy as np

    if not judged:
        return None
    said = np.array([one.confidence for one in judged])
    right = np.array([one.right for one in judged], dtype=np.float64)
    queries = np.array([one.query for one in judged])
    codes = bins_of(said)
    errors = (said - right) ** 2
    per_query = _by_query(queries, np.column_stack([errors, *_columns(codes, right)]))
    sizes = _by_query(queries, np.column_stack([np.ones(len(said)), *_columns(codes, np.ones(len(said)))]))
    brier_interval, *intervals = intervals_of_ratios(per_query, sizes)
    return Reliability(
        n=len(judged),
        said=float(said.mean()),
        right=float(right.mean()),
        ece=float(_errors(codes, said, right[None, :])[0]),
        by_chance=_by_chance(codes, said),
        brier=float(errors.mean()),
        brier_interval=brier_interval,
        bins=tuple(
            _bin(said[codes == n], right[codes == n], interval) for n, interval in enumerate(intervals)
        ),
    )


def bins_of(confidences: NDArray[np.float64]) -> NDArray[np.int64]:
    """The number of each confidence's bin, from 0 without gaps; equal ones share a bin."""
    import numpy as np

    ordered = np.sort(confidences)
    # The highest confidence of each tenth of the items; what ties with it belongs to it.
    ends = np.ceil(np.arange(1, BINS) * len(ordered) / BINS).astype(np.int64) - 1
    edges = np.unique(ordered[np.maximum(ends, 0)])
    codes: NDArray[np.int64] = np.unique(
        np.searchsorted(edges, confidences, side="left"), return_inverse=True
    )[1]
    return codes


def _columns(codes: NDArray[np.int64], values: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    return [values * (codes == n) for n in range(int(codes.max()) + 1)]


def _by_query(queries: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rows of each query added up, shape (queries, columns)."""
    import numpy as np

    sums = np.zeros((int(queries.max()) + 1, values.shape[1]))
    np.add.at(sums, queries, values)
    return sums


def _errors(
    codes: NDArray[np.int64], said: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The calibration error of each row of `right`, shape (draws, items)."""
    import numpy as np

    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(int(codes.max()) + 1))
    gaps = np.add.reduceat((said - right)[:, order], starts, axis=1)
    errors: NDArray[np.float64] = np.abs(gaps).sum(axis=1) / len(said)
    return errors


def _by_chance(codes: NDArray[np.int64], said: NDArray[np.float64]) -> float:
    """The mean error when each item is right with exactly the probability that was said.

    Consistency resampling (Bröcker and Smith, Increasing the Reliability of Reliability Diagrams, 2007).
    """
    import numpy as np

    generator = np.random.default_rng(CHANCE_SEED)

    def drawn() -> NDArray[np.float64]:
        return (generator.random((1, len(said))) < said).astype(np.float64)

    return float(np.mean([_errors(codes, said, drawn()) for _ in range(CHANCE_DRAWS)]))


def _bin(said: NDArray[np.float64], right: NDArray[np.float64], interval: Interval | None) -> Bin:
    share = float(right.mean())
    return Bin(
        low=float(said.min()), high=float(said.max()), n=len(said), said=float(said.mean()), right=share,
        interval=interval if 0 < share < 1 else wilson(share, len(said)),
    )  # fmt: skip
