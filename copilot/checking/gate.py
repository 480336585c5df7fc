"""The gate before the knowledge: what a publish brings is told, and held back where the manager says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from copilot.checking.alike import of_alike
from copilot.checking.brought import Lost, brought, shelves
from copilot.checking.finding import OFF, WARN, Finding, held_back_by, subject_of
from copilot.checking.shelf import Shelf, key_of
from indexer.embedder import Embedder
from indexer.search import Generation
from knowledge_base.codec import content_hash
from knowledge_base.errors import BlockedError, IndexingError, InputError, NotFoundError, NotPublisherError
from knowledge_base.models import Case, Kind, Question, Record
from knowledge_base.personal.replacing import without_personal
from knowledge_base.store import KnowledgeBase

MOST_WHY = 1000


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody publishes all the same, and says why."""

    who: str
    why: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a change that may be stored brings, and the reason to keep with it, where there is one."""

    findings: tuple[Finding, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What the checks that search need; `generation` and `lost` raise IndexingError without an index."""

    generation: Callable[[], Generation]
    embedder: Embedder
    lost: Lost


class Gate:
    """Looks at changes before they are stored. Thread-safe; what changes meanwhile is not waited for.

    `gate` is what the manager says: off, warn, block, or the severities and checks that block. Without a
    `search` what needs an index is left out. `publishers` may override; where none is named, everybody may.
    """

    def __init__(
        self,
        knowledge: KnowledgeBase,
        search: Search | None = None,
        *,
        gate: Sequence[str] = (WARN,),
        publishers: Sequence[str] = (),
        informal: frozenset[str] = frozenset(),
        today: Callable[[], date] = date.today,
    ) -> None:
        self._knowledge, self._search, self.gate = knowledge, search, tuple(gate)
        self._publishers, self._informal, self._today = tuple(publishers), informal, today

    def admit(
        self, records: Iterable[Record], *, reason: str | None = None, override: Override | None = None
    ) -> Admitted:
        """Look at what is to be stored.

        Raises BlockedError, and NotPublisherError or InputError where it may not be overridden so.
        """
        if override is not None:
            self._check(override)
        if OFF in self.gate:
            return Admitted((), reason)
        findings = self.look(records)
        blocking = held_back_by(findings, self.gate)
        if not blocking:
            return Admitted(findings, reason)
        if override is None:
            raise BlockedError(self.entries(findings))
        checks = ", ".join(dict.fromkeys(one.check for one in blocking))
        return Admitted(findings, f"in spite of {checks}: {override.why.strip()}")

    def retire(
        self,
        kind: Kind,
        record_id: str,
        *,
        reason: str | None = None,
        override: Override | None = None,
    ) -> Admitted:
        """Look at what taking a record out of use leaves. Raises as `admit`, and NotFoundError."""
        record = self._knowledge.find(kind, record_id)
        if record is None:
            raise NotFoundError(kind, record_id)
        return self.admit([replace(record, status="retired")], reason=reason, override=override)

    def look(self, records: Iterable[Record]) -> tuple[Finding, ...]:
        """What publishing these records, or taking them out of use, brings; drafts bring nothing."""
        rules = self._knowledge.personal.rules()
        changed = [one for one in (without_personal(r, rules) for r in records) if self._concerns(one)]
        if not changed:
            return ()
        before, after = shelves(self._knowledge, self._today(), changed)
        lost = self._lost if self._search else None
        found = [one for _, one in brought(before, after, informal=self._informal, lost=lost)]
        for record in changed:
            found += self._searched(record, before)
        return tuple(sorted(dict.fromkeys(found), key=lambda one: one.weight))

    def entries(self, findings: Iterable[Finding]) -> list[dict[str, Any]]:
        """Findings as they are told, and whether each holds a publish back."""
        told = list(findings)
        blocking = set(held_back_by(told, self.gate))
        return [one.as_json() | {"message": one.message, "blocks": one in blocking} for one in told]

    def _check(self, override: Override) -> None:
        if self._publishers and override.who not in self._publishers:
            raise NotPublisherError(
                f"{override.who!r} may not override what is held back: ask one of PRECEDENT_PUBLISHERS"
            )
        if not override.why.strip():
            raise InputError("say why it is published all the same, in a few words")
        if len(override.why) > MOST_WHY:
            raise InputError(f"say why in at most {MOST_WHY} characters")

    def _concerns(self, record: Record) -> bool:
        """Whether a change is of what agents see."""
        former = self._knowledge.find(*key_of(record))
        if former is not None and content_hash(former) == content_hash(record):
            return False
        return record.status == "published" or (former is not None and former.status == "published")

    def _searched(self, record: Record, before: Shelf) -> Iterator[Finding]:
        """What only the index tells; nothing where there is none."""
        if self._search is None or record.status != "published":
            return
        try:
            if isinstance(record, Case):
                former = before.knowledge.find("case", record.id)
                yield from of_alike(
                    record,
                    former if isinstance(former, Case) else None,
                    self._knowledge,
                    self._search.generation(),
                    self._search.embedder,
                )
            elif isinstance(record, Question) and self._indexed(record):
                wrong = self._search.lost(record, frozenset())
                if wrong is not None:
                    yield Finding("golden", "warning", subject_of("question", record.id), wrong)
        except IndexingError:
            return

    def _indexed(self, question: Question) -> bool:
        """Whether what answers a question is there and stands in the index; else asking tells nothing."""
        assert self._search is not None
        sequence = self._search.generation().manifest.sequence
        ids = list(question.relevant or ())
        kinds: tuple[Kind, ...] = ("case", "article")
        found = [(kind, name) for kind in kinds for name in self._knowledge.get_many(kind, ids)]
        known = [self._knowledge.history(kind, name)[-1].seq <= sequence for kind, name in found]
        return all(known) and (bool(known) or not ids)

    def _lost(self, question: Question, gone: frozenset[str]) -> str | None:
        assert self._search is not None
        try:
            return self._search.lost(question, gone)
        except IndexingError:
            return None
