"""`precedent duplicates`, with the real encoder and index."""

from __future__ import annotations

from pathlib import Path

from copilot.curation.traits import DUPLICATE
from tests.builders import make_article, make_case, open_base
from tests.command import run

LOST = {"category": "lost", "title": "Parcel lost on the way"}
SAID = "The tracking of my parcel has not moved for eight days and I need it soon."
DONE = "Open a trace with the carrier, which answers within 3 working days, then send a replacement."
BULB = "Send a new bulb."


def test_duplicates_are_told_merged_and_given_back(tmp_path: Path) -> None:
    with open_base(tmp_path) as base:
        again = SAID.replace("has not moved", "hasn't moved")
        other = DONE.replace("3 working days", "7 working days")
        base.put_many(
            [
                make_case("C-1", problem=SAID, resolution=DONE, **LOST),
                make_case("C-2", problem=again, resolution=DONE, **LOST),
                make_case("C-3", problem=SAID, resolution=other, **LOST),
                make_case("C-4", problem="The lamp flickers.", resolution=BULB, category="fault"),
                # A twin without a category is told too.
                make_case("C-5", problem="The lamp flickers!", resolution=BULB, category=None),
                make_article(),
            ],
            actor="t",
        )  # fmt: skip
    assert "run `precedent index`" in run("duplicates", data=tmp_path).failure
    run("index", data=tmp_path)
    told = run("duplicates", "--json", data=tmp_path).json
    groups = sorted(sorted(case["id"] for case in group["cases"]) for group in told["duplicates"])
    assert groups == [["C-1", "C-2"], ["C-4", "C-5"]]
    assert all(DUPLICATE <= group["likeness"] <= 1 for group in told["duplicates"])
    assert {one["differs"] for one in told["contradictions"]} == {"workdays"}
    sources = {one[side]["source"] for one in told["contradictions"] for side in ("first", "second")}
    assert sources == {"case:C-1", "case:C-2", "case:C-3"}
    merged = run("duplicates", "--merge", "C-1", "--merge", "C-2", "--keep", "C-2", data=tmp_path).out
    assert merged == "kept: C-2; retired: ['C-1']\n"
    spoken = run("duplicates", data=tmp_path).out
    assert spoken.count("told 2 times") == 1
    assert spoken.index("told 2 times") < spoken.index("C-4") < spoken.index("workdays differs:")
    assert "C-1" not in spoken
    both = run("duplicates", "--merge", "C-1", "--undo", "C-1", data=tmp_path)
    assert "one of --merge and --undo" in both.failure
    undone = run("duplicates", "--undo", "C-1", "--json", data=tmp_path).json
    assert sorted(undone["restored"]) == ["C-1", "C-2"]
    assert "C-9" in run("duplicates", "--merge", "C-1", "--merge", "C-9", data=tmp_path).failure
