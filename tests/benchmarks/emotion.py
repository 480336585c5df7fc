"""How well emotions are told in support messages and GoEmotions: `python -m tests.benchmarks.emotion [PART]`.

PART of the support messages is `test`, which nothing was fitted to, or `dev`; the words alone stand beside.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from copilot import __version__
from copilot.evaluation.bootstrap import Interval, intervals_of_means
from copilot.understand.feelings import Feelings, bundled_head, features_of
from copilot.understand.mood import Mood, read_mood
from indexer.embedder import Encoded, SentenceEmbedder
from knowledge_base.models import Emotion
from tests.benchmarks.emotion_sets import (
    GOEMOTIONS,
    SET,
    Labelled,
    comments,
    digest,
    macro_f1,
    messages,
    view_of,
)

BATCH = 256


def words_alone(known: Sequence[Labelled]) -> list[Mood]:
    """The moods without the head."""
    return [read_mood(one.conversation, one.request, language=one.language) for one in known]


def with_head(known: Sequence[Labelled], embedder: SentenceEmbedder) -> list[Mood]:
    """The moods as the copilot tells them."""
    feelings = Feelings(embedder)
    found = []
    for one, encoded in zip(known, embedder.read([view_of(one) for one in known]), strict=True):
        scores = feelings.scores(view_of(one), one.language, encoded)
        mood = read_mood(one.conversation, one.request, language=one.language, emotion_scores=scores)
        found.append(mood)
    return found


def shares(
    known: Sequence[Labelled], told: Sequence[Mood], rights: Sequence[Callable[[Labelled, Mood], bool]]
) -> list[tuple[float, Interval | None]]:
    """For each way of being right the share that is, with its 95% interval."""
    hits = np.array(
        [[right(*pair) for right in rights] for pair in zip(known, told, strict=True)], dtype=float
    )
    return list(zip(hits.mean(axis=0).tolist(), intervals_of_means(hits), strict=True))


def upset(one: Labelled, mood: Mood) -> bool:
    """Whether angry or frustrated was told from all else."""
    return one.upset is (mood.emotion in (Emotion.ANGRY, Emotion.FRUSTRATED))


def emotion(one: Labelled, mood: Mood) -> bool:
    return one.emotion is mood.emotion


def urgency(one: Labelled, mood: Mood) -> bool:
    return one.urgency is mood.urgency


RIGHT: Mapping[str, Callable[[Labelled, Mood], bool]] = {
    "upset or not": upset, "emotion of 7": emotion, "urgency of 4": urgency,
}  # fmt: skip


def shown(value: float, interval: Interval | None) -> str:
    return f"{value:.3f}" + (f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "")


def tell_support(part: Literal["dev", "test"], embedder: SentenceEmbedder) -> None:
    """A line for each language and way of telling."""
    every = messages(part)
    print(f"support messages, part {part} of {digest(SET)}, n {len(every)}")
    for language in sorted({one.language for one in every}):
        known = [one for one in every if one.language == language]
        ways = {"words": words_alone(known), "words and head": with_head(known, embedder)}
        for way, told in ways.items():
            found = shares(known, told, list(RIGHT.values()))
            figures = [f"{name} {shown(*figure)}" for name, figure in zip(RIGHT, found, strict=True)]
            print(f"  {language}, n {len(known)}, {way}: {', '.join(figures)}")


def tell_comments(embedder: SentenceEmbedder) -> None:
    """Macro F1 over the 28 emotions of GoEmotions' test part, and what the head takes for one text."""
    if not GOEMOTIONS.is_dir():
        print(f"{GOEMOTIONS} is missing: GoEmotions isn't measured")
        return
    read, head = comments("test"), bundled_head()
    texts = [one.text for one in read]
    encoded: list[Encoded] = []
    for first in range(0, len(texts), BATCH):
        encoded += embedder.read(texts[first : first + BATCH])
    truth = np.array([[label in one.emotions for label in head.labels] for one in read], dtype=bool)
    value, (low, high) = macro_f1(head.told(texts, features_of(encoded, head.centre)), truth)
    print(f"GoEmotions test, {digest(GOEMOTIONS / 'test.jsonl')}, n {len(read)}, 28 emotions:")
    print(f"  macro F1 {value:.4f} [{low:.4f}, {high:.4f}]")
    feelings, spent = Feelings(embedder), []
    for text, one in list(zip(texts, encoded, strict=True))[:300]:
        started = time.perf_counter()
        feelings.scores(text, "en", one)
        spent.append((time.perf_counter() - started) * 1000)
    print(f"  the head beside the encoder: {np.median(spent):.2f} ms a text at the median")


def main() -> None:
    """Print the figures."""
    embedder = SentenceEmbedder()
    print(f"precedent {__version__}, {embedder.name}")
    tell_support("dev" if sys.argv[1:] == ["dev"] else "test", embedder)
    tell_comments(embedder)


if __name__ == "__main__":
    main()
