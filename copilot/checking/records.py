"""What is wrong with one record beside the others: the checks that need no search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from copilot.checking.finding import Finding, Severity, subject_of
from copilot.checking.shelf import Shelf, citations_of
from copilot.curation.contradictions import Contradiction, against_clauses, unbacked
from copilot.staleness import Stale, overdue, stale_among
from knowledge_base.models import Case, PolicyArticle, Question, Record
from knowledge_base.sayings import say

Lacking = Mapping[str, tuple[bool, tuple[str, ...]]]


def of_record(record: Record, shelf: Shelf) -> Iterator[Finding]:
    """What is wrong with a published record, templates' texts and missing translations left out."""
    if record.status != "published":
        return
    yield from of_citations(stale_among(citations_of(record), shelf.article))
    if isinstance(record, Case):
        yield from of_figures(record, shelf)
    elif isinstance(record, PolicyArticle):
        yield from of_dates(record, shelf.today)
    elif isinstance(record, Question):
        yield from of_answers(record, shelf.answering(record.relevant or ()))


def of_citations(stale: Iterable[Stale]) -> Iterator[Finding]:
    """Dead references, and cases settled under policy that was not in force."""
    for one in stale:
        cited = one.citation
        subject = subject_of(cited.kind, cited.record_id)
        if one.dead and cited.kind == "template":
            continue  # the linter tells it, with what may be meant
        if one.dead:
            named = repr(cited.named)
            message = (
                say("translates %(named)s, which is not published", named=named)
                if cited.kind == "article"
                else say("cites %(named)s, which is not published", named=named)
            )
            yield Finding("dead_reference", "error", subject, message)
        elif cited.resolved_at:
            message = say(
                "was resolved on %(day)s, before %(named)s came into force",
                day=str(cited.resolved_at.date()),
                named=repr(cited.article_id),
            )
            yield Finding("contradiction", "warning", subject, message)


def of_figures(case: Case, shelf: Shelf) -> Iterator[Finding]:
    """Figures of a resolution that the policies it cites deny, or don't know."""
    yield from of_unbacked(case, shelf)
    for found in against_clauses(case, [one for name in cited_by(case) for one in shelf.clauses(name)]):
        yield of_contradiction(found)


def of_unbacked(case: Case, shelf: Shelf) -> Iterator[Finding]:
    """Percentages and periods of a resolution that the policies it cites don't know."""
    for one in unbacked(case, [text for name in cited_by(case) for text in shelf.texts(name)]):
        message = say(
            "the resolution says %(stated)s; none of the policies it cites does", stated=repr(one.stated)
        )
        yield Finding("contradiction", "warning", subject_of("case", case.id), message)


def cited_by(case: Case) -> tuple[str, ...]:
    """The articles that a case cites, each once."""
    return tuple(dict.fromkeys(policy.partition("#")[0] for policy in case.policies))


def of_contradiction(one: Contradiction) -> Finding:
    """Two sentences that don't go together, told of the first."""
    message = say(
        "“%(said)s” does not go with %(source)s, “%(other)s”",
        said=one.first.text,
        source=one.second.source,
        other=one.second.text,
    )
    return Finding("contradiction", "warning", one.first.source, message)


def of_dates(article: PolicyArticle, today: date) -> Iterator[Finding]:
    """An article that is no longer in force, or whose review is overdue."""
    subject = subject_of("article", article.id)
    if article.effective_to and article.effective_to < today:
        message = say("no longer in force since %(day)s", day=str(article.effective_to))
        yield Finding("expiry", "note", subject, message)
    if overdue(article, today):
        message = say("was to be reviewed by %(day)s", day=str(article.review_by))
        yield Finding("expiry", "warning", subject, message)


def of_answers(question: Question, published: frozenset[str]) -> Iterator[Finding]:
    """What a golden question names that isn't there."""
    for missing in (one for one in question.relevant or () if one not in published):
        message = say("names %(named)s, which is not published", named=repr(missing))
        yield Finding("dead_reference", "warning", subject_of("question", question.id), message)


def untranslated(articles: Iterable[PolicyArticle], today: date) -> Lacking:
    """The articles for customers that lack languages which others have, and whether they have any but theirs.

    In force, by id, languages in order.
    """
    present: dict[str, set[str]] = {}
    translations: list[PolicyArticle] = []
    for article in articles:
        if article.translation_of:
            translations.append(article)
        elif article.audience != "agents" and (article.effective_to or today) >= today:
            present[article.id] = {article.language}
    for article in translations:
        if article.translation_of in present:
            present[article.translation_of].add(article.language)
    wanted = {article.language for article in translations}
    return {
        original: (len(languages) > 1, tuple(sorted(wanted - languages)))
        for original, languages in present.items()
        if wanted - languages
    }


def of_languages(original: str, begun: bool, missing: Sequence[str]) -> Finding:
    """A half translated article is a warning, one that nobody began to translate a note."""
    severity: Severity = "warning" if begun else "note"
    message = say(
        "has no translation into %(languages)s, unlike other articles", languages=", ".join(missing)
    )
    return Finding("missing_translation", severity, subject_of("article", original), message)
