"""Limits in a sentence of policy: up to so much, above so much, so often in a time, so many days late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from copilot.authority.rules import DAYS, Within
from copilot.authority.words import AuthorityWords
from copilot.drafting.facts import NUMBER_WORDS, Fact, facts_in
from knowledge_base.money import PERCENT, Money

Side = Literal["upto", "above", "plain"]
# A cue stands right before or after its figure; farther off it belongs to something else.
_NEAR = 32
_QUARTERS = frozenset({"quarter", "trimestre", "quartal"})


@dataclass(frozen=True, slots=True)
class Bound:
    """A sum with the side on which it bounds; `within`: it counts over a time, not for one grant."""

    money: Money
    side: Side
    start: int
    end: int
    within: Within | None = None


def money_of(fact: Fact) -> Money:
    """The sum of an amount or a percentage."""
    if fact.kind == "percent":
        return Money(Decimal(fact.value), PERCENT)
    number, _, unit = fact.value.partition(" ")
    return Money(Decimal(number), unit)


def sums_in(text: str, words: AuthorityWords) -> tuple[Bound, ...]:
    """Every sum of a sentence, in order."""
    facts = [fact for fact in facts_in(text) if fact.kind in {"amount", "percent"}]
    found: list[Bound] = []
    for number, fact in enumerate(facts):
        end = facts[number + 1].start if number + 1 < len(facts) else len(text)
        side = side_of(text, fact, words)
        if found and words.says("between", text[: facts[number - 1].start][-_NEAR:]):
            side = "upto"
        money = _with_unit(money_of(fact), text[fact.end :], facts[number + 1 : number + 2])
        found.append(Bound(money, side, fact.start, fact.end, time_in(text[fact.end : end], words)))
    return tuple(found)


def _with_unit(money: Money, after: str, following: Sequence[Fact]) -> Money:
    """The first of `20 to 150 EUR` has its currency from the second; facts leave whole numbers out."""
    if money.unit or not following or not after:
        return money
    return Money(money.value, money_of(following[0]).unit)


def side_of(text: str, fact: Fact, words: AuthorityWords) -> Side:
    """On which side a figure bounds, by the words around it."""
    before, after = text[max(0, fact.start - _NEAR) : fact.start], text[fact.end : fact.end + _NEAR]
    if words.says("upto", before) or words.says("or_less", after):
        return "upto"
    above = ("above", before), ("between", before), ("or_more", after)
    return "above" if any(words.says(cue, part) for cue, part in above) else "plain"


def times_in(text: str, words: AuthorityWords) -> int | None:
    """How often something may be done; None where the sentence doesn't say."""
    if words.says("once", text):
        return 1
    if words.says("twice", text):
        return 2
    found = words.cues["times"].search(text)
    if found is None:
        return None
    count = found["count"].lower()
    return int(count) if count.isdecimal() else NUMBER_WORDS.get(count, 1)


def time_in(text: str, words: AuthorityWords) -> Within | None:
    """The time in which grants are counted: `within 12 months`, `in a year`, `per month`."""
    for fact in facts_in(text):
        if fact.kind == "period" and words.says("lately", text[max(0, fact.start - 14) : fact.start]):
            return Within(*_period(fact))
    if found := words.cues["a_period"].search(text):
        unit = unit_of(found["unit"])
        return Within(1, unit) if unit else None
    return Within(1, "year") if words.says("a_year", text) else None


def days_in(text: str, words: AuthorityWords) -> tuple[int | None, int | None]:
    """At most, and more than, so many days after a deadline; what grants are counted in is left out."""
    most = above = None
    for fact in facts_in(text):
        if fact.kind != "period":
            continue
        side = side_of(text, fact, words)
        before = text[max(0, fact.start - 14) : fact.start]
        count, unit = _period(fact)
        if unit not in DAYS or (side == "plain" or words.says("lately", before)):
            continue
        if side == "upto":
            most = count * DAYS[unit] if most is None else most
        else:
            above = count * DAYS[unit] if above is None else above
    return most, above


def unit_of(written: str) -> str | None:
    """`year` of `año`, by the words in which facts are read; None for another word."""
    facts = facts_in(f"2 {written}")
    if facts and facts[0].kind == "period":
        return _period(facts[0])[1]
    return "quarter" if written.lower() in _QUARTERS else None


def _period(fact: Fact) -> tuple[int, str]:
    span, _, unit = fact.value.partition(" ")
    return int(span.split("-")[-1]), unit
