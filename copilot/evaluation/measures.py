"""The measures of `precedent evaluate`: pure functions over ranks and confidences."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log2


def recall_at(k: int, ranks: Sequence[int | None]) -> float | None:
    """The share of queries whose first relevant item is among the first k; ranks count from 1."""
    if not ranks:
        return None
    return sum(1 for rank in ranks if rank is not None and rank <= k) / len(ranks)


def reciprocal_rank(k: int, ranks: Sequence[int | None]) -> float | None:
    """The mean of 1 / rank of the first relevant item, 0 beyond k."""
    if not ranks:
        return None
    return sum(1 / rank for rank in ranks if rank is not None and rank <= k) / len(ranks)


def ndcg(k: int, found: Sequence[Sequence[bool]], relevant: Sequence[int]) -> float | None:
    """Normalised discounted cumulative gain with gains of 0 and 1 (Järvelin and Kekäläinen, 2002).

    `found` says of each place whether its item is relevant, `relevant` how many there are.
    """
    if not found:
        return None
    total = 0.0
    for places, count in zip(found, relevant, strict=True):
        gain = sum(1 / log2(place + 1) for place, hit in enumerate(places[:k], start=1) if hit)
        total += gain / sum(1 / log2(place + 1) for place in range(1, min(count, k) + 1))
    return total / len(found)


def auroc(answered: Sequence[float], unanswered: Sequence[float]) -> float | None:
    """The area under the ROC curve: how often an answered query scores above an unanswered one, ties half."""
    if not answered or not unanswered:
        return None
    from scipy.stats import rankdata

    ranks = rankdata([*answered, *unanswered])
    n, m = len(answered), len(unanswered)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def percentile(share: float, values: Sequence[float]) -> float | None:
    """The smallest value that this share of the values doesn't exceed (nearest rank)."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def interval(values: Sequence[float], *, seed: int = 0, draws: int = 1000) -> tuple[float, float] | None:
    """The 95% bootstrap interval of the mean (percentile method), the same for the same values."""
    if len(values) < 2:
        return None
    import numpy as np

    data = np.asarray(values, dtype=np.float64)
    picks = np.random.default_rng(seed).integers(0, len(data), size=(draws, len(data)))
    low, high = np.percentile(data[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
