"""Names of persons: behind titles, greetings and introductions, in signatures, and by lists of names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from knowledge_base.personal.models import Found
from knowledge_base.personal.name_cues import closing, cue_ends, greeting, introduced, last_word, named
from knowledge_base.personal.name_words import (
    CAPITAL,
    COMMON,
    CUED,
    CUED_NAMED,
    FIRST,
    INITIAL,
    KNOWN,
    LAST,
    LOUD,
    NO_NAME,
    ORDINARY,
    ORGANISATION,
    PARTICLE,
    PLACE,
    SHOUTED,
    SMALL,
    TITLE,
    Word,
    traits_of,
)
from knowledge_base.personal.words import fold, words

MAX_WORDS = 5
CUE_WINDOW = 32
CLOSING_LINES = 2
_TOKEN = re.compile(r"[^\W\d_]{1,40}(?:\u0300|[\u0301-\u036f])*(?:['’-][^\W\d_]{1,40}){0,3}")
_GAP = re.compile(r"\.?[ \u00a0]{1,2}")
BLOCK = 160
"""Characters below a name in which a block of contact data tells how somebody is reached."""
_BLOCK_BEGINS = re.compile(r"(?:^|\n[ \t>]*\n)[ \t>]*$|^[ \t>]*$")
_LINE_ENDS = re.compile(r"[ \t.,]*\n")
_REACHED = re.compile(r"@|\d{4}|\d[ .-]\d{2}")
_SAYS = re.compile(r"\b(?:says|said|asked|replied) $")
_AND = r"(?:,|,? (?:and|&|und|y|e|et|i|en|ve|or))"
_AND_BEFORE = re.compile(rf"{_AND} $")
_AND_AFTER = re.compile(rf"{_AND} ")


def find_names(text: str, language: str | None, public: frozenset[str] = frozenset()) -> Iterator[Found]:
    """Names in their order; words of `public` (folded: the desk's products) are none."""
    if not text.strip():
        return
    found: list[Found] = []
    surnames: set[str] = set()
    lone: list[Word] = []
    for run in _runs(text):
        if len(run) == 1 and (run[0].has(NO_NAME) or not run[0].capital):
            continue
        taken = list(_of_run(text, run, language, public, lone))
        if not taken and _heads_block(text, run, public):
            taken = [(0, len(run), False)]
        for first, last, sure in taken:
            words_of = run[first:last]
            surnames.update(word.plain for word in words_of if len(word.plain) > 2 and word.capital)
            found.append(_found(text, words_of, sure))
    if not found:
        return
    # Who was named in full is named again by one word; beside a name stands another.
    found += [_found(text, [word], sure=False) for word in lone if word.plain in surnames]
    ends, begins = {one.end for one in found}, {one.start for one in found}
    found += [_found(text, [word], sure=False) for word in lone if _beside(text, word, ends, begins)]
    yield from sorted(found, key=lambda one: one.start)


def _beside(text: str, word: Word, ends: set[int], begins: set[int]) -> bool:
    """Whether a first name is listed with a name that was found: `Ana, Luz and Iris`."""
    if not word.has(FIRST) or word.has(SHOUTED):
        return False
    before = _AND_BEFORE.search(text[max(0, word.start - 8) : word.start])
    after = _AND_AFTER.match(text, word.end)
    return (before is not None and word.start - len(before[0]) in ends) or (
        after is not None and after.end() in begins
    )


def _found(text: str, run: Sequence[Word], sure: bool) -> Found:
    start, end = run[0].start, run[-1].end
    written = text[start:end]
    for tail in ("'s", "’s"):
        if written.endswith(tail):
            end, written = end - 2, written[:-2]
    return Found("name", start, end, written, sure)


def _runs(text: str) -> Iterator[list[Word]]:
    """Words that only spaces part, names' particles between them, at least one with a capital letter."""
    run: list[Word] = []
    before = traits = 0
    for match in _TOKEN.finditer(text):
        before = traits
        plain, traits = traits_of(match[0])
        if not traits & LOUD:
            if run:
                yield run
                run = []
            continue
        told = bool(traits & SMALL and traits & KNOWN) and _told_small(text, match, traits, before, run)
        fits = told or traits & CAPITAL or (run and traits & PARTICLE)
        if not (fits or traits & TITLE):
            if run:
                yield run
                run = []
            continue
        word = Word(*match.span(), match[0], plain, traits, before, told)
        if fits and run and _joined(text, run[-1], word):
            run.append(word)
            continue
        if run:
            yield run
        run = [word]
    if run:
        yield run


def _joined(text: str, word: Word, after: Word) -> bool:
    """Whether only spaces part two words; a point does behind an initial or a title."""
    if text[word.end] == "." and not word.has(INITIAL | TITLE):
        return False
    return _GAP.fullmatch(text, word.end, after.start) is not None


def _told_small(text: str, match: re.Match[str], traits: int, before: int, run: list[Word]) -> bool:
    """Whether a known name in small letters stands behind `my name is`, or behind such a first name."""
    if run and run[-1].told and run[-1].has(SMALL) and traits & LAST and not traits & ORDINARY:
        return True
    if not before & CUED_NAMED:
        return False
    stretch = text[max(0, match.start() - CUE_WINDOW) : match.start()]
    return last_word(stretch) in cue_ends("named") and named().search(stretch) is not None


def _of_run(
    text: str, run: list[Word], language: str | None, public: frozenset[str], lone: list[Word]
) -> Iterator[tuple[int, int, bool]]:
    """Stretches of a run that are names, and whether a cue says so; single words go to `lone`."""
    at = 0
    while at < len(run):
        word = run[at]
        if (
            word.has(TITLE)
            and at + 1 < len(run)
            and _may_be(run[at + 1], public)
            and not run[at + 1].has(TITLE)
        ):
            end = _end(run, at + 1, public, surnames_only=False)
            yield at + 1, end, True
            at = end
            continue
        if not word.capital or not _may_be(word, public):
            at += 1
            continue
        if _told(text, run, at):
            end = _end(run, at, public, surnames_only=False)
            if not _is_organisation(run[at:end]):
                yield at, end, True
            at = end
            continue
        end = _listed(run, at, language, public, text)
        if end > at:
            if not _is_organisation(run[at : end + 1]):
                yield at, end, False
            at = end
            continue
        lone.append(word)
        at += 1


def _may_be(word: Word, public: frozenset[str]) -> bool:
    return not word.has(NO_NAME) and word.plain not in public


def _end(run: list[Word], at: int, public: frozenset[str], *, surnames_only: bool) -> int:
    """Behind the last word of a name that begins at `at`."""
    end, last = at + 1, at + 1
    while end < len(run) and end - at < MAX_WORDS:
        word = run[end]
        if run[end - 1].text.endswith(("'s", "’s")):
            break
        if word.has(PARTICLE | INITIAL):
            end += 1
            continue
        if not word.capital or not _may_be(word, public) or word.has(TITLE):
            break
        if surnames_only and (word.has(PLACE) or (word.has(ORDINARY) and not word.has(LAST))):
            break
        end += 1
        last = end
    return last


def _told(text: str, run: list[Word], at: int) -> bool:
    """Whether a greeting, an introduction or a closing formula stands right before a word."""
    word = run[at]
    if word.has(INITIAL) or (word.has(SHOUTED) and not word.has(FIRST)):
        return False
    before = text[max(0, word.start - CUE_WINDOW) : word.start]
    ends_with = last_word(before) if word.before & CUED else ""
    if ends_with in cue_ends("named") and named().search(before):
        return True
    if ends_with in cue_ends("name") and introduced().search(before):
        return not word.has(COMMON) or (at + 1 < len(run) and run[at + 1].capital)
    if at and not run[at - 1].has(TITLE) and run[at - 1].plain not in cue_ends("greeting"):
        return False
    greeted = ends_with in cue_ends("greeting") and _ends_greeting(text, run[at:], before)
    return greeted or (at == 0 and _closed(text, run))


def _ends_greeting(text: str, run: list[Word], before: str) -> bool:
    """`Hi Ana,`: a greeting at a line's beginning, and behind the name a comma, a sign or the line's end."""
    if not greeting().search(before):
        return False
    after = text[run[-1].end : run[-1].end + 1]
    return len(run) <= MAX_WORDS and (after in ",!.;:\n" or not after)


def _closed(text: str, run: list[Word]) -> bool:
    """A name alone on its line, below a closing formula or thanks."""
    first, last = run[0].start, run[-1].end
    begin = text.rfind("\n", max(0, first - CUE_WINDOW), first)
    if begin < 0 or text[begin:first].strip(" \t\n>-–—~*") or text[last : last + 2].strip(" .,!\n\r"):
        return False
    return len(run) <= MAX_WORDS and closing().search(text[max(0, begin - CUE_WINDOW) : begin]) is not None


def _heads_block(text: str, run: list[Word], public: frozenset[str]) -> bool:
    """Two to four words alone on the first line of a block in which somebody is reached below."""
    first, last = run[0].start, run[-1].end
    if not 2 <= len(run) <= 4 or not all(one.capital and _may_be(one, public) for one in run):
        return False
    if any(one.has(PLACE) or (one.has(ORDINARY) and not one.has(INITIAL)) for one in run):
        return False
    if not _BLOCK_BEGINS.search(text[max(0, first - 8) : first]) or _is_organisation(run):
        return False
    line_ends = _LINE_ENDS.match(text, last)
    return (
        line_ends is not None and _REACHED.search(text, line_ends.end(), line_ends.end() + BLOCK) is not None
    )


def _listed(run: list[Word], at: int, language: str | None, public: frozenset[str], text: str) -> int:
    """Behind the name that begins at a word which the lists know; `at` where there is none."""
    word = run[at]
    known, listed, common = word.has(FIRST), word.has(KNOWN), word.has(COMMON)
    end = _end(run, at, public, surnames_only=True) if at + 1 < len(run) else at + 1
    others = [one for one in run[at + 1 : end] if one.capital and not one.has(INITIAL)]
    surname = bool(others) and others[-1].has(LAST) and not others[-1].has(COMMON)
    dotted = bool(others) and any(
        one.has(INITIAL) and text[one.end : one.end + 1] == "." for one in run[at:end]
    )
    if others and any(one.has(SHOUTED) != word.has(SHOUTED) for one in others if not word.has(INITIAL)):
        return at
    if known and others:
        return end if surname or dotted or not common else at
    if others and not listed:
        return end if len(others) < 3 and not common and (surname or dotted) else at
    if others:
        return end if (surname or dotted) and not word.has(ORDINARY) else at
    if _SAYS.search(text[max(0, word.start - 9) : word.start]) and not (common or word.has(SHOUTED)):
        return at + 1
    if not listed or word.has(SHOUTED) or common or len(word.plain) < 3:
        return at
    if known:
        return at + 1
    possessive = text[word.end - 2 : word.end].lower() in ("'s", "’s")
    follows = re.match(r"\s(\w{2,9})(?!\w)", text[word.end : word.end + 12])
    speaks = follows is not None and fold(follows[1]) in words("names", "after")
    english = (language or "en").startswith("en")
    return at + 1 if english and (possessive or speaks) else at


def _is_organisation(run: Sequence[Word]) -> bool:
    return any(word.has(ORGANISATION) for word in run[1:])
