"""95% intervals by the bootstrap: how far a figure would move with other queries of the same kind.

Percentile method over DRAWS resamples of the queries (Efron and Tibshirani, An Introduction to the
Bootstrap, 1993, ch. 13), the same for the same values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Interval = tuple[float, float]

DRAWS = 1000  # what Efron and Tibshirani name as the least for a percentile interval
SEED = 0
SHARES = (2.5, 97.5)
Z = 1.959964  # the normal distribution's 97.5% point
# Resampled queries held at once: some megabytes, whatever the size of the set.
CELLS = 1_000_000


def intervals_of_means(values: NDArray[np.float64]) -> list[Interval | None]:
    """Of the mean of each column of `values`, shape (queries, measures), each value 0 to 1 or NaN (no label).

    None for fewer than two values. Where all are the same, resampling can't show any doubt and the Wilson
    score interval (Wilson, 1927) stands in: three right out of three is no certainty.
    """
    import numpy as np

    told = ~np.isnan(values)
    found = intervals_of_ratios(np.where(told, values, 0.0), told.astype(np.float64))
    columns = [values[told[:, n], n] for n in range(values.shape[1])]
    return [
        wilson(float(column[0]), len(column)) if interval and (column == column[0]).all() else interval
        for interval, column in zip(found, columns, strict=True)
    ]


def intervals_of_ratios(sums: NDArray[np.float64], sizes: NDArray[np.float64]) -> list[Interval | None]:
    """Of each column's total of `sums` over that of `sizes`, both shape (queries, measures).

    A query brings all its items or none, since they stand or fall together. None where fewer than two
    queries have any.
    """
    import numpy as np

    ratios = []
    for counts in _resamples(len(sums)):
        with np.errstate(invalid="ignore"):
            ratios.append((counts @ sums) / (counts @ sizes))
    enough = (sizes > 0).sum(axis=0) >= 2
    if not enough.any():
        return [None] * sums.shape[1]
    bounds = np.nanpercentile(np.concatenate(ratios)[:, enough], SHARES, axis=0)
    pairs = iter(zip(*bounds.tolist(), strict=True))
    return [next(pairs) if one else None for one in enough]


def interval_of_auroc(answered: Sequence[float], unanswered: Sequence[float]) -> Interval | None:
    """Of measures.auroc; None where either side is empty, or where no resample differs from another."""
    import numpy as np

    if not answered or not unanswered:
        return None
    scores = np.array([*answered, *unanswered])
    order = np.argsort(scores, kind="stable")
    known = order < len(answered)
    _, starts = np.unique(scores[order], return_index=True)
    areas = np.concatenate([_areas(counts[:, order], known, starts) for counts in _resamples(len(scores))])
    areas = areas[~np.isnan(areas)]
    if not len(areas) or areas.min() == areas.max():
        return None
    low, high = np.percentile(areas, SHARES)
    return float(low), float(high)


def wilson(share: float, n: int) -> Interval:
    """The Wilson score interval of a share of n, at 95%."""
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    reach = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, centre - reach), min(1.0, centre + reach)


def _resamples(n: int) -> Iterator[NDArray[np.float64]]:
    """How often each of n queries is drawn, shape (some draws, n), until there are DRAWS."""
    import numpy as np

    counts, block = _counts(n), max(1, CELLS // max(n, 1))
    for start in range(0, DRAWS, block):
        yield counts[start : start + block].astype(np.float64)


@lru_cache(maxsize=2)
def _counts(n: int) -> NDArray[np.uint8]:
    """Shape (DRAWS, n), a byte each; kept, since the figures of one set all want the same."""
    import numpy as np

    generator = np.random.default_rng(SEED)
    drawn = [np.bincount(generator.integers(0, n, size=n), minlength=n) for _ in range(DRAWS if n else 0)]
    return np.array(drawn, dtype=np.uint8).reshape(DRAWS, n)


def _areas(
    counts: NDArray[np.float64], known: NDArray[np.bool_], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The areas of some draws: `counts`, shape (draws, n), by rising score; ties begin at `starts`."""
    import numpy as np

    answered = np.add.reduceat(counts * known, starts, axis=1)
    unanswered = np.add.reduceat(counts * ~known, starts, axis=1)
    won = answered * (np.cumsum(unanswered, axis=1) - unanswered / 2)
    with np.errstate(invalid="ignore"):
        areas: NDArray[np.float64] = won.sum(axis=1) / (answered.sum(axis=1) * unanswered.sum(axis=1))
    return areas
