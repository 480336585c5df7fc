"""Groups the cases of each category by what settled them, and adds up how each of these fixes did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from indexer.embedder import Embedder
from indexer.fix_columns import CaseColumns, plain
from indexer.fixes import key_of
from indexer.policy_dates import ArticleSource, policy_dates
from knowledge_base.models import Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Two resolutions of one category say the same from this cosine on, unless each holds a number that the other
# doesn't. Of the 30 groups in several wordings that this makes on the sample desk and vtex, read one by one,
# 28 hold one fix (`python -m tests.benchmarks.fixes` lists them); the four pairs of the sample desk above .8
# that the numbers keep apart are four times two fixes.
SAME_FIX = 0.85
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
ADDRESS = re.compile(r"\S+://\S+")
# Resolutions of one category that are compared with each other: a tenth of a second on two cores. A larger
# category goes in blocks of as many; a fix on both sides of a border stays two, which counts too few, never
# wrong ones.
BLOCK = 4096
ROWS = 512
EMBED_BATCH = 512
VECTORS, VECTOR_KEYS = "resolutions.npy", "resolution_keys.npy"


class FixSource(ArticleSource, Protocol):
    """What finding fixes needs of a knowledge base."""


def find_fixes(records: FixSource, folder: Path, embedder: Embedder, previous: Path | None) -> None:
    """Write the fixes of the published cases to `folder`.

    Each distinct resolution is embedded once, if its category has outcomes to pool, and not at all if the
    generation in the folder `previous` has it.
    """
    cases = CaseColumns()
    for case in _cases(records):
        cases.add(case)
    compared = cases.compared()
    vectors, numbers = _embedded(records, cases, compared, folder, embedder, previous)
    fixes = cases.fixes(_grouped(cases, compared, vectors, numbers), policy_dates(records))
    fixes.save(folder)


def same_fix(vectors: NDArray[np.float32], numbers: Sequence[frozenset[str]]) -> NDArray[np.int64]:
    """For each resolution the first of those that say the same, shape (n,); `vectors` are units, (n, dim).

    A resolution joins the nearest earlier one that leads a group and doesn't contradict it: the numbers of
    one are all among the numbers of the other.
    """
    import numpy as np

    leader = np.arange(len(vectors))
    widest = list(numbers)
    for start in range(0, len(vectors), ROWS):
        for row, near in enumerate(vectors[start : start + ROWS] @ vectors.T, start):
            places = np.flatnonzero(near[:row] >= SAME_FIX)
            places = places[leader[places] == places]
            for place in places[np.argsort(-near[places], kind="stable")].tolist():
                if widest[place] <= numbers[row] or numbers[row] <= widest[place]:
                    leader[row], widest[place] = place, widest[place] | numbers[row]
                    break
    return leader


def _cases(records: FixSource) -> Iterator[Case]:
    for case in records.each("case", status="published"):
        assert isinstance(case, Case)
        yield case


def _numbers(resolution: str) -> frozenset[str]:
    return frozenset(NUMBER.findall(ADDRESS.sub(" ", resolution)))


def _embedded(
    records: FixSource,
    cases: CaseColumns,
    compared: NDArray[np.bool_],
    folder: Path,
    embedder: Embedder,
    previous: Path | None,
) -> tuple[NDArray[np.float16], dict[int, frozenset[str]]]:
    """The vectors of the compared texts, mapped, shape (texts, dim), in the order of `VECTOR_KEYS`; and
    the numbers in each text, by its key.
    """
    import numpy as np

    texts = np.unique(np.array(cases.text, dtype=np.uint64)[compared])
    np.save(folder / VECTOR_KEYS, texts)
    shape = (len(texts), embedder.dim)
    vectors = np.lib.format.open_memmap(folder / VECTORS, mode="w+", dtype=np.float16, shape=shape)
    missing = _taken_over(texts, vectors, previous)
    numbers: dict[int, frozenset[str]] = {}
    wanted, batch = set(texts[missing].tolist()), {}
    for case in _cases(records):
        if compared[cases.number(case)]:
            text = plain(case.resolution)
            key = key_of(text)
            numbers.setdefault(key, _numbers(text))
            if key in wanted:
                wanted.discard(key)
                batch[key] = text
        if len(batch) == EMBED_BATCH:
            _embed(batch, texts, vectors, embedder)
            batch = {}
    _embed(batch, texts, vectors, embedder)
    return vectors, numbers


def _embed(
    batch: dict[int, str], texts: NDArray[np.uint64], vectors: NDArray[np.float16], embedder: Embedder
) -> None:
    import numpy as np

    if batch:
        rows = np.searchsorted(texts, np.array(list(batch), dtype=np.uint64))
        vectors[rows] = embedder.embed(list(batch.values())).astype(np.float16)


def _taken_over(
    texts: NDArray[np.uint64], vectors: NDArray[np.float16], previous: Path | None
) -> NDArray[np.bool_]:
    """Copy what the former generation embedded; tells which texts are still missing, shape (texts,)."""
    import numpy as np

    missing = np.ones(len(texts), dtype=np.bool_)
    if previous is None or not (previous / VECTORS).is_file():
        return missing
    keys, old = np.load(previous / VECTOR_KEYS), np.load(previous / VECTORS, mmap_mode="r")
    _, new_rows, old_rows = np.intersect1d(texts, keys, assume_unique=True, return_indices=True)
    for start in range(0, len(new_rows), BLOCK):
        part = slice(start, start + BLOCK)
        vectors[new_rows[part]] = old[old_rows[part]]
    missing[new_rows] = False
    return missing


def _grouped(
    cases: CaseColumns,
    compared: NDArray[np.bool_],
    vectors: NDArray[np.float16],
    numbers: dict[int, frozenset[str]],
) -> NDArray[np.int64]:
    """Of each wording the one that leads its fix, itself where it stands alone, shape (wordings,)."""
    import numpy as np

    category, text = np.array(cases.category, dtype=np.int64), np.array(cases.text, dtype=np.uint64)
    counts = np.bincount(np.array(cases.wording, dtype=np.int64), minlength=len(text))
    keys = np.unique(text[compared])
    leader = np.arange(len(text))
    # The commonest wordings lead, so that each group is about what is mostly said.
    order = np.lexsort((np.arange(len(text)), -counts, category))
    order = order[compared[order]]
    for own in np.split(order, np.flatnonzero(np.diff(category[order])) + 1):
        for start in range(0, len(own), BLOCK):
            part = own[start : start + BLOCK]
            unit = vectors[np.searchsorted(keys, text[part])].astype(np.float32)
            leader[part] = part[same_fix(unit, [numbers[int(key)] for key in text[part]])]
    return leader
