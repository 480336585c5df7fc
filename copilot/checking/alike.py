"""One case beside the cases most like it: told twice, or settled otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from copilot.checking.finding import Finding, subject_of
from copilot.checking.records import of_contradiction
from copilot.curation.candidates import BLOCK, NEAR, NEIGHBOURS
from copilot.curation.contradictions import between_cases
from copilot.curation.duplicates import best_first
from copilot.curation.echoes import Echoes
from copilot.curation.traits import Pair, Read, compare, problem_of
from indexer.embedder import Embedder
from indexer.lexical import words_of
from indexer.passages import KINDS
from indexer.search import Generation
from indexer.split import passages_of_case
from knowledge_base.models import Case
from knowledge_base.sayings import say
from knowledge_base.store import KnowledgeBase

# Changes since the index was built, the newest, among which cases alike are told by their words; and the
# share of the words that the shorter must have in common to be compared at all.
LATEST = 300
SHARED = 0.3
_SHORT = 3


def of_alike(
    case: Case, before: Case | None, knowledge: KnowledgeBase, generation: Generation, embedder: Embedder
) -> Iterator[Finding]:
    """What a published case repeats or contradicts, and what it did not before."""
    if before is not None and _told(before) == _told(case):
        return
    pairs = list(near_pairs(case, knowledge, generation, embedder))
    telling = [pair for pair in Echoes(embedder).heard(pairs) if _speaks(pair)]
    former = _former(before, telling, embedder) if before else {}
    for pair in telling:
        known = former.get(pair.second.id, frozenset())
        for finding in _findings(pair):
            if (finding.check, *_sides(finding, case.id)) not in known:
                yield finding


def near_pairs(
    case: Case, knowledge: KnowledgeBase, generation: Generation, embedder: Embedder
) -> Iterator[Pair]:
    """A case beside the nearest published ones, those written since the index was built among them.

    A case of another category neither tells the same nor contradicts, and isn't read.
    """
    others = [
        other
        for other in (*_indexed(case, knowledge, generation, embedder), *_latest(case, knowledge, generation))
        if other.category is None or case.category is None or other.category == case.category
    ]
    others = list({other.id: other for other in others}.values())
    if others:
        own, *read = _read([case, *others], embedder)
        yield from (compare(own, other) for other in read)


def of_pair(case: Case, kept: Case, likeness: float) -> Finding:
    """A case that reads like another."""
    message = say(
        "reads like case %(other)s (%(sure)s): merge them or tell them apart",
        other=kept.id,
        sure=f"{likeness:.0%}",
    )
    return Finding("duplicate", "warning", subject_of("case", case.id), message)


def _told(case: Case) -> tuple[object, ...]:
    """All of a case that is compared."""
    return problem_of(case), case.resolution, case.category, case.product, case.language, case.status


def _speaks(pair: Pair) -> bool:
    return pair.duplicate or any(True for _ in between_cases([pair]))


def _findings(pair: Pair) -> Iterator[Finding]:
    if pair.duplicate:
        kept, other = best_first((pair.first, pair.second))
        yield of_pair(other, kept, pair.likeness)
    for one in between_cases([pair]):
        yield of_contradiction(one)


def _former(before: Case, pairs: Sequence[Pair], embedder: Embedder) -> Mapping[str, frozenset[object]]:
    """What the case as it was had with the same others already, by their id."""
    if before.status != "published" or not pairs:
        return {}
    own, *others = _read([before, *(pair.second for pair in pairs)], embedder)
    former = Echoes(embedder).heard([compare(own, other) for other in others])
    return {
        pair.second.id: frozenset((one.check, *_sides(one, before.id)) for one in _findings(pair))
        for pair in former
    }


def _sides(finding: Finding, own: str) -> tuple[str, ...]:
    """A duplicate stays one however sure; a contradiction is another where its sentences are."""
    return () if finding.check == "duplicate" else (finding.subject, finding.message)


def _indexed(
    case: Case, knowledge: KnowledgeBase, generation: Generation, embedder: Embedder
) -> Sequence[Case]:
    """The nearest cases of the index, as they are now."""
    import numpy as np

    passages, columns = passages_of_case(case), generation.passages
    _, firsts = np.unique(columns.source, return_index=True)
    rows = firsts[columns.kind[firsts] == KINDS.index("case")]
    if not passages or not len(rows):
        return ()
    [vector] = embedder.embed([generation.products.without(passages[0].embedded, case.language)])
    vectors = generation.encoded()
    blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
    cosines = np.concatenate([np.asarray(vectors[block]) @ vector for block in blocks])
    order = np.argsort(-cosines, kind="stable")[: NEIGHBOURS + 1]  # one may be the case itself
    near = [columns[int(rows[n])].source_id for n in order if cosines[n] >= NEAR]
    return _published(knowledge, [one for one in near if one != case.id])


def _latest(case: Case, knowledge: KnowledgeBase, generation: Generation) -> Sequence[Case]:
    """Cases written since the index was built that share words with this one, the likest first."""
    since = max(generation.manifest.sequence, knowledge.last_seq() - LATEST)
    changes = knowledge.changes(since=since, limit=LATEST)
    ids = dict.fromkeys(one.record_id for one in changes if one.kind == "case" and one.record_id != case.id)
    own = _words(problem_of(case))
    shares = [(_shared(own, _words(problem_of(other))), other) for other in _published(knowledge, ids)]
    likest = sorted(shares, key=lambda entry: (-entry[0], entry[1].id))[:NEIGHBOURS]
    return [other for share, other in likest if share >= SHARED]


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(min(len(one), len(other)), 1)


def _published(knowledge: KnowledgeBase, ids: Iterable[str]) -> Sequence[Case]:
    wanted = list(ids)
    found = knowledge.get_many("case", wanted)
    cases = (found.get(one) for one in wanted)
    return [one for one in cases if isinstance(one, Case) and one.status == "published"]


def _read(cases: Sequence[Case], embedder: Embedder) -> Sequence[Read]:
    """Cases read for comparing, embedded in one batch."""
    texts = [*map(problem_of, cases), *(case.resolution for case in cases)]
    vectors = embedder.embed(texts)
    return [
        Read.of(case, problem, resolution)
        for case, problem, resolution in zip(cases, vectors[: len(cases)], vectors[len(cases) :], strict=True)
    ]


@lru_cache(maxsize=2_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in words_of(text) if len(word) > _SHORT)
