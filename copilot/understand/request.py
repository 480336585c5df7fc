"""What the customer wants now: the newest subject of a conversation, read backwards from its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from copilot.understand.clauses import read_message, sentences
from copilot.understand.subjects import Turn, newest_subject
from copilot.understand.text import cut
from knowledge_base.models import Conversation

VIEW_LIMIT = 1_200
"""Characters of a view: about what the encoder reads before it cuts."""
TEXT_LIMIT = 300
SAID_LIMIT = 300
"""Characters of what the agent said before; with half of it fewer follow-ups found their policy."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the customer wants now, the readings to search with, and which message says it.

    `earlier` says that the last view is what was said before, which counts only if it is about the same.
    `since` is the first message that counts for the mood: where the newest subject begins.
    """

    text: str
    views: tuple[str, ...]
    message_index: int | None
    earlier: bool = False
    since: int = field(default=0, compare=False)


def read_request(conversation: Conversation) -> Request:
    """What the customer wants now. Empty where no customer's message has content."""
    subject = newest_subject(conversation)
    if not subject.turns:
        return Request("", (), None, since=subject.mood_from)
    newest = subject.turns[-1]
    anchor = _anchor(subject.turns)
    views = _views(subject.turns, anchor)
    earlier = len(views) > 1 and not _leans(newest, subject.turns)
    return Request(_readable(newest, anchor), views, newest.index, earlier, subject.mood_from)


def _anchor(turns: tuple[Turn, ...]) -> Turn:
    """What the newest turn is understood with: one that says enough, if possible one with its words."""
    enough = [turn for turn in reversed(turns) if not turn.dependent] or [turns[0]]
    return next((turn for turn in enough if turns[-1].about((turn,))), enough[0])


def _views(turns: tuple[Turn, ...], anchor: Turn) -> tuple[str, ...]:
    """The readings to search with, the first of them in the customer's words alone.

    Each counts the same. What says enough by itself is read alone and with its subject, so that a change
    of subject that no word marks halves the weight of the old one; anything shorter with its subject
    and with what it answers.
    """
    newest = turns[-1]
    if not _leans(newest, turns):
        return _distinct((cut(newest.core, VIEW_LIMIT), _side(turns[:-1])))
    parts = (anchor.core if anchor is not newest else "", _said_before(newest), newest.core)
    return _distinct((_side(turns), "\n".join(cut(part, VIEW_LIMIT // 2) for part in parts if part)))


def _leans(newest: Turn, turns: tuple[Turn, ...]) -> bool:
    """Whether it is understood with what was said before: it says little, or names a figure again."""
    return newest.dependent or any(newest.figures & turn.figures for turn in turns[:-1])


def _side(turns: tuple[Turn, ...]) -> str:
    """The customer's side: the opener, and of what follows the newest that there is room for."""
    if not turns:
        return ""
    opener = cut(turns[0].core, VIEW_LIMIT // 2 if len(turns) > 1 else VIEW_LIMIT)
    room = VIEW_LIMIT - len(opener)
    kept: list[str] = []
    for turn in reversed(turns[1:]):
        room -= len(turn.core) + 1
        if room < 0:
            break
        kept.append(turn.core)
    return "\n".join((opener, *reversed(kept)))


def _said_before(turn: Turn) -> str:
    """What the agent asked or told before, without small talk: a follow-up often leaves that out."""
    asked = read_message(turn.asked).core if turn.asked else ""
    return cut(asked or read_message(turn.told).core, SAID_LIMIT)


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
