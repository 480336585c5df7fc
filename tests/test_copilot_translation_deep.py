"""deep-translator's own classes against local servers: good answers, and every bad one that was seen."""

from __future__ import annotations

import html
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import pytest

from copilot.translation import deep
from copilot.translation.deadline import BoundedCalls
from copilot.translation.deep import DeepProvider
from knowledge_base.errors import (
    BadProviderResponseError,
    InputTooLongError,
    ProviderAuthError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    RateLimitedError,
    TranslationError,
    UnsupportedPairError,
)
from tests.needs import needs_apertium
from tests.translation_servers import Asked, drip, free_port, libretranslate, send_json, send_text, serving

Answer = Callable[[BaseHTTPRequestHandler], None]
SECRET = "the secret text of a customer"
KEY = "key-of-the-desk"


def page(text: str) -> str:
    """Google's page as GoogleTranslator reads it."""
    return f'<html><body><div class="result-container">{html.escape(text)}</div></body></html>'


def google_echo(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    send_text(handler, page(f"{asked.query['tl']}: {asked.query['q'].upper()}"))


def mymemory_echo(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    text = f"{asked.query['langpair']}: {asked.query['q'].upper()} &#39;ok&#39;"
    send_json(handler, {"responseData": {"translatedText": text}, "matches": [], "responseStatus": 200})


def translate(
    provider: DeepProvider, text: str = SECRET, *, target: str = "es", seconds: float = 10.0
) -> str:
    return provider.translate(text, "en", target, timeout_seconds=seconds)


def test_google_and_mymemory_answer() -> None:
    with serving(google_echo) as server:
        assert translate(deep.google(base_url=server.url), "hello you") == "es: HELLO YOU"
        assert translate(deep.google(base_url=server.url), "hello you", target="he") == "iw: HELLO YOU"
        assert translate(deep.google(base_url=server.url), "hello you", target="pt-BR") == "pt: HELLO YOU"
        assert (
            translate(deep.google(base_url=server.url), "hello you", target="zh-Hant") == "zh-TW: HELLO YOU"
        )
    with serving(mymemory_echo) as server:
        assert (
            translate(deep.mymemory(base_url=server.url), "hello", target="pt-BR")
            == "en-US|pt-BR: HELLO 'ok'"
        )


@pytest.mark.parametrize(("make", "limit"), [(deep.google, 5000), (deep.mymemory, 500)])
def test_long_text_goes_in_pieces_and_comes_back_whole(make: Callable[..., DeepProvider], limit: int) -> None:
    text = "\n".join(f"sentence number {'abcdefgh'[i % 8]} of a long text." for i in range(300))

    def echo(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        assert len(asked.query["q"]) < limit
        if "langpair" in asked.query:
            return send_json(handler, {"responseData": {"translatedText": asked.query["q"].upper()}})
        return send_text(handler, page(asked.query["q"].upper()))

    with serving(echo) as server:
        assert translate(make(base_url=server.url), text, seconds=60.0) == text.upper()
        assert len(server.asked) >= len(text) // limit


@pytest.mark.apertium
@needs_apertium
def test_libretranslate_for_real_keeps_text_and_key_out_of_the_address() -> None:
    with serving(libretranslate) as server:
        provider = deep.libre(server.url, key=KEY)
        assert provider.off_site is False
        assert translate(provider, "My parcel has not arrived.") == "Mi paquete no ha llegado."
        assert translate(deep.libre(server.url + "/"), "Thank you.") == "Gracias."
        assert [asked.line for asked in server.asked] == ["/translate", "/translate"]
        assert server.asked[0].json()["api_key"] == KEY
        assert "api_key" not in server.asked[1].json()
        with pytest.raises(ProviderAuthError) as raised:
            translate(deep.libre(server.url, key="wrong"))
        assert "wrong" not in str(raised.value)
        with pytest.raises(UnsupportedPairError):
            translate(provider, target="ko")


BAD: list[tuple[str, Answer, type[TranslationError]]] = [
    ("429", lambda h: send_text(h, "slow down", status=429), RateLimitedError),
    ("500", lambda h: send_text(h, "oh", status=500), ProviderUnavailableError),
    ("503", lambda h: send_text(h, "oh", status=503), ProviderUnavailableError),
    ("401", lambda h: send_text(h, "who?", status=401), ProviderAuthError),
    ("403", lambda h: send_text(h, "no", status=403), ProviderAuthError),
    ("413", lambda h: send_text(h, "too long", status=413), InputTooLongError),
    ("404", lambda h: send_text(h, "gone", status=404), BadProviderResponseError),
    ("empty", lambda h: send_text(h, ""), BadProviderResponseError),
    ("not it", lambda h: send_text(h, "<html><body>please sign in</body></html>"), BadProviderResponseError),
    ("drip", drip, ProviderTimeoutError),
    ("header drip", lambda h: drip(h, in_headers=True), ProviderTimeoutError),
    ("cut off", lambda h: _cut_off(h), ProviderUnavailableError),
]
GOOGLE_BAD: list[tuple[str, Answer, type[TranslationError]]] = [
    (
        "error page",
        lambda h: send_text(h, page("Error 500 (Server Error)!!1500.That’s an error.")),
        BadProviderResponseError,
    ),
    ("nothing", lambda h: send_text(h, page("")), BadProviderResponseError),
]
MYMEMORY_BAD: list[tuple[str, Answer, type[TranslationError]]] = [
    (
        "quota",
        lambda h: send_json(
            h,
            {
                "responseData": {
                    "translatedText": "MYMEMORY WARNING: YOU USED ALL AVAILABLE FREE TRANSLATIONS"
                }
            },
        ),
        BadProviderResponseError,
    ),
    (
        "null",
        lambda h: send_json(h, {"responseData": {"translatedText": None}, "matches": []}),
        BadProviderResponseError,
    ),
    ("no such key", lambda h: send_json(h, {"detail": 1}), BadProviderResponseError),
    ("a list", lambda h: send_json(h, [1]), BadProviderResponseError),
    ("a number", lambda h: send_json(h, {"responseData": {"translatedText": 5}}), BadProviderResponseError),
]


def _cut_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")


CASES = [
    *[
        pytest.param(deep.google, answer, error, id=f"google-{name}")
        for name, answer, error in BAD + GOOGLE_BAD
    ],
    *[
        pytest.param(deep.mymemory, answer, error, id=f"mymemory-{name}")
        for name, answer, error in BAD + MYMEMORY_BAD
    ],
]


@pytest.mark.parametrize(("make", "answer", "error"), CASES)
def test_each_failure_is_one_of_ours_in_time_without_the_text(
    make: Callable[..., DeepProvider],
    answer: Answer,
    error: type[TranslationError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    seconds = 0.4 if error is ProviderTimeoutError else 5.0
    with serving(lambda _, handler: answer(handler)) as server:
        started = time.monotonic()
        with pytest.raises(error) as raised:
            translate(make(base_url=server.url), seconds=seconds)
        assert time.monotonic() - started < 6
    seen = raised.value
    assert type(seen) is error
    assert "secret" not in caplog.text
    assert SECRET not in str(seen)
    assert seen.__cause__ is None
    assert seen.__context__ is None


@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_libres_failures_hide_the_key(status: int) -> None:
    with (
        serving(lambda _, handler: send_json(handler, {"error": SECRET}, status=status)) as server,
        pytest.raises(TranslationError) as raised,
    ):
        translate(deep.libre(server.url, key=KEY))
    assert KEY not in str(raised.value)
    assert SECRET not in str(raised.value)
    assert raised.value.__context__ is None


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(ProviderUnavailableError, match="mymemory can't be reached"):
        translate(deep.mymemory(base_url=f"http://127.0.0.1:{free_port()}"))


def test_languages_that_it_lacks_are_told_before_asking() -> None:
    provider = deep.libre("http://127.0.0.1:1")
    assert provider.supports("en", "es")
    assert not provider.supports("en", "sv")
    assert deep.google().supports("nb", "fil")
    assert not deep.google().supports("en", "xx")
    with pytest.raises(UnsupportedPairError, match="from en to sv"):
        translate(provider, target="sv")


def test_hosted_services_are_off_site() -> None:
    assert deep.google().off_site
    assert deep.mymemory().off_site
    assert deep.libre("https://translate.example.org").off_site
    assert not deep.libre("http://[::1]:5000").off_site


def test_threads_never_get_each_others_text() -> None:
    with serving(google_echo) as server:
        provider = deep.google(base_url=server.url)
        texts = [f"message {'abcdefghijklmnopqrstuvwxyz'[i % 26] * 5} {i} of its own" for i in range(2000)]
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda text: translate(provider, text, seconds=60.0), texts))
    assert results == [f"es: {text.upper()}" for text in texts]


def test_abandoned_calls_are_counted_and_capped() -> None:
    calls = BoundedCalls(max_abandoned=3)
    gate = threading.Event()
    for _ in range(3):
        with pytest.raises(ProviderTimeoutError):
            calls.run(gate.wait, who="x", timeout_seconds=0.02)
    assert calls.abandoned == 3
    with pytest.raises(ProviderUnavailableError, match="owes too many answers"):
        calls.run(lambda: True, who="x", timeout_seconds=10.0)
    gate.set()
    wait_until(lambda: calls.abandoned == 0)
    assert calls.run(lambda: "done", who="x", timeout_seconds=10.0) == "done"


def test_an_abandoned_call_ends_with_its_server() -> None:
    with serving(lambda _, handler: drip(handler, in_headers=True)) as server:
        provider = deep.google(base_url=server.url)
        with pytest.raises(ProviderTimeoutError):
            translate(provider, seconds=0.2)
    wait_until(lambda: provider.abandoned == 0)


def wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_no_more_calls_run_than_there_are_workers() -> None:
    calls = BoundedCalls(workers=1, max_abandoned=1)
    gate = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(calls.run, gate.wait, who="x", timeout_seconds=30.0) for _ in range(2)]
        time.sleep(0.05)
        with pytest.raises(ProviderTimeoutError, match="too many calls"):
            calls.run(lambda: True, who="x", timeout_seconds=0.1)
        gate.set()
        assert all(future.result() for future in waiting)
    assert calls.run(lambda: "done", who="x", timeout_seconds=10.0) == "done"
