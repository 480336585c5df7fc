"""Pairs of cases whose problems read alike, by the index's own vectors, a block at a time."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from copilot.curation.traits import Pair, Read, compare, problem_of
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
KEPT = 10_000


def near_pairs(
    knowledge: KnowledgeBase,
    generation: Generation,
    embedder: Embedder,
    *,
    only: Collection[str] | None = None,
) -> Iterator[Pair]:
    """Published cases side by side with the nearest others, each pair once, the earlier in the index first.

    `only` these cases with others; of them more neighbours are read, since others' nearest aren't looked for.
    Those that are near are embedded anew: the index's vectors leave product names out, and a case that
    changed since it was built is read as it is now.
    """
    reader = _Reader(knowledge, generation, embedder)
    source = near_rows(generation) if only is None else _rows_with(generation, only)
    while batch := list(islice(source, PAIRS)):
        read = reader.read([row for pair in batch for row in pair])
        for first, second in batch:
            if first in read and second in read:
                yield compare(read[first], read[second])


def near_rows(
    generation: Generation, *, floor: float = NEAR, neighbours: int = NEIGHBOURS
) -> Iterator[tuple[int, int]]:
    """Pairs of rows, each the first of a case, the lower row first, no pair twice.

    Cases of two categories are never one and never contradict each other, so each is set beside those of its
    own category and those without one: category by category, whose cases the reader can hold. What is kept
    are the pairs of one category, and those that reach out of it.
    """
    import numpy as np

    passages, vectors = generation.passages, generation.encoded()
    _, firsts = np.unique(passages.source, return_index=True)
    rows = firsts[passages.kind[firsts] == KINDS.index("case")]
    codes = passages.category[rows]
    free = rows[codes < 0]
    without, told = frozenset(free.tolist()), set[tuple[int, int]]()
    for code in range(len(passages.categories)):
        own = rows[codes == code]
        for pair in _pairs(vectors, own, np.concatenate([own, free]), floor, neighbours):
            told.update([pair] if without.intersection(pair) else [])
            yield pair
    yield from (pair for pair in _pairs(vectors, free, rows, floor, neighbours) if pair not in told)


def _rows_with(generation: Generation, ids: Collection[str]) -> Iterator[tuple[int, int]]:
    """The pairs of rows in which one is of these cases."""
    import numpy as np

    passages, vectors = generation.passages, generation.encoded()
    _, firsts = np.unique(passages.source, return_index=True)
    rows = firsts[passages.kind[firsts] == KINDS.index("case")]
    told = set[tuple[int, int]]()
    for row in _rows_of(rows.tolist(), ids, lambda row: passages[row].source_id):
        code = passages.category[row]
        fits = rows if code < 0 else rows[np.isin(passages.category[rows], (code, -1))]
        told.update(_pairs(vectors, np.asarray([row]), fits, NEAR, NEIGHBOURS_OF_CHANGED))
    yield from sorted(told)


def _rows_of(rows: Sequence[int], ids: Collection[str], id_of: Callable[[int], str]) -> list[int]:
    """The rows of cases. They stand in the order of ids, as the base has it; else all are read."""
    places = {one: bisect_left(rows, one, key=id_of) for one in ids}
    found = [rows[at] for one, at in places.items() if at < len(rows) and id_of(rows[at]) == one]
    return found if len(found) == len(ids) else [row for row in rows if id_of(row) in ids]


def _pairs(
    vectors: NDArray[np.float32], some: NDArray[np.int64], others: NDArray[np.int64], floor: float, count: int
) -> Iterator[tuple[int, int]]:
    """Each of some rows with its nearest others."""
    import numpy as np

    told: list[NDArray[np.int64]] = []
    for start in range(0, len(some), BLOCK):
        block = some[start : start + BLOCK]
        near, cosines = _nearest(vectors, block, others, count, floor)
        places, columns = np.nonzero(cosines >= floor)
        told.append(np.sort(np.stack([block[places], near[places, columns]], axis=1), axis=1))
    pairs = np.unique(np.concatenate(told), axis=0) if told else np.empty((0, 2), dtype=np.int64)
    yield from ((int(first), int(second)) for first, second in pairs)


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
    """Cases read for comparing, the newest kept."""

    def __init__(self, knowledge: KnowledgeBase, generation: Generation, embedder: Embedder) -> None:
        self._knowledge, self._generation, self._embedder = knowledge, generation, embedder
        self._kept: OrderedDict[int, Read | None] = OrderedDict()

    def read(self, rows: Sequence[int]) -> dict[int, Read]:
        """The cases of these rows that are still published."""
        missing = [row for row in dict.fromkeys(rows) if row not in self._kept]
        ids = {row: self._generation.passages[row].source_id for row in missing}
        found = self._knowledge.get_many("case", list(ids.values()))
        cases = {row: found.get(ids[row]) for row in missing}
        published = [(r, c) for r, c in cases.items() if isinstance(c, Case) and c.status == "published"]
        self._kept |= dict.fromkeys(missing)
        if published:
            problems = self._embedder.embed([problem_of(case) for _, case in published])
            resolutions = self._embedder.embed([case.resolution for _, case in published])
            for (row, case), problem, resolution in zip(published, problems, resolutions, strict=True):
                self._kept[row] = Read.of(case, problem, resolution)
        told = {row: read for row in rows if (read := self._kept.get(row)) is not None}
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return told
