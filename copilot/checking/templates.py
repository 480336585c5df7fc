"""What the linter says of the templates that a change touches, and did not say before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from copilot.checking.finding import Finding, subject_of
from copilot.checking.shelf import Key, Shelf
from copilot.desk import desk_from, desk_templates
from copilot.drafting.includes import family
from copilot.drafting.lint import Remark, lint
from knowledge_base.models import PolicyArticle, Record, ReplyTemplate
from knowledge_base.templates_io import group_of


def of_templates(before: Shelf, after: Shelf, informal: frozenset[str]) -> Iterator[tuple[Key, Finding]]:
    """New findings, each with the record of the change that brings it."""
    laid = list(after.laid.values())
    articles = [one.id for one in laid if isinstance(one, PolicyArticle)]
    changed = [one for one in laid if isinstance(one, ReplyTemplate)]
    own = list(desk_templates(after.knowledge))
    citing = {one.record_id for one in before.citing(articles) if one.kind == "template"}
    citing |= {one.record_id for one in after.citing(articles) if one.kind == "template"}
    if not changed and not citing:
        return
    families = {_family(one) for one in (*changed, *(one for one in own if one.id in citing))}
    then = [one for one in own if _touched(one, families)]
    now = [one for one in own if ("template", one.id) not in after.laid]
    now += [one for one in changed if one.status == "published"]
    said = _remarks(then, own, before, informal)
    known = {_name(reply, one) for reply, one in said}
    lacked = {(reply, lack) for reply, one in said for lack in one.lacking}
    for reply, one in _remarks([one for one in now if _touched(one, families)], now, after, informal):
        lacks = {(reply, lack) for lack in one.lacking}
        if _name(reply, one) not in known and not (lacks and lacks <= lacked):
            finding = Finding(one.code, one.severity, subject_of("template", one.template_id), one.message)
            yield _brought_by(reply, one, after.laid, now), finding


def _remarks(
    given: Sequence[ReplyTemplate], own: Sequence[ReplyTemplate], shelf: Shelf, informal: frozenset[str]
) -> Sequence[tuple[str, Remark]]:
    """The linter's remarks, each with the family of its reply."""
    cited = {policy.partition("#")[0] for one in given for policy in one.policies}
    articles = [article for name in cited if (article := shelf.article(name)) is not None]
    families = {one.id: _family(one) for one in given}
    remarks = lint(given, desk_from(articles, own, shelf.knowledge, shelf.today, informal))
    return [(families[one.template_id], one) for one in remarks]


def _touched(one: ReplyTemplate, families: set[str]) -> bool:
    """Whether a template is of a reply that changes, or takes moves from one."""
    return _family(one) in families or not families.isdisjoint(one.includes)


def _family(one: ReplyTemplate) -> str:
    return family(group_of(one))


def _name(reply: str, one: Remark) -> tuple[str, str, str]:
    """What is the same remark; what concerns a reply as a whole may stand at another of its templates."""
    whole = one.code in ("includes", "missing_translation")
    return (reply if whole else one.template_id), one.code, one.message


def _brought_by(reply: str, one: Remark, laid: Mapping[Key, Record], now: Sequence[ReplyTemplate]) -> Key:
    """The template itself where it is changed, else one of its reply, else the article that it cites."""
    if ("template", one.template_id) in laid:
        return "template", one.template_id
    for key, record in laid.items():
        if isinstance(record, ReplyTemplate) and _family(record) == reply:
            return key
    cited = {p.partition("#")[0] for each in now if each.id == one.template_id for p in each.policies}
    articles = [key for key in laid if key[0] == "article" and key[1] in cited]
    return (articles or [key for key in laid if key[0] in ("template", "article")])[0]
