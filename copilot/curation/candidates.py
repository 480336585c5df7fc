"""Pairs of cases whose problems read alike, by the index's own vectors, a block at a time."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copilot.curation.contradictions import could_contradict
from copilot.curation.traits import Pair, Read, Told, beside, compare, problem_of
from indexer.embedder import Embedder
from indexer.passages import KINDS
from indexer.search import Generation
from knowledge_base.models import Case
from knowledge_base.store import KnowledgeBase

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Of the written paraphrases for looking 57 of 62 are this near; the others share hardly a word.
NEAR = 0.35
# Neighbours of a case that are read: more tell it again only where a whole queue filed the same.
NEIGHBOURS = 10
NEIGHBOURS_OF_CHANGED = 5 * NEIGHBOURS
# Rows compared at once: two blocks and their cosines stay below 10 MB.
BLOCK = 1024
# Pairs read at once, and cases kept read for the pairs to come: about 60 MB at most.
PAIRS = 256
KEPT = 5_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs that may tell something, of the near ones up to `done` of `total`."""

    pairs: list[Pair]
    done: int
    total: int


def near_pairs(
    knowledge: KnowledgeBase,
    generation: Generation,
    embedder: Embedder,
    *,
    only: Collection[str] | None = None,
    begin: int = 0,
) -> Iterator[Batch]:
    """Published cases side by side with the nearest others, each pair once, the earlier in the index first.

    `only` these cases with others; of them more neighbours are read, since others' nearest aren't looked for.
    `begin` passes over so many pairs of a whole look that was broken off; of one generation they are the same
    each time. Pairs whose words alone tell them apart and contradict in nothing are left out unread. The
    others are embedded anew: the index's vectors leave product names out, and a case that changed since it
    was built is read as it is now.
    """
    reader = _Reader(knowledge, generation, embedder)
    rows = near_rows(generation) if only is None else _rows_with(generation, only)
    for start in range(begin, len(rows), PAIRS):
        batch = rows[start : start + PAIRS]
        yield Batch(reader.pairs(batch.tolist()), start + len(batch), len(rows))


def near_rows(
    generation: Generation, *, floor: float = NEAR, neighbours: int = NEIGHBOURS
) -> NDArray[np.int64]:
    """Pairs of rows, shape (n, 2), each the first of a case, the lower row first, no pair twice.

    Cases of two categories are never one and never contradict each other, so each is set beside those of its
    own category and those without one: category by category, whose cases the reader can hold.
    """
    import numpy as np

    passages, vectors = generation.passages, generation.encoded()
    _, firsts = np.unique(passages.source, return_index=True)
    rows = firsts[passages.kind[firsts] == KINDS.index("case")]
    codes = passages.category[rows]
    free = rows[codes < 0]
    parts = [np.empty((0, 2), dtype=np.int64)]
    for code in range(len(passages.categories)):
        own = rows[codes == code]
        parts.append(_pairs(vectors, own, np.concatenate([own, free]), floor, neighbours))
    told = np.concatenate(parts)
    rest = _pairs(vectors, free, rows, floor, neighbours)
    key, other = (pairs[:, 0] * len(passages) + pairs[:, 1] for pairs in (told, rest))
    return np.concatenate([told, rest[~np.isin(other, key)]])


def _rows_with(generation: Generation, ids: Collection[str]) -> NDArray[np.int64]:
    """The pairs of rows in which one is of these cases."""
    import numpy as np

    passages, vectors = generation.passages, generation.encoded()
    _, firsts = np.unique(passages.source, return_index=True)
    rows = firsts[passages.kind[firsts] == KINDS.index("case")]
    parts = [np.empty((0, 2), dtype=np.int64)]
    for row in _rows_of(rows.tolist(), frozenset(ids), lambda row: passages[row].source_id):
        code = passages.category[row]
        fits = rows if code < 0 else rows[np.isin(passages.category[rows], (code, -1))]
        parts.append(_pairs(vectors, np.asarray([row]), fits, NEAR, NEIGHBOURS_OF_CHANGED))
    return np.unique(np.concatenate(parts), axis=0)


def _rows_of(rows: Sequence[int], ids: Collection[str], id_of: Callable[[int], str]) -> list[int]:
    """The rows of cases. They stand in the order of ids, as the base has it; else all are read."""
    places = {one: bisect_left(rows, one, key=id_of) for one in ids}
    found = [rows[at] for one, at in places.items() if at < len(rows) and id_of(rows[at]) == one]
    return found if len(found) == len(ids) else [row for row in rows if id_of(row) in ids]


