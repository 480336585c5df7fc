"""The small learned head that names a category: multinomial logistic regression over the vectors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Below this a head learns noise: the neighbours alone name the category.
FEWEST_CASES = 20
MOST_CASES = 20_000
FILE = "category.npz"
# Inverse strength of the penalty; the held-out quality of intent sets is flat from 10 to 50.
C = 20.0


@dataclass(frozen=True, slots=True)
class CategoryHead:
    """`weights` has shape (categories, dim), `bias` (categories,); without categories it knows nothing."""

    categories: tuple[str, ...]
    weights: NDArray[np.float32] | None = None
    bias: NDArray[np.float32] | None = None

    def probabilities(self, vector: NDArray[np.float32]) -> dict[str, float]:
        """Category to probability (they add up to 1), the likeliest first; empty without a head."""
        import numpy as np

        if self.weights is None or self.bias is None:
            return {}
        logits = self.weights @ vector + self.bias
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        order = np.argsort(-shares, kind="stable")
        return {self.categories[i]: float(shares[i]) for i in order}

    def save(self, folder: Path) -> None:
        import numpy as np

        if self.weights is not None and self.bias is not None:
            names = np.frombuffer(json.dumps(self.categories).encode(), dtype=np.uint8)
            np.savez(folder / FILE, weights=self.weights, bias=self.bias, names=names)

    @classmethod
    def load(cls, folder: Path) -> CategoryHead:
        import numpy as np

        if not (folder / FILE).is_file():
            return cls(())
        with np.load(folder / FILE) as data:
            names = tuple(json.loads(data["names"].tobytes().decode()))
            return cls(names, data["weights"], data["bias"])


def train(vectors: NDArray[np.float32], labels: Sequence[str]) -> CategoryHead:
    """Fit on `vectors`, shape (n, dim), with one label a row; an empty head where that makes no sense."""
    import numpy as np

    categories = tuple(sorted(set(labels)))
    if len(labels) < FEWEST_CASES or len(categories) < 2:
        return CategoryHead(())
    from sklearn.linear_model import LogisticRegression

    rows = np.arange(len(labels))
    if len(labels) > MOST_CASES:
        rows = np.sort(np.random.default_rng(0).choice(len(labels), MOST_CASES, replace=False))
    chosen = [labels[int(i)] for i in rows]
    if len(set(chosen)) < 2:
        return CategoryHead(())
    model = LogisticRegression(C=C, max_iter=500).fit(vectors[rows], chosen)
    weights, bias = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
        weights, bias = np.vstack([-weights / 2, weights / 2]), np.concatenate([-bias / 2, bias / 2])
    return CategoryHead(tuple(str(name) for name in model.classes_), weights, bias)
