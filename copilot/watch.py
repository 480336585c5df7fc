"""Where the milliseconds of a suggestion go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Watch:
    """Milliseconds spent in each step; a step may be entered more than once."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}
        self._started = time.perf_counter()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count what is done meanwhile."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._spent[name] = self._spent.get(name, 0.0) + (time.perf_counter() - started) * 1000

    def times(self) -> dict[str, float]:
        """By step, and their `total` since the start."""
        total = (time.perf_counter() - self._started) * 1000
        return {name: round(ms, 2) for name, ms in [*self._spent.items(), ("total", total)]}
