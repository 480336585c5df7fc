"""From a wish and the rules to a special case, and to the escalation of what the agent can't decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from copilot.authority.like import of_grant
from copilot.authority.rule import Ruling, agent_limit, granted, ruling
from copilot.authority.rules import Rule, Rules
from copilot.authority.special import Wish, wish_of
from copilot.authority.summary import Known, clauses_of, shown, summary_of
from copilot.authority.words import authority_words
from copilot.models import Escalation, LikeDecision, SpecialCase, Understanding
from knowledge_base.grants import Grant
from knowledge_base.models import Conversation
from knowledge_base.money import Money

_YEAR = 365
# A sum without currency is like any: it asks for the limit in whatever unit policy gives it.
_NOTHING = Money(Decimal(0))


@dataclass(frozen=True, slots=True)
class Given:
    """One conversation and what was understood of it, the rules in force, and the customer's grants.

    `before` None: the conversation names no customer, so nothing can be counted.
    """

    conversation: Conversation
    understanding: Understanding
    rules: Rules
    before: Sequence[Grant] | None
    today: date
    language: str = "en"
    like: tuple[LikeDecision, ...] = ()


def judged(given: Given) -> tuple[SpecialCase, Ruling] | None:
    """The special case with its ruling; None where there is none."""
    wish = wish_of(given.conversation, given.understanding, given.rules, given.today)
    return special_case(given, wish) if wish else None


def special_case(given: Given, wish: Wish) -> tuple[SpecialCase, Ruling]:
    """The special case that a wish is, with its ruling."""
    asked, before = wish.asked, given.before or ()
    found = ruling(given.rules, asked, before, given.today)
    speaks = found.rule if found.alone or found.decider is None else found.decider
    limit, _ = agent_limit(given.rules, asked.kind, asked.money or _NOTHING)
    counted = [one for one in before if _counts(one, found, given)]
    special = SpecialCase(
        kind=asked.kind,
        asked=wish.quote,
        amount=str(asked.money) if asked.money else None,
        days_late=asked.days,
        alone=found.alone,
        clause=speaks.clause if speaks else None,
        clause_text=speaks.text if speaks else "",
        limit=str(limit) if limit else None,
        who=found.decider.who if found.decider else "agent" if found.alone else None,
        reason=found.reason,
        before=None if given.before is None else tuple(of_grant(one) for one in counted),
    )
    return special, found


def _counts(grant: Grant, found: Ruling, given: Given) -> bool:
    """Whether a grant bears on the ruling; without a time that counts, those of the last year."""
    rule = found.rule
    if rule is None or rule.within is None:
        return (given.today - grant.at.date()).days <= _YEAR
    return bool(granted([grant], rule, given.today))


def escalation_of(given: Given) -> Escalation | None:
    """To whom a case goes that the agent can't decide, why, and the summary; None where none need go."""
    found = judged(given)
    return escalated(given, *found) if found else None


def escalated(given: Given, special: SpecialCase, found: Ruling) -> Escalation | None:
    """The same for a special case that was judged already."""
    if found.decider is None or found.alone is not False:
        return None
    words, decider = authority_words(given.language), found.decider
    why = _why(special, found, given)
    others = _bearing(given.rules, special.kind)
    known = Known(
        given.conversation, given.understanding, special, found, clauses_of(found, others), given.like
    )
    return Escalation(
        to=decider.who,
        why=why,
        clause=decider.clause,
        clause_text=decider.text,
        summary=summary_of(known, decider.who, why, words),
    )


def _why(special: SpecialCase, found: Ruling, given: Given) -> str:
    said = authority_words(given.language).summary
    reason: str = found.reason or "role"
    if special.kind == "safety":
        reason = "safety"
    if reason == "amount" and not (special.amount and special.limit):
        reason = "role"
    return said[f"why_{reason}"].format(
        asked=shown(special.amount or "", given.language),
        limit=shown(special.limit or "", given.language),
        days=special.days_late,
        to=found.decider.who if found.decider else "",
    )


def _bearing(rules: Rules, kind: str) -> Sequence[Rule]:
    return (*rules.of(kind, agent=True), *rules.of(kind, agent=False))
