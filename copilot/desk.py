"""What the desk has written itself, as drafting and the linter take it from the knowledge base."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from knowledge_base.models import PolicyArticle, ReplyTemplate
from knowledge_base.store import KnowledgeBase

if TYPE_CHECKING:
    from copilot.drafting.lint import Desk


def desk_templates(knowledge: KnowledgeBase) -> Iterator[ReplyTemplate]:
    """The desk's own published reply templates."""
    for template in knowledge.each("template", status="published"):
        if isinstance(template, ReplyTemplate):
            yield template


def desk_of(knowledge: KnowledgeBase, today: date, informal: frozenset[str] = frozenset()) -> Desk:
    """What templates may lean on in a knowledge base."""
    found = knowledge.each("article", status="published")
    articles = [article for article in found if isinstance(article, PolicyArticle)]
    return desk_from(articles, list(desk_templates(knowledge)), knowledge, today, informal)


def desk_from(
    articles: Iterable[PolicyArticle],
    own: Sequence[ReplyTemplate],
    knowledge: KnowledgeBase,
    today: date,
    informal: frozenset[str] = frozenset(),
) -> Desk:
    """The same with these articles and templates in place of the base's."""
    from copilot.drafting.lint import Desk, Policy
    from indexer.split import sections_of

    policies = {
        article.id: Policy(
            {section.slug: f"{section.heading}\n{section.text}" for section in sections_of(article.body)},
            article.in_force(today),
        )
        for article in articles
    }
    written = {one.id: one for one in (*bundled(), *own)}
    return Desk(
        policies,
        knowledge.categories("case") | knowledge.categories("article"),
        frozenset(template.language for template in own),
        tuple(written.values()),
        informal,
    )


@lru_cache(maxsize=1)
def bundled() -> tuple[ReplyTemplate, ...]:
    """The templates that come with the product."""
    from copilot.drafting.templates import bundled_templates

    return bundled_templates()
