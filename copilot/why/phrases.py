"""Units back to text: where a phrase begins and ends, and which stretch of another text stands for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from copilot.understand.clauses import sentences
from copilot.why.likeness import Told
from copilot.why.units import Say, Unit, word_set
from indexer.lexical import UNSPACED

Stretch = tuple[int, int]
"""Start and end in characters, end excluded."""

# A negation so many units before a phrase belongs to it: "has never really arrived".
NEGATION_REACH = 2
# A clause of so many words is shown whole rather than guessed at in part.
WHOLE_CLAUSE = 8
# Syllables of a verb's ending: "届いていませんでした".
LONGEST_ENDING = 8
HIRAGANA = re.compile("[\u3041-\u309f]+")
_CLAUSE = re.compile(r"(?:[^,;:–—.!?]|[,:.](?=\d))+[,;:–—.!?]*|[,;:–—.!?]+")
_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")
_UNSEEN = ("Cc", "Cf", "Cs", "Co")
_JOINERS = "\u200c\u200d"


def stretch_of(told: Told, units: tuple[int, int]) -> Stretch:
    """The characters of a phrase, with what it denies, its particle, and its compounds whole."""
    all_units, text = told.units, told.text
    first, last = _with_negation(all_units, units[0]), _with_denied(all_units, units[1])
    return _whole_words(text, all_units[first].start, all_units[_with_particle(text, all_units, last)].end)


def _with_particle(text: str, units: Sequence[Unit], last: int) -> int:
    """On to the particle that ends the clause: "turned up"."""
    if last + 1 < len(units) and units[last + 1].clause == units[last].clause:
        following = units[last + 1]
        ends = last + 2 == len(units) or units[last + 2].clause != following.clause
        if ends and text[following.start : following.end].lower() in word_set("particle"):
            return last + 1
    return last


def _with_negation(units: Sequence[Unit], first: int) -> int:
    """Back to a negation of the same clause, if only grammar stands between."""
    for at in range(first - 1, max(-1, first - 1 - NEGATION_REACH), -1):
        if units[at].clause != units[first].clause or units[at].say > Say.NEGATION:
            break
        if units[at].say is Say.NEGATION:
            return at
    return first


def _with_denied(units: Sequence[Unit], last: int) -> int:
    """On to the next word with a meaning where a phrase would end with "never"."""
    if units[last].say is Say.NEGATION:
        for at in range(last + 1, min(len(units), last + 2 + NEGATION_REACH)):
            if units[at].clause != units[last].clause:
                break
            if units[at].say > Say.NEGATION:
                return at
    return last


def _whole_words(text: str, start: int, end: int) -> Stretch:
    """Out to where the words begin and end that are joined by a hyphen or an apostrophe."""
    while start >= 2 and text[start - 1] in "-'’" and text[start - 2].isalnum():
        start -= 2
        while start and text[start - 1].isalnum():
            start -= 1
    while end + 1 < len(text) and text[end] in "-'’" and text[end + 1].isalnum():
        end += 2
        while end < len(text) and text[end].isalnum():
            end += 1
    while end < len(text) and unicodedata.category(text[end]).startswith("M"):
        end += 1
    return start, _past_ending(text, end)


def _past_ending(text: str, end: int) -> int:
    """Past the syllables of a Japanese ending that a phrase would break off in."""
    if HIRAGANA.match(text, end - 1):
        ending = HIRAGANA.match(text, end)
        return min(ending.end(), end + LONGEST_ENDING) if ending else end
    return end


def presentable(phrase: str) -> bool:
    """Whether a phrase holds nothing that can't be seen, such as marks that turn the direction of text."""
    return phrase.isprintable() or not any(
        unicodedata.category(c) in _UNSEEN and c not in _JOINERS and not c.isspace() for c in phrase
    )


