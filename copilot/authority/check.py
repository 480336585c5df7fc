"""The proof of a reply against authority: every grant above what the agent alone may give is warned of."""

from __future__ import annotations

from collections.abc import Iterator

from copilot.authority.given import Given, given_in
from copilot.authority.promises import telling
from copilot.authority.rule import agent_limit
from copilot.authority.rules import Promise, Rule, Rules
from copilot.authority.words import AuthorityWords, authority_words, knows
from copilot.models import DraftWarning
from knowledge_base.money import PERCENT

ABOVE = "above_authority"


def above_authority(text: str, language: str, rules: Rules) -> tuple[DraftWarning, ...]:
    """Warn of grants in a text that are above what policy lets an agent give alone, with the clause.

    What policy promises every customer is none. Where policy sets the agent no limit nothing is warned of.
    A text in a language whose words nobody wrote is read by English ones.
    """
    if not rules:
        return ()
    words = authority_words(language if knows(language) else None)
    found = []
    for one in given_in(text, words):
        clause = _clause_against(one, rules, words)
        if clause:
            found.append(DraftWarning(ABOVE, text[one.start : one.end], one.start, one.end, clause))
    return tuple(found)


def _clause_against(one: Given, rules: Rules, words: AuthorityWords) -> str | None:
    """The clause by which a grant is above the agent's authority; None where it isn't."""
    if any(_promises(promise, one, words) for promise in rules.promises):
        return None
    own = rules.of(one.kind, agent=True)
    forbidden = next((rule for rule in own if _always_kept(rule)), None)
    if forbidden:
        return forbidden.clause
    if any(_open(rule, one, words) for rule in own):
        return None
    limit, rule = agent_limit(rules, one.kind, one.money)
    if limit and rule:
        return rule.clause if one.money.value > limit.value else None
    return next(_beyond(one, rules), None)


def _always_kept(rule: Rule) -> bool:
    return not (rule.allows or rule.above or rule.repeat) and rule.days_above is None


def _open(rule: Rule, one: Given, words: AuthorityWords) -> bool:
    """Whether a rule lets the agent give any sum: always, or in the case of which the text speaks."""
    if not rule.allows or rule.most or rule.kind != one.kind:
        return False
    return not rule.conditional or bool(telling(rule.text, words) & telling(one.around, words))


def _beyond(one: Given, rules: Rules) -> Iterator[str]:
    """Where no limit is set in this unit: who decides on all of it, or on shares where limits are sums."""
    for rule in rules.of(one.kind, agent=False):
        if rule.above is None and rule.most is None and not rule.repeat and rule.days_above is None:
            yield rule.clause
    if one.money.unit == PERCENT:
        limits = (rule for rule in rules.of("goodwill", agent=True) if rule.allows and rule.most)
        yield from (rule.clause for rule in limits)


def _promises(promise: Promise, one: Given, words: AuthorityWords) -> bool:
    """Whether policy gives this to every customer in the case of which the text speaks."""
    if promise.kind != one.kind:
        return False
    # Words of two languages can't be compared.
    if promise.language == words.language and not promise.stems & telling(one.around, words):
        return False
    if promise.sums:
        return any(one.money.like(money) and one.money.value == money.value for money in promise.sums)
    return not words.says("gesture", one.around)
