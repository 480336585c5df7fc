"""What is wrong with reply templates, before an agent or a customer finds it; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from copilot.drafting.facts import facts_in
from copilot.drafting.includes import family, groups_of, include_problems
from copilot.drafting.promises import Promise, promises_in
from copilot.drafting.render import check_template, nearest
from copilot.drafting.style import WordingKind, wording_of
from copilot.drafting.templates import SPECIAL
from copilot.drafting.text import clean_text
from copilot.models import Situation
from copilot.translation.codes import primary
from knowledge_base.errors import TemplateError
from knowledge_base.models import Emotion, ReplyTemplate
from knowledge_base.templates_io import MOVES, group_of

Severity = Literal["error", "warning", "note"]
_MARKS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to mend in a template: in `start` to `end` of its text, or in a `field` of its front matter.

    `code` is markup, invisible, unreachable, policy, promise, wording, includes or missing_translation, of
    which `lacking` names the languages, or the moves in them.
    """

    template_id: str
    code: str
    severity: Severity
    message: str
    start: int = 0
    end: int = 0
    field: str = ""
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A published article as templates cite it: its sections' texts by slug, and whether it is in force."""

    sections: Mapping[str, str]
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class Desk:
    """What templates may lean on. `written` are all templates there are, `languages` the desk's own.

    In the languages of `informal` (primary tags) customers are addressed informally.
    """

    policies: Mapping[str, Policy] = field(default_factory=dict)
    categories: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    written: Sequence[ReplyTemplate] = ()
    informal: frozenset[str] = frozenset()


def lint(templates: Iterable[ReplyTemplate], desk: Desk) -> tuple[Remark, ...]:
    """Everything that is wrong with these templates, each thing once, in their order."""
    given = list(templates)
    by_id = {one.id: one for one in (*desk.written, *given)}
    groups = groups_of(by_id.values())
    found = [remark for template in given for remark in _template(template, desk)]
    firsts = {(one.language, family(group_of(one))): one for one in reversed(given)}
    for (language, name), first in firsts.items():
        for problem in include_problems(language, name, groups):
            found.append(Remark(first.id, "includes", "error", problem, field="includes"))
    return (*found, *_translations(given, desk, groups))


def plain_text(body: str) -> str:
    """The text of a template without its marks, every other character where it stood."""
    return _MARKS.sub(lambda mark: " " * len(mark[0]), body)


def _template(template: ReplyTemplate, desk: Desk) -> Iterator[Remark]:
    try:
        check_template(template)
    except TemplateError as error:
        start, end = _line(template.body, error.line)
        message = re.sub(r"^line \d+: ", "", str(error).removeprefix(f"template {template.id}: "))
        yield Remark(template.id, "markup", "error", message, start, end)
        return
    if clean_text(template.body) != template.body.replace("\r\n", "\n"):
        message = "holds invisible or text-turning characters, which are left out of the reply; delete them"
        yield Remark(template.id, "invisible", "warning", message)
    yield from _reach(template, desk)
    yield from _policies(template, desk)
    text = plain_text(template.body)
    for promise in promises_in(text, template.language):
        yield from _promise(template, promise, desk)
    for one in wording_of(text, template.language):
        message = f"{one.text!r} reads as {_KINDS[one.kind]}; {one.instead}"
        yield Remark(template.id, "wording", "warning", message, one.start, one.end)


_KINDS: Mapping[WordingKind, str] = {
    "blame": "blame", "jargon": "jargon", "cliche": "a set phrase", "cold": "cold",
}  # fmt: skip


def _line(body: str, number: int | None) -> tuple[int, int]:
    """Where a line stands, counted from 1."""
    lines = body.split("\n")
    if number is None or not 1 <= number <= len(lines):
        return 0, 0
    start = sum(len(line) + 1 for line in lines[: number - 1])
    return start, start + len(lines[number - 1])


