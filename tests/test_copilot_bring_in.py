"""Tickets become cases; imports go on after a kill, cost nothing twice, and say what they left out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copilot.bring_in.category import categories_of
from copilot.bring_in.desk import Asked, BringIn
from copilot.bring_in.propose import Choices, propose_case, unusable
from copilot.bring_in.run import Export, begin, carry_out, preview
from knowledge_base.errors import ConflictError, InputError
from knowledge_base.exports.models import Ticket, Turn
from knowledge_base.import_rows import Run
from knowledge_base.models import Case, Outcome, PolicyArticle
from knowledge_base.store import KnowledgeBase
from tests.builders import make_case, open_base
from tests.export_makers import PROBLEM, RESOLUTION, TOLD, write_array, write_lines, zendesk


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


def proposed(*turns: tuple[str, str], **fields: Any) -> Case:
    said = tuple(Turn(who, text) for who, text in turns)  # type: ignore[arg-type]
    ticket = Ticket("zendesk", "1", turns=said, **fields)
    return propose_case(ticket, Choices(), detect=lambda text: None, categorise=lambda ticket, problem: None)


def brought(base: KnowledgeBase, path: Path, **options: Any) -> Run:
    run = begin(base, Export(path, "zendesk", **options), name=path.name, actor="t")
    return carry_out(base, run.id)


def test_a_ticket_becomes_a_case(base: KnowledgeBase, tmp_path: Path):
    run = brought(base, write_array(tmp_path / "tickets.json", [zendesk(5)]))
    assert (run.state, run.added, run.left_out, run.done) == ("done", 1, {}, run.total)
    case = base.get("case", "zendesk-5")
    assert isinstance(case, Case)
    assert case.title == "Kettle leaks 5"
    assert case.problem == PROBLEM.format(n=5)
    assert case.resolution == RESOLUTION
    assert case.reply == TOLD.removesuffix("\n\nKind regards\nMaya").replace("Ana", "[NAME]")
    assert case.steps == (
        "Please unscrew the handle and press the seal back into its groove",
        "I have sent a new seal"
        " to you today"
    )  # fmt: skip
    assert [message.role for message in case.messages] == ["customer", "note", "agent"]
    assert case.outcome == Outcome(resolved=True, reopened=True, csat=5)
    assert (case.language, case.category, case.tags, case.channel) == ("en", "kettle", ("kettle",), "email")
    assert case.source.url == "https://tidewell.zendesk.com/agent/tickets/5"
    assert base.history("case", "zendesk-5")[0].reason == "brought in from tickets.json"


def test_what_settled_it_is_neither_a_courtesy_nor_a_closing_nor_a_question():
    case = proposed(
        ("customer", "Hi"),
        ("agent", "Hello! How can I help you?"),
        ("customer", "My invoice from March is missing."),
        ("agent", "Hello Ana,\nThank you for your patience.\nThe invoice was in the archive:\n1."
        " Open Orders.\n2. Choose Archive, then March."),
        ("customer", "Great, found it."),
        ("agent", "You're welcome! Have a nice day!"),
        ("agent", "We haven't heard from you, so I will close this ticket."),
    )  # fmt: skip
    assert case.problem == "My invoice from March is missing."
    assert (
        case.resolution == "The invoice was in the archive:\n1. Open Orders.\n2. Choose Archive, then March."
    )
    assert case.steps == ("Open Orders", "Choose Archive, then March")
    german = proposed(
        ("customer", "Guten Tag,\ndas Passwort geht nicht mehr.\n\nMit freundlichen Grüßen\nJonas"),
        ("agent", "Hallo Jonas,\nes tut mir leid. Bitte klicken Sie auf „Passwort vergessen“. Bei"
        " Fragen melden Sie sich gern."),
    )  # fmt: skip
    assert german.problem == "Das Passwort geht nicht mehr."
    assert german.resolution == "Bitte klicken Sie auf „Passwort vergessen“."


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": ""}, "no_id"), ({"id": "x" * 150}, "no_id"), ({"state": "open"}, "open"),
        ({"state": "spam"}, "spam"),
        ({"turns": ()}, "no_question"), ({"turns": (Turn("customer", "It leaks badly."),)}, "no_answer"),
        ({"turns": (Turn("customer", "It leaks."), Turn("agent", "We will close it."))}, "no_answer"),
        ({}, None),
    ],
)  # fmt: skip
def test_a_ticket_that_is_no_case_is_left_out_with_its_reason(change: dict[str, Any], reason: str | None):
    whole = Ticket("zendesk", "1", turns=(Turn("customer", "It leaks."), Turn("agent", TOLD)), state="solved")
    left = unusable(replace(whole, **change))
    assert (left.reason if left else None) == reason


def test_a_category_comes_from_a_field_a_tag_or_the_nearest_words():
    words = {"lost_parcel": "parcel courier tracking lost", "refund": "refund money account returned"}
    cases = [
        make_case(f"C-{n}-{name}", category=name, problem=text)
        for name, text in words.items()
        for n in range(4)
    ]
    categories = categories_of(cases, (), from_tags=True)
    assert categories.of(Ticket("csv", "1", category="Lost parcel"), "") == "lost_parcel"
    assert categories.of(Ticket("csv", "1", category="Press"), "") == "press"
    assert categories.of(Ticket("csv", "1", tags=("vip", "REFUND")), "") == "refund"
    assert (
        categories.of(Ticket("csv", "1", tags=("vip",)), "The courier lost it, no tracking") == "lost_parcel"
    )
    assert categories.of(Ticket("csv", "1", tags=("vip",)), "My lamp is dim") == "vip"
    assert (
        replace(categories, from_tags=False).of(Ticket("csv", "1", tags=("vip",)), "My lamp is dim") is None
    )


def test_again_changes_nothing_and_a_change_updates_its_own(base: KnowledgeBase, tmp_path: Path):
    path = write_lines(tmp_path / "tickets.json", map(zendesk, range(1, 501)))
    assert brought(base, path).added == 500
    seq = base.last_seq()
    again = brought(base, path)
    assert (again.added, again.updated, again.unchanged, base.last_seq()) == (0, 0, 500, seq)
    changed = [zendesk(n, subject="Changed" if n == 7 else f"Kettle leaks {n}") for n in range(1, 502)]
    later = brought(base, write_lines(path, changed))
    assert (later.added, later.updated, later.unchanged) == (1, 1, 499)
    assert base.get("case", "zendesk-7").title == "Changed"  # type: ignore[union-attr]


def test_what_a_curator_changed_stays_and_is_said(base: KnowledgeBase, tmp_path: Path):
    path = write_lines(tmp_path / "tickets.json", map(zendesk, range(1, 4)))
    brought(base, path)
    case = base.get("case", "zendesk-2")
    assert isinstance(case, Case)
    base.put(replace(case, resolution="Better words."), actor="maya")
    run = brought(base, write_lines(path, [zendesk(n, subject="New") for n in range(1, 4)]))
    assert (run.updated, run.left_out) == (2, {"changed_here": 1})
    assert base.get("case", "zendesk-2").resolution == "Better words."  # type: ignore[union-attr]
    base.put(make_case("zendesk-9"), actor="maya")
    assert brought(base, write_lines(path, [zendesk(9)])).left_out == {"changed_here": 1}


def test_an_id_that_comes_twice_is_taken_once_the_newest(base: KnowledgeBase, tmp_path: Path):
    newer = zendesk(1, subject="Newer", updated_at="2026-03-09T09:00:00Z")
    run = brought(
        base, write_lines(tmp_path / "t.json", [zendesk(1), zendesk(2), zendesk(1), newer, zendesk(2)])
    )
    assert (run.added, run.updated, run.left_out) == (2, 1, {"repeated": 2})
    assert base.get("case", "zendesk-1").title == "Newer"  # type: ignore[union-attr]
    assert [(one.position, one.source_id) for one in base.imports.each_left_out(run.id)] == [
        (3, "1"),
        (5, "2"),
    ]


def test_the_report_counts_what_was_left_out(base: KnowledgeBase, tmp_path: Path):
    records = [
        zendesk(1),
        zendesk(2, status="open"),
        zendesk(3, comments=[]),
        zendesk(4, status="deleted"),
        {"id": 5},
    ]
    path = write_lines(tmp_path / "t.json", records)
    path.write_bytes(path.read_bytes() + b'{"id": 6, "subj')
    run = brought(base, path)
    assert run.added == 1
    assert run.left_out == {"open": 1, "no_question": 1, "spam": 1, "not_a_ticket": 1, "damaged": 1}
    assert [one.reason for one in base.imports.each_left_out(run.id)] == [
        "open", "no_question", "spam", "not_a_ticket", "damaged"
    ]  # fmt: skip


def test_a_preview_keeps_nothing(base: KnowledgeBase, tmp_path: Path):
    path = write_lines(
        tmp_path / "t.json", [zendesk(n, status="open" if n == 3 else "solved") for n in range(1, 40)]
    )
    seen = preview(base, Export(path, "zendesk"))
    assert len(seen) == 20
    assert [one.left_out.reason for one in seen if one.left_out] == ["open"]
    assert base.count("case") == 0


def test_cancelled_it_goes_on_where_it_stopped(base: KnowledgeBase, tmp_path: Path):
    path = write_lines(tmp_path / "t.json", map(zendesk, range(1, 1001)))
    run = begin(base, Export(path, "zendesk"), name="t", actor="t")
    stopped = carry_out(base, run.id, told=lambda now: base.imports.cancel(now.id) and None)
    assert (stopped.state, stopped.position, stopped.added, base.count("case")) == (
        "cancelled",
        200,
        200,
        200,
    )
    ended = carry_out(base, run.id)
    assert (ended.state, ended.position, ended.added, ended.left_out) == ("done", 1000, 1000, {})
    with pytest.raises(ConflictError, match="has ended"):
        carry_out(base, run.id)


def test_a_file_that_changed_is_not_gone_on_with(base: KnowledgeBase, tmp_path: Path):
    path = write_lines(tmp_path / "t.json", map(zendesk, range(1, 401)))
    run = begin(base, Export(path, "zendesk"), name="t", actor="t")
    carry_out(base, run.id, told=lambda now: base.imports.cancel(now.id) and None)
    write_lines(path, map(zendesk, range(1, 402)))
    with pytest.raises(InputError, match="changed since"):
        carry_out(base, run.id)
    assert base.imports.find(run.id).state == "failed"


def test_a_killed_import_goes_on_with_no_record_twice_and_none_lost(tmp_path: Path):
    path = write_lines(tmp_path / "t.json", map(zendesk, range(1, 3001)))
    command = [sys.executable, "-m", "copilot", "--data", str(tmp_path / "desk"), "bring-in", str(path)]
    code = "from copilot.cli import main; main()"
    command = [sys.executable, "-c", code, "--data", str(tmp_path / "desk"), "bring-in", str(path), "--json"]
    for least in (200, 800):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while _position(tmp_path / "desk") < least and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with KnowledgeBase.open(f"sqlite:///{tmp_path / 'desk' / 'precedent.db'}") as base:
        runs = base.imports.list()
        assert [run.state for run in runs] == ["interrupted"]
        assert base.count("case") == runs[0].position == runs[0].added
        assert 800 <= runs[0].position < 3000
    subprocess.run(command, check=True, capture_output=True)
    with KnowledgeBase.open(f"sqlite:///{tmp_path / 'desk' / 'precedent.db'}") as base:
        run = base.imports.list()[0]
        assert (run.state, run.added, run.updated, run.unchanged, run.left_out) == ("done", 3000, 0, 0, {})
        assert base.count("case") == 3000 == base.last_seq()


def _position(folder: Path) -> int:
    if not (folder / "precedent.db").exists():
        return 0
    with KnowledgeBase.open(f"sqlite:///{folder / 'precedent.db'}") as base:
        return max((run.position for run in base.imports.list()), default=0)


def test_a_path_is_taken_only_within_the_folder_for_imports(base: KnowledgeBase, tmp_path: Path):
    (tmp_path / "open").mkdir()
    write_lines(tmp_path / "open" / "in.json", [zendesk(1)])
    write_lines(tmp_path / "out.json", [zendesk(1)])
    (tmp_path / "open" / "link.json").symlink_to(tmp_path / "out.json")
    desk = BringIn(base, tmp_path / "uploads", root=tmp_path / "open")
    assert desk.look(Asked(path="in.json")).system == "zendesk"
    for path in ("../out.json", str(tmp_path / "out.json"), "link.json"):
        with pytest.raises(InputError, match="leads out"):
            desk.look(Asked(path=path))
    with pytest.raises(InputError, match="PRECEDENT_IMPORT_FOLDER"):
        BringIn(base, tmp_path / "uploads").look(Asked(path="in.json"))
    for file in ("../out.json", "x", "0" * 32 + "/../../out.json"):
        with pytest.raises(InputError):
            desk.look(Asked(file=file))


def test_a_corrected_mapping_is_remembered_for_the_header(base: KnowledgeBase, tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_text("Nr,Was,Danach\n1,Der Kocher leckt am Griff.,Drücken Sie die Dichtung in die Nut.\n")
    desk = BringIn(base, tmp_path / "uploads", root=tmp_path)
    blank = desk.look(Asked(path="t.csv"))
    assert (blank.seen, blank.problem) == ((), "say which column holds what the customer wrote")
    with pytest.raises(InputError, match="what the customer wrote"):
        desk.begin(Asked(path="t.csv"), actor="t")
    mapping = {"id": "Nr", "customer_text": "Was", "agent_text": "Danach"}
    run = desk.begin(Asked(path="t.csv", mapping=mapping), actor="maya")
    desk.wait(30)
    assert base.imports.find(run.id).added == 1
    case = next(iter(base.each("case")))
    assert isinstance(case, Case)
    assert (case.problem, case.language) == ("Der Kocher leckt am Griff.", "de")
    look = desk.look(Asked(path="t.csv"))
    assert look.columns
    assert (look.columns.mapping, look.columns.remembered) == (mapping, True)
    base.imports.forget_mapping(look.columns.signature)
    assert base.imports.mappings() == []


def test_pages_of_a_help_centre_become_articles(base: KnowledgeBase, tmp_path: Path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "returns.md").write_text(
        "# Returns\n\n## The 30 days\nYou have 30 days to return it, unused.\n"
    )
    run = carry_out(base, begin(base, Export(tmp_path / "site", "help_centre"), name="site", actor="t").id)
    assert (run.added, run.done, run.total) == (1, 1, 1)
    article = base.get("article", "returns")
    assert isinstance(article, PolicyArticle)
    assert (article.title, article.body) == (
        "Returns",
        "## The 30 days\nYou have 30 days to return it, unused.",
    )


def test_the_command_brings_in_shows_and_says_what_is_wrong(tmp_path: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        code = "from copilot.cli import main; main()"
        command = [sys.executable, "-c", code, "--data", str(tmp_path / "desk"), "bring-in", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    write_lines(tmp_path / "t.json", [zendesk(1), zendesk(2, status="open")])
    seen = json.loads(run("t.json", "--preview", "--json").stdout)
    assert (seen["system"], [one["reason"] for one in seen["items"]]) == ("zendesk", [None, "open"])
    told = run("t.json")
    assert told.stdout.splitlines() == [
        "t.json (zendesk): 1 added, 0 updated, 0 unchanged", "left out: 1 is not solved yet"
    ]  # fmt: skip
    assert json.loads(run("t.json", "--json").stdout)["unchanged"] == 1
    assert run("t.json", "--system", "jira").returncode == 2
    (tmp_path / "t.csv").write_text(
        "Was,Danach\nIt leaks at the handle.,Press the seal back into its groove.\n"
    )
    blank = run("t.csv")
    assert (blank.returncode, "the columns of t.csv are 'Was', 'Danach'" in blank.stderr) == (1, True)
    (tmp_path / "columns.json").write_text('{"customer_text": "Was", "agent_text": "Danach"}')
    assert "1 added" in run("t.csv", "--mapping", "columns.json").stdout
    assert "1 unchanged" in run("t.csv").stdout
