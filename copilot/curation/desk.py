"""The workshop's table: what is told twice and what contradicts, found once a state of the knowledge."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from copilot.curation.candidates import near_pairs
from copilot.curation.contradictions import Contradiction, between_cases, with_policy
from copilot.curation.duplicates import Group, groups_of
from copilot.curation.echoes import heard
from copilot.curation.merge import Merged, merge, undo
from copilot.curation.traits import Pair
from indexer.embedder import Embedder
from indexer.search import Generation
from knowledge_base.models import Change
from knowledge_base.store import KnowledgeBase

if TYPE_CHECKING:
    from copilot.checking.gate import Gate

MOST_CHANGED = 200
"""After more changes all is looked at again."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one state of knowledge and index."""

    groups: tuple[Group, ...]
    contradictions: tuple[Contradiction, ...]


@dataclass(frozen=True, slots=True)
class _State:
    """Of what state of knowledge, index and day something was found."""

    seq: int
    generation: str
    today: date


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was found: pairs that are one case, and contradictions of cases and of a case with policy."""

    near: tuple[Pair, ...] = ()
    between: tuple[Contradiction, ...] = ()
    against: tuple[Contradiction, ...] = ()

    def without(self, ids: Collection[str]) -> _Looked:
        """What doesn't tell of these cases."""
        sources = {f"case:{one}" for one in ids}
        return _Looked(
            tuple(p for p in self.near if p.first.id not in ids and p.second.id not in ids),
            tuple(c for c in self.between if not sources & {c.first.source, c.second.source}),
            tuple(c for c in self.against if c.first.source not in sources),
        )


class Curation:
    """Safe to use from many threads: while one looks, the others wait for what it finds.

    After a few changes only the cases that changed are looked at again, until the next index build.
    """

    def __init__(
        self, knowledge: KnowledgeBase, generation: Callable[[], Generation], embedder: Embedder
    ) -> None:
        self._knowledge, self._generation, self._embedder = knowledge, generation, embedder
        self._turn = threading.Lock()
        self._seen: _State | None = None
        self._looked, self._found = _Looked(), Found((), ())

    def found(self, today: date) -> Found:
        """Duplicates and contradictions. Raises IndexMissingError and other IndexingErrors."""
        generation = self._generation()
        with self._turn:
            state = _State(self._knowledge.last_seq(), generation.manifest.generation, today)
            if state != self._seen:
                self._looked = looked = self._look(generation, state)
                self._found = Found(groups_of(looked.near), (*looked.between, *looked.against))
                self._seen = state
            return self._found

    def merge(
        self, ids: Sequence[str], *, actor: str, keep: str | None = None, gate: Gate | None = None
    ) -> Merged:
        """Merge cases into one; see `curation.merge`."""
        return merge(self._knowledge, ids, actor=actor, keep=keep, gate=gate)

    def undo(self, case_id: str, *, actor: str) -> tuple[str, ...]:
        """Undo a merge; see `curation.merge`."""
        return undo(self._knowledge, case_id, actor=actor)

    def _look(self, generation: Generation, state: _State) -> _Looked:
        changed = self._changed(state)
        cases = (
            None
            if changed is None
            else list(dict.fromkeys(one.record_id for one in changed if one.kind == "case"))
        )
        kept = _Looked() if cases is None else self._looked.without(frozenset(cases))
        near, between = [*kept.near], [*kept.between]
        for pair in heard(
            near_pairs(self._knowledge, generation, self._embedder, only=cases), self._embedder
        ):
            between += between_cases([pair])
            if pair.duplicate:
                near.append(pair)
        policy = changed is None or any(one.kind == "article" for one in changed)
        if policy or self._seen is None or self._seen.today != state.today:
            against = tuple(with_policy(self._knowledge, state.today))
        else:
            against = (*kept.against, *with_policy(self._knowledge, state.today, only=cases))
        return _Looked(tuple(near), tuple(between), against)

    def _changed(self, state: _State) -> list[Change] | None:
        """What changed since it was looked last; None where all is to be looked at."""
        if self._seen is None or self._seen.generation != state.generation:
            return None
        changes = self._knowledge.changes(since=self._seen.seq, limit=MOST_CHANGED + 1)
        return changes if len(changes) <= MOST_CHANGED else None
