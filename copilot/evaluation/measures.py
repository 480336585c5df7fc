"""The measures of `precedent evaluate`: pure functions over the places of one query, and over confidences."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log2


def first_rank(hits: Sequence[bool]) -> int | None:
    """The place of the first right item, counted from 1; None where none is right."""
    return next((place for place, hit in enumerate(hits, start=1) if hit), None)


def reached(k: int, rank: int | None) -> float:
    """1 when the first right item is among the first k, else 0; its mean is recall@k."""
    return float(rank is not None and rank <= k)


def reciprocal_rank(k: int, rank: int | None) -> float:
    """1 / rank of the first right item, 0 beyond k; its mean is MRR@k."""
    return 1 / rank if rank is not None and rank <= k else 0.0


def ndcg(k: int, hits: Sequence[bool], relevant: int) -> float:
    """Normalised discounted cumulative gain with gains of 0 and 1 (Järvelin and Kekäläinen, 2002).

    `hits` says of each place whether its item is right, `relevant` how many right ones there are (1 or more).
    """
    gain = sum(1 / log2(place + 1) for place, hit in enumerate(hits[:k], start=1) if hit)
    return gain / sum(1 / log2(place + 1) for place in range(1, min(relevant, k) + 1))


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
