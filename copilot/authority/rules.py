"""What policy lets whom grant, as values: rules, promises to every customer, and times of return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from knowledge_base.money import Money

AGENT = "agent"
# A kind that is asked for is granted by rules on any of these.
FAMILY: Mapping[str, frozenset[str]] = {
    "voucher": frozenset({"voucher", "goodwill", "credit"}),
    "credit": frozenset({"credit", "voucher", "goodwill"}),
    "goodwill": frozenset({"goodwill", "voucher", "credit"}),
    "discount": frozenset({"discount", "goodwill"}),
    "fee_waiver": frozenset({"fee_waiver"}),
    "late_return": frozenset({"late_return", "exception"}),
    "warranty": frozenset({"warranty", "exception"}),
    "refund": frozenset({"refund"}),
    "replacement": frozenset({"replacement"}),
    "exception": frozenset({"exception"}),
    "safety": frozenset({"safety"}),
}
DAYS: Mapping[str, int] = {"day": 1, "workday": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


@dataclass(frozen=True, slots=True)
class Within:
    """The time in which grants are counted: so many `unit` (day, week, month, quarter, year) back."""

    count: int
    unit: str

    def since(self, day: date) -> date:
        """The first day that still counts; months and years by the calendar."""
        months = {"month": 1, "quarter": 3, "year": 12}.get(self.unit, 0) * self.count
        if not months:
            return day - timedelta(days=DAYS.get(self.unit, 1) * self.count)
        place = max(day.year * 12 + day.month - 1 - months, 12)
        year, month = divmod(place, 12)
        return _day(year, month + 1, day.day)


def _day(year: int, month: int, wanted: int) -> date:
    for last in (wanted, 30, 29, 28):
        try:
            return date(year, month, min(wanted, last))
        except ValueError:
            continue
    return date(year, month, 28)


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a sentence of policy lets somebody grant, or keeps from them.

    `who` is AGENT or the role as policy writes it. `most` is allowed, what is above `above` is this rule's;
    `total` is the most for one customer `within` a time, `times` how often. `days_most` and `days_above` are
    days after a deadline. `repeat`: it is about another grant within the time. `allows` False: not alone.
    """

    who: str
    kind: str
    clause: str
    text: str
    language: str = "en"
    allows: bool = True
    most: Money | None = None
    above: Money | None = None
    total: Money | None = None
    times: int | None = None
    within: Within | None = None
    days_most: int | None = None
    days_above: int | None = None
    repeat: bool = False

    @property
    def agent(self) -> bool:
        """Whether it is about the agent alone."""
        return self.who == AGENT

    @property
    def article(self) -> str:
        """The article's id."""
        return self.clause.removeprefix("article:").partition("#")[0]

    @property
    def conditional(self) -> bool:
        """Whether it allows something under a condition other than an amount."""
        return bool(self.days_most or self.times)


@dataclass(frozen=True, slots=True)
class Promise:
    """What policy gives every customer: a kind, perhaps of a sum, and the words that tell when."""

    kind: str
    clause: str
    sums: tuple[Money, ...]
    stems: frozenset[str]
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Rules:
    """All that policy in force on a day says of grants; `windows` are days in which goods may go back."""

    rules: tuple[Rule, ...] = ()
    promises: tuple[Promise, ...] = ()
    windows: tuple[int, ...] = ()

    def of(self, kind: str, *, agent: bool) -> tuple[Rule, ...]:
        """The rules that a grant of this kind comes under, the agent's or those of others."""
        family = FAMILY.get(kind, frozenset({kind}))
        return tuple(rule for rule in self.rules if rule.agent == agent and rule.kind in family)

    def __bool__(self) -> bool:
        return bool(self.rules)


def joined(parts: Iterable[Rules]) -> Rules:
    """The rules of several articles together."""
    rules: list[Rule] = []
    promises: list[Promise] = []
    windows: list[int] = []
    for part in parts:
        rules += part.rules
        promises += part.promises
        windows += part.windows
    return Rules(tuple(rules), tuple(promises), tuple(windows))
