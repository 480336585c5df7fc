"""Where two things that were sent in one conversation don't go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from copilot.models import Contradiction
from copilot.promises.reading import refusals_in
from knowledge_base.models import Conversation
from knowledge_base.promises import Promise

# News may be given more than once, and much may be looked into: only these happen once.
_ONCE = frozenset({"refund", "replacement", "credit", "delivery"})


@dataclass(frozen=True, slots=True)
class _Said:
    """What a message says of a kind of promise; without a promise it refuses."""

    message: int
    kind: str
    sentence: str
    promise: Promise | None = None


def contradictions(promises: Iterable[Promise], conversation: Conversation) -> tuple[Contradiction, ...]:
    """What differs between one statement and the next on the same thing, in two messages, in their order."""
    texts = [message.text if message.role == "agent" else "" for message in conversation.messages]
    said = [_Said(_place(p.sentence, texts), p.kind, p.sentence, p) for p in promises]
    for number, text in enumerate(texts):
        said += (_Said(number, refusal.kind, refusal.text) for refusal in refusals_in(text))
    by_kind: dict[str, list[_Said]] = {}
    for one in sorted(said, key=lambda one: one.message):
        by_kind.setdefault(one.kind, []).append(one)
    return tuple(found for same in by_kind.values() for found in _differences(same))


def _place(sentence: str, texts: Sequence[str]) -> int:
    """The message in which a sentence stands; what only a verdict told of was sent after all of them."""
    return next((number for number, text in enumerate(texts) if sentence in text), len(texts))


def _differences(said: Sequence[_Said]) -> Iterator[Contradiction]:
    for first, second in pairwise(said):
        if first.message == second.message:
            continue
        old, new = first.promise, second.promise
        if old is None or new is None:
            if (old is None) != (new is None):
                yield Contradiction(first.kind, "refused", first.sentence, second.sentence)
        elif _amounts_differ(old.amount, new.amount):
            yield Contradiction(first.kind, "amount", first.sentence, second.sentence)
        elif _times_differ(old, new):
            yield Contradiction(first.kind, "due", first.sentence, second.sentence)


def _amounts_differ(old: str | None, new: str | None) -> bool:
    """An amount without a currency is compared by its number."""
    if old is None or new is None:
        return False
    bare = " " not in old or " " not in new
    return old.split()[0] != new.split()[0] if bare else old != new


def _times_differ(old: Promise, new: Promise) -> bool:
    """Another day in other words; of news only while the former time wasn't over."""
    if old.times == new.times or old.due is None or new.due is None or old.due.date() == new.due.date():
        return False
    if old.kind in _ONCE:
        return True
    return old.kind == "contact" and new.sent_at is not None and old.due > new.sent_at
