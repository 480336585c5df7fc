"""How slow the machine is just now: what limits on time are multiplied by."""

from __future__ import annotations

import re
import time

# The work below takes so long at best; the limits were set where it did.
QUIET_SECONDS = 0.0028
_WORD = re.compile(r"\b(?:[a-z]+ing|\d{2,4}|[A-Z]\w*)\b", re.IGNORECASE)
_TEXT = "Waiting for order TW-481920 since Monday 12 November, nothing is moving. " * 300


def slowness() -> float:
    """1 on a quiet machine, more on a slower or busier one, never less."""
    return max(1.0, min(_work() for _ in range(5)) / QUIET_SECONDS)


def _work() -> float:
    begin = time.process_time()
    counts: dict[str, int] = {}
    for match in _WORD.finditer(_TEXT):
        word = match.group().lower()
        counts[word] = counts.get(word, 0) + 1
    return time.process_time() - begin
