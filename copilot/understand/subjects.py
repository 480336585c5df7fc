"""A conversation's subjects: the customer's turns without small talk, and where another subject begins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from copilot.understand.clauses import Reading, has_phrase, read_message, sentences
from copilot.understand.text import own_words
from knowledge_base.models import Conversation, Message

LOOK_BACK = 60
"""Messages read back at most; whatever stands further back no longer decides."""
ID_DIGITS = 4
CONCERN_WORDS = 2
DEPENDENT_WORDS = 5
"""Up to so many words of content, a message is understood with what was said before it: on its own it
finds less than the subject does, in the sample desk's cases as in written chats."""
ANSWER_WORDS = 12
"""The same for a message that asks nothing itself and follows a question of the agent."""
FRESH_WORDS = 4
"""From so many words of content, a message that follows thanks for an answer is another subject's first."""
SHARED_PART = 3
"""One of so many words of a turn must have been said in a subject for the turn to name it."""
# Three digits and more: nobody says an amount or a number again about something else.
_FIGURE = re.compile(r"\d(?:[\d.,]*\d){2,}")
_CHOICE = re.compile(r"(?<!\d)(\d{1,2})(?:\s*[.):=–-]\s*|️?⃣\s*|\s+)([^\W\d_][^\d\n\[\]|•]{2,60})")


@dataclass(frozen=True, slots=True)
class Turn:
    """What the customer wrote before anybody answered, without its small talk.

    `first` and `index` are its first and last message, `names` its words of content. `asked` is what the
    agent asked before, `told` all that the agent said before.
    """

    first: int
    index: int
    core: str
    names: tuple[str, ...]
    asked: str = ""
    told: str = ""

    @property
    def dependent(self) -> bool:
        """Whether the turn makes sense only with what was said before."""
        limit = ANSWER_WORDS if self.asked and "?" not in self.core else DEPENDENT_WORDS
        return len(self.names) <= limit

    @property
    def figures(self) -> frozenset[str]:
        """The amounts, order numbers and the like in it, their digits alone."""
        return frozenset(re.sub(r"\D", "", found) for found in _FIGURE.findall(self.core))

    def about(self, turns: Sequence[Turn]) -> bool:
        """Whether enough of its words were said in these turns."""
        names = frozenset(self.names)
        return 0 < len(names) <= SHARED_PART * len(names & _names_of(turns))

    def joined(self, later: Turn) -> Turn:
        """The turn with the message that follows at once."""
        core = f"{self.core}\n{later.core}"
        return replace(self, index=later.index, core=core, names=self.names + later.names)


@dataclass(frozen=True, slots=True)
class Subject:
    """The newest subject: its turns, oldest first, and the first message that counts for the mood."""

    turns: tuple[Turn, ...]
    mood_from: int


def newest_subject(conversation: Conversation) -> Subject:
    """The turns that the newest request is understood with; none where the customer said nothing."""
    offset = max(0, len(conversation.messages) - LOOK_BACK)
    reader = _read(conversation, offset)
    oldest = reader.current[0].first if reader.current else offset
    return Subject(tuple(reader.current), oldest if reader.ended is None else reader.ended)


def subjects_of(conversation: Conversation) -> tuple[tuple[Turn, ...], ...]:
    """The turns of every subject, in the order in which the subjects were opened."""
    reader = _read(conversation, 0)
    found = [subject for subject in (*reader.earlier, reader.current) if subject]
    return tuple(tuple(subject) for subject in sorted(found, key=lambda subject: subject[0].first))


def _read(conversation: Conversation, offset: int) -> _Reader:
    """What is known after the messages from `offset` on."""
    reader = _Reader()
    for at, message in enumerate(conversation.messages[offset:], start=offset):
        if message.role == "agent":
            reader.hear_agent(message)
        elif message.role == "customer":
            reader.hear_customer(at, message)
    return reader


