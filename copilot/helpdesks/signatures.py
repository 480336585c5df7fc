"""Signatures of webhooks, over the body exactly as it came."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from knowledge_base.errors import SignatureError

OLDEST = timedelta(minutes=5)
"""A signed time may be so far from ours: what is older is somebody's recording."""


def check_signature(secret: str, signed: bytes, given: str | None, *, algorithm: str) -> None:
    """Raises SignatureError unless `given` is `<algorithm>=` and the hex HMAC of what was signed."""
    told = given or ""
    expected = f"{algorithm}=" + hmac.new(secret.encode(), signed, getattr(hashlib, algorithm)).hexdigest()
    if not told.isascii() or not hmac.compare_digest(expected, told.strip()):
        raise SignatureError("the webhook isn't signed with this desk's secret; nothing of it was taken")


def check_time(given: str | None, now: datetime) -> None:
    """Raises SignatureError unless a time (seconds since 1970) is about now."""
    try:
        at = datetime.fromtimestamp(int(given or ""), UTC)
    except (ValueError, OverflowError, OSError):
        at = None
    if at is None or abs(now - at) > OLDEST:
        raise SignatureError("the webhook's time is missing or minutes away from this machine's clock")
