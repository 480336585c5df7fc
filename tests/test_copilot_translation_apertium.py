"""Apertium for real: by its command, and over an APY server on a loopback port."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import psutil
import pytest

from copilot.translation import TranslationService
from copilot.translation.apertium import ApertiumProvider, Pairs
from copilot.translation.apertium_engines import ApyEngine, CommandEngine
from copilot.understand.language import LanguageDetector
from knowledge_base.errors import (
    BadProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    UnsupportedPairError,
)
from tests.needs import needs_apertium
from tests.translation_servers import Asked, drip, free_port, running_apy, send_json, send_text, serving


@pytest.fixture(scope="module")
def apy() -> Iterator[str]:
    with running_apy() as url:
        yield url


@pytest.fixture(params=["command", "apy"])
def provider(request: pytest.FixtureRequest) -> ApertiumProvider:
    if request.param == "command":
        return ApertiumProvider(CommandEngine())
    return ApertiumProvider(ApyEngine(request.getfixturevalue("apy")))


def translate(provider: ApertiumProvider, text: str, source: str, target: str) -> str:
    return provider.translate(text, source, target, timeout_seconds=10.0)


@pytest.mark.apertium
@needs_apertium
class TestReal:
    """Both ways to Apertium do the same."""

    def test_one_hop(self, provider: ApertiumProvider) -> None:
        assert translate(provider, "My parcel has not arrived.", "en", "es") == "Mi paquete no ha llegado."
        assert (
            translate(provider, "Mi paquete no ha llegado.", "es", "en-GB") == "My package has not arrived."
        )

    def test_two_hops_leave_no_marks(self, provider: ApertiumProvider) -> None:
        result = translate(provider, "Où est mon colis Zwirblox XPH0X ?", "fr", "en")
        assert "XPH0X" in result
        assert "Zwirblox" in result
        assert "*" not in result
        assert result.startswith("Where")

    def test_pairs_are_known(self, provider: ApertiumProvider) -> None:
        for source, target in (
            ("en", "es"),
            ("es", "fr"),
            ("fr", "en"),
            ("pt", "en"),
            ("it", "en"),
            ("en", "pt-BR"),
        ):
            assert provider.supports(source, target)
        assert not provider.supports("de", "en")
        with pytest.raises(UnsupportedPairError, match="from de to en"):
            translate(provider, "Wo ist es?", "de", "en")

    def test_nothing_leaves_the_machine(self, provider: ApertiumProvider) -> None:
        assert provider.off_site is False

    def test_long_text_is_whole(self, provider: ApertiumProvider) -> None:
        lines = [f"The parcel XPH{i}X has not arrived and I want my money back." for i in range(160)]
        assert len("\n".join(lines)) > 2 * 4096
        result = translate(provider, "\n".join(lines), "en", "es").split("\n")
        assert [f"XPH{i}X" in line for i, line in enumerate(result)] == [True] * 160

    def test_signs_of_the_stream_format_come_through(self, provider: ApertiumProvider) -> None:
        result = translate(provider, "the [price] is ^5$ / {7} @ <b> \\ \x00 end", "en", "es")
        assert all(sign in result for sign in "[]^$/{}@<>\\")
        assert result.startswith("El")


def test_pairs_are_read_from_names_in_two_or_three_letters() -> None:
    pairs = Pairs.from_modes(
        ["eng-spa", "fr-es", "es-pt", "es-pt_BR", "spa-eng", "eco-es-fr", "spa-ita", "README"]
    )
    assert pairs.route("en", "es") == [("eng", "spa")]
    assert pairs.route("fr-CA", "en-US") == [("fr", "es"), ("spa", "eng")]
    assert pairs.route("es", "pt-BR") == [("es", "pt_BR")]
    assert pairs.route("en", "pt") == [("eng", "spa"), ("es", "pt")]
    assert pairs.route("en", "fr") == []
    assert pairs.route("es", "fr") == []


def test_a_missing_command_says_how_to_install_it() -> None:
    provider = ApertiumProvider(CommandEngine("apertium-that-is-not-there"))
    with pytest.raises(ProviderUnavailableError, match="apt-get install"):
        provider.supports("en", "es")


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    marker = f"7{os.getpid()}"
    script = tmp_path / "apertium"
    script.write_text(f'#!/bin/sh\n[ "$1" = -l ] && echo eng-spa && exit\nsleep {marker} | sleep {marker}\n')
    script.chmod(0o755)
    provider = ApertiumProvider(CommandEngine(str(script)))
    started = time.monotonic()
    with pytest.raises(ProviderTimeoutError) as raised:
        provider.translate("the secret text", "en", "es", timeout_seconds=0.3)
    assert time.monotonic() - started < 6
    assert "secret" not in str(raised.value)
    assert raised.value.__context__ is None
    time.sleep(0.2)
    assert not [p for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or []) == ["sleep", marker]]


def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    script = tmp_path / "apertium"
    script.write_text('#!/bin/sh\n[ "$1" = -l ] && echo eng-spa && exit\nexit 3\n')
    script.chmod(0o755)
    with pytest.raises(BadProviderResponseError, match="status 3"):
        translate(ApertiumProvider(CommandEngine(str(script))), "hello", "en", "es")


def test_an_apy_elsewhere_is_off_site() -> None:
    assert ApyEngine("https://apertium.example.org").off_site is True
    assert ApyEngine("http://localhost:2737/").off_site is False


def test_an_apy_that_is_not_there_is_unavailable() -> None:
    provider = ApertiumProvider(ApyEngine(f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(ProviderUnavailableError, match="can't be reached"):
        provider.supports("en", "es")


def pairs_then(answer: object) -> object:
    def respond(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        if asked.path == "/listPairs":
            pairs = [{"sourceLanguage": "eng", "targetLanguage": "spa"}]
            return send_json(handler, {"responseData": pairs, "responseStatus": 200})
        return answer(handler)  # type: ignore[operator,no-any-return]

    return respond


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda h: send_json(h, {"status": "error"}, status=503), ProviderUnavailableError),
        (
            lambda h: send_json(h, {"explanation": "That pair is not installed"}, status=400),
            UnsupportedPairError,
        ),
        (lambda h: send_json(h, {"responseData": None}), BadProviderResponseError),
        (lambda h: send_text(h, "<html>hello</html>"), BadProviderResponseError),
        (drip, ProviderTimeoutError),
        (lambda h: drip(h, in_headers=True), ProviderTimeoutError),
    ],
)
def test_what_an_apy_may_answer(answer: object, error: type[Exception]) -> None:
    with serving(pairs_then(answer)) as server:  # type: ignore[arg-type]
        provider = ApertiumProvider(ApyEngine(server.url))
        seconds = 0.4 if error is ProviderTimeoutError else 5.0
        started = time.monotonic()
        with pytest.raises(error) as raised:
            provider.translate("the secret text", "en", "es", timeout_seconds=seconds)
        assert time.monotonic() - started < 6
        assert "secret" not in str(raised.value)


@pytest.mark.apertium
@needs_apertium
def test_the_service_over_a_stopped_apy_keeps_to_its_deadline_and_heals() -> None:
    with running_apy() as url:
        service = TranslationService(
            [ApertiumProvider(ApyEngine(url))], detector=LanguageDetector(), deadline_seconds=5.0
        )
        text = "My order ORD-12345 has not arrived"
        assert service.translate(text, target="es").text == "Mi orden ORD-12345 no ha llegado"
        pid = next(
            c.pid
            for c in psutil.net_connections("tcp")
            if c.laddr and c.laddr.port == int(url.rsplit(":", 1)[1]) and c.status == "LISTEN"
        )
        os.kill(pid, signal.SIGSTOP)
        quick = TranslationService(
            [ApertiumProvider(ApyEngine(url))], detector=LanguageDetector(), deadline_seconds=0.6
        )
        started = time.monotonic()
        with pytest.raises((ProviderTimeoutError, ProviderUnavailableError)):
            quick.translate("Another text of a customer", target="es")
        assert time.monotonic() - started < 6
        os.kill(pid, signal.SIGCONT)
        assert service.translate("the parcel is late", target="es", source="en").flags == ()
        for child in psutil.Process(pid).children(recursive=True):
            child.kill()
        assert "paquete" in service.translate("the parcel is here", target="es", source="en").text


@pytest.mark.apertium
@needs_apertium
def test_the_command_line_is_what_the_provider_runs() -> None:
    done = subprocess.run(
        ["apertium", "-u", "eng-spa"],
        input="Where is my package?",
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert (
        translate(ApertiumProvider(CommandEngine()), "Where is my package?", "en", "es")
        == done.stdout.strip()
    )
