"""Carries an export into the knowledge base, batch by batch, going on where a killed run stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

from copilot.bring_in.category import Categories, read_categories
from copilot.bring_in.propose import Choices, digest_of, propose_case, unusable
from copilot.understand.language import DEFAULT_LANGUAGES, LanguageDetector
from knowledge_base.codec import content_hash
from knowledge_base.errors import InputError, PrecedentError
from knowledge_base.exports.models import Item, LeftOut, Page, System, Ticket
from knowledge_base.exports.reading import read, size_of
from knowledge_base.import_rows import Batch, Brought, Omitted, Run, new_worker
from knowledge_base.models import Kind, Record
from knowledge_base.store import KnowledgeBase

BATCH = 200
"""Tickets written together: a kill costs at most so many, and the page's bar moves often enough."""
BATCH_CHARACTERS = 4_000_000
"""A batch of long conversations is written before it is full."""
PREVIEWED = 20

Told = Callable[[Run], None]


@dataclass(frozen=True, slots=True)
class Export:
    """Where an export is and how it is to be read. `mapping` None: a CSV is read as proposed."""

    path: Path
    system: System
    mapping: dict[str, str] | None = None
    agents: tuple[str, ...] = ()
    choices: Choices = field(default_factory=Choices)

    def fingerprint(self) -> str:
        """What tells that the file is still the same. Raises InputError where it is gone."""
        try:
            about = self.path.stat()
        except OSError as error:
            raise InputError(f"{self.path.name} can't be read ({error.strerror}): check the path") from error
        return f"{about.st_size}/{about.st_mtime_ns}"

    def options(self) -> dict[str, object]:
        """What is kept with a run, so that it can be gone on with."""
        return {"mapping": self.mapping, "agents": [*self.agents], "status": self.choices.status}

    @classmethod
    def of(cls, run: Run) -> Export:
        """The export of a run that is kept."""
        told: Mapping[str, Any] = run.options
        choices = Choices(told["status"])
        return cls(Path(run.path), cast(System, run.system), told["mapping"], tuple(told["agents"]), choices)


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing of an export as it would come in, for the preview."""

    record: Record | None
    left_out: LeftOut | None


class Proposer:
    """Makes records of what an export holds."""

    def __init__(
        self, knowledge: KnowledgeBase, languages: Sequence[str] = (), *, from_tags: bool | None = None
    ) -> None:
        if from_tags is None:
            from_tags = not knowledge.categories("case")
        self.from_tags = from_tags
        self._categories: Categories = read_categories(knowledge, from_tags=from_tags)
        self._door = knowledge.door()
        self._detector = LanguageDetector(tuple(languages) or DEFAULT_LANGUAGES)

    def record(self, item: Ticket | Page, choices: Choices) -> Record:
        """The case or article of something usable."""
        if isinstance(item, Page):
            return self._door.record(replace(item.article, status=choices.status))
        case = propose_case(item, choices, detect=self._detect, categorise=self._categories.of)
        return self._door.record(case)

    def _detect(self, text: str) -> str | None:
        return self._detector.detect(text).language


def preview(knowledge: KnowledgeBase, export: Export, languages: Sequence[str] = ()) -> list[Seen]:
    """The first things of an export as they would come in; nothing is kept."""
    proposer = Proposer(knowledge, languages)
    seen = []
    for got in islice(
        read(export.path, export.system, mapping=export.mapping, agents=export.agents), PREVIEWED
    ):
        item = got.item
        left = item if isinstance(item, LeftOut) else unusable(item) if isinstance(item, Ticket) else None
        record = None if left else proposer.record(item, export.choices)  # type: ignore[arg-type]
        seen.append(Seen(record, left))
    return seen


def begin(knowledge: KnowledgeBase, export: Export, *, name: str, actor: str) -> Run:
    """Put a run down; `carry_out` then works at it. Raises InputError where the file can't be read."""
    options = export.options() | {"from_tags": not knowledge.categories("case")}
    return knowledge.imports.create(
        export.system,
        str(export.path),
        name=name,
        fingerprint=export.fingerprint(),
        options=options,
        total=size_of(export.path, export.system),
        actor=actor,
    )


