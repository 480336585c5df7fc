"""A message taken apart as a letter: whom it greets, its sentences by paragraph, who signs it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.drafting.cues import Reader, reader
from copilot.drafting.text import clean_text, sentences, words
from knowledge_base.personal.models import PLACEHOLDER

_TITLE = (
    r"(?:mr|mrs|ms|miss|mx|dr|prof|herrn?|frau|familie|m|mme|mlle|monsieur|madame|sr|sra|srta|señora?|don|doña)"
    r"\.?"
)
_TITLES = re.compile(rf"^(?:{_TITLE}\s+)+", re.IGNORECASE)
_LIST_MARK = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
# A greeting or a signature is never longer than this many words.
_SHORT = 7
_MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a letter and where it stood; `item` when it is an item of a list."""

    text: str
    paragraph: int
    item: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A message without its greeting and signature, and the names that stood in those."""

    said: tuple[Said, ...]
    greeted: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()

    @property
    def paragraphs(self) -> int:
        """How many paragraphs the body has."""
        return self.said[-1].paragraph + 1 if self.said else 0


def take_apart(message: str, language: str) -> Letter:
    """Read a message as a letter; what has neither greeting nor signature is all body."""
    cues = reader(language)
    lines = clean_text(message).strip().split("\n")
    greeted, lines = _without_greeting(lines, cues)
    signed, lines = _without_signature(lines, cues)
    said = list(_body(lines))
    if said and not signed and _is_name(said[-1].text, cues) and len(said) > 1:
        signed = (said.pop().text,)
    return Letter(tuple(said), _names(greeted), _names(signed))


def _without_greeting(lines: list[str], cues: Reader) -> tuple[tuple[str, ...], list[str]]:
    first = lines[0]
    start = cues.greeting.match(first)
    if not start:
        return (), lines
    rest = first[start.end() :]
    if len(words(first)) <= _SHORT and not re.search(r"[.!?]\s+\S", rest):
        return (rest,), lines[1:]
    name = re.match(r"(?:,?[^\S\n][^,:!.?\n]{1,60}?)?(?:[,:!.–]\s+)", rest)
    if not name:
        return (), lines
    called = name.group().strip(" ,:!.–")
    second = re.match(r"[^,:!.?\n]{1,40}(?=[:!])", rest[name.end() :]) if not called else None
    if second and all(word[0].isupper() for word in words(second.group())):
        return (second.group(),), [rest[name.end() + second.end() + 1 :].lstrip(), *lines[1:]]
    if len(words(called)) > _MOST_NAMES:
        return (), lines
    return (called,), [rest[name.end() :], *lines[1:]]


def _without_signature(lines: list[str], cues: Reader) -> tuple[tuple[str, ...], list[str]]:
    filled = [number for number, line in enumerate(lines) if line.strip()][-_SHORT:]
    for number in filled:
        line = lines[number]
        if cues.sign_off.match(line) and len(words(line)) <= _SHORT and number >= filled[-1] - 4:
            after = [part for part in lines[number + 1 :] if part.strip()]
            if all(len(words(part)) <= _SHORT for part in after):
                return (*re.split(r"[,–-]\s", line)[1:], *after), lines[:number]
    if len(filled) > 1 and _is_name(lines[filled[-1]], cues):
        farewell = lines[filled[-2]].rstrip().endswith(",") and filled[-2] == filled[-1] - 1
        return (lines[filled[-1]],), lines[: filled[-2] if farewell else filled[-1]]
    return (), lines


def _is_name(text: str, cues: Reader) -> bool:
    """Whether a line or sentence is nothing but one to three names."""
    text = PLACEHOLDER.sub("Name", text)
    found = words(text)
    plain = re.fullmatch(r"[\W_]*[^\d.!?:;,]+\.?", text.strip()) is not None
    capital = all(word[0].isupper() or not word[0].islower() for word in found)
    strange = cues.greeting.match(text) or cues.sign_off.match(text)
    return plain and 0 < len(found) <= 3 and capital and not strange


def _body(lines: list[str]) -> list[Said]:
    said: list[Said] = []
    paragraph, broken = -1, True
    for line in lines:
        if not line.strip():
            broken = True
            continue
        paragraph, broken = paragraph + broken, False
        item = _LIST_MARK.match(line)
        said += [Said(s, paragraph, bool(item)) for s in sentences(line[item.end() if item else 0 :])]
    return said


def _names(parts: tuple[str, ...]) -> tuple[str, ...]:
    stripped = (_TITLES.sub("", part.strip(" \t,:;!.–-—()\"'")) for part in parts)
    return tuple(name for name in stripped if name and len(words(name)) <= _MOST_NAMES)
