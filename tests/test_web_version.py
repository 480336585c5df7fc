"""Correcting the customer's version on the page: it is copied as corrected, and learned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from knowledge_base.store import KnowledgeBase
from tests.builders import open_base
from tests.needs import needs_chromium
from tests.web_browser import chromium, serving
from tests.web_fakes import FakeCopilot, with_samples

pytestmark = [pytest.mark.browser, needs_chromium]
FIELD, CUSTOMER = "#edit-customer", '[data-letter="customer"]'


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path_factory.mktemp("base")) as base:
        yield base


@pytest.fixture(scope="module")
def copilot(base: KnowledgeBase) -> FakeCopilot:
    return with_samples(FakeCopilot(base))


@pytest.fixture
def page(copilot: FakeCopilot) -> Iterator[Page]:
    with serving(copilot) as address, chromium() as browser:
        context = browser.new_context(base_url=address, permissions=["clipboard-read", "clipboard-write"])
        context.set_default_timeout(5_000)
        page = context.new_page()
        page.goto("/?conversation=K-102")
        page.wait_for_selector(".suggestion")
        yield page


def test_a_correction_is_copied_kept_and_learned(page: Page, copilot: FakeCopilot) -> None:
    before = page.locator(CUSTOMER).inner_text()
    page.keyboard.press("v")
    expect(page.locator(FIELD)).to_be_focused()
    expect(page.locator(CUSTOMER)).to_be_hidden()
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
    page.fill(FIELD, "Hola, Ana: buscamos su pedido hoy.")
    page.keyboard.press("Escape")
    page.click('[data-action="copy-customer"]')
    expect(page.locator("#toast")).to_contain_text("The customer's version is copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "Hola, Ana: buscamos su pedido hoy."
    page.wait_for_timeout(100)
    ((_, learned, who),) = copilot.learned
    assert learned == "Hola, Ana: buscamos su pedido hoy."
    assert who
    (kept,) = (one for one in copilot.knowledge.feedback() if one.feedback.item == "customer_draft")
    assert (kept.feedback.verdict, kept.feedback.text_after) == (
        "copied",
        "Hola, Ana: buscamos su pedido hoy.",
    )
    assert (kept.feedback.text_before or "").startswith(before.split("\n")[0])
    page.click('[data-action="edit-customer"]')
    expect(page.locator(CUSTOMER)).to_have_text("Hola, Ana: buscamos su pedido hoy.")
    expect(page.locator('[data-action="edit-customer"]')).to_be_focused()


def test_nothing_is_learned_of_a_version_that_was_not_changed(page: Page, copilot: FakeCopilot) -> None:
    copilot.learned.clear()
    page.click('[data-action="copy-customer"]')
    expect(page.locator("#toast")).to_contain_text("The customer's version is copied.")
    page.wait_for_timeout(100)
    assert copilot.learned == []
