"""Trains the head that reads emotions, `copilot/understand/head`: `python -m tests.benchmarks.train_emotion`.

It fits GoEmotions and the support messages' dev part. A folder given keeps what the encoder read for minutes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from copilot import __version__
from copilot.understand.feelings import FOLDER, Head, features_of, mood_features
from indexer.build import recipe_of
from indexer.embedder import Encoded, SentenceEmbedder
from indexer.ngrams import plain
from knowledge_base.models import Emotion
from tests.benchmarks.emotion_sets import (
    GOEMOTIONS,
    SET,
    Comment,
    Part,
    comments,
    digest,
    macro_f1,
    messages,
    names,
    view_of,
)

BATCH = 512
# N-grams that fewer comments hold say nothing that holds elsewhere.
LEAST_COMMENTS = 30
# N-grams kept, those with the largest weights where they are common: 8,000 give the same as all 24,000.
MOST_BUCKETS = 6000
PENALTY = 0.5
ROUNDS = 100
# Of .5 to 4 the best in tenfold cross-validation on the dev messages.
MOOD_C = 4.0


def read_all(embedder: SentenceEmbedder, texts: Sequence[str], kept: Path) -> list[Encoded]:
    """The texts with vector and tone, the same as in a former run where `kept` has them."""
    if not kept.exists():
        rows = []
        order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
        for first in range(0, len(order), BATCH):
            chosen = order[first : first + BATCH]
            rows += list(zip(chosen, embedder.read([texts[n] for n in chosen]), strict=True))
        found = [one for _, one in sorted(rows, key=lambda row: row[0])]
        np.savez(kept, vectors=[one.vector for one in found], tones=[one.tone for one in found])
    with np.load(kept, allow_pickle=False) as told:
        vectors, tones = told["vectors"], told["tones"].astype(np.float32)
    none = np.empty((0, vectors.shape[1]), dtype=np.float32), np.empty((0, 2), dtype=np.int64)
    return [Encoded(vector, *none, tone) for vector, tone in zip(vectors, tones, strict=True)]


def labelled(read: Sequence[Comment], labels: Sequence[str]) -> NDArray[np.float32]:
    """Which labels each comment has, shape (comments, labels), 0 or 1."""
    return np.array([[label in one.emotions for label in labels] for one in read], dtype=np.float32)


def fit(features: NDArray[np.float32], grams: Any, told: NDArray[np.float32]) -> tuple[Any, Any, Any]:
    """A logistic regression for each label over features and n-grams together: dense, sparse, bias."""
    across, labels = grams.T.tocsr(), told.shape[1]
    ends = np.cumsum([features.shape[1] * labels, grams.shape[1] * labels])

    def parts(flat: NDArray[Any]) -> tuple[Any, Any, Any]:
        dense, sparse, bias = np.split(flat, ends)
        return dense.reshape(-1, labels), sparse.reshape(-1, labels), bias

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        dense, sparse, bias = parts(flat.astype(np.float32))
        logits = features @ dense + grams @ sparse + bias
        miss = expit(logits) - told
        cost = (np.logaddexp(0, logits) - told * logits).sum()
        cost += PENALTY / 2 * ((dense**2).sum() + (sparse**2).sum())
        slopes = (features.T @ miss + PENALTY * dense, across @ miss + PENALTY * sparse, miss.sum(axis=0))
        return float(cost), np.concatenate([slope.ravel() for slope in slopes]).astype(np.float64)

    share = told.mean(axis=0)
    start = np.concatenate([np.zeros(ends[1]), np.log(share / (1 - share))])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS, "maxcor": 8})
    return parts(found.x.astype(np.float32))


def strongest(sparse: NDArray[np.float32], held_by: NDArray[np.int64]) -> NDArray[np.intp]:
    """The rows that move most: by their weight and by how many comments hold them."""
    moved = np.abs(sparse).max(axis=1) * np.sqrt(held_by)
    return np.sort(np.argsort(-moved)[:MOST_BUCKETS])


def thresholds(shares: NDArray[np.float32], told: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each label the probability from which its F1 is the highest."""
    found = []
    for share, truth in zip(shares.T, told.T, strict=True):
        order = np.argsort(-share)
        right = np.cumsum(truth[order])
        f1 = 2 * right / (np.arange(1, len(order) + 1) + truth.sum())
        found.append(share[order[f1.argmax()]])
    return np.array(found, dtype=np.float32)


