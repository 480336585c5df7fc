"""What the service remembers between calls: which provider keeps failing, and what was translated before."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from knowledge_base.errors import (
    InputTooLongError,
    ProviderAuthError,
    RateLimitedError,
    TranslationError,
    UnsupportedPairError,
)

FAILURES_TO_OPEN = 3
"""One lost answer is bad luck, three in a row are an outage."""
OPEN_SECONDS = 30.0
"""So long a failing provider is left alone before one call tries it again."""
AUTH_OPEN_SECONDS = 300.0
"""A refused key doesn't heal by itself."""

Clock = Callable[[], float]
Key = tuple[str, str, str, str, str]


class Breaker:
    """Keeps a provider that fails from costing every call its time. Thread-safe."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._paused_until = 0.0

    def allows(self) -> bool:
        """Whether to ask the provider now. After a pause one caller may try, the others wait for it."""
        with self._lock:
            if self._failures == 0 or self._paused_until == 0.0:
                return True
            if self._clock() < self._paused_until:
                return False
            self._paused_until = self._clock() + OPEN_SECONDS
            return True

    def succeeded(self) -> None:
        """Forget what failed before."""
        with self._lock:
            self._failures, self._paused_until = 0, 0.0

    def failed(self, error: TranslationError) -> None:
        """Count a failure; a limit or a refused key opens at once, a text that can't be taken counts not."""
        if isinstance(error, UnsupportedPairError | InputTooLongError):
            return
        with self._lock:
            self._failures += 1
            if isinstance(error, ProviderAuthError):
                self._paused_until = self._clock() + AUTH_OPEN_SECONDS
            elif isinstance(error, RateLimitedError) or self._failures >= FAILURES_TO_OPEN:
                self._paused_until = self._clock() + OPEN_SECONDS


class TranslationMemory:
    """The last translations, masked: no personal data that was protected is kept. Thread-safe.

    The key is masked source, source language, target language, provider, version of the desk's words.
    """

    def __init__(self, size: int = 2000) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, str] = OrderedDict()

    def get(self, key: Key) -> str | None:
        """What was kept under the key, which becomes the newest."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: Key, masked_translation: str) -> None:
        """Keep a translation; the one not used longest goes."""
        with self._lock:
            self._kept[key] = masked_translation
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)
