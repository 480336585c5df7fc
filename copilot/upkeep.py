"""Bringing the index up to date: built, asked the golden questions before it serves, then switched to."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot import __version__, assemble
from copilot.feedback import FeedbackMemory
from copilot.golden import Answer, Asked, GoldenReport, ask, compare, published_questions
from indexer.build import BuildReport, Progress, build_index
from indexer.live import PinnedIndex
from indexer.manifest import Manifest, current_generation
from indexer.search import Generation
from knowledge_base.errors import IndexDamagedError, IndexMissingError
from knowledge_base.importing import import_paths
from knowledge_base.store import KnowledgeBase
from knowledge_base.verdicts import Judged

if TYPE_CHECKING:
    from copilot.settings import Settings
    from indexer.embedder import Embedder

# What of the settings changes which questions are answered; the encoder is part of the index's recipe.
ANSWERING = {"confidence_floor", "agent_language", "languages", "products", "translators", "do_not_translate"}
IMPORTED = "golden.imported.jsonl"


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What the build did, and how the golden questions fared; None where they aren't asked."""

    build: BuildReport
    golden: GoldenReport | None

    def as_json(self) -> dict[str, Any]:
        """The exchange format, ready for `json.dumps`."""
        return asdict(self.build) | {"golden": None if self.golden is None else asdict(self.golden)}


def bring_up_to_date(
    settings: Settings,
    knowledge: KnowledgeBase,
    *,
    embedder: Embedder | None = None,
    rebuild: bool = False,
    progress: Progress = lambda phase, done, total: None,
) -> IndexReport:
    """Build what changed and ask the golden questions of it, unless the gate is off.

    They are asked of the finished index before it serves, so that an index in service always has its
    answers and a kill in between leaves the former one serving; they cost 30 ms each. Where neither the
    index nor anything else that the answers depend on changed, the former answers stand.
    """
    embedder = embedder or assemble.build_embedder(settings)
    judged: tuple[Judged, ...] = ()
    if settings.feedback_counts:
        FeedbackMemory(knowledge.feedback_log, embedder).embed_missing()
        judged = tuple(knowledge.feedback_log.judged())
    problem = take_in_golden_file(settings, knowledge)
    build = partial(
        build_index, knowledge, settings.index_folder, embedder,
        rebuild=rebuild, progress=progress, judged=judged, retelling=assemble.build_retelling(settings),
    )  # fmt: skip
    if settings.golden_gate == "off":
        return IndexReport(build(), GoldenReport(0, 0, 0.0, problem=problem) if problem else None)
    asking = _Asking(settings, knowledge, embedder, progress)
    built = build(accept=asking.accept)
    return IndexReport(built, replace(asking.report or asking.again(), problem=problem))


def take_in_golden_file(settings: Settings, knowledge: KnowledgeBase) -> str | None:
    """Import a golden.jsonl of the data folder, once, and rename it; gives what hinders it, or None.

    Before the questions were part of the knowledge they stood in this file.
    """
    file = settings.golden_file
    if not file.is_file():
        return None
    report = import_paths(knowledge, [file], strict=True, actor=file.name)
    if report.errors:
        return f"its questions aren't asked until it is mended: {report.errors[0]}"
    try:
        with suppress(FileNotFoundError):  # another build was first
            file.rename(file.with_name(IMPORTED))
    except OSError as error:
        return f"{file} was taken in and can't be renamed ({error.strerror}): remove it"
    return None


class _Asking:
    """The questions of one build: asked of its index, compared with the answers of the one that serves."""

    def __init__(
        self, settings: Settings, knowledge: KnowledgeBase, embedder: Embedder, progress: Progress
    ) -> None:
        self._settings, self._knowledge, self._progress = settings, knowledge, progress
        self._embedder = embedder
        self.report: GoldenReport | None = None

    def accept(self, generation: Generation, folder: Path) -> bool:
        """Ask a generation that doesn't serve yet, and keep the answers with it; False holds it back."""
        former = self._serving()
        self.report = report = self._compared(former, generation, folder)
        # A former index of another recipe can't be searched any more: keeping it would leave nothing.
        kept = former is not None and _recipe(former) == generation.manifest.fingerprint
        if self._settings.golden_gate == "block" and report.worse and kept:
            self.report = replace(report, held_back=True)
        return not self.report.held_back

    def again(self) -> GoldenReport:
        """The answers of the generation that serves on, asked again where something else changed."""
        folder = self._serving()
        if folder is None:
            return GoldenReport(0, 0, 0.0)
        manifest, former = Manifest.load(folder), Asked.load(folder)
        if former and former.state == self._state(manifest):
            return compare(former, former)
        return self._compared(folder, Generation(folder, manifest.recipe), folder)

    def _compared(self, former: Path | None, generation: Generation, folder: Path) -> GoldenReport:
        """Ask, keep the answers in `folder`, compare them with the former ones."""
        started, questions = time.monotonic(), published_questions(self._knowledge)
        answers: tuple[Answer, ...] = ()
        if questions:
            copilot = assemble.build_copilot(self._settings, self._knowledge, embedder=self._embedder)
            asked_of = copilot.searching(PinnedIndex(generation))
            floor = self._settings.confidence_floor
            answers = tuple(ask(asked_of, questions, floor=floor, progress=self._told))
        before, asked = (
            Asked.load(former) if former else None,
            Asked(self._state(generation.manifest), answers),
        )
        asked.save(folder)
        return replace(compare(before, asked), seconds=round(time.monotonic() - started, 3))

    def _told(self, done: int, total: int) -> None:
        self._progress("golden questions", done, total)

    def _serving(self) -> Path | None:
        """The folder of the generation that serves."""
        try:
            return self._settings.index_folder / current_generation(self._settings.index_folder)
        except IndexMissingError:
            return None

    def _state(self, manifest: Manifest) -> str:
        """A digest of all that the answers depend on: this program, the index, the settings, the day.

        On another day other policy may be in force.
        """
        facts = {
            "version": __version__, "recipe": manifest.fingerprint, "knowledge": manifest.sequence,
            "told": manifest.tongues,
            "settings": self._settings.model_dump(mode="json", include=ANSWERING),
            "day": datetime.now(UTC).date().isoformat(),
        }  # fmt: skip
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _recipe(folder: Path) -> str | None:
    """The fingerprint of a generation's recipe; None where it can't be read."""
    try:
        return Manifest.load(folder).fingerprint
    except IndexDamagedError:
        return None
