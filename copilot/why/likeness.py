"""How alike the words of two texts are in what they mean there, by the encoder's vectors of their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from copilot.why.units import Say, Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from indexer.embedder import Encoded

# Each token's vector holds what the whole text is about, which tells its phrases apart no better; so
# much of the text's mean is taken out. Of .5, .7 and .9, and of the last three layers, .5 of the last is
# best on the judged pairs' first half.
MEAN_SHARE = 0.5
# The words of other scripts are spelt letter by letter in the bundled encoder's vocabulary.
LATIN_END = "\u024f"


@dataclass(frozen=True, eq=False)
class Told:
    """A text with its units; `vectors` has a row of length 1 (or 0: unknown) for each, shape (n, dim)."""

    text: str
    language: str | None
    units: tuple[Unit, ...]
    vectors: NDArray[np.float16] | None = None

    @cached_property
    def stems(self) -> dict[str, list[int]]:
        """The units by what they are compared by."""
        found: dict[str, list[int]] = {}
        for number, unit in enumerate(self.units):
            for stem in unit.stems:
                found.setdefault(stem, []).append(number)
        return found

    @cached_property
    def comparable(self) -> tuple[int, ...]:
        """The units that may be compared at all."""
        return tuple(number for number, unit in enumerate(self.units) if unit.stems)

    @cached_property
    def telling_before(self) -> tuple[int, ...]:
        """How many telling units stand before each, and in the whole text."""
        return tuple(accumulate((unit.say is Say.TELLING for unit in self.units), initial=0))

    @cached_property
    def telling(self) -> NDArray[np.int64]:
        """The numbers of the units whose meaning may be compared."""
        import numpy as np

        return np.array([n for n, unit in enumerate(self.units) if self._means(unit)], dtype=np.int64)

    @cached_property
    def clauses(self) -> NDArray[np.int64]:
        """The clause of each unit, shape (n,)."""
        import numpy as np

        return np.array([unit.clause for unit in self.units], dtype=np.int64)

    @cached_property
    def row_of(self) -> dict[int, int]:
        """The row in `meanings` of each of `telling`."""
        return {int(number): row for row, number in enumerate(self.telling)}

    @cached_property
    def meanings(self) -> NDArray[np.float32]:
        """The vectors of `telling`, shape (len(telling), dim)."""
        import numpy as np

        if self.vectors is None:
            return np.empty((0, 0), dtype=np.float32)
        return self.vectors[self.telling].astype(np.float32)

    def _means(self, unit: Unit) -> bool:
        return self.vectors is not None and unit.say is Say.TELLING and self.text[unit.start] <= LATIN_END


def unit_vectors(
    units: Sequence[Unit], encoded: Encoded, stand_ins: Sequence[tuple[int, int]], stand_in: str
) -> NDArray[np.float16]:
    """The mean of each unit's tokens less MEAN_SHARE of the text's, of length 1; shape (n, dim).

    `encoded` is of the text in which `stand_in` stands at `stand_ins`, places of the text as it is. Units
    without a token, and those within a stand-in, have a row of zeros.
    """
    import numpy as np

    dim = encoded.tokens.shape[1]
    vectors = np.zeros((len(units), dim), dtype=np.float16)
    owners = _owners(units, _places_in_text(encoded.spans, stand_ins, len(stand_in)))
    held = np.flatnonzero(owners >= 0)
    if not len(held):
        return vectors
    # Tokens are in order, so those of a unit are neighbours.
    first = np.flatnonzero(np.r_[True, np.diff(owners[held]) > 0])
    counts = np.diff(np.r_[first, len(held)])
    means = np.add.reduceat(encoded.tokens[held], first, axis=0) / counts[:, None]
    means -= MEAN_SHARE * encoded.tokens.mean(axis=0)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    vectors[owners[held[first]]] = means
    return vectors


def _places_in_text(
    spans: NDArray[np.int64], stand_ins: Sequence[tuple[int, int]], length: int
) -> NDArray[np.int64]:
    """Tokens' places in the text as it is; (-1, -1) for those of a stand-in."""
    places = spans.copy()
    for start, end in stand_ins:
        inside = (places[:, 0] < start + length) & (places[:, 1] > start)
        places[places[:, 0] >= start + length] += end - start - length
        places[inside] = -1
    return places


def _owners(units: Sequence[Unit], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the unit in which each token stands, -1 for none, shape (tokens,)."""
    import numpy as np

    starts = np.array([unit.start for unit in units], dtype=np.int64)
    ends = np.array([unit.end for unit in units], dtype=np.int64)
    owners = np.searchsorted(ends, places[:, 0], side="right")
    known = np.minimum(owners, len(units) - 1)
    inside = (owners < len(units)) & (places[:, 0] >= 0) & (starts[known] < places[:, 1])
    return np.where(inside, owners, -1)
