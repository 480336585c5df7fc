"""Recognises a special case: a customer asks for what policy refuses, limits or leaves to somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from copilot.authority.bounds import money_of
from copilot.authority.rule import Asked
from copilot.authority.rules import FAMILY, Rules
from copilot.authority.words import AuthorityWords, all_words, authority_words, knows
from copilot.drafting.facts import facts_in
from copilot.drafting.text import clean_text, sentence_spans
from copilot.models import Situation, Understanding
from knowledge_base.models import Conversation, Message
from knowledge_base.money import Money

# Older messages were answered; a longer one is read no further.
MESSAGES, READ = 8, 4_000
MOST_QUOTED = 300
# Of several wishes without a sum the first of these is the special one.
_ORDER = ("late_return", "warranty", "goodwill", "voucher", "discount", "fee_waiver")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the customer asks for: what a ruling needs, and the words in which they ask."""

    asked: Asked
    quote: str


def wish_of(
    conversation: Conversation, understanding: Understanding, rules: Rules, today: date
) -> Wish | None:
    """What the customer asks for that is no matter of course; None where nothing is or policy is silent."""
    if understanding.situation == Situation.EMERGENCY:
        return Wish(Asked("safety"), understanding.request) if rules.of("safety", agent=False) else None
    wishes = list(_wishes(conversation, understanding))
    wishes = [wish for wish in wishes if _ruled(wish.asked.kind, rules)]
    summed = [wish for wish in wishes if wish.asked.money]
    if summed:
        return max(summed, key=lambda wish: wish.asked.money.value if wish.asked.money else 0)
    best = min(wishes, key=lambda wish: _ORDER.index(wish.asked.kind), default=None)
    if best is None or best.asked.kind not in {"late_return", "warranty", "discount"}:
        return best
    days = days_late(conversation, understanding, best.asked.kind, rules, today)
    return Wish(Asked(best.asked.kind, None, days), best.quote)


def _ruled(kind: str, rules: Rules) -> bool:
    return bool(rules.of(kind, agent=True) or rules.of(kind, agent=False))


def _wishes(conversation: Conversation, understanding: Understanding) -> Iterator[Wish]:
    """Every wish of the newest messages, and the one that the category names."""
    readers = _readers(understanding.language)
    for message in reversed(_newest(conversation, "customer")):
        text = clean_text(message.text[:READ])
        for words in readers:
            for kind in _ORDER:
                match = words.asks[kind].search(text)
                if match:
                    sentence = _sentence(text, match.start())
                    yield Wish(Asked(kind, _sum(sentence, kind, words)), sentence[:MOST_QUOTED])
    about = (understanding.category or "").replace("_", " ")
    home = authority_words(None)
    for kind in ("late_return", "warranty"):
        if about and home.kinds[kind].search(about):
            yield Wish(Asked(kind), understanding.request[:MOST_QUOTED])


def _readers(language: str | None) -> tuple[AuthorityWords, ...]:
    return (authority_words(language),) if knows(language) else tuple(all_words())


def _newest(conversation: Conversation, role: str) -> Sequence[Message]:
    return [message for message in conversation.messages if message.role == role][-MESSAGES:]


def _sentence(text: str, at: int) -> str:
    return next((text[start:end] for start, end in sentence_spans(text) if start <= at < end), text)


def _sum(sentence: str, kind: str, words: AuthorityWords) -> Money | None:
    """The largest sum that a sentence asks for; what was paid or costs something isn't."""
    sums = [
        money_of(fact)
        for fact in facts_in(sentence)
        if fact.kind in {"amount", "percent"}
        and not words.says("elsewhere", sentence[max(0, fact.start - 34) : fact.start])
    ]
    if kind in {"late_return", "warranty"}:
        return None
    return max(sums, key=lambda money: money.value, default=None)


def days_late(
    conversation: Conversation, understanding: Understanding, kind: str, rules: Rules, today: date
) -> int | None:
    """By how many days a deadline was missed: as the desk or the customer says, else by the delivery."""
    for role in ("note", "customer"):
        for message in reversed(_newest(conversation, role)):
            days = _days_told(clean_text(message.text[:READ]), understanding.language)
            if days is not None:
                return days
    slot = understanding.slots.get("delivery_date") or understanding.slots.get("date")
    window = rules.windows[0] if rules.windows else None
    if kind != "late_return" or slot is None or window is None:
        return None
    try:
        over = (_first_day(conversation, today) - date.fromisoformat(slot.value)).days - window
    except ValueError:
        return None
    return over if over > 0 else None


def _days_told(text: str, language: str | None) -> int | None:
    readers = (*_readers(language), authority_words(None))
    for fact in facts_in(text):
        if fact.kind != "period" or not fact.value.endswith((" day", " week")):
            continue
        after = text[fact.end : fact.end + 34]
        if any(words.says("late_after", after) for words in readers):
            span, _, unit = fact.value.partition(" ")
            return int(span.split("-")[-1]) * (7 if unit == "week" else 1)
    return None


def _first_day(conversation: Conversation, today: date) -> date:
    """The day on which the customer first wrote: a deadline is kept by asking."""
    times = [m.at for m in conversation.messages if m.role == "customer" and m.at is not None]
    return min(times).date() if times else today


def family_of(kind: str) -> tuple[str, ...]:
    """The kinds of grant by which like decisions are found, in a fixed order."""
    return tuple(sorted(FAMILY.get(kind, frozenset({kind}))))
