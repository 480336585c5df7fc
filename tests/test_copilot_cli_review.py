"""`precedent review`, with the real encoder and index."""

from __future__ import annotations

from pathlib import Path

from knowledge_base.models import Conversation
from tests.builders import make_case, open_base
from tests.command import run
from tests.test_copilot_review import SAID, TALK


def test_candidates_are_listed_accepted_merged_and_turned_down(tmp_path: Path) -> None:
    with open_base(tmp_path) as base:
        broken = {"problem": "The lamp arrived broken.", "category": "damaged"}
        base.put(make_case("C-1", **broken), actor="t")
        base.put(make_case("C-2", problem="I want to change my address.", category="account"), actor="t")
        for number in (1, 2, 3):
            base.conversations.receive(Conversation(TALK.messages, f"K-{number}"))
            base.conversations.settle(f"K-{number}", "closed")
    run("index", "--json", data=tmp_path)
    one, two, three = run("review", "list", "--json", data=tmp_path).json["candidates"]
    near = {each["id"]: each["similarity"] for each in one["near"]}
    assert near["C-1"] > 0.6
    assert near["C-1"] > near.get("C-2", -1)
    assert not [word for word in SAID if word in str(one)]
    done = run("review", "accept", one["id"], "--actor", "maria", "--json", data=tmp_path).json
    assert (done["state"], done["case_id"], done["who"]) == ("accepted", "R-K-1", "maria")
    done = run("review", "accept", two["id"], "--merge", "C-1", "--json", data=tmp_path).json
    assert (done["state"], done["case_id"]) == ("merged", "C-1")
    done = run("review", "reject", three["id"], "--why", "said twice", "--json", data=tmp_path).json
    assert (done["state"], done["reason"]) == ("rejected", "said twice")
    again = run("review", "reject", three["id"], "--why", "again", data=tmp_path)
    assert "rejected already" in again.failure
    assert run("review", "rules", "--json", data=tmp_path).json == {"rules": []}
    assert run("review", "list", data=tmp_path).out.strip() == "no candidates"
