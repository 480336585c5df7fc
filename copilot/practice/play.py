"""A past case as a play: what the customer said before each answer, and what was answered then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from knowledge_base.models import Case, Conversation, Message


@dataclass(frozen=True, slots=True)
class Turn:
    """The messages before an answer, notes of colleagues among them, and the `answer` that was given."""

    messages: tuple[Message, ...]
    answer: str


def turns_of(case: Case) -> tuple[Turn, ...]:
    """The turns of a case in order, at least one; where no messages are kept, its problem is the customer's.

    What the customer wrote after the last answer, thanks as a rule, is none.
    """
    turns = tuple(_turns(case))
    if turns:
        return turns
    asked = Message("customer", case.problem or case.title or case.id)
    return (Turn((asked,), case.reply or case.resolution),)


def _turns(case: Case) -> Iterator[Turn]:
    waiting: list[Message] = []
    answers: list[str] = []
    for message in case.messages:
        if message.role == "agent":
            answers += [message.text] if any(one.role == "customer" for one in waiting) else []
        elif answers:
            yield Turn(tuple(waiting), "\n\n".join(answers))
            waiting, answers = [message], []
        else:
            waiting.append(message)
    if answers:
        yield Turn(tuple(waiting), "\n\n".join(answers))


def conversation_of(case: Case, turns: tuple[Turn, ...], replies: tuple[str, ...]) -> Conversation:
    """The play as it stands: the turns so far with the trainee's replies between them."""
    messages: list[Message] = []
    for number, turn in enumerate(turns[: len(replies) + 1]):
        messages += turn.messages
        if number < len(replies):
            messages.append(Message("agent", replies[number]))
    said = (replace(one, at=None) for one in messages)  # a past day is no day to count from
    return Conversation(messages=tuple(said), channel=case.channel, language=case.language)
