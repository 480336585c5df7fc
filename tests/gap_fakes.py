"""Gaps without an index: the nearest is always the same, and every language is read."""

from __future__ import annotations

from copilot.gaps.models import Miss
from knowledge_base.store import KnowledgeBase
from tests.builders import make_conversation


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


ASKED = (
    ("Do you rent out bicycles for the weekend?", "en", 9),
    ("¿Alquilan bicicletas el fin de semana?", "es", 4),
    ("Can you gift wrap my order?", "en", 5),
    ("Which bulb fits the reading lamp?", "en", 1),
)


def ask_for_what_nothing_answers(base: KnowledgeBase, *, kept: bool = True) -> None:
    """Conversations of three kinds and one, each with a suggestion that shows nothing; one was solved.

    Where they aren't `kept`, the suggestions are there alone.
    """
    for kind, (text, language, count) in enumerate(ASKED):
        for n in range(count):
            name = f"gap-{kind}-{n}"
            if kept:
                base.conversations.receive(make_conversation(text, id=name))
            understanding = {"request": text, "language": language, "category": None, "stage": "first"}
            base.keep_suggestion(name, name, {"understanding": understanding})
    if not kept:
        return
    base.conversations.reply(
        "gap-2-0", "We wrap each order as a gift for a small fee at the counter.", seen=1
    )
    base.conversations.settle("gap-2-0", "closed")
