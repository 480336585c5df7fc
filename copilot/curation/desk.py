"""The workshop's table: what is told twice and what contradicts, found once a state of the knowledge."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.curation.candidates import near_pairs
from copilot.curation.contradictions import Contradiction, between_cases, with_policy
from copilot.curation.duplicates import Group, groups_of
from copilot.curation.echoes import Echoes
from copilot.curation.looked import Looked, keep, kept, mark
from copilot.curation.merge import Merged, merge, undo
from indexer.embedder import Embedder
from indexer.search import Generation
from knowledge_base.store import KnowledgeBase

if TYPE_CHECKING:
    from copilot.checking.gate import Gate

log = logging.getLogger("precedent.curation")
# After more changes all is looked at again: so many, or of many cases this share. A case that changed is set
# beside five times as many others.
MOST_CHANGED, MOST_OF_ALL = 200, 0.04
KEPT_EVERY = 30.0
"""Seconds after which a look that goes on is kept, to be gone on with after a kill."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one state of knowledge and index."""

    groups: tuple[Group, ...]
    contradictions: tuple[Contradiction, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found last, None before the first look; of a look that goes on, pairs looked at and in all."""

    found: Found | None
    looking: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _State:
    """Of what state of knowledge, index and day something was found."""

    seq: int
    generation: str
    today: date


class _Going:
    """A look beside the work, and what ended it."""

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look
        self.problem: Exception | None = None
        self.thread = threading.Thread(target=self._work, name="twins", daemon=True)

    def _work(self) -> None:
        try:
            self._look()
        except Exception as error:  # noqa: BLE001 - told to whoever waits for it
            self.problem = error
            log.warning("not looked for duplicates: %s", type(error).__name__)


class Curation:
    """Safe to use from many threads: while one looks, the others wait for what it finds, or don't.

    Cases that changed are looked at again, all of them only the first time and after many changes. With a
    `file` what was found outlives the process: ids and figures, no text.
    """

    def __init__(
        self,
        knowledge: KnowledgeBase,
        generation: Callable[[], Generation],
        embedder: Embedder,
        *,
        file: Path | None = None,
    ) -> None:
        self._knowledge, self._generation, self._embedder = knowledge, generation, embedder
        self._file = file
        self._turn, self._starting = threading.Lock(), threading.Lock()
        self._going: _Going | None = None
        self._looked: Looked | None = None
        self._against: tuple[_State, tuple[Contradiction, ...]] | None = None
        self._shown: tuple[_State | None, Found] | None = None
        self._progress: tuple[int, int] | None = None

    def found(self, today: date, *, progress: Progress = lambda done, total: None) -> Found:
        """Duplicates and contradictions, however long it takes. Raises IndexMissingError and the like."""
        generation = self._generation()
        with self._turn:
            state = self._state(generation, today)
            if self._shown is None or state != self._shown[0]:
                try:
                    looked = self._look(generation, state, progress)
                finally:
                    self._progress = None
                against = self._with_policy(state)
                self._shown = state, _found(looked, against)
            return self._shown[1]

    def seen(self, today: date, *, wait: float) -> Seen:
        """The same after so many seconds at most, else what was found before; the look goes on beside.

        Raises IndexMissingError and other IndexingErrors.
        """
        state, shown = self._state(self._generation(), today), self._shown
        end = time.monotonic() + wait
        while shown is None or shown[0] != state:
            with self._starting:
                going = self._going
                if going is None or not going.thread.is_alive():
                    self._going = going = _Going(lambda: self.found(today))
                    going.thread.start()
            going.thread.join(max(0.0, end - time.monotonic()))
            if not going.thread.is_alive() and going.problem is not None:
                raise going.problem
            shown = self._shown
            # A look that began before the last change isn't the last word.
            if going.thread.is_alive() or (time.monotonic() >= end and (shown is None or shown[0] != state)):
                return Seen(shown and shown[1], self._progress or (0, 0))
        return Seen(shown[1], None)

    def merge(
        self, ids: Sequence[str], *, actor: str, keep: str | None = None, gate: Gate | None = None
    ) -> Merged:
        """Merge cases into one; see `curation.merge`."""
        return merge(self._knowledge, ids, actor=actor, keep=keep, gate=gate)

    def undo(self, case_id: str, *, actor: str) -> tuple[str, ...]:
        """Undo a merge; see `curation.merge`."""
        return undo(self._knowledge, case_id, actor=actor)

    def _state(self, generation: Generation, today: date) -> _State:
        return _State(self._knowledge.last_seq(), generation.manifest.generation, today)

    def _look(self, generation: Generation, state: _State, progress: Progress) -> Looked:
        """Pairs that tell something, from what is kept and what changed since."""
        manifest, file = generation.manifest, self._file
        before = self._looked
        if before is None and file is not None:
            before = kept(file, self._knowledge, manifest.fingerprint)
        if before is not None:
            known = before.encoder, before.mark
            if known != (manifest.fingerprint, mark(self._knowledge, before.seq)):
                before = None  # of another encoder, or of another history: a base that was put back
            elif before.whole and self._shown is None:
                self._shown = None, _found(before, ())
        now = mark(self._knowledge, state.seq)
        changed = None if before is None else self._changed(before, manifest.generation)
        if (
            before is None
            or changed is None
            or not (before.whole or before.generation == manifest.generation)
        ):
            before = Looked(manifest.fingerprint, manifest.generation, manifest.sequence, state.seq, now)
            changed = ()
        looked = before if before.whole else self._extend(before, generation, None, progress)
        if changed:
            looked = self._extend(looked.without(changed), generation, changed, progress)
        looked = replace(
            looked, generation=manifest.generation, sequence=manifest.sequence, seq=state.seq, mark=now
        )
        self._keep(looked)
        self._looked = looked
        return looked

    def _extend(
        self, looked: Looked, generation: Generation, only: Sequence[str] | None, progress: Progress
    ) -> Looked:
        """With the pairs of all cases, from where it was broken off, or of `only` these."""
        echoes, pairs, kept_at = Echoes(self._embedder), [*looked.pairs], time.monotonic()
        begin = looked.done if only is None else 0
        near = near_pairs(self._knowledge, generation, self._embedder, only=only, begin=begin)
        for batch in near:
            heard = echoes.heard(batch.pairs)
            pairs += [pair for pair in heard if pair.duplicate or any(True for _ in between_cases([pair]))]
            self._progress = batch.done, batch.total
            progress(*self._progress)
            if only is None and time.monotonic() - kept_at > KEPT_EVERY:
                self._keep(replace(looked, pairs=tuple(pairs), done=batch.done))
                kept_at = time.monotonic()
        return replace(looked, pairs=tuple(pairs), whole=True, done=0)

    def _keep(self, looked: Looked) -> None:
        if self._file is not None:
            with suppress(OSError):  # found anew by the next process
                keep(self._file, looked)

    def _changed(self, looked: Looked, generation: str) -> Sequence[str] | None:
        """The cases that changed since; None where so many did that all is looked at again.

        In a new index also those that changed before, which the former didn't hold: nothing was near them.
        """
        since = looked.seq if looked.generation == generation else min(looked.seq, looked.sequence)
        most = max(MOST_CHANGED, int(MOST_OF_ALL * self._knowledge.count("case")))
        found: dict[str, None] = {}
        while changes := self._knowledge.changes(since=since, limit=MOST_CHANGED):
            found |= dict.fromkeys(one.record_id for one in changes if one.kind == "case")
            if len(found) > most:
                return None
            since = changes[-1].seq
        return tuple(found)

    def _with_policy(self, state: _State) -> tuple[Contradiction, ...]:
        """Cases against clauses: those of the cases that changed, unless an article did, or the day."""
        before, self._against = self._against, None
        changes = self._knowledge.changes(since=before[0].seq, limit=MOST_CHANGED + 1) if before else []
        whole = any(one.kind == "article" for one in changes) or len(changes) > MOST_CHANGED
        if before is None or whole or before[0].today != state.today:
            told = tuple(with_policy(self._knowledge, state.today))
        else:
            ids = list(dict.fromkeys(one.record_id for one in changes if one.kind == "case"))
            gone = {f"case:{one}" for one in ids}
            told = tuple(one for one in before[1] if one.first.source not in gone)
            told += tuple(with_policy(self._knowledge, state.today, only=ids)) if ids else ()
        self._against = state, told
        return told


def _found(looked: Looked, against: Sequence[Contradiction]) -> Found:
    twins = [pair for pair in looked.pairs if pair.duplicate]
    return Found(groups_of(twins), (*between_cases(looked.pairs), *against))
