"""Requests that ask for the same, grouped by the encoder's vectors: average linkage, always the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALIKE = 0.5
"""The mean cosine from which groups are one. Of .35 to .6, this gave the best mutual information with the
categories of two public sets, on the half looked at (`python -m tests.benchmarks.gaps`)."""
FEWEST = 3
"""Fewer that ask for the same are no gap to write for: they are counted as single questions."""
MOST_PAIRED = 4000
"""Requests that are compared each with each (64 MB of cosines); the others join the group they are like."""
FEWEST_OF_LANGUAGE = 10
"""From so many texts the mean of a language is known well enough to be taken away."""


def groups(vectors: NDArray[np.float32]) -> list[list[int]]:
    """Rows of unit vectors, shape (n, dim), in groups of FEWEST or more, the largest first.

    Among the same number the group with the earliest row stands first, rows in order; what is in no group
    asks for something that nothing else does. The last MOST_PAIRED rows make the groups.
    """
    import numpy as np

    first = max(0, len(vectors) - MOST_PAIRED)
    labels = np.full(len(vectors), -1, dtype=np.int64)
    if len(vectors) - first >= 2:
        labels[first:] = _linked(vectors[first:])
    if first:
        _join(vectors, labels, first)
    found: dict[int, list[int]] = {}
    for row, label in enumerate(labels.tolist()):
        if label >= 0:
            found.setdefault(label, []).append(row)
    return sorted(
        (rows for rows in found.values() if len(rows) >= FEWEST), key=lambda rows: (-len(rows), rows[0])
    )


def middle_of(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of unit vectors, shape (n, dim), brought to length 1, shape (dim,)."""
    import numpy as np

    mean = vectors.astype(np.float64).mean(axis=0)
    middle: NDArray[np.float32] = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return middle


def without_mean(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unit vectors without what all texts of their language share.

    An encoder made for one language puts every text of another near every other: of 400 unrelated Spanish
    sentences 300 fell into groups as they are, 56 without their mean (English: 129 and 101; it is let be).
    """
    import numpy as np

    moved = vectors - mean
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (moved / np.maximum(lengths, 1e-6)).astype(np.float32)
    return unit


def nearest_first(vectors: NDArray[np.float32], rows: Sequence[int]) -> list[int]:
    """The rows of a group, those nearest to its middle first."""
    import numpy as np

    own = vectors[list(rows)]
    order = np.argsort(-(own @ middle_of(own)), kind="stable")
    return [rows[place] for place in order.tolist()]


def _linked(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """A label for each row: groups merge while their mean cosine is ALIKE or more."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    cosines = vectors @ vectors.T
    distances = np.clip(1.0 - cosines[np.triu_indices(len(vectors), 1)].astype(np.float64), 0.0, 2.0)
    # Equal distances merge in the order of rows; rounding keeps another machine's last bit from deciding.
    tree = linkage(np.round(distances, 6), "average")
    labels: NDArray[np.int64] = fcluster(tree, 1.0 - ALIKE, "distance").astype(np.int64)
    return labels


def _join(vectors: NDArray[np.float32], labels: NDArray[np.int64], first: int) -> None:
    """Rows before `first` join the group with whose members their mean cosine is highest, if it is ALIKE."""
    import numpy as np

    known, places = np.unique(labels[first:], return_inverse=True)
    sums = np.zeros((len(known), vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, places, vectors[first:])
    means = sums / np.bincount(places)[:, None]
    for start in range(0, first, MOST_PAIRED):
        likeness = vectors[start : min(start + MOST_PAIRED, first)] @ means.T
        best = likeness.argmax(axis=1)
        fits = likeness[np.arange(len(best)), best] >= ALIKE
        labels[start : start + len(best)] = np.where(fits, known[best], -1)
