"""The phrases of two texts that say the same: words paired by stem or by meaning, joined within clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from copilot.why.likeness import Told, likenesses
from copilot.why.units import Say, Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Measured on the judged pairs' first half (`python -m tests.benchmarks.why`). Two words mean the same
# from SURE on; beside such a pair, or beside a shared word, LIKE is enough to join them. A shared word
# that means something else where it stands (below SAME) is a coincidence.
SURE = 0.45
LIKE = 0.2
SAME = 0.5
# Meaning is worth a bit less than the word itself; a word that can't stand alone half of its weight.
MEANT_SHARE = 0.8
WEAK_SHARE = 0.5
# What each telling word costs that stands within a phrase without a partner.
LONELY_COST = 0.12
# A pair of phrases is shown from FLOOR on, of single words from FLOOR_OF_ONE on; where there is none, a
# commoner word from FAINT_FLOOR on, if its likeness where it stands is at least ALIKE.
FLOOR = 0.4
FLOOR_OF_ONE = 0.7
FAINT_FLOOR = 0.45
ALIKE = 0.8
# Units of a phrase; of 6 to 9, this gives the most that is right.
LONGEST_PHRASE = 9
# Partners looked at between two clauses: more stand in none that a person wrote.
MOST_PARTNERS = 12


@dataclass(frozen=True, slots=True)
class Partners:
    """A unit of the customer's text and one of the source's. `worth` is at most 1, `shared` by stem.

    `carries`: the two surely belong together, and both have a meaning of their own.
    """

    mine: int
    theirs: int
    worth: float
    likeness: float
    shared: bool
    carries: bool


@dataclass(frozen=True, slots=True)
class PhrasePair:
    """Units `mine` of the customer's text and `theirs` of the source's, first and last.

    `faint`: a common word that both share, worth telling only where nothing better is to be told.
    """

    worth: float
    mine: tuple[int, int]
    theirs: tuple[int, int]
    shared: bool
    faint: bool


def phrase_pairs(mine: Told, theirs: Told) -> list[PhrasePair]:
    """All pairs of phrases that are worth showing, best first; they overlap."""
    likeness = likenesses(mine, theirs)
    shared = list(_shared(mine, theirs, likeness))
    meant = [] if likeness is None else _meant(mine, theirs, likeness, shared)
    partners = [
        ((mine.units[p.mine].clause, theirs.units[p.theirs].clause), -p.worth, p.mine, p.theirs, p)
        for p in (*shared, *meant)
    ]
    partners.sort(key=itemgetter(0, 1, 2, 3))
    found: list[PhrasePair] = []
    for _, group in groupby(partners, key=itemgetter(0)):
        found += _joined(_one_to_one(entry[4] for entry in group), mine, theirs)
    return sorted(found, key=lambda pair: (-pair.worth, pair.mine, pair.theirs))


def _shared(mine: Told, theirs: Told, likeness: NDArray[np.float32] | None) -> Iterator[Partners]:
    """Words with a stem in common, unless they mean different things where they stand."""
    for number in mine.comparable:
        unit, row = mine.units[number], mine.row_of.get(number)
        for other in sorted({n for stem in unit.stems for n in theirs.stems.get(stem, ())}):
            column = theirs.row_of.get(other)
            # Of a name or a number the encoder can't tell what it means: it is the same.
            known = likeness is not None and row is not None and column is not None
            alike = float(likeness[row, column]) if known and likeness is not None else 1.0
            if alike >= SAME:
                worth = _worth(unit, theirs.units[other]) * (1 + alike) / 2
                carries = unit.say > Say.WEAK < theirs.units[other].say
                yield Partners(number, other, worth, alike, True, carries)


def _meant(
    mine: Told, theirs: Told, likeness: NDArray[np.float32], shared: Sequence[Partners]
) -> Iterator[Partners]:
    """Words without a stem in common that mean about the same, in clauses with a sure pair of words."""
    import numpy as np

    sure = np.zeros((mine.units[-1].clause + 1, theirs.units[-1].clause + 1), dtype=bool)
    strong = np.nonzero(likeness >= SURE)
    sure[mine.clauses[strong[0]], theirs.clauses[strong[1]]] = True
    for partners in shared:
        sure[mine.units[partners.mine].clause, theirs.units[partners.theirs].clause] = True
    rows, columns = np.nonzero((likeness >= LIKE) & sure[mine.clauses[:, None], theirs.clauses])
    for row, column, alike in zip(
        rows.tolist(), columns.tolist(), likeness[rows, columns].tolist(), strict=True
    ):
        one, other = mine.meant[row], theirs.meant[column]
        if not set(mine.units[one].stems).intersection(theirs.units[other].stems):
            worth = _worth(mine.units[one], theirs.units[other]) * MEANT_SHARE * alike
            yield Partners(one, other, worth, alike, False, alike >= SURE)


def _worth(one: Unit, other: Unit) -> float:
    weak = min(one.say, other.say) <= Say.WEAK
    return min(one.weight, other.weight) * (WEAK_SHARE if weak else 1.0)


def _one_to_one(group: Iterable[Partners]) -> list[Partners]:
    """The best partners, each unit in one of them, in the order of the customer's text."""
    mine: set[int] = set()
    theirs: set[int] = set()
    kept: list[Partners] = []
    for partners in group:
        if partners.mine in mine or partners.theirs in theirs:
            continue
        mine.add(partners.mine)
        theirs.add(partners.theirs)
        kept.append(partners)
        if len(kept) == MOST_PARTNERS:
            break
    return sorted(kept, key=lambda partners: partners.mine)


def _joined(partners: list[Partners], mine: Told, theirs: Told) -> Iterator[PhrasePair]:
    """Every stretch of neighbouring partners that is worth showing."""
    for first in range(len(partners)):
        for last in range(first, len(partners)):
            stretch = partners[first : last + 1]
            one = stretch[0].mine, stretch[-1].mine
            other = min(p.theirs for p in stretch), max(p.theirs for p in stretch)
            if max(one[1] - one[0], other[1] - other[0]) >= LONGEST_PHRASE:
                break
            alone = _alone(mine, [p.mine for p in stretch]) + _alone(theirs, [p.theirs for p in stretch])
            worth = sum(p.worth for p in stretch) - LONELY_COST * alone
            floor = FLOOR if len(stretch) > 1 else FLOOR_OF_ONE
            faint = worth < floor
            if any(p.carries for p in stretch) and (not faint or _is_faint(stretch, worth)):
                named = any(p.shared and mine.units[p.mine].say > Say.NEGATION for p in stretch)
                yield PhrasePair(worth, one, other, named, faint)


def _alone(told: Told, numbers: list[int]) -> int:
    """How many telling units stand between these without being one of them."""
    within = told.telling_before[max(numbers) + 1] - told.telling_before[min(numbers)]
    return within - sum(told.units[number].say is Say.TELLING for number in numbers)


def _is_faint(stretch: list[Partners], worth: float) -> bool:
    """Whether a single common word stands in both texts in the same sense."""
    only = stretch[0]
    return len(stretch) == 1 and only.shared and ALIKE <= only.likeness < 1 and worth >= FAINT_FLOOR
