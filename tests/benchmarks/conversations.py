"""How well conversations are read: `python -m tests.benchmarks.conversations [dev|held]`."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from copilot.assist import Copilot
from copilot.demo import load_demo
from copilot.evaluation.measures import auroc
from copilot.models import Query
from copilot.settings import Settings
from knowledge_base.models import Conversation, Message, SourceKind

# The set holds one conversation a line: `id`, `channel`, `messages` (`role`, `text`) and `turns`, the places
# where it is judged. A turn has `after` (so many messages are known; the last of them is the customer's), its
# `kind` (KINDS) and what may answer it: `categories` (any case of these), `cases` and `articles` (ids); where
# all three are empty nothing in the base does. The conversations were written for the sample desk before the
# reading was measured on them. Those whose id's hash is even are the half to improve on ("dev"); the others
# are only measured ("held").
SET = Path(__file__).parent.parent / "data" / "conversations.jsonl"
# The sample desk's present: policy of the peak season 2026 is in force.
DAY = date(2026, 11, 21)
DEPTH = 3
KINDS = {
    "opening": "opening",
    "detail": "detail of the same subject",
    "answer": "answer to a question",
    "small_talk": "small talk meanwhile",
    "ellipsis": "follow-up without its subject",
    "change": "after a change of subject",
    "resolved": "new subject after a resolved one",
    "return": "back to an earlier subject",
    "nothing": "nothing answers it",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A place of a conversation, the conversation up to there, and what may answer it."""

    id: str
    kind: str
    conversation: Conversation
    categories: frozenset[str]
    cases: frozenset[str]
    articles: frozenset[str]

    @property
    def answered(self) -> bool:
        """Whether anything in the base answers it."""
        return bool(self.categories or self.cases or self.articles)

    @property
    def held_out(self) -> bool:
        """Whether it belongs to the half that nothing may be improved on."""
        return hashlib.sha256(self.id.split("/")[0].encode()).digest()[0] % 2 == 1


@dataclass(frozen=True, slots=True)
class Judged:
    """What one reading found for a turn. `rank` and `policy` are places from 1, or None below DEPTH.

    `policy_asked` says whether an article was to be found; `confidence` is the highest of all shown.
    """

    turn: Turn
    rank: int | None
    policy: int | None
    policy_asked: bool
    category: bool
    confidence: float


Reading = Callable[[Copilot, Conversation], Sequence[Query]]


def turns(path: Path = SET) -> list[Turn]:
    """Every judged turn of the set, in its order."""
    with path.open(encoding="utf-8") as lines:
        return [turn for line in lines for turn in _turns_of(json.loads(line))]


def _turns_of(record: dict[str, Any]) -> Iterator[Turn]:
    messages = tuple(Message(entry["role"], entry["text"]) for entry in record["messages"])
    for turn in record["turns"]:
        yield Turn(
            id=f"{record['id']}/{turn['after']}",
            kind=turn["kind"],
            conversation=Conversation(messages[: turn["after"]], id=record["id"], channel=record["channel"]),
            categories=frozenset(turn["categories"]),
            cases=frozenset(turn["cases"]),
            articles=frozenset(turn["articles"]),
        )


def as_read(copilot: Copilot, conversation: Conversation) -> Sequence[Query]:
    """As the copilot reads it."""
    return [one.query for one in copilot.prepare(conversation)[1]]


def newest_message(copilot: Copilot, conversation: Conversation) -> Sequence[Query]:
    """The newest message alone."""
    return [Query((conversation.messages[-1].text,), _language(copilot, conversation))]


def customer_side(copilot: Copilot, conversation: Conversation) -> Sequence[Query]:
    """All that the customer has written."""
    text = "\n".join(m.text for m in conversation.messages if m.role == "customer")
    return [Query((text,), _language(copilot, conversation))]


def _language(copilot: Copilot, conversation: Conversation) -> str | None:
    return copilot.prepare(conversation)[0].language


READINGS: dict[str, Reading] = {
    "precedent": as_read,
    "newest message": newest_message,
    "customer side": customer_side,
}


def judge(copilot: Copilot, reading: Reading, judged: Iterable[Turn]) -> list[Judged]:
    """What the reading finds for each turn, under the search as it is."""
    return [_judge(copilot, reading, turn) for turn in judged]


def _judge(copilot: Copilot, reading: Reading, turn: Turn) -> Judged:
    prepared = copilot.retriever.prepare(reading(copilot, turn.conversation))

    def found(kind: SourceKind) -> list[Any]:
        return copilot.retriever.retrieve(prepared, kind=kind, on=DAY, limit=DEPTH)

    cases, passages = found("case"), found("article")
    right = [
        e.case is not None and (e.case.id in turn.cases or e.case.category in turn.categories) for e in cases
    ]
    policy = [e.passage.source_id in turn.articles for e in passages]
    return Judged(
        turn=turn,
        rank=_first(right) if turn.categories or turn.cases else _first(policy),
        policy=_first(policy),
        policy_asked=bool(turn.articles),
        category=copilot.retriever.category(prepared)[0] in turn.categories,
        confidence=max((e.confidence for e in (*cases, *passages)), default=0.0),
    )


def _first(right: Sequence[bool]) -> int | None:
    return right.index(True) + 1 if True in right else None


def figures(judged: Sequence[Judged], floor: float) -> dict[str, float | None]:
    """Shares, 0 to 1, of one group of turns; None where the group has no such label."""
    known = [one for one in judged if one.turn.answered]
    named = [one for one in known if one.turn.categories]
    asked = [one for one in known if one.policy_asked]
    nothing = [one for one in judged if not one.turn.answered]
    return {
        "right@1": _share([one.rank == 1 for one in known]),
        f"right@{DEPTH}": _share([one.rank is not None for one in known]),
        "category": _share([one.category for one in named]),
        f"policy@{DEPTH}": _share([one.policy is not None for one in asked]),
        "shown": _share([one.confidence >= floor for one in known]),
        "nothing shown": _share([one.confidence < floor for one in nothing]),
        "AUROC": auroc([one.confidence for one in known], [one.confidence for one in nothing]),
    }


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def table(copilot: Copilot, half: Sequence[Turn], floor: float) -> Iterator[str]:
    """One row for each reading and kind of turn, in Markdown."""
    names = list(figures([], floor))
    yield "| turns | n | reading | " + " | ".join(names) + " |"
    yield "|" + "---|" * (len(names) + 3)
    all_judged = {name: judge(copilot, reading, half) for name, reading in READINGS.items()}
    for kind, title in {"": "all", **KINDS}.items():
        for name, every in all_judged.items():
            group = [one for one in every if kind in ("", one.turn.kind)]
            cells = ["" if v is None else f"{v:.3f}" for v in figures(group, floor).values()]
            yield f"| {title} | {len(group)} | {name} | " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table of each half."""
    wanted = sys.argv[1:] or ["dev", "held"]
    digest = hashlib.sha256(SET.read_bytes()).hexdigest()[:12]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        copilot = load_demo(settings)
        copilot.warm()
        recipe = copilot.retriever.generation.manifest.fingerprint
        for name in wanted:
            half = [turn for turn in turns() if turn.held_out == (name == "held")]
            talks = len({turn.conversation.id for turn in half})
            print(f"\n{name}: {talks} conversations, {len(half)} turns (set {digest}, recipe {recipe})\n")
            print("\n".join(table(copilot, half, settings.confidence_floor)), flush=True)
        copilot.knowledge.close()


if __name__ == "__main__":
    main()
