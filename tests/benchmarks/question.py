"""How good the one question is, on the sample desk: `python -m tests.benchmarks.question [--read]`.

Runs over conversations and cases' first messages, whole and with one answer hidden. `--read` prints each.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from copilot.asking.bank import Bank, load_bank
from copilot.asking.needed import needs_of
from copilot.asking.question import question_for
from copilot.assist import Copilot
from copilot.demo import load_demo
from copilot.draft import DraftInput
from copilot.drafting.text import sentence_spans
from copilot.models import Question, Suggestion
from copilot.settings import Settings
from knowledge_base.models import Case, Conversation, Message
from knowledge_base.sample_desk import sample_conversations
from tests.benchmarks.conversations import turns as written_turns
from tests.benchmarks.drafts import turns

LEAST_WORDS = 4
"""A message of fewer words, after something was taken out, asks for nothing any more."""


@dataclass
class Tally:
    """What was counted in one run."""

    name: str
    asked: int = 0
    proposed: Counter[str] = field(default_factory=Counter)
    needed: int = 0
    already_said: int = 0

    def add(self, suggestion: Suggestion, conversation: Conversation, bank: Bank) -> None:
        self.asked += 1
        self.needed += bool(suggestion.needed)
        if suggestion.question:
            self.proposed[suggestion.question.name] += 1
            self.already_said += says_already(suggestion, conversation, bank)

    def show(self) -> None:
        count = self.proposed.total()
        print(f"\n{self.name}: {self.asked} asked")
        print(f"  a question is proposed for {count} ({count / self.asked:.0%}), already answered "
              f"{self.already_said}; something is needed for {self.needed}")  # fmt: skip
        print("  " + ", ".join(f"{name} {n}" for name, n in self.proposed.most_common()))


def says_already(suggestion: Suggestion, conversation: Conversation, bank: Bank) -> bool:
    """Whether any message speaks of what the question asks, read as one text, or the fact is known."""
    question = suggestion.question
    if question is None:
        return False
    everything = "\n".join(message.text for message in conversation.messages)
    slot = bank.discriminators[question.name].slot
    known = slot is not None and (slot in conversation.slots or slot in suggestion.understanding.slots)
    return known or question.name in bank.read(everything).spoken


@dataclass(frozen=True)
class Hidden:
    """A case's first message without what it answers to one question, and that answer."""

    case: Case
    name: str
    answer: str
    text: str


def hidden_of(case: Case, bank: Bank) -> Iterator[Hidden]:
    """One for each question to which the message gives just one answer, in sentences that can go."""
    text = first_message(case)
    for name, answers in bank.read(text).given.items():
        if len(answers) == 1:
            left = " ".join(
                text[start:end].strip()
                for start, end in sentence_spans(text)
                if name not in bank.read(text[start:end]).spoken
            )
            if len(left.split()) >= LEAST_WORDS and name not in bank.read(left).spoken:
                yield Hidden(case, name, next(iter(answers)), left)


def first_message(case: Case) -> str:
    return next((message.text for message in case.messages if message.role == "customer"), "")


@dataclass
class Told:
    """What became of the hidden answers. Kept apart: the right case is that whose message it is."""

    hidden: int = 0
    matters: int = 0
    shown: int = 0
    proposed: int = 0
    just_that: int = 0
    leads: int = 0
    drops: int = 0
    misleads: int = 0

    def add(self, one: Hidden, suggestion: Suggestion, matters: bool) -> None:
        self.hidden += 1
        self.matters += matters
        right = f"case:{one.case.id}"
        sources = {f"case:{case.id}" for case in suggestion.cases}
        self.shown += right in sources
        question = suggestion.question
        if question is None:
            return
        self.proposed += 1
        if question.name != one.name:
            return
        self.just_that += 1
        leads_to = leads_of(question, one.answer)
        if right in sources:
            self.leads += right in leads_to
            self.misleads += bool(leads_to) and right not in leads_to
            self.drops += right in leads_to and bool(sources - leads_to)

    def show(self) -> None:
        print(f"\none answer hidden: {self.hidden} messages; the shown cases and policy differ in it for "
              f"{self.matters}; the right case is shown for {self.shown}; a question is proposed for "
              f"{self.proposed}, about just what was hidden for {self.just_that}")  # fmt: skip
        print(f"  there, with the right case shown, the true answer leads to it {self.leads} times and drops "
              f"another case {self.drops} times, and leads only elsewhere {self.misleads} times")  # fmt: skip


