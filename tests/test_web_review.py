"""Review over HTTP and on its page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from knowledge_base.models import Case, Conversation, Message
from knowledge_base.store import KnowledgeBase
from tests.builders import make_case, open_base
from tests.export_makers import zendesk
from tests.needs import needs_chromium
from tests.test_copilot_review import RULES, SAID, TALK
from tests.test_web_practice import HOSTILE, accessible
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot
from web.app import create_app

API = "/api/v1/review/candidates"


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        base.put(make_case("C-1", problem="The lamp arrived broken.", title="Broken lamp"), actor="t")
        base.put(make_case("C-2", problem="My lamp from the order broke.", title="Lamp broke"), actor="t")
        for number in (1, 2, 3):
            talk = Conversation(TALK.messages, f"K-{number}", title=f"Talk {'abc'[number - 1]}")
            base.conversations.receive(talk)
            base.conversations.settle(f"K-{number}", "closed")
        yield base


@pytest.fixture
def client(base: KnowledgeBase, tmp_path: Path) -> TestClient:
    copilot = FakeCopilot(base, publishers=("maria",), rules=tmp_path / "review.toml")
    return TestClient(create_app(copilot), headers={"x-actor": "tom"})


def test_a_queue_over_http(client: TestClient, base: KnowledgeBase) -> None:
    told = client.post("/api/v1/review/gatherings").json()
    assert told == {"added": 3, "by_rule": 0, "reopened": 0, "more": False}
    one, two, three = client.get(API).json()["items"]
    assert not [word for word in SAID if word in str(one["case"])]
    assert {near["id"] for near in one["near"]} == {"C-1", "C-2"}
    edited = client.patch(f"{API}/{one['id']}", json={"version": one["version"], "title": "A lamp"}).json()
    assert (edited["case"]["title"], edited["version"]) == ("A lamp", 2)
    accepting = f"{API}/{one['id']}/accept"
    stale = client.post(accepting, json={"version": 1})
    assert (stale.status_code, stale.headers["content-type"]) == (409, "application/problem+json")
    refused = client.post(accepting, json={"version": 2, "status": "published"})
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:precedent:problem:not-publisher")
    proposed = client.post(accepting, json={"version": 2}).json()
    assert (proposed["state"], proposed["case_id"]) == ("accepted", "R-K-1")
    assert client.get("/api/v1/cases/R-K-1").json()["status"] == "pending"
    assert client.post(accepting, json={"version": 3}, headers={"x-actor": "maria"}).status_code == 200
    assert client.get("/api/v1/cases/R-K-1").json()["status"] == "published"
    merging = f"{API}/{two['id']}/merge"
    assert client.post(merging, json={"version": 1, "case_id": "C-1"}).status_code == 403
    maria = {"x-actor": "maria"}
    assert client.post(merging, json={"version": 1, "case_id": "C-9"}, headers=maria).status_code == 404
    assert (
        client.post(merging, json={"version": 1, "case_id": "C-1"}, headers=maria).json()["state"] == "merged"
    )
    assert [c["id"] for c in client.get(f"{API}?case_id=C-1").json()["items"]] == [two["id"]]
    rejecting = f"{API}/{three['id']}/reject"
    assert client.post(rejecting, json={"version": 1, "reason": " "}).status_code == 422
    assert client.post(rejecting, json={"version": 1, "reason": "spam"}).json()["reason"] == "spam"
    assert client.get(API).json()["items"] == []
    assert client.get(f"{API}/99").status_code == 404


def test_only_publishers_publish_cases_at_all(client: TestClient) -> None:
    case = {"id": "C-5", "problem": "p", "resolution": "r"}
    assert client.post("/api/v1/cases", json=case).status_code == 403
    assert client.post("/api/v1/cases", json=case | {"status": "pending"}).status_code == 201
    assert client.put("/api/v1/cases/C-5", json=case).status_code == 403
    assert client.put("/api/v1/cases/C-5", json=case, headers={"x-actor": "maria"}).status_code == 200
    assert client.put("/api/v1/cases/C-5", json=case | {"status": "pending"}).status_code == 403
    assert client.delete("/api/v1/cases/C-5").status_code == 403
    assert client.delete("/api/v1/cases/C-5", headers={"x-actor": "maria"}).status_code == 204


def test_only_publishers_merge_and_bring_in_what_is_published(
    client: TestClient, base: KnowledgeBase
) -> None:
    base.put_many([make_case("C-6"), make_case("C-7")], actor="t")
    maria, merges = {"x-actor": "maria"}, "/api/v1/duplicates/merges"
    refused = client.post(merges, json={"ids": ["C-6", "C-7"]})
    assert (refused.status_code, "PRECEDENT_PUBLISHERS" in refused.json()["detail"]) == (403, True)
    assert client.post(merges, json={"ids": ["C-6", "C-7"]}, headers=maria).status_code == 200
    assert client.delete(f"{merges}/C-7").status_code == 403
    assert client.delete(f"{merges}/C-7", headers=maria).status_code == 200
    kind = {"content-type": "application/octet-stream"}
    ticket = json.dumps(zendesk(1)).encode()
    told = client.post("/api/v1/imports/files?name=a.json", content=ticket, headers=kind).json()
    export = {"file": told["file"], "name": "a.json"}
    assert client.post("/api/v1/imports", json=export).status_code == 403
    for who, barred in (({}, True), (maria, False)):
        page = client.post("/fragments/bring-in/preview", json=export, headers=who).text
        assert ('value="published" disabled' in page) == barred
        assert ('value="pending" checked' in page) == barred
    assert client.post("/api/v1/imports", json=export | {"status": "pending"}).status_code == 201


def test_rules_are_shown_before_they_act(client: TestClient, tmp_path: Path) -> None:
    client.post("/api/v1/review/gatherings")
    (tmp_path / "review.toml").write_text(RULES.replace("csat = 5\n", ""))
    sure, social = client.get("/api/v1/review/rules").json()["items"]
    assert (sure["conditions"], sure["waiting"]) == ("category lost_parcel, confidence ≥ 0.5", [1, 2, 3])
    assert (social["then"], social["waiting"]) == ("reject", [])
    assert len(client.get(API).json()["items"]) == 3
    (tmp_path / "review.toml").write_text("[[rule]]")
    assert client.get("/api/v1/review/rules").status_code == 422
    assert client.get("/fragments/review").status_code == 422


def test_hostile_text_is_only_text(client: TestClient, base: KnowledgeBase) -> None:
    said = (Message("customer", HOSTILE), Message("agent", f"We will look. {HOSTILE}"))
    base.conversations.receive(Conversation(said, "<b>K</b>", title=HOSTILE))
    base.conversations.settle("<b>K</b>", "closed")
    base.put(make_case("C-3", title=HOSTILE, problem=HOSTILE, resolution=HOSTILE), actor="t")
    client.post("/api/v1/review/gatherings")
    [*_, last] = client.get(API).json()["items"]
    client.patch(
        f"{API}/{last['id']}", json={"version": 1, "title": HOSTILE, "reply": f"</textarea>{HOSTILE}"}
    )
    page = client.get(f"/fragments/review?candidate={last['id']}").text
    for found in ("<script>", "<img", "<b>K", "</textarea><"):
        assert found not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.fixture
def page(browser: Browser, base: KnowledgeBase) -> Iterator[Page]:
    with serving(FakeCopilot(base)) as address:
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(5_000)
        yield context.new_page()
        context.close()


@pytest.mark.browser
@needs_chromium
def test_the_whole_queue_by_keyboard(page: Page, base: KnowledgeBase) -> None:
    page.goto("/review")
    rows, title = page.locator(".queue .row"), page.locator("#candidate-title")
    expect(rows).to_have_count(3)
    expect(title).to_have_text("Talk a")
    accessible(page)
    page.keyboard.press("j")
    expect(title).to_have_text("Talk b")
    page.keyboard.press("k")
    expect(title).to_have_text("Talk a")
    page.keyboard.press("e")
    expect(page.locator("#f-category")).to_be_focused()
    page.locator("#f-title").fill("A broken lamp")
    page.keyboard.press("Control+Enter")
    expect(title).to_have_text("A broken lamp")
    page.keyboard.press("a")
    expect(rows).to_have_count(2)
    case = base.get("case", "R-K-1")
    assert isinstance(case, Case)
    assert (case.title, case.status) == ("A broken lamp", "published")
    marked = page.locator("[data-marked]")
    first = marked.get_attribute("data-near")
    page.keyboard.press("n")
    chosen = marked.get_attribute("data-near")
    assert chosen != first
    page.keyboard.press("m")
    expect(page.locator("#toast")).to_have_text(f"Merged with {chosen}.")
    expect(rows).to_have_count(1)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("answered elsewhere")
    page.keyboard.press("Enter")
    expect(page.locator(".blank h2")).to_have_text("Nothing to look at")
    page.click("[data-state=rejected]")
    expect(page.locator(".candidate .notice")).to_contain_text("answered elsewhere")
    accessible(page)


@pytest.mark.browser
@needs_chromium
def test_two_reviewers_at_once(page: Page) -> None:
    page.goto("/review")
    expect(page.locator(".queue .row")).to_have_count(3)
    other = page.context.new_page()
    other.goto("/review?candidate=1")
    expect(other.locator("#candidate-title")).to_have_text("Talk a")
    other.keyboard.press("a")
    expect(other.locator(".queue .row")).to_have_count(2)
    page.fill("#f-title", "Mine")
    page.click("[data-do=accept]")
    expect(page.locator("#toast")).to_contain_text("accepted already: load it anew")
    expect(page.locator("#f-title")).to_have_value("Mine")
    other.close()
