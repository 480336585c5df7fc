"""Gates: planted faults are caught, sound translations pass."""

from __future__ import annotations

import pytest

from copilot.translation import gates
from copilot.translation.gates import check, is_error_page, number_value
from copilot.translation.models import GATES
from copilot.translation.protect import mask
from copilot.understand.language import LanguageDetector

DETECTOR = LanguageDetector()
SOURCE = "I paid $12.50 for 2 lamps on https://shop.example.com/a and order ORD-12345 is late."
GOOD = "Pagué $12.50 por 2 lámparas en https://shop.example.com/a y el pedido ORD-12345 se retrasa."


def failed(result: str, *, source: str = SOURCE, target: str = "es") -> tuple[str, ...]:
    return check(source, result, masked=mask(source), target=target, detector=DETECTOR)


def test_a_sound_translation_passes() -> None:
    assert failed(GOOD) == ()


@pytest.mark.parametrize(
    ("result", "flags"),
    [
        ("", ("empty",)),
        ("  \n", ("empty",)),
        (GOOD.replace("$12.50", "$125.0"), ("ids_changed",)),
        (GOOD.replace("2 lámparas", "3 lámparas"), ("numbers_changed",)),
        (GOOD.replace("2 lámparas", "unas lámparas"), ("numbers_changed",)),
        (GOOD.replace("ORD-12345", "ORD-12346"), ("ids_changed", "numbers_changed")),
        (GOOD + " ORD-12345", ("ids_changed",)),
        (GOOD.replace("example.com/a", "example.com/b"), ("urls_changed",)),
        (GOOD + " https://evil.example.net/x", ("urls_changed",)),
        (GOOD + " Más texto. " * 20, ("length_out_of_proportion",)),
        (SOURCE, ("wrong_language",)),
        (
            "Ich habe $12.50 für 2 Lampen auf https://shop.example.com/a bezahlt, ORD-12345 ist spät.",
            ("wrong_language",),
        ),
    ],
)
def test_a_planted_fault_is_caught(result: str, flags: tuple[str, ...]) -> None:
    found = failed(result)
    assert set(flags) <= set(found)
    assert set(found) <= GATES


def test_half_a_text_missing_is_caught() -> None:
    source = "The parcel has not arrived. I have waited for three weeks. Please send it again or refund me."
    assert failed("El paquete no ha llegado.", source=source) == ("length_out_of_proportion",)


def test_chinese_is_no_shorter_than_english() -> None:
    source = "The parcel has not arrived yet and I have waited for three weeks."
    assert failed("包裹还没有到，我已经等了三个星期了。", source=source, target="zh") == ()


@pytest.mark.parametrize(
    ("result", "source", "bad"),
    [
        ("Error 500 (Server Error)!!1500.That’s an error.", "hello", True),
        ("MYMEMORY WARNING: YOU USED ALL AVAILABLE FREE TRANSLATIONS FOR TODAY.", "hello", True),
        ("<html><body>Sign in</body></html>", "hello", True),
        ("502 Bad Gateway", "hello", True),
        ("QUERY LENGTH LIMIT EXCEEDED. MAX ALLOWED QUERY : 500 CHARS", "hello", True),
        ("I see 502 Bad Gateway on your page", "Veo 502 Bad Gateway en su página", False),
        ("The page says: error 500 (server error)", "La página dice: error 500 (error del servidor)", False),
        ("There was an internal server error", "Hubo un error interno del servidor", False),
    ],
)
def test_an_error_page_is_known_from_a_customer_who_tells_of_one(result: str, source: str, bad: bool) -> None:
    assert is_error_page(result, source) is bad


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1,000.50", "1.000,5", True),
        ("1000", "1.000", True),
        ("12.50", "12,5", True),
        ("12.50", "125.0", False),
        ("1.000.000", "1000000", True),
        ("3,14159", "3.14159", True),
        ("5", "05", True),
        ("1.2.3", "1.2.4", False),
        ("٣", "3", True),
    ],
)
def test_numbers_agree_by_value(one: str, other: str, same: bool) -> None:
    assert (number_value(one) == number_value(other)) is same


def test_a_target_that_the_detector_does_not_know_is_not_judged() -> None:
    detector = LanguageDetector(("en", "es"))
    masked = mask("where is my parcel now")
    result = "on és el meu paquet ara mateix"
    assert gates.check("where is my parcel now", result, masked=masked, target="ca", detector=detector) == ()
