"""The one question that best tells the likely resolutions apart, never one that is answered already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import log2

from copilot.asking.bank import Bank, Discriminator
from copilot.asking.heard import NOTHING_TO_ASK, Heard, hear
from copilot.asking.sources import PRODUCT, Likely, likely_sources
from copilot.drafting.given import DraftInput
from copilot.models import Answer, Question, Situation
from indexer.tongues import primary
from knowledge_base.sayings import say

# Bits that the answer is expected to tell of what applies. An even choice between two resolutions is one bit;
# below a third of one, the agent learns too little to make the customer answer first.
LEAST_GAIN = 0.35
# Where even the best case is less likely than this to help, a question would lead to nothing known.
LEAST_SURE = 0.55


def question_for(given: DraftInput, bank: Bank, *, language: str, draft: str = "") -> Question | None:
    """The question in the agent's `language`; None where nothing worth asking is open.

    What the `draft` of the reply asks is not proposed beside it.
    """
    if given.stage in NOTHING_TO_ASK:
        return None
    sources = likely_sources(given, bank)
    if max((source.weight for source in sources), default=0.0) < LEAST_SURE:
        return None
    heard = hear(given, bank, draft)
    urgent = given.understanding.situation == Situation.EMERGENCY
    open_ones = [
        one for one in bank.discriminators.values()
        if primary(language) in one.ask and not heard.knows(one) and (one.urgent or not urgent)
    ]  # fmt: skip
    for _, one in sorted(_gains(open_ones, sources), key=lambda pair: -pair[0]):
        if not heard.was_asked(one):
            return _asked(one, sources, heard, primary(language))
    return None


def _gains(about: Sequence[Discriminator], sources: list[Likely]) -> Iterator[tuple[float, Discriminator]]:
    decided = frozenset[str]().union(*(source.rule.spoken for source in sources))
    best = max(sources, key=lambda source: source.weight)
    for one in about:
        if best.about(one) and (one.name in decided or one.slot == PRODUCT):
            gain = expected_gain([(source, source.answers(one)) for source in sources])
            if gain >= LEAST_GAIN:
                yield gain, one


def expected_gain(read: Sequence[tuple[Likely, frozenset[str]]]) -> float:
    """Bits that the answer is expected to tell, by the sources' weights. `read`: sources with their answers.

    Half of it is which of the resolutions applies, half which way to go within them, where one tells answers
    apart. A source that says nothing of it may come with any answer, and so adds nothing.
    """
    named = frozenset[str]().union(*(answers for _, answers in read))
    if len(named) < 2:
        return 0.0
    which: list[_Share] = []
    way: list[_Share] = []
    total = sum(source.weight for source, _ in read)
    for source, answers in read:
        for answer in answers or named:
            share = source.weight / total / len(answers or named)
            which.append((str(source.fix), answer, share))
            way.append((f"{source.fix}/{answer}" if answers else str(source.fix), answer, share))
    return (_told(which) + _told(way)) / 2


_Share = tuple[str, str, float]


def _told(shares: Sequence[_Share]) -> float:
    """The mutual information of outcome and answer in bits; `shares` add up to 1."""
    joint: dict[tuple[str, str], float] = defaultdict(float)
    outcomes: dict[str, float] = defaultdict(float)
    answers: dict[str, float] = defaultdict(float)
    for outcome, answer, share in shares:
        joint[outcome, answer] += share
        outcomes[outcome] += share
        answers[answer] += share
    return sum(p * log2(p / (outcomes[o] * answers[a])) for (o, a), p in joint.items() if p > 0)


def _asked(about: Discriminator, sources: list[Likely], heard: Heard, language: str) -> Question:
    other = heard.language if heard.language in about.ask and heard.language != language else None
    return Question(
        name=about.name,
        language=language,
        text=about.ask[language],
        answers=_answers(about, sources, language),
        why=say("What to do depends on %(about)s.", about=say(about.about)),
        customer_language=other,
        customer_text=about.ask[other] if other else None,
    )


def _answers(about: Discriminator, sources: list[Likely], language: str) -> tuple[Answer, ...]:
    """The bank's answers, else those that the sources name; each with where it leads."""
    labels = {one.name: one.label.get(language) or next(iter(one.label.values())) for one in about.options}
    for source in sources:
        labels |= {answer: answer for answer in sorted(source.answers(about)) if answer not in labels}
    return tuple(
        Answer(name, label, tuple(s.source for s in sources if name in s.answers(about)))
        for name, label in labels.items()
    )
