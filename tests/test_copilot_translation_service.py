"""The service: order, deadline, breaker, memory and masks over providers that misbehave on purpose."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import pytest

from copilot.translation import Translation, TranslationService, deep
from copilot.translation.apertium import ApertiumProvider
from copilot.translation.apertium_engines import ApyEngine
from copilot.translation.desk_words import DeskWords
from copilot.translation.upkeep import FAILURES_TO_OPEN, OPEN_SECONDS, Breaker, TranslationMemory
from copilot.understand.language import LanguageDetector
from knowledge_base.errors import (
    BadProviderResponseError,
    NoProviderError,
    ProviderAuthError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    RateLimitedError,
    TranslationError,
    UnsupportedPairError,
)
from tests.needs import needs_apertium
from tests.translation_servers import Asked, running_apy, send_text, serving

DETECTOR = LanguageDetector()
ENGLISH = "My order ORD-12345 has not arrived and I paid $12.50 for it."
SPANISH = "Mi pedido XPH0X no ha llegado y pagué XPH1X por él."


class Scripted:
    """A provider that does what the test says and keeps what it was asked."""

    def __init__(
        self,
        answer: Callable[[str], str],
        *,
        name: str = "scripted",
        off_site: bool = False,
        pairs: tuple[tuple[str, str], ...] = (("en", "es"),),
    ) -> None:
        self.name, self.off_site, self.pairs = name, off_site, pairs
        self.answer = answer
        self.asked: list[str] = []

    def supports(self, source: str, target: str) -> bool:
        return (source, target) in self.pairs

    def translate(self, text: str, source: str, target: str, *, timeout_seconds: float) -> str:
        self.asked.append(text)
        assert timeout_seconds > 0
        return self.answer(text)


def raising(error: type[TranslationError]) -> Callable[[str], str]:
    def answer(_: str) -> str:
        raise error("the provider said no")

    return answer


def service(*providers: Scripted, deadline_seconds: float = 2.0, **options: object) -> TranslationService:
    return TranslationService(providers, detector=DETECTOR, deadline_seconds=deadline_seconds, **options)  # type: ignore[arg-type]


def test_a_translation_names_its_provider_and_keeps_every_fact() -> None:
    result = service(Scripted(lambda _: SPANISH)).translate(ENGLISH, target="es")
    assert result == Translation(
        "Mi pedido ORD-12345 no ha llegado y pagué $12.50 por él.", "en", "es", "scripted", ()
    )
    assert result.failed_gates == ()


@pytest.mark.parametrize(
    ("text", "target", "source"),
    [
        (ENGLISH, "en", None),
        (ENGLISH, "en-GB", None),
        (ENGLISH, "en", "en-US"),
        ("👍", "es", None),
        ("12345", "es", "en"),
    ],
)
def test_nothing_is_asked_where_nothing_is_to_do(text: str, target: str, source: str | None) -> None:
    provider = Scripted(lambda _: SPANISH)
    result = service(provider).translate(text, target=target, source=source)
    assert (result.text, result.provider, result.target) == (text, None, target)
    assert provider.asked == []


def test_the_pair_must_be_somebodys() -> None:
    with pytest.raises(NoProviderError, match="from en to fr"):
        service(Scripted(str)).translate(ENGLISH, target="fr")
    with pytest.raises(NoProviderError):
        service().translate(ENGLISH, target="es")
    assert service(Scripted(str)).can("en", "es")
    assert not service(Scripted(str)).can("en", "fr")
    assert service().can("en", "en-GB")


def test_tags_and_languages_that_cannot_be_told_are_errors() -> None:
    with pytest.raises(UnsupportedPairError, match="say which it is"):
        service(Scripted(str)).translate("ok", target="es")
    with pytest.raises(UnsupportedPairError, match="no language tag"):
        service(Scripted(str)).translate(ENGLISH, target="spanish please")


@pytest.mark.parametrize(
    ("error", "why", "calls"),
    [
        (RateLimitedError, "rate_limited", 2),
        (ProviderUnavailableError, "unavailable", 3),
        (ProviderTimeoutError, "timeout", 2),
        (ProviderAuthError, "key_refused", 1),
        (BadProviderResponseError, "bad_response", 1),
        (UnsupportedPairError, "unsupported_pair", 1),
    ],
)
def test_the_next_provider_answers_and_the_reason_is_kept(
    error: type[TranslationError], why: str, calls: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    first, second = Scripted(raising(error), name="first"), Scripted(lambda _: SPANISH, name="second")
    result = service(first, second).translate(ENGLISH, target="es")
    assert (result.provider, result.flags) == ("second", (f"failed:first:{why}",))
    assert result.failed_gates == ()
    assert len(first.asked) == calls
    assert "order" not in caplog.text
    assert f"first failed: {why}" in caplog.text


def test_a_single_lost_answer_is_asked_for_again() -> None:
    answers = iter([ProviderUnavailableError("once"), None])

    def answer(_: str) -> str:
        error = next(answers)
        if error:
            raise error
        return SPANISH

    result = service(Scripted(answer)).translate(ENGLISH, target="es")
    assert (result.provider, result.flags) == ("scripted", ())


def test_when_all_fail_the_error_has_every_reason_and_no_text() -> None:
    providers = (
        Scripted(raising(ProviderAuthError), name="a"),
        Scripted(raising(BadProviderResponseError), name="b"),
    )
    with pytest.raises(BadProviderResponseError) as raised:
        service(*providers).translate(ENGLISH, target="es")
    assert "failed:a:key_refused, failed:b:bad_response" in str(raised.value)
    assert "order" not in str(raised.value)


def test_the_deadline_holds_over_all_providers() -> None:
    def slow(_: str) -> str:
        time.sleep(0.25)
        raise ProviderTimeoutError("late")

    providers = [Scripted(slow, name=name) for name in ("a", "b", "c", "d")]
    started = time.monotonic()
    with pytest.raises(ProviderTimeoutError) as raised:
        service(*providers, deadline_seconds=0.6).translate(ENGLISH, target="es")
    assert time.monotonic() - started < 6
    assert "skipped:d:no_time_left" in str(raised.value)
    assert providers[3].asked == []


def test_a_provider_that_hangs_in_its_list_of_pairs_keeps_nobody() -> None:
    told = threading.Event()

    class Hanging(Scripted):
        def supports(self, source: str, target: str) -> bool:
            return told.wait(30)

    started = time.monotonic()
    with pytest.raises(ProviderTimeoutError):
        service(Hanging(str), deadline_seconds=0.2).translate(ENGLISH, target="es")
    assert time.monotonic() - started < 6
    told.set()


def test_a_failing_provider_is_skipped_for_a_while() -> None:
    first = Scripted(raising(BadProviderResponseError), name="first")
    texts = [f"{ENGLISH} Reference {word}." for word in ("red", "blue", "green", "black")]
    answer = SPANISH + " Referencia roja."
    both = service(first, Scripted(lambda _: answer, name="second"))
    flags = [both.translate(text, target="es").flags for text in texts]
    assert flags == [("failed:first:bad_response",)] * FAILURES_TO_OPEN + [("skipped:first:pausing",)]
    assert len(first.asked) == FAILURES_TO_OPEN


def test_a_rate_limit_pauses_at_once() -> None:
    first = Scripted(raising(RateLimitedError), name="first")
    both = service(first, Scripted(lambda _: SPANISH, name="second"))
    both.translate(ENGLISH, target="es")
    asked = len(first.asked)
    assert both.translate(ENGLISH, target="es").flags == ("skipped:first:pausing",)
    assert len(first.asked) == asked


def test_the_breaker_lets_one_call_try_after_the_pause() -> None:
    now = [100.0]
    breaker = Breaker(clock=lambda: now[0])
    for _ in range(FAILURES_TO_OPEN):
        assert breaker.allows()
        breaker.failed(ProviderUnavailableError("x"))
    assert not breaker.allows()
    now[0] += OPEN_SECONDS
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    breaker.failed(UnsupportedPairError("no outage"))
    breaker.failed(ProviderUnavailableError("one"))
    assert breaker.allows()


def test_the_second_call_makes_no_request_and_another_order_neither() -> None:
    provider = Scripted(lambda _: SPANISH)
    one = service(provider)
    first = one.translate(ENGLISH, target="es")
    assert one.translate(ENGLISH, target="es") == first
    other = one.translate(ENGLISH.replace("12345", "99999").replace("12.50", "99.00"), target="es")
    assert other.text == "Mi pedido ORD-99999 no ha llegado y pagué $99.00 por él."
    assert len(provider.asked) == 1


def test_memory_is_bounded_and_drops_what_was_not_used() -> None:
    memory = TranslationMemory(size=2)
    for word in ("a", "b"):
        memory.put((word, "en", "es", "p"), word.upper())
    assert memory.get(("a", "en", "es", "p")) == "A"
    memory.put(("c", "en", "es", "p"), "C")
    assert memory.get(("b", "en", "es", "p")) is None
    assert memory.get(("a", "en", "es", "other")) is None
    assert len(memory) == 2


PERSONAL = "Please write to ana.ruiz@example.com or call +44 20 7946 0123, my card is 4111 1111 1111 1111."


@pytest.mark.parametrize("mask_personal", [True, False])
def test_personal_data_never_reaches_an_off_site_provider(mask_personal: bool) -> None:
    provider = Scripted(lambda text: text.replace("Please write to", "Escriba a"), off_site=True)
    result = service(provider, mask_personal=mask_personal).translate(PERSONAL, target="es", source="en")
    assert provider.asked == ["Please write to XPH0X or call XPH1X, my card is XPH2X."]
    assert all(
        span in result.text for span in ("ana.ruiz@example.com", "+44 20 7946 0123", "4111 1111 1111 1111")
    )


def test_a_hosted_service_and_the_logs_never_see_personal_data(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    planted = ("ana", "example.com", "7946", "4111")

    def echo(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        send_text(handler, f'<div class="result-container">Escriba: {asked.query["q"]}</div>')

    with serving(echo) as server:
        hosted = TranslationService(
            [deep.google(base_url=server.url)], detector=DETECTOR, deadline_seconds=20.0
        )
        result = hosted.translate(PERSONAL, target="es", source="en")
        lines = "".join(asked.line for asked in server.asked)
    assert result.text == "Escriba: " + PERSONAL
    assert "XPH0X" in lines
    assert not [word for word in planted if word in lines or word in caplog.text]


def test_a_local_provider_sees_numbers_only_if_the_desk_wants() -> None:
    provider = Scripted(lambda text: text)
    service(provider, mask_personal=False).translate(PERSONAL, target="es", source="en")
    assert provider.asked == [PERSONAL.replace("ana.ruiz@example.com", "XPH0X")]


def test_terms_are_not_translated() -> None:
    provider = Scripted(lambda text: text.replace("sells lamps", "vende lámparas"))
    result = service(provider, desk=DeskWords(keep=("Best Buy",))).translate(
        "Best Buy sells lamps", target="es", source="en"
    )
    assert result.text == "Best Buy vende lámparas"


def test_a_result_that_fails_a_gate_is_the_last_resort() -> None:
    wrong = Scripted(lambda text: text + " 7 7 7", name="wrong")
    right = Scripted(lambda _: SPANISH, name="right")
    assert service(wrong, right).translate(ENGLISH, target="es").provider == "right"
    alone = service(wrong).translate(ENGLISH, target="es")
    assert alone.failed_gates == ("numbers_changed", "wrong_language")
    wrong.asked.clear()
    again = service(wrong)
    again.translate(ENGLISH, target="es")
    again.translate(ENGLISH, target="es")
    assert len(wrong.asked) == 2  # what failed is not remembered


def test_an_error_page_goes_to_the_next_provider() -> None:
    page = Scripted(lambda _: "Error 500 (Server Error)!! XPH0X XPH1X", name="page")
    result = service(page, Scripted(lambda _: SPANISH, name="second")).translate(ENGLISH, target="es")
    assert (result.provider, result.flags) == ("second", ("failed:page:bad_response",))


def test_threads_never_get_each_others_text() -> None:
    def answer(text: str) -> str:
        time.sleep(0.001)
        return "traducido " + text

    shared = service(Scripted(answer), deadline_seconds=60.0)
    words = ("red", "blue", "green", "black", "white", "brown", "grey", "pink", "gold", "cyan")
    texts = [
        f"the {one} lamp and the {two} kettle ORD-{i}{n}0{j}"
        for n in range(10)
        for i, one in enumerate(words)
        for j, two in enumerate(words)
    ] * 2
    assert len(texts) == 2000
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda text: shared.translate(text, target="es", source="en").text, texts))
    assert results == ["traducido " + text for text in texts]


@pytest.fixture(scope="module")
def apy() -> Iterator[str]:
    with running_apy() as url:
        yield url


@pytest.mark.apertium
@needs_apertium
class TestReal:
    """The same over Apertium."""

    def test_sixty_kilobytes_keep_every_paragraph(self, apy: str) -> None:
        paragraphs = [
            f"Part {i}: parcel ORD-{1000 + i} has not arrived, it cost €{i}.50, write to c{i}@example.com. "
            "I have waited for a long time and I want my money back." + " Please help me." * 3
            for i in range(330)
        ]
        text = "\n\n".join(paragraphs)
        assert len(text) > 60_000
        translator = TranslationService(
            [ApertiumProvider(ApyEngine(apy))], detector=DETECTOR, deadline_seconds=60.0
        )
        result = translator.translate(text, target="es")
        lines = result.text.split("\n\n")
        assert len(lines) == 330
        assert all(
            f"ORD-{1000 + i} " in line and f"€{i}.50" in line and f"c{i}@example.com" in line
            for i, line in enumerate(lines)
        )
        assert result.flags == ()

    def test_there_and_back_keeps_the_facts(self, apy: str) -> None:
        translator = TranslationService([ApertiumProvider(ApyEngine(apy))], detector=DETECTOR)
        text = "Où est mon colis ORD-12345 ? J'ai payé 59,90 € le 22/11/2026. https://a.example.com/a?b=1"
        result = translator.translate(text, target="en")
        assert (result.source, result.provider) == ("fr", "apertium")
        for fact in ("ORD-12345", "59,90 €", "22/11/2026", "https://a.example.com/a?b=1"):
            assert fact in result.text

    def test_threads_over_one_apy(self, apy: str) -> None:
        translator = TranslationService(
            [ApertiumProvider(ApyEngine(apy))], detector=DETECTOR, deadline_seconds=60.0
        )
        numbers = range(80)
        texts = [
            f"my parcel has not arrived, the code is {number} and the door is {number + 500}"
            for number in numbers
        ]
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda text: translator.translate(text, target="es", source="en"), texts))
        assert all(
            f" {n} " in r.text and r.text.endswith(str(n + 500))
            for n, r in zip(numbers, results, strict=True)
        )
        assert all(r.failed_gates == () for r in results)
