"""Turning relevance into a probability: logistic regression fitted to the desk's own cases, leave one out.

With few cases the fit stays near a cautious prior; with many the desk's own facts
decide (maximum a posteriori, a Gaussian prior of fixed width around the prior's coefficients).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Features: 1, then those of search.Found in the order of its `features`; confidence must not fall where one
# of the first RISING of these rises.
FEATURES = 7
RISING = 5
# Chosen by hand to be cautious until a desk has cases of its own: with little evidence of any kind a match
# is unlikely to help, and relevance counts most. Fitted to nothing.
PRIOR: Mapping[str, tuple[float, ...]] = {
    "case": (-6.0, 4.0, 2.0, 2.0, 0.0, 0.0, 0.0),
    "article": (-5.0, 4.0, 2.0, 2.0, 0.0, 0.0, 0.0),
}
# How far the coefficients may move for each unit of evidence: one standard deviation of the prior.
PRIOR_WIDTH = 2.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coefficients for each kind and the number of judged pairs behind them (0: the prior alone)."""

    coefficients: Mapping[str, tuple[float, ...]]
    samples: Mapping[str, int]

    def confidence(self, kind: str, features: Sequence[float]) -> float:
        """The probability, 0 to 1, that a passage really helps; the first feature, 1, is left out."""
        from math import exp

        first, *weights = self.coefficients[kind]
        logit = first + sum(w * value for w, value in zip(weights, features, strict=True))
        return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))

    def as_json(self) -> dict[str, dict[str, object]]:
        return {
            kind: {"coefficients": list(self.coefficients[kind]), "sample": self.samples[kind]}
            for kind in self.coefficients
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Mapping[str, Any]]) -> Calibration:
        """The prior stands in for a kind that `data` doesn't have."""
        coefficients, samples = dict(PRIOR), dict.fromkeys(PRIOR, 0)
        for kind, entry in data.items():
            coefficients[kind] = tuple(float(value) for value in entry["coefficients"])
            samples[kind] = int(entry["sample"])
        return cls(coefficients, samples)


def fit(
    features: NDArray[np.float64],
    helped: NDArray[np.bool_],
    worth: NDArray[np.float64],
    prior: tuple[float, ...],
) -> tuple[float, ...]:
    """The most probable coefficients; `features` has shape (n, FEATURES), ones first, `worth` weighs rows."""
    import numpy as np
    from scipy.optimize import minimize

    centre, sign = np.array(prior), np.where(helped, 1.0, -1.0)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = sign * (features @ w)
        pull = (w - centre) / PRIOR_WIDTH**2
        slope = features.T @ (-sign * worth / (1 + np.exp(np.clip(margins, -30, 30)))) + pull
        return float((worth * np.logaddexp(0, -margins)).sum() + pull @ (w - centre) / 2), slope

    bounds = [(None, None), *[(0.0, None)] * RISING, (None, None)]
    found = minimize(loss, centre, jac=True, method="L-BFGS-B", bounds=bounds)
    return tuple(float(value) for value in found.x)
