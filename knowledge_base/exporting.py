"""Writes the whole base in the exchange formats; importing the folder gives the same base."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from knowledge_base.articles import article_to_markdown
from knowledge_base.errors import InputError
from knowledge_base.grants import GRANTS_FILE, grant_to_dict
from knowledge_base.models import PolicyArticle, Question, ReplyTemplate
from knowledge_base.questions import question_to_dict
from knowledge_base.records import record_to_dict
from knowledge_base.store import KnowledgeBase
from knowledge_base.templates_io import template_files
from knowledge_base.translations import APPROVED_FILE, approved_to_dict

MANIFEST = "export.json"
"""Lists the files of an export, so that the next one into the same folder removes what is gone."""
_MAX_NAME = 120  # file systems take 255 bytes
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


@dataclass(frozen=True, slots=True)
class ExportReport:
    """How many records of each kind were written, and into how many files."""

    cases: int
    articles: int
    templates: int
    questions: int
    files: int
    grants: int = 0
    translations: int = 0


def export_to(kb: KnowledgeBase, folder: str | Path) -> ExportReport:
    """Write lists as .jsonl (cases, questions, grants, approved translations), articles and templates as .md.

    These stand in articles/ID.md and templates/LANGUAGE/ID.md. Retired records are included. An earlier
    export in the folder is replaced; other files stay. Raises InputError where the folder can't be written.
    """
    root = Path(folder)
    try:
        root.mkdir(parents=True, exist_ok=True)
        return _export(kb, root)
    except OSError as error:
        raise InputError(f"can't export to {root}: {error.strerror}; choose another folder") from error


def file_name(identifier: str) -> str:
    """Turn an id into a name that is safe on any file system; two ids never share one, whatever their case.

    Lower-case ids stay readable as they are; where anything had to be quoted or cut, a digest follows.
    """
    quoted = "".join(char if char in _PLAIN else "-" for char in identifier.lower())[:_MAX_NAME]
    if quoted == identifier and not quoted.startswith("."):
        return quoted
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:16]
    return f"{quoted.lstrip('.')}~{digest}"


def _export(kb: KnowledgeBase, root: Path) -> ExportReport:
    cases = _write_lines(root / "cases.jsonl", map(record_to_dict, kb.each("case")))
    questions = _write_lines(root / "questions.jsonl", _questions(kb)) if kb.count("question") else 0
    articles = [_write(root, name, text) for name, text in _articles(kb)]
    templates = [_write(root, name, text) for name, text in _templates(kb)]
    grants = _write_log(root / GRANTS_FILE, map(grant_to_dict, kb.grants.each()))
    translations = _write_log(root / APPROVED_FILE, map(approved_to_dict, kb.translations.each()))
    lists = {"questions.jsonl": questions, GRANTS_FILE: grants, APPROVED_FILE: translations}
    written = ["cases.jsonl", *(name for name, count in lists.items() if count), *articles, *templates]
    _replace_manifest(root, written)
    return ExportReport(
        cases, len(articles), kb.count("template"), questions, len(written), grants, translations
    )


def _write_log(path: Path, entries: Iterator[dict[str, Any]]) -> int:
    """Write a log that has entries; an empty one leaves no file."""
    first = next(entries, None)
    return 0 if first is None else _write_lines(path, chain([first], entries))


def _write_lines(path: Path, documents: Iterable[dict[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for document in documents:
            stream.write(json.dumps(document, ensure_ascii=False) + "\n")
            count += 1
    return count


def _questions(kb: KnowledgeBase) -> Iterator[dict[str, Any]]:
    return (question_to_dict(one) for one in kb.each("question") if isinstance(one, Question))


def _articles(kb: KnowledgeBase) -> Iterator[tuple[str, str]]:
    for record in kb.each("article"):
        if isinstance(record, PolicyArticle):
            yield f"articles/{file_name(record.id)}.md", article_to_markdown(record)


def _templates(kb: KnowledgeBase) -> Iterator[tuple[str, str]]:
    for file in template_files(one for one in kb.each("template") if isinstance(one, ReplyTemplate)):
        yield f"templates/{file_name(file.language)}/{file_name(file.id)}.md", file.text


def _write(root: Path, name: str, text: str) -> str:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return name


def _replace_manifest(root: Path, written: list[str]) -> None:
    path = root / MANIFEST
    for name in _earlier(path) - set(written):
        old = (root / name).resolve()
        if old.is_file() and old.is_relative_to(root.resolve()):
            old.unlink()
    path.write_text(json.dumps({"files": written}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _earlier(path: Path) -> set[str]:
    try:
        files = json.loads(path.read_bytes())["files"]
        return {name for name in files if isinstance(name, str)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
