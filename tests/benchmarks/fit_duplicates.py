"""Fits what tells duplicates, `copilot/curation/traits.py`, to written paraphrases, the halves for looking.

`python -m tests.benchmarks.fit_duplicates` prints weights and threshold, to be written there by hand.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from copilot.curation.candidates import near_pairs
from copilot.curation.echoes import Echoes
from copilot.curation.traits import Pair
from indexer.build import build_index, recipe_of
from indexer.embedder import SentenceEmbedder
from indexer.live import LiveIndex
from knowledge_base.sample_desk import load_sample
from knowledge_base.store import KnowledgeBase
from tests.benchmarks.duplicates import KINDS, SETS, cases_of, planted, right

PRECISION = 0.92
"""Of the pairs found, each tenth judged by the others: the threshold is the least that keeps it."""
STRENGTH = 30.0
TENTHS = 10
# Which traits are of the problem and which of the resolution, in the order of `Pair.traits`.
ASKS, SETTLES, FIGURES = slice(0, 3), slice(3, 6), 6
# Paraphrases and near misses of which one half, or both, are copied count this much: nobody wrote these.
MADE = 0.3
OTHER_FIX = 0.6
"""Cases of which the resolutions' cosine is below this are settled in another way."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Traits, shape (n, 7), whether they are one, what each counts, and the tenth it is left out in."""

    traits: NDArray[np.float64]
    one: NDArray[np.bool_]
    weight: NDArray[np.float64]
    tenth: NDArray[np.int64]

    def part(self, chosen: NDArray[np.bool_]) -> Examples:
        """Some of them."""
        return Examples(*(a[chosen] for a in (self.traits, self.one, self.weight, self.tenth)))


def pairs_for_looking(folder: Path) -> list[Pair]:
    """Those that the curation would hear, all halves for looking planted into the sample desk."""
    embedder = SentenceEmbedder()
    with KnowledgeBase.open(f"sqlite:///{folder / 'precedent.db'}") as base:
        load_sample(base)
        base.put_many(cases_of(planted("look", SETS), base), actor="benchmark")
        build_index(base, folder / "index", embedder)
        generation = LiveIndex(folder / "index", recipe_of(embedder)).current()
        echoes = Echoes(embedder)
        batches = near_pairs(base, generation, embedder)
        return [pair for batch in batches for pair in echoes.heard(batch.pairs) if pair.traits]


def examples(pairs: Sequence[Pair]) -> Examples:
    """The pairs, and made ones: what is copied outright is one, unless the other half tells another case."""
    real = np.array([pair.traits for pair in pairs])
    one = np.array([right(frozenset((p.first.id, p.second.id))) for p in pairs])
    tenth = np.array([_tenth(p) for p in pairs])
    near = [_near_miss(p) for p in pairs]
    fix = np.array(
        [n == "resolution" or (not n and p.resolution < OTHER_FIX) for n, p in zip(near, pairs, strict=True)]
    )
    asked = np.array([n == "problem" for n in near])
    made = [
        (_copied(real[one], ASKS, SETTLES), True, tenth[one]),
        (_copied(real[one], ASKS), True, tenth[one]),
        (_copied(real[one], SETTLES), True, tenth[one]),
        (_copied(real[fix & ~one], ASKS), False, tenth[fix & ~one]),
        (_copied(real[asked & ~one], SETTLES), False, tenth[asked & ~one]),
    ]
    return Examples(
        np.concatenate([real, *(traits for traits, _, _ in made)]),
        np.concatenate([one, *(np.full(len(traits), same) for traits, same, _ in made)]),
        np.concatenate([np.ones(len(real)), *(np.full(len(traits), MADE) for traits, _, _ in made)]),
        np.concatenate([tenth, *(tenths for _, _, tenths in made)]),
    )


def fitted(given: Examples) -> NDArray[np.float64]:
    """The weights and, last, the bias."""
    scaler = StandardScaler().fit(given.traits)
    model = LogisticRegression(C=STRENGTH, max_iter=5000)
    model.fit(scaler.transform(given.traits), given.one, sample_weight=given.weight)
    weights = model.coef_[0] / scaler.scale_
    return np.append(weights, model.intercept_[0] - weights @ scaler.mean_)


def likeness(weights: NDArray[np.float64], traits: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `Pair.likeness` has it."""
    return 1 / (1 + np.exp(-(traits @ weights[:-1] + weights[-1])))


def main() -> None:
    """Print the fit and how it does where it wasn't fitted."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = pairs_for_looking(Path(folder))
    given = examples(pairs)
    sure = np.zeros(len(given.one))
    for tenth in range(TENTHS):
        left = given.tenth == tenth
        sure[left] = likeness(fitted(given.part(~left)), given.traits[left])
    sure, one = sure[: len(pairs)], given.one[: len(pairs)]
    order = np.argsort(-sure, kind="stable")
    precisions = np.cumsum(one[order]) / np.arange(1, len(one) + 1)
    for precision in (0.9, PRECISION, 0.95):
        count = int(np.flatnonzero(precisions >= precision)[-1]) + 1
        wrong = [pairs[n] for n in order[:count] if not one[n]]
        print(
            f"precision {precision}: {one[order][:count].sum()} of {one.sum()} at",
            f"{sure[order][count - 1]:.3f}",
        )
        print("  wrong:", *(f"{p.first.id}/{p.second.id}" for p in wrong))
    print("weights and bias:", *(f"{weight:.1f}" for weight in fitted(given)))


def _copied(traits: NDArray[np.float64], *halves: slice) -> NDArray[np.float64]:
    made = traits.copy()
    for half in halves:
        made[:, half] = 1.0
    if len(halves) > 1:
        made[:, FIGURES] = np.maximum(made[:, FIGURES], 0.5)
    return made


def _near_miss(pair: Pair) -> str:
    """The kind of near miss that one of them is of the other, else nothing."""
    of = {_original(pair.first.id), _original(pair.second.id)}
    kinds = [kind for one in (pair.first, pair.second) for kind in KINDS if one.id.endswith(f"-{kind}")]
    return kinds[0] if kinds and len(of) == 1 else ""


def _tenth(pair: Pair) -> int:
    of = "|".join(sorted({_original(pair.first.id), _original(pair.second.id)}))
    return hashlib.sha256(of.encode()).digest()[1] % TENTHS


def _original(case_id: str) -> str:
    for kind in ("paraphrase", *KINDS):
        case_id = case_id.removesuffix(f"-{kind}")
    return case_id


if __name__ == "__main__":
    main()
