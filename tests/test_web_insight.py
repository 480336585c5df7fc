"""Insight over HTTP and on its page."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from knowledge_base.grants import Grant
from knowledge_base.models import Corrections, Outcome
from knowledge_base.store import KnowledgeBase
from tests.builders import NOON, Clock, make_case, make_conversation, open_base
from tests.needs import needs_chromium
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot
from web.app import create_app
from web.insight_api import defused

HOSTILE = "=<script>alert(1)</script>"
DAY = timedelta(days=1)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    clock = Clock()
    with open_base(tmp_path, clock=clock) as base:
        for week, category in enumerate(["lost_parcel", HOSTILE]):
            base.put_many(
                [
                    make_case(
                        f"C-{week}-{n}",
                        category=category,
                        outcome=Outcome(n > 0, False, 5 - week, 9.0),
                        resolved_at=NOON - 7 * week * DAY,
                    )
                    for n in range(5)
                ],
                actor="t",
            )
        base.grants.add([Grant("voucher", "late", "maya", NOON) for _ in range(5)])
        begun = make_conversation(corrections=Corrections(category="lost_parcel"))
        for n in range(2 * 7 * 24):  # one an hour for two weeks
            clock.now = NOON - n * timedelta(hours=1) - timedelta(minutes=30)
            base.conversations.receive(replace(begun, id=f"K-{n}"))
        for n in range(25):  # and 25 in the last half hour
            clock.now = NOON - timedelta(minutes=n + 1)
            base.conversations.receive(replace(begun, id=f"R-{n}"))
        clock.now = NOON
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> TestClient:
    return TestClient(create_app(FakeCopilot(base)))


def test_measures_over_http(client: TestClient) -> None:
    told = client.get("/api/v1/insight").json()
    names = [one["name"] for one in told["measures"]]
    assert (names[0], len(names)) == ("csat", 14)
    one = client.get("/api/v1/insight/csat", params={"category": "lost_parcel", "by": "week"}).json()
    assert one == {
        "name": "csat", "unit": "score", "by": "week", "missing": None,
        "total": {"group": "", "n": 5, "value": 5.0, "low": 5.0, "high": 5.0},
        "figures": [{"group": "2026-11-16", "n": 5, "value": 5.0, "low": 5.0, "high": 5.0}],
    }  # fmt: skip
    few = client.get("/api/v1/insight/csat", params={"since": "2026-11-22", "language": "de"}).json()
    assert (few["figures"], few["missing"]) == ([], "no_rows")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/insight/nothing", 422),
        ("/api/v1/insight/nothing.csv", 422),
        ("/api/v1/insight/csat?by=agent", 422),
        ("/api/v1/insight/csat?since=2026-11-22&until=2026-11-01", 422),
        ("/api/v1/insight/csat?since=yesterday", 422),
        ("/api/v1/insight/csat?until=9999-12-31", 200),
        ("/insight?period=5", 422),
    ],
)
def test_bad_questions_are_refused(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_csv_that_no_spreadsheet_reckons_with(client: TestClient) -> None:
    answer = client.get("/api/v1/insight/csat.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["group", "n", "value", "low", "high"]
    assert rows[1][:3] == [f"'{HOSTILE}", "5", "4.0"]
    assert [defused(cell) for cell in ("+1", "-1", "@a", "\tx", "a=b", "")] == [
        "'+1", "'-1", "'@a", "'\tx", "a=b", "",
    ]  # fmt: skip


def test_a_rise_is_told(client: TestClient, base: KnowledgeBase) -> None:
    (one,) = client.get("/api/v1/insight/rises").json()["items"]
    assert (one["category"], one["seen"], one["minutes"]) == ("lost_parcel", 20, 20)
    assert one["expected"] == pytest.approx(0.33, abs=0.07)
    page = client.get("/insight").text
    assert "20 in the last 20 minutes" in page
    assert "<script>alert" not in page


def test_a_rise_is_streamed_and_logged(base: KnowledgeBase, caplog: pytest.LogCaptureFixture) -> None:
    copilot = FakeCopilot(base)
    with (
        serving(copilot) as address,
        requests.get(f"{address}/api/v1/insight/events", stream=True, timeout=10) as stream,
    ):
        lines = (line.decode() for line in stream.iter_lines() if line)
        told = dict(next(lines).split(": ", 1) for _ in range(4))
    assert (told["event"], json.loads(told["data"])["seen"]) == ("rise", 20)
    stopping = Stopping()
    copilot.insight.watch(stopping)
    assert [one.getMessage() for one in caplog.records if "rise" in one.name or "rise:" in one.msg] == [
        "rise: 'lost_parcel': 20 in 20 minutes, usually 0.3"
    ]


class Stopping(threading.Event):
    """Set after it was waited for twice: what stands is told once."""

    waited = 0

    def wait(self, timeout: float | None = None) -> bool:
        """Never waits."""
        self.waited += 1
        return self.waited > 2


def test_small_groups_are_not_told(client: TestClient, base: KnowledgeBase) -> None:
    base.grants.add([Grant("refund", "late", "tom", NOON)])
    told = client.get("/api/v1/insight/granters").json()["figures"]
    assert told[1] == {"group": "tom", "n": None, "value": None, "low": None, "high": None}
    assert "fewer than 5" in client.get("/insight").text


@pytest.fixture
def page(browser: Browser, base: KnowledgeBase) -> Iterator[Page]:
    with serving(FakeCopilot(base)) as address:
        context = browser.new_context(
            base_url=address, viewport={"width": 390, "height": 800}, color_scheme="dark"
        )
        context.set_default_timeout(5_000)
        yield context.new_page()
        context.close()


@pytest.mark.browser
@needs_chromium
def test_the_page_in_the_dark_on_a_phone(page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for by in ("category", "week"):
        page.goto(f"/insight?by={by}")
        expect(page.locator("[data-measure=csat] .whole b")).to_have_text("4.50")
        expect(page.locator(".rises li b")).to_have_text("lost parcel")
        page.evaluate("document.querySelectorAll('main details').forEach((one) => one.open = true)")
        expect(page.locator("[data-measure=csat] details").last).to_contain_text("customers' ratings")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("[data-measure=csat] svg.line-chart desc")).to_have_text(
        "From 9 Nov 2026 (4.00) to 16 Nov 2026 (5.00); the table below has every week."
    )
    page.select_option("#sieve-category", "lost_parcel")  # shows at once
    expect(page.locator("[data-measure=csat] .whole b")).to_have_text("5.00")
    with page.expect_download() as taken:
        page.click("[data-measure=csat] .take a")
    assert taken.value.suggested_filename == "csat.csv"
    assert said == []