@dataclass(slots=True)
class _Reader:
    """What is known while the messages are read one after the other.

    `agent` is what was said since the customer last wrote, `asked` its last question, `offered` whether
    that asks for a further concern. `closed`: the subject was settled; `thanked`: an answer was thanked
    for; `running`: nobody answered the last turn yet; `ended`: the message that settled the last subject.
    """

    current: list[Turn] = field(default_factory=list)
    earlier: list[list[Turn]] = field(default_factory=list)
    agent: str = ""
    asked: str = ""
    offered: bool = False
    replied: bool = False
    closed: bool = False
    thanked: bool = False
    running: bool = False
    ended: int | None = None

    def hear_agent(self, message: Message) -> None:
        """Several messages in a row are one; the last question among them is what is asked."""
        if self.replied:
            self.agent, self.asked, self.offered = "", "", False
            self.replied, self.thanked = False, False
        text = own_words(message.text)
        question = _question(text)
        self.agent = f"{self.agent}\n{text}".strip()
        self.offered = self.offered or has_phrase(question, "anything_else")
        self.asked = question or self.asked
        self.running = False

    def hear_customer(self, at: int, message: Message) -> None:
        """A turn with content is put where it belongs; small talk may close a subject."""
        reading = self._read(message.text)
        self.replied = True
        if not reading.core:
            self._hear_small_talk(at, reading)
            return
        asked = "" if has_phrase(self.asked, "offer") else self.asked
        self._take(Turn(at, at, reading.core, reading.names, asked, self.agent), reading)
        self.closed = reading.resolved and not reading.begins
        self.running, self.thanked, self.ended = not self.closed, False, None

    def _read(self, text: str) -> Reading:
        """A bare figure stands for what a menu calls so, and means nothing if nobody asked for one."""
        reading = read_message(text)
        if not (reading.core.isdigit() and len(reading.core) < ID_DIGITS):
            return reading
        chosen = dict(_choices(self.agent)).get(int(reading.core))
        if chosen is not None:
            return read_message(chosen)
        return reading if self.asked else replace(reading, core="")

    def _hear_small_talk(self, at: int, reading: Reading) -> None:
        if reading.resolved:
            self.closed, self.ended = True, at
        elif reading.begins:
            self.closed = True
        elif reading.thanks and self.agent and not self.asked:
            self.thanked = True

    def _take(self, turn: Turn, reading: Reading) -> None:
        """Put the turn where it belongs: a new subject, an earlier one that it names again, or this one."""
        surely = self._surely_begins(turn, reading)
        again = None if surely else self._named_again(turn)
        if again is not None:
            self.earlier.remove(again)
            self._leave(again)
        elif self.current and (surely or self._likely_begins(turn, reading)):
            self._leave([])
            # What the agent said since the old subject was closed belongs to none.
            turn = turn if self.closed else replace(turn, asked="", told="")
        elif self.current and self.running:
            turn = self.current.pop().joined(turn)
        if not self.current and not turn.asked:
            turn = replace(turn, told="")  # a greeting or a menu says nothing of what is opened
        self.current.append(turn)

    def _leave(self, entered: list[Turn]) -> None:
        self.earlier.append(self.current)
        self.current = entered

    def _surely_begins(self, turn: Turn, reading: Reading) -> bool:
        """Whether words say so: "another thing", "solved" before, an answer to "anything else?"."""
        taken = self.offered and len(turn.names) >= CONCERN_WORDS and not reading.refuses
        return reading.begins or self.closed or taken

    def _likely_begins(self, turn: Turn, reading: Reading) -> bool:
        """Whether it says enough by itself and follows thanks for an answer, or "by the way"."""
        if len(turn.names) < FRESH_WORDS or self.running or (self.asked and not self.offered):
            return False
        thanked = self.thanked or (reading.thanks and bool(self.agent))
        return (thanked or reading.aside) and not turn.about(self.current)

    def _named_again(self, turn: Turn) -> list[Turn] | None:
        """The newest earlier subject that the turn is about, unless it shares words with what goes on."""
        if not self.earlier:
            return None
        going_on = _names_of(self.current).union(read_message(self.agent).names)
        if going_on.intersection(turn.names):
            return None
        return next((subject for subject in reversed(self.earlier) if turn.about(subject)), None)


def _names_of(turns: Sequence[Turn]) -> frozenset[str]:
    return frozenset(name for turn in turns for name in turn.names)


def _choices(text: str) -> Iterator[tuple[int, str]]:
    """The entries of a machine's menu: "1 Delivery  2) Returns"."""
    for number, entry in _CHOICE.findall(text):
        yield int(number), entry.strip()


def _question(text: str) -> str:
    """The last question of an agent's text, or nothing."""
    if "?" not in text:
        return ""
    asked = [s.strip() for s in sentences(text) if s.rstrip().endswith("?")]
    return asked[-1] if asked else ""
