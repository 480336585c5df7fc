"""The sentences of a template's text as a reply says them, each with its place in that text; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from copilot.drafting.slots import SLOT_NAMES
from copilot.drafting.text import sentence_spans

_MARK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_SLOT = re.compile(rf"\{{\{{-?\s*({'|'.join(SLOT_NAMES)})\s*(?:\|[^}}]*)?-?\}}\}}")
_WORD = re.compile(r"\s+|[^\W_]+(?:['’-][^\W_]+)*|.", re.DOTALL)
# One private character a slot: a draft holds none of its own.
_FIRST = 0xE100
_OPAQUE = chr(_FIRST + len(SLOT_NAMES))
_MASKS = re.compile(f"[{chr(_FIRST)}-{_OPAQUE}]")
# Each condition doubles the ways in which a text may read; no template has more than a few.
_MOST_WAYS = 64


@dataclass(frozen=True, slots=True)
class Char:
    """A character as it is said, where it is written, and within how many conditions."""

    text: str
    start: int
    end: int
    depth: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it may be said, slots masked, and the stretch of the template that writes it.

    Conditions that begin in that stretch end in it.
    """

    said: str
    words: tuple[Char, ...]
    start: int
    end: int


def mask(name: str) -> str:
    """The character that stands for a slot."""
    return chr(_FIRST + SLOT_NAMES.index(name))


def masked_name(character: str) -> str | None:
    """The slot that a character stands for, None for any other."""
    number = ord(character) - _FIRST if len(character) == 1 else -1
    return SLOT_NAMES[number] if 0 <= number < len(SLOT_NAMES) else None


def unmasked(text: str, marks: Mapping[str, str] | None = None) -> str:
    """A masked text with the slots' marks as a template writes them."""
    known = marks or {}

    def written(found: re.Match[str]) -> str:
        name = masked_name(found[0]) or ""
        return known.get(name, f"{{{{ {name} }}}}")

    return _MASKS.sub(written, text)


def without_masks(text: str) -> str:
    """What a masked text says besides its values."""
    return _MASKS.sub(" ", text)


def words_of(text: str) -> list[str]:
    """A masked text cut into words, marks, white space and other characters."""
    return _WORD.findall(text)


def plain(text: str) -> str:
    """One space between words."""
    return " ".join(text.split())


@lru_cache(maxsize=2048)
def sentences_of(body: str) -> Mapping[str, Sentence]:
    """The sentences of a template by what they say; of two that say the same, the first.

    Nothing where the text can be read in too many ways.
    """
    found: dict[str, Sentence] = {}
    for way in _ways(body, _tree(list(_pieces(body)))[0]):
        text = "".join(char.text for char in way)
        for start, end in sentence_spans(text):
            said = plain(text[start:end])
            if _OPAQUE not in said and said not in found:
                found[said] = _sentence(body, said, text[start:end], way[start:end])
    return found


def _sentence(body: str, said: str, text: str, chars: Sequence[Char]) -> Sentence:
    words, at = [], 0
    for word in words_of(text):
        first, last = chars[at], chars[at + len(word) - 1]
        words.append(Char(word, first.start, last.end, first.depth))
        at += len(word)
    return Sentence(said, tuple(words), *_balanced(body, chars[0].start, chars[-1].end))


@dataclass(frozen=True, slots=True)
class _Piece:
    """`kind` is text, slot, if, elif, else, endif, or empty for a comment."""

    kind: str
    start: int
    end: int
    name: str = ""


def _pieces(body: str) -> Iterator[_Piece]:
    """Text and marks in order; what Jinja trims around tags is left out of the text."""
    at = 0
    for found in _MARK.finditer(body):
        line = body.rfind("\n", 0, found.start()) + 1
        bare = not found[0].startswith("{{") and not body[line : found.start()].strip()
        text_end = max(at, line) if bare else found.start()
        if at < text_end:
            yield _Piece("text", at, text_end)
        at = found.end()
        if slot := _SLOT.fullmatch(found[0]):
            yield _Piece("slot", found.start(), at, slot[1])
        elif found[0].startswith("{{"):
            yield _Piece("slot", found.start(), at)
        else:
            yield _Piece(_tag(found[0]), found.start(), at)
            at += body.startswith("\n", at)
    if at < len(body):
        yield _Piece("text", at, len(body))


def _tag(mark: str) -> str:
    word = (re.findall(r"\w+", mark) or [""])[0] if mark.startswith("{%") else ""
    return word if word in ("if", "elif", "else", "endif") else ""


@dataclass(frozen=True, slots=True)
class _Condition:
    """The branches, an empty one where there is no `else`."""

    branches: list[list[_Piece | _Condition]]


def _tree(pieces: Sequence[_Piece], at: int = 0) -> tuple[list[_Piece | _Condition], int]:
    """What stands from a piece on to the end of its branch, and where that is."""
    nodes: list[_Piece | _Condition] = []
    while at < len(pieces) and pieces[at].kind not in ("elif", "else", "endif"):
        if pieces[at].kind == "if":
            branches, last = [], "if"
            while at < len(pieces) and pieces[at].kind != "endif":
                last = pieces[at].kind
                branch, at = _tree(pieces, at + 1)
                branches.append(branch)
            nodes.append(_Condition(branches if last == "else" else [*branches, []]))
        elif pieces[at].kind:
            nodes.append(pieces[at])
        at += 1
    return nodes, at


def _ways(body: str, nodes: Sequence[_Piece | _Condition], depth: int = 0) -> list[list[Char]]:
    """Every way in which a text may read; none where there are too many."""
    ways: list[list[Char]] = [[]]
    for node in nodes:
        if isinstance(node, _Condition):
            more = [way for branch in node.branches for way in _ways(body, branch, depth + 1)]
        else:
            more = [_chars(body, node, depth)]
        ways = [[*way, *one] for way in ways for one in more]
        if len(ways) > _MOST_WAYS:
            return []
    return ways


def _chars(body: str, piece: _Piece, depth: int) -> list[Char]:
    if piece.kind == "slot":
        return [Char(mask(piece.name) if piece.name else _OPAQUE, piece.start, piece.end, depth)]
    return [Char(body[at], at, at + 1, depth) for at in range(piece.start, piece.end)]


def _balanced(body: str, start: int, end: int) -> tuple[int, int]:
    """A stretch grown until each condition that has a tag in it stands in it whole."""
    grown = (start, end)
    for tags in _conditions(body):  # an inner one ends before the one around it
        if any(start <= at < end for at, _ in tags):
            start, end = min(start, tags[0][0]), max(end, tags[-1][1])
    return (start, end) if (start, end) == grown else _balanced(body, start, end)


def _conditions(body: str) -> Iterator[list[tuple[int, int]]]:
    """Where the tags of each condition stand."""
    open_: list[list[tuple[int, int]]] = []
    for found in _MARK.finditer(body):
        kind = _tag(found[0])
        if kind == "if":
            open_.append([])
        if kind and open_:
            open_[-1].append(found.span())
        if kind == "endif" and open_:
            yield open_.pop()
