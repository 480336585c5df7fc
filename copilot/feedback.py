"""What agents said of cases and articles, followed while it grows: who counts for a request, and how much."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING

from copilot.votes import Heard, Lean, freshness, lean, likeness, votes_of
from indexer.embedder import Embedder
from knowledge_base.feedback import FeedbackLog, request_of
from knowledge_base.models import SourceKind
from knowledge_base.sayings import Saying, say, say_many
from knowledge_base.verdicts import Asked, GivenVerdict, Told, drafted_from, settled, told

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Verdicts held in memory, the newest: 25 MB. Of one item only so many are compared with a request.
MOST = 20_000
MOST_OF_ITEM = 500
EMBED_BATCH = 256


@dataclass(frozen=True, slots=True)
class Vote:
    """A verdict on an item with the request that it was given for; `vector` is float16, shape (dim,)."""

    id: int
    suggestion_id: str
    actor: str
    day: date
    told: Told
    vector: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What feedback says of an item for a request: how far it moves it, and by how many of whom."""

    lean: Lean
    helpful: int
    wrong: int
    used: int

    @property
    def text(self) -> str:
        """The same in plain words."""
        parts = (
            say_many("%(num)s colleague found it wrong", "%(num)s colleagues found it wrong", self.wrong),
            say_many(
                "%(num)s colleague found it helpful", "%(num)s colleagues found it helpful", self.helpful
            ),
            say_many("%(num)s colleague used it", "%(num)s colleagues used it", self.used),
        )
        told = [part for part in parts if part.values["num"]]
        joined = reduce(_and, told) if told else ""
        return say("%(opinions)s for conversations like this", opinions=joined)


def _and(first: Saying, second: Saying) -> Saying:
    return say("%(first)s, %(second)s", first=first, second=second)


class FeedbackMemory:
    """The newest verdicts of a knowledge base, by item; safe to use from many threads."""

    def __init__(self, log: FeedbackLog, embedder: Embedder, *, most: int = MOST) -> None:
        self._log, self._embedder, self._most = log, embedder, most
        self._turn = threading.Lock()
        self._seen = 0
        self._kept: dict[int, tuple[Vote, ...]] = {}
        self._missing: dict[str, None] = {}
        self._of_item: dict[str, dict[int, Vote]] = {}
        # What readers see: replaced whole, item by item, never changed.
        self._votes: dict[str, tuple[Vote, ...]] = {}

    def follow(self) -> None:
        """Take up what was given or withdrawn since, in this process or another."""
        if self._log.last_seq() == self._seen:
            return
        # While one thread reads, the others go on with what is known; only at first there is nothing yet.
        if self._turn.acquire(blocking=self._seen == 0):
            try:
                newest = self._log.last_seq()
                self._take(self._log.verdicts(since=self._seen, limit=self._most))
                self._seen = newest
            finally:
                self._turn.release()

    def embed_missing(self) -> int:
        """Embed the requests of suggestions made before, or by another encoder; tells how many."""
        self.follow()
        waiting = list(self._missing)
        for start in range(0, len(waiting), EMBED_BATCH):
            self._embed(waiting[start : start + EMBED_BATCH])
        self.follow()
        return len(waiting)

    def opinions(self, items: Sequence[str], asked: NDArray[np.float32], on: date) -> Mapping[str, Opinion]:
        """What is held of items for a request, its vector of shape (dim,), on a day; only where it counts."""
        found = {}
        for item in items:
            votes = self._votes.get(item, ())
            opinion = _opinion(votes, asked, on) if votes else None
            if opinion is not None:
                found[item] = opinion
        return found

    def _take(self, verdicts: Sequence[GivenVerdict]) -> None:
        changed: set[str] = set()
        for verdict in verdicts:
            self._forget(verdict.id, changed)
            votes = () if verdict.withdrawn else self._votes_of(verdict)
            if votes:
                self._kept[verdict.id] = votes
            for vote in votes:
                self._of_item.setdefault(vote.told.item, {})[vote.id] = vote
                changed.add(vote.told.item)
        while len(self._kept) > self._most:
            self._forget(next(iter(self._kept)), changed)
        for item in changed:
            held = self._of_item.get(item, {})
            self._votes[item] = tuple(held[n] for n in sorted(held)[-MOST_OF_ITEM:])

    def _forget(self, feedback_id: int, changed: set[str]) -> None:
        for vote in self._kept.pop(feedback_id, ()):
            self._of_item[vote.told.item].pop(vote.id, None)
            changed.add(vote.told.item)

    def _votes_of(self, verdict: GivenVerdict) -> tuple[Vote, ...]:
        import numpy as np

        asked, suggestion = verdict.asked, verdict.feedback.suggestion_id
        if asked is None or asked.encoder != self._embedder.digest:
            self._missing[suggestion] = None
            return ()
        self._missing.pop(suggestion, None)
        if asked.vector is None:
            return ()
        vector = np.frombuffer(asked.vector, dtype=np.float16)
        return tuple(
            Vote(verdict.id, suggestion, verdict.actor, verdict.at.date(), one, vector)
            for one in told(verdict.feedback, asked.drafted_from)
        )

    def _embed(self, suggestions: Sequence[str]) -> None:
        import numpy as np

        documents = [self._log.document(suggestion) for suggestion in suggestions]
        requests = [request_of(document)[0] for document in documents]
        asking = [n for n, request in enumerate(requests) if request]
        vectors = self._embedder.embed([requests[n] for n in asking]).astype(np.float16)
        written = dict(zip(asking, vectors, strict=True))
        for n, suggestion in enumerate(suggestions):
            vector = written[n].tobytes() if n in written else None
            self._log.keep_asked(suggestion, Asked(self._embedder.digest, vector, drafted_from(documents[n])))


def item_of(kind: SourceKind, source_id: str) -> str:
    """The name under which feedback speaks of a case or an article."""
    return f"{kind}:{source_id}"


def _opinion(votes: Sequence[Vote], asked: NDArray[np.float32], on: date) -> Opinion | None:
    import numpy as np

    cosines = np.stack([vote.vector for vote in votes]).astype(np.float32) @ asked
    near = [(vote, likeness(float(cosine))) for vote, cosine in zip(votes, cosines, strict=True)]
    heard = list(_heard([(vote, alike) for vote, alike in near if alike > 0], on))
    moved = lean(one for one, _ in heard)
    if not moved.backed and not moved.alone:
        return None
    return Opinion(moved, *_counts(heard))


def _heard(near: Sequence[tuple[Vote, float]], on: date) -> Iterator[tuple[Heard, Told]]:
    """What each agent holds in each of the suggestions, as it counts here."""
    said: dict[tuple[str, str], list[tuple[Vote, float]]] = {}
    for vote, alike in near:
        said.setdefault((vote.actor, vote.suggestion_id), []).append((vote, alike))
    for (actor, _), votes in said.items():
        held = settled(vote.told for vote, _ in votes)
        newest, alike = votes[-1]
        if held is not None:
            weight = alike * freshness((on - newest.day).days)
            yield Heard(actor, held.strength * weight), held


def _counts(heard: Sequence[tuple[Heard, Told]]) -> tuple[int, int, int]:
    """How many agents found it helpful, wrong, or only used it."""
    sides = votes_of(one for one, _ in heard)
    outright = {one.actor for one, held in heard if held.said}
    helpful = sum(value > 0 and actor in outright for actor, value in sides.items())
    wrong = sum(value < 0 for value in sides.values())
    return helpful, wrong, len(sides) - helpful - wrong