def carry_out(
    knowledge: KnowledgeBase,
    run_id: int,
    *,
    worker: str = "",
    languages: Sequence[str] = (),
    told: Told | None = None,
) -> Run:
    """Work a run off from where it stands to its end, or until it is cancelled.

    `worker` is who took it already. Raises ConflictError where somebody else is at it or it has ended,
    InputError where its file changed.
    """
    worker = worker or new_worker()
    run = knowledge.imports.claim(run_id, worker)
    try:
        export = Export.of(run)
        if export.fingerprint() != run.fingerprint:
            raise InputError(f"{run.name} changed since: bring it in anew, what is the same costs nothing")
        ours = _work(knowledge, run, export, worker, languages, told)
    except (PrecedentError, OSError) as error:
        said = str(error) if isinstance(error, PrecedentError) else f"{error.strerror}: {run.name}"
        knowledge.imports.end(run_id, worker, "failed", said)
        raise
    except KeyboardInterrupt:
        knowledge.imports.end(run_id, worker, "cancelled")
        raise
    except BaseException as error:  # a mistake of ours: what was brought in stays
        knowledge.imports.end(run_id, worker, "failed", f"something nobody foresaw ({type(error).__name__})")
        raise
    if ours:
        knowledge.imports.end(run_id, worker, "done")
    return knowledge.imports.find(run_id)


def _work(
    knowledge: KnowledgeBase,
    run: Run,
    export: Export,
    worker: str,
    languages: Sequence[str],
    told: Told | None,
) -> bool:
    """Write batch after batch; False where the run was taken away or cancelled."""
    log = knowledge.imports
    proposer = Proposer(knowledge, languages, from_tags=bool(run.options.get("from_tags")))
    for items, position, done in _batches(export, run.position):
        ids = [_source_id(run.system, item) for _, item in items if not isinstance(item, LeftOut)]
        known = log.digests(run.system, ids)
        made = tuple(_worked(run.system, at, item, export.choices, proposer, known) for at, item in items)
        if not log.write(run.id, worker, Batch(made, position, done)):
            return False
        if told:
            told(log.find(run.id))
    return True


def _batches(export: Export, after: int) -> Iterator[tuple[list[tuple[int, Item]], int, int]]:
    """What follows the first `after` things of an export, in batches: things, the last's number, bytes."""
    batch: list[tuple[int, Item]] = []
    size = position = done = 0
    reads = read(export.path, export.system, mapping=export.mapping, agents=export.agents)
    for position, got in enumerate(reads, 1):
        done = got.done
        if position <= after:
            continue
        batch.append((position, got.item))
        size += _characters(got.item)
        if len(batch) >= BATCH or size >= BATCH_CHARACTERS:
            yield batch, position, done
            batch, size = [], 0
    if batch:
        yield batch, position, done


def _worked(
    system: str, at: int, item: Item, choices: Choices, proposer: Proposer, known: dict[str, str]
) -> Brought | Omitted:
    left = item if isinstance(item, LeftOut) else unusable(item) if isinstance(item, Ticket) else None
    if left is not None:
        return Omitted(at, left.reason, left.id, left.detail)
    assert not isinstance(item, LeftOut)
    source, digest = _source_id(system, item), digest_of(item, choices)
    changed = item.updated_at if isinstance(item, Ticket) else None
    kind: Kind = "case" if isinstance(item, Ticket) else "article"
    if known.get(source) == digest:
        return Brought(at, source, kind, digest, None, changed_at=changed)
    record = proposer.record(item, choices)
    try:
        written = content_hash(record)
    except InputError as error:
        return Omitted(at, "not_taken", source, str(error))
    return Brought(at, source, kind, digest, record, written, changed)


def _source_id(system: str, item: Ticket | Page) -> str:
    """What the export calls it; two CSV files with other columns may use the same numbers."""
    if isinstance(item, Page):
        return item.article.id
    return (item.id if item.system == system else f"{item.system}-{item.id}")[:200]


def _characters(item: Item) -> int:
    return sum(len(turn.text) for turn in item.turns) if isinstance(item, Ticket) else 1000
