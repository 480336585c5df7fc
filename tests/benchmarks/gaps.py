"""How well requests that nothing answers are put together, on public questions whose category was left out.

`python -m tests.benchmarks.gaps [--half look|measured] [--speed]`
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from copilot.gaps.clusters import ALIKE, FEWEST, groups
from copilot.gaps.desk import Gaps
from copilot.gaps.naming import names
from indexer.embedder import SentenceEmbedder
from knowledge_base.models import Outcome
from knowledge_base.store import KnowledgeBase
from tests.builders import make_case
from tests.gap_fakes import FakeNearest
from tests.review_fakes import build_review

SETS = Path(__file__).parents[3] / "shared" / "data"
HALVES = ("look", "measured")
SIZES = (1, 2, 3, 5, 8, 12, 20, 30)
"""Questions that are drawn of a category, as unlike as kinds of questions are on a desk."""
ODD = 200
"""Questions of no category at all that stand among them, where the set has any."""
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASES, CONVERSATIONS, UNANSWERED = 100_000, 50_000, 5_000


def half_of(name: str) -> str:
    """A category's half: the threshold and the linkage were chosen on one, the other was measured once."""
    return HALVES[hashlib.sha256(name.encode()).digest()[0] % 2]


def planted(rows: Sequence[dict[str, Any]], half: str) -> tuple[list[str], list[str]]:
    """Questions of a half's categories, some of each, and the odd ones; each with its label."""
    generator = np.random.default_rng(HALVES.index(half))
    by_category: dict[str | None, list[str]] = {}
    for row in rows:
        by_category.setdefault(row["category"], []).append(row["query"])
    texts, labels = list[str](), list[str]()
    for category in sorted(c for c in by_category if c and half_of(c) == half):
        count = min(int(generator.choice(SIZES)), len(by_category[category]))
        texts += [str(one) for one in generator.choice(by_category[category], count, replace=False)]
        labels += [category] * count
    odd = [text for text in by_category.get(None, []) if half_of(text) == half][:ODD]
    return texts + odd, labels + [f"odd: {text}" for text in odd]


def measure(texts: Sequence[str], labels: Sequence[str], vectors: np.ndarray[Any, Any]) -> str:
    """Pairs found and right, purity of the groups, and normalised mutual information over all questions."""
    from sklearn.metrics import normalized_mutual_info_score

    found = groups(vectors)
    told = np.arange(len(texts)) + len(found)
    for number, rows in enumerate(found):
        told[rows] = number
    names_of = np.unique(labels, return_inverse=True)[1]
    upper = np.triu_indices(len(texts), 1)
    same, together = (names_of[:, None] == names_of)[upper], (told[:, None] == told)[upper]
    right = int((same & together).sum())
    grouped = sum(map(len, found))
    pure = sum(Counter(labels[row] for row in rows).most_common(1)[0][1] for rows in found)
    wanted = sum(count >= FEWEST for count in Counter(labels).values())
    return (
        f"{len(texts)} questions, {wanted} kinds of {FEWEST} or more, {len(found)} groups of {grouped}: "
        f"pairs precision {right / max(int(together.sum()), 1):.3f}, recall {right / int(same.sum()):.3f}, "
        f"purity {pure / max(grouped, 1):.3f}, NMI {normalized_mutual_info_score(names_of, told):.3f}"
    )


def quality(halves: Sequence[str]) -> None:
    """All sets and halves; of the half looked at the largest groups with their names."""
    embedder = SentenceEmbedder()
    for name in ("clinc150", "banking77"):
        lines = (SETS / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        for half in halves:
            texts, labels = planted(rows, half)
            vectors = embedder.embed(texts)
            print(f"{name}, {half}, from {ALIKE}: {measure(texts, labels, vectors)}")
            if half == "look":
                found = [[texts[row] for row in rows] for rows in groups(vectors)[:8]]
                for group, told in zip(found, names(found, ["en"] * len(found)), strict=True):
                    print(f"  {len(group):3} {told}")


def fill(base: KnowledgeBase, embedder: SentenceEmbedder) -> None:
    """A desk of the full size: a tenth of the conversations ask what nothing answers, in 200 kinds."""
    from sqlalchemy import insert

    from knowledge_base.schema import conversation, shown, suggestion

    generator = np.random.default_rng(0)
    base.put_many(
        [
            make_case(
                f"C-{n}", category=f"kind_{n % 200}", resolved_at=resolved(n),
                outcome=Outcome(True, n % 50 == 0, None, float(generator.gamma(2, 5 + n % 200 / 10))),
            )
            for n in range(CASES)
        ],
        actor="benchmark",
    )  # fmt: skip
    middles = generator.normal(size=(200, embedder.dim))
    filler = "x" * 8_000  # about what a suggestion's document holds
    with base._database.writing() as transaction:
        for start in range(0, CONVERSATIONS, 1000):
            talks, told, items = list[Any](), list[Any](), list[Any]()
            for n in range(start, start + 1000):
                at = NOW - timedelta(minutes=n * 2)
                nothing = n % (CONVERSATIONS // UNANSWERED) == 0
                vector = middles[generator.integers(200)] + generator.normal(size=embedder.dim) * 0.7
                vector /= np.linalg.norm(vector)
                understood = {
                    "request": f"Question {n % 200} on thing {n % 7}?",
                    "language": "en",
                    "category": None,
                }
                document = {"understanding": understood, "filler": "" if nothing else filler}
                talks.append(
                    {
                        "id": f"K-{n}", "seq": n, "state": "closed", "messages": 1, "started_at": at,
                        "changed_at": at, "document": {"channel": "chat"},
                        "reading": {"language": "en", "category": f"kind_{n % 200}"},
                    }
                )  # fmt: skip
                told.append(
                    {
                        "id": f"S-{n}", "conversation_id": f"K-{n}", "at": at, "document": document,
                        "encoder": embedder.digest, "found": 0 if nothing else 6,
                        "request_vector": vector.astype(np.float16).tobytes(),
                    }
                )  # fmt: skip
                items += [
                    {"suggestion_id": f"S-{n}", "item": f"case:C-{one}", "at": at, "drafted": False}
                    for one in ([] if nothing else {*generator.integers(0, 2000, 6).tolist()})
                ]
            for table, rows in ((conversation, talks), (suggestion, told), (shown, items)):
                transaction.connection.execute(insert(table), rows)


def resolved(n: int) -> datetime:
    """A time within the last year."""
    return NOW - timedelta(minutes=n * 5)


def speed() -> None:
    """How long a fresh look takes on a desk of the full size, and one at what is kept."""
    embedder = SentenceEmbedder()
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'precedent.db'}"
        with KnowledgeBase.open(address, clock=lambda: NOW) as base:
            fill(base, embedder)
            desk = Gaps(base, build_review(base), embedder, FakeNearest(), floor=0.3, clock=lambda: NOW)
            found = desk.found()
            print(f"{CASES} cases, {CONVERSATIONS} conversations, {found.basis.nothing} without an answer")
            print(f"{len(found.gaps)} gaps; found in {found.seconds:.1f} s")
            began = time.perf_counter()
            waiting = desk.open()
            print(f"{len(waiting)} gaps as they are kept: {(time.perf_counter() - began) * 1000:.1f} ms")


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES)
    parser.add_argument("--speed", action="store_true")
    given = parser.parse_args()
    if given.speed:
        speed()
    else:
        quality([given.half] if given.half else HALVES)


if __name__ == "__main__":
    main()
