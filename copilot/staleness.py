"""What has gone stale in the knowledge: dead references, and cases older than their policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice

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


def stale_citations(knowledge: KnowledgeBase, *, limit: int | None = None) -> Iterator[Stale]:
    """Citations of what isn't published, then of policy in force only after the case was resolved.

    Each by kind and id, so many at most. Only what is stale is read, but for what the articles say.
    """
    dependence = knowledge.dependence
    dead = _dead(dependence.named(), dependence.bodies())
    for one in dependence.naming(dead, limit=limit):
        yield Stale(one, dead=True)
    nothing = frozenset(dead)
    older = ((one, since) for one, since in dependence.older() if one.named not in nothing)
    for one, since in islice(older, limit):
        yield Stale(one, dead=False, since=since)


def _dead(named: Mapping[str, list[str]], bodies: Mapping[str, str]) -> list[str]:
    """What leads to no published article, or to none of its sections."""
    found = []
    for article_id, names in named.items():
        body = bodies.get(article_id)
        sections = [name.partition("#")[2] for name in names]
        slugs = _slugs(body) if body is not None and any(sections) else frozenset()
        found += [
            name
            for name, section in zip(names, sections, strict=True)
            if body is None or (section and section not in slugs)
        ]
    return found


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


@lru_cache(maxsize=5000)
def _slugs(body: str) -> frozenset[str]:
    return frozenset(found.slug for found in sections_of(body))


def overdue(article: PolicyArticle, today: date) -> bool:
    """Whether an article in force was to be reviewed before today."""
    in_force = article.effective_to is None or article.effective_to >= today
    return bool(in_force and article.review_by and article.review_by < today)
