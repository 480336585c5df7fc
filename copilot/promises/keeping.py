"""From what was sent to the promises that are kept: agents' messages, and verdicts on sent drafts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from copilot.models import Contradiction, SuggestedPromise
from copilot.promises.contradict import contradictions
from copilot.promises.cues import told_language
from copilot.promises.due import When, due_of
from copilot.promises.reading import commitments_in
from knowledge_base.codec import format_time
from knowledge_base.errors import NotFoundError
from knowledge_base.models import Conversation, Feedback
from knowledge_base.promises import Promise, StoredPromise

if TYPE_CHECKING:
    from knowledge_base.store import KnowledgeBase

MOST_MESSAGES = 50
"""An agent's newest messages that are read: what was promised before them was kept when they were new."""
READER = "conversation"
"""The actor of a promise that was read in a conversation."""
_SENT = frozenset({"used", "edited"})
_UNKEPT = 0
"""The number of a promise that is shown and not kept; the base counts from 1."""
_told = lru_cache(maxsize=512)(told_language)


def promises_in(text: str, *, conversation_id: str = "", sent: datetime | None = None) -> list[Promise]:
    """The promises of one text that was sent, dated from when it was."""
    language = _told(text)
    return [
        Promise(
            conversation_id=conversation_id,
            kind=one.kind,
            promiser=one.actor,
            sentence=one.text,
            language=language,
            amount=one.amount,
            times=_words(one.when),
            due=due_of(one.when, sent),
            sent_at=sent,
        )
        for one in commitments_in(text, language)
    ]


def follow_conversation(
    knowledge: KnowledgeBase, conversation: Conversation, *, order_id: str | None = None
) -> list[StoredPromise]:
    """All promises of a conversation, with what became of them; new ones are kept where it has an id."""
    seen = list(_seen(conversation, order_id))
    if conversation.id is None:
        return [StoredPromise(_UNKEPT, one, READER, one.sent_at or datetime.now(UTC)) for one in seen]
    return knowledge.promises.follow(conversation.id, seen, actor=READER)


def give_feedback(knowledge: KnowledgeBase, feedback: Feedback, *, actor: str) -> int:
    """Keep what an agent did with a suggestion, and what was promised where a draft was sent; its number."""
    number = knowledge.add_feedback(feedback, actor=actor)
    if feedback.verdict in _SENT and feedback.item in (None, "draft", "customer_draft"):
        _keep_sent(knowledge, feedback, number, actor)
    return number


def _keep_sent(knowledge: KnowledgeBase, feedback: Feedback, number: int, actor: str) -> None:
    shown = _shown(knowledge, feedback.suggestion_id)
    conversation_id = feedback.conversation_id or shown.get("conversation_id")
    version = shown.get("customer_draft" if feedback.item == "customer_draft" else "draft") or {}
    text = feedback.text_after or version.get("text")
    if not conversation_id or not text:
        return
    slots = (shown.get("understanding") or {}).get("slots") or {}
    name, order = ((slots.get(slot) or {}).get("value") for slot in ("customer_name", "order_id"))
    sent = promises_in(text, conversation_id=conversation_id, sent=knowledge.promises.clock())
    told = [replace(one, feedback_id=number, customer_name=name, order_id=order) for one in sent]
    if told:
        knowledge.promises.keep(conversation_id, told, actor=actor)


def _shown(knowledge: KnowledgeBase, suggestion_id: str) -> dict[str, Any]:
    try:
        return knowledge.suggestion(suggestion_id)
    except NotFoundError:
        return {}


def _seen(conversation: Conversation, order_id: str | None) -> Iterator[Promise]:
    for message in conversation.by("agent")[-MOST_MESSAGES:]:
        for promise in promises_in(message.text, conversation_id=conversation.id or "", sent=message.at):
            yield replace(promise, customer_name=conversation.customer.name, order_id=order_id)


def _words(when: When | None) -> str | None:
    if when is None:
        return None
    return " ".join(filter(None, ("/".join(when.values), when.clock)))


def suggested(
    stored: list[StoredPromise], conversation: Conversation, now: datetime
) -> tuple[tuple[SuggestedPromise, ...], tuple[Contradiction, ...]]:
    """The open promises as the agent sees them, the soonest due first, and what contradicts what."""
    standing = [one for one in stored if one.state == "open"]
    ordered = sorted(standing, key=lambda one: (one.promise.due is None, one.promise.due or now))
    shown = tuple(_suggested(one, now) for one in ordered)
    return shown, contradictions((one.promise for one in standing), conversation)


def _suggested(stored: StoredPromise, now: datetime) -> SuggestedPromise:
    promise = stored.promise
    return SuggestedPromise(
        id=None if stored.id == _UNKEPT else stored.id,
        kind=promise.kind,
        promiser=promise.promiser,
        sentence=" ".join(promise.sentence.split()),
        language=promise.language,
        amount=promise.amount,
        due=format_time(promise.due) if promise.due else None,
        overdue=stored.overdue(now),
        sent_at=format_time(promise.sent_at) if promise.sent_at else None,
    )
