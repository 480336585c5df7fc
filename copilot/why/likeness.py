"""How alike the words of two texts are in what they mean there, by the encoder's vectors of their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

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
    """A text with its units.

    `meant` are the numbers of the units whose meaning may be compared, `meanings` what they mean: vectors
    of length 1, shape (len(meant), dim).
    """

    text: str
    units: tuple[Unit, ...]
    meant: tuple[int, ...] = ()
    meanings: NDArray[np.floating[Any]] | None = None

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
    def row_of(self) -> dict[int, int]:
        """The row in `meanings` of each of `meant`."""
        return {number: row for row, number in enumerate(self.meant)}

    @cached_property
    def clauses(self) -> NDArray[np.int64]:
        """The clause of each of `meant`."""
        import numpy as np

        return np.array([self.units[number].clause for number in self.meant], dtype=np.int64)


def likenesses(mine: Told, theirs: Told) -> NDArray[np.float32] | None:
    """Cosines of what the words mean, shape (len(mine.meant), len(theirs.meant)); None without words."""
    import numpy as np

    if mine.meanings is None or theirs.meanings is None or not (mine.meant and theirs.meant):
        return None
    cosines: NDArray[np.float32] = mine.meanings.astype(np.float32) @ theirs.meanings.astype(np.float32).T
    return cosines


def told_with(
    text: str, units: tuple[Unit, ...], encoded: Encoded, stand_ins: Sequence[tuple[int, int]], stand_in: str
) -> Told:
    """The text with what its telling words mean, as far as the encoder read it.

    `encoded` is of the text in which `stand_in` stands at `stand_ins`, places of the text as it is.
    """
    import numpy as np

    telling = np.array(
        [unit.say is Say.TELLING and text[unit.start] <= LATIN_END for unit in units], dtype=bool
    )
    owners = _owners(units, _places_in_text(encoded.spans, stand_ins, len(stand_in)))
    held = np.flatnonzero((owners >= 0) & telling[owners])
    if not len(held):
        return Told(text, units)
    # Tokens are in order, so those of a unit are neighbours.
    first = np.flatnonzero(np.r_[True, np.diff(owners[held]) > 0])
    counts = np.diff(np.r_[first, len(held)])
    means = np.add.reduceat(encoded.tokens[held], first, axis=0) / counts[:, None]
    means -= MEAN_SHARE * encoded.tokens.mean(axis=0)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    return Told(text, units, tuple(owners[held[first]].tolist()), means)


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
