"""What a change brings: the findings that there would be after it and were not before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from copilot.checking.finding import Finding, subject_of
from copilot.checking.records import (
    cited_by,
    of_answers,
    of_citations,
    of_figures,
    of_languages,
    of_record,
    untranslated,
)
from copilot.checking.shelf import Key, Shelf, key_of
from copilot.checking.templates import of_templates
from copilot.drafting.facts import facts_in
from copilot.staleness import stale_among
from knowledge_base.models import Case, PolicyArticle, Question, Record
from knowledge_base.sayings import say
from knowledge_base.store import KnowledgeBase

Brought = Iterator[tuple[Key, Finding]]
Lost = Callable[[Question, frozenset[str]], str | None]
"""What becomes wrong with a question's answer once these ids are out of use; None where nothing does."""
MOST_ASKED = 10
"""Golden questions searched for one change: 30 ms each."""


def brought(
    before: Shelf,
    after: Shelf,
    *,
    informal: frozenset[str] = frozenset(),
    lost: Lost | None = None,
    gone: frozenset[str] = frozenset(),
) -> Brought:
    """The new findings, each with the record of the change that brings it; what needs vectors is left out.

    `gone` are cases that go out of use beside the laid records.
    """
    yield from _own(before, after)
    yield from _into(before, after)
    yield from _languages(before, after)
    yield from of_templates(before, after, informal)
    yield from _golden(before, after, lost, gone)


def shelves(
    knowledge: KnowledgeBase, today: date, records: Iterable[Record], cases: Mapping[str, bool] | None = None
) -> tuple[Shelf, Shelf]:
    """The base as it is, and as it will be with these records."""
    laid = {key_of(record): record for record in records}
    before = Shelf(knowledge, today)
    return before, Shelf(knowledge, today, laid, cases, before)


def own_findings(record: Record, before: Shelf, after: Shelf, former: Record | None) -> Sequence[Finding]:
    """What a record says wrong itself that it did not say before."""
    found = list(of_record(record, after))
    if found and former is not None:
        known = frozenset(of_record(former, before))
        found = [one for one in found if one not in known]
    return list(dict.fromkeys(found))


def differ(old: PolicyArticle | None, new: PolicyArticle | None) -> bool:
    """Whether an article changes in what those that cite it lean on."""
    if old is None or new is None:
        return old is not new
    return (old.body, old.effective_from, old.effective_to) != (
        new.body,
        new.effective_from,
        new.effective_to,
    )


def _own(before: Shelf, after: Shelf) -> Brought:
    for (kind, name), record in after.laid.items():
        former = before.knowledge.find(kind, name)
        for finding in own_findings(record, before, after, former):
            yield (kind, name), finding


def _into(before: Shelf, after: Shelf) -> Brought:
    """What others that cite a changed article now say wrong."""
    changed = [name for kind, name in after.laid if kind == "article"]
    pairs = ((name, before.article(name), after.article(name)) for name in changed)
    moved = {name: (old, new) for name, old, new in pairs if differ(old, new)}
    if not moved:
        return
    citing = [one for one in after.citing(moved) if (one.kind, one.record_id) not in after.laid]
    known = frozenset(of_citations(stale_among(citing, before.article)))
    for one in citing:
        for finding in of_citations(stale_among([one], after.article)):
            if finding not in known:
                yield ("article", one.article_id), finding
    telling = {
        name for name, (old, new) in moved.items() if new is not None and _figures(old) != _figures(new)
    }
    ids = dict.fromkeys(one.record_id for one in citing if one.kind == "case" and one.article_id in telling)
    for case in before.knowledge.get_many("case", list(ids)).values():
        if isinstance(case, Case):
            yield from _refigured(case, before, after, telling)


def _refigured(case: Case, before: Shelf, after: Shelf, telling: set[str]) -> Brought:
    found = list(dict.fromkeys(of_figures(case, after)))
    known = frozenset(of_figures(case, before)) if found else frozenset()
    culprit = next(name for name in cited_by(case) if name in telling)
    yield from ((("article", culprit), one) for one in found if one not in known)


def _figures(article: PolicyArticle | None) -> object:
    """The figures of an article with the lines that they stand in, and when it speaks."""
    if article is None:
        return None
    lines = tuple(line for line in article.body.splitlines() if facts_in(line))
    return lines, article.effective_from, article.effective_to


def _languages(before: Shelf, after: Shelf) -> Brought:
    """Languages that an article lacks now: the changed one, or the one of which a translation went."""
    laid = {name: record for (kind, name), record in after.laid.items() if isinstance(record, PolicyArticle)}
    if not laid:
        return
    then, now = (untranslated(shelf.articles().values(), shelf.today) for shelf in (before, after))
    for name, record in laid.items():
        former = before.article(name)
        originals = (name, record.translation_of, former.translation_of if former else None)
        for original in dict.fromkeys(one for one in originals if one is not None and one in now):
            begun, missing = now[original]
            new = [one for one in missing if one not in then.get(original, (False, ()))[1]]
            if new:
                yield ("article", name), of_languages(original, begun, new)


def _golden(before: Shelf, after: Shelf, lost: Lost | None, gone: frozenset[str]) -> Brought:
    """Golden questions that name what goes out of use, or whose category has no case left."""
    cases = {name for kind, name in after.laid if kind in ("case", "article")}
    out = (before.answering(sorted(cases)) - after.answering(sorted(cases))) | gone
    if not out:
        return
    emptied = dict(_emptied(before, after))
    asked = 0
    for question in before.knowledge.each("question", status="published"):
        if not isinstance(question, Question) or ("question", question.id) in after.laid:
            continue
        subject = subject_of("question", question.id)
        named = sorted(out.intersection(question.relevant or ()))
        if question.relevant is None and question.category in emptied:
            message = say("no case of %(category)s is published any more", category=question.category)
            yield emptied[question.category], Finding("golden", "warning", subject, message)
        if not named:
            continue
        culprit = _culprit(after, named[0])
        for one in of_answers(replace(question, relevant=tuple(named)), frozenset()):
            yield culprit, one
        if not after.answering(question.relevant or ()):
            message = say("nothing that is published answers it any more")
            yield culprit, Finding("golden", "warning", subject, message)
        elif lost is not None and asked < MOST_ASKED:
            asked += 1
            wrong = lost(question, frozenset(out))
            if wrong is not None:
                yield culprit, Finding("golden", "warning", subject, wrong)


def _emptied(before: Shelf, after: Shelf) -> Iterator[tuple[str, Key]]:
    """The categories whose last published cases go, or go into another."""
    staying = {one.category for one in after.laid.values() if _counts(one)}
    for key in after.laid:
        former = before.knowledge.find(*key) if key[0] == "case" else None
        if former is None or not _counts(former) or former.category in staying:
            continue
        laid = sum(kind == "case" for kind, _ in after.laid)
        page = before.knowledge.list("case", status="published", category=former.category, limit=laid + 1)
        if former.category and all(("case", one.id) in after.laid for one in page.items):
            yield former.category, key


def _counts(record: Record) -> bool:
    return isinstance(record, Case) and record.status == "published"


def _culprit(after: Shelf, name: str) -> Key:
    return ("article", name) if ("article", name) in after.laid else ("case", name)
