"""A conversation's subjects: the customer's turns without small talk, and where another subject begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from copilot.understand.clauses import Reading, content_words, has_phrase, read_message, sentences
from copilot.understand.text import own_words
from knowledge_base.models import Conversation, Message

LOOK_BACK = 60
"""Messages read back at most; whatever stands further back no longer decides."""
TURNS = 40
"""Turns kept of a conversation, the newest."""
ID_DIGITS = 4
CONCERN_WORDS = 2
DEPENDENT_WORDS = 5
"""Up to so many words of content, a message is understood with the one that it answers."""
ANSWER_WORDS = 12
"""The same for a message that asks nothing itself and follows a question of the agent."""
FRESH_WORDS = 4
"""From so many words of content, a message that follows thanks for an answer is another subject's first."""

SHARED_PART = 3
"""One of so many words of a turn must have been said in an earlier subject for the turn to return to it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the customer wrote before anybody answered, without its small talk.

    `first` and `index` are its first and last message. `asked` is what the agent asked before, `told`
    what the agent said before without asking.
    """

    first: int
    index: int
    core: str
    weight: int
    asked: str = ""
    told: str = ""

    @property
    def dependent(self) -> bool:
        """Whether the turn makes sense only with what was said before."""
        limit = ANSWER_WORDS if self.asked and "?" not in self.core else DEPENDENT_WORDS
        return self.weight <= limit

    @property
    def words(self) -> frozenset[str]:
        """The words that name something."""
        return content_words(self.core)

    def names(self, turns: Sequence[Turn]) -> bool:
        """Whether enough of its words were said in these turns to be about the same."""
        return 0 < len(self.words) <= SHARED_PART * len(self.words & _words_of(turns))

    def joined(self, later: Turn) -> Turn:
        """The turn with the message that follows at once."""
        core = f"{self.core}\n{later.core}"
        return replace(self, index=later.index, core=core, weight=self.weight + later.weight)


@dataclass(frozen=True, slots=True)
class Subject:
    """The newest subject: its turns, oldest first, and the first message that counts for the mood."""

    turns: tuple[Turn, ...]
    mood_from: int


@dataclass(slots=True)
class _Reader:
    """What is known while the messages are read one after the other."""

    subjects: list[list[Turn]] = field(default_factory=list)
    current: list[Turn] = field(default_factory=list)
    agent: str = ""
    asked: str = ""
    offered: bool = False
    answered: bool = False
    open_turn: bool = False
    ended: int | None = None
    closed: bool = False
    thanked: bool = False

    def hear_agent(self, message: Message) -> None:
        """An agent's message; the question of several in a row is kept."""
        text = own_words(message.text)
        question = _question(text)
        if self.answered:
            self.agent, self.asked, self.offered, self.answered = "", "", False, False
            self.thanked = False
        self.agent = f"{self.agent}\n{text}".strip()
        self.asked = question or self.asked
        self.offered = self.offered or has_phrase(question, "anything_else")
        self.open_turn = False

    def hear_customer(self, at: int, message: Message) -> None:
        reading = read_message(message.text)
        self.answered = True
        if not reading.core or (not self._question_asked and _bare_number(reading.core)):
            self._hear_small_talk(at, reading)
            return
        turn = Turn(at, at, reading.core, reading.weight, self._question_asked, self.agent)
        self._take(turn, reading)
        self.closed = reading.resolved and not reading.begins
        self.open_turn, self.thanked, self.ended = not self.closed, False, None

    @property
    def _question_asked(self) -> str:
        return self.asked if self.asked and not has_phrase(self.asked, "offer") else ""

    def _hear_small_talk(self, at: int, reading: Reading) -> None:
        if reading.resolved:
            self.closed, self.ended = True, at
        elif reading.thanks and self.agent and not self.asked:
            self.thanked = True

    def _take(self, turn: Turn, reading: Reading) -> None:
        """Put the turn where it belongs: a new subject, an earlier one that it names again, or this one."""
        surely = self._surely_begins(turn, reading)
        earlier = None if surely else self._named_again(turn)
        if earlier is not None:
            self.subjects.remove(earlier)
            self._leave(earlier)
        elif self.current and (surely or self._likely_begins(turn, reading)):
            self._leave([])
            # What the agent said since the old subject was closed belongs to none.
            turn = turn if self.closed else replace(turn, asked="", told="")
        elif self.current and self.open_turn:
            turn = self.current.pop().joined(turn)
        self.current.append(turn)

    def _leave(self, entered: list[Turn]) -> None:
        self.subjects.append(self.current)
        self.current = entered

    def _surely_begins(self, turn: Turn, reading: Reading) -> bool:
        """Whether words say so: "another thing", "solved" before, an answer to "anything else?"."""
        offer_taken = self.offered and turn.weight >= CONCERN_WORDS and not reading.refuses
        return reading.begins or self.closed or offer_taken

    def _likely_begins(self, turn: Turn, reading: Reading) -> bool:
        """Whether it says enough by itself and follows thanks for an answer, or "by the way"."""
        if turn.weight < FRESH_WORDS or self.open_turn or (self.asked and not self.offered):
            return False
        thanked = self.thanked or (reading.thanks and bool(self.agent))
        return (thanked or reading.aside) and not turn.names(self.current)

    def _named_again(self, turn: Turn) -> list[Turn] | None:
        """The newest earlier subject that the turn names, unless it has words of this one or of the agent."""
        if (
            not self.subjects
            or turn.words & _words_of(self.current)
            or turn.words & content_words(self.agent)
        ):
            return None
        return next((subject for subject in reversed(self.subjects) if turn.names(subject)), None)


def _words_of(turns: Sequence[Turn]) -> frozenset[str]:
    return frozenset[str]().union(*(turn.words for turn in turns))


def newest_subject(conversation: Conversation) -> Subject:
    """The turns that the newest request is understood with."""
    messages = conversation.messages[-LOOK_BACK:]
    offset = len(conversation.messages) - len(messages)
    reader = _Reader()
    for at, message in enumerate(messages, start=offset):
        if message.role == "agent":
            reader.hear_agent(message)
        elif message.role == "customer":
            reader.hear_customer(at, message)
    turns = tuple(reader.current[-TURNS:])
    oldest = turns[0].first if turns else offset
    return Subject(turns, oldest if reader.ended is None else reader.ended)


def _bare_number(core: str) -> bool:
    """A figure that answers nothing, as menus of machines ask for."""
    return core.isdigit() and len(core) < ID_DIGITS


def _question(text: str) -> str:
    """The last question of an agent's text, or nothing."""
    if "?" not in text:
        return ""
    asked = [s.strip() for s in sentences(text) if s.rstrip().endswith("?")]
    return asked[-1] if asked else ""