def leads_of(question: Question, answer: str) -> set[str]:
    return {source for one in question.answers if one.value == answer for source in one.leads_to}


class Watched:
    """Suggests, and keeps what questions were chosen from, to time the choice alone."""

    def __init__(self, copilot: Copilot, bank: Bank, *, read: bool) -> None:
        self.copilot, self.bank, self.read = copilot, bank, read
        self.given: list[DraftInput] = []
        inner = copilot._writer.draft_input
        copilot._writer.draft_input = lambda *parts: self._kept(inner(*parts))  # type: ignore[method-assign]

    def _kept(self, given: DraftInput) -> DraftInput:
        self.given.append(given)
        return given

    def suggest(self, name: str, conversation: Conversation) -> Suggestion:
        suggestion = self.copilot.suggest(conversation)
        if self.read and (suggestion.question or suggestion.needed_request):
            said = conversation.by("customer")[-1].text
            print(f"\n{name}: {' '.join(said.split())[-300:]}")
            if question := suggestion.question:
                print(f"  ? [{question.name}] {question.text}")
                print("    " + "; ".join(f"{a.label} → {', '.join(a.leads_to)}" for a in question.answers))
            if suggestion.needed_request:
                print(f"  + {suggestion.needed_request.text}")
        return suggestion

    def times(self) -> list[float]:
        """Milliseconds of choosing question and request for each conversation, read before."""
        found = []
        for given in self.given:
            started = time.perf_counter()
            question_for(given, self.bank, language="en")
            needs_of(given, language="en", draft="")
            found.append((time.perf_counter() - started) * 1000)
        return found


def main(*, read: bool = False) -> None:
    """All runs, then how long the choice takes."""
    with tempfile.TemporaryDirectory() as folder:
        watched = Watched(load_demo(Settings(data=Path(folder))), load_bank(), read=read)
        cases = [c for c in watched.copilot.knowledge.each("case", status="published") if isinstance(c, Case)]
        conversations(watched).show()
        written(watched).show()
        first_messages(watched, cases).show()
        hidden(watched, cases).show()
        times = watched.times()
        print(f"\nchoosing took {statistics.median(times):.2f} ms at the median, "
              f"{statistics.quantiles(times, n=20)[-1]:.2f} ms at 95%")  # fmt: skip
        watched.copilot.knowledge.close()


def conversations(watched: Watched) -> Tally:
    tally = Tally("sample conversations, every turn of the customer")
    for _, _, conversation, _ in sample_conversations():
        for turn in turns(conversation):
            tally.add(watched.suggest(turn.id or "", turn), turn, watched.bank)
    return tally


def written(watched: Watched) -> Tally:
    """Those written to measure how conversations are read; the bank was made without reading them."""
    tally = Tally("written conversations, every judged turn")
    for turn in written_turns():
        tally.add(watched.suggest(turn.id, turn.conversation), turn.conversation, watched.bank)
    return tally


def first_messages(watched: Watched, cases: list[Case]) -> Tally:
    tally = Tally("the first message of each case")
    for case in cases:
        if text := first_message(case):
            turn = Conversation((Message("customer", text),))
            tally.add(watched.suggest(case.id, turn), turn, watched.bank)
    return tally


def hidden(watched: Watched, cases: list[Case]) -> Told:
    told = Told()
    for case in cases:
        for one in hidden_of(case, watched.bank):
            turn = Conversation((Message("customer", one.text),))
            suggestion = watched.suggest(f"{case.id} without {one.name}", turn)
            told.add(one, suggestion, differs(one.name, suggestion, watched.bank))
    return told


def differs(name: str, suggestion: Suggestion, bank: Bank) -> bool:
    """Whether what is shown says different things for different answers to that question."""
    texts = [f"{case.resolution}\n" + "\n".join(case.steps) for case in suggestion.cases]
    texts += [passage.text for passage in suggestion.passages]
    return len(frozenset[str]().union(*(bank.read(text).answers(name) for text in texts))) > 1


if __name__ == "__main__":
    main(read="--read" in sys.argv[1:])
