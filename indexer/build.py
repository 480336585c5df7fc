"""Carries out a plan: writes a generation whole beside the one that serves, then switches to it."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from indexer.calibrate import calibrate
from indexer.category import Examples, name_examples, train
from indexer.embedder import Embedder
from indexer.fix_finding import find_fixes
from indexer.lexical import WordIndex, words_of
from indexer.manifest import Manifest, current_generation, switch_to
from indexer.ngrams import NgramIndex, write_ngrams
from indexer.passages import PassageFile, PassageWriter
from indexer.plan import Plan, plan_build
from indexer.products import Products
from indexer.reading import languages_read
from indexer.recipe import Recipe
from indexer.refine import refine
from indexer.search import ENCODED, Generation
from indexer.split import passages_of_article, passages_of_case
from indexer.tongues import Retelling, wanted_tongues, write_tongues
from indexer.topics import Topics, language_centres, name_of
from indexer.vectors import VectorIndex
from knowledge_base.errors import IndexDamagedError, IndexingError, IndexMissingError, IndexRecipeError
from knowledge_base.models import Case, Change, Kind, Passage, PolicyArticle, Record, Status
from knowledge_base.verdicts import Judged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[str, int, int], None]
Accept = Callable[[Generation, Path], bool]
"""Called with a finished generation and its folder before it serves; False leaves the former one serving."""
# Texts embedded between two reports of progress; the encoder sorts them by length inside.
EMBED_BATCH = 512


class Records(Protocol):
    """What building needs of a knowledge base."""

    def each(self, kind: Kind, *, status: Status | None = None) -> Iterator[Record]: ...
    def last_seq(self) -> int: ...
    def rewritten(self, kind: Kind) -> Iterator[list[Change]]: ...


@dataclass(frozen=True, slots=True)
class BuildReport:
    """Passages added, removed and kept against the former generation; `passages` is their number now.

    `generation` serves; `held_back` says that it is the former one since what was built wasn't accepted.
    `tongues` are the languages that the knowledge was told in, each with the lines that could not be told.
    """

    added: int
    removed: int
    kept: int
    passages: int
    seconds: float
    generation: str
    held_back: bool = False
    tongues: dict[str, int] = field(default_factory=dict)


def recipe_of(embedder: Embedder) -> Recipe:
    """The recipe that an index built with this embedder has."""
    return Recipe(model=embedder.name, model_digest=embedder.digest, dim=embedder.dim)


def build_index(
    records: Records,
    folder: Path,
    embedder: Embedder,
    *,
    rebuild: bool = False,
    progress: Progress = lambda phase, done, total: None,
    judged: Sequence[Judged] = (),
    accept: Accept = lambda generation, folder: True,
    retelling: Retelling | None = None,
) -> BuildReport:
    """Bring the index up to date; only texts that changed are embedded, all of them when `rebuild`.

    `judged` is what agents told of items, which the calibration is refined by; `retelling` tells the
    knowledge's words in the customers' languages. Until the last step the former generation serves, also
    after a kill or with a full disk. Raises IndexingError when another
    build is running or the disk can't be written.
    """
    from filelock import FileLock, Timeout

    started = time.monotonic()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):
            wanted = _Wanted(rebuild, progress, tuple(judged), accept, retelling)
            return _build(records, folder, embedder, wanted, started)
    except Timeout as error:
        raise IndexingError(f"another index build is running in {folder}: wait for it to end") from error
    except OSError as error:
        raise IndexingError(
            f"the index in {folder} can't be written ({error.strerror or type(error).__name__}): "
            "free space or rights there; the former index goes on serving"
        ) from error


@dataclass(frozen=True, slots=True)
class _Wanted:
    """How to build."""

    rebuild: bool
    progress: Progress
    judged: tuple[Judged, ...]
    accept: Accept
    retelling: Retelling | None


def _build(
    records: Records, folder: Path, embedder: Embedder, wanted: _Wanted, started: float
) -> BuildReport:
    if hasattr(embedder, "check"):
        embedder.check()
    recipe = recipe_of(embedder)
    progress = wanted.progress
    previous = None if wanted.rebuild else _previous(folder, recipe)
    _sweep(folder)
    sequence, told = records.last_seq(), _digest(wanted.judged)
    held = previous.manifest if previous else None
    read = held.reads if held else None
    same = held is not None and (held.sequence, held.judged) == (sequence, told)
    if held and same and read is not None and _told_whole(held, wanted.retelling):
        seconds = round(time.monotonic() - started, 3)
        return BuildReport(0, 0, held.passages, held.passages, seconds, held.generation, tongues=held.tongues)
    work = folder / f"building-{os.getpid()}"
    work.mkdir()
    try:
        languages, categories = _write_passages(records, work, progress)
        passages = PassageFile(work, languages, categories)
        plan = _plan(passages, previous)
        _write_vectors(passages, plan, previous, work, embedder, progress)
        _write_words(passages, work, progress)
        serving = None if previous is None else folder / previous.manifest.generation
        tongues = write_tongues(passages, wanted.retelling, work, serving, progress)
        _write_head(passages, work)
        find_fixes(records, work, embedder, serving)
        manifest = _stamp(work, Manifest(
            generation=_next_name(folder), recipe=recipe, fingerprint=recipe.fingerprint, sequence=sequence,
            passages=len(passages), sources=int(passages.source[-1]) + 1 if len(passages) else 0,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            languages=languages, categories=categories, translations=_translations(records), judged=told,
            reads=languages_read(embedder) if read is None else read, tongues=tongues,
        ), recipe, records)  # fmt: skip
        manifest = _refined(work, manifest, embedder, wanted.judged)
        accepted = wanted.accept(Generation(work, recipe), work)
        if accepted:
            work.rename(folder / manifest.generation)
            switch_to(folder, manifest.generation)
        else:
            shutil.rmtree(work)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    seconds = round(time.monotonic() - started, 3)
    return BuildReport(
        plan.added, plan.removed, plan.kept, len(passages), seconds, current_generation(folder),
        not accepted, tongues,
    )  # fmt: skip


def _told_whole(held: Manifest, retelling: Retelling | None) -> bool:
    """Whether the generation is told in the languages that it should be in, no line left out."""
    wanted = wanted_tongues(retelling, held.languages)
    return set(held.tongues) == set(wanted) and not any(held.tongues.values())


def _previous(folder: Path, recipe: Recipe) -> Generation | None:
    """The serving generation when its vectors can be used again."""
    try:
        return Generation(folder / current_generation(folder), recipe)
    except (IndexMissingError, IndexDamagedError):
        return None
    except IndexRecipeError as error:
        raise IndexingError(f"{error}") from error


def drop_former(folder: Path) -> None:
    """Remove at once what the next build would: generations that no longer serve. Raises IndexingError."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / ".lock", timeout=0):
            _sweep(folder)
    except Timeout as error:
        raise IndexingError(f"an index build is running in {folder}: wait for it to end") from error


