"""The small learned head that names a category: linear models over the encoder's vectors and over n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.ngrams import Grams, NgramIndex
from indexer.topics import NAME_WORTH, name_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Below this a head learns noise: the neighbours alone name the category.
FEWEST_ROWS = 20
MOST_ROWS = 20_000
# Numbers in the n-gram model at most; the buckets that say least are left out of a larger one.
MOST_NUMBERS = 20_000_000
FILE = "category.npz"
# Inverse strength of the penalty; the held-out quality of intent sets is flat from 10 to 50.
C = 20.0
NGRAM_C = 1.0
# A margin of the n-gram model beside a logit of the other: on banking77, 1 to 3 differ by .003.
NGRAM_WEIGHT = 2.0
# What the n-gram model is stopped at; finer names the same categories and takes longer.
TOLERANCE = 0.01
MOST_ROUNDS = 5000
# The logit of a category that a head wasn't taught.
ABSENT = -30.0


@dataclass(frozen=True, slots=True)
class Linear:
    """`bias` has shape (categories,); `weights` (categories, dim), with `buckets` (buckets, categories)."""

    weights: NDArray[Any]
    bias: NDArray[np.float32]
    buckets: NDArray[np.int32] | None = None


@dataclass(frozen=True, slots=True)
class Examples:
    """What a head learns from: vectors (n, dim), n-grams as a CSR matrix of n rows, category codes (n,)."""

    vectors: NDArray[np.float32]
    ngrams: Any
    codes: NDArray[np.int32]

    def take(self, rows: NDArray[Any]) -> Examples:
        """Some of the rows."""
        return Examples(self.vectors[rows], self.ngrams[rows], self.codes[rows])


@dataclass(frozen=True, slots=True)
class CategoryHead:
    """Both models, or none where learning makes no sense; categories in the order of their codes."""

    vectors: Linear | None = None
    ngrams: Linear | None = None

    def logits(self, vector: NDArray[np.float32], views: Sequence[Grams]) -> NDArray[np.float64] | None:
        """How much speaks for each category, shape (categories,); None without a head.

        `vector` is the mean of the views' vectors, `views` are their n-grams, whose margins are averaged.
        """
        import numpy as np

        if self.vectors is None or self.ngrams is None:
            return None
        found = (self.vectors.weights @ vector + self.vectors.bias).astype(np.float64)
        for view in views:
            found += NGRAM_WEIGHT * _margins(self.ngrams, view) / len(views)
        return np.asarray(found, dtype=np.float64)

    def save(self, folder: Path) -> None:
        import numpy as np

        if self.vectors is None or self.ngrams is None:
            return
        np.savez(
            folder / FILE,
            weights=self.vectors.weights,
            bias=self.vectors.bias,
            ngram_weights=self.ngrams.weights,
            ngram_bias=self.ngrams.bias,
            buckets=np.asarray(self.ngrams.buckets),
        )

    @classmethod
    def load(cls, folder: Path) -> CategoryHead:
        import numpy as np

        if not (folder / FILE).is_file():
            return cls()
        with np.load(folder / FILE) as data:
            return cls(
                Linear(data["weights"], data["bias"]),
                Linear(data["ngram_weights"], data["ngram_bias"], data["buckets"]),
            )


def probabilities(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The softmax; adds up to 1."""
    import numpy as np

    shares = np.exp(logits - logits.max())
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def _margins(model: Linear, view: Grams) -> NDArray[np.float64]:
    import numpy as np

    assert model.buckets is not None
    places = np.searchsorted(model.buckets, view.buckets)
    places = np.minimum(places, max(len(model.buckets) - 1, 0))
    known = model.buckets[places] == view.buckets if len(model.buckets) else np.zeros(0, dtype=bool)
    weights = model.weights[places[known]].astype(np.float32)
    return np.asarray(weights.T @ view.weights[known] + model.bias, dtype=np.float64)


def name_examples(categories: Sequence[str], vectors: NDArray[np.float32], ngrams: NgramIndex) -> Examples:
    """The names of the categories, whose vectors are `vectors`, shape (categories, dim)."""
    import numpy as np

    texts = [name_of(category) for category in categories]
    return Examples(vectors, ngrams.weighed(texts), np.arange(len(texts), dtype=np.int32))


def train(examples: Examples, names: Examples, categories: int) -> CategoryHead:
    """Fit both models for codes below `categories`; an empty head where learning makes no sense.

    `names` are the names of categories, a row each: each is learned from as NAME_WORTH examples of it. A
    category without any example or name is never named.
    """
    import numpy as np
    from scipy.sparse import vstack

    if len(examples.codes) < FEWEST_ROWS or len(np.unique(examples.codes)) < 2:
        return CategoryHead()
    rows = np.arange(len(examples.codes))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(len(rows), MOST_ROWS, replace=False))
    chosen = examples.take(rows)
    y = np.concatenate([chosen.codes, names.codes])
    worth = np.concatenate([np.ones(len(rows)), np.full(len(names.codes), NAME_WORTH)])
    return CategoryHead(
        _logistic(np.vstack([chosen.vectors, names.vectors]), y, worth, categories),
        _margin(vstack([chosen.ngrams, names.ngrams]).tocsr(), y, worth, categories),
    )


def _logistic(
    x: NDArray[np.float32], y: NDArray[np.int32], worth: NDArray[np.float64], categories: int
) -> Linear:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=C, max_iter=500).fit(x, y, sample_weight=worth)
    weights, bias = _a_row_each(model, categories, half=2.0, absent=ABSENT)
    return Linear(weights.astype(np.float32), bias)


def _margin(x: Any, y: NDArray[np.int32], worth: NDArray[np.float64], categories: int) -> Linear:
    """One against the rest; the weights are kept bucket by bucket, shape (buckets, categories)."""
    import numpy as np
    from sklearn.svm import LinearSVC

    used = np.unique(x.indices)
    model = LinearSVC(C=NGRAM_C, tol=TOLERANCE, max_iter=MOST_ROUNDS, random_state=0)
    model.fit(x[:, used], y, sample_weight=worth)
    weights, bias = _a_row_each(model, categories, half=1.0, absent=-1.0)
    most = max(1, MOST_NUMBERS // categories)
    if len(used) > most:
        kept = np.sort(np.argpartition(-np.abs(weights).max(axis=0), most)[:most])
        used, weights = used[kept], weights[:, kept]
    return Linear(np.ascontiguousarray(weights.T).astype(np.float16), bias, used.astype(np.int32))


def _a_row_each(
    model: Any, categories: int, *, half: float, absent: float
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Weights and bias, a row for each code: scikit-learn has one for two classes, none for absent ones."""
    import numpy as np

    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        weights = np.vstack([-weights / half, weights / half])
        bias = np.concatenate([-bias / half, bias / half])
    every = np.zeros((categories, weights.shape[1]))
    every[model.classes_] = weights
    biases = np.full(categories, absent, dtype=np.float32)
    biases[model.classes_] = bias
    return every, biases
