"""What a conversation has said already, so that nobody is asked for it again."""

from __future__ import annotations

from dataclasses import dataclass

from copilot.asking.bank import Bank, Discriminator
from copilot.drafting.given import DraftInput
from copilot.drafting.text import content_words
from copilot.models import Stage
from indexer.tongues import primary

# Of the words of a question, so many in one message of the agent's mean that it was asked in other words.
ASKED = 0.6
NOTHING_TO_ASK = frozenset((Stage.GREETING, Stage.THANKS))
"""Who only greets hasn't said what it is about, and who thanks is done."""


@dataclass(frozen=True, slots=True)
class Heard:
    """`spoken`: the questions that any message speaks of. `slots`: facts that are known."""

    language: str | None
    spoken: frozenset[str]
    slots: frozenset[str]
    agent_words: tuple[frozenset[str], ...]

    def knows(self, about: Discriminator) -> bool:
        """Whether the conversation holds the answer or speaks of it, or nobody can tell.

        A question is read for in the languages in which it is known.
        """
        return self.language not in about.ask or about.name in self.spoken or about.slot in self.slots

    def was_asked(self, about: Discriminator) -> bool:
        """Whether an agent has asked it in words like the bank's, in whichever language."""
        asked = [content_words(text) for text in about.ask.values()]
        return any(
            len(words & said) >= ASKED * len(words) for words in asked if words for said in self.agent_words
        )


def hear(given: DraftInput, bank: Bank, draft: str = "") -> Heard:
    """Read all that was written, the desk's own notes and the `draft` of the reply too."""
    conversation = given.conversation
    language = primary(given.understanding.language) if given.understanding.language else None
    known = {*given.understanding.slots, *(name for name, value in conversation.slots.items() if value)}
    said = (message.text for message in conversation.by("agent"))
    return Heard(
        language=language,
        spoken=frozenset[str]().union(*(bank.read(m.text).spoken for m in conversation.messages)),
        slots=frozenset(known),
        agent_words=tuple(content_words(text) for text in (*said, draft)),
    )
