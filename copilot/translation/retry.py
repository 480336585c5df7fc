"""Asking a provider again where that can help, inside its time."""

from __future__ import annotations

import time

from copilot.translation.deadline import Deadline
from copilot.translation.models import Provider
from knowledge_base.errors import (
    BadProviderResponseError,
    InputTooLongError,
    ProviderAuthError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    RateLimitedError,
    TranslationError,
    UnsupportedPairError,
)

_AGAIN: dict[type[TranslationError], tuple[float, ...]] = {
    ProviderUnavailableError: (0.1, 0.3),
    ProviderTimeoutError: (0.0,),
    RateLimitedError: (0.5,),
}
"""Seconds to wait before each further attempt, by what went wrong; other errors stay as they are."""
_FIRST_SHARE = 0.6
"""Of the time that a first attempt may use, so that one lost answer leaves time for a second."""

_REASONS: dict[type[TranslationError], str] = {
    RateLimitedError: "rate_limited",
    ProviderUnavailableError: "unavailable",
    ProviderTimeoutError: "timeout",
    ProviderAuthError: "key_refused",
    BadProviderResponseError: "bad_response",
    UnsupportedPairError: "unsupported_pair",
    InputTooLongError: "too_long",
}


def reason(error: TranslationError) -> str:
    """One word for what went wrong."""
    return next((word for kind, word in _REASONS.items() if isinstance(error, kind)), "failed")


def ask(provider: Provider, text: str, source: str, target: str, *, deadline: Deadline) -> str:
    """The provider's translation, asked again where its error allows and the time lasts."""
    failures = 0
    while True:
        left = deadline.require(provider.name)
        share = _FIRST_SHARE if failures == 0 else 1.0
        try:
            return provider.translate(text, source, target, timeout_seconds=left * share)
        except TranslationError as error:
            waits = next((waits for kind, waits in _AGAIN.items() if isinstance(error, kind)), ())
            if failures >= len(waits) or deadline.remaining() <= waits[failures]:
                raise
            time.sleep(waits[failures])
            failures += 1
