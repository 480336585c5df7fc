"""Polishing by a local server that misbehaves in every way: the draft stands, and why is told."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.assemble import build_copilot
from copilot.assist import Copilot
from copilot.drafting.facts import facts_in
from copilot.polishing.completion import Server as Model
from copilot.polishing.polisher import AT_ONCE, LONGEST_DRAFT, Polisher, Wanted
from copilot.polishing.sheet import GAP
from copilot.settings import Settings
from copilot.understand.language import LanguageDetector
from knowledge_base.errors import InputError, NoPolisherError, NotFoundError
from knowledge_base.models import Customer
from tests.builders import make_conversation
from tests.test_copilot_polishing import BODY, DRAFT, GOOD, NAMES, no_proof
from tests.translation_servers import Asked, Server, drip, free_port, send_json, send_text, serving

KEY = "key-of-the-desk"
DETECTOR = LanguageDetector()
GOOD_TEXT = "\n\n".join(GOOD)
SPANISH = (
    "Su paquete del pedido XPH0X no ha llegado todavía, y usted sigue sin saber dónde está. Entiendo cuánto "
)
SPANISH += "desea una información clara."
Answer = Callable[[BaseHTTPRequestHandler], None]


def completion(content: Any, **choice: Any) -> dict[str, Any]:
    """A chat completion as an OpenAI-compatible server writes it."""
    message = {"role": "assistant", "content": content}
    return {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"} | choice],
    }


def says(content: Any, **choice: Any) -> Answer:
    return lambda handler: send_json(handler, completion(content, **choice))


def polisher(url: str, *, seconds: float = 5.0, **options: Any) -> Polisher:
    return Polisher(Model(url, "small-model", KEY, seconds), DETECTOR, **options)


def wanted(text: str = DRAFT, language: str = "en") -> Wanted:
    return Wanted(text, language, make_conversation("I am furious, says Hannah!"), NAMES)


def streamed(handler: BaseHTTPRequestHandler) -> None:
    chunk = json.dumps({"choices": [{"delta": {"content": GOOD_TEXT}}]})
    send_text(handler, f"data: {chunk}\n\ndata: [DONE]\n\n", kind="text/event-stream")


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")


def asleep(handler: BaseHTTPRequestHandler) -> None:
    handler.server.closing.wait(3)  # type: ignore[attr-defined]


BAD: list[tuple[str, Answer, str]] = [
    ("silent", asleep, "timeout"),
    ("slow headers", lambda h: drip(h, in_headers=True), "timeout"),
    ("slow body", drip, "timeout"),
    ("broken off", cut_off, "unavailable"),
    ("400", lambda h: send_json(h, {"error": DRAFT}, status=400), "bad_response"),
    ("401", lambda h: send_json(h, {"error": "who?"}, status=401), "key_refused"),
    ("404", lambda h: send_text(h, "no such model", status=404), "bad_response"),
    ("429", lambda h: send_text(h, "slow down", status=429), "rate_limited"),
    ("500", lambda h: send_text(h, "oh", status=500), "unavailable"),
    ("201", lambda h: send_json(h, completion(GOOD_TEXT), status=201), "bad_response"),
    ("huge", lambda h: send_json(h, completion("x" * 2_500_000)), "bad_response"),
    ("HTML", lambda h: send_text(h, json.dumps(completion(GOOD_TEXT))), "bad_response"),
    ("plain text", lambda h: send_text(h, GOOD_TEXT, kind="text/plain"), "bad_response"),
    ("invalid JSON", lambda h: send_text(h, '{"choices": [', kind="application/json"), "bad_response"),
    ("nothing", lambda h: send_text(h, "", kind="application/json"), "bad_response"),
    ("stream", streamed, "bad_response"),
    ("a list", lambda h: send_json(h, [completion(GOOD_TEXT)]), "bad_response"),
    ("a string", lambda h: send_json(h, GOOD_TEXT), "bad_response"),
    ("another shape", lambda h: send_json(h, {"response": GOOD_TEXT}), "bad_response"),
    ("no choices", lambda h: send_json(h, {"choices": []}), "bad_response"),
    ("choices of text", lambda h: send_json(h, {"choices": ["x"]}), "bad_response"),
    ("no message", lambda h: send_json(h, {"choices": [{"text": GOOD_TEXT}]}), "bad_response"),
    ("null content", says(None), "no_text"),
    ("parts for content", says([{"type": "text", "text": GOOD_TEXT}]), "no_text"),
    ("a number", says(5), "no_text"),
    ("blank", says(" \n "), "no_text"),
    ("tool call", says(None, finish_reason="tool_calls"), "no_text"),
    ("tool call beside text", says(GOOD_TEXT, message={"content": GOOD_TEXT, "tool_calls": [{}]}), "no_text"),
    ("filtered", says(GOOD_TEXT, finish_reason="content_filter"), "no_text"),
    ("truncated", says(GOOD_TEXT, finish_reason="length"), "cut_off"),
    ("echo of the rules", says("You improve the wording of a reply. " * 13), "layout_changed"),
    ("invented refund", says(GOOD_TEXT.replace("I under", "We refund you, I under")), "new_promise"),
    ("invented amount", says(GOOD_TEXT.replace("replacement", "replacement and 20 EUR")), "new_figure"),
    ("invented date", says(GOOD_TEXT.replace("replacement", "replacement on 3 May")), "new_figure"),
    ("invented day", says(GOOD_TEXT.replace("replacement", "replacement tomorrow")), "new_promise"),
    ("invented link", says(GOOD_TEXT.replace("in cash", "in cash: https://pay.example/x")), "new_link"),
    ("invented phone", says(GOOD_TEXT.replace("in cash", "in cash: +34 600 123 456")), "new_figure"),
    ("dropped gap", says(GOOD_TEXT.replace(" XPH1X", "")), "value_lost"),
    ("doubled gap", says(GOOD_TEXT.replace("XPH1X", "XPH1X XPH1X")), "value_lost"),
    ("changed order number", says(GOOD_TEXT.replace("XPH0X", "TW-481921")), "value_lost"),
    ("dropped not", says(GOOD_TEXT.replace("can't", "can")), "negation_changed"),
    ("another language", says("\n\n".join([SPANISH, *GOOD[1:]])), "wrong_language"),
    ("Markdown", says(GOOD_TEXT.replace("still", "**still**")), "strange_characters"),
    ("preamble", says("Here is the rewritten reply:\n\n" + GOOD_TEXT), "preamble"),
    ("thinking aloud", says(f"<think>Let me see.</think>\n{GOOD_TEXT}"), "layout_changed"),
    ("right-to-left", says(GOOD_TEXT.replace("still", "\u202estill")), "strange_characters"),
    ("private use", says(GOOD_TEXT.replace("still", "\uf8ff")), "strange_characters"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "reason"), [pytest.param(a, r, id=name) for name, a, r in BAD])
def test_the_draft_stands_and_why_is_told(
    answer: Answer, reason: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(lambda _, handler: answer(handler)) as server:
        started = time.monotonic()
        seconds = 0.4 if reason == "timeout" else 5.0
        done = polisher(server.url + "/v1", seconds=seconds).polish(wanted(), no_proof)
        assert time.monotonic() - started < seconds + 5
    assert (done.text, done.polished, done.reason) == (DRAFT, False, reason)
    assert "polished: " + reason in caplog.text
    said = caplog.text + "".join(capfd.readouterr())
    assert [secret for secret in (KEY, "Hannah", "TW-481920", "parcel") if secret in said] == []


def test_a_good_answer_stands_and_the_request_holds_no_value() -> None:
    with serving(lambda _, handler: says(GOOD_TEXT)(handler)) as server:
        done = polisher(server.url + "/v1/").polish(wanted(), no_proof)
        (asked,) = server.asked
    assert done.polished
    assert done.text == BODY.put_together(GOOD)
    assert (asked.method, asked.line) == ("POST", "/v1/chat/completions")
    assert asked.json()["model"] == "small-model"
    assert asked.json()["stream"] is False
    assert [value for value in (*NAMES, "furious", "Maya", "50", "November") if value in asked.body] == []


def test_the_key_is_sent_as_a_bearers_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login other password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    seen: list[str | None] = []

    def answer(_: Asked, handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        says(GOOD_TEXT)(handler)

    with serving(answer) as server:
        polisher(server.url).polish(wanted(), no_proof)
        Polisher(Model(server.url, "m"), DETECTOR).polish(wanted(), no_proof)
    assert seen == [f"Bearer {KEY}", None]
    assert KEY not in repr(Model("http://127.0.0.1/v1", "m", KEY))


def test_the_conversation_is_sent_only_where_the_operator_says_so() -> None:
    with serving(lambda _, handler: says(GOOD_TEXT)(handler)) as server:
        polisher(server.url, read_conversation=True).polish(wanted(), no_proof)
        (asked,) = server.asked
    assert "I am furious, says …!" in asked.json()["messages"][1]["content"]
    assert "Hannah" not in asked.body


def test_nobody_is_asked_where_a_redirect_points() -> None:
    with serving(lambda _, handler: says(GOOD_TEXT)(handler)) as other:

        def redirect(_: Asked, handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(307)
            handler.send_header("Location", other.url + "/v1/chat/completions")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        with serving(redirect) as server:
            done = polisher(server.url).polish(wanted(), no_proof)
    assert (done.text, done.reason, other.asked) == (DRAFT, "bad_response", [])


def test_a_server_on_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _, h: send_text(h, "proxied", status=502)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with serving(lambda _, handler: says(GOOD_TEXT)(handler)) as server:
            assert polisher(server.url).polish(wanted(), no_proof).polished
        assert proxy.asked == []


def test_a_server_that_is_not_there_is_unavailable() -> None:
    done = polisher(f"http://127.0.0.1:{free_port()}/v1").polish(wanted(), no_proof)
    assert (done.text, done.reason) == (DRAFT, "unavailable")


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("Drogi Kliencie, paczka dotrze jutro.", "pl", "language_not_proven"),
        ("We are on it. " * (LONGEST_DRAFT // 10), "en", "too_long"),
        ("Dear Hannah,\n\nKind regards,\nMaya", "en", "nothing_to_polish"),
        (" ", "en", "nothing_to_polish"),
    ],
)
def test_what_cannot_be_proven_is_not_sent(text: str, language: str, reason: str) -> None:
    with serving(lambda _, handler: says(GOOD_TEXT)(handler)) as server:
        done = polisher(server.url).polish(wanted(text, language), no_proof)
        assert (done.text, done.reason, server.asked) == (text, reason, [])


def test_only_so_many_wait_at_once() -> None:
    gate = threading.Event()

    def answer(_: Asked, handler: BaseHTTPRequestHandler) -> None:
        gate.wait(10)
        says(GOOD_TEXT)(handler)

    with serving(answer) as server, ThreadPoolExecutor(AT_ONCE) as pool:
        one = polisher(server.url, seconds=10.0)
        waiting = [pool.submit(one.polish, wanted(), no_proof) for _ in range(AT_ONCE)]
        while len(server.asked) < AT_ONCE:
            time.sleep(0.01)
        started = time.monotonic()
        assert one.polish(wanted(), no_proof).reason == "busy"
        assert time.monotonic() - started < 5
        gate.set()
        assert all(future.result().polished for future in waiting)


class Scripted:
    """A server whose next answer a test sets, for tests that ask it many times."""

    def __init__(self, server: Server) -> None:
        self.url, self.content = server.url, ""


@pytest.fixture(scope="module")
def scripted() -> Iterator[Scripted]:
    holder: list[Scripted] = []
    with serving(lambda _, handler: says(holder[0].content)(handler)) as server:
        holder.append(Scripted(server))
        yield holder[0]


words = st.sampled_from(
    [*" ".join(GOOD).split(), "\n\n", "XPH1X", "5", "[date]", "refund", "not", "\ud800", "\u202e"]
)


@given(st.text(max_size=60) | st.lists(words, max_size=120).map(" ".join) | st.just(GOOD_TEXT))
@settings(max_examples=60, deadline=None)
def test_whatever_the_server_says_facts_and_gaps_are_the_drafts(scripted: Scripted, content: str) -> None:
    scripted.content = content
    done = polisher(scripted.url).polish(wanted(), no_proof)
    assert [(f.kind, f.value) for f in facts_in(done.text)] == [(f.kind, f.value) for f in facts_in(DRAFT)]
    assert GAP.findall(done.text) == GAP.findall(DRAFT)
    assert re.findall(r"\d+", done.text) == re.findall(r"\d+", DRAFT)
    assert done.polished is (done.text != DRAFT)


@pytest.fixture
def desk(scripted: Scripted, tmp_path: Path) -> Iterator[Copilot]:
    """An empty desk with a polisher."""
    options = {"polisher_url": scripted.url + "/v1", "polisher_model": "m", "agent_name": "Maya"}
    copilot = build_copilot(Settings(data=tmp_path, **options))
    yield copilot
    copilot.knowledge.close()


SHOWN = {"draft": {"text": DRAFT, "language": "en", "spans": []}}


def test_the_copilot_polishes_a_text_or_the_draft_it_kept(desk: Copilot, scripted: Scripted) -> None:
    customer = Customer(name="Hannah Whitlock")
    conversation = make_conversation("Where is TW-481920? I paid €50.", customer=customer)
    desk.knowledge.keep_suggestion("S-1", "K-1", SHOWN)
    scripted.content = GOOD_TEXT
    assert desk.polishes
    by_text = desk.polish(conversation, text=DRAFT)
    kept = desk.polish(conversation, suggestion_id="S-1")
    assert (by_text.text, kept.text) == (BODY.put_together(GOOD), BODY.put_together(GOOD))
    assert [w.text for w in kept.warnings] == ["5 working days", "two weeks", "22 November 2026"]
    with pytest.raises(NotFoundError):
        desk.polish(conversation, suggestion_id="S-none")
    with pytest.raises(InputError, match="no draft to polish"):
        desk.polish(conversation)


def test_without_a_polisher_there_is_none(tmp_path: Path) -> None:
    copilot = build_copilot(Settings(data=tmp_path))
    with copilot.knowledge:
        assert not copilot.polishes
        with pytest.raises(NoPolisherError, match="PRECEDENT_POLISHER_URL"):
            copilot.polish(make_conversation(), text=DRAFT)
