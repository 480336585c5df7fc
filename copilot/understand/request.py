"""What the customer wants now: the newest subject of a conversation, read backwards from its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from copilot.understand.clauses import Reading, has_phrase, read_message, sentences
from copilot.understand.text import cut, own_words
from knowledge_base.models import Conversation, Message

VIEW_LIMIT = 1_200
"""Characters of a view: about what the encoder reads before it cuts."""
TEXT_LIMIT = 300
LOOK_BACK = 100
"""Messages read back at most; whatever stands further back no longer decides."""
TURNS = 40
SUBJECT_LIMIT = VIEW_LIMIT + TEXT_LIMIT
ID_DIGITS = 4
NOTES = 6
"""So many notes in a row at most are looked past."""
CONCERN_WORDS = 2
DEPENDENT_WORDS = 3
"""Up to so many words of content, a message is understood with the one that it answers."""

ANSWER_WORDS = 12
"""The same for a message that asks nothing itself and follows a question of the agent."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the customer wants now, the readings to search with, and which message says it.

    `since` is the first message that counts for the mood: where the newest subject begins.
    """

    text: str
    views: tuple[str, ...]
    message_index: int | None
    since: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """A customer's message with content, without its small talk; `asked` is what the agent asked before."""

    index: int
    core: str
    weight: int
    asked: str = ""
    refuses: bool = False

    @property
    def dependent(self) -> bool:
        """Whether the message makes sense only with what was said before."""
        limit = ANSWER_WORDS if self.asked and "?" not in self.core else DEPENDENT_WORDS
        return self.weight <= limit


@dataclass(frozen=True, slots=True)
class Subject:
    """The newest subject: its turns, newest first, and the first message that counts for the mood."""

    turns: tuple[Turn, ...]
    mood_from: int


def read_request(conversation: Conversation) -> Request:
    """What the customer wants now. Empty where no customer's message has content."""
    subject = _newest_subject(conversation)
    turns = subject.turns
    if not turns:
        return Request("", (), None, subject.mood_from)
    newest = turns[0]
    anchor = next((turn for turn in turns if not turn.dependent), turns[-1])
    texts = _newest_first(turns, newest, anchor)
    side = "\n".join(turn.core for turn in reversed(turns))
    views = _distinct(cut(view, VIEW_LIMIT) for view in (texts, anchor.core, side))
    return Request(_readable(newest, anchor), views, newest.index, subject.mood_from)


def _newest_subject(conversation: Conversation) -> Subject:
    """Read backwards until the subject before has ended, or enough is read."""
    messages = conversation.messages[-LOOK_BACK:]
    offset = len(conversation.messages) - len(messages)
    turns: list[Turn] = []
    ended: int | None = None
    size = 0
    for at in range(len(messages) - 1, -1, -1):
        message = messages[at]
        if message.role == "agent":
            if turns and _speaks_before(turns[-1], at, messages, offset) and _offers_more(message, turns[-1]):
                break
        elif message.role == "customer":
            reading = read_message(message.text)
            if turns and _ends_subject(reading, turns[-1], messages, at):
                break
            asked = _question(_before(messages, at))
            if reading.core and (asked or not _bare_number(reading.core)):
                turns.append(Turn(at + offset, reading.core, reading.weight, asked, reading.refuses))
                size += len(reading.core)
            elif reading.resolved and ended is None and not turns:
                ended = at + offset
            if turns and (reading.begins or size > SUBJECT_LIMIT or len(turns) >= TURNS):
                break
    oldest = turns[-1].index if turns else offset
    return Subject(tuple(turns), oldest if ended is None else ended)


def _speaks_before(turn: Turn, at: int, messages: tuple[Message, ...], offset: int) -> bool:
    """Whether only notes stand between the message at `at` and the turn."""
    return all(message.role == "note" for message in messages[at + 1 : turn.index - offset])


def _offers_more(message: Message, reply: Turn) -> bool:
    """Whether the agent asks for a further concern and the customer names one (not: "no, but…")."""
    if not has_phrase(_question(message), "anything_else"):
        return False
    return reply.weight >= CONCERN_WORDS and not reply.refuses


def _bare_number(core: str) -> bool:
    """A figure that answers nothing, as menus of machines ask for."""
    return core.isdigit() and len(core) < ID_DIGITS


def _question(message: Message | None) -> str:
    """The last question of an agent's message, or nothing."""
    if message is None or message.role != "agent" or "?" not in message.text:
        return ""
    asked = [s.strip() for s in sentences(own_words(message.text)) if s.rstrip().endswith("?")]
    return asked[-1] if asked else ""


def _ends_subject(reading: Reading, newer: Turn, messages: tuple[Message, ...], at: int) -> bool:
    """A message without content that closes what was before: solved, or thanks for the agent's answer."""
    if reading.core:
        return False
    if reading.resolved:
        return True
    return reading.thanks and not newer.dependent and _agent_answered(messages, at)


def _before(messages: tuple[Message, ...], at: int) -> Message | None:
    """The message before, notes aside."""
    return next((m for m in reversed(messages[max(0, at - NOTES) : at]) if m.role != "note"), None)


def _agent_answered(messages: tuple[Message, ...], at: int) -> bool:
    before = _before(messages, at)
    return before is not None and before.role == "agent" and "?" not in before.text


def _newest_first(turns: tuple[Turn, ...], newest: Turn, anchor: Turn) -> str:
    """The newest request in context: a short answer after what it answers, else it first, then the opener."""
    if newest is not anchor:
        half = VIEW_LIMIT // 2
        asked = newest.asked if read_message(newest.asked).core else ""
        return "\n".join(part for part in (cut(anchor.core, half), asked, newest.core) if part)
    opener = turns[-1]
    if opener is newest:
        return newest.core
    return f"{cut(newest.core, VIEW_LIMIT * 2 // 3)}\n{cut(opener.core, VIEW_LIMIT // 3)}"


def _readable(newest: Turn, anchor: Turn) -> str:
    """The request as a person would quote it: whole sentences up to the limit."""
    if newest is anchor:
        return _whole_sentences(newest.core, TEXT_LIMIT)
    tail = _whole_sentences(newest.core, TEXT_LIMIT // 2)
    head = _whole_sentences(anchor.core, TEXT_LIMIT - len(tail) - 1)
    return f"{head} {tail}" if head.endswith((".", "!", "?", "…")) else f"{head} – {tail}"


def _whole_sentences(text: str, limit: int) -> str:
    text = " ".join(text.split()) if len(text) <= limit else " ".join(text[: 2 * limit].split())
    kept = ""
    for sentence in sentences(text):
        if kept and len(kept) + len(sentence) > limit:
            break
        kept += sentence
    return cut(kept.strip(), limit)


def _distinct(views: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(view for view in views if view))
