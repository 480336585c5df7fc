"""What is judged: a play that is at its end, and the trainee's replies without what isn't their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from copilot.drafting.letter import take_apart
from copilot.drafting.text import content_words, words
from copilot.practice.play import Turn
from indexer.split import Section
from knowledge_base.models import Case

COPIED = 0.85
"""A sentence that shares this much of its content words with one of the customer's is theirs."""


@dataclass(frozen=True, slots=True)
class Played:
    """What is judged. `policy` are the sections in force that the case cites, by source.

    `spoken` is the language of the replies, `day` the one by whose rules a grant is judged.
    """

    case: Case
    turns: tuple[Turn, ...]
    replies: tuple[str, ...]
    policy: tuple[tuple[str, Section], ...]
    spoken: str
    day: date


@dataclass(frozen=True, slots=True)
class Replies:
    """The trainee's replies: `whole` as written, `each` in sentences that are their own, and all of them."""

    whole: tuple[str, ...]
    each: tuple[tuple[str, ...], ...]
    copied: tuple[str, ...]

    @classmethod
    def of(cls, played: Played) -> Replies:
        """Without greeting and signature, and without what only repeats the customer's words."""
        theirs = [
            one
            for turn in played.turns
            for message in turn.messages
            for one in sentences_of(message.text, played.case.language)
        ]
        each, copied = [], []
        for reply in played.replies:
            own = []
            for sentence in sentences_of(reply, played.spoken):
                if any(_repeats(sentence, one) for one in theirs):
                    copied.append(sentence)
                else:
                    own.append(sentence)
            each.append(tuple(own))
        return cls(played.replies, tuple(each), tuple(copied))

    @property
    def sentences(self) -> list[str]:
        """All sentences in order."""
        return [one for each in self.each for one in each]

    @property
    def text(self) -> str:
        """All replies as one text."""
        return "\n\n".join(self.whole)


def sentences_of(text: str, language: str) -> list[str]:
    """The sentences of a letter between greeting and signature."""
    return [one.text for one in take_apart(text, language).said] if text.strip() else []


def _repeats(sentence: str, theirs: str) -> bool:
    mine, other = content_words(sentence), content_words(theirs)
    return len(mine) > 3 and len(mine & other) / len(mine) >= COPIED


def asks(sentence: str) -> bool:
    """Whether it is a question."""
    return "?" in sentence or "¿" in sentence or "؟" in sentence or "？" in sentence


def length_of(texts: Iterable[str]) -> int:
    """How many words they have."""
    return sum(len(words(text)) for text in texts)
