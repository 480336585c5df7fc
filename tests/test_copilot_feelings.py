"""The trained head: what it reads, when it keeps silent, how it meets the words, and what it reaches."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from copilot.understand import feelings
from copilot.understand.feelings import FOLDER, Feelings, Head, bundled_head, features_of
from copilot.understand.mood import read_mood
from indexer.embedder import BUNDLED_DIGEST, SentenceEmbedder
from knowledge_base.models import Emotion
from tests.benchmarks.emotion import upset, with_head, words_alone
from tests.benchmarks.emotion_sets import Labelled, macro_f1, messages
from tests.builders import make_conversation
from tests.fakes import WordHashEmbedder

ANGRY = "You people are liars and I have wasted my whole week on this. Give me my money."
CALM = "Hello, could you tell me which sizes the blue jacket comes in?"


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder()


@pytest.fixture(scope="module")
def told(embedder: SentenceEmbedder) -> list[Labelled]:
    return [one for one in messages("test") if one.language == "en"]


def test_a_text_is_scored_by_mood(embedder: SentenceEmbedder) -> None:
    angry, calm = (Feelings(embedder).scores(t, "en-GB", embedder.read([t])[0]) for t in (ANGRY, CALM))
    assert set(angry) == {emotion.value for emotion in Emotion}
    assert sum(angry.values()) == pytest.approx(1.0, abs=1e-5)
    assert max(angry, key=angry.__getitem__) in ("angry", "frustrated")
    assert max(calm, key=calm.__getitem__) == "neutral"


def test_the_same_text_beside_others_scores_the_same(embedder: SentenceEmbedder) -> None:
    alone = Feelings(embedder).scores(ANGRY, "en", embedder.read([ANGRY])[0])
    beside = Feelings(embedder).scores(ANGRY, "en", embedder.read(["word " * 200, CALM, ANGRY])[2])
    assert beside == pytest.approx(alone, abs=0.03)  # the encoder pads, and reads in half precision


def test_it_keeps_silent_where_it_has_learned_nothing(
    embedder: SentenceEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (read,) = embedder.read([ANGRY])
    assert Feelings(embedder).scores(ANGRY, "es", read) == {}
    assert Feelings(embedder).scores(ANGRY, None, read) == {}
    assert Feelings(embedder).scores(ANGRY, "en", None) == {}
    assert Feelings(embedder).scores(ANGRY, "en", replace(read, tone=None)) == {}
    assert Feelings(WordHashEmbedder()).scores(ANGRY, "en", read) == {}
    monkeypatch.setattr(
        feelings, "bundled_head", lambda: replace(bundled_head(), digest="of another version")
    )
    assert Feelings(embedder).scores(ANGRY, "en", read) == {}


def test_words_and_head_decide_together() -> None:
    talk = make_conversation(CALM)
    asked = messages("test")[0].request
    likely = {"frustrated": 0.4, "angry": 0.35, "confused": 0.2, "neutral": 0.05}
    assert read_mood(talk, asked, emotion_scores=likely).emotion is Emotion.FRUSTRATED
    unsure = {"frustrated": 0.3, "neutral": 0.4, "pleased": 0.3}
    assert read_mood(talk, asked, emotion_scores=unsure).emotion is Emotion.NEUTRAL


def test_weights_are_kept_and_read_again(tmp_path: Path) -> None:
    head = bundled_head()
    head.save(tmp_path / "weights.npz")
    again = Head.load(tmp_path / "weights.npz")
    assert (again.digest, again.labels, again.mood_names) == (BUNDLED_DIGEST, head.labels, head.mood_names)
    assert np.array_equal(again.dense, head.dense)
    assert len(head.labels) == 28
    assert (tmp_path / "weights.npz").stat().st_size < 500_000
    with pytest.raises(OSError, match="none"):
        Head.load(tmp_path / "none.npz")


def test_the_report_names_what_was_learned_from_and_reaches_its_target() -> None:
    report = json.loads((FOLDER / "report.json").read_text(encoding="utf-8"))
    assert report["encoder"]["sha256"] == bundled_head().digest
    assert report["n"]["test"] == 5427
    assert report["macro F1"]["test"]["value"] >= 0.42
    assert list(report["thresholds (from dev)"]) == list(bundled_head().labels)


def test_upset_customers_are_told_from_others(embedder: SentenceEmbedder, told: list[Labelled]) -> None:
    assert len(told) >= 150
    right = [upset(*pair) for pair in zip(told, with_head(told, embedder), strict=True)]
    words = [upset(*pair) for pair in zip(told, words_alone(told), strict=True)]
    assert np.mean(right) >= 0.88
    assert np.mean(right) > np.mean(words) + 0.05


def test_the_f1_is_the_mean_over_labels() -> None:
    truth = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], dtype=bool)
    said = np.array([[1, 0], [0, 1], [0, 1], [0, 0]], dtype=bool)
    value, (low, high) = macro_f1(said, truth)
    assert value == pytest.approx(2 / 3)  # both labels: one right of two told or true together
    assert low <= value <= high


def test_a_texts_features_have_its_vector_and_its_tone(embedder: SentenceEmbedder) -> None:
    read = embedder.read([ANGRY, CALM])
    features = features_of(read, bundled_head().centre)
    assert features.shape == (2, 768)
    assert np.linalg.norm(features[:, 384:], axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert np.array_equal(features[:, :384], np.stack([one.vector for one in read]))
