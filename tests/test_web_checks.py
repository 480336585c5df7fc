"""What a publish brings, over HTTP and on the pages; held back and overridden; the page of all checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from knowledge_base.models import Conversation
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, make_question, make_template, open_base
from tests.needs import needs_chromium
from tests.test_copilot_review import TALK
from tests.test_web_practice import HOSTILE, accessible
from tests.web_browser import serving
from tests.web_fakes import FOUND, FakeCopilot
from web.app import create_app

CASE = make_case("C-1", policies=("returns#the-30-days",), resolution="Refunded after 30 days.")
DEAD = {"id": "C-2", "problem": "Lost.", "resolution": "Sent again.", "policies": ["gone"]}
BLOCKED = "urn:precedent:problem:blocked"
MARIA = {"x-actor": "maria"}


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        base.put_many([make_article(), CASE, make_question("G-1"), make_template("en/own/act")], actor="t")
        base.conversations.receive(Conversation(TALK.messages, "K-1", title="Talk a"))
        base.conversations.settle("K-1", "closed")
        yield base


def client_of(base: KnowledgeBase, *gate: str, **options: Any) -> TestClient:
    return TestClient(create_app(FakeCopilot(base, gate=gate, **options)), headers={"x-actor": "tom"})


def told(answer: Any) -> list[tuple[str, str]]:
    return [(one["check"], one["subject"]) for one in answer.json()["findings"]]


def test_a_publish_tells_what_it_brings(base: KnowledgeBase) -> None:
    client = client_of(base, "warn")
    answer = client.post("/api/v1/cases", json=DEAD)
    assert (answer.status_code, told(answer)) == (201, [("dead_reference", "case:C-2")])
    assert answer.json()["findings"][0] == {
        "check": "dead_reference", "title": "Dead reference", "severity": "error", "subject": "case:C-2",
        "message": "cites 'gone', which is not published", "blocks": False,
        "advice": "Name what is published, or publish what is named.",
    }  # fmt: skip
    assert "findings" not in client.get("/api/v1/cases/C-2").json()
    assert told(client.put("/api/v1/cases/C-2", json=DEAD | {"title": "Lost"})) == []
    assert told(
        client.put("/api/v1/articles/returns", json={"id": "returns", "title": "R", "body": "x"})
    ) == [
        ("dead_reference", "case:C-1"),
        ("contradiction", "case:C-1"),
    ]
    restored = client.post("/api/v1/articles/returns/restore", json={"version": 1})
    assert (restored.status_code, told(restored)) == (200, [])
    gone = client.delete("/api/v1/cases/C-1?findings=true")
    assert (gone.status_code, told(gone)) == (
        200,
        [("dead_reference", "golden:G-1"), ("golden", "golden:G-1")],
    )
    assert client.delete("/api/v1/cases/C-2").status_code == 204
    german = client.post("/api/v1/cases", json=DEAD | {"id": "C-3"}, headers={"accept-language": "de"})
    assert german.json()["findings"][0]["subject"] == "case:C-3"


def test_what_is_held_back_is_not_stored_until_a_publisher_says_why(base: KnowledgeBase) -> None:
    client = client_of(base, "dead_reference", publishers=("maria",))
    held = client.post("/api/v1/cases", json=DEAD, headers=MARIA)
    assert (held.status_code, held.json()["type"]) == (409, BLOCKED)
    assert [(one["check"], one["blocks"]) for one in held.json()["findings"]] == [("dead_reference", True)]
    assert base.find("case", "C-2") is None
    assert client.delete("/api/v1/articles/returns").json()["type"] == BLOCKED
    assert base.get("article", "returns").status == "published"
    retired = replace(CASE, id="C-4", policies=("gone",))
    base.put(retired, actor="t")
    base.retire("case", "C-4", actor="t")
    back = client.post("/api/v1/cases/C-4/restore", json={"version": 1}, headers=MARIA)
    assert back.json()["type"] == BLOCKED
    # A draft is nobody's business yet.
    assert client.post("/api/v1/cases", json=DEAD | {"status": "pending"}).status_code == 201
    path = "/api/v1/cases/C-2?override=true"
    assert client.put(path, json=DEAD, headers=MARIA).status_code == 422  # without a reason
    article = "/api/v1/articles/returns?override=true&reason=replaced"
    assert client.delete(article).json()["type"] == "urn:precedent:problem:not-publisher"
    done = client.put(f"{path}&reason=the+policy+comes+tomorrow", json=DEAD, headers=MARIA)
    assert (done.status_code, told(done)) == (200, [("dead_reference", "case:C-2")])
    newest = base.history("case", "C-2")[-1]
    assert (newest.actor, newest.reason) == ("maria", "in spite of dead_reference: the policy comes tomorrow")


def test_versions_are_told_before_the_checks(base: KnowledgeBase) -> None:
    client = client_of(base, "block")
    dead = DEAD | {"id": "C-1"}
    assert client.post("/api/v1/cases", json=dead).json()["type"] == "urn:precedent:problem:conflict"
    assert client.put("/api/v1/cases/C-1", json=dead, headers={"if-match": '"9"'}).status_code == 412


def test_a_reply_as_a_file(base: KnowledgeBase) -> None:
    client = client_of(base, "promise")
    text = "---\nid: en/own\nlanguage: en\npolicies: []\n---\n## act\nYou get 20 % back, as per policy.\n"
    held = client.put("/api/v1/template-files", json={"text": text})
    assert (held.status_code, told(held)) == (
        409,
        [("promise", "template:en/own/act"), ("wording", "template:en/own/act")],
    )
    assert base.version("template", "en/own/act") == 1
    done = client.put("/api/v1/template-files", json={"text": text, "override": "agreed with Ann"}).json()
    assert [one["blocks"] for one in done["findings"]] == [True, False]
    assert base.history("template", "en/own/act")[-1].reason == "in spite of promise: agreed with Ann"


def test_accepting_in_the_queue(base: KnowledgeBase) -> None:
    client = client_of(base, "dead_reference")
    client.post("/api/v1/review/gatherings")
    [one] = client.get("/api/v1/review/candidates").json()["items"]
    path = f"/api/v1/review/candidates/{one['id']}"
    stored = base.review.find(one["id"])
    document = {**stored.document, "case": stored.document["case"] | {"policies": ["gone"]}}
    base.review.edit(one["id"], document, version=1)
    held = client.post(f"{path}/accept", json={"version": 2})
    assert (held.status_code, held.json()["type"]) == (409, BLOCKED)
    assert client.get(path).json()["state"] == "waiting"
    merging = client.post(f"{path}/merge", json={"version": 2, "case_id": "C-1"})
    assert merging.json()["type"] == BLOCKED
    assert client.post(f"{path}/accept", json={"version": 2, "status": "pending"}).json()["findings"] == []
    done = client.post(f"{path}/accept", json={"version": 3, "status": "published", "override": "so be it"})
    assert told(done) == [("dead_reference", "case:R-K-1")]
    assert base.history("case", "R-K-1")[-1].reason == "in spite of dead_reference: so be it"
    assert client.get(path).json()["findings"] == []  # they aren't kept


def test_the_last_run_over_http(base: KnowledgeBase) -> None:
    copilot = FakeCopilot(base)
    client = TestClient(create_app(copilot))
    assert client.get("/api/v1/knowledge-checks").json() == {
        "at": None, "running": False, "passed": None, "problem": None, "findings": [],
    }  # fmt: skip
    assert client.post("/api/v1/knowledge-checks").status_code == 202
    copilot.checks.wait()
    run = client.get("/api/v1/knowledge-checks").json()
    assert (run["at"], run["running"], run["passed"]) == ("2026-11-22T12:00:00Z", False, False)
    assert [(one["check"], one["subject"]) for one in run["findings"]] == [
        (one.check, one.subject) for one in FOUND
    ]
    record = client.get("/knowledge/case/C-1").text  # what was found stands where the record is changed
    assert "cites &#39;x&#39;, which is not published" in record
    assert "What the last check found" not in client.get("/knowledge/template/en/own/act").text
    some = client.get("/api/v1/knowledge-checks?severity=note").json()
    assert ([one["check"] for one in some["findings"]], some["passed"]) == (["expiry"], False)
    assert client.get("/api/v1/knowledge-checks?check=golden").json()["findings"][0]["severity"] == "warning"
    assert client.get("/api/v1/knowledge-checks?severity=loud").status_code == 422


def test_hostile_findings_are_only_text(base: KnowledgeBase) -> None:
    base.put(replace(CASE, id="C<b>", resolution=HOSTILE), actor="t")
    copilot = FakeCopilot(base)
    copilot.checks._find = lambda: [replace(FOUND[0], subject="case:C<b>", message=HOSTILE)]
    copilot.checks.run()
    page = TestClient(create_app(copilot)).get("/fragments/checks").text
    assert "<script>" not in page
    assert "<img" not in page
    assert "C&lt;b&gt;" in page


@pytest.fixture
def page(browser: Browser, base: KnowledgeBase) -> Iterator[Page]:
    with serving(FakeCopilot(base, gate=("dead_reference", "promise"))) as address:
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(5_000)
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        yield page
        context.close()


@pytest.mark.browser
@needs_chromium
def test_a_record_that_is_held_back_keeps_its_text(page: Page, base: KnowledgeBase) -> None:
    page.goto("/knowledge/case/C-1")
    page.fill("[name=resolution]", "Send another within 30 days.")
    page.fill("[name=policies]", "gone")
    page.click("#record [type=submit]")
    found = page.locator("#found")
    expect(found.locator("h2")).to_have_text("Held back: nothing was stored")
    expect(found.locator("li")).to_have_count(1)
    expect(found.locator("li")).to_contain_text("cites 'gone', which is not published")
    expect(found.locator(".hint")).to_have_text("Name what is published, or publish what is named.")
    expect(page.locator("[name=resolution]")).to_have_value("Send another within 30 days.")
    accessible(page)
    assert base.version("case", "C-1") == 1
    page.click("#found button")
    expect(page.locator("#override-why")).to_be_focused()  # no reason yet
    page.keyboard.type("the policy comes tomorrow")
    page.keyboard.press("Enter")
    expect(page.locator("#found h2")).to_have_text("It is kept. The checks found:")
    expect(page.locator(".version").first).to_contain_text("in spite of dead_reference")
    assert base.get("case", "C-1") == replace(
        CASE, resolution="Send another within 30 days.", policies=("gone",)
    )


@pytest.mark.browser
@needs_chromium
def test_the_queue_and_a_reply_that_are_held_back(page: Page, base: KnowledgeBase) -> None:
    page.goto("/review")
    expect(page.locator("#candidate-title")).to_have_text("Talk a")
    stored = base.review.find(1)
    case = stored.document["case"] | {"policies": ["gone"]}
    base.review.edit(1, {**stored.document, "case": case}, version=1)
    page.goto("/review")
    page.click("[data-do=accept]")
    expect(page.locator("#held li")).to_contain_text("cites 'gone', which is not published")
    expect(page.locator("#candidate-title")).to_have_text("Talk a")
    accessible(page)
    page.fill("#override-why", "so be it")
    page.click("#held button")
    expect(page.locator(".candidate .found h2")).to_have_text("R-K-1 is published. The checks found:")
    expect(page.locator("#held")).to_be_hidden()
    page.goto("/templates?reply=en/own")
    text = page.locator("#file").input_value()
    promise = f"{text}\nYou get 20 % back.\n"
    page.fill("#file", promise)
    page.click("#save")
    expect(page.locator("#found li")).to_contain_text("cites no policy")
    expect(page.locator("#file")).to_have_value(promise)
    page.fill("#override-why", "agreed")
    page.keyboard.press("Enter")
    expect(page.locator("#found h2")).to_have_text("It is kept. The checks found:")
    assert base.version("template", "en/own/act") == 2


@pytest.mark.browser
@needs_chromium
def test_the_page_of_all_checks(page: Page) -> None:
    page.goto("/checks")
    expect(page.locator(".checks-head")).to_contain_text("Not checked yet")
    page.click("[data-action=run]")
    expect(page.locator(".checks-head")).to_contain_text("Checked on 22 Nov 2026, 12:00")
    expect(page.locator("#found section h2")).to_have_text(
        ["Dead reference 1", "Contradiction 1", "Golden question 1", "Expiry 1"]
    )
    accessible(page)
    page.click("[data-severity=note]")
    expect(page.locator("#found section h2")).to_have_text(["Expiry 1"])
    expect(page.locator("[data-severity=note]")).to_be_focused()
    assert page.url.endswith("/checks?severity=note")
    page.click("#found section a")
    expect(page).to_have_url("/knowledge/article/returns")
