"""Typed data for the templates: a special case, to whom it goes, how like ones went, and a grant to log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from copilot.drafting.slots import localized
from copilot.models import Escalation, LikeDecision, SpecialCase, Suggestion
from knowledge_base.grants import GRANT_KINDS
from web.drafts import Targets
from web.i18n import chosen, gettext, mark, ngettext
from web.words import grant_words

OUTCOMES = {
    "granted": mark("granted"),
    "held": mark("settled it"),
    "reopened": mark("reopened"),
    "unresolved": mark("not resolved"),
}
TONES = {"granted": "good", "held": "good", "reopened": "bad", "unresolved": "bad"}
REASONS = {
    "amount": mark("above what you may grant alone"),
    "days": mark("later than you may accept alone"),
    "repeat": mark("the exception was used already"),
    "total": mark("the customer's limit is reached"),
    "role": mark("left to others by policy"),
}


@dataclass(frozen=True, slots=True)
class DecisionView:
    """How something like it was decided."""

    source: str
    what: str
    outcome: str
    tone: str
    why: str
    target: str | None


@dataclass(frozen=True, slots=True)
class AuthorityView:
    """The section on a special case. `verdict` says who may grant it, in the `tone` of an outcome."""

    title: str
    asked: str
    verdict: str
    tone: str
    clause: str
    clause_text: str
    target: str | None
    before: tuple[DecisionView, ...]
    known: bool
    escalation: Escalation | None
    like: tuple[DecisionView, ...]
    kinds: tuple[tuple[str, str], ...]
    kind: str
    amount: str
    article: str
    customer: str


def authority_view(suggestion: Suggestion, targets: Targets) -> AuthorityView | None:
    """Lay out a special case; None where there is none."""
    special = suggestion.special_case
    if special is None:
        return None
    verdict, tone = _verdict(special)
    clause = special.clause or ""
    found = targets.get(clause.partition("#")[0])
    loggable = special.kind in GRANT_KINDS
    return AuthorityView(
        title=_title(special),
        asked=special.asked,
        verdict=verdict,
        tone=tone,
        clause=clause.removeprefix("article:"),
        clause_text=special.clause_text,
        target=found[0] if found else None,
        before=_decisions(special.before or (), targets),
        known=special.before is not None,
        escalation=suggestion.escalation,
        like=_decisions(suggestion.like_decisions, targets),
        kinds=tuple((kind, grant_words(kind)) for kind in GRANT_KINDS) if loggable else (),
        kind=special.kind,
        amount=special.amount or "" if special.alone else "",
        article=clause.removeprefix("article:"),
        customer=suggestion.customer_key or "",
    )


def _title(special: SpecialCase) -> str:
    told = grant_words(special.kind)
    facts = [told[:1].upper() + told[1:]]
    if special.amount:
        facts.append(localized(special.amount, chosen()))
    if special.days_late is not None:
        facts.append(ngettext("%(num)s day late", "%(num)s days late", special.days_late))
    return ", ".join(facts)


def _verdict(special: SpecialCase) -> tuple[str, str]:
    if special.alone and special.limit:
        limit = localized(special.limit, chosen())
        return gettext("You may grant this yourself, up to %(limit)s", limit=limit), "good"
    if special.alone:
        return gettext("You may grant this yourself"), "good"
    if special.alone is None:
        return gettext("Policy doesn't say who may grant this"), "unknown"
    reason = special.reason or "role"
    why = gettext(REASONS.get(reason, ""))
    if special.who:
        return gettext("The %(role)s decides: %(why)s", role=special.who, why=why), "mixed"
    return gettext("You may not grant this alone: %(why)s", why=why), "mixed"


def _decisions(found: Sequence[LikeDecision], targets: Targets) -> tuple[DecisionView, ...]:
    return tuple(_decision(one, targets) for one in found)


def _decision(one: LikeDecision, targets: Targets) -> DecisionView:
    sums = ", ".join(localized(amount, chosen()) for amount in one.amounts)
    kind = grant_words(one.kind) if one.source.startswith("grant:") else ""
    name = "" if one.source.startswith("grant:") else one.source.partition(":")[2]
    facts = (
        name,
        kind,
        sums,
        localized(one.day, chosen()) if one.day else "",
        gettext("by %(who)s", who=one.who) if one.who else "",
    )
    target = targets.get(one.source)
    return DecisionView(
        source=one.source,
        what=" · ".join(fact for fact in facts if fact),
        outcome=gettext(OUTCOMES.get(one.outcome or "", "outcome not recorded")),
        tone=TONES.get(one.outcome or "", "unknown"),
        why=one.why,
        target=target[0] if target else None,
    )
