"""Duplicates over HTTP and on their page: listed, merged, undone, refused where the input is bad."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from copilot.checking.gate import Gate
from copilot.curation.desk import Curation
from indexer.build import build_index, recipe_of
from indexer.live import LiveIndex
from knowledge_base.models import Outcome
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, make_question, open_base
from tests.fakes import WordHashEmbedder
from tests.needs import needs_chromium
from tests.web_browser import chromium, serving
from tests.web_fakes import FakeCopilot
from web.app import create_app

HOSTILE = "<script>alert(1)</script> Link too old {{ 7*7 }}"
FIX = "The reset link lives 60 minutes: send a new one while the customer waits."
FIRST = make_case(
    "C-1", title=HOSTILE, problem="The password link no longer works.", resolution=FIX, category="login",
    product="Kettle", outcome=Outcome(resolved=True),
)  # fmt: skip
OTHER = FIX.replace("60 minutes", "24 hours")
LISTED = "/api/v1/duplicates"


@pytest.fixture
def copilot(tmp_path: Path) -> Iterator[FakeCopilot]:
    with open_base(tmp_path) as base:
        yield filled(base, tmp_path)


def filled(base: KnowledgeBase, folder: Path) -> FakeCopilot:
    twin = replace(FIRST, id="C-2", outcome=Outcome(resolved=False))
    base.put_many([FIRST, twin, replace(FIRST, id="C-3", resolution=OTHER), make_article()], actor="t")
    embedder = WordHashEmbedder()
    build_index(base, folder / "index", embedder)
    copilot = FakeCopilot(base)
    copilot.curation = Curation(base, LiveIndex(folder / "index", recipe_of(embedder)).current, embedder)
    return copilot


@pytest.fixture
def client(copilot: FakeCopilot) -> TestClient:
    return TestClient(create_app(copilot))


def test_duplicates_and_contradictions_are_listed(client: TestClient):
    (group,) = client.get(LISTED).json()["items"]
    assert [case["id"] for case in group["cases"]] == ["C-1", "C-2"]
    assert group["outcome"] == {"worked": 1, "tried": 2}
    told = client.get("/api/v1/contradictions").json()["items"]
    assert {(one["differs"], one["first"]["source"], one["second"]["source"]) for one in told} == {
        ("time", "case:C-1", "case:C-3"),
        ("time", "case:C-2", "case:C-3"),
    }
    assert (told[0]["first"]["text"], told[0]["second"]["text"]) == (FIX, OTHER)


def test_cases_are_merged_and_a_merge_is_undone(client: TestClient, copilot: FakeCopilot):
    told = client.post(f"{LISTED}/merges", json={"ids": ["C-1", "C-2"]}, headers={"x-actor": "maya"}).json()
    assert told == {"kept": "C-1", "retired": ["C-2"], "outcome": {"worked": 1, "tried": 2}}
    assert client.get(LISTED).json()["items"] == []
    assert client.get("/api/v1/cases/C-2").json()["status"] == "retired"
    assert copilot.knowledge.history("case", "C-2")[-1].actor == "maya"
    assert client.delete(f"{LISTED}/merges/C-1").json() == {"restored": ["C-1", "C-2"]}
    outcome = client.get("/api/v1/cases/C-1").json()["outcome"]
    assert (outcome["resolved"], outcome["worked"], outcome["tried"]) == (True, None, None)
    assert client.delete(f"{LISTED}/merges/C-1").status_code == 409


def test_a_merge_that_leaves_a_question_without_an_answer_is_held_back(tmp_path: Path):
    with open_base(tmp_path) as base:
        copilot = filled(base, tmp_path)
        base.put(make_question(relevant=("C-2",)), actor="t")
        for gate, status in ((("golden",), 409), (("warn",), 200)):
            copilot.gate = Gate(base, gate=gate)
            client = TestClient(create_app(copilot))
            answer = client.post(f"{LISTED}/merges", json={"ids": ["C-1", "C-2"]})
            assert answer.status_code == status
            if status == 409:
                [finding] = [one for one in answer.json()["findings"] if one["blocks"]]
                assert (finding["check"], finding["subject"]) == ("golden", "golden:G-1")
                assert base.find("case", "C-2") == replace(FIRST, id="C-2", outcome=Outcome(resolved=False))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ids": ["C-1"]}, 422),
        ({"ids": ["C-1", "C-1"]}, 422),
        ({"ids": ["C-1", "C-9"]}, 404),
        ({"ids": ["C-1", "C-2"], "keep": "C-3"}, 422),
        ({"ids": "C-1"}, 422),
    ],
)
def test_a_bad_merge_is_refused(client: TestClient, body: dict[str, object], status: int):
    answer = client.post(f"{LISTED}/merges", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_without_an_index_it_says_what_to_do(tmp_path: Path):
    with open_base(tmp_path) as base:
        answer = TestClient(create_app(FakeCopilot(base))).get("/fragments/duplicates")
    assert (answer.status_code, "precedent index" in answer.json()["detail"]) == (503, True)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("duplicates")
    with open_base(folder) as base, serving(filled(base, folder)) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844}, base_url=address)
        page.goto("/duplicates")
        yield page


@needs_chromium
def test_the_page_merges_and_undoes_on_a_narrow_screen(page: Page):
    group = page.locator("[data-group]")
    expect(group).to_have_count(1)
    expect(group.locator("h3")).to_have_text(HOSTILE)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    group.get_by_role("checkbox", name="merge C-2").uncheck()
    group.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("status")).to_have_text("Choose at least two cases.")
    group.get_by_role("checkbox", name="merge C-2").check()
    group.get_by_role("radio", name="keep C-2").check()
    group.get_by_role("button", name="Merge").press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 case merged into C-2.")
    undo = group.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Undone: all cases are as they were.")
    expect(group.get_by_role("button", name="Merge")).to_be_focused()
    assert Axe().run(page).violations_count == 0


@needs_chromium
def test_the_page_says_what_to_do_without_an_index(page: Page, tmp_path: Path):
    with open_base(tmp_path) as base, serving(FakeCopilot(base)) as address:
        page.goto(f"{address}/duplicates")
        expect(page.locator("#found")).to_have_text("nothing is indexed yet: run `precedent index`")


def held(copilot: FakeCopilot) -> threading.Event:
    """What lets the look of a desk go on."""
    going, embedder = threading.Event(), copilot.curation._embedder
    embed = embedder.embed
    embedder.embed = lambda texts: (going.wait(60), embed(texts))[1]  # type: ignore[method-assign]
    return going


def test_a_program_is_told_that_all_is_not_found_yet(
    copilot: FakeCopilot, client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    going = held(copilot)
    monkeypatch.setattr("web.curation_api.WAIT", 0.05)
    for path in (LISTED, "/api/v1/contradictions"):
        assert client.get(path).json() == {"items": [], "looking": {"done": 0, "total": 0}}
    going.set()
    monkeypatch.setattr("web.curation_api.WAIT", 30)
    answer = client.get(LISTED).json()
    assert (len(answer["items"]), answer["looking"]) == (1, None)


@needs_chromium
def test_the_page_tells_how_far_a_long_look_is(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("web.curation.WAIT", 0.05)
    with open_base(tmp_path) as base:
        copilot = filled(base, tmp_path)
        going = held(copilot)
        with serving(copilot) as address:
            page.goto(f"{address}/duplicates")
            bar = page.get_by_role("progressbar", name="How much is compared")
            expect(bar).to_be_visible()
            expect(page.locator("#looking")).to_contain_text("Comparing the cases: 0%.")
            expect(page.locator("#found")).to_be_empty()
            assert Axe().run(page).violations_count == 0
            going.set()
            expect(page.locator("[data-group]")).to_have_count(1)
            expect(bar).to_have_count(0)
            # While what changed is compared, what was found stays; what was merged here can still be undone.
            going.clear()
            base.put(replace(FIRST, id="C-2", title="Told otherwise"), actor="t")
            page.reload()
            expect(page.locator("#looking")).to_contain_text("What was found before stands below.")
            page.get_by_role("radio", name="keep C-2").check()
            page.get_by_role("button", name="Merge").click()
            expect(page.get_by_role("button", name="Undo")).to_be_focused()
            going.set()
            page.get_by_role("button", name="All is compared: show what was found").click()
            expect(page.locator("[data-group]")).to_have_count(0)
            expect(page.locator("#looking")).to_be_empty()
