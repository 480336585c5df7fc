"""From a query to evidence: similar cases and policy passages, one a source, with confidence and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from copilot.models import Evidence, Query
from copilot.why import why
from indexer.embedder import Embedder
from indexer.lexical import Word, query_words
from indexer.live import LiveIndex
from indexer.search import Filter, Found, Generation, Wording
from indexer.split import sections_of
from knowledge_base.errors import IndexingError
from knowledge_base.models import Case, Passage, PolicyArticle, SourceKind
from knowledge_base.store import KnowledgeBase

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Of what was said before and what is said now the likely categories are compared: with less of them in
# common than this they are two subjects. Of pairs made from the sample desk's own cases, openers of
# another category share .05 at the median and .18 at nine tenths, later messages of one case .29.
SAME_SUBJECT = 0.15
# Translations of one article fill places of the ranking before they are told to be one.
SPARE = 3


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query ready for searching one generation."""

    query: Query
    wording: Wording
    generation: Generation


class Retriever:
    """Searches the generation that serves; every result is published, and policy is in force on the day."""

    def __init__(self, index: LiveIndex, embedder: Embedder, knowledge: KnowledgeBase) -> None:
        self._index, self._embedder, self._knowledge = index, embedder, knowledge

    @property
    def generation(self) -> Generation:
        """What serves now. Raises IndexingError subclasses when nothing can."""
        return self._index.current()

    def products(self) -> tuple[str, ...]:
        """The whole names of the products that the cases are about; none without an index."""
        try:
            return self.generation.products.whole
        except IndexingError:
            return ()

    def prepare(self, queries: Sequence[Query]) -> list[Prepared]:
        """Embed all views of all queries in one batch. Raises IndexingError without an index."""
        generation = self.generation
        views = [(view, query.language) for query in queries for view in query.views]
        vectors = self._embedder.embed([generation.products.without(*view) for view in views])
        prepared, at = [], 0
        for query in queries:
            end = at + len(query.views)
            words = [query_words(view, query.language) for view in query.views]
            wording = _worded(generation, query, vectors[at:end], words)
            prepared.append(Prepared(query, wording, generation))
            at = end
        return prepared

    def retrieve(
        self, prepared: Sequence[Prepared], *, kind: SourceKind, on: date, limit: int
    ) -> list[Evidence]:
        """The best evidence for several wordings of one want (original, translated), best first."""
        best: dict[int, tuple[Found, Prepared]] = {}
        for one in prepared:
            for found in one.generation.find(one.wording, Filter(kind, on), limit=limit * SPARE):
                held = best.get(found.source)
                if held is None or _order(found, one) < _order(*held):
                    best[found.source] = (found, one)
        ranked = sorted(best.values(), key=lambda entry: _order(*entry))
        if kind == "case":
            return self._cases(ranked[:limit])
        return self._passages(ranked)[:limit]

    def category(self, prepared: Sequence[Prepared]) -> tuple[str | None, float]:
        """The likeliest category of the want, and its share of all of them."""
        if not prepared or not prepared[-1].wording.vouched:
            return None, 0.0
        shares = prepared[-1].generation.category_shares(prepared[-1].wording)
        if not shares:
            return None, 0.0
        return max(shares.items(), key=lambda entry: (entry[1], entry[0]))

    def translations(self, passages: Sequence[Evidence], language: str) -> dict[str, Passage]:
        """By the key of each passage its section in the article's translation, where there is one."""
        ids = {
            e.passage.source_id: self.generation.translation(e.passage.source_id, language) for e in passages
        }
        articles = self._knowledge.get_many("article", [*ids, *(i for i in ids.values() if i)])
        found: dict[str, Passage] = {}
        for evidence in passages:
            own, other = (
                articles.get(evidence.passage.source_id),
                articles.get(ids[evidence.passage.source_id] or ""),
            )
            if (
                isinstance(own, PolicyArticle)
                and isinstance(other, PolicyArticle)
                and other.status == "published"
            ):
                section = counterpart(evidence.passage, own, other)
                if section is not None:
                    found[evidence.passage.key] = section
        return found

    def _cases(self, ranked: Sequence[tuple[Found, Prepared]]) -> list[Evidence]:
        ids = [found.passage.source_id for found, _ in ranked]
        records = self._knowledge.get_many("case", ids)
        evidence: list[Evidence] = []
        for found, wording in ranked:
            case = records.get(found.passage.source_id)
            # Retired since the index was built: the knowledge base is right, the index catches up.
            if isinstance(case, Case) and case.status == "published":
                words = "\n".join(
                    [case.title or "", case.problem, case.resolution, *(m.text for m in case.messages)]
                )
                evidence.append(self._evidence(found, wording, words, case))
        return evidence

    def _passages(self, ranked: Sequence[tuple[Found, Prepared]]) -> list[Evidence]:
        """Translations speak through the article they translate, which is what the agent reads."""
        ids = [found.passage.source_id for found, _ in ranked]
        articles = self._knowledge.get_many("article", ids)
        originals = [
            a.translation_of for a in articles.values() if isinstance(a, PolicyArticle) and a.translation_of
        ]
        articles |= self._knowledge.get_many("article", [i for i in originals if i not in articles])
        seen: set[str] = set()
        evidence: list[Evidence] = []
        for found, wording in ranked:
            article = articles.get(found.passage.source_id)
            if not isinstance(article, PolicyArticle) or article.status != "published":
                continue
            original = articles.get(article.translation_of or "")
            passage = found.passage
            if isinstance(original, PolicyArticle) and original.status == "published":
                passage = counterpart(passage, article, original) or passage
            if passage.source_id not in seen:
                seen.add(passage.source_id)
                shown = replace(found, passage=passage)
                item = self._evidence(shown, wording, found.passage.embedded, None)
                speaking = original if isinstance(original, PolicyArticle) else article
                evidence.append(replace(item, url=speaking.url))
        return evidence

    @staticmethod
    def _evidence(found: Found, wording: Prepared, words: str, case: Case | None) -> Evidence:
        languages = tuple(dict.fromkeys((found.passage.language, wording.query.language or "en")))
        phrases = why(wording.query.views[0], words, wording.generation.words, languages=languages)
        return Evidence(found.passage, round(found.relevance, 4), round(found.confidence, 4), phrases, case)


