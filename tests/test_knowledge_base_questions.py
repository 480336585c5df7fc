"""Golden questions: read from lines beside cases, told apart by their fields, written back the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from knowledge_base.errors import RecordError
from knowledge_base.importing import Counts, import_paths
from knowledge_base.models import Message, Question
from knowledge_base.questions import is_question, question_from_dict, question_to_dict
from tests.builders import open_base
from tests.strategies import questions

ASKED = {"id": "G-1", "query": "Where is it?"}
CASE = {"id": "C-1", "problem": "Lost.", "resolution": "Sent again."}


def write(path: Path, *lines: Any) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@settings(deadline=None)
@given(questions)
def test_writing_and_reading_gives_the_same_question(question: Question):
    written = json.loads(json.dumps(question_to_dict(question)))
    assert question_from_dict(written, "q.jsonl", 1) == question
    assert is_question(written)


def test_what_is_not_said_is_not_written():
    assert question_to_dict(question_from_dict(ASKED | {"category": "x"}, "q", 1)) == ASKED | {
        "category": "x"
    }
    assert question_to_dict(question_from_dict(ASKED | {"category": None}, "q", 1)) == (
        ASKED | {"relevant": [], "category": None}
    )


def test_of_a_conversation_only_what_is_searched_is_kept():
    messages = [{"role": "agent", "text": "Hello"}, {"role": "customer", "text": "¿Dónde?", "at": None}]
    customer = {"name": "Ana Ruiz", "language": "es"}
    given = {"id": "G-1", "messages": messages, "customer": customer, "relevant": []}
    assert question_from_dict(given, "q", 1) == Question(
        "G-1",
        messages=(Message("agent", "Hello"), Message("customer", "¿Dónde?")),
        relevant=(),
        language="es",
    )


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"id": None}, "id", "is missing or empty"),
        ({"relevant": None}, "relevant", "is missing; give the ids that answer it"),
        ({"relevant": "C-1"}, "relevant", "a list of ids is expected"),
        ({"relevant": ["C-1", ""]}, "relevant", "a list of ids is expected"),
        ({"category": ""}, "category", "a text or null is expected"),
        ({"query": " "}, "query", "a text in `query`, or `messages`, is expected"),
        ({"query": None, "messages": [{"role": "customer"}]}, "messages[0].text", "is missing"),
        ({"language": "klingon"}, "language", "isn't a language code"),
        ({"status": "lost"}, "status", "must be one of"),
        ({"query": "a\0"}, "query", "holds a NUL"),
    ],
)
def test_a_bad_question_names_its_line_and_field(wrong: dict[str, Any], field: str, message: str):
    with pytest.raises(RecordError) as caught:
        question_from_dict(ASKED | {"relevant": ["C-1"]} | wrong, "q.jsonl", 7)
    assert (caught.value.file, caught.value.line, caught.value.field) == ("q.jsonl", 7, field)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("fields", "question"),
    [
        ({"query": "x", "relevant": []}, True),
        ({"query": "x", "category": "lost"}, True),
        ({"query": "x"}, True),  # lacks its label, and is told so
        ({"messages": [], "relevant": []}, True),
        ({"messages": [], "category": "lost"}, True),
        ({"messages": [], "category": "lost", "steps": []}, False),  # a case that lacks its resolution
        ({"messages": []}, False),
        ({"problem": "x", "resolution": "y"}, False),
        ({"query": "x", "relevant": [], "resolution": "y"}, False),
        ({}, False),
    ],
)
def test_fields_decide_what_a_line_is(fields: dict[str, Any], question: bool):
    assert is_question({"id": "1"} | fields) is question


def test_a_file_may_hold_both_and_an_id_may_stand_for_one_of_each(tmp_path: Path):
    file = write(
        tmp_path / "any-name.jsonl",
        CASE,
        ASKED | {"id": "C-1", "relevant": ["C-1"]},
        ASKED | {"relevant": []},
    )
    with open_base(tmp_path) as base:
        report = import_paths(base, [file], actor="maya")
        assert (report.cases, report.questions, report.errors) == (Counts(added=1), Counts(added=2), [])
        assert base.history("question", "G-1")[0].actor == "maya"
        again = import_paths(base, [write(tmp_path / "q.jsonl", ASKED | {"relevant": ["C-1"]})])
        assert again.questions == Counts(updated=1)
        assert [change.version for change in base.history("question", "G-1")] == [1, 2]


def test_bad_lines_of_a_golden_file_are_reported_and_the_others_taken(tmp_path: Path):
    file = tmp_path / "golden.jsonl"
    good = json.dumps(ASKED | {"relevant": []})
    file.write_text(f'{good}\n{{"id": "G-2", "query": "x"}}\n{{broken\n{good}\n[]\n', encoding="utf-8")
    with open_base(tmp_path) as base:
        report = import_paths(base, [file])
    assert report.questions == Counts(added=1, rejected=4)
    assert report.cases == Counts()
    assert [(error.line, error.field) for error in report.errors] == [
        (2, "relevant"),
        (3, ""),
        (4, "id"),
        (5, ""),
    ]
    assert report.errors[2].message == "stands in line 1 already; each record needs its own"