def _reach(template: ReplyTemplate, desk: Desk) -> Iterator[Remark]:
    """Conditions under which no conversation ever is."""
    kinds: Sequence[tuple[str, str | None, Sequence[str]]] = (
        ("situation", template.situation, [*Situation, *SPECIAL]),
        ("emotion", template.emotion, list(Emotion)),
    )
    for name, value, known in kinds:
        if value is not None and value not in known:
            message = (
                f"no conversation has the {name} {value!r}, so this is never taken; {nearest(value, known)}"
            )
            yield Remark(template.id, "unreachable", "error", message, field=name)
    if template.register == "formal" and primary(template.language) in desk.informal:
        message = (
            f"this desk addresses customers informally in {template.language}, and informal replies come "
            "first; write it so, with `register: informal`"
        )
        yield Remark(template.id, "unreachable", "warning", message, field="register")
    if template.category is not None and template.category not in desk.categories:
        known = sorted(desk.categories)
        meant = nearest(template.category, known) if known else ""
        message = f"no case and no article has the category {template.category!r}, so this is never taken"
        told = f"{message}; {meant}".rstrip("; ")
        yield Remark(template.id, "unreachable", "warning", told, field="category")


def _policies(template: ReplyTemplate, desk: Desk) -> Iterator[Remark]:
    for cited in template.policies:
        article, _, section = cited.partition("#")
        policy = desk.policies.get(article)
        if policy is None:
            message = f"cites {cited!r}, which is not published"
            yield Remark(template.id, "policy", "error", message, field="policies")
        elif section and section not in policy.sections:
            message = (
                f"cites {cited!r}: {article!r} has no such section; {nearest(section, [*policy.sections])}"
            )
            yield Remark(template.id, "policy", "error", message, field="policies")
        elif not policy.in_force:
            message = f"cites {cited!r}, which is not in force today"
            yield Remark(template.id, "policy", "warning", message, field="policies")


def _promise(template: ReplyTemplate, promise: Promise, desk: Desk) -> Iterator[Remark]:
    """A figure must stand in a section that is cited, a deed must have a policy that is cited."""
    place = (template.id, "promise")
    if not template.policies:
        severity: Severity = "error" if promise.fact else "warning"
        message = f"promises {promise.text!r} and cites no policy; name the article under `policies`"
        yield Remark(*place, severity, message, promise.start, promise.end)
    elif promise.fact and (promise.fact.kind, promise.fact.value) not in _backed(template, desk):
        message = f"says {promise.text!r}; none of the policies that it cites does"
        yield Remark(*place, "error", message, promise.start, promise.end)


def _backed(template: ReplyTemplate, desk: Desk) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for cited in template.policies:
        article, _, section = cited.partition("#")
        sections = desk.policies[article].sections if article in desk.policies else {}
        texts = [sections[section]] if section in sections else [] if section else list(sections.values())
        found |= {fact for text in texts for fact in _facts(text)}
    return found


@lru_cache(maxsize=4096)
def _facts(section: str) -> frozenset[tuple[str, str]]:
    return frozenset((fact.kind, fact.value) for fact in facts_in(section))


def _translations(
    given: Sequence[ReplyTemplate],
    desk: Desk,
    groups: Mapping[tuple[str, str], Sequence[ReplyTemplate]],
) -> Iterator[Remark]:
    """Replies, and moves of replies, that some of the desk's languages lack."""
    languages = desk.languages | {template.language for template in given}
    for name, first in {family(group_of(one)): one for one in reversed(given)}.items():
        moves = {lang: {one.move for one in groups.get((lang, name), ())} for lang in languages}
        present = [lang for lang in languages if moves[lang]]
        severity: Severity = "warning" if len(present) > 1 else "note"
        if missing := sorted(languages - set(present)):
            message = f"{name!r} isn't written in {', '.join(missing)}, unlike other replies"
            lacks = tuple(missing)
            yield Remark(first.id, "missing_translation", severity, message, field="language", lacking=lacks)
        wanted = set().union(*moves.values())
        for lang in sorted(present):
            if lacking := [move for move in MOVES if move in wanted - moves[lang]]:
                message = f"{name!r} has no {', '.join(lacking)} in {lang}, unlike in another language"
                lacks = tuple(f"{lang}/{move}" for move in lacking)
                place = (first.id, "missing_translation")
                yield Remark(*place, "warning", message, field="language", lacking=lacks)
