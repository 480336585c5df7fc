"""The checks of one change: only what it brings counts, and what the manager lets block is held back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from copilot.assemble import build_copilot
from copilot.assist import Copilot
from copilot.checking.batch import ImportGate
from copilot.checking.finding import CHECKS, GATES, SEVERITIES, Finding, held_back_by
from copilot.checking.gate import Override
from copilot.checks import find_all
from copilot.settings import Settings, read_settings
from indexer.build import build_index
from indexer.embedder import SentenceEmbedder
from knowledge_base.errors import BlockedError, InputError, NotFoundError, NotPublisherError, SettingsError
from knowledge_base.importing import ImportReport, import_paths
from knowledge_base.models import Record
from knowledge_base.records import record_to_dict
from knowledge_base.store import KnowledgeBase
from tests.builders import NOON, make_article, make_case, make_question, make_template, open_base
from tests.command import run
from tests.fakes import WordHashEmbedder
from tests.test_copilot_curation import FREELY, LAMP

TODAY = NOON.date()
Told = tuple[str, str, str]
ARTICLE = make_article()
CASE = make_case("C-1", policies=("returns#the-30-days",), resolution="Refunded after 30 days.")
OTHER = make_case("C-9", problem="The lamp flickers in the evening.", category="lamp", resolution="Sent one.")
Desk = Callable[..., Copilot]


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


@pytest.fixture
def desk(base: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A copilot over a base with these records; some settings, and an index where it is wanted."""
    monkeypatch.setattr("copilot.assemble.build_embedder", lambda settings: WordHashEmbedder())

    def build(*records: Record, indexed: bool = False, **settings: Any) -> Copilot:
        base.put_many(records, actor="test")
        if indexed:
            build_index(base, tmp_path / "index", WordHashEmbedder())
        parts = build_copilot(Settings(data=tmp_path, **settings), base)._parts
        return Copilot(parts, clock=lambda: NOON)

    return build


def told(findings: tuple[Finding, ...]) -> list[Told]:
    return [(one.check, one.severity, one.subject) for one in findings]


def look(copilot: Copilot, *records: Record) -> list[Told]:
    return told(copilot.gate.look(records))


DEAD = ("dead_reference", "error", "case:C-1")


def test_dead_references_out_of_what_is_published(desk: Desk):
    copilot = desk(ARTICLE)
    assert look(copilot, CASE) == []
    assert look(copilot, replace(CASE, policies=("returns#gone", "gone"))) == [DEAD, DEAD]
    assert look(copilot, replace(CASE, policies=("gone",), status="pending")) == []
    translation = make_article("returns-es", language="es", translation_of="gone")
    assert ("dead_reference", "error", "article:returns-es") in look(copilot, translation)


def test_dead_references_into_what_goes(desk: Desk):
    question = make_question("G-1", relevant=("returns", "C-1"))
    template = make_template("en/own/act", policies=("returns",), category="lost_parcel")
    spanish = make_article("returns-es", language="es", translation_of="returns")
    copilot = desk(ARTICLE, CASE, question, template, spanish)
    found = look(copilot, replace(ARTICLE, status="retired"))
    assert found == [
        ("dead_reference", "error", "article:returns-es"),
        DEAD,
        ("policy", "error", "template:en/own/act"),
        ("dead_reference", "warning", "golden:G-1"),
    ]
    assert look(copilot, replace(ARTICLE, body="## Cost\nThe label costs 3.90 EUR.")) == [
        DEAD,
        ("contradiction", "warning", "case:C-1"),
    ]


def test_what_was_wrong_before_counts_for_nothing(desk: Desk):
    dead = replace(CASE, policies=("gone",))
    copilot = desk(ARTICLE, dead, make_template("en/own/act", policies=("gone",), category="lost_parcel"))
    assert look(copilot, replace(dead, title="Another title")) == []
    assert look(copilot, replace(dead, policies=("gone", "gone-too"))) == [DEAD]
    assert look(copilot, replace(dead, status="retired")) == []
    assert look(copilot, make_template("en/own/act", policies=("gone",), category="lost_parcel")) == []
    assert look(copilot, replace(ARTICLE, title="Returning")) == []


