"""Personal data over HTTP and on its page: what is found, switches, exceptions, and a customer erased."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from knowledge_base.models import Case, Conversation, Customer, Message
from knowledge_base.store import KnowledgeBase
from tests.builders import NOON, make_article, make_case, open_base
from tests.needs import needs_chromium
from tests.web_browser import chromium, serving
from tests.web_fakes import FakeCopilot
from web.app import create_app

MAIL = "ana.ruiz@example.com"
TALK = Conversation(
    id="K-1", customer=Customer(name="Ana Ruiz"), messages=(Message("customer", f"I am at {MAIL}.", NOON),)
)


def fill(base: KnowledgeBase) -> None:
    """A case from before e-mail was replaced, one with placeholders, an article, a conversation."""
    base.personal.switch("case.problem", "email", replaced=False)
    base.put(make_case("C-1", title="An address", problem=f"Write to {MAIL}, please."), actor="a")
    base.personal.switch("case.problem", "email", replaced=True)
    base.put(make_case("C-2", problem="Hi, my name is Ana Ruiz, order ORD-123456."), actor="a")
    base.put(make_article(body="## Us\nhelp@example.com"), actor="a")
    base.conversations.receive(TALK)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        fill(base)
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> Iterator[TestClient]:
    with TestClient(create_app(FakeCopilot(base)), headers={"x-actor": "maya"}) as client:
        yield client


def problem_of(base: KnowledgeBase, case_id: str) -> str:
    case = base.get("case", case_id)
    assert isinstance(case, Case)
    return case.problem


def test_what_is_found_is_told_without_values_until_asked(client: TestClient) -> None:
    told = client.get("/api/v1/personal-data").json()
    assert told["kinds"] == {
        "email": {"standing": 2, "due": 1, "replaced": 0},
        "name": {"standing": 0, "due": 0, "replaced": 1},
        "order_id": {"standing": 0, "due": 0, "replaced": 1},
    }
    assert MAIL not in str(told)
    assert (told["read"], told["next"]) == (3, None)
    [first, *_] = client.get("/api/v1/personal-data", params={"values": True}).json()["records"]
    assert first["standing"] == [
        {"field": "case.problem", "number": 0, "kind": "email", "sure": True, "start": 9, "end": 29,
         "due": True, "text": MAIL, "before": "Write to ", "after": ", please."}
    ]  # fmt: skip


def test_the_base_is_read_in_parts(client: TestClient) -> None:
    first = client.get("/api/v1/personal-data", params={"limit": 1}).json()
    assert (first["read"], first["next"]) == (1, "case:C-1")
    rest = client.get("/api/v1/personal-data", params={"after": first["next"], "limit": 2}).json()
    assert ([one["id"] for one in rest["records"]], rest["next"]) == (["C-2", "returns"], None)


def test_a_record_and_its_history_are_replaced_now(client: TestClient, base: KnowledgeBase) -> None:
    asked = {"kind": "case", "id": "C-1"}
    assert client.post("/api/v1/personal-data/replacements", json=asked).json() == {"changed": True}
    assert problem_of(base, "C-1") == "Write to [EMAIL], please."
    assert MAIL not in str(base.history("case", "C-1"))
    assert base.history("case", "C-1")[-1].actor == "maya"
    assert client.post("/api/v1/personal-data/replacements", json=asked).json() == {"changed": False}
    missing = client.post("/api/v1/personal-data/replacements", json={"kind": "case", "id": "C-9"})
    assert missing.status_code == 404


def test_switches_and_exceptions_hold_from_now_on(client: TestClient, base: KnowledgeBase) -> None:
    def stored(text: str) -> str:
        base.put(make_case("C-3", problem=text), actor="a")
        return problem_of(base, "C-3")

    text = "My name is Ana Ruiz, see https://shop.example.com/orders?id=77 or ana@example.com."
    assert stored(text) == "My name is [NAME], see [URL] or [EMAIL]."
    switch = {"field": "case.problem", "kind": "email", "replaced": False}
    assert client.put("/api/v1/personal-data/switches", json=switch).status_code == 204
    for value in ("ANA RUIZ", "shop.example.com"):
        assert client.post("/api/v1/personal-data/exceptions", json={"value": value}).status_code == 201
    assert stored(text) == text
    rules = client.get("/api/v1/personal-data/rules").json()
    assert switch in rules["switches"]
    assert [(one["value"], one["who"]) for one in rules["exceptions"]] == [
        ("ana ruiz", "maya"),
        ("shop.example.com", "maya"),
    ]
    back = client.post("/api/v1/personal-data/exceptions/withdrawals", json={"value": "Ana Ruiz"})
    assert back.status_code == 204
    assert stored(text).startswith("My name is [NAME],")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/personal-data/exceptions", {"value": ""}),
        ("/api/v1/erasures", {}),
        ("/api/v1/erasures/preview", {"phone": "1"}),
    ],
)
def test_bad_input_is_refused(client: TestClient, path: str, body: dict[str, Any]) -> None:
    answer = client.post(path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_customer_is_shown_then_erased(client: TestClient, base: KnowledgeBase) -> None:
    shown = client.post("/api/v1/erasures/preview", json={"conversation_id": "K-1"}).json()
    assert (shown["conversations"], shown["records"]) == (["K-1"], [{"kind": "case", "id": "C-1"}])
    assert {"kind": "email", "value": MAIL} in shown["values"]
    done = client.post("/api/v1/erasures", json={"conversation_id": "K-1"})
    assert done.status_code == 201
    assert (done.json()["counts"]["messages"], done.json()["complete"]) == (1, True)
    assert base.conversations.known(["K-1"]) == frozenset()
    assert problem_of(base, "C-1") == "Write to [EMAIL], please."


# The page


@pytest.fixture
def page(base: KnowledgeBase) -> Iterator[Page]:
    with serving(FakeCopilot(base)) as address, chromium() as browser:
        context = browser.new_context(base_url=address)
        context.set_default_timeout(15_000)
        yield context.new_page()


def axe_clean(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@needs_chromium
@pytest.mark.browser
def test_values_are_hidden_until_asked_then_replaced(page: Page, base: KnowledgeBase) -> None:
    page.goto("/")
    page.click("#menu summary")
    page.click("#menu >> text=Personal data")
    expect(page.locator(".found-record")).to_have_count(1)
    assert MAIL not in page.content()
    page.locator('[data-id="C-1"] [data-action="show"]').click()
    expect(page.locator('[data-id="C-1"] mark')).to_have_text(MAIL)
    axe_clean(page)
    page.locator('[data-id="C-1"] [data-action="show"]').click()
    assert MAIL not in page.content()
    page.locator('[data-id="C-1"] [data-action="replace"]').click()
    expect(page.locator(".found-record")).to_have_count(0)
    assert problem_of(base, "C-1") == "Write to [EMAIL], please."
    page.get_by_role("link", name="Left by a switch").click()
    expect(page.locator('[data-kind="article"]')).to_have_count(1)


@needs_chromium
@pytest.mark.browser
def test_a_value_that_names_nobody_is_left_alone(page: Page, base: KnowledgeBase) -> None:
    page.goto("/personal-data")
    page.locator('[data-id="C-1"] [data-action="show"]').click()
    page.locator("[data-allow]").click()
    expect(page.locator("#toast")).to_have_text("Noted: it names nobody, and is left alone.")
    expect(page.locator('[data-id="C-1"] .found-texts')).to_contain_text("Nothing stands here any more")
    page.goto("/personal-data")
    expect(page.locator("#exceptions li")).to_contain_text(MAIL)
    page.locator("[data-forget]").click()
    expect(page.locator("#exceptions li")).to_have_count(0)
    assert base.personal.exceptions() == []
    page.locator(".switches summary").click()
    box = page.get_by_label("e-mail in case.problem", exact=True)
    box.uncheck()
    expect(page.locator("#toast")).to_contain_text("e-mail in case.problem: left from now on.")
    assert "email" not in base.personal.rules().kinds("case.problem")
    axe_clean(page)


@needs_chromium
@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_customer_is_erased_from_the_page(page: Page, base: KnowledgeBase, scheme: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto("/personal-data")
    page.locator('#erase button[type="submit"]').click()
    expect(page.locator("#erase-trouble")).to_contain_text("ay who")
    page.get_by_label("E-mail", exact=True).fill(MAIL)
    page.keyboard.press("Enter")
    expect(page.locator("#traces")).to_contain_text("conversations 1")
    expect(page.locator("#traces")).to_contain_text("Ana Ruiz")
    axe_clean(page)
    page.locator(".switches summary").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#erase-now")).to_be_disabled()
    page.locator("#sure").check()
    page.locator("#erase-now").click()
    expect(page.locator("#toast")).to_contain_text("Erased")
    assert base.conversations.known(["K-1"]) == frozenset()
