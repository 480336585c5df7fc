"""A text as units: words (in scripts without spaces, pairs of characters) with their place and their say."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import islice
from pathlib import Path

from copilot.understand.lexicon import Words, load_lexicon, load_set
from copilot.understand.text import fold
from indexer.lexical import UNSPACED, WordIndex, stop_words, words_of

# A request is read up to 1,200 characters, a field of a source likewise: about 200 words.
MOST_UNITS = 300
# A word says less the more passages hold it. Seven tenths of what the rarest word could say is all
# that counts: a word in twenty of ten thousand passages tells as much as one in a single passage.
FULL_SHARE = 0.7
# With a smaller share of that, a word is in so many passages that it explains nothing by itself.
LEAST_WEIGHT = 0.3
# All negations are compared as one; two clauses that both deny something are alike by so much.
DENIAL = "¬"
DENIAL_WEIGHT = 0.4
# "Best wishes to the whole team": a clause that greets, thanks or closes says nothing in so few more words.
IDLE_WORDS = 2
# A code with so many digits is an order, a parcel or a telephone; "E4" and "E-401" are faults.
CODE_DIGITS = 4
_ADDRESS = re.compile(r"\S{1,100}@\S{1,100}|(?:https?://|www\.)\S{1,300}")
_BREAK = re.compile(r"[.!?…;:,()\[\]{}<>«»\"“”„|*#\n\r。！？，、；：「」،؛؟]|(?<=\s)[-–—](?=\s)|[–—]")
_SCRIPTS = re.compile(rf"(?P<unspaced>(?:{UNSPACED.pattern})+)|(?:(?!{UNSPACED.pattern}).)+", re.DOTALL)
_SMALL_TALK = frozenset(("greeting", "thanks", "praise", "signoff", "filler"))


class Say(IntEnum):
    """What a unit may do in a phrase: nothing, deny, join, stand for itself alone, or carry a meaning.

    Products and codes such as "E4" stand for themselves: however alike, another one is another.
    """

    GRAMMAR = 0
    NEGATION = 1
    WEAK = 2
    NAME = 3
    TELLING = 4


@dataclass(frozen=True, slots=True)
class Unit:
    """A word at `start` to `end` of its text, in the clause of that number.

    `stems` are what it is compared by, empty where it may not be; `weight` is 0 to 1.
    """

    start: int
    end: int
    clause: int
    say: Say
    stems: tuple[str, ...] = ()
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What a text is cut with: its language, its desk's words, and what never explains a match in it.

    `products` are the places of product names, `silent` folded words such as the customer's name.
    """

    language: str
    index: WordIndex
    products: Sequence[tuple[int, int]] = ()
    silent: frozenset[str] = frozenset()


def units_of(text: str, setting: Setting) -> tuple[Unit, ...]:
    """The first MOST_UNITS units of the text, in order."""
    full = setting.index.idf(()) * FULL_SHARE
    cut = list(_cut(text))
    known = [_known(text[start:end], setting.language) for start, end, _ in cut]
    quiet = _small_talk(known, cut)
    addresses = [match.span() for match in _ADDRESS.finditer(text)]
    found: list[Unit] = []
    for number, (start, end, clause) in enumerate(cut):
        plain, say, stems = known[number]
        if number in quiet or plain in setting.silent or _within(addresses, start, end):
            say, stems = Say.GRAMMAR, ()
        weight = _weight(stems, setting.index, full)
        if say is Say.TELLING and _within(setting.products, start, end):
            say = Say.NAME
        elif say is Say.TELLING and weight < LEAST_WEIGHT:
            say = Say.WEAK
        found.append(Unit(start, end, clause, say, stems, weight))
    return tuple(found)


def _weight(stems: tuple[str, ...], index: WordIndex, full: float) -> float:
    if not stems:
        return 0.0
    return DENIAL_WEIGHT if stems == (DENIAL,) else min(1.0, index.idf(stems) / full)


