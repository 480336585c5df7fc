"""What gaps, slow categories and unused records are, as pages, the API and the command line tell them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from copilot.gaps.trend import Trend
from knowledge_base.models import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from knowledge_base.gap_decisions import StoredDecision

Why = Literal["nothing", "rejected"]
"""Nothing was shown, or all that was shown was rejected or told wrong."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A conversation that nothing answered, with its request. `read_in`: the language that was embedded."""

    conversation: str
    suggestion: str
    at: datetime
    why: Why
    request: str
    language: str | None
    read_in: str | None
    category: str | None


@dataclass(frozen=True, slots=True)
class Miss:
    """What came nearest, published, and how sure the search is that it helps (0 to 1)."""

    kind: Kind
    id: str
    title: str
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """A kind of request that nothing answered. `members` are its conversations, oldest first.

    `samples` are those nearest to the `middle`, `questions` what was asked in them without what is personal;
    `solved` were closed after an agent wrote, nearest first; `answered`: what is published is shown now.
    """

    id: str
    name: str
    members: tuple[Unanswered, ...]
    samples: tuple[Unanswered, ...]
    questions: tuple[str, ...]
    trend: Trend
    category: str | None
    miss: Miss | None
    solved: tuple[str, ...]
    answered: bool
    middle: NDArray[np.float32]
    read_in: str | None

    @property
    def languages(self) -> tuple[tuple[str | None, int], ...]:
        """The customers' languages and how many wrote in each, the commonest first."""
        counted: dict[str | None, int] = {}
        for one in self.members:
            counted[one.language] = counted.get(one.language, 0) + 1
        return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0] or "")))

    def why(self, reason: Why) -> int:
        """How many of its conversations nothing answered in this way."""
        return sum(one.why == reason for one in self.members)


@dataclass(frozen=True, slots=True, eq=False)
class OpenGap:
    """A gap that waits for somebody. `before` was decided on it, and since then `fresh` more came."""

    gap: Gap
    before: StoredDecision | None = None
    fresh: int = 0


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures stand on. `asked`: conversations in which something was asked of the copilot.

    `singles` ask for what fewer than three others do; `apart` are those whose language is told too little of.
    """

    since: datetime
    until: datetime
    asked: int
    nothing: int
    rejected: int
    singles: int
    apart: int


@dataclass(frozen=True, slots=True)
class Share:
    """A median or share of a category's cases, n of them, against the desk's; `more`: surely above it.

    `value` is None where fewer than FEWEST tell.
    """

    n: int
    value: float | None = None
    low: float | None = None
    desk: float | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class SlowKind:
    """Cases of a slow category that tell the same problem, n of them, with the median of their minutes."""

    name: str
    n: int
    minutes: float
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slow:
    """A category that is asked often and solved slowly. `hours`: volume times the median of minutes.

    `kinds` are the problems in it that surely take longer than the desk's cases do.
    """

    category: str
    asked: int
    minutes: Share
    turns: Share
    reopened: Share
    hours: float | None
    kinds: tuple[SlowKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Unused:
    """A published record that no suggestion showed, or none of those that did was used.

    `asked` are the conversations of its category in that time; `shown` how often it was shown.
    """

    kind: Kind
    id: str
    title: str | None
    category: str | None
    language: str
    shown: int
    asked: int


@dataclass(frozen=True, slots=True)
class UnusedKind:
    """The unused records of a kind: those whose kind was asked for, the most asked first, and counts.

    `unasked` had no chance: nothing of their kind was asked. `young` are too new to tell, `few` were shown
    too seldom to tell.
    """

    kind: Kind
    published: int
    never_shown: int
    never_used: int
    unasked: int
    young: int
    few: int
    items: tuple[Unused, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """All that was found at a time; `seconds` is how long it took."""

    basis: Basis
    gaps: tuple[Gap, ...]
    slow: tuple[Slow, ...]
    too_few_cases: int
    unused: tuple[UnusedKind, ...]
    at: datetime
    seconds: float
