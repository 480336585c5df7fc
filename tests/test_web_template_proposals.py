"""What agents' edits propose and which situations lack a template: over HTTP and on the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, make_template, open_base
from tests.learned_fakes import teach
from tests.needs import needs_chromium
from tests.web_browser import chromium, serving
from tests.web_fakes import FakeCopilot, with_samples
from web.app import create_app

HOSTILE = "Bye </textarea><script>alert(1)</script> now."


def taught(base: KnowledgeBase) -> FakeCopilot:
    """Two proposals, and a conversation in a hole."""
    base.put_many([make_article(), make_case()], actor="t")
    teach(base)
    copilot = with_samples(FakeCopilot(base))
    base.conversations.amend("K-102", {"corrections": {"category": "lost_parcel"}})
    return copilot


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> TestClient:
    return TestClient(create_app(taught(base)))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A desk that is only read."""
    with open_base(tmp_path_factory.mktemp("read")) as base:
        yield TestClient(create_app(taught(base)))


def test_proposals_are_listed_accepted_and_dismissed(client: TestClient, base: KnowledgeBase):
    told = client.get("/api/v1/template-proposals").json()
    first, second = told["items"]
    assert (first["times"], first["agents"], first["sent"], first["kept"]) == (6, 2, 12, 5)
    assert first["after"] == first["before"].replace("your patience", "bearing with us")
    assert second["refusal"] == "says '10 EUR'; none of the policies that it cites does"
    assert (told["left_out"], told["dismissed"]) == (1, [])

    def post(proposal: Any, what: str, **body: Any) -> Any:
        path = f"/api/v1/template-proposals/{proposal['id']}/{what}"
        return client.post(path, json=body, headers={"x-actor": "mia"})

    refused = post(second, "accept")
    assert (refused.status_code, "says '10 EUR'" in refused.json()["detail"]) == (422, True)
    assert post(second, "dismiss", reason="we pay nobody").status_code == 204
    assert post(second, "dismiss", reason="again").status_code == 404
    edited = post(first, "accept", body=first["after"].replace("bearing with", "waiting for"))
    assert edited.json()["body"].endswith("Thank you for waiting for us.")
    newest = base.history("template", "en/lost/act")[-1]
    assert (newest.actor, newest.reason) == (
        "mia",
        "learned: changed alike in 6 of 12 replies by 2 agents since 2026-11-22 and edited by the manager",
    )
    after = client.get("/api/v1/template-proposals").json()
    assert after["items"] == []
    assert [one["reason"] for one in after["dismissed"]] == ["we pay nobody"]


def test_replies_that_are_sent_are_what_is_learned_from(client: TestClient, base: KnowledgeBase):
    base.put(make_template("close/en", move="close", body="Kind regards,\n{{ agent_name }}"), actor="t")
    for n in range(5):
        path = f"/api/v1/conversations/K-{101 + n}"
        seen = client.get(path).json()["head"]["messages"]
        told = client.post(f"{path}/suggestions").json()
        draft = told["draft"]["text"].replace("[date]", "3 May").replace("[tracking_number]", f"NP{n}")
        sent = draft.replace("Kind regards,", "Warm regards,")
        body = {
            "text": sent,
            "seen": seen,
            "suggestion_id": told["id"],
            "text_before": draft,
            "item": "draft",
        }
        answer = client.post(f"{path}/replies", json=body, headers={"x-actor": ("ana", "ben")[n % 2]})
        assert answer.json()["verdict"] == "edited"
    found = client.get("/api/v1/template-proposals").json()["items"]
    (close,) = [one for one in found if one["template_id"] == "close/en"]
    assert (close["after"], close["times"]) == ("Warm regards,\n{{ agent_name }}", 5)


