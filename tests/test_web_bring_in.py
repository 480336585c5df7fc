"""The page where exports are brought in, and the same over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from knowledge_base.store import KnowledgeBase
from tests.builders import open_base
from tests.export_makers import PROBLEM, write_lines, zendesk
from tests.needs import needs_chromium
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot
from web.app import create_app

BINARY = {"content-type": "application/octet-stream"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


@pytest.fixture
def copilot(base: KnowledgeBase, tmp_path: Path) -> FakeCopilot:
    (tmp_path / "imports").mkdir()
    return FakeCopilot(base, folder=tmp_path / "imports")


@pytest.fixture
def client(copilot: FakeCopilot) -> TestClient:
    return TestClient(create_app(copilot))


def uploaded(client: TestClient, records: list[Any], name: str = "tickets.json") -> str:
    body = "\n".join(json.dumps(record) for record in records).encode()
    answer = client.post(f"/api/v1/imports/files?name={name}", content=body, headers=BINARY)
    assert (answer.status_code, answer.json()["bytes"]) == (201, len(body))
    return str(answer.json()["file"])


def test_an_export_goes_from_upload_to_cases(client: TestClient, copilot: FakeCopilot, base: KnowledgeBase):
    records = [*map(zendesk, range(1, 4)), zendesk(4, status="open"), {"id": 5}]
    file = uploaded(client, records)
    look = client.post("/api/v1/imports/preview", json={"file": file}).json()
    assert (look["system"], look["columns"], look["problem"], len(look["items"])) == (
        "zendesk",
        None,
        None,
        5,
    )
    assert look["items"][0]["record"]["problem"] == PROBLEM.format(n=1)
    assert [one["reason"] for one in look["items"]] == [None, None, None, "open", "not_a_ticket"]
    assert base.count("case") == 0
    begun = client.post("/api/v1/imports", json={"file": file, "name": "tickets.json", "status": "pending"})
    assert (begun.status_code, begun.json()["state"]) == (201, "running")
    copilot.bring_in.wait(30)
    run = client.get(f"/api/v1/imports/{begun.json()['id']}").json()
    assert (run["state"], run["added"], run["left_out"], run["done"]) == ("done", 3, 2, run["total"])
    assert [(one["reason"], one["count"]) for one in run["reasons"]] == [("open", 1), ("not_a_ticket", 1)]
    assert run["reasons"][0]["examples"][0]["id"] == "4"
    assert client.get("/api/v1/imports").json()["items"] == [run]
    assert base.count("case", status="pending") == 3
    left = client.get("/api/v1/imports/1/left-out?reason=open&limit=1").json()
    assert (left["next"], [one["position"] for one in left["items"]]) == (None, [4])
    told = client.get("/api/v1/imports/1/left-out.csv")
    assert told.headers["content-type"] == "text/csv; charset=utf-8"
    assert told.text.splitlines()[:2] == ["position,reason,words,id,detail", "4,open,is not solved yet,4,"]
    assert not list((base_folder(copilot)).iterdir())  # what is in is kept no longer


def base_folder(copilot: FakeCopilot) -> Path:
    assert copilot.bring_in.root is not None
    return copilot.bring_in.root


def test_a_csv_is_mapped_over_http(client: TestClient, copilot: FakeCopilot):
    body = b"Nr,Was,Danach\n1,The kettle leaks.,Press the seal back into its groove.\n"
    file = client.post("/api/v1/imports/files?name=t.csv", content=body, headers=BINARY).json()["file"]
    look = client.post("/api/v1/imports/preview", json={"file": file}).json()
    assert look["columns"]["names"] == ["Nr", "Was", "Danach"]
    assert look["problem"] == "say which column holds what the customer wrote"
    mapping = {"id": "Nr", "customer_text": "Was", "agent_text": "Danach"}
    again = client.post("/api/v1/imports/preview", json={"file": file, "mapping": mapping}).json()
    assert (again["problem"], again["items"][0]["record"]["problem"]) == (None, "The kettle leaks.")
    assert client.post("/api/v1/imports", json={"file": file, "mapping": mapping}).status_code == 201
    copilot.bring_in.wait(30)
    kept = client.get("/api/v1/imports/mappings").json()["items"]
    assert [one["mapping"] for one in kept] == [mapping]
    assert client.delete(f"/api/v1/imports/mappings/{kept[0]['signature']}").status_code == 204
    assert client.delete(f"/api/v1/imports/mappings/{kept[0]['signature']}").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("POST", "/api/v1/imports/preview", {}, 422, "name a file that was uploaded"),
        ("POST", "/api/v1/imports/preview", {"file": "../../etc/passwd"}, 422, "file: name what"),
        ("POST", "/api/v1/imports/preview", {"path": "../precedent.db"}, 422, "leads out of the folder"),
        ("POST", "/api/v1/imports/preview", {"path": "none.json"}, 422, "isn't there"),
        ("POST", "/api/v1/imports", {"path": "x", "system": "jira"}, 422, "system: "),
        ("POST", "/api/v1/imports", {"path": "x", "status": "retired"}, 422, "status: "),
        ("GET", "/api/v1/imports/99", None, 404, "there is no import '99'"),
        ("GET", "/api/v1/imports/99/left-out.csv", None, 404, "there is no import '99'"),
        ("POST", "/api/v1/imports/99/cancel", None, 404, "there is no import '99'"),
        ("POST", "/api/v1/imports/99/resume", None, 404, "there is no import '99'"),
        ("GET", "/api/v1/imports/0", None, 422, "run_id: "),
    ],
)
def test_what_cant_be_done_is_said(
    client: TestClient, method: str, path: str, body: Any, status: int, detail: str
):
    answer = client.request(method, path, json=body)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]


def test_an_upload_is_bounded_and_is_no_json(client: TestClient, copilot: FakeCopilot):
    copilot.bring_in.most_bytes = 1000
    large = client.post("/api/v1/imports/files", content=b"x" * 1001, headers=BINARY)
    assert (large.status_code, "PRECEDENT_UPLOAD_BYTES" in large.json()["detail"]) == (413, True)
    assert client.post("/api/v1/imports/files", content=b"", headers=BINARY).status_code == 422
    assert client.post("/api/v1/imports/files", json={}).status_code == 415
    foreign = client.post(
        "/api/v1/imports/files", content=b"x", headers={**BINARY, "origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    assert list(base_folder(copilot).iterdir()) == []


def test_an_import_is_cancelled_and_gone_on_with(
    client: TestClient, copilot: FakeCopilot, base: KnowledgeBase
):
    file = uploaded(client, list(map(zendesk, range(1, 1201))))
    number = client.post("/api/v1/imports", json={"file": file}).json()["id"]
    stopped = client.post(f"/api/v1/imports/{number}/cancel").json()
    assert stopped["state"] == "cancelled"
    copilot.bring_in.wait(30)
    assert base.count("case") < 1200
    assert client.post(f"/api/v1/imports/{number}/resume").json()["state"] == "running"
    copilot.bring_in.wait(60)
    run = client.get(f"/api/v1/imports/{number}").json()
    assert (run["state"], run["added"], base.count("case")) == ("done", 1200, 1200)
    assert client.post(f"/api/v1/imports/{number}/resume").status_code == 409


@pytest.fixture
def page(browser: Browser, copilot: FakeCopilot) -> Iterator[Page]:
    with serving(copilot) as address:
        context = browser.new_context(
            base_url=address, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
        )
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        yield page
        assert errors == []
        context.close()


def clean(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0


@needs_chromium
@pytest.mark.browser
def test_the_page_brings_an_export_in_with_the_keyboard(page: Page, base: KnowledgeBase, tmp_path: Path):
    records = [*(zendesk(n, subject=HOSTILE) for n in range(1, 9)), zendesk(10, status="open")]
    page.goto("/")
    page.locator("#menu summary").click()
    page.get_by_role("link", name="Bring in").click()
    page.wait_for_url("**/bring-in")  # its script is there then
    page.set_input_files("#file", write_lines(tmp_path / "tickets.json", records))
    page.focus("#look")
    page.keyboard.press("Enter")
    expect(page.locator("#preview h2")).to_have_text(re.compile(r"Zendesk, \d+\.\d kB"))
    expect(page.locator(".seen > li")).to_have_count(9)
    expect(page.locator(".count")).to_contain_text("Of the first 9, 8 would come in, 1 would be left out.")
    expect(page.locator(".seen dd").first).to_have_text(PROBLEM.format(n=1))
    expect(page.locator(".seen-out")).to_contain_text("is not solved yet")
    clean(page)
    page.get_by_label("kept as pending").check()
    page.get_by_role("button", name="Bring it in").press("Enter")
    card = page.locator(".run")
    expect(card.locator(".run-state")).to_have_text("Done", timeout=20_000)
    expect(card.locator(".run-counts")).to_have_text("8 added, 0 updated, 0 unchanged, 1 left out")
    card.locator("summary").click()
    expect(card.locator(".run-report li")).to_contain_text("is not solved yet")
    with page.expect_download() as download:
        card.get_by_role("link", name="All of it as CSV").click()
    assert "is not solved yet" in download.value.path().read_text()
    clean(page)
    page.set_viewport_size({"width": 390, "height": 844})
    clean(page)
    assert base.count("case", status="pending") == 8


@needs_chromium
@pytest.mark.browser
def test_the_page_corrects_the_columns_of_a_csv_and_remembers_them(
    page: Page, base: KnowledgeBase, tmp_path: Path
):
    path = tmp_path / "t.csv"
    path.write_text(f"Nr,Was,Danach\n1,The kettle leaks. {HOSTILE},Press the seal back into its groove.\n")
    page.goto("/bring-in")
    page.set_input_files("#file", path)
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("#mapping-error")).to_have_text("say which column holds what the customer wrote")
    page.get_by_label("what the customer wrote").select_option("Was")
    page.get_by_label("what the agent answered").select_option("Danach")
    page.get_by_label("the ticket's id").select_option("Nr")
    page.get_by_role("button", name="Read it so").click()
    expect(page.locator(".seen dd").nth(1)).to_have_text("Press the seal back into its groove.")
    page.set_viewport_size({"width": 390, "height": 844})
    clean(page)
    page.get_by_role("button", name="Bring it in").click()
    expect(page.locator(".run-state")).to_have_text("Done", timeout=20_000)
    assert base.count("case") == 1
    page.set_input_files("#file", path)
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("#mapping-title")).to_have_text("Read as you chose for such files before")
    page.get_by_role("button", name="Propose anew").click()
    expect(page.locator("#mapping-title")).to_have_text("Which column says what")


@needs_chromium
@pytest.mark.browser
def test_the_page_shows_the_bar_stops_and_goes_on(page: Page, base: KnowledgeBase, copilot: FakeCopilot):
    write_lines(base_folder(copilot) / "big.ndjson", map(zendesk, range(1, 2501)))
    page.goto("/bring-in")
    page.get_by_label("or a path on the server").fill("big.ndjson")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator(".count")).to_have_text("The first 20 would come in like this.")
    page.get_by_role("button", name="Bring it in").click()
    card = page.locator(".run")
    expect(card.locator("progress")).to_be_visible()
    expect(card.locator(".bar-of span")).to_contain_text(re.compile("[1-9]\\d* read"), timeout=20_000)
    clean(page)
    card.get_by_role("button", name="Stop").click()
    expect(card.locator(".run-state")).to_have_text("Stopped")
    copilot.bring_in.wait(20)
    assert 0 < base.count("case") < 2500
    page.reload()
    card.get_by_role("button", name="Go on").click()
    expect(card.locator(".run-state")).to_have_text("Done", timeout=40_000)
    expect(card.locator(".run-counts")).to_have_text("2,500 added, 0 updated, 0 unchanged, 0 left out")
    page.get_by_label("or a path on the server").fill("../precedent.db")
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator("#choose-error")).to_contain_text("leads out of the folder")
