"""Promises over HTTP and on their pages: listed, settled, followed up, refused where the input is bad."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from knowledge_base.promises import Promise
from knowledge_base.store import KnowledgeBase
from tests.builders import NOON, open_base
from tests.needs import needs_chromium
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot, with_samples
from web.app import create_app

HOSTILE = "<script>alert(1)</script> We will call {{ 7*7 }} tomorrow."
LATE = Promise("K-101", "contact", "agent", "I'll call you tomorrow.", "en", due=NOON - timedelta(hours=1))
SOON = Promise(
    "K-9", "refund", "other", "We refund 20 EUR.", "en", amount="20.00 EUR", due=NOON + timedelta(1)
)
OPEN = Promise("K-8", "contact", "desk", HOSTILE, "und")


def fill(base: KnowledgeBase) -> None:
    for promise in (OPEN, SOON, LATE):
        base.promises.keep(promise.conversation_id, [promise], actor="t")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        fill(base)
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> TestClient:
    return TestClient(create_app(FakeCopilot(base)))


def test_promises_are_listed_overdue_first(client: TestClient) -> None:
    items = client.get("/api/v1/promises").json()["items"]
    assert [(one["id"], one["overdue"]) for one in items] == [(3, True), (2, False), (1, False)]
    assert (items[1]["due"], items[1]["amount"], items[2]["due"]) == (
        "2026-11-23T12:00:00Z",
        "20.00 EUR",
        None,
    )
    assert [one["id"] for one in client.get("/api/v1/promises?overdue=true").json()["items"]] == [3]
    assert [one["id"] for one in client.get("/api/v1/promises?conversation_id=K-9").json()["items"]] == [2]
    assert client.get("/api/v1/promises/3").json() == items[0]


def test_a_promise_is_settled_and_followed_up(client: TestClient) -> None:
    told = client.patch("/api/v1/promises/3", json={"state": "kept"}, headers={"x-actor": "maya"}).json()
    assert (told["state"], told["state_by"], told["state_at"]) == ("kept", "maya", "2026-11-22T12:00:00Z")
    assert [one["id"] for one in client.get("/api/v1/promises?state=kept").json()["items"]] == [3]
    draft = client.post("/api/v1/promises/3/follow-up").json()
    assert draft["language"] == "en"
    assert "“I'll call you tomorrow.”" in draft["text"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("GET", "/api/v1/promises?state=lost", None, 422, "state: "),
        ("GET", "/api/v1/promises?limit=0", None, 422, "limit: "),
        ("GET", "/api/v1/promises/0", None, 422, "promise_id: "),
        ("GET", "/api/v1/promises/99", None, 404, "there is no promise '99'"),
        ("PATCH", "/api/v1/promises/99", {"state": "kept"}, 404, "there is no promise '99'"),
        ("PATCH", "/api/v1/promises/3", {"state": "lost"}, 422, "state: "),
        ("PATCH", "/api/v1/promises/3", {}, 422, "state: "),
        ("PATCH", "/api/v1/promises/nine", {"state": "kept"}, 422, "promise_id: "),
        ("POST", "/api/v1/promises/99/follow-up", None, 404, "there is no promise '99'"),
        (
            "POST",
            "/api/v1/promises/2/follow-up",
            None,
            422,
            "promise 2 is not due before 2026-11-23 12:00 UTC",
        ),
        ("GET", "/promises?show=lost", None, 422, "show: "),
    ],
)
def test_bad_input_is_a_problem(
    client: TestClient, method: str, path: str, body: object, status: int, detail: str
) -> None:
    answer = client.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"].startswith(detail)


def test_feedback_keeps_what_a_sent_draft_promises(client: TestClient, base: KnowledgeBase) -> None:
    body = {"suggestion_id": "S-1", "verdict": "edited", "item": "draft", "conversation_id": "K-7",
            "text_after": "I'll write to you by Friday."}  # fmt: skip
    number = client.post("/api/v1/feedback", json=body).json()["id"]
    [kept] = base.promises.of("K-7")
    assert (kept.promise.sentence, kept.promise.feedback_id) == ("I'll write to you by Friday.", number)
    client.delete(f"/api/v1/feedback/{number}")
    assert base.promises.of("K-7")[0].state == "withdrawn"


def test_what_was_sent_is_no_markup(client: TestClient) -> None:
    page = client.get("/promises").text
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page


@pytest.fixture
def page(base: KnowledgeBase, browser: Browser) -> Iterator[Page]:
    with serving(with_samples(FakeCopilot(base))) as address:
        context = browser.new_context(
            base_url=address,
            viewport={"width": 1280, "height": 800},
            permissions=["clipboard-read", "clipboard-write"],
            reduced_motion="reduce",
        )
        context.set_default_timeout(5_000)
        page = context.new_page()
        trouble: list[str] = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda said: trouble.append(said.text) if "Security" in said.text else None)
        yield page
        context.close()
        assert trouble == []


@pytest.mark.browser
@needs_chromium
def test_promises_are_settled_on_their_page(page: Page, base: KnowledgeBase) -> None:
    page.goto("/promises")
    rows = page.locator(".promise")
    expect(rows).to_have_count(3)
    expect(page.locator("#count")).to_have_text("3 shown, 1 overdue. Hours are UTC.")
    first = rows.first
    expect(first).to_contain_text("Overdue")
    expect(first.locator("a")).to_have_attribute("href", "/?conversation=K-101")
    expect(rows.nth(1)).to_contain_text("by somebody else")
    expect(rows.nth(1).locator('[data-action="follow-up"]')).to_be_hidden()
    first.locator('[data-settle="kept"]').click()
    expect(page.locator("#toast")).to_have_text("Noted: kept.")
    expect(first.locator(".promise-state")).to_have_text("Kept")
    assert (base.promises.find(3).state, str(base.promises.find(3).state_by)[:6]) == ("kept", "agent-")
    first.locator('[data-settle="kept"]').click()
    expect(first.locator(".promise-state")).to_have_text("Overdue")
    page.click('a[href="/promises?show=overdue"]')
    expect(rows).to_have_count(1)
    page.wait_for_load_state()  # what is pressed before the script has run is lost
    page.locator('[data-action="follow-up"]').click()
    expect(page.locator("#follow-up-text")).to_have_value(re.compile("We gave you our word"))
    page.click("#follow-up-copy")
    expect(page.locator("#toast")).to_have_text("The follow-up is copied.")
    assert "I'll call you tomorrow." in str(page.evaluate("navigator.clipboard.readText()"))
    page.goto("/promises?show=kept")
    expect(page.locator(".blank h2")).to_have_text("Nothing here")


@pytest.mark.browser
@needs_chromium
def test_beside_the_draft_stands_what_was_promised(page: Page, base: KnowledgeBase) -> None:
    page.goto("/?conversation=K-101")
    lines = page.locator(".promised li")
    expect(lines).to_have_count(3)
    expect(lines.first).to_contain_text("To look into, overdue since")
    lines.first.locator('[data-promised="keep"]').click()
    expect(page.locator("#toast")).to_have_text("Noted: kept.")
    assert "kept" in {one.state for one in base.promises.of("K-101")}
    lines.nth(1).locator('[data-promised="follow-up"]').click()
    expect(page.locator("#follow-up")).to_be_visible()


COMPLAINT = {
    "id": "K-5",
    "messages": [
        {"role": "customer", "at": "2026-11-22T08:00:00Z", "text": "This is a complaint: my lamp is broken."}
    ],
}
ANSWERED = [
    {"role": "agent", "at": "2026-11-22T09:00:00Z", "text": "We will refund 20 EUR tomorrow."},
    {"role": "agent", "at": "2026-11-22T10:00:00Z", "text": "We will refund 15 EUR tomorrow."},
]


def paste(page: Page, conversation: object) -> None:
    page.goto("/")
    page.click("#open-paste")
    page.fill("#paste-text", json.dumps(conversation))
    page.click("#paste-open")
    page.wait_for_selector(".suggestion")


@pytest.mark.browser
@needs_chromium
def test_a_complaint_counts_down_until_it_is_answered(page: Page) -> None:
    page.clock.set_fixed_time(NOON + timedelta(minutes=30))
    paste(page, COMPLAINT)
    expect(page.locator(".complaint")).to_contain_text(
        "acknowledge it by Mon 23 Nov, 08:00 UTC, 19 h 30 min left"
    )
    page.clock.set_fixed_time(NOON + timedelta(days=2))
    paste(page, COMPLAINT)
    expect(page.locator("[data-countdown]")).to_have_text("1 d 4 h too late")
    paste(page, COMPLAINT | {"messages": [*COMPLAINT["messages"], *ANSWERED]})
    expect(page.locator(".complaint")).to_have_count(0)
    expect(page.locator(".clash")).to_contain_text(
        "Contradiction (Refund): “We will refund 15 EUR tomorrow.” names"
    )


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_is_accessible_and_fits(page: Page, scheme: str, width: int, base: KnowledgeBase) -> None:
    base.promises.keep("K-" + "x" * 150, [replace(OPEN, conversation_id="K-" + "x" * 150)], actor="t")
    base.promises.settle(2, "kept", actor="maya")
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for address in ("/promises", "/promises?show=kept", "/promises?show=broken"):
        page.goto(address)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto("/promises")
    page.locator('[data-action="follow-up"]').first.click()
    page.wait_for_selector("#follow-up[open]")
    assert violations(page) == []
    paste(page, COMPLAINT | {"messages": [*COMPLAINT["messages"], *ANSWERED]})
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
