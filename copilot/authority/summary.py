"""The summary for whoever takes a case over: plain text in the agent's language, to be copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from copilot.authority.rule import Ruling
from copilot.authority.rules import Rule
from copilot.authority.words import AuthorityWords
from copilot.drafting.slots import localized
from copilot.drafting.text import clean_text
from copilot.models import LikeDecision, SpecialCase, Understanding
from knowledge_base.models import Conversation

MOST_QUOTED = 600
MOST_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What a summary is written from; `clauses` are the rules that bear on the case, the ruling's first."""

    conversation: Conversation
    understanding: Understanding
    special: SpecialCase
    ruling: Ruling
    clauses: tuple[Rule, ...]
    like: tuple[LikeDecision, ...]


def summary_of(known: Known, to: str, why: str, words: AuthorityWords) -> str:
    """The whole summary, a paragraph a heading."""
    label = words.summary
    title = label["title"].format(to=to, kind=words.kind_names[known.special.kind])
    parts = [
        (label["customer"], [_customer(known, words)]),
        (label["order"], list(_facts(known, words))),
        (label["happened"], [_quoted(text) for text in _said(known.conversation, "customer", MOST_QUOTES)]),
        (label["asks"], [_asks(known.special, words)]),
        (label["mood"], [_mood(known.understanding)]),
        (label["before"], list(_before(known.special, words))),
        (label["promised"], [_quoted(text) for text in _said(known.conversation, "agent", 1)]),
        (label["notes"], _said(known.conversation, "note", MOST_QUOTES)),
        (label["policy"], [f"{rule.text} ({rule.clause})" for rule in known.clauses]),
        (label["like"], [decision_line(one, words) for one in known.like] or [label["none"]]),
        (label["recommends"], list(_recommends(known, words))),
    ]
    told = (f"{head}:\n" + "\n".join(f"- {line}" for line in lines) for head, lines in parts if lines)
    return "\n\n".join((f"{title}\n{why[:1].upper()}{why[1:]}.", *told))


@lru_cache(maxsize=512)
def shown(value: str, language: str) -> str:
    """A sum or a date as that language writes it; many summaries name the same."""
    return localized(value, language)


def decision_line(one: LikeDecision, words: AuthorityWords) -> str:
    """One like decision on one line."""
    kind = words.kind_names.get(one.kind, one.kind)
    sums = ", ".join(shown(amount, words.language) for amount in one.amounts)
    facts = (one.day, kind if one.source.startswith("grant:") else "", sums, one.outcome, one.who, one.why)
    return f"{one.source.partition(':')[2]}: " + "; ".join(fact for fact in facts if fact)


def _customer(known: Known, words: AuthorityWords) -> str:
    customer = known.conversation.customer
    since = customer.joined and words.summary["since"].format(
        date=shown(customer.joined.isoformat(), words.language)
    )
    facts = [customer.name, customer.tier, since, known.conversation.channel]
    return ", ".join(fact for fact in facts if fact) or "?"


def _facts(known: Known, words: AuthorityWords) -> Iterator[str]:
    for name, slot in known.understanding.slots.items():
        if name != "customer_name":
            yield f"{name.replace('_', ' ')}: {shown(slot.value, words.language)}"
    if known.special.days_late is not None:
        yield words.summary["days_late"].format(days=known.special.days_late)


def _said(conversation: Conversation, role: str, most: int) -> list[str]:
    texts = [clean_text(m.text) for m in conversation.messages if m.role == role and m.text.strip()]
    return [_cut(" ".join(text.split())) for text in texts[-most:]]


def _cut(text: str) -> str:
    return text if len(text) <= MOST_QUOTED else text[: MOST_QUOTED - 1].rsplit(" ", 1)[0] + "…"


def _quoted(text: str) -> str:
    return f'"{text}"'


def _asks(special: SpecialCase, words: AuthorityWords) -> str:
    facts = [words.kind_names[special.kind]]
    if special.amount:
        facts.append(shown(special.amount, words.language))
    return ", ".join(facts) + f": {_quoted(' '.join(special.asked.split()))}"


def _mood(understanding: Understanding) -> str:
    situation = understanding.situation.value.replace("_", " ") if understanding.situation else ""
    facts = (understanding.emotion.value, understanding.urgency.value, situation)
    return ", ".join(fact for fact in facts if fact)


def _before(special: SpecialCase, words: AuthorityWords) -> Iterator[str]:
    if special.before is None:
        yield words.summary["unknown"]
        return
    yield from [decision_line(one, words) for one in special.before] or [words.summary["none"]]


def _recommends(known: Known, words: AuthorityWords) -> Iterator[str]:
    label = words.summary
    if known.special.kind == "safety":
        yield label["safety"]
        return
    if known.special.limit and known.special.reason == "amount":
        yield label["within"].format(limit=shown(known.special.limit, words.language))
    else:
        yield label["nothing_within"]
    if known.like:
        yield label["alike"]


def clauses_of(ruling: Ruling, others: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules that a summary quotes: the ruling's, the decider's, then others, each sentence once."""
    found: dict[str, Rule] = {}
    for rule in (ruling.rule, ruling.decider, *others):
        if rule is not None:
            found.setdefault(rule.text, rule)
    return tuple(found.values())
