"""Exporting, and importing what was exported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base.errors import InputError
from knowledge_base.exporting import ExportReport, export_to, file_name
from knowledge_base.importing import import_paths
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, make_question, make_template, open_base
from tests.strategies import articles, cases, ids, questions, templates

KINDS = ("case", "article", "template", "question")


def content(kb: KnowledgeBase) -> dict[str, list[object]]:
    return {kind: list(kb.each(kind)) for kind in KINDS}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(cases, max_size=5, unique_by=lambda one: one.id),
    st.lists(articles, max_size=5, unique_by=lambda one: one.id),
    st.lists(templates, max_size=5, unique_by=lambda one: one.id),
    st.lists(questions, max_size=5, unique_by=lambda one: one.id),
)
def test_importing_an_export_gives_the_same_base(
    tmp_path_factory, some_cases, some_articles, some_templates, some_questions
):
    folder = tmp_path_factory.mktemp("export")
    with open_base(folder, "one.db") as one, open_base(folder, "two.db") as two:
        one.put_many([*some_cases, *some_articles, *some_templates, *some_questions], actor="a")
        export_to(one, folder / "out")
        report = import_paths(two, [folder / "out"])
        assert [error for error in report.errors if error.message != "the file is empty"] == []
        assert content(two) == content(one)


def test_an_export_names_its_files(tmp_path: Path):
    with open_base(tmp_path) as kb:
        kb.put_many(
            [
                make_case("C-1", status="retired"),
                make_case("C-2"),
                make_article("returns"),
                make_article("Returns"),
                make_template("lost/act"),
                make_template("lost/greet", move="greet"),
                make_template("lost-de/act", language="de"),
                make_question("G-1"),
                make_question("G-2", relevant=(), status="retired"),
            ],
            actor="a",
        )
        report = export_to(kb, tmp_path / "out")
    assert report == ExportReport(cases=2, articles=2, templates=3, questions=2, files=6)
    files = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert files == [
        "articles/returns.md",
        f"articles/{file_name('Returns')}.md",
        "cases.jsonl",
        "export.json",
        "questions.jsonl",
        "templates/de/lost-de.md",
        "templates/en/lost.md",
    ]
    first = json.loads((tmp_path / "out" / "cases.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert (first["id"], first["status"], first["outcome"]["csat"]) == ("C-1", "retired", None)
    asked = (tmp_path / "out" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    said = {"query": "My parcel never arrived."}
    assert [json.loads(line) for line in asked] == [
        {"id": "G-1", "relevant": ["C-1"], "category": None} | said,
        {"id": "G-2", "relevant": [], "category": None, "status": "retired"} | said,
    ]


def test_a_second_export_into_the_folder_replaces_the_first(tmp_path: Path):
    out = tmp_path / "out"
    with open_base(tmp_path, "one.db") as one, open_base(tmp_path, "two.db") as two:
        one.put_many([make_article("old"), make_article("kept")], actor="a")
        two.put(make_article("kept", title="Newer"), actor="a")
        export_to(one, out)
        (out / "articles" / "README.txt").write_text("mine")
        export_to(two, out)
    assert sorted(path.name for path in (out / "articles").iterdir()) == ["README.txt", "kept.md"]


def test_a_manifest_that_was_tampered_with_removes_nothing_outside(tmp_path: Path):
    (tmp_path / "precious.md").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    for manifest in (
        '{"files": ["../precious.md", 5]}',
        "[]",
        "not json",
        '{"files": 3}',
        '{"files": ["."]}',
    ):
        (out / "export.json").write_text(manifest)
        with open_base(tmp_path) as kb:
            assert export_to(kb, out).files == 1
    assert (tmp_path / "precious.md").read_text() == "mine"


def test_a_folder_that_cannot_be_written(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with (
        open_base(tmp_path) as kb,
        pytest.raises(InputError, match=r"can't export to .*; choose another folder"),
    ):
        export_to(kb, tmp_path / "file")


@settings(deadline=None)
@given(st.lists(ids, min_size=2, max_size=2, unique=True))
def test_two_ids_never_share_a_file(pair: list[str]):
    one, two = map(file_name, pair)
    assert one.casefold() != two.casefold()
    for name in (one, two):
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.~")
        assert 0 < len(name) <= 140
        assert not name.startswith(".")


def test_plain_ids_stay_readable():
    assert [file_name(id) for id in ("returns", "lost-parcels.de")] == ["returns", "lost-parcels.de"]
    assert file_name("C-1042").startswith("c-1042~")