def test_a_record_that_comes_back_is_looked_at_as_new(desk: Desk):
    copilot = desk(ARTICLE, replace(CASE, policies=("gone",), status="retired"))
    assert look(copilot, replace(CASE, policies=("gone",))) == [DEAD]


def test_figures_that_policy_denies(desk: Desk):
    copilot = desk(ARTICLE, CASE)
    assert look(copilot, make_case("C-2", resolution="She has 45 days.", policies=("returns",))) == [
        ("contradiction", "warning", "case:C-2")
    ]
    other = ARTICLE.body.replace("30 days.", "45 days.")
    assert look(copilot, replace(ARTICLE, body=other)) == [("contradiction", "warning", "case:C-1")]
    old = replace(CASE, resolved_at=datetime(2026, 1, 1, tzinfo=UTC))
    found = copilot.gate.look([old, replace(ARTICLE, effective_from=date(2026, 2, 1))])
    assert [one.message for one in found] == ["was resolved on 2026-01-01, before 'returns' came into force"]


def test_expiry(desk: Desk):
    copilot = desk(make_article("late", review_by=TODAY - timedelta(1)))
    assert look(copilot, make_article("old", effective_to=TODAY - timedelta(1))) == [
        ("expiry", "note", "article:old")
    ]
    assert look(copilot, make_article("late", review_by=TODAY - timedelta(1), title="New")) == []
    assert look(copilot, make_article("late", review_by=TODAY - timedelta(2))) == [
        ("expiry", "warning", "article:late")
    ]
    assert look(copilot, make_article("today", review_by=TODAY, effective_to=TODAY)) == []


def test_missing_translations_of_the_article_that_changes(desk: Desk):
    spanish = make_article("returns-es", language="es", translation_of="returns")
    french = make_article("returns-fr", language="fr", translation_of="returns")
    copilot = desk(ARTICLE, spanish, french, make_article("payments"))
    assert look(copilot, make_article("refunds")) == [("missing_translation", "note", "article:refunds")]
    found = copilot.gate.look([replace(french, status="retired")])
    assert found == ()  # no other article has French, so none is lacking
    copilot.knowledge.put(make_article("payments-fr", language="fr", translation_of="payments"), actor="t")
    [found_fr] = copilot.gate.look([replace(french, status="retired")])
    assert (found_fr.subject, found_fr.severity) == ("article:returns", "warning")
    assert found_fr.message == "has no translation into fr, unlike other articles"
    # A language more is no loss, though others are lacking still.
    assert look(copilot, make_article("payments-es", language="es", translation_of="payments")) == []


def test_the_linter_of_templates(desk: Desk):
    own = make_template("en/own/act", category="lost_parcel")
    copilot = desk(ARTICLE, CASE, own)
    promise = replace(own, body="You get 20 % back, as per policy.")
    assert look(copilot, promise) == [
        ("promise", "error", "template:en/own/act"),
        ("wording", "warning", "template:en/own/act"),
    ]
    copilot.knowledge.put(promise, actor="t")
    assert look(copilot, replace(promise, channel="chat")) == []
    german = make_template("de/own/act", language="de", category="lost_parcel", body="Wir senden es neu.")
    copilot.knowledge.put(german, actor="t")
    assert look(copilot, replace(german, status="retired")) == []  # no reply is left in German
    copilot.knowledge.put(make_template("de/two/act", language="de", body="Gern."), actor="t")
    assert look(copilot, replace(german, status="retired")) == [
        ("missing_translation", "note", "template:en/own/act")
    ]


