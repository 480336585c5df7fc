"""How practice scores replies that are good, of another case, or empty politeness: the sample desk's cases.

`python -m tests.benchmarks.practice`
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from copilot.authority.desk import AuthorityDesk
from copilot.practice.judge import Judge, Played
from copilot.practice.play import Turn, turns_of
from copilot.practice.rounds import Practice
from copilot.understand.language import LanguageDetector
from copilot.understand.understand import Understander
from indexer.embedder import SentenceEmbedder
from knowledge_base.models import Case
from knowledge_base.sample_desk import load_sample
from knowledge_base.store import KnowledgeBase


class Remembered(SentenceEmbedder):
    """Embeds each text once: every case is judged many times here."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (texts, dim)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, super().embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


POLITE = {
    "en": "Hello,\n\nThank you very much for your message. I am sorry for the trouble that this has caused. "
    "I will look into it as soon as I can and come back to you.\n\nKind regards",
    "de": "Guten Tag,\n\nvielen Dank für Ihre Nachricht. Die Unannehmlichkeiten tun mir leid. Ich kümmere "
    "mich so bald wie möglich darum und melde mich wieder.\n\nMit freundlichen Grüßen",
    "es": "Hola:\n\nMuchas gracias por su mensaje. Siento mucho las molestias. Lo miraré en cuanto pueda y "
    "le escribiré de nuevo.\n\nUn saludo",
    "fr": "Bonjour,\n\nMerci beaucoup pour votre message. Je suis désolé pour la gêne occasionnée. Je "
    "m'en occupe dès que possible et je reviens vers vous.\n\nCordialement",
}
SURE, EMPTY = ("the reply that was given", "empty politeness")


def others(cases: Sequence[Case], case: Case, *, same: bool) -> Case | None:
    """Another case of the same language, of the same category or of another one; the next in order."""
    at = cases.index(case)
    for one in (*cases[at + 1 :], *cases[:at]):
        if one.language == case.language and (one.category == case.category) == same:
            return one
    return None


def kinds(cases: Sequence[Case]) -> dict[str, Callable[[Case, Turn, int], str | None]]:
    """What is written for a turn, by the kind of trainee."""

    def of(other: Case | None, number: int) -> str | None:
        if other is None:
            return None
        turns = turns_of(other)
        return turns[min(number, len(turns) - 1)].answer

    return {
        SURE: lambda case, turn, number: turn.answer,
        "its resolution and steps alone": lambda case, turn, number: "\n".join(
            [case.resolution, *case.steps]
        ),
        "the reply to a like case": lambda case, turn, number: of(others(cases, case, same=True), number),
        "the reply to another case": lambda case, turn, number: of(others(cases, case, same=False), number),
        "the customer's own words": lambda case, turn, number: "\n".join(m.text for m in turn.messages),
        EMPTY: lambda case, turn, number: POLITE[case.language],
    }


def main() -> None:
    """Print the mean of each kind, and how often what was done then scores more."""
    day = datetime.now(UTC).date()
    with tempfile.TemporaryDirectory() as folder, KnowledgeBase.open(f"sqlite:///{folder}/base.db") as base:
        load_sample(base)
        cases = [one for one in base.each("case", status="published") if isinstance(one, Case)]
        judge = Judge(
            Remembered(), Understander(LanguageDetector(("en", "de", "es", "fr"))), AuthorityDesk(base)
        )
        practice = Practice(base, judge, LanguageDetector(("en", "de", "es", "fr")))
        totals: dict[str, dict[str, float]] = {}
        for name, write in kinds(cases).items():
            totals[name] = {}
            for case in cases:
                turns = turns_of(case)
                told = [write(case, turn, number) for number, turn in enumerate(turns)]
                replies = tuple(one for one in told if one is not None)
                if len(replies) < len(turns):
                    continue
                policy = tuple((c.source, c.section) for c in practice.clauses_of(case))
                total = judge.judge(Played(case, turns, replies, policy, case.language, day)).total
                totals[name][case.id] = total or 0.0
    best = totals[SURE]
    print(f"{'reply':34}{'cases':>6}{'mean':>7}{'then is better':>16}")
    for name, found in totals.items():
        better = mean(best[case] > total for case, total in found.items())
        print(f"{name:34}{len(found):6}{mean(found.values()):7.1f}{better:16.3f}")
    for language in POLITE:
        own = [t for c, t in best.items() if next(x for x in cases if x.id == c).language == language]
        print(f"then, {language}: {mean(own):.1f} ({len(own)})")


if __name__ == "__main__":
    main()
