"""What became of suggestions: used, edited or rejected and why, and which sources help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from copilot.insight.figures import FEWEST, Figure, share
from knowledge_base.tallies import ENDS, DraftEnd

AGAINST = ("wrong", "rejected")
FOR = ("helpful", "used", "edited", "copied")
MOST_SOURCES = 20


def verdict_shares(ends: Sequence[DraftEnd]) -> list[Figure]:
    """The shares of suggestions by what became of them at last; empty where no verdict tells."""
    whole = sum(one.n for one in ends)
    return (
        [share(end, sum(one.n for one in ends if one.verdict == end), whole) for end in ENDS] if whole else []
    )


def rejections(ends: Iterable[DraftEnd]) -> Mapping[str | None, int]:
    """How many suggestions were rejected at last, by the reason chosen, not what is typed after it."""
    counted: dict[str | None, int] = {}
    for one in ends:
        if one.verdict == "rejected":
            reason = (one.reason or "").partition(":")[0].strip().lower() or None
            counted[reason] = counted.get(reason, 0) + one.n
    return counted


def helpers(told: Iterable[tuple[str, str, str]]) -> list[Figure]:
    """Cases and articles (`case:ID`) by the share of suggestions in which they helped; the surest first.

    `told` are suggestion, verdict and item, oldest first: the last on an item of a suggestion counts.
    """
    last = {(item.partition("#")[0], suggestion): verdict in FOR for suggestion, verdict, item in told}
    found: dict[str, list[bool]] = {}
    for (item, _), helped in last.items():
        found.setdefault(item, []).append(helped)
    figures = [share(item, sum(told), len(told)) for item, told in found.items() if len(told) >= FEWEST]
    return sorted(figures, key=lambda one: (-(one.low or 0.0), one.group or ""))[:MOST_SOURCES]