def test_a_preview_tells_what_is_wrong_and_is_text(reader: TestClient):
    one = reader.get("/api/v1/template-proposals").json()["items"][0]
    page = reader.post(f"/fragments/template-proposals/{one['id']}", json={"body": HOSTILE}).text
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    broken = reader.post(f"/fragments/template-proposals/{one['id']}", json={"body": "{{ oder_id }}"}).text
    assert "did you mean &#39;order_id&#39;?" in broken
    assert reader.post(f"/fragments/template-proposals/{'0' * 16}", json={}).status_code == 404


def test_the_table_tells_who_speaks_and_the_worst_holes_first(reader: TestClient):
    told = reader.get("/api/v1/template-coverage").json()
    rows = {(row["aspect"], row["name"]): row for row in told["rows"]}
    assert told["languages"][0] == "en"
    lost = {cell["language"]: cell for cell in rows["category", "lost_parcel"]["cells"]}
    assert (lost["en"]["state"], lost["en"]["reply"]) == ("own", "en/lost")
    assert (lost["es"]["state"], lost["es"]["reply"]) == ("none", None)
    emergency = {cell["language"]: cell for cell in rows["situation", "emergency"]["cells"]}
    assert (emergency["es"]["state"], emergency["es"]["reply"]) == ("bundled", "es/emergency")
    missed = [row["missed"] for row in told["rows"]]
    assert missed == sorted(missed, reverse=True)
    assert (told["rows"][0]["name"], missed[0], lost["es"]["conversations"]) == ("lost_parcel", 1, 1)
    moods = [row for row in told["rows"] if row["aspect"] == "emotion"]
    assert 0 < sum(cell["conversations"] for row in moods for cell in row["cells"]) <= 16


def test_a_hole_begins_a_reply_with_its_front_matter(reader: TestClient):
    page = reader.get(
        "/templates", params={"aspect": "situation", "name": "emergency", "language": "pl"}
    ).text
    assert "id: pl/emergency\nlanguage: pl\nsituation: emergency\n---\n## acknowledge" in page
    assert reader.get("/templates", params={"name": "a\nb: c"}).status_code == 422


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("base")
    with open_base(folder) as base, serving(taught(base)) as address, chromium() as browser:
        page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 800})
        page.set_default_timeout(10_000)
        yield page


@pytest.mark.browser
@needs_chromium
def test_a_manager_reads_edits_accepts_and_dismisses(page: Page):
    page.goto("/templates")
    page.click("text=Proposals and coverage")
    page.wait_for_selector(".proposal")
    first, second = page.locator(".proposal").first, page.locator(".proposal").nth(1)
    expect(first.locator(".facts")).to_contain_text("in 6 replies · by 2 agents")
    expect(first.locator("ins")).to_have_text("bearing with us.")
    expect(second.locator(".refusal")).to_contain_text("says '10 EUR'")
    expect(second.locator('[data-do="accept"]')).to_be_disabled()
    first.locator('[data-do="edit"]').click()
    field = first.locator("textarea")
    field.fill(field.input_value() + " Bye {{ oder_id }}")
    expect(first.locator(".remarks .error")).to_contain_text("did you mean 'order_id'?")
    expect(first.locator('[data-do="accept"]')).to_be_disabled()
    field.fill(field.input_value().replace(" Bye {{ oder_id }}", " Bye."))
    expect(first.locator('[data-do="accept"]')).to_be_enabled()
    expect(first.locator(".preview").first).to_contain_text("Thank you for bearing with us. Bye.")
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
    first.locator('[data-do="accept"]').click()
    expect(page.locator("#toast")).to_contain_text("Accepted: the next version is in use.")
    expect(page.locator(".proposal")).to_have_count(1)
    page.click('[data-do="dismiss"]')
    page.fill("#why", "we pay nobody")
    page.keyboard.press("Enter")
    expect(page.locator(".dismissed")).to_contain_text("1 dismissed")
    expect(page.locator(".proposal")).to_have_count(0)
    page.locator(".holes a").first.click()
    expect(page.locator("#file-title")).to_have_text("A new reply")
    assert "category: lost_parcel" in page.input_value("#file")
