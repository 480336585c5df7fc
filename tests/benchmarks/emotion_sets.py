"""The sets that emotion is learned and measured on: GoEmotions, and support messages written for this.

A reader gave each message its emotion and urgency before anything was measured; what is fitted sees `dev`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from copilot.evaluation.bootstrap import DRAWS, SEED, Interval
from copilot.models import Urgency
from copilot.understand.request import Request, read_request
from knowledge_base.models import Conversation, Emotion, Message
from tests.benchmarks.public_sets import DATA

Part = Literal["train", "dev", "test"]
SET = Path(__file__).parent.parent / "data" / "moods.jsonl"
GOEMOTIONS = DATA / "goemotions"
UPSET = frozenset((Emotion.ANGRY, Emotion.FRUSTRATED))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A support message and what a reader took from it."""

    id: str
    language: str
    conversation: Conversation
    emotion: Emotion
    urgency: Urgency

    @property
    def request(self) -> Request:
        return read_request(self.conversation)

    @property
    def upset(self) -> bool:
        """Whether its writer is angry or frustrated."""
        return self.emotion in UPSET


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of GoEmotions with its emotions, one or more of 28."""

    text: str
    emotions: frozenset[str]


def messages(part: Part, path: Path = SET) -> list[Labelled]:
    """The support messages of a part, in the file's order."""
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [
        Labelled(
            id=record["id"],
            language=record["language"],
            conversation=Conversation((Message("customer", record["text"]),), channel=record["channel"]),
            emotion=Emotion(record["emotion"]),
            urgency=Urgency(record["urgency"]),
        )
        for record in records
        if record["part"] == part
    ]


def comments(part: Part, folder: Path = GOEMOTIONS) -> list[Comment]:
    """The comments of a part. Raises OSError where the folder has none."""
    with (folder / f"{part}.jsonl").open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [Comment(record["text"], frozenset(record["emotions"])) for record in records]


def digest(*paths: Path) -> str:
    """Twelve hexadecimal digits of what the files hold, one after the other."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]


def names(read: Iterable[Comment]) -> tuple[str, ...]:
    """The emotions that occur, in the order of the alphabet."""
    return tuple(sorted(frozenset().union(*(comment.emotions for comment in read))))


def view_of(message: Labelled) -> str:
    """What the search has the encoder read of a message."""
    return (message.request.views or ("",))[0]


def macro_f1(told: NDArray[np.bool_], truth: NDArray[np.bool_]) -> tuple[float, Interval]:
    """The mean over the labels of each one's F1, and its 95% interval by the bootstrap over texts.

    Both have shape (texts, labels).
    """
    both, sizes = (told & truth).astype(np.float64), told.astype(np.float64) + truth
    generator = np.random.default_rng(SEED)
    draws = []
    for _ in range(DRAWS):
        counts = np.bincount(generator.integers(0, len(told), len(told)), minlength=len(told))
        draws.append(_mean_f1(counts @ both, counts @ sizes))
    low, high = np.percentile(draws, (2.5, 97.5))
    return _mean_f1(both.sum(axis=0), sizes.sum(axis=0)), (float(low), float(high))


def _mean_f1(both: NDArray[np.float64], sizes: NDArray[np.float64]) -> float:
    return float((2 * both / np.maximum(sizes, 1)).mean())
