"""Review without an index: what is like a text is told by the words it shares with the base's cases."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from copilot.checking.gate import Gate
from copilot.review.candidate import Looked, Near
from copilot.review.desk import Review
from copilot.understand.language import LanguageDetector
from copilot.understand.understand import Understander
from knowledge_base.models import Case
from knowledge_base.store import KnowledgeBase
from tests.fakes import WordHashEmbedder


class WordLook:
    """Compares with every published case."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base

    def look(self, text: str, language: str | None, on: date) -> Looked:
        cases = [c for c in self._base.each("case", status="published") if isinstance(c, Case)]
        if not cases or not text.strip():
            return Looked()
        vectors = WordHashEmbedder().embed([text, *(case.problem for case in cases)])
        alike = zip(cases, vectors[1:] @ vectors[0], strict=True)
        near = [Near(case.id, case.title or case.id, round(float(cosine), 4)) for case, cosine in alike]
        ranked = tuple(sorted(near, key=lambda one: (-one.similarity, one.id))[:5])
        return Looked("lost_parcel", 0.62, ranked)


def build_review(
    base: KnowledgeBase,
    *,
    publishers: tuple[str, ...] = (),
    rules: Path | None = None,
    gate: Gate | None = None,
) -> Review:
    """Review over a base."""
    reader = Understander(LanguageDetector(("en", "es", "pl")))
    return Review(base, reader, WordLook(base), publishers=publishers, rules=rules, gate=gate)
