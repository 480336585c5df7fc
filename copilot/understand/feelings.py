"""How likely each emotion is in a text that the encoder has read, by a head that `train_emotion` trained.

Logistic regressions tell the 28 emotions of GoEmotions (Demszky et al., 2020); others, from those, our moods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.embedder import BUNDLED_DIGEST, Embedder, Encoded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "head"
# The encoder and what the head learned from are English; elsewhere the word lists carry alone.
LANGUAGE = "en"
# Brings logits to about the size of the vectors, since one penalty holds for both.
LOGIT_SCALE = 10.0
SMALL = ("centre", "dense", "sparse", "bias", "thresholds", "moods", "mood_bias")


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The weights, for one encoder's vectors: the encoder whose weights have this `digest`.

    A text's features are its unit vector and its tone, `centre` taken off and brought to length 1. `dense` is
    of shape (2 * dim, labels), `sparse` (buckets, labels) for the n-grams of `buckets`, ascending, `moods`
    (2 * dim + labels, moods). `thresholds` say from which probability a label is told.
    """

    digest: str
    labels: tuple[str, ...]
    mood_names: tuple[str, ...]
    buckets: NDArray[np.int32]
    centre: NDArray[np.float32]
    dense: NDArray[np.float32]
    sparse: NDArray[np.float32]
    bias: NDArray[np.float32]
    thresholds: NDArray[np.float32]
    moods: NDArray[np.float32]
    mood_bias: NDArray[np.float32]

    @classmethod
    def load(cls, path: Path) -> Head:
        """Raises OSError or ValueError where the file is missing or damaged."""
        import numpy as np

        with np.load(path, allow_pickle=False) as told:
            return cls(
                digest=str(told["digest"]),
                labels=tuple(told["labels"].tolist()),
                mood_names=tuple(told["mood_names"].tolist()),
                buckets=told["buckets"],
                **{name: told[name].astype(np.float32) for name in SMALL},
            )

    def save(self, path: Path) -> None:
        """The weights in half precision."""
        import numpy as np

        names = {"labels": np.array(self.labels), "mood_names": np.array(self.mood_names)}
        small = {name: getattr(self, name).astype(np.float16) for name in SMALL}
        np.savez_compressed(
            path, allow_pickle=False, digest=np.array(self.digest), buckets=self.buckets, **names, **small
        )

    def feelings(self, texts: Sequence[str], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first layer's logits, shape (n, labels)."""
        import numpy as np

        from indexer.ngrams import plain

        grams: Any = plain(texts)[:, self.buckets]
        return np.asarray(features @ self.dense + grams @ self.sparse + self.bias, dtype=np.float32)

    def told(self, texts: Sequence[str], features: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of `labels` each text holds, shape (n, labels)."""
        import numpy as np

        return np.asarray(1 / (1 + np.exp(-self.feelings(texts, features))) >= self.thresholds)

    def scores(self, texts: Sequence[str], features: NDArray[np.float32]) -> list[dict[str, float]]:
        """Each text's probability of each mood; they add up to 1."""
        import numpy as np

        given = mood_features(self.feelings(texts, features), features)
        logits = given @ self.moods + self.mood_bias
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return [dict(zip(self.mood_names, row, strict=True)) for row in shares.tolist()]


def features_of(encoded: Sequence[Encoded], centre: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the first layer reads of texts with a tone, shape (n, 2 * dim)."""
    import numpy as np

    tones = np.stack([one.tone for one in encoded if one.tone is not None]) - centre
    tones /= np.maximum(np.linalg.norm(tones, axis=1, keepdims=True), 1e-12)
    return np.hstack([np.stack([one.vector for one in encoded]), tones]).astype(np.float32)


def mood_features(feelings: NDArray[np.float32], features: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the second layer reads, shape (n, 2 * dim + labels)."""
    import numpy as np

    return np.hstack([features, feelings / LOGIT_SCALE])


@lru_cache(maxsize=1)
def bundled_head() -> Head:
    """The head that comes with the package, for the bundled encoder."""
    return Head.load(FOLDER / "weights.npz")


class Feelings:
    """Scores by the bundled head; none for another encoder's vectors. Loads nothing before it is asked."""

    def __init__(self, embedder: Embedder) -> None:
        self._fits = embedder.digest == BUNDLED_DIGEST

    def scores(self, text: str, language: str | None, encoded: Encoded | None) -> dict[str, float]:
        """The probability of each mood; empty where the head can't tell: another encoder or language."""
        spoken = language is not None and language.split("-")[0].lower() == LANGUAGE
        if not (self._fits and spoken) or encoded is None or encoded.tone is None:
            return {}
        head = bundled_head()
        if head.digest != BUNDLED_DIGEST:  # weights that were trained on another version of the encoder
            return {}
        return head.scores([text], features_of([encoded], head.centre))[0]
