"""Every page and state that `tests.screenshots` takes: accessible, and nothing runs out of the window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.needs import needs_chromium
from tests.screenshots import STATES, desk
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeCopilot, str]]:
    """One desk for all states, in the order in which the pictures are taken."""
    with desk(tmp_path_factory.mktemp("base")) as copilot, serving(copilot) as address:
        yield copilot, address


@pytest.mark.parametrize("name", STATES)
def test_state_is_accessible_and_fits(browser: Browser, served: tuple[FakeCopilot, str], name: str) -> None:
    copilot, address = served
    copilot.crashed = False
    page = browser.new_page(base_url=address, reduced_motion="reduce")
    page.set_default_timeout(5_000)
    STATES[name](page)
    page.mouse.move(0, 0)
    found: list[Any] = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == []
    # At 200 % a window of 1280 pixels shows what fits into 640.
    for width in (640, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
