"""`precedent templates`: lint and preview from the command line, and a tone asked for a suggestion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_base.models import Corrections
from tests.builders import make_article, make_case, make_conversation, make_template, open_base
from tests.command import run
from tests.learned_fakes import teach

GOOD = """---
id: en/lost_parcel
category: lost_parcel
policies: returns
---
## acknowledge
Your parcel{% if known('order_id') %} from order {{ order_id }}{% endif %} has not come.

## act
You have 30 days. I look for {{ tracking_number }}, {{ customer_name }}.
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A data folder with an article, a case and a reply."""
    folder = tmp_path / "data"
    folder.mkdir()
    with open_base(folder) as base:
        base.put_many(
            [make_article(), make_case("C-1"), make_template("en/own/act", body="I look into it.")], actor="t"
        )
    return folder


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.md"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_a_sound_file_has_no_findings(desk: Path, good: Path):
    assert run("templates", "lint", good, "--json", data=desk).json == {
        "passed": True,
        "files": 1,
        "findings": [],
    }


def test_errors_are_told_by_file_and_line_and_end_with_status_1(desk: Path, good: Path):
    good.write_text(GOOD.replace("30 days", "31 days, kindly note").replace("tracking_number", "tracking"))
    ran = run("templates", "lint", good, data=desk)
    assert ran.status == 1
    assert ran.out.splitlines() == [
        f"{good}:10: error: no slot 'tracking'; did you mean 'tracking_number'?",
        "1 files, 1 errors, 0 other remarks",
    ]
    assert ran.line == "mend what is marked error (1), then lint again"
    good.write_text(GOOD.replace("30 days", "31 days, kindly note"))
    ran = run("templates", "lint", good, "--json", data=desk)
    found = json.loads(ran.out)["findings"]
    assert [(one["line"], one["check"], one["severity"]) for one in found] == [
        (10, "promise", "error"),
        (10, "wording", "warning"),
    ]


def test_without_files_the_desks_own_are_read(desk: Path):
    told = run("templates", "lint", "--json", data=desk).json
    assert (told["passed"], told["files"]) == (True, 1)


def test_articles_beside_the_files_count_as_policy(desk: Path, good: Path):
    good.write_text(GOOD.replace("returns", "fresh").replace("30", "45"))
    assert run("templates", "lint", good, data=desk).status == 1
    (good.parent / "both").mkdir()
    (good.parent / "both" / "fresh.md").write_text("---\nid: fresh\ntitle: F\n---\n## A\n45 days.\n")
    good.rename(good.parent / "both" / "good.md")
    assert run("templates", "lint", good.parent / "both", data=desk).status == 0


def test_a_file_is_previewed_in_the_sample_conversation_that_fits(desk: Path, good: Path):
    told = run("templates", "preview", good, "-k", 1, "--json", data=desk).json
    assert told["templates"] == ["en/lost_parcel/acknowledge", "en/lost_parcel/act"]
    [preview] = told["previews"]
    assert (preview["conversation_id"], preview["title"]) == (
        "K-101",
        "Coffee machine not scanned for a week",
    )
    assert preview["text"].startswith("Your parcel from order TW-481920 has not come.\n\nYou have 30 days.")
    assert "Hannah Whitlock" in preview["text"]
    assert preview["gaps"] == []
    assert {span["kind"] for span in preview["spans"]} == {"template", "slot"}


def test_an_id_is_previewed_in_a_conversation_of_ones_own(desk: Path, tmp_path: Path):
    talk = tmp_path / "talk.json"
    talk.write_text(json.dumps({"messages": [{"role": "customer", "text": "Where is it?"}]}))
    ran = run("templates", "preview", "en/own", "--conversation", talk, data=desk)
    assert (ran.status, ran.err) == (0, "")
    assert "I look into it." in ran.out
    gaps = run(
        "templates", "preview", "en/base/acknowledge", "--conversation", talk, "--json", data=desk
    ).json
    assert gaps["previews"][0]["text"].startswith("Thank you for explaining what has happened.")


def test_what_is_not_there_is_told_in_one_line(desk: Path):
    assert "no template file or id 'en/nobody'" in run("templates", "preview", "en/nobody", data=desk).failure
    assert "can't be read" in run("templates", "lint", "nowhere.md", data=desk).failure


def test_a_suggestion_refuses_an_unknown_tone(desk: Path, tmp_path: Path):
    assert run("suggest", "-", "--tone", "rude", data=desk, stdin=b"{}").status == 2
    bad = b'{"messages": [{"role": "customer", "text": "x"}], "length": "long"}'
    assert "field length: must be one of short, full" in run("suggest", "-", data=desk, stdin=bad).failure


def test_proposals_and_holes_are_told(desk: Path):
    with open_base(desk) as base:
        teach(base)
        for name, language in (("K-1", "pl"), ("K-2", "pl"), ("K-3", "en")):
            talk = make_conversation(id=name, language=language, corrections=Corrections("lost_parcel"))
            base.conversations.receive(talk)
    told = run("templates", "proposals", "--json", data=desk).json
    assert [(one["template_id"], one["times"], one["agents"]) for one in told["proposals"]] == [
        ("en/lost/act", 6, 2),
        ("en/lost/act", 5, 2),
    ]
    assert told["left_out"] == 1
    shown = run("templates", "proposals", data=desk).out.splitlines()
    assert shown[0] == (
        "en/lost/act: changed in 6 replies by 2 agents since 2026-11-22; of 12 with it 5 kept it"
    )
    assert shown[1:3] == ["  - Thank you for your patience.", "  + Thank you for bearing with us."]
    assert shown[-1] == "2 proposals, 0 dismissed, 1 replies left out"
    assert run("templates", "holes", "--weeks", 520, data=desk).out == "2  category lost_parcel, pl: none\n"
    rows = run("templates", "holes", "--weeks", 520, "--json", data=desk).json["rows"]
    assert (rows[0]["name"], rows[0]["missed"]) == ("lost_parcel", 2)
