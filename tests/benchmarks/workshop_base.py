"""A made-up desk of any size, the same for the same numbers, written by the store's own statements.

The doors that read every text for personal data are passed by: the texts hold none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, update

from copilot.settings import Settings
from indexer.build import build_index
from indexer.embedder import SentenceEmbedder
from knowledge_base import schema
from knowledge_base.codec import content_hash, kind_of
from knowledge_base.models import Question, Record, ReplyTemplate
from knowledge_base.plan import Step
from knowledge_base.store import KnowledgeBase
from tests.benchmarks.workshop_texts import CATEGORIES, END, Size, article_of, case_of, conversations, rest
from tests.fakes import WordHashEmbedder

_DIGITS = re.compile(r"\d+")


class CoreEmbedder(WordHashEmbedder):
    """The encoder's vector of a text's first line, which few texts don't share, and hashed words of the rest.

    It stands for the real encoder, which would need half an hour for 100,000 texts, and queries are encoded
    by that one: the index is as large as a real one and its vectors lie as near to what is asked.
    """

    def __init__(self, real: SentenceEmbedder) -> None:
        super().__init__(real.digest, real.dim)
        self._real, self._name = real, real.name
        self._lines: dict[str, NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        return self._name

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        lines = [_DIGITS.sub("", text.partition("\n")[0]) for text in texts]
        new = [line for line in dict.fromkeys(lines) if line not in self._lines]
        self._lines.update(zip(new, self._real.embed(new) if new else (), strict=True))
        first = np.stack([self._lines[line] for line in lines])
        both = first + np.float32(0.4) * super().embed(texts)
        self.embedded.clear()
        return np.asarray(both / np.linalg.norm(both, axis=1, keepdims=True), dtype=np.float32)


def make_base(folder: Path, size: Size) -> Settings:
    """The desk in a folder, made where it isn't there yet, with its index."""
    settings = Settings(data=folder)
    done = folder / "workshop.json"
    if done.exists():
        if json.loads(done.read_text(encoding="utf-8")) != asdict(size):
            raise SystemExit(f"{folder} holds a desk of another size: name another folder")
        return settings
    folder.mkdir(parents=True, exist_ok=True)
    with KnowledgeBase.open(settings.database) as base:
        embedder = CoreEmbedder(SentenceEmbedder())
        fill(base, size, embedder)
        build_index(base, settings.index_folder, embedder)
    done.write_text(json.dumps(asdict(size)), encoding="utf-8")
    return settings


def fill(base: KnowledgeBase, size: Size, embedder: CoreEmbedder) -> None:
    """Write everything but the index; what suggestions searched for is hashed words alone."""
    words = WordHashEmbedder(dim=embedder.dim)
    _records(base, size)
    for batch in batched(conversations(size), 1000):
        shown = [row for one in batch for row in one["suggestion"]]
        asked = words.embed([row["document"]["understanding"]["request"] for row in shown])
        for row, vector in zip(shown, asked.astype(np.float16), strict=True):
            row |= {"encoder": embedder.digest, "request_vector": vector.tobytes(), "drafted_from": []}
        with base._database.writing() as transaction:
            for name in ("conversation", "message", "suggestion"):
                told = [row for one in batch for row in one[name]]
                transaction.connection.execute(insert(schema.metadata.tables[name]), told)
    for name, rows in rest(size):
        with base._database.writing() as transaction:
            transaction.connection.execute(insert(schema.metadata.tables[name]), rows)
    counted = {"conversation": size.conversations, "feedback": size.verdicts, "review": size.conversations}
    for name, value in counted.items():
        with base._database.writing() as transaction:
            which = update(schema.counter).where(schema.counter.c.name == name)
            transaction.connection.execute(which.values(value=value))


def _records(base: KnowledgeBase, size: Size) -> None:
    moves = ("acknowledge", "act", "next")
    templates = (
        ReplyTemplate(
            id=f"en/own_{n // 3}/{moves[n % 3]}", move=moves[n % 3], category=CATEGORIES[n // 3 % 40],
            body=f"We look into it and write to you again, number {n}.",
        )
        for n in range(size.templates)
    )  # fmt: skip
    questions = (
        Question(f"G-{n}", case_of(n).problem, (), (f"C-{n:06d}",), language="en") for n in range(50)
    )
    _put(base, (case_of(n) for n in range(size.cases)))
    _put(base, (article_of(n) for n in range(size.articles)))
    _put(base, templates)
    _put(base, questions)
    changed = (replace(case_of(n), tags=("checked",)) for n in range(0, size.cases, 10))
    _put(base, changed, version=2)
    _put(
        base,
        (
            replace(a, body=f"{a.body}\n\nThis was changed.")
            for a in map(article_of, range(1, size.articles, 37))
        ),
        version=2,
    )
    for version in range(3, 63):  # one that was changed again and again
        _put(
            base,
            [replace(case_of(10), resolution=f"{case_of(10).resolution} Told anew, {version}.")],
            version=version,
        )


def _put(base: KnowledgeBase, records: Iterator[Record] | Sequence[Record], version: int = 1) -> None:
    action = "added" if version == 1 else "updated"
    at = END - timedelta(days=800 if version == 1 else 90 - version)
    for batch in batched(records, 2000):
        steps = [Step(kind_of(one), one, version, action, content_hash(one)) for one in batch]  # type: ignore[arg-type]
        with base._database.writing() as transaction:
            transaction.lock_counter()
            transaction.write(steps, actor=f"curator {version % 4}", at=at, reason=None)


def batched(items: Iterable[Any], count: int) -> Iterator[list[Any]]:
    """So many at a time."""
    source = iter(items)
    while batch := list(islice(source, count)):
        yield batch
