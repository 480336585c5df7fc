"""Files of reply templates as a knowledge manager writes them: what they hold, and what is wrong by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from copilot.drafting.lint import Desk, Policy, Remark, lint
from knowledge_base.errors import InputError, RecordError
from knowledge_base.models import PolicyArticle, ReplyTemplate
from knowledge_base.templates_io import is_template, templates_from_fields


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file with its templates, or why it can't be read; `head` has the lines of its front matter."""

    name: str
    text: str
    templates: tuple[ReplyTemplate, ...] = ()
    problem: RecordError | None = None
    head: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileRemark:
    """A remark with its place: the line counts from 1."""

    file: str
    line: int
    remark: Remark

    def as_json(self) -> dict[str, Any]:
        """As the command line and the API tell it."""
        one = self.remark
        return {
            "file": self.file, "line": self.line, "template": one.template_id, "check": one.code,
            "severity": one.severity, "message": one.message,
        }  # fmt: skip


def read_text(text: str, name: str) -> WrittenFile:
    """Read a file of templates that is given as text; it never fails."""
    from knowledge_base.front_matter import read_front_matter

    try:
        fields, body = read_front_matter(text, name)
        return WrittenFile(
            name, text, tuple(templates_from_fields(fields, body)), head=dict(fields.lines or {})
        )
    except RecordError as error:
        return WrittenFile(name, text, problem=error)


def read_paths(paths: Sequence[Path]) -> tuple[list[WrittenFile], list[PolicyArticle]]:
    """The template files among these Markdown files and folders, and the articles beside them."""
    from knowledge_base.articles import article_from_fields
    from knowledge_base.front_matter import read_front_matter

    written: list[WrittenFile] = []
    articles: list[PolicyArticle] = []
    for path in _files(paths):
        text = _text(path)
        try:
            fields, body = read_front_matter(text, str(path))
            if is_template(fields, body) or fields.data.get("title") is None:
                written.append(read_text(text, str(path)))
            else:
                articles.append(article_from_fields(fields, body))
        except RecordError as error:
            written.append(WrittenFile(str(path), text, problem=error))
    return written, articles


def lint_files(files: Sequence[WrittenFile], desk: Desk) -> tuple[FileRemark, ...]:
    """What is wrong with these files, by file and line."""
    owner: dict[str, WrittenFile] = {}
    found: list[FileRemark] = []
    for file in files:
        if file.problem is not None:
            named = f"{file.problem.field}: " if file.problem.field else ""
            remark = Remark("", "markup", "error", f"{named}{file.problem.message}")
            found.append(FileRemark(file.name, file.problem.line, remark))
        for template in file.templates:
            if template.id in owner:
                message = f"the id is used by {owner[template.id].name} already"
                found.append(FileRemark(file.name, 1, Remark(template.id, "markup", "error", message)))
            owner.setdefault(template.id, file)
    lines = {name: line for file in files for name, line in _lines(file)}
    by_id = {one.id: one for file in files for one in file.templates}
    for remark in lint(by_id.values(), desk):
        file, line = owner[remark.template_id], lines[remark.template_id]
        if remark.field:
            line = file.head.get(remark.field, 1)
        found.append(
            FileRemark(file.name, line + by_id[remark.template_id].body.count("\n", 0, remark.start), remark)
        )
    # What the front matter says is wrong once, however many templates the file has.
    once = {(one.file, one.line, one.remark.message): one for one in reversed(found)}
    return tuple(sorted(once.values(), key=lambda one: (one.file, one.line, one.remark.start)))


def with_articles(desk: Desk, articles: Iterable[PolicyArticle], today: date) -> Desk:
    """The desk as if these articles were imported already."""
    from indexer.split import sections_of

    policies = dict(desk.policies)
    categories = set(desk.categories)
    for article in articles:
        sections = {s.slug: f"{s.heading}\n{s.text}" for s in sections_of(article.body)}
        policies[article.id] = Policy(sections, article.in_force(today))
        categories |= {article.category} if article.category else set()
    return replace(desk, policies=policies, categories=frozenset(categories))


def _lines(file: WrittenFile) -> Iterator[tuple[str, int]]:
    """Where each template's text begins; the first line where it can't be found."""
    at = 0
    for template in file.templates:
        found = file.text.find(template.body, at)
        at = found + len(template.body) if found >= 0 else at
        yield template.id, 1 if found < 0 else file.text.count("\n", 0, found) + 1


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.md"))
        else:
            yield path


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").removeprefix("\ufeff")
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}): check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} isn't UTF-8: save it as UTF-8") from error
