"""Reply templates in the exchange formats: one Markdown file for the moves of a reply, and JSON objects.

A file's `## greet`, `## act` … sections are a template each; lines `---` divide a section into variants.
A file whose front matter has a `move` is that one template, its whole text the body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from knowledge_base.codec import encode
from knowledge_base.errors import RecordError
from knowledge_base.fields import Fields
from knowledge_base.front_matter import read_front_matter, write_front_matter
from knowledge_base.models import ReplyTemplate
from knowledge_base.records import STATUSES

MOVES = ("greet", "acknowledge", "act", "limits", "next", "close")
REGISTERS: tuple[Literal["formal", "informal"], ...] = ("formal", "informal")
_HEADING = re.compile(r"##[ \t]+(\S.*?)[ \t#]*")
_MEMBER = re.compile(rf"(?s)(.+)/({'|'.join(MOVES)})(?:/[1-9]\d*)?")


def is_template(fields: Fields, body: str) -> bool:
    """Tell a file of templates from an article, by its head and its headings."""
    if fields.data.get("title") is not None:
        return False
    return fields.data.get("move") is not None or any(name in MOVES for name, _ in _sections(body))


def templates_from_markdown(text: str, file: str) -> list[ReplyTemplate]:
    """Read a file of templates in the order in which they stand. Raises RecordError."""
    return templates_from_fields(*read_front_matter(text, file))


def templates_from_fields(fields: Fields, body: str) -> list[ReplyTemplate]:
    """Check a file of templates that was split already."""
    if fields.data.get("move") is not None:
        return [_template(fields, fields.identifier("id"), _move(fields), body)]
    found: list[ReplyTemplate] = []
    seen = set()
    for name, text in _sections(body):
        if name not in MOVES or name in seen:
            problem = "stands twice" if name in seen else f"isn't a move; take one of {', '.join(MOVES)}"
            fields.fail("", f"the section {name!r} {problem}")
        seen.add(name)
        variants = [part.strip() for part in re.split(r"(?m)^---[ \t]*$", text)]
        for number, variant in enumerate(variants, 1):
            found.append(_template(fields, _member_id(fields, name, number), name, variant))
    if not found:
        fields.fail("", f"has no section; write one under a heading such as ## {MOVES[0]}")
    return found


def template_from_dict(data: object, file: str, line: int) -> ReplyTemplate:
    """Check a template given as a JSON object with a `move` and a `body`. Raises RecordError."""
    fields = Fields.of(data, file, line)
    return _template(fields, fields.identifier("id"), _move(fields), fields.required("body"))


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One file to write: the id that names it, its language and its text."""

    id: str
    language: str
    text: str


def template_files(templates: Iterable[ReplyTemplate]) -> list[TemplateFile]:
    """Lay templates out in files, those of one reply together, so that reading gives the same ones."""
    groups: dict[tuple[str, str], list[ReplyTemplate]] = {}
    for template in templates:
        member = _MEMBER.fullmatch(template.id)
        group = member[1] if member and member[2] == template.move else ""
        groups.setdefault((template.language, group), []).append(template)
    files = []
    for (language, group), members in groups.items():
        text = templates_to_markdown(group, members) if group else None
        if text is not None:
            files.append(TemplateFile(group, language, text))
        else:
            files += [TemplateFile(one.id, language, _single(one)) for one in members]
    return files


def templates_to_markdown(group: str, templates: Sequence[ReplyTemplate]) -> str | None:
    """Write the templates of one reply as one file; None where one file can't say what they are."""
    bodies: dict[str, list[ReplyTemplate]] = {move: [] for move in MOVES}
    for template in templates:
        bodies[template.move].append(template)
    sections = []
    for move, variants in bodies.items():
        variants.sort(key=lambda one: (len(one.id), one.id))
        if variants:
            sections.append(f"## {move}\n" + "\n---\n".join(one.body for one in variants))
    text = write_front_matter(_head(templates[0], group), "\n\n".join(sections), body_in_head=False)
    try:
        same = {one.id: one for one in templates_from_markdown(text, "")} == {t.id: t for t in templates}
    except RecordError:
        same = False
    return text if same else None


def _single(template: ReplyTemplate) -> str:
    head = _head(template, template.id) | {"move": template.move}
    text = write_front_matter(head, template.body, body_in_head=False)
    try:
        same = templates_from_markdown(text, "") == [template]
    except RecordError:
        same = False
    return text if same else write_front_matter(head, template.body, body_in_head=True)


def _head(template: ReplyTemplate, identifier: str) -> dict[str, Any]:
    head: dict[str, Any] = encode(template)
    shown = {name: value for name, value in head.items() if name not in ("id", "move", "body", "status")}
    if template.status != "published":
        shown["status"] = template.status
    return {"id": identifier, **shown}


def _template(fields: Fields, identifier: str, move: str, body: str) -> ReplyTemplate:
    if not body.strip():
        fields.fail("body", "is empty; write what the reply says")
    return ReplyTemplate(
        id=identifier,
        move=move,
        body=fields.checked("body", body),
        language=fields.language(default="en") or "en",
        situation=fields.text("situation"),
        category=fields.text("category"),
        register=fields.choice("register", REGISTERS, "formal"),
        channel=fields.text("channel"),
        policies=_policies(fields),
        status=fields.choice("status", STATUSES, "published"),
        emotion=fields.text("emotion"),
    )


def _policies(fields: Fields) -> tuple[str, ...]:
    value = fields.data.get("policies")
    return (value,) if isinstance(value, str) and value.strip() else fields.texts("policies")


def _move(fields: Fields) -> str:
    return fields.choice("move", MOVES, None)


def _member_id(fields: Fields, move: str, number: int) -> str:
    identifier = f"{fields.identifier('id')}/{move}" + (f"/{number}" if number > 1 else "")
    named: Mapping[str, Any] = {"id": identifier}
    return Fields(named, fields.file, fields.line, lines=fields.lines).identifier("id")


def _sections(body: str) -> list[tuple[str, str]]:
    sections: list[tuple[str, list[str]]] = []
    for line in body.split("\n"):
        heading = _HEADING.fullmatch(line)
        if heading:
            sections.append((heading[1].lower(), []))
        elif sections:
            sections[-1][1].append(line)
    return [(name, "\n".join(lines)) for name, lines in sections]
