"""The knowledge manager's pages of records: found, changed, compared, restored, retired."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, make_question, make_template, open_base
from tests.needs import needs_chromium
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot
from web.app import create_app

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202e"
CASE = make_case("C-1", title="Lost parcel", resolution="Open a trace.", category="lost_parcel")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        base.put(CASE, actor="ann")
        base.put(
            replace(CASE, resolution="Open a trace, then refund."), actor="bob", reason="says what follows"
        )
        base.put_many([make_article("returns"), make_template("en/own/act")], actor="ann")
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> TestClient:
    return TestClient(create_app(FakeCopilot(base)), headers={"x-actor": "eve"})


def test_a_version_is_restored_as_a_new_one(client: TestClient, base: KnowledgeBase) -> None:
    path = "/api/v1/cases/C-1/restore"
    assert client.post(path, json={"version": 1}, headers={"if-match": '"1"'}).status_code == 412
    answer = client.post(f"{path}?reason=as+it+was", json={"version": 1}, headers={"if-match": '"2"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"3"')
    assert answer.json()["resolution"] == "Open a trace."
    newest = base.history("case", "C-1")[-1]
    assert (newest.version, newest.actor, newest.reason) == (3, "eve", "as it was")
    for body, status in (({"version": 9}, 404), ({"version": 0}, 422), ({}, 422)):
        assert client.post(path, json=body).status_code == status
    assert client.post("/api/v1/cases/C-99/restore", json={"version": 1}).status_code == 404


def test_a_retired_record_comes_back(client: TestClient, base: KnowledgeBase) -> None:
    assert client.delete("/api/v1/articles/returns?reason=old").status_code == 204
    assert base.get("article", "returns").status == "retired"
    assert (
        client.post("/api/v1/articles/returns/restore", json={"version": 1}).json()["status"] == "published"
    )
    assert [change.action for change in base.history("article", "returns")] == ["added", "retired", "updated"]


def test_lists_are_filtered(client: TestClient) -> None:
    page = client.get("/knowledge?kind=case&text=trace&status=&category=lost_parcel").text
    assert "Lost parcel" in page
    assert "No record fits" in client.get("/knowledge?kind=case&text=nothing").text
    assert "No record fits" in client.get("/knowledge?kind=question").text
    assert client.get("/knowledge?kind=nobody").status_code == 422
    assert client.get("/knowledge/case/C-99").status_code == 404


def test_hostile_records_are_only_text(client: TestClient, base: KnowledgeBase) -> None:
    base.put(make_case("C/2 <b>", title=HOSTILE, resolution=HOSTILE), actor=HOSTILE.replace("\u202e", ""))
    for page in (client.get("/knowledge").text, client.get("/knowledge/case/C/2 <b>").text):
        assert "<img" not in page
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_person_who_goes_to_what_is_not_there_gets_a_page_and_a_program_a_problem(
    client: TestClient,
) -> None:
    for path in ("/knowledge/case/C-9", "/nowhere", "/api/v1/cases/C-9"):
        told = client.get(path, headers={"accept": "text/html,*/*;q=0.8"})
        assert (told.status_code, told.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "There is nothing here" in told.text
        asked = client.get(path)
        assert (asked.status_code, asked.headers["content-type"]) == (404, "application/problem+json")
    hostile = client.get(f"/knowledge/case/{HOSTILE}", headers={"accept": "text/html"})
    assert "<img" not in hostile.text
    spanish = client.get("/nowhere", headers={"accept": "text/html", "accept-language": "es"})
    assert 'lang="es"' in spanish.text


@pytest.fixture
def page(browser: Browser, base: KnowledgeBase) -> Iterator[Page]:
    with serving(FakeCopilot(base)) as address:
        page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 800})
        page.set_default_timeout(5_000)
        page.on("dialog", lambda dialog: dialog.accept())
        yield page
        page.close()


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
    for width in (640, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.browser
@needs_chromium
def test_a_record_is_found_changed_compared_and_restored(page: Page, base: KnowledgeBase) -> None:
    page.goto("/knowledge")
    accessible(page)
    page.fill("[name=text]", "trace")
    page.keyboard.press("Enter")
    expect(page.locator("#records a")).to_have_count(1)
    page.click("#records a")
    page.wait_for_selector("#record")
    accessible(page)
    expect(page.locator(".version").first).to_contain_text("says what follows")
    expect(page.locator(".changes ins").first).to_contain_text("then refund.")
    page.fill("[name=resolution]", "Open a trace, then send another.")
    page.fill("#reason", "the shop's new way")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toast")).to_have_text("It is kept.")
    expect(page.locator(".changes").first.locator("ins")).to_contain_text("send another.")
    assert base.get("case", "C-1") == replace(CASE, resolution="Open a trace, then send another.")
    page.click("[data-restore='1']")
    expect(page.locator(".version b").first).to_have_text("Version 4")
    assert base.get("case", "C-1") == CASE
    page.click("[data-action=retire]")
    expect(page.locator("[data-action=retire]")).to_have_count(0)
    assert base.get("case", "C-1").status == "retired"


@pytest.mark.browser
@needs_chromium
def test_two_who_change_one_record(page: Page, base: KnowledgeBase) -> None:
    page.goto("/knowledge/article/returns")
    base.put(make_article("returns", body="## New\n\nAnother text."), actor="bob")
    page.fill("[name=body]", "## Mine\n\nMy text.")
    page.click("#record [type=submit]")
    expect(page.locator("#record-error")).to_contain_text("Somebody else changed this record meanwhile")
    expect(page.locator("[name=body]")).to_have_value("## Mine\n\nMy text.")


@pytest.mark.browser
@needs_chromium
def test_a_new_article_and_what_is_wrong_with_it(page: Page, base: KnowledgeBase) -> None:
    page.goto("/knowledge/article")
    page.fill("[name=id]", "damage")
    page.fill("[name=title]", "Damage")
    page.fill("[name=body]", "## Broken\n\nWe send another.")
    page.fill("[name=effective_from]", "2026-05-01")
    page.fill("[name=effective_to]", "2026-04-01")
    page.click("#record [type=submit]")
    expect(page.locator("#record-error")).to_contain_text("effective_to")
    page.fill("[name=effective_to]", "")
    page.click("#record [type=submit]")
    expect(page).to_have_title("Damage · Knowledge · Precedent")
    assert base.version("article", "damage") == 1


@pytest.mark.browser
@needs_chromium
def test_a_golden_question_keeps_its_messages(page: Page, base: KnowledgeBase) -> None:
    base.put(make_question("G-1"), actor="t")
    page.goto("/knowledge/question/G-1")
    before = base.get("question", "G-1")
    page.fill("[name=category]", "lost_parcel")
    page.click("#record [type=submit]")
    expect(page.locator("#toast")).to_have_text("It is kept.")
    assert base.get("question", "G-1") == replace(before, category="lost_parcel")  # type: ignore[type-var]
