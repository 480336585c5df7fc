"""From a query to evidence: similar cases and policy passages, one a source, with confidence and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Protocol

from copilot.adjust import Candidate, Chosen, Move, choose, move_of_article, move_of_case
from copilot.feedback import FeedbackMemory, Opinion, item_of
from copilot.models import Evidence, Query
from copilot.wording import worded
from indexer.embedder import Embedder, Encoded, stacked
from indexer.found import Filter, Found, Wording
from indexer.search import Generation
from indexer.split import sections_of
from knowledge_base.errors import IndexingError
from knowledge_base.models import Case, Passage, PolicyArticle, SourceKind
from knowledge_base.store import KnowledgeBase
from knowledge_base.verdicts import Asked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Translations of one article fill places of the ranking before they are told to be one, and what worked
# before and what agents said bring up what is a little less alike.
SPARE = 3
FEWEST = 20


class Index(Protocol):
    """What is searched: the generation that serves, or one that is being judged."""

    def current(self) -> Generation:
        """Raises IndexingError subclasses when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query ready for searching one generation; `encoded` are its views without product names, if kept."""

    query: Query
    wording: Wording
    generation: Generation
    encoded: tuple[Encoded, ...] = ()
    # The vector of the first view as the encoder gave it, shape (dim,): what feedback is compared by.
    asked: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Something found and for whom; its case, or its article's address and what a translation found."""

    found: Found
    told: Prepared
    case: Case | None = None
    url: str | None = None
    translated: Passage | None = None


class Retriever:
    """Searches the generation that serves; every result is published, and policy is in force on the day."""

    def __init__(
        self,
        index: Index,
        embedder: Embedder,
        knowledge: KnowledgeBase,
        *,
        feedback: FeedbackMemory | None = None,
        floors: Sequence[float] = (),
    ) -> None:
        """Without `feedback` no verdict counts; no single agent's takes an item below one of `floors`."""
        self._index, self.embedder, self._knowledge = index, embedder, knowledge
        self._feedback, self._floors = feedback, floors

    def over(self, index: Index) -> Retriever:
        """The same search over another index."""
        return Retriever(index, self.embedder, self._knowledge, feedback=self._feedback, floors=self._floors)

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

    def prepare(self, queries: Sequence[Query], *, read: bool = False) -> list[Prepared]:
        """Embed all views of all queries in one batch. Raises IndexingError without an index.

        With `read` what the encoder made of each word is kept, which explaining needs.
        """
        generation = self.generation
        if self._feedback is not None:
            self._feedback.follow()
        views = [(view, query.language) for query in queries for view in query.views]
        texts = [generation.products.without(*view) for view in views]
        encoded = self.embedder.read(texts) if read else []
        vectors = stacked(encoded) if encoded else self.embedder.embed(texts)
        prepared, at = [], 0
        for query in queries:
            end = at + len(query.views)
            wording = worded(generation, query, vectors[at:end], texts[at:end])
            asked = vectors[at] if query.views else None
            prepared.append(Prepared(query, wording, generation, tuple(encoded[at:end]), asked))
            at = end
        return prepared

    def retrieve(
        self, prepared: Sequence[Prepared], *, kind: SourceKind, on: date, limit: int
    ) -> list[Evidence]:
        """The best evidence for several wordings of one want (original, translated), best first."""
        best: dict[int, tuple[Found, Prepared]] = {}
        for one in prepared:
            for found in one.generation.find(one.wording, Filter(kind, on), limit=max(limit * SPARE, FEWEST)):
                held = best.get(found.source)
                if held is None or _order(found, one) < _order(*held):
                    best[found.source] = (found, one)
        ranked = sorted(best.values(), key=lambda entry: _order(*entry))
        offers = list(self._cases(ranked) if kind == "case" else self._passages(ranked))
        moves = self._moves(offers, prepared, on)
        candidates = [_candidate(offer, move) for offer, move in zip(offers, moves, strict=True)]
        return [_evidence(chosen) for chosen in choose(candidates, limit=limit, floors=self._floors)]

    def asked(self, prepared: Sequence[Prepared]) -> Asked:
        """What was searched for, to be kept beside the suggestion; the translation where there is one."""
        import numpy as np

        last = prepared[-1] if prepared else None
        vector = last.asked if last else None
        written = None if vector is None else vector.astype(np.float16).tobytes()
        translated = last.query.language if last and last.query.original else None
        return Asked(self.embedder.digest, written, language=translated)

    def warm(self) -> None:
        """Load what is known of feedback, and embed the requests that are not yet."""
        if self._feedback is not None:
            self._feedback.embed_missing()

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

    def _moves(self, offers: Sequence[Offer], prepared: Sequence[Prepared], on: date) -> list[Move]:
        """What moves each offer."""
        items = [item_of(o.found.passage.kind, o.found.passage.source_id) for o in offers]
        vector = prepared[-1].asked if prepared else None
        opinions: Mapping[str, Opinion] = {}
        if self._feedback is not None and vector is not None:
            opinions = self._feedback.opinions(items, vector, on)
        return [
            move_of_article(opinions.get(item))
            if offer.case is None
            else move_of_case(offer.case, offer.told.generation.fixes, on, opinions.get(item))
            for item, offer in zip(items, offers, strict=True)
        ]

    def _cases(self, ranked: Sequence[tuple[Found, Prepared]]) -> Iterator[Offer]:
        ids = [found.passage.source_id for found, _ in ranked]
        records = self._knowledge.get_many("case", ids)
        for found, told in ranked:
            case = records.get(found.passage.source_id)
            # Retired since the index was built: the knowledge base is right, the index catches up.
            if isinstance(case, Case) and case.status == "published":
                yield Offer(found, told, case)

    def _passages(self, ranked: Sequence[tuple[Found, Prepared]]) -> Iterator[Offer]:
        """Translations speak through the article they translate, which is what the agent reads."""
        ids = [found.passage.source_id for found, _ in ranked]
        articles = self._knowledge.get_many("article", ids)
        originals = [
            a.translation_of for a in articles.values() if isinstance(a, PolicyArticle) and a.translation_of
        ]
        articles |= self._knowledge.get_many("article", [i for i in originals if i not in articles])
        seen: set[str] = set()
        for found, told in ranked:
            article = articles.get(found.passage.source_id)
            if not isinstance(article, PolicyArticle) or article.status != "published":
                continue
            original = articles.get(article.translation_of or "")
            passage = found.passage
            if isinstance(original, PolicyArticle) and original.status == "published":
                passage = counterpart(passage, article, original) or passage
            if passage.source_id not in seen:
                seen.add(passage.source_id)
                speaking = original if isinstance(original, PolicyArticle) else article
                translated = None if passage is found.passage else found.passage
                shown = replace(found, passage=passage)
                yield Offer(shown, told, url=speaking.url, translated=translated)


def _candidate(offer: Offer, move: Move) -> Candidate[Offer]:
    found = offer.found
    return Candidate(offer, found.relevance, found.confidence, offer.told.wording.vouched, found.row, move)


def _evidence(chosen: Chosen[Offer]) -> Evidence:
    offer, move = chosen.found, chosen.move
    return Evidence(
        passage=offer.found.passage,
        relevance=chosen.relevance,
        confidence=chosen.confidence,
        case=offer.case,
        url=offer.url,
        found=offer.translated,
        backed=chosen.backed,
        outcome=move.outcome,
        adjustments=move.adjustments,
    )


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
