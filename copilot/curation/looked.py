"""What was found of the cases beside each other, kept in a file: ids and figures, no text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

from copilot import __version__
from copilot.curation.candidates import NEAR, NEIGHBOURS
from copilot.curation.contradictions import ALIKE_PROBLEM, ALIKE_RESOLUTION, FEWEST_WORDS, SAME_THING
from copilot.curation.echoes import COPIED, LEAST
from copilot.curation.traits import ALIKE, BIAS, DUPLICATE, POSSIBLE, WEIGHTS, Echo, Pair, Told, beside
from indexer.manifest import write_durably
from knowledge_base.models import Case
from knowledge_base.store import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Looked:
    """Pairs that are one case or contradict, found by this `encoder` in an index and what changed since.

    `sequence` is the last change that the index holds, `seq` the last that was looked at. Until it is
    `whole`, `done` of the index's near pairs are looked at. `mark` tells which change `seq` was: another one
    where the base was put back, or is another.
    """

    encoder: str
    generation: str
    sequence: int
    seq: int
    mark: str
    pairs: tuple[Pair, ...] = ()
    whole: bool = False
    done: int = 0

    def without(self, ids: Collection[str]) -> Looked:
        """Without the pairs of these cases."""
        gone = frozenset(ids)
        left = tuple(p for p in self.pairs if p.first.id not in gone and p.second.id not in gone)
        return replace(self, pairs=left)


def keep(file: Path, looked: Looked) -> None:
    """Write it whole. Raises OSError."""
    told = {
        "rules": _rules(), "encoder": looked.encoder, "generation": looked.generation,
        "sequence": looked.sequence, "seq": looked.seq, "mark": looked.mark, "whole": looked.whole,
        "done": looked.done, "pairs": [_row(pair) for pair in looked.pairs],
    }  # fmt: skip
    write_durably(file, json.dumps(told, separators=(",", ":")))


def kept(file: Path, knowledge: KnowledgeBase, encoder: str) -> Looked | None:
    """What the file has, with the cases as they are now; None where it tells of another encoder or way."""
    try:
        told = json.loads(file.read_text("utf-8"))
        if (told["rules"], told["encoder"]) != (_rules(), encoder):
            return None
        names = ("encoder", "generation", "sequence", "seq", "mark", "whole", "done")
        return Looked(**{name: told[name] for name in names}, pairs=_pairs(told["pairs"], knowledge))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def mark(knowledge: KnowledgeBase, seq: int) -> str:
    """A digest of the change with this number; nothing where there is none."""
    told = next((one for one in knowledge.changes(since=seq - 1, limit=1) if one.seq == seq), None)
    if told is None:
        return ""
    return hashlib.sha256(repr((told.kind, told.record_id, told.version, told.at)).encode()).hexdigest()[:16]


def _row(pair: Pair) -> list[Any]:
    echoes = [None if echo is None else astuple(echo) for echo in (pair.asks, pair.settles)]
    return [pair.first.id, pair.second.id, pair.problem, pair.resolution, *echoes]


def _pairs(rows: list[list[Any]], knowledge: KnowledgeBase) -> tuple[Pair, ...]:
    found = knowledge.get_many("case", list(dict.fromkeys(name for row in rows for name in row[:2])))
    told = {case.id: Told.of(case) for case in found.values() if isinstance(case, Case)}
    pairs = []
    for first, second, problem, resolution, asks, settles in rows:
        if first in told and second in told:
            pair = beside(told[first], told[second], problem, resolution)
            pairs.append(replace(pair, asks=_echo(asks), settles=_echo(settles)))
    return tuple(pairs)


def _echo(figures: list[float] | None) -> Echo | None:
    return None if figures is None else Echo(*figures)


def _rules() -> str:
    """What decides which pairs are found: by others all is looked at again."""
    figures = (
        __version__, WEIGHTS, BIAS, DUPLICATE, ALIKE, POSSIBLE, NEAR, NEIGHBOURS, LEAST, COPIED, SAME_THING,
        ALIKE_PROBLEM, ALIKE_RESOLUTION, FEWEST_WORDS,
    )  # fmt: skip
    return hashlib.sha256(repr(figures).encode()).hexdigest()[:16]
