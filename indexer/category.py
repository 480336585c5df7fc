"""The small learned head that names a category: multinomial logistic regression over the vectors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.topics import NAME_WORTH

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Below this a head learns noise: the neighbours alone name the category.
FEWEST_ROWS = 20
MOST_ROWS = 20_000
FILE = "category.npz"
# Inverse strength of the penalty; the held-out quality of intent sets is flat from 10 to 50.
C = 20.0


@dataclass(frozen=True, slots=True)
class CategoryHead:
    """`weights` has shape (categories, dim), `bias` (categories,), in the order of the codes; or none."""

    weights: NDArray[np.float32] | None = None
    bias: NDArray[np.float32] | None = None

    def probabilities(self, vector: NDArray[np.float32]) -> NDArray[np.float64] | None:
        """Shape (categories,), adds up to 1; None without a head."""
        import numpy as np

        if self.weights is None or self.bias is None:
            return None
        logits = (self.weights @ vector + self.bias).astype(np.float64)
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        return np.asarray(shares, dtype=np.float64)

    def save(self, folder: Path) -> None:
        import numpy as np

        if self.weights is not None and self.bias is not None:
            np.savez(folder / FILE, weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, folder: Path) -> CategoryHead:
        import numpy as np

        if not (folder / FILE).is_file():
            return cls()
        with np.load(folder / FILE) as data:
            return cls(data["weights"], data["bias"])


def train(vectors: NDArray[np.float32], codes: NDArray[np.int32], names: NDArray[np.float32]) -> CategoryHead:
    """Fit on `vectors`, shape (n, dim), with the number of its category for each row.

    `names`, shape (categories, dim), are the vectors of the categories' names: each is learned from as
    NAME_WORTH examples of it. An empty head where learning makes no sense.
    """
    import numpy as np

    if len(codes) < FEWEST_ROWS or len(np.unique(codes)) < 2:
        return CategoryHead()
    from sklearn.linear_model import LogisticRegression

    rows = np.arange(len(codes))
    if len(codes) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(len(codes), MOST_ROWS, replace=False))
    x = np.vstack([vectors[rows], names])
    y = np.concatenate([codes[rows], np.arange(len(names), dtype=codes.dtype)])
    worth = np.concatenate([np.ones(len(rows)), np.full(len(names), NAME_WORTH)])
    model = LogisticRegression(C=C, max_iter=500).fit(x, y, sample_weight=worth)
    weights, bias = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    if len(names) == 2:  # scikit-learn keeps one row for two classes
        weights, bias = np.vstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    return CategoryHead(weights, bias)
