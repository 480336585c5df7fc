"""The desk's golden questions: asked of an index, and the answers compared with those of the one before."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.evaluation.outcome import KINDS, SHOWN, Answers, prepare_query
from copilot.evaluation.queries import LabelledQuery, query_of
from copilot.models import Evidence
from indexer.manifest import write_durably
from knowledge_base.codec import content_hash
from knowledge_base.models import Question
from knowledge_base.sayings import say
from knowledge_base.store import KnowledgeBase

if TYPE_CHECKING:
    from copilot.assist import Copilot

# A golden question is answered when a right item is among the first five of a kind.
PLACES = 5
FILE = "golden.json"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a question fared: `wrong` is None or says what is wrong; `digest` tells when it was reworded."""

    id: str
    digest: str
    wrong: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """All published questions as one index answered them; `state` names all that the answers depend on."""

    state: str
    answers: tuple[Answer, ...]

    def save(self, folder: Path) -> None:
        """Keep the answers in a generation's folder."""
        write_durably(folder / FILE, json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, folder: Path) -> Asked | None:
        """The answers of a generation; None where it wasn't asked, or they can't be read."""
        try:
            data = json.loads((folder / FILE).read_text("utf-8"))
            return cls(data["state"], tuple(Answer(**answer) for answer in data["answers"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose answer changed, and what is wrong with the wrong one of the two."""

    id: str
    message: str


@dataclass(frozen=True, slots=True)
class GoldenReport:
    """The questions on an index against the one before; a reworded question counts as new.

    `failing` are all that aren't answered, `problem` says why a golden file wasn't taken in, `held_back`
    that the index doesn't serve because of what got worse.
    """

    asked: int
    right: int
    seconds: float
    worse: tuple[Change, ...] = ()
    better: tuple[Change, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    failing: tuple[Change, ...] = ()
    problem: str | None = None
    held_back: bool = False


def published_questions(knowledge: KnowledgeBase) -> list[Question]:
    """The questions that are asked."""
    return [one for one in knowledge.each("question", status="published") if isinstance(one, Question)]


def ask(
    copilot: Copilot,
    questions: Sequence[Question],
    *,
    floor: float,
    progress: Progress = lambda done, total: None,
) -> Iterator[Answer]:
    """Ask each question; below `floor` nothing is shown. Raises IndexingError without an index."""
    queries = [query_of(question) for question in questions]
    answers = Answers.of(copilot.knowledge, queries)
    for number, (question, query) in enumerate(zip(questions, queries, strict=True), start=1):
        yield Answer(question.id, content_hash(question), _wrong(copilot, query, answers, floor))
        progress(number, len(questions))


def compare(former: Asked | None, now: Asked) -> GoldenReport:
    """What changed; `seconds` is left to the caller."""
    before = {answer.id: answer for answer in former.answers} if former else {}
    same = [(before[a.id], a) for a in now.answers if a.id in before and before[a.id].digest == a.digest]
    failing = tuple(Change(a.id, a.wrong) for a in now.answers if a.wrong)
    kept = {a.id for _, a in same}
    return GoldenReport(
        asked=len(now.answers),
        right=len(now.answers) - len(failing),
        seconds=0.0,
        worse=tuple(Change(a.id, a.wrong) for old, a in same if a.wrong and not old.wrong),
        better=tuple(Change(a.id, old.wrong) for old, a in same if old.wrong and not a.wrong),
        new=tuple(a.id for a in now.answers if a.id not in kept),
        gone=tuple(sorted(before.keys() - {a.id for a in now.answers})),
        failing=failing,
    )


def lost(copilot: Copilot, question: Question, gone: frozenset[str], *, floor: float) -> str | None:
    """What is wrong with an answer once these ids are out of use, and isn't before; None where nothing is.

    With nothing `gone`: what is wrong with it. Raises IndexingError without an index.
    """
    query = query_of(question)
    answers = Answers.of(copilot.knowledge, [query])
    wrong = _wrong(copilot, query, answers, floor, gone)
    if wrong is None or not gone:
        return wrong
    return None if _wrong(copilot, query, answers, floor) else wrong


def _wrong(
    copilot: Copilot, query: LabelledQuery, answers: Answers, floor: float, gone: frozenset[str] = frozenset()
) -> str | None:
    """What is wrong with the answer; a question of the category alone wants a case of it."""
    _, _, prepared = prepare_query(copilot, query)
    found = {kind: copilot.ranked(prepared, kind=kind, limit=PLACES + len(gone)) for kind in KINDS}
    found = {kind: [e for e in found[kind] if e.passage.source_id not in gone][:PLACES] for kind in KINDS}
    if not query.known:
        return _shown([e for kind in KINDS for e in found[kind][: SHOWN[kind]] if e.confidence >= floor])
    every = [evidence for kind in KINDS for evidence in found[kind]]
    if query.relevant:
        if query.relevant & {evidence.passage.source_id for evidence in every}:
            return None
        named = ", ".join(sorted(query.relevant - gone))
        return say("none of %(named)s is among the first %(places)s", named=named, places=PLACES)
    if any(answers.judge(query, evidence) for evidence in every):
        return None
    return say(
        "no case of %(category)s is among the first %(places)s", category=query.category, places=PLACES
    )


def _shown(shown: Sequence[Evidence]) -> str | None:
    if not shown:
        return None
    surest = max(shown, key=lambda evidence: evidence.confidence)
    return say(
        "nothing answers it, yet %(named)s is shown (%(sure)s sure)",
        named=surest.passage.source_id,
        sure=f"{surest.confidence:.0%}",
    )
