"""Whether a suggestion would only repeat the one that an agent has before them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from copilot.models import Suggestion

# How sure it is, how long it took and under which number it is kept may differ: the agent would see the same.
_UNSEEN = frozenset({"id", "timings_ms", "relevance", "confidence", "language_confidence", "adjustments"})
_TOLD_BY_THE_TALK = frozenset({"request", "stage", "why", "matches"})


def digest_of(suggestion: Suggestion) -> str:
    """The same for two suggestions that tell an agent the same, though the customer's words differ."""
    shown = _seen(suggestion.as_json())
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _seen(value: Any) -> Any:
    if isinstance(value, dict):
        left_out = _UNSEEN | _TOLD_BY_THE_TALK
        return {name: _seen(one) for name, one in value.items() if name not in left_out}
    return [_seen(one) for one in value] if isinstance(value, list | tuple) else value
