"""Which conversations nothing answered: nothing was shown, or all that was shown was told wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from copilot.gaps.models import Why
from knowledge_base.gaps import Answered
from knowledge_base.verdicts import GivenVerdict, judge


def told_against(given: Sequence[GivenVerdict]) -> frozenset[str]:
    """The items that agents hold not to help in a conversation, by the verdicts that stand, oldest first."""
    return frozenset(one.item for one in judge("", None, given) if not one.helped)


def unanswered(
    answered: Iterable[Answered],
    shown: Mapping[str, frozenset[str]],
    verdicts: Mapping[str, Sequence[GivenVerdict]],
) -> list[tuple[Answered, Why]]:
    """The conversations whose newest suggestion showed nothing, or only what was told against.

    `shown` are the items by suggestion, `verdicts` what stands by conversation, for those that have any bad.
    """
    found: list[tuple[Answered, Why]] = []
    for one in answered:
        if one.found == 0:
            found.append((one, "nothing"))
        elif one.conversation in verdicts:
            items = shown.get(one.suggestion, frozenset())
            if items and items <= told_against(verdicts[one.conversation]):
                found.append((one, "rejected"))
    return found