def _worded(
    generation: Generation, query: Query, vectors: NDArray[np.float32], words: Sequence[Sequence[Word]]
) -> Wording:
    """The query's wording, without what was said before where that is about something else."""
    whole = generation.wording(vectors, words, query.language)
    if not query.earlier:
        return whole
    newest = generation.wording(vectors[:-1], words[:-1], query.language)
    before = generation.wording(vectors[-1:], words[-1:], query.language)
    shares, others = generation.category_shares(newest), generation.category_shares(before)
    shared = sum(min(share, others[name]) for name, share in shares.items())
    return newest if shares and shared < SAME_SUBJECT else whole


def _order(found: Found, told: Prepared) -> tuple[bool, float, int]:
    """Best first; what a wording found that nothing vouches for never stands before what another found."""
    return not told.wording.vouched, -found.relevance, found.row


def counterpart(passage: Passage, article: PolicyArticle, other: PolicyArticle) -> Passage | None:
    """The section of `other`, a translation or the original, that stands where the passage does."""
    slug = passage.key.split("#", 1)[-1].split("~")[0]
    own, others = sections_of(article.body), sections_of(other.body)
    place = next((n for n, section in enumerate(own) if section.slug == slug), None)
    if place is None or len(own) != len(others):
        return None
    section = others[place]
    return replace(
        passage, key=f"article:{other.id}#{section.slug}", source_id=other.id, title=other.title,
        text=section.text, heading=section.heading, language=other.language, audience=other.audience,
    )  # fmt: skip
