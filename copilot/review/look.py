"""What the index says of a candidate: its category, cases like it, and the policy that speaks of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

from copilot.review.candidate import Looked, Near
from knowledge_base.errors import IndexingError

if TYPE_CHECKING:
    from copilot.retrieve import Prepared, Retriever

MOST_NEAR = 5
MOST_PASSAGES = 5


class Look(Protocol):
    """Tells what is known that is like a text; never raises for want of an index."""

    def look(self, text: str, language: str | None, on: date) -> Looked: ...


class IndexLook:
    """Looks into the index, by the text's translation where agents work in another language."""

    def __init__(
        self, prepare: Callable[[str, str | None], Sequence[Prepared]], retriever: Retriever
    ) -> None:
        self._prepare, self._retriever = prepare, retriever

    def look(self, text: str, language: str | None, on: date) -> Looked:
        """Without an index nothing is known."""
        if not text.strip():
            return Looked()
        try:
            prepared = self._prepare(text, language)
            category, probability = self._retriever.category(prepared)
            cases = self._retriever.retrieve(prepared, kind="case", on=on, limit=MOST_NEAR)
            passages = self._retriever.retrieve(prepared, kind="article", on=on, limit=MOST_PASSAGES)
        except IndexingError:
            return Looked()
        policy = tuple((e.passage.key, f"{e.passage.heading}\n{e.passage.text}") for e in passages)
        found = [e.case for e in cases if e.case is not None]
        if not found or not prepared:
            return Looked(category, probability, (), policy)
        texts = [prepared[-1].query.views[0], *(case.problem or case.title or case.id for case in found)]
        vectors = self._retriever.embedder.embed(texts)
        cosines = [float(one) for one in vectors[1:] @ vectors[0]]
        near = [
            Near(case.id, case.title or case.id, round(min(1.0, cosine), 4))
            for case, cosine in zip(found, cosines, strict=True)
        ]
        return Looked(
            category, probability, tuple(sorted(near, key=lambda one: (-one.similarity, one.id))), policy
        )
