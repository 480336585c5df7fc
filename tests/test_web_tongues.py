"""The languages of a conversation on the page: original and translation, choosing, pausing, skipping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.builders import open_base
from tests.needs import needs_chromium
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot, with_samples

pytestmark = [pytest.mark.browser, needs_chromium]
TRANSLATED = "#messages .translated"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with (
        open_base(tmp_path_factory.mktemp("base")) as base,
        serving(with_samples(FakeCopilot(base))) as address,
    ):
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(5_000)
    page = context.new_page()
    page.goto("/?conversation=K-102")
    page.wait_for_selector(TRANSLATED)
    yield page
    context.close()


def test_one_key_shows_the_original_and_back(page: Page) -> None:
    expect(page.locator(TRANSLATED).first).to_be_visible()
    page.keyboard.press("o")
    expect(page.locator(TRANSLATED).first).to_be_hidden()
    expect(page.locator('[data-tongue="original"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("o")
    expect(page.locator(TRANSLATED).first).to_be_visible()
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []


def test_translation_pauses_for_this_conversation_alone(page: Page) -> None:
    page.click('[data-tongue="pause"]')
    expect(page.locator(TRANSLATED)).to_have_count(0)
    expect(page.locator('[data-tongue="original"]')).to_be_hidden()
    page.click('li[data-conversation="K-101"] > a')
    page.wait_for_selector(".suggestion")
    page.click('li[data-conversation="K-102"] > a')
    expect(page.locator('[data-tongue="pause"]')).to_have_attribute("aria-pressed", "true")
    expect(page.locator(TRANSLATED)).to_have_count(0)
    page.click('[data-tongue="pause"]')
    expect(page.locator(TRANSLATED).first).to_contain_text("(en)")


def test_a_language_that_the_agent_reads_is_left_as_it_is_from_then_on(page: Page) -> None:
    skip = page.locator('[data-tongue="skip"]')
    expect(skip).to_have_text("I read Spanish")
    skip.click()
    expect(page.locator(TRANSLATED)).to_have_count(0)
    page.reload()
    page.wait_for_selector(".suggestion")
    expect(skip).to_have_attribute("aria-pressed", "true")
    expect(page.locator(TRANSLATED)).to_have_count(0)
    skip.click()
    expect(page.locator(TRANSLATED).first).to_be_visible()


def test_the_agents_choice_of_language_is_asked_with(page: Page) -> None:
    asked: list[Any] = []
    page.on("request", lambda r: asked.append(r.post_data_json) if r.method == "PATCH" else None)
    expect(page.locator("#tongue")).to_have_value("")
    expect(page.locator("#tongue option").first).to_have_text("Spanish (detected)")
    page.select_option("#tongue", "pt")
    page.wait_for_selector(".suggestion")
    expect(page.locator("#tongue")).to_have_value("pt")
    page.reload()
    expect(page.locator("#tongue")).to_have_value("pt")  # it is kept with the conversation
    page.select_option("#tongue", "")
    expect(page.locator("#tongue")).to_have_value("")
    assert asked == [{"language": "pt"}, {"language": None}]


def test_in_the_agents_own_language_nothing_is_asked(page: Page) -> None:
    page.click('li[data-conversation="K-101"] > a')
    page.wait_for_selector(".suggestion")
    expect(page.locator("#tongues")).to_be_hidden()


def test_what_was_found_in_another_language_stands_with_its_translation(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/?conversation=K-101")
    page.wait_for_selector(".suggestion")
    page.evaluate("""async () => {
        const card = document.querySelector(".card .resolution");
        card.lang = "es";
        const { translateAbroad } = await import("/static/abroad.js");
        await translateAbroad(document.querySelector(".suggestion"), { agentLanguage: "en", reads: [] });
        await translateAbroad(document.querySelector(".suggestion"), { agentLanguage: "en", reads: ["es"] });
    }""")
    expect(page.locator(".card .abroad")).to_have_count(1)
    expect(page.locator(".card .abroad")).to_contain_text("(en) ")
    expect(page.locator(".card .abroad")).to_have_attribute("lang", "en")
    context.close()
