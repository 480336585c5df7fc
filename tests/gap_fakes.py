"""Gaps without an index: the nearest is always the same, and every language is read."""

from __future__ import annotations

from copilot.gaps.models import Miss


class FakeNearest:
    """Finds one article, this surely."""

    def __init__(self, confidence: float = 0.12, category: str | None = "moon") -> None:
        self.confidence, self.category = confidence, category
        self.unread: frozenset[str] = frozenset()

    def look(self, request: str, language: str | None) -> tuple[Miss | None, str | None]:
        """The same for each request."""
        return Miss("article", "lost-parcels", "Parcels lost on the way", self.confidence), self.category

    def reads(self, language: str) -> bool:
        """All but those that are named."""
        return language not in self.unread