def find_phrase(phrase: str, text: str) -> Stretch | None:
    """Where a phrase stands in a text as whole words, whatever white space is between them."""
    parts = phrase.split()
    if not parts:
        return None
    before = "" if UNSPACED.match(parts[0]) else r"(?<!\w)"
    after = "" if UNSPACED.match(parts[-1][-1]) else r"(?!\w)"
    match = re.search(before + r"\s+".join(map(re.escape, parts)) + after, text)
    return match.span() if match else None


def counterpart(stretch: Stretch, text: str, told: Told) -> Stretch | None:
    """The stretch of another text, a translation of `text`, that stands for one of `text`.

    By line, sentence and clause as far as both have as many; a long clause then by how far into it the
    stretch stands, which is right to within a word or two in languages of like order. None where the
    texts don't run in parallel.
    """
    lines = list(_lines(text)), list(_lines(told.text))
    if len(lines[0]) != len(lines[1]):
        return None
    for own, theirs in zip(*lines, strict=True):
        if own[0] <= stretch[0] < own[1]:
            return _trimmed(_within(stretch, text, own, told.text, theirs), told)
    return None


def _trimmed(stretch: Stretch | None, told: Told) -> Stretch | None:
    """Without grammar at the end and conjunctions at the beginning; None where nothing is left."""
    if stretch is None:
        return None
    inside = [unit for unit in told.units if stretch[0] <= unit.start and unit.end <= stretch[1]]
    while inside and inside[-1].say is Say.GRAMMAR:
        inside.pop()
    while inside and told.text[inside[0].start : inside[0].end].lower() in word_set("joint"):
        inside.pop(0)
    if not any(unit.say > Say.NEGATION for unit in inside):
        return None
    return _whole_words(told.text, inside[0].start, inside[-1].end)


def _within(stretch: Stretch, text: str, own: Stretch, other: str, theirs: Stretch) -> Stretch | None:
    """Narrow two stretches that stand for each other to the parts that hold the phrase."""
    for parts in (_sentences, _clauses):
        mine, others = list(parts(text, own)), list(parts(other, theirs))
        if len(mine) == len(others):
            for one, two in zip(mine, others, strict=True):
                if one[0] <= stretch[0] < one[1]:
                    own, theirs = one, two
                    break
    return _narrowed(stretch, text, own, other, theirs)


def _narrowed(stretch: Stretch, text: str, own: Stretch, other: str, theirs: Stretch) -> Stretch | None:
    """A short clause whole, of a long one the words at the same share of its length, and one around them."""
    mine, words = _words(text, own), _words(other, theirs)
    if not words or not mine:
        return None
    share = len(words) / len(mine)
    first = round(sum(end <= stretch[0] for _, end in mine) * share)
    last = round(sum(start < stretch[1] for start, _ in mine) * share)
    middle = words[min((first + last) // 2, len(words) - 1)]
    # Where the clauses don't match one to one the phrase is kept within one of them all the same.
    clause = next((part for part in _clauses(other, theirs) if part[0] <= middle[0] < part[1]), theirs)
    inside = [n for n, word in enumerate(words) if clause[0] <= word[0] < clause[1]]
    if len(inside) <= WHOLE_CLAUSE:
        return words[inside[0]][0], words[inside[-1]][1]
    chosen = [n for n in inside if first - 1 <= n <= last] or inside
    return words[chosen[0]][0], words[chosen[-1]][1]


def _words(text: str, within: Stretch) -> list[Stretch]:
    return [match.span() for match in _WORD.finditer(text, *within)]


def _lines(text: str) -> Iterator[Stretch]:
    return (m.span() for m in re.finditer(r"[^\n]*\S[^\n]*", text))


def _sentences(text: str, within: Stretch) -> Iterator[Stretch]:
    return _parts(sentences(text[slice(*within)]), within[0])


def _clauses(text: str, within: Stretch) -> Iterator[Stretch]:
    return _parts(_CLAUSE.findall(text[slice(*within)]), within[0])


def _parts(parts: Sequence[str], at: int) -> Iterator[Stretch]:
    for part in parts:
        if part.strip():
            yield at, at + len(part)
        at += len(part)
