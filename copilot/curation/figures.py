"""Figures of a text by what they measure, so that `60 minutes` and `1 hour` are one and others differ."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from copilot.drafting.facts import Fact, facts_in

# What one of a period's units is in the smallest of its measure; working days compare with nothing else.
_MEASURES: Mapping[str, tuple[str, int]] = {
    "second": ("time", 1),
    "minute": ("time", 60),
    "hour": ("time", 3600),
    "day": ("time", 86_400),
    "week": ("time", 7 * 86_400),
    "workday": ("workdays", 1),
    "month": ("months", 1),
    "year": ("months", 12),
}
Figures = Mapping[str, frozenset[str]]


def figures_in(text: str) -> Figures:
    """The amounts, percentages and periods of a text, by what they measure."""
    found: dict[str, set[str]] = {}
    for fact in facts_in(text):
        told = measured(fact)
        if told:
            found.setdefault(told[0], set()).add(told[1])
    return {measure: frozenset(values) for measure, values in found.items()}


def measured(fact: Fact) -> tuple[str, str] | None:
    """What a fact measures and its value there; None for a date, a link and what else has no size."""
    if fact.kind == "amount":
        number, _, currency = fact.value.partition(" ")
        return "amount", f"{Decimal(number):f} {currency}".strip()
    if fact.kind == "percent":
        return "percent", fact.value
    if fact.kind == "period":
        span, _, unit = fact.value.partition(" ")
        measure, size = _MEASURES[unit]
        low, high = (int(part) * size for part in span.split("-"))
        return measure, f"{low}-{high}"
    return None


def differing(first: Figures, second: Figures) -> tuple[str, ...]:
    """The measures in which each text has a figure that the other lacks; an omission is no difference."""
    return tuple(
        sorted(
            measure
            for measure in first.keys() & second.keys()
            if first[measure] - second[measure] and second[measure] - first[measure]
        )
    )
