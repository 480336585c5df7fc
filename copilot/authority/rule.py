"""Decides by the rules who may grant what is asked: the agent alone, or whom policy names above."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from copilot.authority.rules import FAMILY, Rule, Rules
from knowledge_base.grants import Grant
from knowledge_base.money import Money

Reason = Literal["amount", "days", "repeat", "total", "role", "unknown"]
# Which of several reasons is told.
_ORDER: tuple[Reason, ...] = ("amount", "days", "repeat", "total", "role", "unknown")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants granted; `days` after a deadline. None is not known."""

    kind: str
    money: Money | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether the agent alone may grant it (None: policy is silent), by which rule, and else who decides."""

    alone: bool | None
    rule: Rule | None = None
    reason: Reason | None = None
    decider: Rule | None = None


def ruling(rules: Rules, asked: Asked, before: Sequence[Grant], today: date) -> Ruling:
    """The ruling on one grant. `before` are the customer's grants so far, of any kind and age."""
    own = rules.of(asked.kind, agent=True)
    blocks = [(rule, _blocked(rule, asked, before, today)) for rule in own if not rule.allows]
    allows = [(rule, _exceeds(rule, asked, before, today)) for rule in own if rule.allows]
    against = [(rule, why) for rule, why in blocks if why]
    if not against and any(why is None for _, why in allows):
        return Ruling(True, next(rule for rule, why in allows if why is None))
    if not against and not allows:
        return _implied(rules, asked, [rule for rule, _ in blocks])
    failed = sorted(
        ((rule, why) for rule, why in (*allows, *against) if why), key=lambda pair: _ORDER.index(pair[1])
    )
    rule, reason = failed[0]
    if reason == "unknown":
        return Ruling(None, rule)
    return Ruling(False, rule, reason, _decider(rules, asked, rule, reason))


def granted(before: Iterable[Grant], rule: Rule, today: date) -> list[Grant]:
    """The grants that count against a rule: of its kinds, within its time."""
    family = FAMILY.get(rule.kind, frozenset({rule.kind}))
    since = rule.within.since(today) if rule.within else date.min
    return [one for one in before if one.kind in family and since < one.at.date()]


def _blocked(rule: Rule, asked: Asked, before: Sequence[Grant], today: date) -> Reason | None:
    """Why a rule keeps this from the agent; None where it doesn't."""
    if rule.above is None and rule.days_above is None and not rule.repeat:
        return "role"
    if rule.above and asked.money and asked.money.like(rule.above) and asked.money.value > rule.above.value:
        return "amount"
    if rule.days_above is not None and asked.days is not None and asked.days > rule.days_above:
        return "days"
    return "repeat" if rule.repeat and granted(before, rule, today) else None


def _exceeds(rule: Rule, asked: Asked, before: Sequence[Grant], today: date) -> Reason | None:
    """Why a rule that lets the agent grant something doesn't let them grant this; None where it does."""
    money, counted = asked.money, granted(before, rule, today)
    if rule.most and money:
        if not money.like(rule.most):
            return "unknown"
        if money.value > rule.most.value:
            return "amount"
    if rule.days_most is not None and asked.days is not None and asked.days > rule.days_most:
        return "days"
    if rule.times is not None and len(counted) >= rule.times:
        return "repeat"
    if rule.days_most is not None and asked.days is None:
        return "unknown"
    if rule.total:
        spent = sum(
            (one.amount.value for one in counted if one.amount and one.amount.like(rule.total)), Decimal(0)
        )
        over = spent + money.value > rule.total.value if money else spent >= rule.total.value
        return "total" if over and (money is None or money.like(rule.total)) else None
    return None


def _implied(rules: Rules, asked: Asked, blocks: Sequence[Rule]) -> Ruling:
    """Where policy says only what goes beyond the agent, what is left is the agent's."""
    others = rules.of(asked.kind, agent=False)
    decider = _decider(rules, asked, None, "role")
    if any(_covers(rule, asked) for rule in others):
        beyond = next((rule for rule in others if _covers(rule, asked)), None)
        reason: Reason = (
            "amount" if beyond and beyond.above else "days" if beyond and beyond.days_above else "role"
        )
        return Ruling(False, beyond, reason, decider)
    bound = [rule for rule in (*blocks, *others) if rule.above or rule.days_above is not None]
    known = [rule for rule in bound if (asked.money and rule.above) or (asked.days and rule.days_above)]
    if known:
        return Ruling(True, known[0])
    return Ruling(None, bound[0] if bound else None)


def _covers(rule: Rule, asked: Asked) -> bool:
    """Whether a role's rule is about what is asked, when it is asked the first time."""
    money = asked.money
    if rule.repeat and rule.above is None and rule.days_above is None:
        return False
    if rule.above is not None and (
        money is None or not money.like(rule.above) or money.value <= rule.above.value
    ):
        return False
    if rule.most is not None and money and money.like(rule.most) and money.value > rule.most.value:
        return False
    if rule.days_above is not None:
        return asked.days is not None and asked.days > rule.days_above
    return True


def _decider(rules: Rules, asked: Asked, failed: Rule | None, reason: Reason) -> Rule | None:
    """Who decides: whose rule is about it, of the same article first, with the narrowest bound."""
    others = [rule for rule in rules.of(asked.kind, agent=False) if rule.allows]
    if reason == "repeat":
        fitting = [rule for rule in others if rule.repeat] or others
    elif reason in ("total", "role"):
        fitting = [rule for rule in others if _covers(rule, asked)] or others
    else:
        fitting = [rule for rule in others if _covers(rule, asked)]
    if not fitting and reason in ("repeat", "total"):
        fitting = [
            rule for rule in rules.rules if rule.repeat and not rule.agent and rule.kind == "exception"
        ]
    article = failed.article if failed else ""
    return min(fitting, key=lambda rule: (rule.article != article, _height(rule)), default=None)


def _height(rule: Rule) -> Decimal:
    return rule.above.value if rule.above else Decimal(0)


def agent_limit(rules: Rules, kind: str, like: Money) -> tuple[Money | None, Rule | None]:
    """The most that an agent alone may grant of a kind in that unit, with its rule; (None, None): unsaid."""
    own = [rule for rule in rules.of(kind, agent=True) if rule.allows and rule.most and rule.most.like(like)]
    if own:
        best = max(own, key=lambda rule: rule.most.value if rule.most else Decimal(0))
        return best.most, best
    blocks = [rule for rule in rules.of(kind, agent=True) if not rule.allows]
    beyond = [
        rule for rule in (*blocks, *rules.of(kind, agent=False)) if rule.above and rule.above.like(like)
    ]
    if beyond:
        least = min(beyond, key=_height)
        return least.above, least
    return None, None
