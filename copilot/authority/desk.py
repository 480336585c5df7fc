"""Authority at a desk: the rules of its policy in force, kept up to date, beside the log of grants."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from copilot.authority.check import above_authority
from copilot.authority.escalate import Given, escalated, special_case
from copilot.authority.like import MOST_LIKE, newest, of_case, of_grant
from copilot.authority.read import rules_of
from copilot.authority.rule import Asked, Ruling, ruling
from copilot.authority.rules import Rules, joined
from copilot.authority.special import family_of, wish_of
from copilot.models import DraftWarning, Escalation, LikeDecision, SpecialCase, Understanding
from indexer.live import LOOK_SECONDS
from indexer.split import sections_of
from knowledge_base.errors import AboveAuthorityError, RecordError
from knowledge_base.grants import Grant, customer_key
from knowledge_base.models import Conversation, PolicyArticle
from knowledge_base.store import KnowledgeBase

# A customer's grants that rulings are made by: no policy counts farther back.
COUNTED_DAYS = 3 * 366
# Days of which the rules in force are kept ready.
MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class Authorised:
    """What authority has to say of a conversation."""

    customer: str | None = None
    special: SpecialCase | None = None
    escalation: Escalation | None = None
    like: tuple[LikeDecision, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """The rules of one article, and when they hold."""

    article: PolicyArticle
    rules: Rules


class AuthorityDesk:
    """Reads policy when it changes, rules on conversations, and keeps the log. Thread-safe."""

    def __init__(self, knowledge: KnowledgeBase, *, language: str = "en") -> None:
        self._knowledge, self._language = knowledge, language
        self._lock = threading.Lock()
        self._seq, self._looked = -1, float("-inf")
        self._read: tuple[_Read, ...] = ()
        self._on: dict[date, Rules] = {}
        self._cases: dict[tuple[str, str], tuple[LikeDecision, ...]] = {}

    def rules(self, on: date) -> Rules:
        """What policy in force on a day says; changes of policy are taken up within LOOK_SECONDS."""
        self._follow()
        found = self._on.get(on)
        if found is None:
            found = joined(one.rules for one in self._read if one.article.in_force(on))
            if len(self._on) > MOST_DAYS:
                self._on.clear()
            self._on[on] = found
        return found

    def judge(self, conversation: Conversation, understanding: Understanding, on: date) -> Authorised:
        """The special case of a conversation, its escalation, and how like cases went."""
        customer, rules = customer_key(conversation), self.rules(on)
        if not rules:
            return Authorised(customer)
        wish = wish_of(conversation, understanding, rules, on)
        if wish is None:
            return Authorised(customer)
        before, logged = self._knowledge.grants.bearing(
            customer=customer, since=_since(on), kinds=family_of(wish.asked.kind), limit=MOST_LIKE
        )
        own = before if customer else None
        given = Given(conversation, understanding, rules, own, on, self._language)
        special, found = special_case(given, wish)
        like = newest([*map(of_grant, logged), *self._citing(special, found)])
        return Authorised(customer, special, escalated(replace(given, like=like), special, found), like)

    def check(self, text: str, language: str, on: date) -> tuple[DraftWarning, ...]:
        """Warn of grants in a text that are above what an agent alone may give."""
        return above_authority(text, language, self.rules(on))

    def log(self, grant: Grant) -> Grant:
        """Keep a grant. Raises RecordError where its article is unknown, AboveAuthorityError where the one
        who grants may not alone and names nobody who approved it.
        """
        self._check_article(grant)
        day = grant.at.date()
        before = (
            self._knowledge.grants.newest(customer=grant.customer, since=_since(day))
            if grant.customer
            else ()
        )
        found = ruling(self.rules(day), Asked(grant.kind, grant.amount), before, day)
        if found.alone is False and not grant.approved_by:
            raise AboveAuthorityError(_refusal(grant, found))
        self._knowledge.grants.add([grant])
        return grant

    def _citing(self, special: SpecialCase, found: Ruling) -> Iterator[LikeDecision]:
        """Cases that cite the clauses of a ruling, read once for each state of the knowledge."""
        for clause in dict.fromkeys(rule.clause for rule in (found.decider, found.rule) if rule):
            key = (clause, special.kind)
            if key not in self._cases:
                section = clause.removeprefix("article:")
                cases = self._knowledge.grants.citing(section, limit=MOST_LIKE)
                self._cases[key] = tuple(of_case(case, section, special.kind) for case in cases)
            yield from self._cases[key]

    def _check_article(self, grant: Grant) -> None:
        if grant.article is None:
            return
        name, _, slug = grant.article.partition("#")
        article = self._knowledge.find("article", name)
        if not isinstance(article, PolicyArticle):
            raise RecordError("grant", 1, "article", "names no article; write its id#section")
        slugs = [section.slug for section in sections_of(article.body)]
        if slug and slug not in slugs:
            raise RecordError("grant", 1, "article", f"has no such section; take one of {', '.join(slugs)}")

    def _follow(self) -> None:
        """Read the articles anew where the knowledge changed; those that stayed keep their rules."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        with self._lock:
            newest = self._knowledge.last_seq()
            self._looked = time.monotonic()
            if newest == self._seq:
                return
            known = {one.article: one for one in self._read}
            articles = [
                a for a in self._knowledge.each("article", status="published") if isinstance(a, PolicyArticle)
            ]
            spoken = {article.id for article in articles}
            # A translation says what its original says: the original speaks.
            originals = [a for a in articles if a.translation_of not in spoken]
            self._read = tuple(known.get(a) or _Read(a, rules_of(a)) for a in originals)
            self._on, self._cases, self._seq = {}, {}, newest


def _since(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC) - timedelta(days=COUNTED_DAYS)


def _refusal(grant: Grant, found: Ruling) -> str:
    what = f"{grant.kind.replace('_', ' ')}{f' of {grant.amount}' if grant.amount else ''}"
    clause = found.rule.clause.removeprefix("article:") if found.rule else ""
    whom = found.decider.who if found.decider else "whoever may"
    return (
        f"a {what} is above what an agent may grant alone ({clause}): let the {whom} decide, and name "
        "them in approved_by"
    )