def _pairs(
    vectors: NDArray[np.float32], some: NDArray[np.int64], others: NDArray[np.int64], floor: float, count: int
) -> NDArray[np.int64]:
    """Each of some rows with its nearest others, shape (n, 2), in order, the lower row first."""
    import numpy as np

    told: list[NDArray[np.int64]] = []
    for start in range(0, len(some), BLOCK):
        block = some[start : start + BLOCK]
        near, cosines = _nearest(vectors, block, others, count, floor)
        places, columns = np.nonzero(cosines >= floor)
        told.append(np.sort(np.stack([block[places], near[places, columns]], axis=1), axis=1))
    return np.unique(np.concatenate(told), axis=0) if told else np.empty((0, 2), dtype=np.int64)


def _nearest(
    vectors: NDArray[np.float32],
    block: NDArray[np.int64],
    rows: NDArray[np.int64],
    count: int,
    floor: float,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The nearest other rows of each row of a block and their cosines, both shape (block, count).

    What isn't nearer than what is known is never sorted: that took longer than the cosines themselves.
    """
    import numpy as np

    ours = np.asarray(vectors[block])
    near = np.full((len(block), count), -1, dtype=np.int64)
    best = np.full((len(block), count), -2.0, dtype=np.float32)
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        cosines = ours @ np.asarray(vectors[part]).T
        cosines[block[:, None] == part[None, :]] = -2.0
        better = np.flatnonzero(cosines.max(axis=1) > np.maximum(best[:, -1], np.nextafter(floor, -1)))
        if not len(better):
            continue
        found = cosines[better]
        most = min(count, len(part))
        nearest = np.argpartition(-found, most - 1, axis=1)[:, :most]
        told = np.concatenate([best[better], np.take_along_axis(found, nearest, 1)], axis=1)
        names = np.concatenate([near[better], part[nearest]], axis=1)
        order = np.argsort(-told, axis=1, kind="stable")[:, :count]
        best[better], near[better] = np.take_along_axis(told, order, 1), np.take_along_axis(names, order, 1)
    return near, best


class _Reader:
    """Cases read for comparing, the newest kept: by their words first, by the encoder where that can tell."""

    def __init__(self, knowledge: KnowledgeBase, generation: Generation, embedder: Embedder) -> None:
        self._knowledge, self._generation, self._embedder = knowledge, generation, embedder
        self._told: OrderedDict[int, Told | None] = OrderedDict()
        self._read: OrderedDict[int, Read] = OrderedDict()

    def pairs(self, rows: Sequence[tuple[int, int]]) -> list[Pair]:
        """Those of published cases that may tell something."""
        every = dict.fromkeys(row for pair in rows for row in pair)
        self._tell([row for row in every if row not in self._told])
        telling = []
        for first, second in rows:
            one, other = self._told[first], self._told[second]
            if one and other and (not beside(one, other).apart or could_contradict(one, other)):
                telling.append((first, second))
        wanted = dict.fromkeys(row for pair in telling for row in pair)
        self._embed([row for row in wanted if row not in self._read])
        told = [compare(self._read[first], self._read[second]) for first, second in telling]
        for kept in (self._told, self._read):
            while len(kept) > KEPT:
                kept.popitem(last=False)
        return told

    def _tell(self, missing: Sequence[int]) -> None:
        """None for a case that is no longer published."""
        ids = {row: self._generation.passages[row].source_id for row in missing}
        found = self._knowledge.get_many("case", list(ids.values()))
        for row, case_id in ids.items():
            case = found.get(case_id)
            published = isinstance(case, Case) and case.status == "published"
            self._told[row] = Told.of(case) if isinstance(case, Case) and published else None

    def _embed(self, missing: Sequence[int]) -> None:
        told = [(row, one) for row in missing if (one := self._told[row]) is not None]
        if told:
            problems = self._embedder.embed([problem_of(one.case) for _, one in told])
            resolutions = self._embedder.embed([one.case.resolution for _, one in told])
            for (row, one), problem, resolution in zip(told, problems, resolutions, strict=True):
                self._read[row] = Read(one, problem, resolution)
