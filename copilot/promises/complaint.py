"""Whether a conversation is a complaint, and until when it is to be acknowledged."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from copilot.models import Situation, Understanding
from knowledge_base.models import Conversation

ACKNOWLEDGE_WITHIN = timedelta(hours=24)
"""The handbook's: a complaint is acknowledged within 24 hours."""
_SITUATIONS = (Situation.AGGRESSIVE_CUSTOMER, Situation.NEGATIVE_FEEDBACK)
_CATEGORY = re.compile(r"complain|negative|beschwerde|reklamation|queja|reclamaci|plainte|réclamation")
_WORDS = re.compile(
    r"\bcomplain(?:t|ts|ed|ing)?\b|\bbeschwer(?:de|den|e|en)\b|\breklam(?:ation|iere|ieren)\b"
    r"|\bquejas?\b|\bme quejo\b|\bquejarme\b|\breclamaci[oó]n\w*|\breclam(?:[oi]|ação|ações)\b"
    r"|\bréclamations?\b|\bplaintes?\b|\bme plain(?:s|dre)\b",
    re.IGNORECASE,
)
_READ = 4_000
"""Characters of a message in which somebody says that it is a complaint."""


def complaint_due(conversation: Conversation, understanding: Understanding) -> datetime | None:
    """Until when a complaint is to be acknowledged, UTC; None without one, or once an agent has replied.

    It is a complaint by the customer's own word, from that message on; else by its situation or category,
    from the customer's first message on. None too where that message has no time.
    """
    start = _start(conversation, understanding)
    if start is None:
        return None
    messages = conversation.messages
    at = messages[start].at
    if at is None or any(message.role == "agent" for message in messages[start:]):
        return None
    return at.astimezone(UTC) + ACKNOWLEDGE_WITHIN


def _start(conversation: Conversation, understanding: Understanding) -> int | None:
    said = [n for n, message in enumerate(conversation.messages) if message.role == "customer"]
    named = (n for n in said if _WORDS.search(conversation.messages[n].text[:_READ]))
    read = understanding.situation in _SITUATIONS or _CATEGORY.search((understanding.category or "").lower())
    return next(named, said[0] if said and read else None)
