"""What has gone stale in the knowledge: dead references, cases older than their policy, overdue reviews."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from indexer.split import sections_of
from knowledge_base.dependence import Citation
from knowledge_base.models import PolicyArticle
from knowledge_base.store import KnowledgeBase

Articles = Mapping[str, PolicyArticle]


@dataclass(frozen=True, slots=True)
class Stale:
    """A citation that leads to nothing (`dead`), or of policy that came into force later (`since`)."""

    citation: Citation
    dead: bool
    since: date | None = None


def published_articles(knowledge: KnowledgeBase) -> Articles:
    """The published articles by id."""
    found = knowledge.each("article", status="published")
    return {one.id: one for one in found if isinstance(one, PolicyArticle)}


def stale_citations(knowledge: KnowledgeBase) -> Iterator[Stale]:
    """Citations of what isn't published, and of policy that came into force after the case was resolved."""
    return stale_among(knowledge.dependence.citations(), published_articles(knowledge).get)


def stale_among(
    citations: Iterable[Citation], published: Callable[[str], PolicyArticle | None]
) -> Iterator[Stale]:
    """The stale ones of these citations; `published` gives an article where it is."""
    for one in citations:
        article = published(one.article_id)
        section = one.named.partition("#")[2]
        if article is None or (section and section not in _slugs(article.body)):
            yield Stale(one, dead=True)
        elif one.resolved_at and article.effective_from and one.resolved_at.date() < article.effective_from:
            yield Stale(one, dead=False, since=article.effective_from)


@lru_cache(maxsize=1024)
def _slugs(body: str) -> frozenset[str]:
    return frozenset(found.slug for found in sections_of(body))


def overdue_reviews(knowledge: KnowledgeBase, today: date) -> Iterator[PolicyArticle]:
    """Published articles in force that were to be reviewed before today."""
    for article in published_articles(knowledge).values():
        if overdue(article, today):
            yield article


def overdue(article: PolicyArticle, today: date) -> bool:
    """Whether an article in force was to be reviewed before today."""
    in_force = article.effective_to is None or article.effective_to >= today
    return bool(in_force and article.review_by and article.review_by < today)