def test_a_case_told_freely_is_a_duplicate_as_on_the_page(base: KnowledgeBase, tmp_path: Path):
    base.put_many([LAMP, OTHER], actor="test")
    build_index(base, tmp_path / "index", SentenceEmbedder())
    copilot = Copilot(build_copilot(Settings(data=tmp_path), base)._parts, clock=lambda: NOON)
    assert look(copilot, FREELY) == [("duplicate", "warning", "case:C-1")]  # C-2 tells more
    assert look(copilot, replace(FREELY, resolution="Refuse: the guarantee ran out.")) == []
    base.put(FREELY, actor="test")
    # What was a duplicate before a change brings nothing.
    assert look(copilot, replace(FREELY, title="Glass in pieces on arrival")) == []


def test_a_near_duplicate_and_a_contradiction_with_it(desk: Desk):
    told_once = "The parcel with the blue lamp never arrived at the address in Leipzig."
    first = make_case("C-1", problem=told_once, resolution="We refund the lamp within 14 days to the card.")
    copilot = desk(first, OTHER, indexed=True)
    assert look(copilot, replace(first, id="C-2")) == [("duplicate", "warning", "case:C-2")]
    assert look(copilot, replace(first, id="C-2", category="other")) == []
    differing = "We refund the lamp within 30 days to the card."
    twin = replace(first, id="C-2", resolution=differing)
    assert look(copilot, twin) == [("contradiction", "warning", "case:C-2")] or look(copilot, twin) == [
        ("contradiction", "warning", "case:C-1")
    ]
    # Written since the index was built: told by its words.
    copilot.knowledge.put(replace(first, id="C-3"), actor="t")
    found = copilot.gate.look([replace(first, id="C-4")])
    assert [one.message for one in found if "C-3" in one.message]
    # A change that leaves what it tells leaves it out, and so does one that was a duplicate before.
    copilot.knowledge.put(replace(first, id="C-4"), actor="t")
    assert look(copilot, replace(first, id="C-4", tags=("lamp",))) == []
    assert look(copilot, replace(first, id="C-4", problem=f"{told_once} Today.")) == []


def test_golden_questions_that_would_be_lost(desk: Desk):
    alone, two = make_question("alone"), make_question("two", relevant=("C-1", "C-2"))
    kind = make_question("kind", relevant=None, category="lost_parcel")
    copilot = desk(CASE, make_case("C-2", category="other"), ARTICLE, alone, two, kind)
    found = copilot.gate.look([replace(CASE, status="retired")])
    assert [(one.check, one.subject, one.message) for one in found] == [
        ("dead_reference", "golden:alone", "names 'C-1', which is not published"),
        ("dead_reference", "golden:two", "names 'C-1', which is not published"),
        ("golden", "golden:alone", "nothing that is published answers it any more"),
        ("golden", "golden:kind", "no case of lost_parcel is published any more"),
    ]


def test_questions_that_others_answer_too_are_asked(desk: Desk):
    crowd = [
        make_case(f"N-{n}", problem="My parcel never arrived.", category="lost_parcel") for n in range(8)
    ]
    far = make_case("C-2", problem="Something about a kettle lid.", category="kettle", resolution="New lid.")
    question = make_question("two", relevant=("C-1", "C-2"), query="My parcel never arrived, it is lost.")
    first = make_case("C-1", problem="My parcel never arrived, it is lost.")
    copilot = desk(first, far, *crowd, question, indexed=True)
    found = copilot.gate.look([replace(first, status="retired")])
    assert [one.message for one in found] == [
        "names 'C-1', which is not published",
        "none of C-2 is among the first 5",
    ]
    assert look(copilot, replace(crowd[0], status="retired")) == []


def test_a_question_is_asked_when_it_is_published(desk: Desk):
    copilot = desk(CASE, OTHER, make_article("x", body="## Lamp\nLamps."), indexed=True)
    assert look(copilot, make_question("G-1")) == []
    assert look(copilot, make_question("G-2", relevant=("C-8",))) == [
        ("dead_reference", "warning", "golden:G-2")
    ]
    # What answers it isn't in the index yet: asking would tell nothing.
    copilot.knowledge.put(make_case("C-5", problem="The kettle leaks."), actor="t")
    assert look(copilot, make_question("G-3", query="zzz", relevant=("C-5",))) == []


