"""What became of a draft's template sentences in the reply that was sent; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from copilot.drafting.text import normal, words
from copilot.drafting.tokens import is_name, tokens_in
from copilot.learned.body import masked_name, plain, unmasked, without_masks, words_of
from copilot.learned.offered import Offered, Said
from copilot.learned.rewrite import Change
from knowledge_base.personal.finding import find_personal

# Sentences that share this much of their words are one, edited.
SAME = 0.6
# What a value is written with at most, where it stands in place of another.
_VALUE_WORDS = 6
# What says a rule and belongs to nobody: whether policy backs it is for the linter to tell.
_RULES = frozenset({"amount", "percent", "period"})
Public = Callable[[str], bool]
"""Whether the desk's own articles and templates hold a stretch of text."""


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a sentence of a template, both masked.

    `said` is what stands instead, behind it or before it: empty where it was kept or removed, None where it
    holds what belongs to one customer and stands for no slot.
    """

    template: str
    sentence: str
    change: Change | Literal["kept"]
    said: str | None = ""


def became(draft: Offered, reply: Sequence[Said], public: Public) -> Iterator[Became]:
    """Every sentence that one template alone wrote, in order; what was added is told of its neighbour."""
    was = draft.sentences
    pairs = _pairs(was, reply)
    for at, (one, other) in enumerate(pairs):
        template = was[one].template if one is not None else None
        if one is None and other is not None:
            yield from _added(was, reply[other], _neighbours(pairs, at), draft, public)
        elif one is not None and template is not None:
            if other is None:
                yield Became(template, was[one].masked, "removed")
            else:
                yield _changed(template, was[one], reply[other], draft, public)


def _changed(template: str, was: Said, now: Said, draft: Offered, public: Public) -> Became:
    said = _with_slots(was.masked, now.masked, draft.language)
    if was.written == now.written or _bare(said) == _bare(was.masked):
        return Became(template, was.masked, "kept")
    own = said if _of_nobody(said, was.masked, draft, public) else None
    return Became(template, was.masked, "changed", own)


def _added(
    was: Sequence[Said], other: Said, place: tuple[int | None, int | None], draft: Offered, public: Public
) -> Iterator[Became]:
    """A sentence of the agent's own hangs on the one before it, else on the one behind it."""
    changes: tuple[Change, Change] = ("after", "before")
    for change, number in zip(changes, place, strict=True):
        template = was[number].template if number is not None else None
        if number is not None and template is not None:
            own = other.masked if _of_nobody(other.masked, "", draft, public) else None
            yield Became(template, was[number].masked, change, own)
            return


_Pair = tuple[int | None, int | None]


def _neighbours(pairs: Sequence[_Pair], at: int) -> tuple[int | None, int | None]:
    """The sentences of the draft before and behind a place."""
    before = next((one for one, _ in reversed(pairs[:at]) if one is not None), None)
    behind = next((one for one, _ in pairs[at:] if one is not None), None)
    return before, behind


def _pairs(was: Sequence[Said], now: Sequence[Said]) -> list[_Pair]:
    """Which sentence became which, in order; None where there was none before, or none is left."""
    codes = SequenceMatcher(None, [x.written for x in was], [x.written for x in now], autojunk=False)
    found: list[_Pair] = []
    for tag, i1, i2, j1, j2 in codes.get_opcodes():
        if tag == "equal":
            found += zip(range(i1, i2), range(j1, j2), strict=True)
            continue
        last = (i1, j1)
        for one, other in (*_likest(was[i1:i2], now[j1:j2]), (i2 - i1, j2 - j1)):
            found += _rest(range(last[0], i1 + one), range(last[1], j1 + other))
            if one < i2 - i1:
                found.append((i1 + one, j1 + other))
            last = (i1 + one + 1, j1 + other + 1)
    return found


def _rest(was: range, now: range) -> Iterator[_Pair]:
    """As many as there were, in the same place, are those, said otherwise."""
    if len(was) == len(now):
        yield from zip(was, now, strict=True)
        return
    yield from ((one, None) for one in was)
    yield from ((None, one) for one in now)


def _likest(was: Sequence[Said], now: Sequence[Said]) -> list[tuple[int, int]]:
    """The pairs, in order, that together share the most words."""
    best: list[list[tuple[float, list[tuple[int, int]]]]] = [[(0.0, [])] * (len(now) + 1)]
    for i, one in enumerate(was):
        row: list[tuple[float, list[tuple[int, int]]]] = [(0.0, [])]
        for j, other in enumerate(now):
            like = _likeness(one.masked, other.masked)
            options = [best[i][j + 1], row[j]]
            if like >= SAME:
                total, pairs = best[i][j]
                options.append((total + like, [*pairs, (i, j)]))
            row.append(max(options, key=lambda option: option[0]))
        best.append(row)
    return best[-1][-1][1]


def _likeness(one: str, other: str) -> float:
    """Shared words over those of the longer sentence, 0 to 1."""
    a, b = ({word.lower() for word in words(unmasked(text))} for text in (one, other))
    return len(a & b) / max(len(a), len(b), 1)


def _with_slots(was: str, now: str, language: str) -> str:
    """A value that stands where a slot stood is that slot's, whatever it is."""
    before, after = words_of(was), words_of(now)
    parts: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        stretch, slot = "".join(after[j1:j2]), "".join(before[i1:i2]).strip()
        value = tag == "replace" and masked_name(slot) is not None and _is_value(stretch.strip(), language)
        parts.append(slot if value else stretch)
    return plain("".join(parts))


def _is_value(text: str, language: str) -> bool:
    said = text.split()
    if not said or len(said) > _VALUE_WORDS:
        return False
    return bool(tokens_in(text, language)) or all(is_name(word) for word in said)


def _of_nobody(said: str, was: str, draft: Offered, public: Public) -> bool:
    """Whether a sentence holds nothing of one customer's: no name, address, number or date of theirs."""
    text, former = without_masks(said), without_masks(was)
    for token in tokens_in(text, draft.language.split("-")[0]):
        stretch = text[token.start : token.end]
        if stretch in former or public(stretch) or (token.kind == "name" and stretch.islower()):
            continue
        if token.kind not in _RULES or stretch.lower() in draft.asked:
            return False
    personal = find_personal(text, language=draft.language)
    return all(one.text in former or public(one.text) for one in personal)


def _bare(text: str) -> str:
    return normal(unmasked(text))
