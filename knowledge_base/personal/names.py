"""Names of persons: behind titles, greetings and introductions, in signatures, and by lists of names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge_base.personal.models import Found
from knowledge_base.personal.name_cues import (
    closing,
    cue_ends,
    greeting,
    introduced,
    last_word,
    named,
    titles,
)
from knowledge_base.personal.words import fold, name_lists, no_sure_names, ordinary, places, words

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


@dataclass(slots=True)
class _Word:
    """A word, where it stands, its folded form, and which lists know it."""

    start: int
    end: int
    text: str
    plain: str
    told: bool = False

    @property
    def capital(self) -> bool:
        """Written as a name, or told to be one."""
        return self.told or self.text[0].isupper()

    @property
    def initial(self) -> bool:
        return len(self.text) == 1 and self.text.isupper()

    @property
    def shouted(self) -> bool:
        return len(self.text) > 1 and self.text.isupper()


def find_names(text: str, language: str | None, public: frozenset[str] = frozenset()) -> Iterator[Found]:
    """Names in their order; words of `public` (folded: the desk's products) are none."""
    if not text.strip():
        return
    found: list[Found] = []
    surnames: set[str] = set()
    lone: list[_Word] = []
    for run in _runs(text):
        taken = list(_of_run(text, run, language, public, lone))
        if not taken and _heads_block(text, run, public):
            taken = [(0, len(run), False)]
        for first, last, sure in taken:
            words_of = run[first:last]
            surnames.update(word.plain for word in words_of if len(word.plain) > 2 and word.capital)
            found.append(_found(text, words_of, sure))
    # Who was named in full is named again by one word; beside a name stands another.
    found += [_found(text, [word], sure=False) for word in lone if word.plain in surnames]
    ends, begins = {one.end for one in found}, {one.start for one in found}
    found += [_found(text, [word], sure=False) for word in lone if _beside(text, word, ends, begins)]
    yield from sorted(found, key=lambda one: one.start)


def _beside(text: str, word: _Word, ends: set[int], begins: set[int]) -> bool:
    """Whether a first name is listed with a name that was found: `Ana, Luz and Iris`."""
    if word.plain not in name_lists()[0] or word.shouted:
        return False
    before = _AND_BEFORE.search(text[max(0, word.start - 8) : word.start])
    after = _AND_AFTER.match(text, word.end)
    return (before is not None and word.start - len(before[0]) in ends) or (
        after is not None and after.end() in begins
    )


def _found(text: str, run: Sequence[_Word], sure: bool) -> Found:
    start, end = run[0].start, run[-1].end
    written = text[start:end]
    for tail in ("'s", "’s"):
        if written.endswith(tail):
            end, written = end - 2, written[:-2]
    return Found("name", start, end, written, sure)


def _runs(text: str) -> Iterator[list[_Word]]:
    """Words that only spaces part, names' particles between them, at least one with a capital letter."""
    run: list[_Word] = []
    for match in _TOKEN.finditer(text):
        word = _Word(match.start(), match.end(), match[0], _plain(match[0]))
        if word.text.islower() and (_named_small(text, word) or (run and _goes_on_small(run[-1], word))):
            word = _Word(word.start, word.end, word.text, word.plain, told=True)
        joined = run and _GAP.fullmatch(text, run[-1].end, word.start)
        if joined and text[run[-1].end] == "." and not (run[-1].initial or run[-1].plain in titles()):
            joined = None
        fits = word.capital or (run and word.plain in words("names", "particles"))
        if joined and fits:
            run.append(word)
            continue
        if run:
            yield run
        run = [word] if fits or word.plain in titles() else []
    if run:
        yield run


def _goes_on_small(before: _Word, word: _Word) -> bool:
    """A surname in small letters behind a first name in small letters."""
    return (
        before.told
        and before.text.islower()
        and word.plain in name_lists()[1]
        and word.plain not in ordinary()
    )


def _named_small(text: str, word: _Word) -> bool:
    """A name that the lists know, in small letters behind `my name is` and the like."""
    before = text[max(0, word.start - CUE_WINDOW) : word.start]
    if last_word(before) not in cue_ends("named") or not named().search(before):
        return False
    first, last = name_lists()
    return word.plain in first or word.plain in last


@lru_cache(maxsize=4096)
def _plain(written: str) -> str:
    return fold(re.sub(r"['’]s$", "", written))


def _of_run(
    text: str, run: list[_Word], language: str | None, public: frozenset[str], lone: list[_Word]
) -> Iterator[tuple[int, int, bool]]:
    """Stretches of a run that are names, and whether a cue says so; single words go to `lone`."""
    at = 0
    while at < len(run):
        word = run[at]
        titled = at + 1 < len(run) and _may_be(run[at + 1], public) and run[at + 1].plain not in titles()
        if word.plain in titles() and titled:
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


def _may_be(word: _Word, public: frozenset[str]) -> bool:
    return word.plain not in words("names", "no_names") and word.plain not in public


def _end(run: list[_Word], at: int, public: frozenset[str], *, surnames_only: bool) -> int:
    """Behind the last word of a name that begins at `at`."""
    end, last = at + 1, at + 1
    while end < len(run) and end - at < MAX_WORDS:
        word = run[end]
        if run[end - 1].text.endswith(("'s", "’s")):
            break
        if word.plain in words("names", "particles") or word.initial:
            end += 1
            continue
        if not word.capital or not _may_be(word, public) or word.plain in titles():
            break
        strange = word.plain in places() or (word.plain in ordinary() and word.plain not in name_lists()[1])
        if surnames_only and strange:
            break
        end += 1
        last = end
    return last


def _told(text: str, run: list[_Word], at: int) -> bool:
    """Whether a greeting, an introduction or a closing formula stands right before a word."""
    word = run[at]
    if word.initial or (word.shouted and word.plain not in name_lists()[0]):
        return False
    before = text[max(0, word.start - CUE_WINDOW) : word.start]
    ends_with = last_word(before)
    if ends_with in cue_ends("named") and named().search(before):
        return True
    if ends_with in cue_ends("name") and introduced().search(before):
        return word.plain not in no_sure_names() or (at + 1 < len(run) and run[at + 1].capital)
    if at and run[at - 1].plain not in cue_ends("greeting") | titles():
        return False
    return _ends_greeting(text, run[at:], before) or (at == 0 and _closed(text, run))


def _ends_greeting(text: str, run: list[_Word], before: str) -> bool:
    """`Hi Ana,`: a greeting at a line's beginning, and behind the name a comma, a sign or the line's end."""
    if last_word(before) not in cue_ends("greeting") or not greeting().search(before):
        return False
    after = text[run[-1].end : run[-1].end + 1]
    return len(run) <= MAX_WORDS and (after in ",!.;:\n" or not after)


def _closed(text: str, run: list[_Word]) -> bool:
    """A name alone on its line, below a closing formula or thanks."""
    first, last = run[0].start, run[-1].end
    begin = text.rfind("\n", max(0, first - CUE_WINDOW), first)
    if begin < 0 or text[begin:first].strip(" \t\n>-–—~*") or text[last : last + 2].strip(" .,!\n\r"):
        return False
    return len(run) <= MAX_WORDS and closing().search(text[max(0, begin - CUE_WINDOW) : begin]) is not None


def _heads_block(text: str, run: list[_Word], public: frozenset[str]) -> bool:
    """Two to four words alone on the first line of a block in which somebody is reached below."""
    first, last = run[0].start, run[-1].end
    if not 2 <= len(run) <= 4 or not all(one.capital and _may_be(one, public) for one in run):
        return False
    if any(one.plain in places() or (one.plain in ordinary() and not one.initial) for one in run):
        return False
    if not _BLOCK_BEGINS.search(text[max(0, first - 8) : first]) or _is_organisation(run):
        return False
    line_ends = _LINE_ENDS.match(text, last)
    return (
        line_ends is not None and _REACHED.search(text, line_ends.end(), line_ends.end() + BLOCK) is not None
    )


def _listed(run: list[_Word], at: int, language: str | None, public: frozenset[str], text: str) -> int:
    """Behind the name that begins at a word which the lists know; `at` where there is none."""
    word = run[at]
    first, last = name_lists()
    usual, place = word.plain in ordinary(), word.plain in places()
    known = word.plain in first
    end = _end(run, at, public, surnames_only=True)
    others = [one for one in run[at + 1 : end] if one.capital and not one.initial]
    surname = bool(others) and others[-1].plain in last and others[-1].plain not in no_sure_names()
    dotted = any(one.initial and text[one.end : one.end + 1] == "." for one in run[at:end])
    if others and any(one.shouted != word.shouted for one in others if not word.initial):
        return at
    if known and others:
        return end if surname or dotted or not (usual or place) else at
    if others and word.plain not in last:
        return end if len(others) < 3 and not (usual or place) and (surname or dotted) else at
    if others:
        return end if (surname or dotted) and not usual else at
    if _SAYS.search(text[max(0, word.start - 9) : word.start]) and not (usual or place or word.shouted):
        return at + 1
    if not known and word.plain not in last:
        return at
    if word.shouted or usual or place or len(word.plain) < 3:
        return at
    if known:
        return at + 1
    possessive = text[word.end - 2 : word.end].lower() in ("'s", "’s")
    follows = re.match(r"\s(\w{2,9})(?!\w)", text[word.end : word.end + 12])
    speaks = follows is not None and fold(follows[1]) in words("names", "after")
    english = (language or "en").startswith("en")
    return at + 1 if english and (possessive or speaks) else at


def _is_organisation(run: Sequence[_Word]) -> bool:
    return any(word.plain in words("names", "organisations") for word in run[1:])
