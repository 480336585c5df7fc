"""What of the published knowledge comes nearest to a request, however weak, and its likeliest category."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from copilot.finding import CATEGORY_FLOOR
from copilot.gaps.models import Miss
from knowledge_base.errors import IndexingError

if TYPE_CHECKING:
    from copilot.models import Evidence
    from copilot.retrieve import Prepared, Retriever


class Nearest(Protocol):
    """Looks for one request; never raises for want of an index."""

    def look(self, request: str, language: str | None) -> tuple[Miss | None, str | None]:
        """The best of what is found, and the category where it is likely enough."""
        ...

    def reads(self, language: str) -> bool:
        """Whether the encoder reads a language."""
        ...


class IndexNearest:
    """Looks into the index as a search does."""

    def __init__(
        self,
        prepare: Callable[[str, str | None], Sequence[Prepared]],
        ranked: Callable[[Sequence[Prepared]], Sequence[Evidence]],
        retriever: Retriever,
    ) -> None:
        """`ranked` gives the best first."""
        self._prepare, self._ranked, self._retriever = prepare, ranked, retriever

    def look(self, request: str, language: str | None) -> tuple[Miss | None, str | None]:
        try:
            prepared = self._prepare(request, language)
            category, probability = self._retriever.category(prepared)
            found = self._ranked(prepared)
        except IndexingError:
            return None, None
        known = category if probability >= CATEGORY_FLOOR else None
        if not found:
            return None, known
        best = max(found, key=lambda one: (one.confidence, one.relevance))
        title = (best.case.title if best.case else best.passage.title) or best.passage.source_id
        return Miss(best.passage.kind, best.passage.source_id, title, best.confidence), known

    def reads(self, language: str) -> bool:
        from indexer.reading import PIVOT, reads

        try:
            return language == PIVOT or reads(self._retriever.generation.manifest.reads or (), language)
        except IndexingError:
            return language == PIVOT
