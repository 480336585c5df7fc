"""Phone numbers: valid ones of 40 regions in every way of writing them, and what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from knowledge_base.personal.finding import find_personal

REGIONS = (
    "US GB DE AT CH ES MX FR BE IT PT BR NL PL TR JP CN IN AU NZ ZA IE SE NO DK FI CZ HU RO GR AR CO CL KR "
    "AE IL RU UA SG"
)
SURE = frozenset({
    "e164", "international", "00", "00 tight", "dots", "dashes", "brackets", "(0)", "(0) apart", "slash",
    "rfc3966", "hard spaces", "hard hyphens", "pairs", "ext.", "x", ", ext.", "extension", "#", "apart",
})  # fmt: skip
"""Ways of writing that say themselves that they are a phone number."""


def numbers() -> Iterator[tuple[str, PhoneNumber]]:
    for region in REGIONS.split():
        for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                yield region, number


def written(number: PhoneNumber) -> dict[str, str]:
    """A number in the ways in which people write one."""
    plain = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    far = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    near = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    code = f"+{number.country_code}"
    rest = far[len(code) + 1 :]
    return {
        "e164": plain, "international": far, "00": "00" + far[1:], "00 tight": "00" + plain[1:],
        "dots": far.replace(" ", ".").replace("-", "."), "dashes": far.replace(" ", "-"),
        "brackets": f"({code}) {rest}", "(0)": f"{code} (0){rest}", "(0) apart": f"{code} (0) {rest}",
        "slash": f"{code} {re.sub('[ -]', '/', rest, count=1)}",
        "rfc3966": phonenumbers.format_number(number, PhoneNumberFormat.RFC3966).removeprefix("tel:"),
        "hard spaces": far.replace(" ", "\u00a0"),
        "hard hyphens": far.replace(" ", "\u2011").replace("-", "\u2011"),
        "pairs": " ".join([code, *re.findall(r"\d{1,2}", re.sub(r"\D", "", rest))]),
        "ext.": far + " ext. 12", "x": far + "x345", ", ext.": far + ", ext. 99",
        "extension": far + " extension 4021", "#": far + " #12", "apart": f"+ {far[1:]}",
        "national": near, "national tight": re.sub(r"\D", "", near),
        "national dashes": near.replace(" ", "-"), "national ext.": near + " ext. 4021",
        "national x": near + " x12",
    }  # fmt: skip


def missed(sentence: str, ways: frozenset[str]) -> list[str]:
    """The numbers of these ways that aren't found whole in a sentence."""
    return [
        told[way]
        for _, number in numbers()
        for told in [written(number)]
        for way in sorted(ways & told.keys())
        if told[way].lstrip("(") not in phones(sentence.format(told[way]))
    ]


def phones(text: str, language: str = "en") -> list[str]:
    return [one.text.lstrip("(") for one in find_personal(text, language=language) if one.kind == "phone"]


@pytest.mark.parametrize("sentence", ["Hello, {} is what I have.", "Ana Ruiz\n{}\nMadrid"])
def test_a_number_with_its_country_is_found_without_a_word_beside_it(sentence: str) -> None:
    assert missed(sentence, SURE) == []


def test_any_number_is_found_where_a_word_says_so() -> None:
    assert missed("Please call me on {} tomorrow.", frozenset(written(next(numbers())[1]))) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Tel.+49 30 901820", "de"),
        ("I would like to stop receiving messages to 358 0594", "en"),
        ("Meine Nummer: 0171/2345678", "de"),
        ("Erreichbar unter 030.901820 oder spät.", "de"),
        ("Mein Büro: 0711–9018201", "de"),
        ("Min tfn 08-12 34 56", "sv"),
        ("Мой телефон 8 (912) 345-67-89", "ru"),
        ("Τηλέφωνο 21 2345 6789", "el"),
        ("Voicemail 555 0123 is full", "en"),
        ("Número de contacto 555 0123", "es"),
    ],
)
def test_numbers_as_people_write_them(text: str, language: str) -> None:
    assert len(phones(text, language)) == 1


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
@pytest.mark.parametrize(
    "text",
    [
        "Order 4711-0815 was sent on 2026-11-20 at 14:30.",
        "Delivered 20.11.2026 14:30, 20/11/2026, 11-20-2026, 2026/11/20 and 20–11–2026.",
        "It costs 1,299.00 EUR or 1.299,00 EUR or 12 345 678 points, about 1.234.567 in all.",
        "Version 10.4.2.1134 of 2026-03-02T10:00:00Z replaces 9.12.1000 and build 20261120.4.",
        "SKU 4006381333931, EAN 9783161484100 and ISBN 978-3-16-148410-0 are in stock.",
        "The parcel is 1Z999AA10123456784 or JD014600003828392837.",
        "From 2019-2024, 2019–2024, pages 100000–200000 or 1200 - 1400.",
        "Error 0x80070005, code 500123, size 120x200, ratio 16/9, 1024/2048/4096.",
        "It weighs 0.123456 kg, 00.5 and 3.14159265; the meter shows 123456789 units.",
        "Ticket #123456, invoice 0012/2024, file 01/2024, reference 2026-000123-7 and RMA-2026-0001234.",
        "Coordinates 52.520008, 13.404954; between 10:00-12:30 and 14:00–18:00 on 24.12. and 31.12.",
        "The sum of 10000000 was paid in 12 parts of 833333, a growth of + 12 345 678 and - 5 000 000.",
        "Room 101-202-303, table 5 6 7 8 9 10, host 010.000.000.001 and 10.0.0.12.",
        "ID 550e8400-e29b-41d4-a716-446655440000, cents 0,10 / 0,20 / 0,30 and 1/2/3/4/5/6.",
    ],
)
def test_figures_that_nobody_dials_are_none(text: str, language: str) -> None:
    assert phones(text, language) == []
