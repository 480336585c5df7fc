"""Cases as CSV."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from knowledge_base.errors import RecordError
from knowledge_base.models import Case, Message, Outcome, Source
from knowledge_base.records_csv import cases_from_csv, cases_to_csv
from tests.strategies import cases as generated_cases


def read(text: str | bytes, **options: int) -> list[tuple[int, Any]]:
    raw = text.encode() if isinstance(text, str) else text
    return list(cases_from_csv(io.BytesIO(raw), "f.csv", **options))


def cases(text: str | bytes) -> list[Case]:
    return [record for _, record in read(text) if isinstance(record, Case)]


def problems(text: str | bytes, **options: int) -> list[tuple[int, str, str]]:
    found = [record for _, record in read(text, **options) if isinstance(record, RecordError)]
    return [(error.line, error.field, error.message) for error in found]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_delimiters_line_ends_and_boms(mark: str, end: str, bom: str):
    rows = [
        ["id", "Problem ", "resolution", "steps"],
        ["1", '"a, b; c\td"', "r", "x | y"],
        ["2", "é", "r", ""],
    ]
    text = bom + end.join(mark.join(row) for row in rows)
    assert cases(text) == [
        Case(id="1", problem="a, b; c\td", resolution="r", steps=("x", "y")),
        Case(id="2", problem="é", resolution="r"),
    ]


def test_nested_and_list_columns():
    text = (
        "id,resolution,messages,outcome.csat,outcome.resolved,outcome.handle_minutes,source.url,tags,extra\n"
        '1,r,"[{""role"": ""customer"", ""text"": ""Hi""}]",5,yes,12.5,https://x,"[""a|b"", ""c""]",9\n'
    )
    assert cases(text) == [
        Case(
            id="1",
            resolution="r",
            messages=(Message("customer", "Hi"),),
            outcome=Outcome(resolved=True, csat=5, handle_minutes=12.5),
            source=Source(url="https://x"),
            tags=("a|b", "c"),
        )
    ]
    assert cases('id,resolution,problem,outcome\n1,r,p,"{""csat"": 3}"\n')[0].outcome == Outcome(csat=3)
    assert cases("id,resolution,problem,tags\n1,r,p,[vip] | new\n")[0].tags == ("[vip]", "new")


def test_rows_are_numbered_by_their_first_line():
    text = 'id,resolution,problem\n1,r,"two\nlines"\n\n2,,p\n3,r,p,too many\n4,"r"x,p\n5,r,p\n'
    assert [case.id for case in cases(text)] == ["1", "5"]
    assert [(line, field) for line, field, _ in problems(text)] == [(5, "resolution"), (6, ""), (7, "")]
    assert cases(text)[0].problem == "two\nlines"


@pytest.mark.parametrize(
    ("text", "line", "field", "message"),
    [
        ("name,age\nx,5\n", 1, "id", "no such column"),
        ("id,problem\rresolution\r1,p,r\r", 1, "id", "no such column"),
        ("id,problem,problem\n", 1, "problem", "stands twice"),
        ("id,problem,resolution,outcome.csat\n1,p,r,high\n", 2, "outcome.csat", "must be a number"),
        ("id,problem,resolution,outcome.resolved\n1,p,r,maybe\n", 2, "outcome.resolved", "true or false"),
        ("id,problem,resolution,messages\n1,p,r,hello\n", 2, "messages", "isn't valid JSON"),
        ("id,problem,resolution,source\n1,p,r,5\n", 2, "source", "must be an object"),
        ('id,problem,resolution\n1,p,"never closed\n2,p,r\n', 2, "", "check its quotes"),
        (b"id,problem,resolution\n1,\xe9t\xe9,r\n", 2, "problem", "not UTF-8"),
        (b"id,problem,resolution\n1,a\0b,r\n", 2, "problem", "NUL"),
    ],
)
def test_what_is_wrong_is_named(text: str | bytes, line: int, field: str, message: str):
    [(found_line, found_field, found_message)] = problems(text)
    assert (found_line, found_field) == (line, field)
    assert message in found_message


def test_a_line_too_long_is_skipped():
    long = "x" * 300_000
    text = f"id,problem,resolution\n1,p,r\n2,{long},r\n3,p,r\n"
    assert problems(text, limit=200_000) == [(3, "", "is longer than 200,000 bytes")]
    assert [case.id for _, case in read(text, limit=200_000) if isinstance(case, Case)] == ["1", "3"]


def test_a_line_too_long_within_a_quoted_cell_ends_the_reading():
    text = f'id,problem,resolution\n1,p,r\n2,"a\n{"x" * 300_000}\n3,p,r\n",r\n'
    [(line, _, message)] = problems(text, limit=200_000)
    assert line == 3
    assert message == "line 4 of it is longer than 200,000 bytes"


def test_empty_files_have_no_rows():
    assert read("") == read("\n\n") == read("id,problem,resolution\n") == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(generated_cases)
def test_what_is_written_reads_as_the_same(case: Case):
    stream = io.StringIO(newline="")
    cases_to_csv([case], stream)
    assert cases(stream.getvalue()) == [case]
