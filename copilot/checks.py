"""The knowledge's own checks: what would mislead an agent, found before a customer finds it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.checking.alike import of_pair
from copilot.checking.finding import Finding
from copilot.checking.records import (
    of_answers,
    of_citations,
    of_contradiction,
    of_dates,
    of_languages,
    of_unbacked,
    untranslated,
)
from copilot.checking.shelf import Shelf
from copilot.curation.desk import Found
from copilot.desk import desk_of, desk_templates
from copilot.drafting.lint import lint
from copilot.evaluation.outcome import Answers
from copilot.evaluation.queries import query_of
from copilot.golden import ask, published_questions
from copilot.staleness import stale_citations
from knowledge_base.errors import IndexingError
from knowledge_base.models import Case
from knowledge_base.sayings import say
from knowledge_base.store import KnowledgeBase

if TYPE_CHECKING:
    from copilot.assist import Copilot
    from copilot.checking.links import Links


def find_all(
    copilot: Copilot,
    *,
    today: date,
    floor: float,
    waiting: Path | None = None,
    links: Links | None = None,
) -> list[Finding]:
    """Everything that the checks find. Those that search need an index.

    Below the confidence `floor` nothing is shown to agents. `waiting` is a golden file that the next
    index build would take in, where there is one. `links` are followed, where the operator wants it.
    """
    knowledge = copilot.knowledge
    findings = [*_articles(knowledge, today), *_cases(knowledge, today)]
    findings += _templates(knowledge, today, copilot.workshop.informal)
    try:
        findings += _curation(copilot.curation.found(today))
        findings += _golden(copilot, floor, waiting)
    except IndexingError as error:
        findings.append(Finding("index", "error", "index", str(error)))
    # Last, as what answers slowly may take minutes.
    findings += links.findings(knowledge) if links else ()
    return findings


def _articles(knowledge: KnowledgeBase, today: date) -> Iterator[Finding]:
    """Articles that are no longer in force, whose review is overdue, or that lack languages."""
    articles = Shelf(knowledge, today).articles().values()
    dates = [finding for article in articles for finding in of_dates(article, today)]
    yield from sorted(dates, key=lambda finding: finding.severity)
    for original, (begun, missing) in untranslated(articles, today).items():
        yield of_languages(original, begun, missing)


def _cases(knowledge: KnowledgeBase, today: date) -> Iterator[Finding]:
    """Dead references, cases settled under policy that was not in force, figures that policy denies."""
    yield from of_citations(stale_citations(knowledge))
    shelf = Shelf(knowledge, today)
    for case in knowledge.each("case", status="published"):
        if isinstance(case, Case):
            yield from of_unbacked(case, shelf)


def _templates(knowledge: KnowledgeBase, today: date, informal: frozenset[str]) -> Iterator[Finding]:
    """What the linter says of the desk's own reply templates."""
    for remark in lint(desk_templates(knowledge), desk_of(knowledge, today, informal)):
        yield Finding(remark.code, remark.severity, f"template:{remark.template_id}", remark.message)


def _curation(found: Found) -> Iterator[Finding]:
    """Cases that are told more than once, each beside the one to keep, and what contradicts what."""
    for group in found.groups:
        kept, *others = group.cases
        for case in others:
            yield of_pair(case, kept, group.likeness)
    for one in found.contradictions:
        yield of_contradiction(one)


def _golden(copilot: Copilot, floor: float, waiting: Path | None) -> Iterator[Finding]:
    """Golden questions that aren't answered, or are and should not be, or name what isn't there."""
    if waiting is not None and waiting.is_file():
        message = say("holds golden questions that aren't asked yet: `precedent index` takes them in")
        yield Finding("golden", "note", waiting.name, message)
    questions = published_questions(copilot.knowledge)
    held = Answers.of(copilot.knowledge, map(query_of, questions))
    for question, answer in zip(questions, ask(copilot, questions, floor=floor), strict=True):
        yield from of_answers(question, frozenset(held.kinds))
        if answer.wrong:
            yield Finding("golden", "warning", f"golden:{question.id}", answer.wrong)
