"""A part of a reply without what this conversation holds already: sent before, or asked for and known."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from copilot.drafting.compose import Part
from copilot.drafting.cues import reader
from copilot.drafting.facts import facts_in
from copilot.drafting.text import overlap, sentence_spans
from copilot.models import Span

# Two sentences that share this much of the shorter one's content say the same thing.
_SAME = 0.6
_ASKING = re.compile(
    r"\b(?:please|could you|can you|por favor|¿puede|indíquenos|díganos|envíenos|merci de|pourriez-vous|"
    r"veuillez|s'il vous plaît|bitte|könnten Sie|können Sie)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Held:
    """What the conversation holds: the desk's sentences so far, and the slots that are known.

    `answered`: the customer has written again since the desk answered in this matter.
    """

    said: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    answered: bool = False


def unsaid(one: Part, held: Held, language: str) -> Part | None:
    """The part without the sentences that say nothing new, None where none is left.

    A sentence goes where the desk said it in this conversation with the same figures, where it asks for what
    is known, and, after a first answer, where it asks for "if you have not done so yet" what the customer has
    had the time to send; what leans on it goes with it.
    """
    spans = sentence_spans(one.text)
    dropped = _dropped([one.text[start:end] for start, end in spans], held, language)
    if not dropped:
        return one
    return without(one, dropped)


def _dropped(told: Sequence[str], held: Held, language: str) -> tuple[int, ...]:
    cues, found = reader(language), []
    for number, sentence in enumerate(told):
        leans = number - 1 in found and cues.leaning.search(sentence) is not None
        late = held.answered and cues.hedged.search(sentence) is not None
        if leans or late or _was_said(sentence, held.said) or _is_known(sentence, held.known):
            found.append(number)
    return tuple(found)


def without(one: Part, dropped: Sequence[int]) -> Part | None:
    """The part without these sentences (numbered from 0), None where none is left."""
    spans = sentence_spans(one.text)
    if len(dropped) >= len(spans):
        return None
    text, marks = one.text, list(one.spans)
    for number in sorted(dropped, reverse=True):
        start, end = spans[number]
        if number + 1 < len(spans):
            end = spans[number + 1][0]
        elif number:
            start = spans[number - 1][1] if number - 1 not in dropped else start
        text = text[:start] + text[end:]
        marks = [cut for mark in marks if (cut := _cut(mark, start, end))]
    bare = text.rstrip()
    marks = [replace(mark, end=min(mark.end, len(bare))) for mark in marks if mark.start < len(bare)]
    quoted = tuple(q for n, q in enumerate(one.quoted) if n not in dropped)
    left = tuple(sorted({*one.dropped, *dropped})) if not one.dropped else one.dropped
    return replace(one, text=bare, spans=tuple(marks), quoted=quoted, dropped=left)


def _cut(mark: Span, start: int, end: int) -> Span | None:
    """What is left of a span when a stretch of its text goes."""
    first = mark.start if mark.start < start else max(start, mark.start - (end - start))
    last = mark.end if mark.end <= start else max(start, mark.end - (end - start))
    return Span(first, last, mark.kind, mark.source) if first < last else None


def _was_said(sentence: str, said: Sequence[str]) -> bool:
    """Whether the desk said it, with every figure in it."""
    like = [one for one in said if overlap(sentence, one) >= _SAME]
    figures = {(fact.kind, fact.value) for fact in facts_in(sentence)} if like else set()
    return any(figures <= {(fact.kind, fact.value) for fact in facts_in(one)} for one in like)


def _is_known(sentence: str, known: frozenset[str]) -> bool:
    """Whether a sentence asks for things that are all known."""
    if not _ASKING.search(sentence):
        return False
    asked = [name for name, pattern in _asks() if pattern.search(sentence)]
    return bool(asked) and known.issuperset(asked)


@lru_cache(maxsize=1)
def _asks() -> tuple[tuple[str, re.Pattern[str]], ...]:
    file = Path(__file__).parent / "words" / "asks.toml"
    return tuple(
        (name, re.compile("|".join(rf"\b(?:{cue})\b" for cue in cues.values()), re.IGNORECASE))
        for name, cues in tomllib.loads(file.read_text("utf-8")).items()
    )


def names_photo(text: str) -> bool:
    """Whether a customer's message speaks of a photo or a screenshot that it brings."""
    return dict(_asks())["photo"].search(text) is not None
