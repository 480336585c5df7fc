"""The knowledge's own checks: what would mislead an agent, found before a customer finds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from copilot.assist import Copilot
from copilot.curation.contradictions import unbacked
from copilot.curation.desk import Found
from copilot.desk import desk_of, desk_templates
from copilot.drafting.lint import lint
from copilot.evaluation.outcome import Answers
from copilot.evaluation.queries import query_of
from copilot.golden import ask, published_questions
from copilot.staleness import published_articles, stale_citations
from indexer.split import sections_of
from knowledge_base.errors import IndexingError
from knowledge_base.models import Case, PolicyArticle
from knowledge_base.store import KnowledgeBase

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. `subject` is `case:ID`, `article:ID`, `template:ID`, `golden:ID` or `index`."""

    check: str
    severity: Severity
    subject: str
    message: str


def run_checks(copilot: Copilot, *, today: date, floor: float, waiting: Path | None = None) -> dict[str, Any]:
    """`passed` is False when a finding is an error. The checks that search need an index.

    Below the confidence `floor` nothing is shown to agents. `waiting` is a golden file that the next
    index build would take in, where there is one.
    """
    knowledge = copilot.knowledge
    findings = [*_articles(knowledge, today), *_translations(knowledge, today), *_cases(knowledge)]
    findings += _templates(knowledge, today, copilot.workshop.informal)
    try:
        findings += _curation(copilot.curation.found(today))
        findings += _golden(copilot, floor, waiting)
    except IndexingError as error:
        findings.append(Finding("index", "error", "index", str(error)))
    return {
        "passed": all(finding.severity != "error" for finding in findings),
        "findings": [asdict(finding) for finding in findings],
    }


def _articles(knowledge: KnowledgeBase, today: date) -> Iterator[Finding]:
    """Articles that are no longer in force, or whose review is overdue."""
    for article in published_articles(knowledge).values():
        if article.effective_to and article.effective_to < today:
            subject = f"article:{article.id}"
            yield Finding("expiry", "note", subject, f"no longer in force since {article.effective_to}")
    for late in knowledge.dependence.overdue(today):
        message = f"was to be reviewed by {late.review_by}"
        yield Finding("expiry", "warning", f"article:{late.id}", message)


def _translations(knowledge: KnowledgeBase, today: date) -> Iterator[Finding]:
    """Articles for customers that lack a language which others have."""
    present: dict[str, set[str]] = {}
    translations: list[PolicyArticle] = []
    for article in published_articles(knowledge).values():
        if article.translation_of:
            translations.append(article)
        elif article.audience != "agents" and (article.effective_to or today) >= today:
            present[article.id] = {article.language}
    for article in translations:
        if article.translation_of in present:
            present[article.translation_of].add(article.language)
    wanted = {article.language for article in translations}
    for original, languages in present.items():
        yield from _missing(original, languages, sorted(wanted - languages))


def _missing(original: str, present: set[str], missing: list[str]) -> Iterator[Finding]:
    """A half translated article is a warning, one that nobody began to translate a note."""
    if missing:
        severity: Severity = "warning" if len(present) > 1 else "note"
        message = f"has no translation into {', '.join(missing)}, unlike other articles"
        yield Finding("missing_translation", severity, f"article:{original}", message)


def _cases(knowledge: KnowledgeBase) -> Iterator[Finding]:
    """Dead references, cases settled under policy that was not in force, figures that policy denies."""
    for stale in stale_citations(knowledge):
        one = stale.citation
        if stale.dead and one.kind == "template":
            continue  # the linter tells it, with what may be meant
        if stale.dead:
            verb = "translates" if one.kind == "article" else "cites"
            message = f"{verb} {one.named!r}, which is not published"
            yield Finding("dead_reference", "error", f"{one.kind}:{one.record_id}", message)
        elif one.resolved_at:
            message = f"was resolved on {one.resolved_at.date()}, before {one.article_id!r} came into force"
            yield Finding("contradiction", "warning", f"case:{one.record_id}", message)
    sections = {
        name: [section.text for section in sections_of(article.body)]
        for name, article in published_articles(knowledge).items()
    }
    for case in knowledge.each("case", status="published"):
        if isinstance(case, Case):
            cited = dict.fromkeys(policy.partition("#")[0] for policy in case.policies)
            yield from _against_policy(case, [text for name in cited for text in sections.get(name, ())])


def _against_policy(case: Case, texts: list[str]) -> Iterator[Finding]:
    for one in unbacked(case, texts):
        message = f"the resolution says {one.stated!r}; none of the policies it cites does"
        yield Finding("contradiction", "warning", f"case:{case.id}", message)


def _templates(knowledge: KnowledgeBase, today: date, informal: frozenset[str]) -> Iterator[Finding]:
    """What the linter says of the desk's own reply templates."""
    for remark in lint(desk_templates(knowledge), desk_of(knowledge, today, informal)):
        yield Finding(remark.code, remark.severity, f"template:{remark.template_id}", remark.message)


def _curation(found: Found) -> Iterator[Finding]:
    """Cases that are told more than once, each beside the one to keep, and what contradicts what."""
    for group in found.groups:
        kept, *others = group.cases
        for case in others:
            message = f"reads like case {kept.id} ({group.likeness:.0%}): merge them or tell them apart"
            yield Finding("duplicate", "warning", f"case:{case.id}", message)
    for one in found.contradictions:
        message = f"“{one.first.text}” does not go with {one.second.source}, “{one.second.text}”"
        yield Finding("contradiction", "warning", one.first.source, message)


def _golden(copilot: Copilot, floor: float, waiting: Path | None) -> Iterator[Finding]:
    """Golden questions that aren't answered, or are and should not be, or name what isn't there."""
    if waiting is not None and waiting.is_file():
        message = "holds golden questions that aren't asked yet: `precedent index` takes them in"
        yield Finding("golden", "note", waiting.name, message)
    questions = published_questions(copilot.knowledge)
    held = Answers.of(copilot.knowledge, map(query_of, questions))
    for question, answer in zip(questions, ask(copilot, questions, floor=floor), strict=True):
        for missing in (one for one in question.relevant or () if one not in held.kinds):
            message = f"names {missing!r}, which is not published"
            yield Finding("dead_reference", "warning", f"golden:{question.id}", message)
        if answer.wrong:
            yield Finding("golden", "warning", f"golden:{question.id}", answer.wrong)