def test_without_an_index_the_other_checks_run(desk: Desk):
    copilot = desk(ARTICLE, CASE, OTHER)
    assert look(copilot, replace(CASE, id="C-2")) == []
    assert look(copilot, replace(CASE, policies=("gone",))) == [DEAD]


def test_the_gate_warns_blocks_or_looks_at_nothing(desk: Desk):
    dead = replace(CASE, policies=("gone",))
    warned = desk(ARTICLE).gate.admit([dead], reason="typed in")
    assert (told(warned.findings), warned.reason) == ([DEAD], "typed in")
    assert desk(publish_gate=("off",)).gate.admit([dead]).findings == ()
    for gate in ("block", "error", "dead_reference"):
        with pytest.raises(BlockedError) as blocked:
            desk(publish_gate=(gate,)).gate.admit([dead])
        assert blocked.value.findings == (
            {
                "check": "dead_reference", "severity": "error", "subject": "case:C-1", "blocks": True,
                "message": "cites 'gone', which is not published",
            },
        )  # fmt: skip
        assert "dead_reference (case:C-1)" in str(blocked.value)
    for gates in (("contradiction", "duplicate"), ("warning",)):
        assert told(desk(publish_gate=gates).gate.admit([dead]).findings) == [DEAD]
    note = make_article("old", effective_to=TODAY - timedelta(1))
    assert told(desk(publish_gate=("block",)).gate.admit([note]).findings) == [
        ("expiry", "note", "article:old")
    ]


def test_retiring_is_held_back_too(desk: Desk):
    gate = desk(ARTICLE, CASE, publish_gate=("dead_reference",)).gate
    with pytest.raises(BlockedError):
        gate.retire("article", "returns")
    with pytest.raises(NotFoundError):
        gate.retire("article", "nothing")
    assert gate.retire("case", "C-1").findings == ()


def test_a_publisher_overrides_and_says_why(desk: Desk):
    gate = desk(ARTICLE, publish_gate=("block",), publishers=("maria",)).gate
    dead = replace(CASE, policies=("gone",))
    with pytest.raises(NotPublisherError):
        gate.admit([dead], override=Override("tom", "the article comes tomorrow"))
    with pytest.raises(InputError):
        gate.admit([dead], override=Override("maria", "  "))
    done = gate.admit([dead], override=Override("maria", "the article comes tomorrow"))
    assert (told(done.findings), done.reason) == (
        [DEAD],
        "in spite of dead_reference: the article comes tomorrow",
    )
    assert gate.admit([CASE], reason="plain", override=Override("maria", "no need")).reason == "plain"


def test_a_dead_reference_of_a_template_is_one():
    found = (Finding("policy", "error", "template:x", ""), Finding("policy", "warning", "template:y", ""))
    assert held_back_by(found, ("dead_reference",)) == found[:1]
    assert held_back_by(found, ("policy",)) == held_back_by(found, ("block",)) == found


def test_the_setting(monkeypatch: pytest.MonkeyPatch):
    assert Settings().publish_gate == ("warn",)
    for told_gate in ("off", "warn", "block", ",".join(GATES[3:]), "Error, dead_reference"):
        monkeypatch.setenv("PRECEDENT_PUBLISH_GATE", told_gate)
        assert read_settings().publish_gate == tuple(w.strip().lower() for w in told_gate.split(","))
    for wrong in ("dead_refs", "warn,error", "note", "block,golden"):
        monkeypatch.setenv("PRECEDENT_PUBLISH_GATE", wrong)
        with pytest.raises(SettingsError, match=f"PRECEDENT_PUBLISH_GATE={wrong} can't be used"):
            read_settings()


def test_every_check_of_the_base_can_be_named(desk: Desk):
    template = make_template("en/x/act", body="You get 20 % back, as per policy.")
    copilot = desk(make_case(policies=("gone",)), template, make_question("G-1", relevant=("C-8",)))
    found = find_all(copilot, today=TODAY, floor=0.3)
    assert {one.check for one in found} <= {*CHECKS, "index"}
    assert {one.severity for one in found} <= {*SEVERITIES}


