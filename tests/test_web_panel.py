"""The panel in a real frame: the page around it is believed only if the operator named it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, expect

from copilot.helpdesks.chatwoot import Chatwoot
from knowledge_base.conversation_log import Arriving
from knowledge_base.models import Message
from tests.builders import open_base
from tests.helpdesk_servers import SECRET, TOKEN, helpdesk
from tests.needs import needs_chromium
from tests.translation_servers import Asked, send_text
from tests.translation_servers import serving as answering
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot
from web.app import Surroundings

pytestmark = [pytest.mark.browser, needs_chromium]
APP = Path(__file__).parents[1] / "web" / "helpdesks" / "zendesk"
CONTEXT: dict[str, Any] = {
    "event": "appContext",
    "data": {
        "conversation": {
            "id": 5,
            "account_id": 3,
            "messages": [
                {"id": 7, "content": "mi pedido", "message_type": 0, "created_at": 1763629200},
                {"id": 8, "content": "private", "message_type": 1, "private": True},
            ],
        },
        "contact": {"name": "Ana\nRuiz"},
        "currentAgent": {"id": 1, "name": "Maya"},
    },
}
AROUND = """<!doctype html><title>Helpdesk</title>
<iframe id="panel" style="width: {width}px; height: 760px" src="{panel}"></iframe>
<script>window.told = []; addEventListener("message", (event) => told.push(event.data));</script>"""
TELL = """(data) => document.getElementById("panel").contentWindow.postMessage(data, "*")"""
ZAF = """const asked = { "ticket.id": 42, "ticket.requester.name": "Ana Ruiz" };
window.invoked = []; window.listeners = {};
window.ZAFClient = { init: () => ({
  metadata: async () => ({ settings: { precedentUrl: "PRECEDENT" } }),
  invoke: async (...what) => { invoked.push(what); },
  on: (name, then) => { listeners[name] = then; },
  get: async (names) => Object.fromEntries(names.map((name) => [name, asked[name]])),
  request: async () => ({
    users: [{ id: 1, role: "end-user" }, { id: 2, role: "agent" }],
    comments: [
      { id: 12, author_id: 2, public: false, plain_body: "internal", created_at: "2026-11-20T09:05:00Z" },
      { id: 11, author_id: 1, public: true, plain_body: "mi pedido", created_at: "2026-11-20T09:00:00Z" },
    ],
  }),
}) };"""


class Helpdesk:
    """The page around the panel, on an origin of its own, and the panel's server."""

    def __init__(self, browser: Browser, copilot: FakeCopilot, around: str, address: str) -> None:
        self.copilot, self.address, self.around = copilot, address, around
        self.page = browser.new_page(viewport={"width": 700, "height": 800})
        self.page.set_default_timeout(5_000)

    def open(self, path: str = "/panel", width: int = 320) -> FrameLocator:
        """Show the panel, `width` pixels wide."""
        self.page.goto(f"{self.around}/?{path}&{width}")
        frame = self.page.frame_locator("#panel")
        expect(frame.locator("body")).to_be_visible()
        return frame

    def tell(self, data: Any) -> None:
        """Post a message to the panel, as the page around it."""
        self.page.evaluate(TELL, data)


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Helpdesk]:
    where: dict[str, str] = {}

    def around(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        path, _, width = asked.line.partition("?")[2].rpartition("&")
        send_text(handler, AROUND.format(panel=where["address"] + path, width=width))

    with open_base(tmp_path) as base, helpdesk() as (there, server), answering(around) as outer:
        copilot = FakeCopilot(base, helpdesks=[Chatwoot(server.url, TOKEN, SECRET)])
        copilot.there = there  # type: ignore[attr-defined]
        with serving(copilot, surroundings=Surroundings(panel_origins=(outer.url,))) as address:
            where["address"] = address
            helpdesk_page = Helpdesk(browser, copilot, outer.url, address)
            yield helpdesk_page
            helpdesk_page.page.close()


def test_the_open_conversation_gets_its_suggestion(desk: Helpdesk) -> None:
    frame = desk.open()
    desk.page.wait_for_function("told.includes('chatwoot-dashboard-app:fetch-info')")
    desk.tell(json.dumps(CONTEXT))
    expect(frame.locator('[data-letter="customer"]')).to_contain_text("Hola, Ana:")
    stored = desk.copilot.knowledge.conversations.read("chatwoot-3-5")
    assert [m.text for m in stored.conversation.messages] == ["mi pedido"]
    assert (stored.external_ids, stored.conversation.customer.name) == (("7",), "Ana Ruiz")
    # A webhook's message arrives: the panel follows by itself.
    desk.copilot.inbox.append("chatwoot-3-5", [Arriving(Message("customer", "xyzzy"), "9")])
    expect(frame.locator(".nothing h3")).to_be_visible()


@pytest.mark.parametrize("width", [320, 480])
def test_narrow_and_accessible(desk: Helpdesk, width: int) -> None:
    frame = desk.open(width=width)
    desk.tell(json.dumps(CONTEXT))
    expect(frame.locator(".card.case").first).to_be_visible()
    inner = desk.page.frames[1]
    assert inner.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(inner).response["violations"]  # type: ignore[arg-type]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_a_reply_is_posted_as_a_note(desk: Helpdesk) -> None:
    frame = desk.open()
    desk.tell(json.dumps(CONTEXT))
    for gap in ("tracking_number", "date"):
        frame.locator(f'[data-letter="agent"] input[data-gap="{gap}"]').first.fill("1")
    send = frame.get_by_role("button", name="Post as a note")
    send.click()
    expect(frame.locator("#toast")).to_contain_text("Send again to send it all the same.")
    send.click()
    expect(frame.locator("#toast")).to_contain_text("The note stands in the helpdesk.")
    [(path, note)] = desk.copilot.there.notes  # type: ignore[attr-defined]
    assert (path, note["private"]) == ("/api/v1/accounts/3/conversations/5/messages", True)
    assert note["content"].startswith("Hola, Ana:")


@pytest.mark.parametrize(
    "data",
    [
        "not json", "null", "[]", '"appContext"', 7, None, {"event": "appContext"},
        json.dumps({"event": "appContext"}),
        json.dumps({"event": "appContext", "data": {"conversation": {"id": "../../x", "account_id": 3}}}),
        json.dumps({"event": "appContext", "data": {"conversation": {"id": 5}}}),
        json.dumps({"event": "other", "data": CONTEXT["data"]}),
        json.dumps(CONTEXT | {"padding": "x" * 1_000_001}),
    ],
)  # fmt: skip
def test_nonsense_from_the_page_around_is_ignored(desk: Helpdesk, data: Any) -> None:
    frame = desk.open()
    desk.tell(data)
    desk.tell(json.dumps({"event": "end"}))
    desk.page.wait_for_timeout(100)
    expect(frame.locator("#blank-words")).to_contain_text("Waiting for the helpdesk")
    assert desk.copilot.knowledge.conversations.last_seq() == 0


def test_hostile_words_are_only_text(desk: Helpdesk) -> None:
    evil = json.loads(json.dumps(CONTEXT))
    evil["data"]["conversation"]["messages"][0]["content"] = "mi pedido <img src=x onerror='window.hurt=1'>"
    evil["data"]["contact"]["name"] = "<script>window.hurt=1</script>"
    frame = desk.open()
    desk.tell(json.dumps(evil))
    expect(frame.locator(".request")).to_contain_text("<img src=x")
    assert desk.page.frames[1].evaluate("window.hurt") is None


def test_a_page_that_is_not_on_the_list(browser: Browser, desk: Helpdesk) -> None:
    framing = requests.get(f"{desk.address}/panel", timeout=5).headers
    assert f"frame-ancestors {desk.around}" in framing["content-security-policy"]
    assert "x-frame-options" not in framing
    whole = requests.get(f"{desk.address}/", timeout=5).headers
    assert "frame-ancestors 'none'" in whole["content-security-policy"]
    assert whole["x-frame-options"] == "DENY"
    # Under another name the same page is another origin: the browser shows it no panel.
    page = browser.new_page()
    page.goto(desk.around.replace("127.0.0.1", "localhost") + "/?/panel&320")
    page.wait_for_timeout(300)
    assert not any(frame.url.startswith(desk.address) for frame in page.frames)
    page.close()
    # And told by a page that is not its parent, the panel believes nothing.
    frame = desk.open()
    inner = desk.page.frames[1]
    inner.evaluate("(data) => postMessage(data, '*')", json.dumps(CONTEXT))
    desk.page.wait_for_timeout(100)
    expect(frame.locator("#blank-words")).to_be_visible()


def test_without_a_list_nobody_may_frame_it(tmp_path: Path) -> None:
    with open_base(tmp_path) as base, serving(FakeCopilot(base)) as address:
        answer = requests.get(f"{address}/panel", timeout=5)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "name your helpdesk's address in PRECEDENT_PANEL_ORIGINS" in answer.text


def test_the_zendesk_app(browser: Browser, tmp_path: Path) -> None:
    """Zendesk serves the app's assets; its framework's script is a stand-in."""

    def asset(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        kind = "text/html" if asked.path.endswith(".html") else "text/javascript"
        send_text(handler, (APP / asked.path.lstrip("/")).read_text(encoding="utf-8"), kind=kind)

    with open_base(tmp_path) as base, answering(asset) as zendesk:
        copilot = FakeCopilot(base)
        with serving(copilot, surroundings=Surroundings(panel_origins=(zendesk.url,))) as address:
            page = browser.new_page(viewport={"width": 320, "height": 700})
            page.set_default_timeout(5_000)
            page.route(
                "https://static.zdassets.com/**",
                lambda route: route.fulfill(
                    body=ZAF.replace("PRECEDENT", address), content_type="text/javascript"
                ),
            )
            page.goto(f"{zendesk.url}/assets/iframe.html")
            frame = page.frame_locator("#panel")
            expect(frame.locator('[data-letter="customer"]')).to_contain_text("Hola, Ana:")
            stored = base.conversations.read("zendesk-42")
            assert [(m.role, m.text) for m in stored.conversation.messages] == [("customer", "mi pedido")]
            expect(frame.locator('[data-action="send"]')).to_have_count(0)
            frame.locator('[data-letter="customer"] input.gap').fill("el lunes")
            frame.locator('[data-insert="customer"]').click()
            page.wait_for_function("invoked.some(([name]) => name === 'ticket.editor.insert')")
            inserted = page.evaluate("invoked.find(([name]) => name === 'ticket.editor.insert')[1]")
            assert inserted.startswith("Hola, Ana:")
            assert "antes del el lunes" in inserted
            page.close()


def test_the_app_folders_are_whole() -> None:
    manifest = json.loads((APP / "manifest.json").read_text(encoding="utf-8"))
    place = manifest["location"]["support"]["ticket_sidebar"]["url"]
    names = {parameter["name"] for parameter in manifest["parameters"]}
    words = json.loads((APP / "translations" / "en.json").read_text(encoding="utf-8"))["app"]
    for file in (place, "assets/app.js", "assets/logo.png", "assets/logo-small.png"):
        assert (APP / file).stat().st_size > 100
    assert names == words["parameters"].keys()
    for name in names:
        assert f"settings.{name}" in (APP / "assets" / "app.js").read_text(encoding="utf-8")
    chatwoot = APP.parent / "chatwoot"
    (frame,) = json.loads((chatwoot / "dashboard_app.json").read_text(encoding="utf-8"))["content"]
    assert (frame["type"], frame["url"].endswith("/panel")) == ("frame", True)
