"""DeepL and Microsoft over real HTTP against stand-ins that speak their interfaces, and misbehave."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from copilot.translation.deep import DeepProvider
from copilot.translation.deepl import FREE, PAID, DeepLProvider
from copilot.translation.microsoft import MicrosoftProvider
from knowledge_base.errors import (
    BadProviderResponseError,
    ProviderAuthError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    RateLimitedError,
    TranslationError,
    UnsupportedPairError,
)
from tests.translation_servers import Asked, deepl, drip, microsoft, send_json, send_text, serving

Make = Callable[[str], DeepLProvider | DeepProvider]
MAKERS = [
    pytest.param(deepl, lambda url: DeepLProvider("secret:fx", url=url), id="deepl"),
    pytest.param(
        microsoft, lambda url: MicrosoftProvider("secret", region="westeurope", url=url), id="microsoft"
    ),
]
Answer = Callable[[Asked, BaseHTTPRequestHandler], None]


@pytest.mark.parametrize(("answer", "make"), MAKERS)
def test_it_translates_and_asks_for_its_languages_once(answer: Answer, make: Make) -> None:
    with serving(answer) as server:
        provider = make(server.url)
        assert provider.supports("en", "es")
        assert not provider.supports("en", "fi")
        assert provider.translate("Where is it?", "en-GB", "es-MX", timeout_seconds=10) == "¿Dónde está?"
        provider.translate("Your order", "en", "pt-BR", timeout_seconds=10)
        listings = [asked for asked in server.asked if asked.path.endswith("languages")]
        assert len(listings) == len({asked.query.get("type") for asked in listings})
        assert not any("Where" in asked.line or "secret" in asked.line for asked in server.asked)
        with pytest.raises(UnsupportedPairError):
            provider.translate("Where is it?", "en", "fi", timeout_seconds=10)


def test_deepl_is_told_the_variant_and_the_register() -> None:
    with serving(deepl) as server:
        provider = DeepLProvider("secret:fx", url=server.url, registers={"es": "informal"})
        provider.translate("Where is it?", "en", "es", timeout_seconds=10)
        provider.translate("Where is it?", "en", "pt", timeout_seconds=10)
        provider.translate("¿Dónde?", "es", "en", timeout_seconds=10)
        sent = [asked.json() for asked in server.asked if asked.method == "POST"]
    told = [(one["source_lang"], one["target_lang"], one["formality"]) for one in sent]
    assert told[0] == ("EN", "ES", "prefer_less")
    assert told[1][1] in ("PT-BR", "PT-PT")
    assert told[1][2] == "prefer_more"
    assert told[2][1] in ("EN-GB", "EN-US")


def test_microsoft_is_told_key_and_region_in_headers() -> None:
    with serving(microsoft) as server:
        MicrosoftProvider("secret", region="westeurope", url=server.url).translate(
            "Where is it?", "en", "zh-CN", timeout_seconds=3
        )
        asked = server.asked[-1]
    assert asked.headers["Ocp-Apim-Subscription-Region"] == "westeurope"
    assert (asked.query["from"], asked.query["to"], asked.query["api-version"]) == ("en", "zh-Hans", "3.0")
    assert asked.json() == [{"text": "Where is it?"}]


def test_the_free_key_has_its_own_address_and_hosted_services_are_off_site() -> None:
    assert (DeepLProvider("k:fx")._url, DeepLProvider("k")._url) == (FREE, PAID)
    assert DeepLProvider("k").off_site
    assert MicrosoftProvider("k").off_site
    assert not DeepLProvider("k", url="http://127.0.0.1:1").off_site


def failing(status: int) -> Answer:
    return lambda asked, handler: (
        _listing(asked, handler)
        if asked.path.endswith("languages")
        else send_text(handler, "Where is it? secret", status=status)
    )


def _listing(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
    both = {"type"} & asked.query.keys()
    send_json(
        handler,
        [{"language": "EN"}, {"language": "ES"}]
        if both
        else {"translation": {"en": {"name": "e"}, "es": {"name": "s"}}},
    )


@pytest.mark.parametrize(("_", "make"), MAKERS)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, ProviderAuthError), (403, ProviderAuthError), (429, RateLimitedError),
        (503, ProviderUnavailableError), (200, BadProviderResponseError), (456, BadProviderResponseError),
    ],
)  # fmt: skip
def test_each_failure_is_one_of_ours_without_text_or_key(
    _: Answer, make: Make, status: int, error: type[TranslationError]
) -> None:
    with serving(failing(status)) as server, pytest.raises(error) as raised:
        make(server.url).translate("Where is it?", "en", "es", timeout_seconds=10)
    chain: BaseException | None = raised.value
    while chain is not None:
        assert "Where is it" not in str(chain)
        assert "secret" not in str(chain)
        chain = chain.__cause__ or chain.__context__


@pytest.mark.parametrize(("_", "make"), MAKERS)
def test_a_dripping_server_costs_its_deadline_and_no_more(_: Answer, make: Make) -> None:
    def answer(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        if asked.path.endswith("languages"):
            _listing(asked, handler)
        else:
            drip(handler)

    with serving(answer) as server:
        provider = make(server.url)
        assert provider.supports("en", "es")
        started = time.monotonic()
        with pytest.raises(ProviderTimeoutError):
            provider.translate("Where is it?", "en", "es", timeout_seconds=0.5)
        assert time.monotonic() - started < 6


@pytest.mark.parametrize(("_", "make"), MAKERS)
@pytest.mark.parametrize("document", [[], {}, {"translation": []}, [{"name": "x"}], "text", None])
def test_a_listing_that_is_none_is_told(_: Answer, make: Make, document: object) -> None:
    with (
        serving(lambda asked, handler: send_json(handler, document)) as server,
        pytest.raises((BadProviderResponseError, UnsupportedPairError)),
    ):
        make(server.url).translate("Where is it?", "en", "es", timeout_seconds=10)