def test_personal_data_is_replaced_before_it_is_compared(desk: Desk):
    before = make_case(policies=("returns",), resolution="Wrote to ana.ruiz@example.com within 45 days.")
    copilot = desk(ARTICLE, before)
    assert "ana.ruiz" not in str(copilot.knowledge.get("case", "C-1"))
    assert look(copilot, replace(before, title="As it was typed")) == []


# Imports


def lines(path: Path, *records: Record) -> Path:
    path.write_text("".join(json.dumps(record_to_dict(one)) + "\n" for one in records), encoding="utf-8")
    return path


def imported(
    base: KnowledgeBase, *paths: Path, gate: tuple[str, ...], why: str | None = None
) -> ImportReport:
    judge = ImportGate(base, gate=gate, today=lambda: TODAY, why=why)
    return import_paths(base, paths, gate=judge)


def subjects(report: ImportReport) -> list[tuple[object, object, object]]:
    return [(one["check"], one["subject"], one["blocks"]) for one in report.findings]


def test_what_is_imported_together_may_name_each_other(base: KnowledgeBase, tmp_path: Path):
    article = tmp_path / "a" / "returns.md"
    article.parent.mkdir()
    article.write_text("---\nid: returns\ntitle: Returns\n---\n## The 30 days\nYou have 30 days.\n")
    cases = lines(tmp_path / "cases.jsonl", CASE, replace(CASE, id="C-2", policies=("gone",)))
    report = imported(base, cases, article, gate=("warn",))
    assert subjects(report) == [("dead_reference", "case:C-2", False)]
    assert (report.cases.added, report.articles.added, report.errors) == (2, 1, [])
    again = imported(base, cases, article, gate=("block",))
    assert (again.cases.unchanged, again.findings) == (2, [])  # what was wrong before isn't held against it


def test_an_import_that_blocks_leaves_out_the_records_concerned(base: KnowledgeBase, tmp_path: Path):
    article = tmp_path / "late.md"
    head = "---\nid: late\ntitle: Late\nreview_by: 2026-01-01\n---\n"
    article.write_text(f"{head}## Parcels\nWe answer soon.\n")
    plain = make_case("C-0")
    cites = [replace(plain, id=f"C-{n}", policies=(p,)) for n, p in enumerate(("late", "gone", "late"))]
    fine = make_case("C-7")
    cases = lines(tmp_path / "cases.jsonl", *cites, fine)
    report = imported(base, cases, article, gate=("block",))
    # The article isn't taken, so that the cases that cite it can't be either.
    assert (report.cases.added, report.cases.rejected, report.articles.rejected) == (1, 3, 1)
    assert [(Path(error.file).name, error.line) for error in report.errors] == [
        ("cases.jsonl", 1), ("cases.jsonl", 2), ("cases.jsonl", 3), ("late.md", 1),
    ]  # fmt: skip
    assert "held back (dead_reference): case:C-1 cites 'gone'" in report.errors[1].message
    assert set(subjects(report)) == {
        ("dead_reference", "case:C-1", True), ("expiry", "article:late", True),
        ("dead_reference", "case:C-0", True), ("dead_reference", "case:C-2", True),
    }  # fmt: skip
    assert [one.id for one in base.each("case")] == ["C-7"]
    strict = import_paths(base, [cases], strict=True, gate=ImportGate(base, gate=("block",)))
    assert (strict.cases.rejected, strict.cases.unchanged) == (4, 0)


def test_a_folder_that_is_imported_again_is_held_for_what_changed_in_it(base: KnowledgeBase, tmp_path: Path):
    article = tmp_path / "returns.md"
    article.write_text("---\nid: returns\ntitle: Returns\n---\n## The 30 days\nYou have 30 days.\n")
    cases = lines(tmp_path / "cases.jsonl", CASE, make_question("G-1", relevant=("returns",)))
    imported(base, article, cases, gate=("block",))
    article.write_text("---\nid: returns\ntitle: Returns\n---\n## Other days\nYou have 30 days.\n")
    report = imported(base, article, cases, gate=("block",))
    assert subjects(report) == [("dead_reference", "case:C-1", True)]
    assert (report.articles.rejected, report.cases.unchanged, report.questions.unchanged) == (1, 1, 1)
    article.write_text("---\nid: returns\ntitle: Returns\nstatus: retired\n---\n## The 30 days\nYou.\n")
    report = imported(base, article, cases, gate=("golden",))
    assert (report.articles.rejected, report.cases.unchanged, report.questions.unchanged) == (1, 1, 1)
    assert ("golden", "golden:G-1", True) in subjects(report)


