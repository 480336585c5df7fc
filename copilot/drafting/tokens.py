"""Every value of a text that a reader would rely on: facts, addresses, ids, numbers, names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot.drafting.facts import NUMBER_WORDS, Fact, facts_in
from copilot.drafting.letter import take_apart
from copilot.drafting.patterns import COMMON_CAPITALS, ID, MAIL, PHONE, STREET, TITLE, TOKEN, TOWN, UPPER
from copilot.drafting.text import normal

# Ten digits hold a number without its country's or area's zero; shorter ones are compared whole.
_PHONE_DIGITS = 8
_TIME = re.compile(
    r"(?<![\w.,:])(?:([01]?\d|2[0-3])[:h.]([0-5]\d)(?!\w|[.,:]\d)|(1[0-2]|[1-9])\s?([ap])\.?m\b)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"(?m)^\s*\d{1,2}[.)](?=\s)")
_NUMERAL = re.compile(r"(?<![\w-])\d[\d.,]*(?![\w-])|(?<![\w-])(?=\w*\d)\w[\w-]*")
_NUMBER_WORD = re.compile(
    r"(?<![\w-])(?:" + "|".join(sorted((w for w, n in NUMBER_WORDS.items() if n > 1), key=len, reverse=True))
    + r")(?![\w-])",
    re.IGNORECASE,
)  # fmt: skip
# Where a capital letter says nothing: at the start of a sentence, a line, a quotation or a list item.
_START = re.compile(r"(?:^|[.!?…:;\n(\[„“\"«¿¡–—•*/]|\s-)\s*$")
_TITLED = re.compile(rf"(?<!\w)(?=[A-ZMmSs]){TITLE[:-1]}([{UPPER}][\w'’-]+(?:\s[{UPPER}][\w'’-]+)?)")


def tokens_in(text: str, language: str = "en") -> tuple[Fact, ...]:
    """Every checkable value of a text, in order and without overlap.

    Beside the kinds of `facts_in`: `email`, `phone`, `id` (orders, parcels, codes), `address`, `time`,
    `number` (in figures, or a word from two on) and `name`. In German, where every noun has a capital letter,
    names are those greeted, signed or titled.
    """
    taken: list[tuple[int, int]] = [match.span() for match in _ITEM.finditer(text)]
    found: list[Fact] = []
    for fact in _candidates(text, language):
        if all(fact.end <= start or end <= fact.start for start, end in taken):
            taken.append((fact.start, fact.end))
            found.append(fact)
    return tuple(sorted(found, key=lambda fact: fact.start))


def _candidates(text: str, language: str) -> Iterator[Fact]:
    """One kind before the next: what is part of an address is no number."""
    for match in MAIL.finditer(text):
        yield Fact("email", match.group().lower().rstrip("."), match.start(), match.end())
    facts = facts_in(text)
    yield from (fact for fact in facts if fact.kind == "link")
    for match in STREET.finditer(text):
        town = TOWN.match(text, match.end())
        end = town.end() if town else match.end()
        yield Fact("address", normal(text[match.start() : end]), match.start(), end)
    yield from facts
    for match in PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        yield Fact("phone", digits[-_PHONE_DIGITS:], match.start(), match.end())
    for match in ID.finditer(text):
        yield Fact("id", _bare(match.group()), match.start(), match.end())
    for match in _TIME.finditer(text):
        hour = int(match[1] or match[3]) + (12 if (match[4] or "").lower() == "p" and match[3] != "12" else 0)
        yield Fact("time", f"{hour:02}:{match[2] or '00'}", match.start(), match.end())
    for match in _NUMERAL.finditer(text):
        written = match.group().rstrip(".,")
        yield Fact("number", _bare(written), match.start(), match.start() + len(written))
    for match in _NUMBER_WORD.finditer(text):
        yield Fact("number", str(NUMBER_WORDS[match.group().lower()]), match.start(), match.end())
    yield from _names(text, language)


def _bare(written: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", written.upper())


def _names(text: str, language: str) -> Iterator[Fact]:
    letter = take_apart(text, language)
    for name in (*letter.greeted, *letter.signed):
        at = text.find(name) if name in letter.greeted else text.rfind(name)
        if at >= 0:
            yield from _words_of(name, at)
    for match in _TITLED.finditer(text):
        yield from _words_of(match[1], match.start(1))
    if not language.startswith("de"):
        for match in TOKEN.finditer(text):
            if is_name(match.group()) and not _START.search(text[max(0, match.start() - 4) : match.start()]):
                yield from _words_of(match.group(), match.start())


def _words_of(name: str, at: int) -> Iterator[Fact]:
    for match in TOKEN.finditer(name):
        plain = re.sub(r"['’]s$", "", match.group())
        yield Fact("name", plain.lower(), at + match.start(), at + match.start() + len(plain))


def is_name(word: str) -> bool:
    """Whether a word inside a sentence is written as a name is."""
    return word[0].isupper() and re.sub(r"['’]s$", "", word) not in COMMON_CAPITALS
