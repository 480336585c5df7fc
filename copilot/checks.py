"""The knowledge's own checks: what would mislead an agent, found before a customer finds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from copilot.assist import Copilot
from copilot.drafting.facts import facts_in
from copilot.evaluation.queries import read_queries
from indexer.split import sections_of
from knowledge_base.errors import IndexingError
from knowledge_base.models import Case, PolicyArticle
from knowledge_base.store import KnowledgeBase

Severity = Literal["error", "warning", "note"]
# A golden question is answered when a right item is among the first five, as an agent would see them.
GOLDEN_PLACES = 5
# Two cases this alike say the same; on the sample desk distinct cases of a category stay below .93.
DUPLICATE_COSINE = 0.97


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. `subject` is `case:ID`, `article:ID` or `golden:ID`."""

    check: str
    severity: Severity
    subject: str
    message: str


def run_checks(copilot: Copilot, *, golden: Path, today: date) -> dict[str, Any]:
    """`passed` is False when a finding is an error. The checks that search need an index."""
    knowledge = copilot.knowledge
    findings = [*_articles(knowledge, today), *_cases(knowledge)]
    try:
        findings += [*_duplicates(copilot), *_golden(copilot, golden)]
    except IndexingError as error:
        findings.append(Finding("index", "error", "index", str(error)))
    return {
        "passed": all(finding.severity != "error" for finding in findings),
        "findings": [asdict(finding) for finding in findings],
    }


def _published_articles(knowledge: KnowledgeBase) -> Iterator[PolicyArticle]:
    for article in knowledge.each("article", status="published"):
        if isinstance(article, PolicyArticle):
            yield article


def _articles(knowledge: KnowledgeBase, today: date) -> Iterator[Finding]:
    """Expiry, review dates, translations that lack or hang in the air."""
    languages: dict[str, set[str]] = {}
    known = {article.id: article.language for article in _published_articles(knowledge)}
    for article in _published_articles(knowledge):
        subject = f"article:{article.id}"
        if article.effective_to and article.effective_to < today:
            yield Finding("expiry", "note", subject, f"no longer in force since {article.effective_to}")
        elif article.review_by and article.review_by < today:
            yield Finding("expiry", "warning", subject, f"was to be reviewed by {article.review_by}")
        if article.translation_of:
            if article.translation_of not in known:
                message = f"translates {article.translation_of!r}, which is not published"
                yield Finding("dead_reference", "error", subject, message)
            languages.setdefault(article.translation_of, set()).add(article.language)
    wanted = set().union(*languages.values()) if languages else set()
    for original, present in languages.items():
        for language in sorted(wanted - present - {known.get(original, "")}):
            message = f"has no translation into {language}, unlike other articles"
            yield Finding("missing_translation", "warning", f"article:{original}", message)


def _cases(knowledge: KnowledgeBase) -> Iterator[Finding]:
    """Dead references, cases settled under policy that was not in force, figures that policy denies."""
    articles = {article.id: article for article in _published_articles(knowledge)}
    slugs = {key: {s.slug: s.text for s in sections_of(a.body)} for key, a in articles.items()}
    for case in knowledge.each("case", status="published"):
        if not isinstance(case, Case):
            continue
        for policy in case.policies:
            article_id, _, section = policy.partition("#")
            article = articles.get(article_id)
            if article is None or (section and section not in slugs[article_id]):
                message = f"cites {policy!r}, which is not published"
                yield Finding("dead_reference", "error", f"case:{case.id}", message)
            elif (
                case.resolved_at
                and article.effective_from
                and case.resolved_at.date() < article.effective_from
            ):
                message = f"was resolved on {case.resolved_at.date()}, before {article_id!r} came into force"
                yield Finding("contradiction", "warning", f"case:{case.id}", message)
        cited = [slugs[p.partition("#")[0]] for p in case.policies if p.partition("#")[0] in slugs]
        yield from _against_policy(case, [text for sections in cited for text in sections.values()])


def _against_policy(case: Case, texts: list[str]) -> Iterator[Finding]:
    """Percentages and periods of the resolution that none of the cited articles knows."""
    if not texts:
        return
    backed = {(fact.kind, fact.value) for text in texts for fact in facts_in(text)}
    for fact in facts_in(case.resolution):
        if fact.kind in ("percent", "period") and (fact.kind, fact.value) not in backed:
            stated = case.resolution[fact.start : fact.end]
            message = f"the resolution says {stated!r}; none of the policies it cites does"
            yield Finding("contradiction", "warning", f"case:{case.id}", message)


def _duplicates(copilot: Copilot) -> Iterator[Finding]:
    """Pairs of cases whose problems read the same, each pair once."""
    import numpy as np

    generation = copilot.retriever.generation
    passages, vectors = generation.passages, generation.vectors
    rows = np.array([r for r in range(len(passages)) if passages[r].key.endswith("/problem")], dtype=np.int64)
    allowed = np.isin(np.arange(len(passages)), rows)
    for start in range(0, len(rows), 256):
        batch = rows[start : start + 256]
        cosines, near = vectors.search(vectors.rows(batch), min(5, len(rows)), allowed=allowed)
        for row, row_cosines, row_near in zip(batch, cosines, near, strict=True):
            for cosine, other in zip(row_cosines, row_near, strict=True):
                if other > row and cosine >= DUPLICATE_COSINE:
                    first, second = passages[int(row)], passages[int(other)]
                    message = (
                        f"reads like case {second.source_id} ({cosine:.0%}): merge them or tell them apart"
                    )
                    yield Finding("duplicate", "warning", f"case:{first.source_id}", message)


def _golden(copilot: Copilot, path: Path) -> Iterator[Finding]:
    """Golden questions whose answer isn't among the first places, or that are answered and should not be."""
    if not path.is_file():
        return
    for query in read_queries(path)[0]:
        if not query.relevant:
            continue
        _, prepared = copilot.prepare(query.conversation)
        found = [
            evidence.passage.source_id
            for kind in ("case", "article")
            for evidence in copilot.ranked(prepared, kind=kind, limit=GOLDEN_PLACES)
        ]
        if not query.relevant & set(found):
            message = f"none of {', '.join(sorted(query.relevant))} is among the first {GOLDEN_PLACES}"
            yield Finding("golden", "warning", f"golden:{query.id}", message)
