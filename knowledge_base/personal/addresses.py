"""Postal addresses: a street with its number, or a box or flat, with the lines and towns that follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from knowledge_base.personal.glance import Glance
from knowledge_base.personal.models import Found
from knowledge_base.personal.words import calendar, fold, phrases

MAX_LINES = 5
"""Lines that an address takes below its street."""
_UP = r"[^\W\d_a-zß-öø-ÿ]"
_WORD = rf"{_UP}[\w'’.-]{{0,30}}"
_JOINED = (
    r"(?:[ -]|\s(?:de|da|do|dos|del|della|di|la|le|les|du|van|von|der|den|am|an|im|nad|na|of|the|sur|en|sous)"
    r"\s)"
)
_PLACE = rf"{_WORD}(?:{_JOINED}{_WORD}){{0,4}}"
_NUMBER = r"(?<![:.,\d])(?!0 )\d{1,5}(?:[ /-]?[a-zA-Z](?![\w'’]))?(?:[-/]\d{1,4})?"
_POSTCODE = (
    r"(?:[A-Z]{1,2}-)?\d{4,5}(?:-\d{3,4})?(?: ?[A-Z]{2}(?!\w))?|\d{2}-\d{3}|\d{3} \d{2}"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d"
)
_OF = r"(?:(?:de|da|do|dos|del|della|la|las|los|les|le|du|des) ){0,2}"


def _cased(name: str) -> str:
    """Words in small letters or with one capital: `AM` isn't `Am`."""
    one = phrases("streets", name)
    titled = "|".join(word.capitalize() for word in one.split("|"))
    return f"(?:{one}|{titled})"


