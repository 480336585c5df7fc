"""Where an interaction stands: greeted, asked, answered, followed up, or thanked for."""

from __future__ import annotations

from dataclasses import replace

from copilot.models import Stage
from copilot.understand.clauses import Reading, has_phrase, read_message
from copilot.understand.signals import read_signals
from copilot.understand.subjects import ANSWER_WORDS
from copilot.understand.text import own_words
from knowledge_base.models import Conversation, Emotion, Message

LINE = 300
"""Characters of a message that may stand in a chat."""
LAST = 6
"""Messages in a row that the customer's newest turn is read from."""
SHORT = 2
"""With so few words of content and no question, a message after the agent's only agrees, or names a value."""

_TROUBLED = frozenset(("angry", "frustrated", "insult", "legal", "leave"))


def read_stage(conversation: Conversation, since: int, emotion: Emotion) -> Stage:
    """The stage that the next reply answers. `since` is the first message of the newest subject.

    A message that only thanks ends a subject that was answered; what brings what the agent asked for, or
    only agrees, is an answer unless it complains; anything else asks, for the first time in its subject or
    again.
    """
    before, turn = _newest(conversation.messages)
    text = "\n".join(own_words(message.text) for message in turn)
    reading = read_message(text)
    asks_more = has_phrase(before, "anything_else") or has_phrase(before, "offer")
    asked = "?" in before and not asks_more
    if not reading.core and not _replied(conversation.messages):
        return Stage.GREETING
    if before and _thanks(text, reading, emotion, asked=asked):
        return Stage.THANKS
    if (
        before
        and "?" not in text
        and not asks_more
        and len(reading.names) <= (ANSWER_WORDS if asked else SHORT)
        and not _TROUBLED.intersection(read_signals(text))
    ):
        return Stage.ANSWER
    opened = not _replied(conversation.messages[since:]) and (reading.begins or asks_more)
    return Stage.FIRST if opened or not _replied(conversation.messages) else Stage.LATER


def as_held(conversation: Conversation) -> Conversation:
    """The conversation with its channel: where nobody named one, short lines in turn are a chat."""
    spoken = [message for message in conversation.messages if message.role != "note"]
    lines = all(len(message.text) <= LINE and "\n\n" not in message.text for message in spoken)
    both = {message.role for message in spoken} == {"agent", "customer"}
    chat = conversation.channel is None and both and lines
    return replace(conversation, channel="chat") if chat else conversation


def _replied(messages: tuple[Message, ...]) -> bool:
    """Whether an agent said more than a greeting and an offer to help."""
    said = (own_words(message.text) for message in messages if message.role == "agent")
    return any(read_message(text).core and not has_phrase(text, "offer") for text in said)


def _newest(messages: tuple[Message, ...]) -> tuple[str, list[Message]]:
    """What the agent said last before the customer's newest turn, and that turn."""
    spoken = [message for message in messages if message.role != "note"]
    turn: list[Message] = []
    while spoken and spoken[-1].role == "customer":
        turn.insert(0, spoken.pop())
    said: list[str] = []
    while spoken and spoken[-1].role == "agent":
        said.insert(0, own_words(spoken.pop().text))
    return "\n".join(said), turn[-LAST:]


def _thanks(text: str, reading: Reading, emotion: Emotion, *, asked: bool) -> bool:
    grateful = reading.resolved or any(has_phrase(text, group) for group in ("thanks", "signoff", "praise"))
    if "?" in text or not grateful:
        return False
    return emotion is Emotion.PLEASED or (len(reading.names) <= SHORT and not asked)
