"""Gaps over HTTP and on their page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from knowledge_base.store import KnowledgeBase
from tests.builders import NOON, Clock, make_article, make_case, open_base
from tests.gap_fakes import ask_for_what_nothing_answers
from tests.needs import needs_chromium
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot
from web.app import create_app


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    clock = Clock()
    with open_base(tmp_path, clock=clock) as base:
        clock.now = NOON - timedelta(days=200)
        base.put_many(
            [make_case("C-1", category=None, title="=Never used"), make_article("lost-parcels")], actor="ann"
        )
        clock.now = NOON - timedelta(days=2)
        ask_for_what_nothing_answers(base)
        clock.now = NOON
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> TestClient:
    return TestClient(create_app(FakeCopilot(base)), headers={"x-actor": "eve"})


def test_gaps_over_http(client: TestClient, base: KnowledgeBase) -> None:
    told = client.get("/api/v1/gaps").json()
    basis = told["basis"]
    assert [basis[name] for name in ("asked", "nothing_shown", "all_rejected", "singles")] == [19, 19, 0, 1]
    wrap = told["gaps"][1]
    assert [(one["name"], one["conversations"], one["solved"]) for one in told["gaps"]] == [
        ("rent out bicycles · weekend", 9, 0),
        ("wrap my order · gift", 5, 1),
        ("bicicletas el fin · alquilan · semana", 4, 0),
    ]
    assert wrap["trend"] == {"recent": 5, "before": 0, "way": "too_few"}
    assert wrap["nearest"]["confidence"] == 0.12
    unused = {one["kind"]: one for one in told["unused"]}
    assert [(one["id"], one["conversations"]) for one in unused["case"]["items"]] == [("C-1", 19)]

    path = f"/api/v1/gaps/{wrap['id']}"
    assert client.get(f"{path}/proposal").json()["conversation_id"] == "gap-2-0"
    article = client.get(f"{path}/proposal", params={"what": "article"}).json()["record"]
    assert (article["id"], article["status"]) == ("wrap-my-order-gift", "pending")
    kept = client.post(f"{path}/dismissals", json={"why": "not ours"}).json()
    assert (kept["state"], kept["who"], kept["why"]) == ("dismissed", "eve", "not ours")
    after = client.get("/api/v1/gaps").json()
    assert (len(after["gaps"]), [one["gap"] for one in after["decided"]]) == (2, [wrap["id"]])
    assert client.delete(f"/api/v1/gaps/decisions/{kept['number']}").status_code == 200
    assert len(client.get("/api/v1/gaps").json()["gaps"]) == 3
    made = client.post(f"{path}/acceptances", json={}).json()["made"]
    assert made == f"candidate:{base.review.list('waiting')[0].id}"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "0" * 12 + "/proposal", None, 404),
        ("POST", "0" * 12 + "/acceptances", {}, 404),
        ("POST", "0" * 12 + "/acceptances", {"what": "song"}, 422),
        ("POST", "0" * 12 + "/dismissals", {"why": ""}, 422),
        ("POST", "nothing/dismissals", {"why": "x"}, 422),
        ("DELETE", "decisions/7", None, 404),
        ("GET", "songs.csv", None, 422),
    ],
)
def test_what_is_refused(client: TestClient, method: str, path: str, body: object, status: int) -> None:
    assert client.request(method, f"/api/v1/gaps/{path}", json=body).status_code == status


def test_csv(client: TestClient) -> None:
    def rows(table: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(client.get(f"/api/v1/gaps/{table}.csv").text)))

    gaps = rows("gaps")
    assert gaps[0][:3] == ["id", "name", "conversations"]
    assert gaps[1][1:] == [
        "rent out bicycles · weekend", "9", "9", "0", "9", "0", "too_few", "en", "moon",
        "article:lost-parcels", "0.12", "0",
    ]  # fmt: skip
    assert rows("unused")[1] == ["case", "C-1", "'=Never used", "", "en", "0", "19"]
    assert rows("slow") == [["category", "conversations", "hours", "minutes", "turns", "reopened"]]


@pytest.mark.browser
@needs_chromium
def test_the_page(browser: Browser, base: KnowledgeBase) -> None:
    with serving(FakeCopilot(base)) as address:
        page = browser.new_page(base_url=address, viewport={"width": 390, "height": 800})
        page.set_default_timeout(8_000)
        page.goto("/gaps")
        gaps = page.locator("[data-gap]")
        expect(gaps).to_have_count(3)
        gaps.nth(2).locator("summary").click()
        gaps.nth(2).get_by_label("Why, in a few words").fill("not ours")
        page.keyboard.press("Enter")
        expect(gaps).to_have_count(2)
        page.locator(".gap-decided summary").click()
        expect(page.locator("[data-decision] q")).to_have_text("not ours")
        page.click("[data-action=undo]")
        expect(gaps).to_have_count(3)
        page.click("[data-unused='C-1'] [data-action=retire]")
        expect(page.locator("[data-unused='C-1']")).to_have_count(0)
        assert base.get("case", "C-1").status == "retired"
        gaps.first.locator("[data-action=propose]").click()
        page.wait_for_selector("[data-what=article].proposed")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.click(".proposed [data-action=accept]")
        expect(page.locator("#field-status")).to_have_value("pending")
        expect(page).to_have_url(f"{address}/knowledge/article/rent-out-bicycles-weekend")
        page.close()


def test_an_empty_desk_says_what_to_do(tmp_path: Path) -> None:
    with open_base(tmp_path) as base:
        told = TestClient(create_app(FakeCopilot(base))).get("/fragments/gaps").text
    assert "Nothing was asked yet" in told