def _sweep(folder: Path) -> None:
    """Remove what killed builds left and generations that no longer serve."""
    try:
        serving = current_generation(folder)
    except IndexMissingError:
        serving = ""
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != serving:
            shutil.rmtree(entry, ignore_errors=True)


def _next_name(folder: Path) -> str:
    try:
        number = int(current_generation(folder).removeprefix("generation-")) + 1
    except (IndexMissingError, ValueError):
        number = 1
    return f"generation-{number:06d}"


def _products(records: Records) -> Products:
    cases = records.each("case", status="published")
    return Products.of(case for case in cases if isinstance(case, Case))


def _passages(records: Records, products: Products) -> Iterator[Passage]:
    for case in records.each("case", status="published"):
        assert isinstance(case, Case)
        for passage in passages_of_case(case):
            yield replace(passage, embedded=products.without(passage.embedded, passage.language))
    for article in records.each("article", status="published"):
        assert isinstance(article, PolicyArticle)
        yield from passages_of_article(article)


def _write_passages(
    records: Records, work: Path, progress: Progress
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    writer, products = PassageWriter(work), _products(records)
    products.save(work)
    for count, passage in enumerate(_passages(records, products), start=1):
        writer.add(passage)
        if count % 1000 == 0:
            progress("reading", count, 0)
    return writer.close()


def _plan(passages: PassageFile, previous: Generation | None) -> Plan:
    existing = [] if previous is None else [d.tobytes() for d in previous.passages.digests]
    return plan_build([d.tobytes() for d in passages.digests], existing)


def _write_vectors(
    passages: PassageFile,
    plan: Plan,
    previous: Generation | None,
    work: Path,
    embedder: Embedder,
    progress: Progress,
) -> None:
    """What the encoder gave, kept for the next build, and the vectors and topics that are searched."""
    import numpy as np

    vectors = np.empty((len(passages), embedder.dim), dtype=np.float32)
    if previous is not None and plan.reuse:
        new = np.fromiter(plan.reuse.keys(), dtype=np.int64)
        old = np.fromiter(plan.reuse.values(), dtype=np.int64)
        vectors[new] = previous.encoded()[old]
    for start in range(0, len(plan.embed), EMBED_BATCH):
        rows = plan.embed[start : start + EMBED_BATCH]
        vectors[list(rows)] = embedder.embed([passages[row].embedded for row in rows])
        progress("embedding", start + len(rows), len(plan.embed))
    np.save(work / ENCODED, vectors)
    topics = _topics(passages, vectors, embedder)
    topics.save(work)
    for code in topics.centres:
        own = passages.language == code
        vectors[own] = topics.without_language(vectors[own], code)
    index = VectorIndex.empty(embedder.dim)
    index.add(vectors)
    index.save(work / "vectors.faiss")


def _topics(passages: PassageFile, vectors: NDArray[np.float32], embedder: Embedder) -> Topics:
    import numpy as np

    _, first = np.unique(passages.source, return_index=True)
    codes = passages.category[first]
    counts = np.bincount(codes[codes >= 0], minlength=len(passages.categories))
    names = embedder.embed([name_of(category) for category in passages.categories])
    return Topics(names, counts, *language_centres(vectors, passages.language))


def _write_words(passages: PassageFile, work: Path, progress: Progress) -> None:
    progress("words", 0, len(passages))
    texts = (passages[row] for row in range(len(passages)))
    WordIndex.build(words_of(p.words, p.language) for p in texts).save(work / "words")
    write_ngrams((passages[row].embedded for row in range(len(passages))), work / "ngrams")
    progress("words", len(passages), len(passages))


def _write_head(passages: PassageFile, work: Path) -> None:
    """The category head learns from problems, from what customers said, and from the categories' names."""
    rows = passages.labelled_rows()
    if not len(rows):
        return
    ngrams, vectors = NgramIndex.load(work / "ngrams"), VectorIndex.load(work / "vectors.faiss")
    examples = Examples(vectors.rows(rows), ngrams.matrix(rows), passages.category[rows])
    names = name_examples(passages.categories, Topics.load(work).names, ngrams)
    train(examples, names, len(passages.categories)).save(work)


def _stamp(work: Path, manifest: Manifest, recipe: Recipe, records: Records) -> Manifest:
    """Calibrate on the finished files and write the manifest last."""
    manifest.save(work)
    calibration = calibrate(Generation(work, recipe), records)
    stamped = replace(manifest, calibration=calibration.as_json())
    stamped.save(work)
    return stamped


def _refined(work: Path, manifest: Manifest, embedder: Embedder, judged: tuple[Judged, ...]) -> Manifest:
    """Refit the calibration to what agents told, around what the knowledge itself says."""
    if not judged:
        return manifest
    calibration = refine(Generation(work, manifest.recipe), embedder, judged)
    refined = replace(manifest, calibration=calibration.as_json())
    refined.save(work)
    return refined


def _digest(judged: tuple[Judged, ...]) -> str:
    """Tells whether agents told anything new; empty where they told nothing."""
    return hashlib.sha256(repr(judged).encode("utf-8", "surrogatepass")).hexdigest()[:16] if judged else ""


def _translations(records: Records) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for article in records.each("article", status="published"):
        if isinstance(article, PolicyArticle) and article.translation_of:
            found.setdefault(article.translation_of, {})[article.language] = article.id
    return found
