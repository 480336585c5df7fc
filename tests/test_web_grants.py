"""Grants over HTTP and on the page: the special case, its summary, like decisions, and the form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from copilot.authority.reply import with_replies
from copilot.draft import TemplateBook, Wanted
from copilot.models import Suggestion
from knowledge_base.importing import import_paths
from knowledge_base.models import Conversation
from knowledge_base.sample_desk import sample_path
from knowledge_base.store import KnowledgeBase
from tests.builders import open_base
from tests.needs import needs_chromium
from tests.web_browser import chromium, serving
from tests.web_fakes import FakeCopilot, with_samples
from web.app import create_app

GRANT = {
    "kind": "voucher", "why": "third delay", "amount": "20.00 EUR", "conversation_id": "K-1", "customer": "c",
    "article": "goodwill-authority#what-an-agent-may-grant",
}  # fmt: skip


class JudgingCopilot(FakeCopilot):
    """The fake one with the sample desk's authority."""

    def suggest(self, conversation: Conversation) -> Suggestion:
        made = super().suggest(conversation)
        category = "late_return" if conversation.id == "K-105" else None
        told = replace(made.understanding, situation=None, category=category)
        found = self.authority.judge(conversation, told, date(2026, 11, 21))
        escalation = found.escalation
        if escalation:
            escalation = with_replies(escalation, TemplateBook(), Wanted("en"), "en")
        return replace(
            made,
            special_case=found.special,
            escalation=escalation,
            like_decisions=found.like,
            customer_key=found.customer,
        )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path_factory.mktemp("base")) as base:
        import_paths(base, [sample_path() / "articles", sample_path() / "cases"])
        yield base


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with open_base(tmp_path) as base:
        import_paths(base, [sample_path() / "articles"])
        with TestClient(create_app(FakeCopilot(base))) as client:
            yield client


def log(client: TestClient, **fields: Any) -> Any:
    return client.post("/api/v1/grants", json=GRANT | fields, headers={"x-actor": "maya"})


def test_a_grant_is_logged_and_listed(client: TestClient) -> None:
    kept = log(client)
    assert kept.status_code == 201
    assert (kept.json()["who"], kept.json()["amount"]) == ("maya", "20.00 EUR")
    assert log(client, who="Luc", kind="late_return", amount=None, article=None).json()["who"] == "Luc"
    assert len(client.get("/api/v1/grants").json()["items"]) == 2
    assert client.get("/api/v1/grants", params={"kind": "voucher"}).json()["items"] == [kept.json()]
    assert client.get("/api/v1/grants", params={"customer": "x"}).json()["items"] == []


def test_above_authority_it_is_refused_unless_approved(client: TestClient) -> None:
    refused = log(client, amount="20.01 EUR")
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:precedent:problem:above-authority"
    assert "let the team lead decide" in refused.json()["detail"]
    assert log(client, amount="20.01 EUR", approved_by="Ines").status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "gift"),
        ("why", ""),
        ("amount", "much"),
        ("article", "nothing#at-all"),
        ("article", "returns#x"),
    ],
)
def test_bad_input_is_told_by_field(client: TestClient, field: str, value: str) -> None:
    answer = log(client, **{field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


# The page


@pytest.fixture(scope="module")
def page(base: KnowledgeBase) -> Iterator[Page]:
    with serving(with_samples(JudgingCopilot(base))) as address, chromium() as browser:
        context = browser.new_context(base_url=address, permissions=["clipboard-read", "clipboard-write"])
        context.set_default_timeout(5_000)
        yield context.new_page()


@needs_chromium
@pytest.mark.browser
def test_a_demand_above_authority_shows_who_decides_and_what_to_hand_over(page: Page) -> None:
    page.goto("/?conversation=K-106")
    expect(page.locator("#authority-verdict")).to_have_text(
        "The head of care decides: above what you may grant alone"
    )
    expect(page.locator(".authority h4").first).to_have_text("Goodwill, €500.00")
    assert "C-2059" in page.locator(".authority .decisions").inner_text()
    page.click('[data-action="copy-summary"]')
    expect(page.locator("#toast")).to_have_text("The summary is copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("For the head of care: goodwill")
    assert "the head of our department" in page.locator(".handover > .resolution").inner_text()
    assert Axe().run(page, {"include": [[".authority"]]}).violations_count == 0


@needs_chromium
@pytest.mark.browser
def test_a_grant_is_logged_from_the_page_and_shown_next_time(page: Page, base: KnowledgeBase) -> None:
    page.goto("/?conversation=K-105")
    expect(page.locator("#authority-verdict")).to_have_text("You may grant this yourself")
    page.click(".log-grant summary")
    form = page.locator(".grant-form")
    assert form.locator('[name="article"]').input_value() == "late-returns#up-to-14-days-late"
    assert form.locator('[name="kind"]').input_value() == "late_return"
    form.locator('[name="who"]').fill("Luc")
    form.locator('[name="amount"]').fill("a lot")
    form.locator('[name="why"]').fill("three weeks in <b>hospital</b>")
    form.locator("button").click()
    expect(form.locator(".error")).to_contain_text("isn't a sum")
    form.locator('[name="amount"]').fill("215.10 EUR")
    form.locator("button").click()
    expect(page.locator("#toast")).to_have_text("The grant is logged.")
    [kept] = base.grants.newest()
    assert (kept.who, kept.conversation_id, str(kept.amount)) == ("Luc", "K-105", "215.10 EUR")
    page.goto("/?conversation=K-105")
    expect(page.locator("#authority-verdict")).to_have_text(
        "The team lead decides: the exception was used already"
    )
    assert "three weeks in <b>hospital</b>" in page.locator(".card > .decisions").inner_text()
    page.click(".log-grant summary")
    assert page.locator('.grant-form [name="who"]').input_value() == "Luc"


@needs_chromium
@pytest.mark.browser
def test_a_matter_of_course_has_no_such_section(page: Page) -> None:
    page.goto("/?conversation=K-101")
    page.wait_for_selector(".suggestion")
    assert page.locator(".authority").count() == 0
