"""Typed data for the templates: a conversation in the list, by who waits and how soon it must be answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from knowledge_base.conversation_heads import ConversationHead
from knowledge_base.models import Emotion
from web.i18n import day, gettext
from web.words import direction, emotion_words, language_name, shortened

PREVIEW = 110
"""Characters of a message shown in the list: two lines of it."""
LONG = timedelta(hours=24)
"""Who waits longer than this is shown with the day since when, and marked: a complaint may wait no longer."""
_TROUBLED = frozenset({Emotion.ANGRY, Emotion.FRUSTRATED, Emotion.WORRIED})


@dataclass(frozen=True, slots=True)
class HeadView:
    """A conversation in the list. Times are ISO for machines, the words beside them for people."""

    id: str
    name: str
    title: str
    preview: str
    role: str
    waiting_at: str | None
    waiting: str
    long: bool
    language: str | None
    language_name: str
    dir: str
    emotion: str | None
    emotion_words: str
    troubled: bool
    complaint_at: str | None
    complaint: str
    channel: str | None


def head_view(head: ConversationHead, now: datetime) -> HeadView:
    """Lay out a conversation's head."""
    since, due = head.waiting_since, head.complaint_due if head.state == "open" else None
    return HeadView(
        id=head.id,
        name=head.customer_name or gettext("Customer"),
        title=head.title or "",
        preview=shortened(head.newest.text, PREVIEW),
        role=head.newest.role,
        waiting_at=since.isoformat() if since else None,
        waiting=waiting_words(since, now) if since else "",
        long=since is not None and now - since > LONG,
        language=head.language,
        language_name=language_name(head.language) if head.language else "",
        dir=direction(head.language),
        emotion=head.emotion.value if head.emotion not in (None, Emotion.NEUTRAL) else None,
        emotion_words=emotion_words(head.emotion.value) if head.emotion else "",
        troubled=head.emotion in _TROUBLED,
        complaint_at=due.isoformat() if due else None,
        complaint=left_words(due, now) if due else "",
        channel=head.channel,
    )


def waiting_words(since: datetime, now: datetime) -> str:
    """How long somebody has waited; from a day on the day since when."""
    waited = now - since
    if waited > LONG:
        return day(since.astimezone(UTC))
    minutes = max(0, int(waited.total_seconds() // 60))
    return (
        gettext("%(hours)s h", hours=minutes // 60)
        if minutes >= 60
        else gettext("%(minutes)s min", minutes=minutes)
    )


def left_words(due: datetime, now: datetime) -> str:
    """How long is left to acknowledge a complaint."""
    minutes = int((due - now).total_seconds() // 60)
    if minutes < 0:
        return gettext("overdue")
    if minutes >= 60:
        return gettext("%(hours)s h left", hours=minutes // 60)
    return gettext("%(minutes)s min left", minutes=minutes)