@lru_cache(maxsize=1)
def _streets() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What is sure enough to begin an address, and the group of which a word stands in it."""
    before, after = _cased("before"), phrases("streets", "after")
    ends = phrases("streets", "ends")
    lead = rf"(?:(?<![\w.,-]){_NUMBER},? )?(?:{_NUMBER},? )?"
    named = (
        ("before", rf"{lead}(?<!\w){before}(?:\.| |\. )\s?{_OF}"
         rf"(?:l['’]|d['’])?{_PLACE},?\s(?:n\.?º ?)?{_NUMBER}(?!\w)"),
        ("before", rf"(?<!\w){_NUMBER},? (?:{_NUMBER},? )?{before}(?:\.| |\. ){_OF}"
         rf"(?:l['’]|d['’])?{_PLACE}"),
        ("after", rf"(?<!\w){_NUMBER},? (?:{_NUMBER},? )?(?:{_WORD} ){{1,3}}(?i:{after})(?!\w)\.?"),
        ("after_house", rf"{lead}(?<!\w){_WORD}(?: {_WORD}){{0,3}} (?i:{after})\.? {_NUMBER}(?!\w)"),
        ("ends", rf"{lead}(?<!\w)(?:{_WORD}[ -]){{0,3}}{_UP}[^\W\d_]{{2,30}}(?:{ends})\.? {_NUMBER}(?!\w)"),
        ("two_numbers", rf"(?<![\w.,-])\d{{2,5}} {_UP}\w{{3,30}}(?: {_WORD}){{0,3}} \d{{1,4}}"
         r"(?![\w.,-]\d)(?!\w)"),
        ("corner", rf"(?<!\w)(?i:(?:the )?corner of) (?:{_NUMBER} )?{_PLACE}\.?(?: {_NUMBER})?"
         rf" and (?:{_NUMBER} )?{_PLACE}\.?(?: {_NUMBER}(?!\w))?"),
        ("units", rf"(?<!\w){_UNIT}"),
        ("fleet", r"(?<!\w)(?:FPO|APO|DPO) (?:AA|AE|AP) \d{5}(?!\w)"),
        ("fleet", rf"(?<!\w)(?:USN[SV]|USS|USCGC) {_WORD}(?=\s*\n\s*(?:FPO|APO|DPO))"),
    )  # fmt: skip
    return tuple((group, re.compile(pattern)) for group, pattern in named)


_UNIT = rf"(?:(?i:apt)\.|(?i:{phrases('streets', 'units')})) ?#?\d{{1,5}}[A-Z]?(?!\w)"
_CUED = re.compile(rf"(?:{_NUMBER},? )?(?:{_NUMBER},? )?{_PLACE},? {_NUMBER}(?!\w)|{_NUMBER},? {_PLACE}")
_LEAD = re.compile(
    rf"(?:(?<=\n)|(?<=^)|(?<=[\s:>]))(?:{_NUMBER} ){{0,2}}"
    rf"(?:{_PLACE} )?(?:{_NUMBER},?)?[ \t]*\n?[\s>?,]{{0,6}}$"
)
_FOLLOWS = re.compile(
    rf"[ \t]{{0,3}}(?:,[ \t]{{0,3}}|(?:\n[ \t>?]{{0,6}}){{1,2}},?[ \t]{{0,3}}|[ \t]|\.[ \t](?=[A-Z]{{2}}\b))"
    rf"(?:{_UNIT}|(?:{_POSTCODE}),?[ \t]{{1,2}}{_PLACE}(?:,? [A-Z]{{2,3}}(?!\w))?"
    rf"|{_PLACE},?[ \t]{{1,2}}(?:{_POSTCODE})(?!\w)"
    rf"|(?:{_POSTCODE})(?![\w-]|[ ]\d)|{_PLACE}(?=[ \t]{{0,3}}(?:[,\n.;?!]|$)))"
)


_SENTENCE_END = re.compile(r"\w{5}\.$")
"""A point behind a long word ends the sentence; behind `Str` it belongs to the word."""


def find_addresses(look: Glance) -> Iterator[Found]:
    """Addresses in their order; what stands beside a street and looks like the rest of it belongs to it."""
    text, end = look.text, 0
    for match in sorted((*_begun(look), *_announced(look)), key=lambda one: one.start()):
        if match.start() < end or not calendar().isdisjoint(fold(match[0]).replace(",", " ").split()):
            continue
        start, end = _begin(text, match.start(), end), _finish(text, match.end())
        if _SENTENCE_END.search(text[max(start, end - 8) : end]):
            end -= 1
        yield Found("address", start, end, text[start:end], sure=any(c.isdigit() for c in match[0]))


def _begun(look: Glance) -> Iterator[re.Match[str]]:
    """Streets, the leftmost first and of those the first form, as alternatives of one expression would be."""
    patterns = [pattern for group, pattern in _streets() if look.has(group) or look.holds(group)]
    found = [pattern.search(look.text) for pattern in patterns]
    while any(found):
        first = min((one for one in found if one), key=lambda one: one.start())
        yield first
        for n, one in enumerate(found):
            if one and one.start() < first.end():
                found[n] = patterns[n].search(look.text, first.end())


def _announced(look: Glance) -> Iterator[re.Match[str]]:
    """Addresses that a word announces."""
    end = 0
    for start in look.at("address"):
        cue = _told().match(look.text, start) if start >= end else None
        if cue is None:
            continue
        end = cue.end()
        if match := _CUED.match(look.text, end, end + 160):
            yield match


@lru_cache(maxsize=1)
def _told() -> re.Pattern[str]:
    """A word that announces an address, up to where it begins."""
    return re.compile(
        rf"(?<!\w)(?i:{phrases('cues', 'address')})"
        r"(?: (?:is|are|to|at|in|here they are|the same|it is))?[ :,?]{1,3}\n?[ \t>]{0,3}"
    )


def _begin(text: str, start: int, least: int) -> int:
    lead = text[max(least, start - 80) : start]
    match = _LEAD.search(lead)
    if match is None or not any(c.isdigit() for c in match[0]):
        return start
    written = match[0]
    return start - len(written) + (len(written) - len(written.lstrip()))


def _finish(text: str, end: int) -> int:
    for _ in range(MAX_LINES):
        match = _FOLLOWS.match(text, end, end + 160)
        if match is None:
            break
        end = match.end()
    return end
