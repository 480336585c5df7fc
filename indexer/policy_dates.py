"""Since when the policy that stands now is in force, so that a case settled under an older one is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Protocol

from indexer.fixes import PolicyDates
from knowledge_base.models import Change, Kind, PolicyArticle, Record, Status


class ArticleSource(Protocol):
    """What telling these dates needs of a knowledge base."""

    def each(self, kind: Kind, *, status: Status | None = None) -> Iterator[Record]: ...
    def rewritten(self, kind: Kind) -> Iterator[list[Change]]: ...


def policy_dates(records: ArticleSource) -> dict[str, PolicyDates]:
    """Of every article that has them: since when its present text is in force, and until when."""
    changed = {history[-1].record_id: _text_since(history) for history in records.rewritten("article")}
    found: dict[str, PolicyDates] = {}
    for article in records.each("article"):
        assert isinstance(article, PolicyArticle)
        days = [day for day in (article.effective_from, changed.get(article.id)) if day]
        until = article.effective_to if article.status != "retired" else date.min
        if days or until:
            found[article.id] = PolicyDates(article.title, max(days, default=None), until)
    return found


def _text_since(history: Sequence[Change]) -> date | None:
    """The day on which the text was last written anew; None where it is as it first was."""
    days = [
        after.at.date()
        for before, after in pairwise(history)
        if _text(before.snapshot) != _text(after.snapshot)
    ]
    return days[-1] if days else None


def _text(record: Record) -> tuple[str, str]:
    assert isinstance(record, PolicyArticle)
    return record.title, record.body
