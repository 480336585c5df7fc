"""A draft as it may leave the desk: its body alone, line by line, with a token for every value, name and gap.

The greeting and the closing stay here, so that whom a letter is to and who signs it is never sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot.drafting.cues import reader
from copilot.drafting.facts import facts_in
from copilot.drafting.patterns import CARRIERS, COMMON_CAPITALS, OPENING, STREET, TITLE, TOKEN, TOWN, UPPER
from copilot.drafting.text import words
from copilot.translation.protect import Masked, find_spans

SENT = re.compile(r"XPH\d+X")
"""A token exactly as it is sent."""
GAP = re.compile(r"\[[^\[\]\n]*\]")
_BREAK = re.compile(r"([^\S\n]*\n\s*)")
# A greeting or a line of the closing is never longer than this many words.
_SHORT = 7
_EDGES = ".,;:!?…()\"'“”„«»‘’¿¡"
_TITLED = re.compile(rf"(?<!\w){TITLE.removesuffix('?')}[{UPPER}][\w'’-]*(?:[ -][{UPPER}][\w'’-]*)*")
_ENDED = re.compile(r"[.!?…:]\W*$")
# A name of one letter is an initial; masked alone it would tear words apart.
_SHORTEST = 2
_Place = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A draft taken apart: `head`, the body's lines as they are sent and what stands between them, `tail`.

    Put together as they are they give the draft, character by character.
    """

    head: str
    lines: tuple[str, ...]
    breaks: tuple[str, ...]
    tail: str
    masked: Masked
    language: str

    def put_together(self, lines: Sequence[str]) -> str:
        """The whole letter with these lines, which hold tokens, in place of the body's."""
        body = "".join(line + end for line, end in zip(lines, (*self.breaks, ""), strict=True))
        return self.head + self.restored(body) + self.tail

    def restored(self, text: str) -> str:
        """A text with the draft's values in place of the tokens."""
        return SENT.sub(lambda token: self.masked.originals[int(token[0][3:-1])], text)


def sheet_of(text: str, language: str, names: tuple[str, ...] = ()) -> Sheet:
    """Take a draft apart and mask it; `names` are values of the conversation, masked wherever they stand."""
    start, end = _body(text, language)
    masked = mask_all(text[start:end], language, names)
    parts = _BREAK.split(masked.text)
    return Sheet(text[:start], tuple(parts[::2]), tuple(parts[1::2]), text[end:], masked, language)


def mask_all(text: str, language: str, names: tuple[str, ...] = ()) -> Masked:
    """A token in the place of each value, figure, name and gap; those that touch share one."""
    sent, originals, kinds, at = "", list[str](), list[str](), 0
    for start, end, kind in _merged(sorted(_places(text, language, names))):
        sent += f"{text[at:start]}XPH{len(originals)}X"
        originals.append(text[start:end])
        kinds.append(kind)
        at = end
    return Masked(sent + text[at:], tuple(originals), tuple(kinds), tuple(originals))


def _body(text: str, language: str) -> tuple[int, int]:
    """Where the body begins and ends: without the greeting's line and the closing's lines."""
    cues = reader(language)
    lines = [match.span() for match in re.finditer(r"[^\n]*\S[^\n]*", text)]
    first, last = 0, len(lines)
    opening = text[slice(*lines[0])] if lines else ""
    if cues.greeting.match(opening) and _is_short(opening) and opening.rstrip()[-1] not in ".?":
        first = 1
    for number in range(max(first, last - 4), last):
        closing = [text[slice(*line)] for line in lines[number:last]]
        if cues.sign_off.match(closing[0]) and all(map(_is_short, closing)):
            last = number
            break
    body = lines[first:last]
    if not body:
        return len(text), len(text)
    chosen = text[body[0][0] : body[-1][1]]
    start = body[0][0] + len(chosen) - len(chosen.lstrip())
    return start, start + len(chosen.strip())


def _is_short(line: str) -> bool:
    return len(words(line)) <= _SHORT and re.search(r"[.!?]\s+\S", line) is None


def _places(text: str, language: str, names: tuple[str, ...]) -> Iterator[_Place]:
    yield from ((*match.span(), "gap") for match in GAP.finditer(text))
    yield from ((fact.start, fact.end, fact.kind) for fact in facts_in(text))
    yield from ((span.start, span.end, span.kind) for span in find_spans(text))
    yield from _figures(text)
    yield from _known(text, names)
    for pattern in (CARRIERS, _TITLED):
        yield from ((*match.span(), "name") for match in pattern.finditer(text))
    for street in STREET.finditer(text):
        town = TOWN.match(text, street.end())
        yield street.start(), town.end() if town else street.end(), "name"
    yield from ((*place, "name") for place in capitals_at(text, language))


def _figures(text: str) -> Iterator[_Place]:
    """Whatever holds a digit, up to the next space; also ½, ² and the like."""
    for match in re.finditer(r"\S+", text):
        if any(char.isnumeric() for char in match.group()):
            inner = match.group().strip(_EDGES)
            start = match.start() + match.group().index(inner)
            yield start, start + len(inner), "figure"


def _known(text: str, names: tuple[str, ...]) -> Iterator[_Place]:
    """The conversation's own values; a single word only as it is written, or Will would take every "will"."""
    for name in names:
        if len(name) >= _SHORTEST:
            how = re.IGNORECASE if " " in name else 0
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, how):
                yield *match.span(), "name"


def capitals_at(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Where names stand: capital letters inside a sentence; in German, only where two stand side by side."""
    before: tuple[int, int] | None = None
    for match in TOKEN.finditer(text):
        strange = _is_strange(text, match)
        if strange and not language.startswith("de"):
            yield match.span()
        elif strange and before and text[before[1] : match.start()] == " ":
            yield before[0], match.end()
        before = match.span() if strange else None


def _is_strange(text: str, match: re.Match[str]) -> bool:
    word, start = match.group(), match.start()
    plain = re.sub(r"['’]s$", "", word)
    if not word[0].isupper() or plain in COMMON_CAPITALS or any(map(str.isdigit, word)):
        return False
    ahead = text[max(0, start - 40) : start]
    opens = not ahead.strip() or "\n" in ahead[len(ahead.rstrip()) :] or _ENDED.search(ahead)
    return not opens and OPENING.search(ahead[-3:]) is None


def _merged(places: list[_Place]) -> list[_Place]:
    merged: list[_Place] = []
    for start, end, kind in places:
        if merged and start <= merged[-1][1]:
            first, last, known = merged[-1]
            merged[-1] = (first, max(last, end), kind if known == "figure" else known)
        elif start < end:
            merged.append((start, end, kind))
    return merged
