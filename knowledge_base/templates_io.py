"""Reply templates in the exchange formats: one Markdown file for the moves of a reply, and JSON objects.

A file's `## greet`, `## act (chat, short)` … sections are a template each, for a channel, length or tone in
brackets; lines `---` divide a section into variants. A file whose front matter has a `move` is one template.
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
from knowledge_base.models import LENGTHS, TONES, ReplyTemplate
from knowledge_base.records import STATUSES

MOVES = ("greet", "acknowledge", "act", "limits", "next", "close")
REGISTERS: tuple[Literal["formal", "informal"], ...] = ("formal", "informal")
# The channels that a section may name; any other one stands in the front matter.
CHANNELS = ("chat", "email")
_MANNERS: Mapping[str, Sequence[str]] = {"channel": CHANNELS, "length": LENGTHS, "tone": TONES}
_HEADING = re.compile(r"##[ \t]+(\S.*?)[ \t#]*")
_SECTION = re.compile(r"(\w+)[ \t]*\(([^()]*)\)")
_WORD = "|".join(word for words in _MANNERS.values() for word in words)
_MEMBER = re.compile(
    rf"(?s)(?P<group>.+)/(?P<move>{'|'.join(MOVES)})(?:/(?P<manner>(?:{_WORD})(?:-(?:{_WORD}))*))?"
    r"(?:/[1-9]\d*)?"
)


def is_template(fields: Fields, body: str) -> bool:
    """Tell a file of templates from an article, by its head and its headings."""
    if fields.data.get("title") is not None:
        return False
    return fields.data.get("move") is not None or any(
        name.partition("(")[0].rstrip() in MOVES for name, _ in _sections(body)
    )


def group_of(template: ReplyTemplate) -> str:
    """The reply that a template is part of: its id without its move (`en/lost_parcel`)."""
    member = _MEMBER.fullmatch(template.id)
    return member["group"] if member and member["move"] == template.move else template.id


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
        move, manner = _section(fields, name)
        place = "/".join((move, *(["-".join(manner.values())] if manner else [])))
        if place in seen:
            fields.fail("", f"the section {name!r} stands twice")
        seen.add(place)
        variants = [part.strip() for part in re.split(r"(?m)^---[ \t]*$", text)]
        own = Fields({**fields.data, **manner}, fields.file, fields.line, lines=fields.lines)
        for number, variant in enumerate(variants, 1):
            found.append(_template(own, _member_id(fields, place, number), move, variant))
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
        group = group_of(template)
        alone = group == template.id
        groups.setdefault((template.language, "" if alone else group), []).append(template)
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
    bodies: dict[tuple[int, str], list[ReplyTemplate]] = {}
    for template in templates:
        bodies.setdefault((MOVES.index(template.move), _manner(template)), []).append(template)
    sections = []
    for (move, manner), variants in sorted(bodies.items()):
        variants.sort(key=lambda one: (len(one.id), one.id))
        name = MOVES[move] + (f" ({manner.replace('-', ', ')})" if manner else "")
        sections.append(f"## {name}\n" + "\n---\n".join(one.body for one in variants))
    head = _head(templates[0], group) | _common_manner(templates)
    text = write_front_matter(head, "\n\n".join(sections), body_in_head=False)
    try:
        same = {one.id: one for one in templates_from_markdown(text, "")} == {t.id: t for t in templates}
    except RecordError:
        same = False
    return text if same else None


def _manner(template: ReplyTemplate) -> str:
    """What the section of a template stands for, as its id tells it (`chat-short`)."""
    member = _MEMBER.fullmatch(template.id)
    return (member["manner"] or "") if member else ""


def _common_manner(templates: Sequence[ReplyTemplate]) -> dict[str, str | None]:
    """Channel, length and tone of the file: those of a template whose section names none."""
    found: dict[str, str | None] = {}
    for name in _MANNERS:
        values = [(getattr(one, name), _manner(one).split("-")) for one in templates]
        found[name] = next((value for value, named in values if value not in named), None)
    return found


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
        policies=_texts(fields, "policies"),
        status=fields.choice("status", STATUSES, "published"),
        emotion=fields.text("emotion"),
        tone=fields.optional_choice("tone", TONES),
        length=fields.optional_choice("length", LENGTHS),
        includes=_texts(fields, "includes"),
    )


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    """A list of texts, or one text without a list."""
    value = fields.data.get(name)
    return (value,) if isinstance(value, str) and value.strip() else fields.texts(name)


def _section(fields: Fields, heading: str) -> tuple[str, dict[str, str]]:
    """The move that a heading names, and for which channel, length and tone it stands."""
    bracketed = _SECTION.fullmatch(heading)
    move, words = (bracketed[1], bracketed[2].split(",")) if bracketed else (heading, [])
    if move not in MOVES:
        fields.fail("", f"the section {heading!r} isn't a move; take one of {', '.join(MOVES)}")
    manner: dict[str, str] = {}
    for word in map(str.strip, words):
        name = next((name for name, known in _MANNERS.items() if word in known), None)
        if name is None or name in manner:
            known = ", ".join(one for words in _MANNERS.values() for one in words)
            problem = "is a second one of its kind" if name else f"isn't known; take {known}"
            fields.fail("", f"{word!r} in the section {heading!r} {problem}")
        manner[name] = word
    return move, {name: manner[name] for name in _MANNERS if name in manner}


def _move(fields: Fields) -> str:
    return fields.choice("move", MOVES, None)


def _member_id(fields: Fields, place: str, number: int) -> str:
    identifier = f"{fields.identifier('id')}/{place}" + (f"/{number}" if number > 1 else "")
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
