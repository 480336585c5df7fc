"""What hangs on policy, what has gone stale, and that somebody looked it over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from copilot.checking.book import CheckBook
from copilot.checking.finding import Finding
from copilot.staleness import stale_citations
from knowledge_base.errors import NotFoundError
from knowledge_base.sayings import say
from knowledge_base.store import KnowledgeBase
from tests.builders import Clock, make_article, make_case, make_template, open_base
from tests.needs import needs_chromium
from tests.web_browser import chromium, serving
from tests.web_fakes import FakeCopilot
from web.app import create_app

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
RETURNS = make_article("returns", title="Returns", body="## The 30 days\n\nWithin 30 days.")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def base(tmp_path: Path, clock: Clock) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path, clock=clock) as base:
        base.put_many(
            [
                RETURNS,
                make_article("returns-de", language="de", translation_of="returns"),
                make_case("C-1", policies=("returns#the-30-days", "returns"), title="A late return"),
                make_case("C-2", policies=("other",)),
                make_template("en/return/act", policies=("returns",)),
            ],
            actor="ann",
        )
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> TestClient:
    return TestClient(create_app(FakeCopilot(base)), headers={"x-actor": "eve"})


def change(base: KnowledgeBase, clock: Clock) -> None:
    clock.on()
    base.put(replace(RETURNS, body="## The 14 days\n\nWithin 14 days."), actor="bob")
    clock.on()


def test_what_hangs_on_an_article(base: KnowledgeBase) -> None:
    found = [(one.kind, one.id, one.named) for one in base.dependence.on("returns")]
    assert found == [
        ("article", "returns-de", "returns"),
        ("case", "C-1", "returns#the-30-days"),
        ("template", "en/return/act", "returns"),
    ]
    base.put(make_case("C-1", policies=()), actor="ann")
    base.retire("template", "en/return/act", actor="ann")
    assert [one.id for one in base.dependence.on("returns")] == ["returns-de"]
    assert base.dependence.on("nobody") == ()


def test_a_change_marks_what_hangs_on_it_until_looked_over(base: KnowledgeBase, clock: Clock) -> None:
    assert list(base.dependence.waiting()) == []
    change(base, clock)
    waiting = {article.id: [one.id for one in found] for article, found in base.dependence.waiting()}
    assert waiting == {"returns": ["returns-de", "C-1", "en/return/act"]}
    base.dependence.review("case", "C-1", who="ann", note="holds for both")
    base.put(make_template("en/return/act", policies=("returns",), body="Changed too."), actor="ann")
    assert [[one.id for one in found] for _, found in base.dependence.waiting()] == [["returns-de"]]
    change_again = replace(RETURNS, body="## The 14 days\n\nWithin 14 days of arrival.")
    clock.on()
    base.put(change_again, actor="bob")
    assert len(next(base.dependence.waiting())[1]) == 3
    with pytest.raises(NotFoundError):
        base.dependence.review("case", "C-99", who="ann")


def test_conversations_going_on_are_told(base: KnowledgeBase) -> None:
    client = TestClient(create_app(copilot := FakeCopilot(base)))
    client.post(
        "/api/v1/conversations", json={"id": "K-1", "messages": [{"role": "customer", "text": "Where?"}]}
    )
    copilot.inbox.suggestion("K-1")
    assert [(one.kind, one.id) for one in base.dependence.on("lost-parcels")] == [("conversation", "K-1")]
    client.patch("/api/v1/conversations/K-1", json={"state": "closed"})
    assert base.dependence.on("lost-parcels") == ()


def test_stale_over_http(client: TestClient, base: KnowledgeBase, clock: Clock) -> None:
    base.put(make_article("warranty", title="Warranty", review_by=date(2026, 11, 1)), actor="ann")
    base.put(make_article("young", effective_from=date(2026, 6, 1)), actor="ann")
    old = make_case("C-3", policies=("young",), resolved_at=datetime(2026, 1, 1, tzinfo=UTC))
    base.put(old, actor="ann")
    change(base, clock)
    told = client.get("/api/v1/stale").json()
    assert [(one["article_id"], len(one["dependants"])) for one in told["waiting"]] == [("returns", 3)]
    assert told["overdue"] == [{"article_id": "warranty", "title": "Warranty", "review_by": "2026-11-01"}]
    dead = [(one["kind"], one["id"], one["named"]) for one in told["dead"]]
    assert dead == [("case", "C-1", "returns#the-30-days"), ("case", "C-2", "other")]
    assert told["older"] == [{"kind": "case", "id": "C-3", "named": "young", "since": "2026-06-01"}]
    hanging = client.get("/api/v1/articles/returns/dependants").json()["items"]
    assert [(one["id"], one["waits"]) for one in hanging] == [
        ("returns-de", True), ("C-1", True), ("en/return/act", True),
    ]  # fmt: skip
    assert client.post("/api/v1/stale/reviews", json={"kind": "case", "id": "C-1"}).status_code == 201
    assert client.get("/api/v1/articles/returns/dependants").json()["items"][1]["reviewed_by"] == "eve"
    assert client.post("/api/v1/stale/reviews", json={"kind": "case", "id": "C-99"}).status_code == 404
    assert client.post("/api/v1/stale/reviews", json={"kind": "moon", "id": "C-1"}).status_code == 422
    assert client.get("/api/v1/articles/nobody/dependants").status_code == 404


def test_the_first_are_told_and_that_more_follow(
    client: TestClient, base: KnowledgeBase, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = make_case("C-4", policies=("returns",), resolved_at=datetime(2025, 1, 1, tzinfo=UTC))
    base.put_many([late, make_article("cost"), make_case("C-5", policies=("cost",))], actor="ann")
    clock.on()
    base.put(make_article("cost", title="Costs"), actor="bob")
    change(base, clock)
    monkeypatch.setattr("web.stale_api.MOST_OF_ONE", 2)
    told = client.get("/api/v1/stale").json()
    shown = [([each["id"] for each in one["dependants"]], one["more"]) for one in told["waiting"]]
    assert (shown, told["more"]) == ([(["returns-de", "C-1"], True), (["C-5"], False)], False)
    assert "These are the first of what hangs on it" in client.get("/stale").text
    monkeypatch.setattr("web.stale_api.MOST", 1)
    told = client.get("/api/v1/stale").json()
    assert [([each["id"] for each in one["dependants"]], one["more"]) for one in told["waiting"]] == [
        (["returns-de"], True)
    ]
    assert told["more"] is True
    assert [one["id"] for one in told["dead"]] == ["C-1"]
    assert "More changed articles may follow" in client.get("/stale").text
    assert len(client.get("/api/v1/articles/returns/dependants").json()["items"]) == 4


def test_what_is_stale_is_told_once_a_citation(base: KnowledgeBase) -> None:
    young = make_article("young", effective_from=date(2026, 6, 1), body="## Now\n\nFrom June.")
    before = datetime(2026, 5, 31, 23, 59, tzinfo=UTC)
    base.put_many(
        [
            young,
            make_case("C-3", policies=("young#now", "young#gone", "young"), resolved_at=before),
            make_case("C-4", policies=("young",), resolved_at=before + timedelta(minutes=1)),
            make_case("C-5", policies=("young",), resolved_at=before, status="retired"),
            make_case("C-6", policies=("other",), status="pending"),
        ],
        actor="ann",
    )
    found = [(one.citation.record_id, one.citation.named, one.since) for one in stale_citations(base)]
    since = date(2026, 6, 1)
    assert found == [
        ("C-2", "other", None), ("C-3", "young#gone", None),
        ("C-3", "young#now", since), ("C-3", "young", since),
    ]  # fmt: skip
    assert len(list(stale_citations(base, limit=1))) == 2
    base.put(make_case("C-3", policies=("young",), resolved_at=before + timedelta(days=2)), actor="ann")
    base.put(make_article("other"), actor="ann")
    assert list(stale_citations(base)) == []


@pytest.mark.browser
@needs_chromium
def test_the_page(base: KnowledgeBase, clock: Clock) -> None:
    copilot = FakeCopilot(base)
    gone = say("%(url)s leads nowhere (%(why)s)", url="https://help.example/gone", why="404")
    note = say("%(url)s did not answer (%(why)s)", url="https://help.example/busy", why="500")
    copilot.checks = CheckBook(
        lambda: [
            Finding("broken_link", "warning", "article:returns", gone),
            Finding("broken_link", "note", "case:C-1", note),
        ]
    )
    copilot.checks.run()
    with serving(copilot) as address, chromium() as browser:
        page = browser.new_page(base_url=address)
        page.goto("/stale")
        expect(page.locator("#dead-title")).to_be_visible()
        links = page.get_by_role("region", name="Links that lead nowhere").get_by_role("listitem")
        expect(links).to_have_text(["policy returns https://help.example/gone leads nowhere (404)"])
        told = page.request.get("/api/v1/stale").json()["links"]
        assert told == [{"kind": "article", "id": "returns", "message": str(gone)}]
        change(base, clock)
        page.reload()
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
        page.click("[data-review='C-1']")
        expect(page.locator("#toast")).to_have_text("Kept: it is still right.")
        expect(page.locator("[data-review]")).to_have_count(2)
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.reload()
        expect(page.locator("[data-review]")).to_have_count(2)
