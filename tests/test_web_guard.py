"""What no handler ever sees: foreign hosts and origins; what every answer carries."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from tests.builders import open_base
from tests.web_fakes import FakeCopilot
from web.app import WithoutMessages, create_app
from web.guard import refuse

JSON = {"content-type": "application/json", "content-length": "2"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with (
        open_base(tmp_path_factory.mktemp("base")) as base,
        TestClient(create_app(FakeCopilot(base))) as client,
    ):
        yield client


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8321", "localhost:80", "[::1]:8321", "TESTSERVER"])
def test_own_hosts_pass(host: str) -> None:
    assert refuse("GET", Headers({"host": host})) is None


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[::1", "10.0.0.5", "a:b:c"],
)
def test_foreign_hosts_are_refused(host: str) -> None:
    refusal = refuse("GET", Headers({"host": host}))
    assert refusal is not None
    assert refusal.status_code == 400


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8321", None),
        ("http://127.0.0.1:9999", 403),
        ("http://localhost:8321", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_only_the_own_origin_changes_anything(origin: str, status: int | None) -> None:
    headers = Headers({"host": "127.0.0.1:8321", "origin": origin, **JSON})
    for method in ("POST", "PUT", "DELETE"):
        refusal = refuse(method, headers)
        assert (refusal.status_code if refusal else None) == status
    assert refuse("GET", headers) is None


@pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere", "/static/app.js", "/openapi.json"])
def test_every_answer_is_locked_down(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_refusals_are_locked_down_too(client: TestClient) -> None:
    answer = client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-frame-options"] == "DENY"


def test_unknown_address_and_method(client: TestClient) -> None:
    assert client.get("/nowhere").json()["detail"].startswith("there is nothing at this address")
    answer = client.put("/api/v1/detect", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_static_files_stay_within_their_folder(client: TestClient) -> None:
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/%2e%2e/app.py").status_code == 404
    script = client.get("/static/app.js")
    assert script.headers["cache-control"] == "no-cache"
    again = client.get("/static/app.js", headers={"if-none-match": script.headers["etag"]})
    assert again.status_code == 304


def test_page_is_light_and_has_nothing_inline_or_foreign(client: TestClient) -> None:
    static = Path(__file__).parent.parent / "web" / "static"
    answer = client.get("/", headers={"accept-encoding": "identity"})
    page = answer.text
    assert answer.status_code == 200
    named = set(re.findall(r'"/static/([^"]+)"', page))
    assert {"base.css", "app.js", "api.js"} <= named
    assert sum((static / name).stat().st_size for name in named) + len(page.encode()) < 200_000
    assert " style=" not in page
    assert "<style" not in page
    assert "onclick" not in page
    scripts = [line for line in page.splitlines() if "<script" in line]
    assert all('src="/static/' in line or 'type="application/json"' in line for line in scripts)
    assert "http" not in page.split("</head>")[0]


def test_log_says_where_and_not_what() -> None:
    try:
        raise RuntimeError("card 4111 1111 1111 1111")
    except RuntimeError:
        record = logging.LogRecord(
            "uvicorn.error", 40, "", 1, "Exception in application\n", None, sys.exc_info()
        )
    assert WithoutMessages().filter(record)
    text = logging.Formatter().format(record)
    assert "4111" not in text
    assert "RuntimeError at test_web_guard.py" in text


def test_importing_the_application_loads_no_model() -> None:
    import subprocess

    heavy = "torch", "sentence_transformers", "faiss", "sklearn"
    code = f"import sys, web.app; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
