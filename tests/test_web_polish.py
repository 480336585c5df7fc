"""Polishing on the page and over HTTP: what is said, what changed, and the way back to the draft."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from copilot.polishing import acceptance, completion, polisher
from knowledge_base.store import KnowledgeBase
from tests.builders import open_base
from tests.needs import needs_chromium
from tests.test_copilot_polishing import REFUSED
from tests.test_web_api import CONVERSATION, PROBLEM
from tests.test_web_desk import AGENT, choose, copied, violations
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot, with_samples
from web.app import create_app
from web.difference import difference
from web.words import NOT_POLISHED

POLISH = '[data-action="polish"]'
TEXT = "I am sorry that you waited. We pay 12.00 EUR."


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path_factory.mktemp("base")) as base:
        yield base


@pytest.fixture
def copilot(base: KnowledgeBase) -> FakeCopilot:
    return with_samples(FakeCopilot(base, polishes=True))


@pytest.fixture
def client(copilot: FakeCopilot) -> Iterator[TestClient]:
    with TestClient(create_app(copilot)) as client:
        yield client


def asked(client: TestClient, **fields: Any) -> Any:
    return client.post("/api/v1/polish", json={"conversation": CONVERSATION} | fields)


def test_the_answer_tells_what_stands_and_what_changed(client: TestClient) -> None:
    told = asked(client, text=TEXT, language="en").json()
    assert told == {
        "text": "I am truly sorry that you waited. We pay 12.00 EUR.",
        "polished": True,
        "reason": None,
        "explanation": None,
        "difference": [
            {"kind": "same", "text": "I am "},
            {"kind": "in", "text": "truly "},
            {"kind": "same", "text": "sorry that you waited. We pay 12.00 EUR."},
        ],
        "warnings": [
            {
                "code": "unsupported_amount", "text": "12.00 EUR", "start": 41, "end": 50, "source": None,
                "advice": "No policy and no message names this amount. Check it, or take it out.",
            }
        ],
    }  # fmt: skip


def test_a_kept_suggestions_draft_is_polished(client: TestClient) -> None:
    suggestion = client.post("/api/v1/suggestions", json=CONVERSATION).json()
    told = asked(client, suggestion_id=suggestion["id"]).json()
    assert told["polished"]
    assert told["text"] == suggestion["draft"]["text"].replace("I am sorry", "I am truly sorry")
    assert asked(client, suggestion_id="S-none").status_code == 404


def test_where_the_draft_stands_the_reason_is_told(client: TestClient) -> None:
    told = asked(client, text="Hello.").json()
    assert (told["text"], told["polished"], told["reason"]) == ("Hello.", False, "new_promise")
    assert told["explanation"].startswith("Your draft stays as it is: the new wording promises")
    assert told["difference"] == [{"kind": "same", "text": "Hello."}]
    assert 'precedent_polishings_total{reason="new_promise"} 1.0' in client.get("/metrics").text


def test_without_a_polisher_the_problem_says_what_to_set(base: KnowledgeBase) -> None:
    with TestClient(create_app(with_samples(FakeCopilot(base)))) as client:
        answer = asked(client, text=TEXT)
    assert (answer.status_code, answer.headers["content-type"]) == (409, PROBLEM)
    assert answer.json()["type"] == "urn:precedent:problem:no-polisher"
    assert "PRECEDENT_POLISHER_URL" in answer.json()["detail"]


def test_others_are_answered_while_drafts_are_polished(client: TestClient, copilot: FakeCopilot) -> None:
    copilot.polishing.clear()
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(asked, client, text=TEXT) for _ in range(4)]
        time.sleep(0.1)
        assert client.get("/healthz").json() == {"status": "alive"}
        assert client.post("/api/v1/detect", json={"text": "mi pedido"}).json()["language"] == "es"
        assert not any(future.done() for future in waiting)
        copilot.polishing.set()
        assert all(future.result().json()["polished"] for future in waiting)


def test_every_reason_has_its_words() -> None:
    told = {reason for _, _, reason in REFUSED} | {"busy", "wrong_language", "fact_changed", "new_warning"}
    for module in (acceptance, completion, polisher):
        written = Path(module.__file__ or "").read_text(encoding="utf-8")
        told |= set(re.findall(r'(?:reason=|return |wanted, |reason or \()"([a-z_]+)"', written))
    assert told - set(NOT_POLISHED) == set()


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_difference_holds_both_texts(before: str, after: str) -> None:
    found = list(difference(before, after))
    assert "".join(text for kind, text in found if kind != "in") == before
    assert "".join(text for kind, text in found if kind != "out") == after
    assert all(text for _, text in found)


@pytest.fixture
def page(browser: Browser, copilot: FakeCopilot) -> Iterator[Page]:
    with serving(copilot) as address:
        permissions = ["clipboard-read", "clipboard-write"]
        page = browser.new_page(base_url=address, permissions=permissions, reduced_motion="reduce")
        page.set_default_timeout(15_000)
        yield page
        page.close()


@pytest.mark.browser
@needs_chromium
def test_the_page_shows_what_changed_and_leads_back(page: Page, copilot: FakeCopilot) -> None:
    choose(page, "K-102")
    draft = page.locator(AGENT).inner_text()
    copilot.polishing.clear()
    page.click(POLISH)
    expect(page.locator(POLISH)).to_have_text("Polishing…")
    expect(page.locator(POLISH)).to_be_disabled()
    copilot.polishing.set()
    expect(page.locator("#difference ins")).to_have_text("truly")
    expect(page.locator("#difference del")).to_have_count(0)
    expect(page.locator("#edit")).to_be_focused()
    assert "I am truly sorry that you took a day off" in page.locator("#edit").input_value()
    assert "parcel [tracking number] as lost" in page.locator("#edit").input_value()
    expect(page.locator(POLISH)).to_have_text("Polish the wording")
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#warnings li")).to_contain_text("199.00 EUR")
    assert violations(page) == []
    page.click('[data-action="copy-agent"]')
    expect(page.locator("#toast")).to_have_text("Your version is copied.")
    assert "truly sorry" in copied(page)
    page.click('[data-action="reset"]')
    expect(page.locator(AGENT)).to_be_visible()
    assert page.locator(AGENT).inner_text() == draft
    expect(page.locator("#difference")).to_be_hidden()
    expect(page.locator("#edit")).to_be_hidden()


@pytest.mark.browser
@needs_chromium
def test_an_edit_made_meanwhile_is_kept(page: Page, copilot: FakeCopilot) -> None:
    choose(page, "K-101")
    page.click('[data-action="edit"]')
    copilot.polishing.clear()
    page.click(POLISH)
    page.fill("#edit", "My own words")
    copilot.polishing.set()
    expect(page.locator("#toast")).to_contain_text("You changed the draft meanwhile")
    expect(page.locator("#edit")).to_have_value("My own words")
    page.click(POLISH)
    expect(page.locator("#toast")).to_contain_text("Your draft stays as it is: the new wording promises")
    expect(page.locator("#edit")).to_have_value("My own words")
    expect(page.locator("#difference")).to_be_hidden()


@pytest.mark.browser
@needs_chromium
def test_the_button_is_there_only_where_a_polisher_is(browser: Browser, base: KnowledgeBase) -> None:
    with serving(with_samples(FakeCopilot(base))) as address:
        page = browser.new_page(base_url=address)
        choose(page, "K-101")
        expect(page.locator('[data-action="edit"]')).to_be_visible()
        expect(page.locator(POLISH)).to_have_count(0)
        page.close()
