"""The copilot over HTTP: what goes in, what comes out, and what is said when it can't be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from copilot.assist import Copilot
from knowledge_base.conversations import conversation_to_dict
from knowledge_base.sample_desk import sample_conversations
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, open_base
from tests.web_fakes import BROKEN, NO_INDEX, NOTHING, SECRET, FakeCopilot
from web.app import create_app
from web.guard import MAX_BODY

MESSAGE = {
    "role": "customer",
    "text": "Hola, mi pedido TW-481920 no ha llegado",
    "at": "2026-11-20T09:00:00Z",
}
CONVERSATION = {"id": "K-77", "channel": "chat", "customer": {"name": "Ana Ruiz"}, "messages": [MESSAGE]}
PROBLEM = "application/problem+json"


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


@pytest.fixture
def client(base: KnowledgeBase) -> Iterator[TestClient]:
    with TestClient(create_app(FakeCopilot(base)), raise_server_exceptions=False) as client:
        yield client


def fields_of(response: Any) -> list[str]:
    assert response.status_code == 422
    assert response.headers["content-type"] == PROBLEM
    return [error["field"] for error in response.json()["errors"]]


def with_message(**changes: Any) -> dict[str, Any]:
    return {**CONVERSATION, "messages": [MESSAGE | changes]}


def test_suggestion_is_the_exchange_format_and_is_kept(client: TestClient, base: KnowledgeBase) -> None:
    answer = client.post("/api/v1/suggestions", json=CONVERSATION)
    assert answer.status_code == 200
    told = answer.json()
    assert told["conversation_id"] == "K-77"
    assert told["understanding"]["language"] == "es"
    assert told["cases"][0]["id"] == "C-1002"
    assert told["cases"][0]["outcome"] == {"worked": 14, "tried": 15}
    assert told["draft"]["gaps"] == ["tracking_number", "date"]
    assert told["customer_draft"]["origin"] == "localized_template"
    assert told["timings_ms"]["total"] == 38.4
    assert told == json.loads(json.dumps(base.suggestion(told["id"])))


def test_nothing_found_is_an_answer(client: TestClient) -> None:
    told = client.post("/api/v1/suggestions", json=with_message(text=NOTHING)).json()
    assert (told["reason"], told["cases"], told["passages"]) == ("no_evidence", [], [])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "robot", "text": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "customer"}]}, "messages[0].text"),
        ({"messages": [{"role": "customer", "text": 5}]}, "messages[0].text"),
        (with_message(at="yesterday"), "messages[0].at"),
        (CONVERSATION | {"language": "klingonish!"}, "language"),
        (CONVERSATION | {"slots": {"order_id": ["a"]}}, "slots.order_id.str"),
        (CONVERSATION | {"customer": {"joined": "soon"}}, "customer.joined"),
        (CONVERSATION | {"customer": "Ana"}, "customer"),
    ],
)
def test_bad_conversation_names_the_field(client: TestClient, given: Any, field: str) -> None:
    assert field in fields_of(client.post("/api/v1/suggestions", json=given))


def test_validation_never_repeats_what_was_sent(client: TestClient) -> None:
    answer = client.post(
        "/api/v1/suggestions", json={"messages": [{"role": "4111 1111", "text": ["4111 1111"]}]}
    )
    assert answer.status_code == 422
    assert "4111" not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"messages": [', b'{"text": "\xff\xfe"}', b"[" * 100_000, b'{"a":1}{"b":2}']
)
def test_no_json_is_told_as_such(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/v1/detect", content=body, headers={"content-type": "application/json"})
    assert answer.headers["content-type"] == PROBLEM
    assert answer.status_code == (422 if body == b"" else 400)


def test_body_must_be_declared_json(client: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = client.post("/api/v1/detect", content=b'{"text": "x"}', headers={"content-type": kind})
        assert (answer.status_code, answer.json()["status"]) == (415, 415)
    kind = "application/vnd.precedent+json; charset=utf-8"
    assert client.post("/api/v1/detect", content=b'{"text": "x"}', headers={"content-type": kind}).is_success


def test_large_body_is_refused_while_it_streams(client: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(2_000):
            sent += 100_000
            yield b"x" * 100_000

    headers = {"content-type": "application/json"}
    answer = client.post("/api/v1/detect", content=endless(), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    just_over = client.post("/api/v1/detect", content=b" " * (MAX_BODY + 1), headers=headers)
    assert just_over.status_code == 413
    fits = b'{"text": "pedido"}'.ljust(MAX_BODY)
    assert client.post("/api/v1/detect", content=fits, headers=headers).json()["language"] == "es"


def test_five_hundred_messages(client: TestClient) -> None:
    messages = [MESSAGE | {"text": f"mi pedido {n}: " + "x" * 500} for n in range(500)]
    assert client.post("/api/v1/suggestions", json=CONVERSATION | {"messages": messages}).is_success


def test_half_characters_and_nuls_are_read_all_the_same(client: TestClient) -> None:
    body = b'{"messages": [{"role": "customer", "text": "mi pedido \\ud83d \\u0000 no llega"}]}'
    answer = client.post("/api/v1/suggestions", content=body, headers={"content-type": "application/json"})
    assert answer.json()["understanding"]["request"] == "mi pedido \ufffd  no llega"


def test_missing_index_says_what_to_do(client: TestClient) -> None:
    answer = client.post("/api/v1/suggestions", json=with_message(text=NO_INDEX))
    assert answer.status_code == 503
    assert answer.json() == {
        "type": "urn:precedent:problem:index-missing",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "nothing is indexed yet: run `precedent index`",
    }


def test_unforeseen_error_tells_nothing(client: TestClient) -> None:
    answer = client.post("/api/v1/suggestions", json=with_message(text=BROKEN))
    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert SECRET not in answer.text


def test_check_gives_advice(client: TestClient) -> None:
    body = {"text": "We pay 10.00 EUR", "conversation": CONVERSATION, "suggestion_id": None}
    assert client.post("/api/v1/checks", json=body).json() == {
        "warnings": [
            {
                "code": "unsupported_amount",
                "text": "10.00 EUR",
                "start": 7,
                "end": 16,
                "advice": "No policy and no message names this amount. Check it, or take it out.",
                "source": None,
            }
        ]
    }


def test_search(client: TestClient) -> None:
    found = client.post("/api/v1/search", json={"text": "lost parcel"}).json()["results"]
    assert [(hit["kind"], hit["id"], hit["text"]) for hit in found] == [
        ("case", "C-1002", "About lost parcel")
    ]
    assert client.post("/api/v1/search", json={"text": "lost", "kind": "article"}).json() == {"results": []}
    assert fields_of(client.post("/api/v1/search", json={"text": "", "kind": "story", "limit": 0})) == [
        "text",
        "kind",
        "limit",
    ]


def test_detect(client: TestClient) -> None:
    assert client.post("/api/v1/detect", json={"text": "mi pedido"}).json() == {
        "language": "es",
        "confidence": 0.97,
        "candidates": [["es", 0.97], ["pt", 0.02]],
    }
    assert client.post("/api/v1/detect", json={"text": "👍"}).json()["language"] is None


def test_translate(client: TestClient) -> None:
    answer = client.post("/api/v1/translations", json={"text": "hola", "target": "en"})
    assert answer.json() == {
        "text": "(en) hola",
        "source": "es",
        "target": "en",
        "provider": "fake",
        "flags": [],
    }
    refused = client.post("/api/v1/translations", json={"text": "cześć", "target": "en", "source": "pl"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:precedent:problem:no-provider")


def test_feedback_is_kept(client: TestClient, base: KnowledgeBase) -> None:
    body = {"suggestion_id": "S-1", "verdict": "rejected", "item": "draft", "reason": "wrong tone"}
    answer = client.post("/api/v1/feedback", json=body, headers={"x-actor": "maya"})
    assert answer.status_code == 201
    [stored] = base.feedback(suggestion_id="S-1")
    assert (stored.id, stored.actor) == (answer.json()["id"], "maya")
    assert (stored.feedback.verdict, stored.feedback.reason) == ("rejected", "wrong tone")
    assert fields_of(client.post("/api/v1/feedback", json={"suggestion_id": "", "verdict": "meh"})) == [
        "suggestion_id",
        "verdict",
    ]


def test_feedback_is_listed_and_withdrawn(client: TestClient, base: KnowledgeBase) -> None:
    body = {"suggestion_id": "S-2", "verdict": "wrong", "item": "case:C-1002"}
    number = client.post("/api/v1/feedback", json=body, headers={"x-actor": "maya"}).json()["id"]
    taken = client.delete(f"/api/v1/feedback/{number}", headers={"x-actor": "tom"})
    assert taken.status_code == 200
    [entry] = client.get("/api/v1/feedback", params={"item": "case:C-1002"}).json()["items"]
    assert entry == taken.json()
    assert (entry["id"], entry["actor"], entry["withdrawn_by"]) == (number, "maya", "tom")
    assert entry["withdrawn_at"] == entry["at"] == "2026-11-22T12:00:00Z"
    missing = client.delete("/api/v1/feedback/999")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:precedent:problem:not-found")
    assert client.delete("/api/v1/feedback/0").status_code == 422
    assert client.delete(f"/api/v1/feedback/{2**70}").status_code == 422
    assert client.get("/api/v1/feedback", params={"suggestion_id": "S-0"}).json() == {"items": []}


def test_categories(client: TestClient, base: KnowledgeBase) -> None:
    base.put(make_case("C-9", category="lost_parcel"), actor="t")
    base.put(make_article("late", category="late_delivery"), actor="t")
    assert client.get("/api/v1/categories").json() == {"items": ["late_delivery", "lost_parcel"]}


def test_a_check_is_about_one_conversation(client: TestClient) -> None:
    client.post("/api/v1/conversations", json=CONVERSATION)
    kept = {"text": "We refund 512.34 EUR", "conversation_id": CONVERSATION["id"]}
    whole = {"text": "We refund 512.34 EUR", "conversation": CONVERSATION}
    told = client.post("/api/v1/checks", json=kept)
    assert told.is_success
    assert told.json() == client.post("/api/v1/checks", json=whole).json()
    for wrong in ({"text": "x"}, kept | whole):
        assert client.post("/api/v1/checks", json=wrong).status_code == 422
    assert client.post("/api/v1/checks", json={"text": "x", "conversation_id": "K-0"}).status_code == 404


def test_health_and_metrics(base: KnowledgeBase) -> None:
    copilot = FakeCopilot(base)
    client = TestClient(create_app(copilot))  # not entered: nothing warms the copilot
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").status_code == 503
    copilot.warm()
    assert client.get("/readyz").json() == {"status": "ready"}
    client.post("/api/v1/suggestions", json=CONVERSATION)
    client.post("/api/v1/suggestions", json=with_message(text=NOTHING))
    client.get("/api/v1/cases/no-such-case")
    client.get("/somewhere/private")
    figures = client.get("/metrics").text.splitlines()
    assert 'precedent_suggestions_total{reason="none"} 1.0' in figures
    assert 'precedent_suggestions_total{reason="no_evidence"} 1.0' in figures
    assert "precedent_index_passages 812.0" in figures
    case_route = 'route="/api/v1/cases/{record_id:path}"'
    assert f'precedent_http_requests_total{{method="GET",{case_route},status="404"}} 1.0' in figures
    assert 'precedent_http_requests_total{method="GET",route="none",status="404"} 1.0' in figures
    assert not any("private" in line for line in figures)


def test_openapi_documents_everything(client: TestClient) -> None:
    spec = client.get("/openapi.json").json()
    contract = [
        "suggestions",
        "search",
        "detect",
        "translations",
        "feedback",
        "cases",
        "articles",
        "templates",
    ]
    assert all(f"/api/v1/{name}" in spec["paths"] for name in contract)
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (path, method)
            if path.startswith("/api/"):
                assert "#/components/schemas/Problem" in json.dumps(operation["responses"]), (path, method)
    shown = {"Suggestion", "ConversationJson", "CaseJson", "ArticleJson", "TemplateJson", "Problem"}
    assert shown <= spec["components"]["schemas"].keys()
    example = spec["components"]["schemas"]["ConversationJson"]["examples"][0]
    assert client.post("/api/v1/suggestions", json=example).is_success


def test_the_real_copilot_answers(sample_copilot: Copilot) -> None:
    client = TestClient(create_app(sample_copilot))
    found = next(one for name, _, one, _ in sample_conversations() if name == "K-101")
    sample = conversation_to_dict(found)
    told = client.post("/api/v1/suggestions", json=sample).json()
    assert told["understanding"]["language"] == "en"
    assert told["draft"]["text"]
    assert sample_copilot.knowledge.suggestion(told["id"])["conversation_id"] == "K-101"
    check = {"text": "We refund 512.34 EUR", "conversation": sample, "suggestion_id": told["id"]}
    assert [w["text"] for w in client.post("/api/v1/checks", json=check).json()["warnings"]] == ["512.34 EUR"]
    case = next(c for c in client.get("/api/v1/cases").json()["items"] if c["problem"])
    found = client.post("/api/v1/search", json={"text": case["problem"], "kind": "case", "limit": 2}).json()
    assert found["results"][0]["id"] == case["id"]
    assert client.get("/readyz").json() == {"status": "ready"}
    assert client.post("/fragments/suggestions", json=sample).status_code == 200
