"""Time limits that hold whatever a server does: a deadline shared by several calls, and calls given up on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from knowledge_base.errors import (
    BadProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    TranslationError,
)

T = TypeVar("T")


class Deadline:
    """A moment by which several steps must be done."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; negative once it is over."""
        return self._end - time.monotonic()

    def require(self, who: str) -> float:
        """Seconds left, at least one millisecond; raises `ProviderTimeoutError` once it is over."""
        left = self.remaining()
        if left <= 0.001:
            raise ProviderTimeoutError(f"{who} did not answer in time; try again, or allow a longer deadline")
        return left


class BoundedCalls:
    """Runs calls with a time limit on at most `workers` threads, besides those given up on.

    A call that does not return in time is abandoned: its thread ends when the call does. So many
    may be abandoned at once (`abandoned` counts them), then new calls are refused. The threads are
    daemons, so that a server that never answers can't keep the program from ending.
    """

    def __init__(self, *, workers: int = 8, max_abandoned: int = 4) -> None:
        self._slots = threading.BoundedSemaphore(workers + max_abandoned)
        self._lock = threading.Lock()
        self._max_abandoned = max_abandoned
        self._abandoned = 0

    @property
    def abandoned(self) -> int:
        """How many calls that were given up on are still running."""
        with self._lock:
            return self._abandoned

    def run(self, call: Callable[[], T], *, who: str, timeout_seconds: float) -> T:
        """The result of `call`, which may raise `TranslationError` and nothing else."""
        deadline = Deadline(timeout_seconds)
        if self.abandoned >= self._max_abandoned:
            raise ProviderUnavailableError(f"{who} owes too many answers; wait until it answers again")
        if not self._slots.acquire(timeout=timeout_seconds):
            raise ProviderTimeoutError(f"too many calls to {who} at once; try again")
        future: Future[T] = Future()
        threading.Thread(target=self._work, args=(call, future, who), daemon=True).start()
        try:
            return future.result(max(deadline.remaining(), 0.001))
        except TimeoutError:
            self._abandon(future)
        raise ProviderTimeoutError(f"{who} did not answer in time; try again, or allow a longer deadline")

    def _work(self, call: Callable[[], T], future: Future[T], who: str) -> None:
        error: TranslationError = BadProviderResponseError(f"the call to {who} broke off")
        try:
            result = call()
        except TranslationError as raised:
            error = raised
        else:
            future.set_result(result)
        finally:
            self._slots.release()
            if not future.done():
                future.set_exception(error)

    def _abandon(self, future: Future[Any]) -> None:
        with self._lock:
            self._abandoned += 1
        future.add_done_callback(self._came_back)

    def _came_back(self, _: Future[Any]) -> None:
        with self._lock:
            self._abandoned -= 1
