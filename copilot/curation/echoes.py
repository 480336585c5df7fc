"""How far two texts echo each other, word for word by meaning: pairs that could be one case are heard so."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from copilot.curation.traits import Echo, Pair, problem_of
from indexer.embedder import Embedder, Encoded
from knowledge_base.models import Case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What tells two cases apart is often a few words: a mean over all hides these, the least tenth doesn't.
LEAST = 0.1
# Letters in a row that count as copied.
COPIED = 4
# Cases read at once, and kept for the pairs to come: some 80 kB each, 400 kB with the longest texts.
AT_ONCE, KEPT = 32, 3_000


@dataclass(frozen=True, slots=True)
class Heard:
    """A text as it is compared: its tokens' unit vectors, shape (n, dim), and its runs of letters.

    `runs` are digests, each once, in order: told as strings they would take more room than the tokens.
    """

    tokens: NDArray[np.float16]
    runs: NDArray[np.int64]

    @classmethod
    def of(cls, text: str, encoded: Encoded) -> Heard:
        """From what the encoder reads: half way up it still knows what was said in which words."""
        import numpy as np

        tokens = encoded.tokens if encoded.early is None else encoded.early
        plain = " ".join(re.findall(r"\w+", text.casefold()))
        parts = {plain[at : at + COPIED] for at in range(max(len(plain) - COPIED + 1, 1))}
        runs = np.array(sorted(map(hash, parts)), dtype=np.int64)
        lengths = np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-12)
        return cls((tokens / lengths).astype(np.float16), runs)


class Echoes:
    """Hears pairs, and keeps the cases that were heard last for the pairs to come."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[str, tuple[Heard, Heard]] = OrderedDict()

    def heard(self, pairs: Sequence[Pair]) -> Iterator[Pair]:
        """The same pairs in the same order; those that could be one with echoes, where there are tokens."""
        cases = {case.id: case for p in pairs if p.possible for case in (p.first, p.second)}
        for case_id in cases.keys() & self._kept.keys():
            self._kept.move_to_end(case_id)
        self._kept |= _hear(
            [case for case_id, case in cases.items() if case_id not in self._kept], self._embedder
        )
        for pair in pairs:
            texts = [*self._kept[pair.first.id], *self._kept[pair.second.id]] if pair.possible else []
            if texts and all(len(one.tokens) for one in texts):
                asked, settled, other_asked, other_settled = texts
                yield replace(pair, asks=echo(asked, other_asked), settles=echo(settled, other_settled))
            else:
                yield pair
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def echo(first: Heard, second: Heard) -> Echo:
    """Each token against the one of the other text that is nearest to it."""
    import numpy as np

    cosines = first.tokens.astype(np.float32) @ second.tokens.T.astype(np.float32)
    there, back = cosines.max(axis=1), cosines.max(axis=0)
    least = min(np.quantile(there, LEAST), np.quantile(back, LEAST))
    both = len(np.intersect1d(first.runs, second.runs, assume_unique=True))
    shared = both / (len(first.runs) + len(second.runs) - both)
    return Echo(float(there.mean() + back.mean()) / 2, float(least), shared)


def _hear(cases: Sequence[Case], embedder: Embedder) -> dict[str, tuple[Heard, Heard]]:
    """Each case's problem and resolution, by its id."""
    found: dict[str, tuple[Heard, Heard]] = {}
    for start in range(0, len(cases), AT_ONCE):
        some = cases[start : start + AT_ONCE]
        texts = [*map(problem_of, some), *(case.resolution for case in some)]
        told = [Heard.of(text, one) for text, one in zip(texts, embedder.read(texts), strict=True)]
        found |= {case.id: (told[at], told[len(some) + at]) for at, case in enumerate(some)}
    return found
