"""The knowledge manager's page of reply templates, and files of templates over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from knowledge_base.models import ReplyTemplate
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, make_template, open_base
from tests.needs import needs_chromium
from tests.web_browser import chromium, serving
from tests.web_fakes import FakeCopilot, with_samples
from web.app import create_app

FILE = """---
id: en/lost_parcel
language: en
category: lost_parcel
register: formal
policies:
- returns
---
## act
You have 30 days. I look for {{ tracking_number }}, {{ customer_name }}.

## close (chat)
Bye.
"""
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ order_id }} {{ date.__class__ }} \u202e"


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        base.put_many([make_article(), make_case(), make_template("en/own/act")], actor="t")
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> TestClient:
    return TestClient(create_app(FakeCopilot(base)))


def test_a_file_is_checked_and_previewed_and_nothing_is_kept(client: TestClient, base: KnowledgeBase):
    text = FILE.replace("30 days", "31 days")
    answer = client.post("/api/v1/template-files/check", json={"text": text}).json()
    assert answer["templates"] == ["en/lost_parcel/act", "en/lost_parcel/close/chat"]
    assert [(one["line"], one["check"], one["severity"]) for one in answer["findings"]] == [
        (10, "promise", "error")
    ]
    assert answer["previews"][0]["conversation_id"] == "K-101"
    assert "Hannah Whitlock" in answer["previews"][0]["text"]
    assert base.count("template") == 1


def test_a_file_is_saved_changed_and_what_it_loses_is_retired(client: TestClient, base: KnowledgeBase):
    def save(text: str, before: str | None) -> Any:
        return client.put("/api/v1/template-files", json={"text": text, "before": before})

    first = save(FILE, "").json()
    assert first["templates"] == ["en/lost_parcel/act", "en/lost_parcel/close/chat"]
    kept = base.get("template", "en/lost_parcel/close/chat")
    assert isinstance(kept, ReplyTemplate)
    assert (kept.channel, kept.policies) == ("chat", ("returns",))
    shorter = first["text"].split("\n\n## close")[0] + "\n"
    again = save(shorter, first["text"])
    assert (again.status_code, again.json()["retired"]) == (200, ["en/lost_parcel/close/chat"])
    assert base.get("template", "en/lost_parcel/close/chat").status == "retired"
    stale = save(FILE, first["text"])
    assert (stale.status_code, save(FILE, "").status_code) == (409, 409)
    assert "was written by somebody else meanwhile" in stale.json()["detail"]
    assert save(FILE, None).status_code == 200


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (FILE.replace("tracking_number", "tracking"), "did you mean 'tracking_number'?"),
        (FILE.replace("## act", "## sing"), "isn't a move"),
        ("no front matter", "front matter"),
        (FILE.replace("I look", "x" * 20_000), "longer than 10000 characters"),
        ("x" * 200_000, ""),
    ],
)
def test_what_cannot_be_read_is_not_saved(client: TestClient, base: KnowledgeBase, text: str, detail: str):
    answer = client.put("/api/v1/template-files", json={"text": text})
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]
    assert base.count("template") == 1
    assert client.post("/fragments/template-files", json={"text": text[:90_000]}).status_code == 200


def test_an_unknown_reply_is_not_found(client: TestClient):
    assert client.get("/templates?reply=en/nobody").status_code == 404


def test_hostile_text_is_shown_as_text(client: TestClient):
    text = FILE.replace("I look", HOSTILE.replace("{{ date.__class__ }}", ""))
    page = client.post("/fragments/template-files", json={"text": text}).text
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "invisible or text-turning characters" in page
    refused = client.post("/fragments/template-files", json={"text": FILE.replace("I look", HOSTILE)}).text
    assert "getattr isn&#39;t allowed" in refused


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_base(tmp_path_factory.mktemp("base")) as base:
        base.put_many([make_article(), make_case(), make_template("en/own/act")], actor="t")
        with serving(with_samples(FakeCopilot(base))) as address, chromium() as browser:
            page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 800})
            page.set_default_timeout(10_000)
            page.on("dialog", lambda dialog: dialog.accept())
            yield page


@pytest.mark.browser
@needs_chromium
def test_a_reply_is_written_mended_and_saved(page: Page):
    page.goto("/")
    page.click("#menu summary")
    page.click("#menu >> text=Templates")
    expect(page.locator("#file-title")).to_have_text("A new reply")
    page.fill("#file", FILE.replace("tracking_number", "tracking"))
    remark = page.locator(".remarks .error")
    expect(remark).to_contain_text(
        "Line 10 must be mended no slot 'tracking'; did you mean 'tracking_number'?"
    )
    remark.locator("button").click()
    assert page.evaluate(
        "getSelection().toString() || file.value.slice(file.selectionStart, file.selectionEnd)"
    ) == ("You have 30 days. I look for {{ tracking }}, {{ customer_name }}.")
    page.click("#save")
    expect(page.locator("#toast")).to_contain_text("did you mean 'tracking_number'?")
    page.fill("#file", FILE)
    expect(page.locator(".preview").first).to_contain_text("I look for NP204518763DE, Hannah Whitlock.")
    expect(page.locator(".checked h3").first).to_have_text("Nothing to mend")
    page.keyboard.press("Control+s")
    expect(page.locator("#toast")).to_have_text("Saved: 2 templates are in use now.")
    assert page.url.endswith("/templates?reply=en%2Flost_parcel")
    page.reload()
    expect(page.locator("#file")).to_have_value(FILE)
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
    page.fill("#sieve", "own")
    expect(page.locator("#replies li:visible")).to_have_count(1)


@pytest.mark.browser
@needs_chromium
def test_the_agent_chooses_tone_and_length(page: Page):
    page.goto("/?conversation=K-101")
    page.wait_for_selector(".suggestion")
    asked: list[Any] = []
    page.on("request", lambda r: asked.append(r.post_data_json) if r.method == "PATCH" else None)
    for part, value in (("tone", "warm"), ("length", "short")):
        with page.expect_response(lambda r: "/suggestion" in r.url):  # asked for anew once the choice is kept
            page.select_option(f'[data-manner="{part}"]', value)
        expect(page.locator(f'[data-manner="{part}"]')).to_have_value(value)
    page.reload()
    page.wait_for_selector(".suggestion")
    expect(page.locator('[data-manner="tone"]')).to_have_value("warm")
    expect(page.locator('[data-manner="length"]')).to_have_value("short")
    assert asked == [{"tone": "warm"}, {"length": "short"}]
