"""Approved translations leave and come back with the rest of the knowledge."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge_base.exporting import export_to
from knowledge_base.importing import Counts, import_paths
from knowledge_base.store import KnowledgeBase
from knowledge_base.translations import ApprovedTranslation, approved_to_dict
from tests.test_knowledge_base_grants import open_base

ONE = ApprovedTranslation(
    "en",
    "es",
    "formal",
    "I will trace XPH0X.",
    "Voy a buscar el XPH0X.",
    "maya",
    datetime(2026, 3, 1, tzinfo=UTC),
)
OTHER = replace(ONE, target_language="pt-BR", target="Vou localizar o XPH0X.")


@pytest.fixture
def kb(tmp_path: Path) -> KnowledgeBase:
    return open_base(tmp_path, "own.db")


def test_an_export_holds_them_and_importing_it_gives_the_same(kb: KnowledgeBase, tmp_path: Path) -> None:
    assert kb.translations.add([ONE, OTHER]) == ["added", "added"]
    assert export_to(kb, tmp_path / "out").translations == 2
    with open_base(tmp_path, "other.db") as other:
        assert import_paths(other, [tmp_path / "out"], strict=True).translations == Counts(added=2)
        assert import_paths(other, [tmp_path / "out"]).translations == Counts(unchanged=2)
        assert list(other.translations.each()) == sorted([ONE, OTHER], key=lambda one: one.key)
        assert other.translations.find(ONE.key) == ONE
        kb.translations.keep(replace(ONE, target="Buscaré el XPH0X.", who="ines"))
        export_to(kb, tmp_path / "out")
        assert import_paths(other, [tmp_path / "out"]).translations == Counts(updated=1, unchanged=1)
    for one in (ONE, OTHER):
        kb.translations.withdraw(one.key)
    export_to(kb, tmp_path / "out")
    assert not (tmp_path / "out" / "approved_translations.jsonl").exists()
    kb.close()


def test_more_than_a_page_of_them(kb: KnowledgeBase) -> None:
    kb.translations.add(replace(ONE, source=f"It takes {n} steps.") for n in range(1203))
    assert len({one.source for one in kb.translations.each()}) == 1203
    kb.close()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source_language", None),
        ("target_language", "español"),
        ("register", "posh"),
        ("source", " "),
        ("at", None),
    ],
)
def test_a_bad_line_costs_itself_only(
    kb: KnowledgeBase, tmp_path: Path, field: str, value: str | None
) -> None:
    path = tmp_path / "approved_translations.jsonl"
    lines = [approved_to_dict(ONE), approved_to_dict(OTHER) | {field: value}]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n[]\n", encoding="utf-8")
    assert import_paths(kb, [path], strict=True).translations == Counts(rejected=3)
    report = import_paths(kb, [path])
    assert report.translations == Counts(added=1, rejected=2)
    assert [(error.line, error.field) for error in report.errors] == [(2, field), (3, "")]
    kb.close()
