"""A change of what a template said, carried over to the template: its text with that one sentence changed."""

from __future__ import annotations

import hashlib
import re
from difflib import SequenceMatcher
from typing import Literal

from copilot.drafting.text import words
from copilot.learned.body import Char, Sentence, masked_name, unmasked, words_of

Change = Literal["changed", "removed", "after", "before"]
"""A sentence said otherwise, left out, or another one put behind it or before it."""
# What taking words away may leave behind.
_EMPTY = re.compile(r"\{%-?\s*if\b[^%]*%\}\s*\{%-?\s*endif\s*-?%\}")
_TRAILING = re.compile(r"[ \t]+(?=\n|$)")


def rewritten(body: str, sentence: Sentence, change: Change, said: str) -> str | None:
    """The template with a change; `said` is masked.

    None where it goes across a condition's edge, or would leave nothing.
    """
    marks = {
        masked_name(one.text) or "": body[one.start : one.end]
        for one in sentence.words
        if masked_name(one.text)
    }
    match change:
        case "removed":
            return _without(body, sentence) or None
        case "after":
            return f"{body[: sentence.end]} {unmasked(said, marks)}{body[sentence.end :]}"
        case "before":
            return f"{body[: sentence.start]}{unmasked(said, marks)} {body[sentence.start :]}"
        case "changed":
            return _reworded(body, sentence, said, marks)


def source_after(body: str, sentence: Sentence, new: str) -> str:
    """What stands in a changed template where the sentence stood."""
    return new[sentence.start : len(new) - (len(body) - sentence.end)].strip()


def alike_of(text: str) -> str:
    """A digest that near-same wordings share: case, punctuation and white space don't count."""
    bare = " ".join(word.lower() for word in words(text))
    return hashlib.sha256(bare.encode()).hexdigest()[:32]


def _without(body: str, sentence: Sentence) -> str:
    """The line goes with its only sentence; else the space beside it."""
    before, after = body[: sentence.start], body[sentence.end :]
    alone = before.rpartition("\n")[2].strip() == "" and after.partition("\n")[0].strip() == ""
    if alone:
        return (before.rstrip() + "\n\n" + after.lstrip() if before.strip() else after.lstrip()).rstrip()
    return _TRAILING.sub("", before + after.lstrip(" ") if not before[-1:].strip() else before + after)


def _reworded(body: str, sentence: Sentence, said: str, marks: dict[str, str]) -> str | None:
    """Word by word, so that what is said only under a condition stays under it."""
    was, now = sentence.words, words_of(said)
    told = {one.text for one in was}
    written = body[sentence.start : sentence.end]
    # A value that the sentence says only under a condition would be said twice.
    if any((name := masked_name(one)) and one not in told and name in written for one in now):
        return None
    new, at = body, 0
    codes = SequenceMatcher(None, [one.text for one in was], now, autojunk=False).get_opcodes()
    for tag, i1, i2, j1, j2 in reversed(codes):
        if tag == "equal":
            continue
        start, end = (was[i1].start, was[i2 - 1].end) if i1 < i2 else (at := _between(was, i1), at)
        if "{%" in body[start:end] or len({one.depth for one in was[i1:i2]}) > 1:
            return None
        new = new[:start] + unmasked("".join(now[j1:j2]), marks) + new[end:]
    return _EMPTY.sub("", new)


def _between(was: tuple[Char, ...], at: int) -> int:
    """Where to write between two words: on the side that is under fewer conditions."""
    if at == 0:
        return was[0].start
    if at == len(was) or was[at - 1].depth <= was[at].depth:
        return was[at - 1].end
    return was[at].start
