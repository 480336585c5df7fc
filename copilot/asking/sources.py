"""The likely resolutions of a conversation: cases and policy, with the answers under which each applies."""

from __future__ import annotations

from dataclasses import dataclass

from copilot.asking.bank import Bank, Discriminator, Reading
from copilot.drafting.given import DraftInput, section_of
from copilot.drafting.text import content_words, overlap
from knowledge_base.models import Case

# Two resolutions of one category that share so much of their words are one fix, told in two ways.
SAME_FIX = 0.6
# A section says what holds in general, a case what was done: with the same confidence it speaks half as loud.
POLICY_WEIGHT = 0.5
# Less than this share of the best case's confidence, and the best is surer by far.
LEAST_SHARE = 0.6
PRODUCT = "product"
"""The slot whose answers are the products of the cases themselves, where what was done depends on them."""
NOTHING = Reading(frozenset(), {}, frozenset())


@dataclass(frozen=True, slots=True)
class Likely:
    """A case or section with its probability. `fix` numbers what it resolves to.

    `facts` is read in what had happened, `rule` in what is done then.
    """

    source: str
    weight: float
    fix: int
    facts: Reading
    rule: Reading
    category: str | None = None
    product: str | None = None

    @property
    def is_case(self) -> bool:
        return self.source.startswith("case:")

    def about(self, one: Discriminator) -> bool:
        """Whether the case or section is about something where the question matters."""
        return one.slot == PRODUCT or one.name in (self.facts if self.is_case else self.rule).within

    def answers(self, about: Discriminator) -> frozenset[str]:
        """The answers under which this source applies; empty where it says nothing.

        What a case was about speaks first; a rule that tells answers apart holds for all that it names.
        """
        if about.slot == PRODUCT:
            return frozenset((self.product,)) if self.product else frozenset()
        if not self.about(about):
            return frozenset()
        had, done = self.facts.answers(about.name), self.rule.answers(about.name)
        if len(done) > 1 and (not had or done & had):
            return done | had
        found = had if len(had) == 1 else done or had
        if not self.is_case:
            # Policy names much in passing; only where it tells answers apart does it say what to do in each.
            return found if len(found) > 1 else frozenset()
        if len(found) == 1 or not self.category:
            return found
        return frozenset(one.name for one in about.options if self.category in one.categories) or found


def likely_sources(given: DraftInput, bank: Bank) -> list[Likely]:
    """The cases that settled their problem, and the sections in force, best first each.

    What is far less likely than the best case is left out: the best is then sure enough.
    """
    cases = [(e.case, e.confidence) for e in given.cases if e.case and e.case.outcome.resolved is not False]
    floor = LEAST_SHARE * max((confidence for _, confidence in cases), default=1.0)
    found: list[Likely] = []
    leaders: list[Case] = []
    for case, confidence in cases:
        if confidence >= floor:
            fix = next((n for n, other in enumerate(leaders) if _same_fix(other, case)), len(leaders))
            leaders += [case] if fix == len(leaders) else []
            found.append(_of_case(case, confidence, fix, bank))
    speaking = {passage.key for passage in given.in_force()}
    for number, evidence in enumerate(given.passages, len(leaders)):
        passage = evidence.passage
        if passage.kind == "article" and passage.key in speaking and evidence.confidence >= floor:
            rule = bank.read(f"{passage.heading}\n{passage.text}")
            weight = evidence.confidence * POLICY_WEIGHT
            found.append(Likely(section_of(passage), weight, number, NOTHING, rule))
    return found


def _of_case(case: Case, confidence: float, fix: int, bank: Bank) -> Likely:
    done = "\n".join((case.resolution, *case.steps))
    told = case.product is not None and bool(content_words(case.product) & content_words(done))
    return Likely(
        f"case:{case.id}",
        confidence,
        fix,
        bank.read(f"{case.title or ''}\n{case.problem}"),
        bank.read(done),
        case.category,
        # Whose product is not spoken of where it was settled, was settled as for any other product.
        case.product if told else None,
    )


def _same_fix(one: Case, two: Case) -> bool:
    return one.category == two.category and overlap(one.resolution, two.resolution) >= SAME_FIX
