"""What became of suggestions: used, edited or rejected and why, and which sources help."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from copilot.insight.figures import FEWEST, Figure, share
from knowledge_base.tallies import DraftVerdict
from knowledge_base.verdicts import DRAFTS

ENDS = ("used", "edited", "rejected")
AGAINST = ("wrong", "rejected")
FOR = ("helpful", "used", "edited", "copied")
MOST_SOURCES = 20


def verdict_shares(verdicts: Iterable[DraftVerdict]) -> list[Figure]:
    """The shares of suggestions by what became of them at last; empty where no verdict tells."""
    ends = list(_ends(verdicts).values())
    return [share(end, sum(one.verdict == end for one in ends), len(ends)) for end in ENDS] if ends else []


def rejections(verdicts: Iterable[DraftVerdict]) -> Mapping[str | None, int]:
    """How many suggestions were rejected at last, by the reason chosen, not what is typed after it."""
    counted: dict[str | None, int] = {}
    for one in _ends(verdicts).values():
        if one.verdict == "rejected":
            reason = (one.reason or "").partition(":")[0].strip().lower() or None
            counted[reason] = counted.get(reason, 0) + 1
    return counted


def helpers(verdicts: Sequence[DraftVerdict]) -> list[Figure]:
    """Cases and articles (`case:ID`) by the share of suggestions in which they helped; the surest first."""
    last: dict[tuple[str, str], bool] = {}
    for one in verdicts:
        item = (one.item or "").partition("#")[0]
        if item.startswith(("case:", "article:")) and one.verdict in (*FOR, *AGAINST):
            last[item, one.suggestion_id] = one.verdict in FOR
    found: dict[str, list[bool]] = {}
    for (item, _), helped in last.items():
        found.setdefault(item, []).append(helped)
    figures = [share(item, sum(told), len(told)) for item, told in found.items() if len(told) >= FEWEST]
    return sorted(figures, key=lambda one: (-(one.low or 0.0), one.group or ""))[:MOST_SOURCES]


def _ends(verdicts: Iterable[DraftVerdict]) -> dict[str, DraftVerdict]:
    """The last verdict on each suggestion's draft; copied is used unless more is told."""
    ends: dict[str, DraftVerdict] = {}
    for one in verdicts:
        if one.item is not None and one.item not in DRAFTS:
            continue
        if one.verdict in ENDS:
            ends[one.suggestion_id] = one
        elif one.verdict == "copied":
            ends.setdefault(one.suggestion_id, replace(one, verdict="used"))
    return ends