def test_an_import_may_be_overridden(base: KnowledgeBase, tmp_path: Path):
    cases = lines(tmp_path / "cases.jsonl", replace(CASE, policies=("gone",)))
    report = imported(base, cases, gate=("block",), why="the policy comes next")
    assert (report.cases.added, subjects(report)) == (1, [("dead_reference", "case:C-1", True)])
    assert base.history("case", "C-1")[0].reason == "in spite of dead_reference: the policy comes next"


def test_an_import_that_takes_out_of_use(base: KnowledgeBase, tmp_path: Path):
    base.put_many([ARTICLE, CASE, make_question("G-1")], actor="t")
    cases = lines(tmp_path / "cases.jsonl", replace(CASE, status="retired"))
    report = imported(base, cases, gate=("golden",))
    assert set(subjects(report)) == {("dead_reference", "golden:G-1", False), ("golden", "golden:G-1", True)}
    assert base.get("case", "C-1").status == "published"
    article = tmp_path / "returns.md"
    article.write_text("---\nid: returns\ntitle: Returns\nstatus: retired\n---\n## The 30 days\nYou have.\n")
    report = imported(base, article, gate=("dead_reference",))
    assert subjects(report) == [("dead_reference", "case:C-1", True)]
    assert base.get("article", "returns").status == "published"


# The command line, for those who keep knowledge in git


def test_a_merge_request_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desk, folder = tmp_path / "desk", tmp_path / "knowledge"
    folder.mkdir()
    lines(folder / "cases.jsonl", make_case("C-1", policies=("gone",)), make_case("C-2"))
    (folder / "old.md").write_text("---\nid: old\ntitle: Old\nreview_by: 2020-01-01\n---\n## A\nB.\n")
    monkeypatch.setenv("PRECEDENT_PUBLISH_GATE", "dead_reference")
    taken = run("import", "--json", folder, data=desk).json
    assert (taken["cases"]["added"], taken["cases"]["rejected"]) == (1, 1)
    assert [(one["check"], one["blocks"]) for one in taken["findings"]] == [
        ("dead_reference", True), ("expiry", False),
    ]  # fmt: skip
    assert taken["errors"][0]["line"] == 1
    refused = run("import", "--strict", folder, data=desk)
    assert (refused.status, "held back (dead_reference)" in refused.line) == (1, True)
    overridden = run("import", "--override", "it comes with the next request", folder, data=desk)
    assert (overridden.status, "dead_reference" in overridden.out) == (0, True)
    assert "say why" in run("import", "--override", " ", folder, data=desk).line

    def checked(*options: object) -> tuple[int, list[str]]:
        ran = run("check", *options, "--json", data=desk)
        return ran.status, [one["check"] for one in json.loads(ran.out)["findings"]]

    assert checked() == (1, ["expiry", "dead_reference", "index"])
    assert checked("--only", "dead_reference") == (1, ["dead_reference"])
    assert checked("--only", "expiry") == (0, ["expiry"])
    assert checked("--only", "expiry", "--fail-on", "warning") == (1, ["expiry"])
    assert run("check", "--only", "expiry", "--fail-on", "note", data=desk).line.startswith(
        "the check failed: mend what is marked error or warning or note (1)"
    )
    assert run("check", "--only", "dead_refs", data=desk).status == 2
    kept = json.loads((desk / "checks.json").read_text())
    assert [one["check"] for one in kept["findings"]] == ["expiry", "dead_reference", "index"]