def fit_moods(embedder: SentenceEmbedder, head: dict[str, Any]) -> dict[str, Any]:
    """The second layer, from the dev messages."""
    known = messages("dev")
    texts = [view_of(one) for one in known]
    features = features_of(embedder.read(texts), head["centre"])
    logits = features @ head["dense"] + plain(texts)[:, head["buckets"]] @ head["sparse"] + head["bias"]
    model = LogisticRegression(C=MOOD_C, max_iter=5000)
    model.fit(mood_features(logits, features), [one.emotion.value for one in known])
    return {
        "mood_names": tuple(model.classes_.tolist()),
        "moods": model.coef_.T.astype(np.float32),
        "mood_bias": model.intercept_.astype(np.float32),
    }


def train(embedder: SentenceEmbedder, cache: Path) -> tuple[Head, dict[str, Any]]:
    """The head and its report."""
    parts: tuple[Part, ...] = ("train", "dev", "test")
    read = {part: comments(part) for part in parts}
    labels = names(read["train"])
    texts = {part: [one.text for one in read[part]] for part in parts}
    truth = {part: labelled(read[part], labels) for part in parts}
    encoded = {part: read_all(embedder, texts[part], cache / f"{part}.npz") for part in parts}
    centre = np.mean([one.tone for one in encoded["train"]], axis=0, dtype=np.float64).astype(np.float32)
    features = {part: features_of(encoded[part], centre) for part in parts}
    grams = plain(texts["train"])
    held_by = np.bincount(grams.indices, minlength=grams.shape[1])
    buckets = np.flatnonzero(held_by >= LEAST_COMMENTS)
    _, sparse, _ = fit(features["train"], grams[:, buckets].tocsr(), truth["train"])
    buckets = buckets[strongest(sparse, held_by[buckets])].astype(np.int32)
    dense, sparse, bias = fit(features["train"], grams[:, buckets].tocsr(), truth["train"])
    parts_of_head: dict[str, Any] = {
        "centre": centre, "buckets": buckets, "dense": dense, "sparse": sparse, "bias": bias,
    }  # fmt: skip
    logits = features["dev"] @ dense + plain(texts["dev"])[:, buckets] @ sparse + bias
    head = Head(
        digest=embedder.digest,
        labels=labels,
        thresholds=thresholds(expit(logits), truth["dev"]),
        **parts_of_head,
        **fit_moods(embedder, parts_of_head),
    )
    head.save(FOLDER / "weights.npz")
    head = Head.load(FOLDER / "weights.npz")  # what is reported is what is kept, in half precision
    figures = {
        part: macro_f1(head.told(texts[part], features[part]), truth[part].astype(bool)) for part in parts[1:]
    }
    return head, report(embedder, head, figures, {part: len(read[part]) for part in parts})


def report(embedder: SentenceEmbedder, head: Head, figures: dict[str, Any], sizes: dict[str, int]) -> Any:
    """What the head was trained on, how, and what it reached."""
    files = {f"goemotions/{part}": GOEMOTIONS / f"{part}.jsonl" for part in sizes}
    return {
        "version": __version__,
        "recipe": recipe_of(embedder).fingerprint,
        "encoder": {"name": embedder.name, "sha256": embedder.digest, "dim": embedder.dim},
        "sets": {name: digest(path) for name, path in {**files, "moods": SET}.items()},
        "n": {**sizes, "support dev": len(messages("dev"))},
        "settings": {
            "n-grams": len(head.buckets),
            "penalty": PENALTY,
            "rounds": ROUNDS,
            "mood C": MOOD_C,
        },
        "macro F1": {
            part: {"value": round(value, 4), "interval": [round(bound, 4) for bound in interval]}
            for part, (value, interval) in figures.items()
        },
        "thresholds (from dev)": {
            label: round(float(value), 3) for label, value in zip(head.labels, head.thresholds, strict=True)
        },
    }


def main() -> None:
    """Train, and write the weights and the report. Ends with status 1 where the comments are missing."""
    if not GOEMOTIONS.is_dir():
        sys.exit(f"{GOEMOTIONS} is missing: the head can't be trained without GoEmotions")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder)
        cache.mkdir(parents=True, exist_ok=True)
        head, told = train(SentenceEmbedder(), cache)
    assert set(head.mood_names) == {emotion.value for emotion in Emotion}
    text = json.dumps(told, indent=1)
    (FOLDER / "report.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
