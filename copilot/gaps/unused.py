"""What is published and never shown or never used, though its kind is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from copilot.gaps.models import Unused, UnusedKind
from knowledge_base.gaps import Listed, Seen
from knowledge_base.models import Kind

FEWEST = 5
"""A record that was shown less often may be used the next time."""
MOST = 50
"""Records that are listed of a kind, those most asked for first."""


def unused(
    kind: Kind,
    records: Iterable[Listed],
    seen: Mapping[str, Seen],
    wanted: Callable[[Listed], int],
    since: datetime,
) -> UnusedKind:
    """The records of a kind that no suggestion showed since, or that no agent used of FEWEST times or more.

    `wanted` tells how many conversations since were of a record's kind.
    """
    counts = dict.fromkeys(("published", "never_shown", "never_used", "unasked", "young", "few"), 0)
    items: list[Unused] = []
    for one in records:
        counts["published"] += 1
        what = seen.get(f"{kind}:{one.id}", Seen())
        if what.used:
            continue
        if one.written_at > since:
            counts["young"] += 1
            continue
        asked = wanted(one)
        if not asked and not what.shown:
            counts["unasked"] += 1
        elif what.shown and what.shown < FEWEST:
            counts["few"] += 1
        else:
            counts["never_used" if what.shown else "never_shown"] += 1
            items.append(Unused(kind, one.id, one.title, one.category, one.language, what.shown, asked))
    items.sort(key=lambda one: (-one.shown, -one.asked, one.id))
    return UnusedKind(kind=kind, items=tuple(items[:MOST]), **counts)
