"""Cases, articles, templates and golden questions over HTTP, on a real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from knowledge_base.store import KnowledgeBase
from tests.builders import make_case, open_base
from tests.web_fakes import FakeCopilot
from web.app import create_app

CASE = {"id": "C-1", "problem": "Lost.", "resolution": "Sent again.", "tags": ["shipping"]}
ARTICLE = {"id": "returns", "title": "Returns", "body": "## The 30 days\nYou have 30 days."}
TEMPLATE = {"id": "lost/act", "move": "act", "body": "We send {{ order_id }} again."}
QUESTION = {"id": "G-1", "query": "Where is it?", "relevant": ["C-1"], "language": "en"}
KINDS = [
    ("cases", CASE, "resolution"),
    ("articles", ARTICLE, "title"),
    ("templates", TEMPLATE, "body"),
    ("questions", QUESTION, "query"),
]


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> TestClient:
    return TestClient(create_app(FakeCopilot(base)))


@pytest.mark.parametrize(("kind", "record", "field"), KINDS)
def test_life_of_a_record(client: TestClient, kind: str, record: dict[str, Any], field: str) -> None:
    place = f"/api/v1/{kind}/{record['id']}"
    created = client.post(f"/api/v1/{kind}", json=record, headers={"x-actor": "priya"})
    assert (created.status_code, created.headers["etag"], created.headers["location"]) == (201, '"1"', place)
    assert client.post(f"/api/v1/{kind}", json=record).status_code == 409

    told = created.json()
    assert isinstance(told.pop("findings"), list)
    read = client.get(place)
    assert read.json() == told
    assert record.items() <= read.json().items()
    assert read.json()["language"] == "en"

    changed = client.put(
        f"{place}?reason=clearer",
        json=record | {field: "Now clearer."},
        headers={"if-match": read.headers["etag"]},
    )
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    stale = client.put(place, json=record, headers={"if-match": '"1"'})
    assert (stale.status_code, stale.json()["type"]) == (412, "urn:precedent:problem:version")
    assert client.get(place).json()[field] == "Now clearer."

    assert client.delete(f"{place}?reason=old").status_code == 204
    assert client.get(place).json()["status"] == "retired"
    history = client.get(f"{place}/history").json()["items"]
    assert [(c["version"], c["action"], c["actor"], c["reason"]) for c in history] == [
        (1, "added", "priya", None),
        (2, "updated", "agent", "clearer"),
        (3, "retired", "agent", "old"),
    ]
    assert history[0]["snapshot"] == told


@pytest.mark.parametrize(("kind", "record", "field"), KINDS)
def test_unknown_ids(client: TestClient, kind: str, record: dict[str, Any], field: str) -> None:
    place = f"/api/v1/{kind}/{record['id']}"
    for answer in (
        client.get(place),
        client.get(f"{place}/history"),
        client.delete(place),
        client.put(place, json=record),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:precedent:problem:not-found")


@pytest.mark.parametrize(
    ("kind", "record", "field"),
    [
        ("cases", {"id": "C-1", "resolution": "x"}, "problem"),
        ("cases", {"id": "C-1", "problem": "x"}, "resolution"),
        ("cases", CASE | {"resolution": " "}, "resolution"),
        ("cases", CASE | {"id": "C\t1"}, "id"),
        ("cases", CASE | {"outcome": {"csat": 9}}, "outcome.csat"),
        ("cases", CASE | {"tags": "shipping"}, "tags"),
        ("cases", CASE | {"status": "lost"}, "status"),
        ("cases", CASE | {"resolved_at": "March"}, "resolved_at"),
        ("articles", {"id": "returns", "body": "text"}, "title"),
        ("articles", ARTICLE | {"title": " "}, "title"),
        ("articles", ARTICLE | {"effective_from": "2026-13-01"}, "effective_from"),
        (
            "articles",
            ARTICLE | {"effective_from": "2026-02-01", "effective_to": "2026-01-01"},
            "effective_to",
        ),
        ("articles", ARTICLE | {"language": "q!"}, "language"),
        ("templates", TEMPLATE | {"move": "dance"}, "move"),
        ("templates", TEMPLATE | {"register": "casual"}, "register"),
        ("questions", {"id": "G-1", "relevant": []}, "query"),
        ("questions", {"id": "G-1", "query": "Where is it?"}, "relevant"),
        ("questions", QUESTION | {"relevant": [" "]}, "relevant"),
        ("questions", QUESTION | {"category": " "}, "category"),
        ("questions", {"id": "G-1", "messages": [], "relevant": []}, "messages"),
    ],
)
def test_bad_record_names_its_field(
    client: TestClient, kind: str, record: dict[str, Any], field: str
) -> None:
    answer = client.post(f"/api/v1/{kind}", json=record)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert client.get(f"/api/v1/{kind}").json()["total"] == 0


@pytest.mark.parametrize(
    ("labels", "relevant", "category"),
    [
        ({"relevant": ["C-1", "C-1"]}, ["C-1"], None),
        ({"relevant": []}, [], None),
        ({"category": None}, [], None),
        ({"category": "lost"}, None, "lost"),
        ({"relevant": [], "category": "lost"}, [], "lost"),
    ],
)
def test_what_answers_a_question_survives_reading_and_writing_it(
    client: TestClient, labels: dict[str, Any], relevant: list[str] | None, category: str | None
) -> None:
    created = client.post("/api/v1/questions", json={"id": "G-1", "query": "Where is it?"} | labels).json()
    assert (created["relevant"], created["category"]) == (relevant, category)
    again = client.put("/api/v1/questions/G-1", json=created)
    assert (again.json(), again.headers["etag"]) == (created | {"findings": []}, '"1"')


def test_a_question_may_be_a_conversation(client: TestClient) -> None:
    said = [{"role": "agent", "text": "Hello"}, {"role": "customer", "text": "Where is it?", "at": None}]
    created = client.post("/api/v1/questions", json={"id": "G-1", "messages": said, "relevant": []})
    assert [one["text"] for one in created.json()["messages"]] == ["Hello", "Where is it?"]
    assert created.json()["query"] is None


def test_template_that_does_not_render_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/templates", json=TEMPLATE | {"body": "{{ order_id "})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:precedent:problem:template")


def test_id_of_address_and_body_must_agree(client: TestClient) -> None:
    client.post("/api/v1/cases", json=CASE)
    answer = client.put("/api/v1/cases/C-1", json=CASE | {"id": "C-2"})
    assert answer.json()["errors"] == [{"field": "id", "message": "isn't the id that the address names"}]


@pytest.mark.parametrize("version", ['"x"', "3", '"1", "2"', ""])
def test_if_match_must_be_one_version(client: TestClient, version: str) -> None:
    client.post("/api/v1/cases", json=CASE)
    answer = client.put("/api/v1/cases/C-1", json=CASE, headers={"if-match": version})
    assert answer.json()["errors"][0]["field"] == "if-match"


def test_if_match_star_takes_any_version(client: TestClient) -> None:
    client.post("/api/v1/cases", json=CASE)
    assert client.put("/api/v1/cases/C-1", json=CASE, headers={"if-match": "*"}).status_code == 200


def test_list_in_pages(client: TestClient, base: KnowledgeBase) -> None:
    base.put_many([make_case(f"C-{n:02}") for n in range(7)], actor="test")
    seen, after = [], None
    while True:
        query = {"limit": 3} | ({"after": after} if after else {})
        page = client.get("/api/v1/cases", params=query).json()
        assert page["total"] == 7
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [f"C-{n:02}" for n in range(7)]


def test_list_filters(client: TestClient, base: KnowledgeBase) -> None:
    base.put(make_case("C-1", language="es", problem="El paquete no llegó"), actor="test")
    base.put(make_case("C-2", category="late_return", status="pending"), actor="test")

    def ids(**query: str) -> list[str]:
        return [item["id"] for item in client.get("/api/v1/cases", params=query).json()["items"]]

    assert ids(language="es") == ["C-1"]
    assert ids(category="late_return") == ["C-2"]
    assert ids(status="pending") == ["C-2"]
    assert ids(text="LLEGO paquete") == ["C-1"]
    for query in ({"limit": 0}, {"limit": 999}, {"status": "gone"}, {"text": "x" * 201}):
        assert client.get("/api/v1/cases", params=query).status_code == 422


def test_id_with_odd_characters_survives_the_address(client: TestClient) -> None:
    odd = "fälle/50 % #1?"
    created = client.post("/api/v1/cases", json=CASE | {"id": odd})
    assert client.get(created.headers["location"]).json()["id"] == odd
    assert len(client.get(created.headers["location"] + "/history").json()["items"]) == 1


def test_actor_must_be_plain(client: TestClient) -> None:
    answer = client.post("/api/v1/cases", json=CASE, headers={"x-actor": " "})
    assert answer.json()["errors"][0]["field"] == "x-actor"
