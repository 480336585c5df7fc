"""What has gone stale in the knowledge: dead references, and cases older than their policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice

from indexer.split import sections_of
from knowledge_base.dependence import Citation
from knowledge_base.models import PolicyArticle
from knowledge_base.store import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Stale:
    """A citation that leads to nothing (`dead`), or of policy that came into force later (`since`)."""

    citation: Citation
    dead: bool
    since: date | None = None


def published_articles(knowledge: KnowledgeBase) -> Mapping[str, PolicyArticle]:
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


@lru_cache(maxsize=5000)
def _slugs(body: str) -> frozenset[str]:
    return frozenset(found.slug for found in sections_of(body))
