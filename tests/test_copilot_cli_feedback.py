"""`precedent feedback`, and what moved a case on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.models import Feedback, Outcome
from tests.builders import make_case, open_base
from tests.command import run
from tests.fakes import WordHashEmbedder

CONVERSATION = b'{"messages": [{"role": "customer", "text": "The parcel never arrived."}]}'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two cases with one problem, one fix that held and one that was reopened, indexed by word hashes."""
    monkeypatch.setattr("copilot.assemble.build_embedder", lambda settings: WordHashEmbedder())
    with open_base(tmp_path) as base:
        base.put_many(
            [
                make_case("C-1", outcome=Outcome(True, True), resolution="Asked for patience."),
                make_case("C-2", outcome=Outcome(True, False), resolution="Sent a replacement."),
                *(make_case(f"O-{n}", problem=f"A lamp {n}", outcome=Outcome(True, False)) for n in range(6)),
            ],
            actor="test",
        )
    assert run("index", "--json", data=tmp_path).status == 0
    return tmp_path


def give(desk: Path, suggestion: str, *actors: str) -> None:
    with open_base(desk) as base:
        for actor in actors:
            base.add_feedback(Feedback(suggestion, "wrong", item="case:C-2", reason="[old]"), actor=actor)


def test_of_two_alike_the_one_whose_fix_held_comes_first(desk: Path) -> None:
    found = run("search", "The parcel never arrived.", "--kind", "case", "--json", data=desk).json["results"]
    assert [one["id"] for one in found[:2]] == ["C-2", "C-1"]
    [moved] = found[1]["adjustments"]
    assert moved["kind"] == "outcome"
    assert moved["text"] == "the fix worked 0 of 1 times"
    assert -0.03 < moved["amount"] < -0.01
    listed = run("search", "The parcel never arrived.", "--kind", "case", data=desk).out.splitlines()
    assert "0 of 1" in next(line for line in listed if "C-1" in line)


def test_a_suggestion_says_what_failed_and_what_moved(desk: Path) -> None:
    first = run("suggest", "-", "--json", data=desk, stdin=CONVERSATION).json
    assert [(c["id"], c["ended"], c["outcome"]) for c in first["cases"][:2]] == [
        ("C-2", "held", {"worked": 7, "tried": 7}),
        ("C-1", "reopened", {"worked": 0, "tried": 1}),
    ]
    give(desk, first["id"], "maya", "tom")
    told = run("suggest", "-", data=desk, stdin=CONVERSATION).out
    assert "(worked 0 of 1, reopened here)" in told
    found = run("search", "The parcel never arrived.", "--kind", "case", "--json", data=desk).json["results"]
    moved = next(one for one in found if one["id"] == "C-2")["adjustments"]
    assert moved[-1]["text"] == "2 colleagues found it wrong for conversations like this"
    assert moved[-1]["amount"] < -0.2


def test_feedback_is_listed_and_withdrawn(desk: Path) -> None:
    suggestion = run("suggest", "-", "--json", data=desk, stdin=CONVERSATION).json["id"]
    before = run("search", "The parcel never arrived.", "--json", data=desk).json
    give(desk, suggestion, "maya", "tom")
    assert run("search", "The parcel never arrived.", "--json", data=desk).json != before
    listed = run("feedback", "list", "--item", "case:C-2", "-k", 1, "--json", data=desk).json["feedback"]
    assert [(one["id"], one["actor"], one["verdict"], one["withdrawn_at"]) for one in listed] == [
        (2, "tom", "wrong", None)
    ]
    for number in (1, 2):
        taken = run("feedback", "withdraw", number, "--actor", "ada", "--json", data=desk).json
        assert (taken["id"], taken["withdrawn_by"]) == (number, "ada")
    assert run("search", "The parcel never arrived.", "--json", data=desk).json == before
    shown = run("feedback", "list", data=desk).out
    assert "[old]" in shown
    assert shown.count("by ada") == 2
    assert run("feedback", "list", "--item", "case:none", data=desk).out == "no feedback\n"
    assert run("feedback", "withdraw", 99, data=desk).failure == "there is no feedback '99'"
    assert run("feedback", "withdraw", "x", data=desk).status == 2


@pytest.mark.parametrize("command", ["list", "withdraw"])
def test_help_shows_an_example(command: str) -> None:
    assert f"Example: precedent feedback {command}" in run("feedback", command, "--help").out
