"""Markdown files with YAML front matter: the head's fields and the text under it, read and written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from knowledge_base.errors import RecordError
from knowledge_base.fields import Fields

_FENCE = re.compile(r"---[ \t]*")
_TOP_FIELD = re.compile(r"([A-Za-z_][\w-]*)[ \t]*:")
_FIRST_BLANK_LINES = re.compile(r"\A(?:[ \t]*\n)+")
_MAX_DEPTH = 20  # front matter is a flat list of fields
_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]*")


def read_front_matter(text: str, file: str) -> tuple[Fields, str]:
    """Split a file into the fields of its head and its body, cleaned of blank lines around it.

    Raises RecordError where there is no head, or it isn't YAML.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if not text.strip():
        raise RecordError(file, 1, "", "the file is empty")
    end = _end_of_head(lines, file)
    fields = Fields(_load("\n".join(lines[1:end]), file), file, 1, lines=_line_numbers(lines[1:end]))
    below = clean("\n".join(lines[end + 1 :]))
    body = fields.data.get("body")
    return fields, body if isinstance(body, str) and not below else below


def write_front_matter(head: Mapping[str, object], body: str, *, body_in_head: bool) -> str:
    """Write a file. A body that reading would clean stands in the head instead, quoted."""
    kept = {name: value for name, value in head.items() if value not in (None, [])}
    if body_in_head:
        kept["body"] = body
    yaml_text = yaml.dump(kept, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=2**31)
    return f"---\n{yaml_text}---\n" + ("" if body_in_head else f"{body}\n")


def clean(text: str) -> str:
    """Drop blank lines before and white space after a text."""
    return _FIRST_BLANK_LINES.sub("", text).rstrip()


def _end_of_head(lines: list[str], file: str) -> int:
    if not _FENCE.fullmatch(lines[0]):
        raise RecordError(file, 1, "", "has no front matter; the first line must be --- and fields follow")
    for number, line in enumerate(lines[1:], 1):
        if _FENCE.fullmatch(line):
            return number
    raise RecordError(file, 1, "", "the front matter never ends; put a line --- after its fields")


def _line_numbers(head: list[str]) -> dict[str, int]:
    found = ((_TOP_FIELD.match(line), number) for number, line in enumerate(head, 2))
    return {match[1]: number for match, number in found if match}


def _load(text: str, file: str) -> Mapping[str, Any]:
    try:
        _check_depth(text)
        data = yaml.load(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise RecordError(file, line, "", f"the front matter isn't YAML: {_problem(error)}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise RecordError(file, 1, "", "the front matter isn't YAML that can be read") from error
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise RecordError(file, 2, "", "the front matter must be lines of the form `name: value`")
    return data


def _check_depth(text: str) -> None:
    # The C loader builds nested values recursively, without a limit of its own: it would crash the process.
    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise ValueError("nested too deeply")


def _problem(error: yaml.MarkedYAMLError) -> str:
    return (
        "quote values that hold : # [ or {" if "mapping values" in str(error.problem) else "check its syntax"
    )


@cache
def _loader() -> Any:
    # Every value stays the text that was written (`no` is Norwegian, 2026-01-01 and 0123 are no numbers).
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    null = [("tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])]
    resolvers = {first: [(tag, regexp)] for tag, regexp, firsts in null for first in firsts}
    return type("FrontMatterLoader", (base,), {"yaml_implicit_resolvers": resolvers})


@cache
def _dumper() -> Any:
    dumper: Any = type("FrontMatterDumper", (yaml.SafeDumper,), {})
    dumper.add_representer(str, _represent_text)
    return dumper


def _represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = None if _PLAIN.fullmatch(value) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)
