"""Practice over HTTP and on its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, open_base
from tests.needs import needs_chromium
from tests.test_copilot_practice import CASE, GOOD, POLITE
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot
from web.app import create_app

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202e"
ARTICLE = make_article("lost-parcels", body="## Traces\n\nThe carrier answers within 3 working days.")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        base.put_many([CASE, ARTICLE], actor="t")
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> TestClient:
    return TestClient(create_app(FakeCopilot(base)), headers={"x-actor": "tom"})


def test_a_round_over_http(client: TestClient) -> None:
    begun = client.post("/api/v1/practice/rounds", json={"category": "lost_parcel"})
    assert begun.status_code == 201
    one = begun.json()
    assert (one["turn"], one["turns"], one["done"], one["score"], one["case_id"]) == (0, 2, None, None, None)
    path = f"/api/v1/practice/rounds/{one['id']}"
    middle = client.post(f"{path}/replies", json={"turn": 0, "text": GOOD[0]}).json()
    assert (middle["turn"], middle["done"]) == (1, None)
    ended = client.post(f"{path}/replies", json={"turn": 1, "text": GOOD[1]}).json()
    assert (ended["turn"], ended["done"]["resolution"]) == (None, CASE.resolution)
    assert ended["case_id"] == "C-1"
    assert ended["done"]["policy"][0]["source"] == "article:lost-parcels#traces"
    assert sum(part["points"] for part in ended["score"]["parts"]) == pytest.approx(ended["score"]["total"])
    assert client.get(path).json() == ended
    listed = client.get("/api/v1/practice/rounds").json()["items"]
    assert [(one["id"], one["total"]) for one in listed] == [(ended["id"], ended["score"]["total"])]
    assert client.get("/api/v1/practice/progress").json()["items"][0]["rounds"] == 1


def test_nothing_of_the_answer_is_told_before_the_end(client: TestClient) -> None:
    begun = client.post("/api/v1/practice/rounds", json={})
    page = client.get(f"/fragments/practice?round={begun.json()['id']}")
    for told in (begun.text, page.text):
        for secret in (*CASE.steps, "Which order is it about?", "I am sorry that your lamp", "working days"):
            assert secret not in told


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"turn": 0, "text": ""}, 422),
        ({"turn": 0, "text": " \n "}, 422),
        ({"turn": 1, "text": "Hello"}, 409),
        ({"turn": -1, "text": "Hello"}, 422),
        ({"turn": 0, "text": "x" * 200_000}, 422),
        ({"text": "Hello"}, 422),
    ],
)
def test_bad_replies_are_refused(client: TestClient, body: dict[str, object], status: int) -> None:
    one = client.post("/api/v1/practice/rounds", json={}).json()["id"]
    answer = client.post(f"/api/v1/practice/rounds/{one}/replies", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert client.get(f"/api/v1/practice/rounds/{one}").json()["turn"] == 0


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    assert client.post("/api/v1/practice/rounds", json={"case_id": "C-99"}).status_code == 404
    assert client.post("/api/v1/practice/rounds", json={"category": "nobody"}).status_code == 404
    assert client.get("/api/v1/practice/rounds/77").status_code == 404
    one = client.post("/api/v1/practice/rounds", json={}).json()["id"]
    assert client.get(f"/api/v1/practice/rounds/{one}", headers={"x-actor": "eve"}).status_code == 404
    assert client.delete(f"/api/v1/practice/rounds/{one}").status_code == 204
    assert client.delete(f"/api/v1/practice/rounds/{one}").status_code == 404


def test_hostile_text_is_only_text(client: TestClient, base: KnowledgeBase) -> None:
    base.put(make_case("C-2", problem=HOSTILE, resolution=HOSTILE, category="evil", messages=()), actor="t")
    client.post("/fragments/practice", json={"case_id": "C-2"})
    page = client.post("/fragments/practice/1/replies", json={"turn": 0, "text": f"Hello {HOSTILE}"}).text
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.fixture
def page(browser: Browser, base: KnowledgeBase) -> Iterator[Page]:
    with serving(FakeCopilot(base)) as address:
        context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
        context.set_default_timeout(5_000)
        yield context.new_page()
        context.close()


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
    for width in (640, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.browser
@needs_chromium
def test_a_round_by_keyboard_alone(page: Page) -> None:
    page.goto("/practice")
    expect(page.locator("#practice h2")).to_have_text("Choose a case")
    accessible(page)
    page.keyboard.press("n")
    expect(page.locator("#reply")).to_be_focused()
    accessible(page)
    page.keyboard.type("Which order is it?")
    page.reload()  # in the middle of it
    expect(page.locator("#reply")).to_have_value("Which order is it?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("label[for=reply]")).to_have_text("Your reply, 2 of 2")
    expect(page.locator(".message.note .said")).to_have_text("Last scan in Leipzig on 2 November.")
    expect(page.locator("#reply")).to_have_value("")
    page.keyboard.type(GOOD[1])
    page.keyboard.press("Control+Enter")
    expect(page.locator("#score-title")).to_contain_text("of 100")
    expect(page.locator(".policy")).to_contain_text("within 3 working days")
    expect(page.locator("#round-title")).to_be_focused()
    accessible(page)
    page.keyboard.press("a")
    expect(page.locator("label[for=reply]")).to_have_text("Your reply, 1 of 2")
    expect(page.locator(".rounds li")).to_have_count(2)


@pytest.mark.browser
@needs_chromium
def test_two_pages_of_one_trainee(page: Page, base: KnowledgeBase) -> None:
    page.goto("/practice")
    page.click("#beginning button")
    page.wait_for_selector("#reply")
    other = page.context.new_page()
    other.goto(page.url)
    other.fill("#reply", POLITE[0])
    other.click("#answer button[type=submit]")
    expect(other.locator("label[for=reply]")).to_have_text("Your reply, 2 of 2")
    page.fill("#reply", "Mine")
    page.click("#answer button[type=submit]")
    expect(page.locator("#toast")).to_contain_text("this turn has its reply already")
    expect(page.locator("#reply")).to_have_value("Mine")
    other.close()


@pytest.mark.browser
@needs_chromium
def test_rounds_are_opened_and_taken_away(page: Page) -> None:
    page.goto("/practice")
    for _ in range(2):
        page.click("#beginning button")
        page.wait_for_selector("#reply")
    page.locator("[data-open]").last.click()
    expect(page).to_have_url(re.compile(r"round=1$"))
    page.go_back()
    expect(page.locator("[data-round='2']")).to_be_visible()
    page.locator(".rounds [data-delete='2']").click()
    expect(page.locator(".rounds li")).to_have_count(1)
    expect(page).to_have_url(re.compile("/practice$"))
