"""The workshop's table: what is told twice and what contradicts, found once a state of the knowledge."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from copilot.curation.candidates import near_pairs
from copilot.curation.contradictions import Contradiction, between_cases, with_policy
from copilot.curation.duplicates import Group, groups_of
from copilot.curation.echoes import heard
from copilot.curation.merge import Merged, merge, undo
from copilot.curation.traits import Pair
from indexer.embedder import Embedder
from indexer.search import Generation
from knowledge_base.store import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one state of knowledge and index."""

    groups: tuple[Group, ...]
    contradictions: tuple[Contradiction, ...]


class Curation:
    """Safe to use from many threads: while one looks, the others wait for what it finds."""

    def __init__(
        self, knowledge: KnowledgeBase, generation: Callable[[], Generation], embedder: Embedder
    ) -> None:
        self._knowledge, self._generation, self._embedder = knowledge, generation, embedder
        self._turn = threading.Lock()
        self._seen: tuple[int, str, date] | None = None
        self._found = Found((), ())

    def found(self, today: date) -> Found:
        """Duplicates and contradictions. Raises IndexMissingError and other IndexingErrors."""
        generation = self._generation()
        with self._turn:
            state = self._knowledge.last_seq(), generation.manifest.generation, today
            if state != self._seen:
                self._found, self._seen = self._look(generation, today), state
            return self._found

    def merge(self, ids: Sequence[str], *, actor: str, keep: str | None = None) -> Merged:
        """Merge cases into one; see `curation.merge`."""
        return merge(self._knowledge, ids, actor=actor, keep=keep)

    def undo(self, case_id: str, *, actor: str) -> tuple[str, ...]:
        """Undo a merge; see `curation.merge`."""
        return undo(self._knowledge, case_id, actor=actor)

    def _look(self, generation: Generation, today: date) -> Found:
        near: list[Pair] = []
        between: list[Contradiction] = []
        for pair in heard(near_pairs(self._knowledge, generation, self._embedder), self._embedder):
            between += between_cases([pair])
            if pair.duplicate:
                near.append(pair)
        return Found(groups_of(near), (*between, *with_policy(self._knowledge, today)))