def _cut(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and clause of each unit."""
    clause = at = 0
    joints = word_set("joint")
    for start, end in islice(_stretches(text), MOST_UNITS):
        if at < start and _BREAK.search(text, at, start):
            clause += 1
        at = max(at, end)
        # No phrase reaches over an order code, as none does over a full stop.
        divides = text[start:end].lower() in joints or _is_code(text[start:end])
        clause += divides
        yield start, end, clause
        clause += divides


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """The places of words, and of the pairs of characters of a run that is written without spaces."""
    for match in _pattern().finditer(text):
        if match.group().isascii() or not UNSPACED.search(match.group()):
            yield match.span()
            continue
        for part in _SCRIPTS.finditer(text, *match.span()):
            start, end = part.span()
            if part.lastgroup == "unspaced":
                yield from ((at, min(at + 2, end)) for at in range(start, max(start + 1, end - 1)))
            else:
                yield start, end


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    """Words with their combining marks, codes such as "E-401", and English contractions."""
    word = rf"[^\W_](?:[^\W_]|[{_combining()}])*"
    return re.compile(rf"(?:{word}[-/.](?=[^\W_]*\d))*{word}(?:['’](?:t|s|re|ve|ll|d|m)(?![^\W_]))?", re.I)


def _combining() -> str:
    """The combining marks as ranges of a character class."""
    ranges: list[list[int]] = []
    for code in range(0x10000):
        if unicodedata.category(chr(code)).startswith("M"):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "\u200c\u200d"


@lru_cache(maxsize=65536)
def _known(word: str, language: str) -> tuple[str, Say, tuple[str, ...]]:
    """What can be said of a word without its text, and the word folded."""
    plain = fold(word)
    return plain, *(_pair(word) if UNSPACED.match(word) else _of_word(word, plain, language.split("-")[0]))


def _of_word(word: str, plain: str, code: str) -> tuple[Say, tuple[str, ...]]:
    if _is_code(word):
        return Say.GRAMMAR, ()
    if _denies(plain):
        return Say.NEGATION, (DENIAL,)
    if _is_grammar(word, plain, code):
        return Say.GRAMMAR, ()
    if any(map(str.isdigit, plain)):
        return (Say.NAME if any(map(str.isalpha, plain)) else Say.WEAK), (plain,)
    weak = plain in word_set("number") or plain in word_set("time")
    stems = tuple(dict.fromkeys((*words_of(word, code), *words_of(word, "en"))))
    return (Say.WEAK if weak else Say.TELLING), stems


def _is_code(word: str) -> bool:
    """Whether it names one order, parcel or customer, or is no word at all."""
    return len(word) > 64 or (len(word) >= CODE_DIGITS and sum(map(str.isdigit, word)) >= CODE_DIGITS)


def _denies(plain: str) -> bool:
    negators = load_set("smalltalk", "negators") | word_set("negation")
    return plain.split("'")[0] in negators or plain.endswith("n't")


def _is_grammar(word: str, plain: str, code: str) -> bool:
    lower = word.lower()
    return (
        len(word) < 2
        or "'" in plain
        or lower in stop_words(code)
        or lower in stop_words("en")
        or plain in load_set("smalltalk", "function")
        or plain in word_set("grammar")
    )


def _pair(pair: str) -> tuple[Say, tuple[str, ...]]:
    """Two characters say something unless one of them is grammar, or both are of the syllabary for it."""
    grammar = _grammar_characters()
    if len(pair) < 2 or any(character in grammar for character in pair):
        return Say.GRAMMAR, ()
    if all("\u3040" <= character <= "\u309f" for character in pair):
        return Say.GRAMMAR, ()
    return Say.TELLING, (unicodedata.normalize("NFKC", pair).lower(),)


@lru_cache(maxsize=1)
def _grammar_characters() -> frozenset[str]:
    return frozenset("".join(word_set("grammar_characters")))


def _small_talk(
    known: Sequence[tuple[str, Say, tuple[str, ...]]], cut: Sequence[tuple[int, int, int]]
) -> frozenset[int]:
    """The numbers of the units that greet, thank, close or fill; a short clause that does is all of that."""
    clauses = tuple(clause for _, _, clause in cut)
    hits = [
        hit
        for hit in load_lexicon("smalltalk").find(Words(tuple(plain for plain, _, _ in known), clauses))
        if hit.group in _SMALL_TALK
    ]
    quiet = {at for hit in hits for at in range(hit.start, hit.end)}
    telling = Counter(
        clauses[at] for at, (_, say, _) in enumerate(known) if say is Say.TELLING and at not in quiet
    )
    courtesies = {clauses[hit.start] for hit in hits if hit.group != "filler"}
    idle = {clause for clause in courtesies if telling[clause] <= IDLE_WORDS}
    return frozenset(quiet | {at for at, clause in enumerate(clauses) if clause in idle})


def _within(places: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(first <= start and end <= last for first, last in places)


@lru_cache(maxsize=8)
def word_set(group: str) -> frozenset[str]:
    """One group of the file beside this module, the languages joined."""
    tables = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
    return frozenset(word for line in tables[group].values() for word in line.split())
