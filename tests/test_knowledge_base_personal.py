"""Personal data in texts: found by kind with right offsets, replaced once, in time that grows with length."""

from __future__ import annotations

import time
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.importing import import_paths
from knowledge_base.models import Case, Message, Source
from knowledge_base.personal import finding
from knowledge_base.personal.fields import FIELDS
from knowledge_base.personal.finding import find_personal, found_in
from knowledge_base.personal.glance import everywhere
from knowledge_base.personal.models import KINDS, PLACEHOLDER
from knowledge_base.personal.replacing import Rules, find_in_record, without_personal, without_personal_text
from knowledge_base.records import record_to_dict
from tests.builders import make_article, make_case, make_question, make_template, open_base


def found(text: str, language: str = "en") -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in find_personal(text, language=language)]


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Mail ana.ruiz+shop@example.co.uk now.", "en", [("email", "ana.ruiz+shop@example.co.uk")]),
        ("Call me on 020 7946 0958.", "en", [("phone", "020 7946 0958")]),
        ("Mi teléfono es 612 34 56 78.", "es", [("phone", "612 34 56 78")]),
        ("Rufen Sie +49 (0)30 901820 an.", "de", [("phone", "+49 (0)30 901820")]),
        ("Card 4111 1111 1111 1111 was charged.", "en", [("card", "4111 1111 1111 1111")]),
        ("IBAN: DE89 3704 0044 0532 0130 00", "de", [("iban", "DE89 3704 0044 0532 0130 00")]),
        ("My SSN is 536-90-4399.", "en", [("national_id", "536-90-4399")]),
        ("Mi DNI es 54362315K.", "es", [("national_id", "54362315K")]),
        ("Mijn BSN is 111222333.", "nl", [("national_id", "111222333")]),
        ("PESEL 44051401359", "pl", [("national_id", "44051401359")]),
        ("Il mio codice fiscale: RSSMRA85T10A562S", "it", [("national_id", "RSSMRA85T10A562S")]),
        ("From 192.168.20.7 and 2001:db8::7334", "en", [("ip", "192.168.20.7"), ("ip", "2001:db8::7334")]),
        ("See https://shop.example/orders?id=77.", "en", [("url", "https://shop.example/orders?id=77")]),
        ("See https://shop.example/returns.", "en", [("web_page", "https://shop.example/returns")]),
        ("Order ORD-123456 and #998877", "en", [("order_id", "ORD-123456"), ("order_id", "#998877")]),
        ("Parcel 1Z999AA10123456784", "en", [("tracking_number", "1Z999AA10123456784")]),
        ("Customer number: 88123", "en", [("customer_id", "88123")]),
        ("12 Baker Street, London NW1 6XE", "en", [("address", "12 Baker Street, London NW1 6XE")]),
        ("Lindenstraße 7, 10115 Berlin", "de", [("address", "Lindenstraße 7, 10115 Berlin")]),
        ("Calle Mayor 5, 28013 Madrid", "es", [("address", "Calle Mayor 5, 28013 Madrid")]),
        ("12 rue de la Paix, 75002 Paris", "fr", [("address", "12 rue de la Paix, 75002 Paris")]),
        ("Hi Xyqwen,\nyour parcel is here.", "en", [("name", "Xyqwen")]),
        ("It works.\n\nKind regards,\nXyqwen Abcolt", "en", [("name", "Xyqwen Abcolt")]),
        ("My name is lena andersson.", "en", [("name", "lena andersson")]),
        ("Ich heiße Svenja Lohmann und warte.", "de", [("name", "Svenja Lohmann")]),
        ("Frau Dr. Weber rief an.", "de", [("name", "Weber")]),
        ("I spoke to Maria about it.", "en", [("name", "Maria")]),
    ],
)  # fmt: skip
def test_each_kind_is_found(text: str, language: str, wanted: list[tuple[str, str]]) -> None:
    assert found(text, language) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "It was delivered on 2026-11-20 at 14:30, for 1,299.00 EUR or 12 345 678 points.",
        "The error E-42 in version 10.4.2 needs 30 days and 2019-2024 is the term.",
        "Please see Returns and the Help Center, or press OK.",
        "Hi team, thanks in advance. Best regards",
        "Die Lieferung dauert 3 Tage, am Freitag, 22. Mai 10 Uhr.",
        "May I ask Will it work? Mark it as read.",
        "ISO-90012 and RAL-70161 are standards.",
        "Use {{ customer_name }}, [order_id], %(name)s or <NAME> here.",
        "1.2.3.4.5 and 999.1.1.1 are none",
    ],
)
def test_what_names_nobody_is_left(text: str) -> None:
    assert found(text) == []


def test_offsets_are_right_beside_emoji_and_combining_characters() -> None:
    text = "👩‍👩‍👧 e\u0301te\u0301 🇪🇸 ana@example.com, Hi! My name is Zoe\u0308 Martin."
    for one in find_personal(text, language="en"):
        assert text[one.start : one.end] == one.text
    assert found(text) == [("email", "ana@example.com"), ("name", "Zoe\u0308 Martin")]


PIECES = st.sampled_from([
    "Ana", "Ana Ruiz", "Hi ", "Mr. ", "my name is ", "ana@example.com", "+34 612 345 678",
    "4111 1111 1111 1111", "DE89370400440532013000", "536-90-4399",
    "10.0.0.1", "https://x.org/?u=1", "www.x.org", "12 Baker Street",
    "ORD-123456", "[NAME]", "[EMAIL_2]", "{{ x }}", "and ", ", ", "\n", " ", ".", "é", "🙂", "1", "A. ", "'s",
    "Kind regards,\n", "order 12345", "Weg 5", "::1",
])  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=14).map("".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_what_is_found_is_in_order_apart_and_as_it_is_written(text: str) -> None:
    everything = find_personal(text, language="en")
    for one in everything:
        assert text[one.start : one.end] == one.text
    for one, other in pairwise(everything):
        assert one.end <= other.start


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=4, max_size=4))
def test_replacing_again_changes_nothing_and_leaves_nothing(texts: list[str]) -> None:
    case = Case("C-1", texts[0] + ".", texts[1], title=texts[2], messages=(Message("customer", texts[3]),))
    once = without_personal(case)
    assert without_personal(once) == once
    assert find_in_record(once) == {}
    assert isinstance(once, Case)
    for before, after in ((texts[1], once.problem), (texts[3], once.messages[0].text)):
        for match in PLACEHOLDER.finditer(before):
            assert match[0] in after


MORE = [
    "Frau Weber", "herr ", "maria", "lopez", "O'Brien", "Jean-Luc", "surname: ", "Maria said",
    "Calle Mayor 5, 28013 Madrid", "Lindenstraße 7, 10115 Berlin", "corner of Main and 5th",
    "PO Box 77", "flat5", "apt.5", "APO AE 09123", "USS Nimitz\nFPO AP 96", "SSN ", "dni 54362315K",
    "iban ", "card 123456789012", "tracking no. JD0146000038", "customer number 88123", "ship to 4 Rue",
    "live at ", "Hauptstr. 9", "2026-11-20", "1,299.00", "10.4.2.1", "kunden-nr 44556", "ſurname is ",
    "ı am", "NAME IS ", "Xyqwen", "I'm ", "nº de cliente 4455", "99 Abcdef 12", "shop.de/x", "a:b:c",
    "e\u0301", "the ", "street 5", "Tel. 030 901820", "call 612 34 56 78", "+44 20 7946 0958",
]  # fmt: skip
DENSE = st.lists(PIECES | st.sampled_from(MORE) | st.sampled_from([" ", ", ", "\n"]), max_size=20).map(
    "".join
)


@settings(max_examples=300, deadline=None)
@given(DENSE, st.sampled_from(["en", "es", "de", None]))
def test_a_first_look_changes_nothing_that_is_found(text: str, language: str | None) -> None:
    quick = found_in(text, language, frozenset())
    with patch.object(finding, "glance", everywhere):
        assert found_in(text, language, frozenset()) == quick


def test_what_is_found_is_what_was_found_before_it_was_made_quick() -> None:
    """The digest was taken from the finders as they were without a first look, phones left out."""
    chance, told = Random(7), []
    for _ in range(400):
        text = "".join(chance.choice(MORE) + chance.choice([" ", "\n", ", "]) for _ in range(12))
        told += [
            (one.kind, one.start, one.end)
            for one in find_personal(text, language="en")
            if one.kind != "phone"
        ]
    assert len(told) == 2162
    assert sha256(repr(told).encode()).hexdigest()[:16] == "009863b3f15ef5c9"


def test_a_value_has_one_placeholder_throughout_a_record() -> None:
    case = make_case(
        title="Refund for Ana Ruiz",
        problem="My name is Ana Ruiz, mail ana@example.com or bo@example.org, call +34 612 345 678.",
        reply="Hi Ana,\n\ncall (+34) 612-345-678.\n\nKind regards,\nTom",
    )
    once = without_personal(case)
    assert isinstance(once, Case)
    assert once.title == "Refund for [NAME_1]"
    assert once.problem == "My name is [NAME_1], mail [EMAIL_1] or [EMAIL_2], call [PHONE]."
    assert once.reply == "Hi [NAME_1],\n\ncall [PHONE].\n\nKind regards,\n[NAME_2]"


def test_a_new_value_beside_placeholders_takes_the_next_number() -> None:
    assert without_personal_text("[EMAIL] wrote, then bo@example.org.") == "[EMAIL] wrote, then [EMAIL_2]."


@pytest.mark.parametrize(
    "unit", ["a", "1", "1 ", "Aa ", "Ana Ruiz, ", "a@", "1 Main Street, ", "GB1 ", "[", "{{", "1) ("]
)
def test_time_grows_with_length_alone(unit: str) -> None:
    find_personal("Hi Ana, 12", language="en")  # the lists are read once

    def seconds(size: int) -> float:
        text = (unit * size)[:size]
        started = time.process_time()
        find_personal(text, language="en")
        return time.process_time() - started

    assert seconds(400_000) < 8 * max(seconds(100_000), 0.05)


def test_a_megabyte_is_read_in_seconds() -> None:
    text = "Hi Ana, your order ORD-123456 goes to 12 Baker Street. Call 020 7946 0958.\n" * 13_500
    started = time.process_time()
    everything = find_personal(text, language="en")
    assert len(everything) == 4 * 13_500
    assert time.process_time() - started < 60


# The base's door


def test_nothing_personal_is_stored(tmp_path: Path) -> None:
    values = ("Ana Ruiz", "ana.ruiz@example.com", "4111 1111 1111 1111", "ORD-7654321", "12 Baker Street")
    file = tmp_path / "in" / "cases.jsonl"
    file.parent.mkdir()
    told = f"I am {values[0]}, {values[1]}, card {values[2]}, order {values[3]}, at {values[4]}."
    file.write_text(f'{{"id": "C-9", "resolution": "{told}", "problem": "{told}", "steps": ["{told}"]}}\n')
    with open_base(tmp_path) as base:
        import_paths(base, [file])
        assert import_paths(base, [file]).cases.unchanged == 1
        base.put(make_question(query=told), actor="a")
        base.put(make_case("C-8", messages=(Message("customer", told),)), actor="a")
        kept = base.get("case", "C-9")
        assert isinstance(kept, Case)
        assert kept.problem == "I am [NAME], [EMAIL], card [CARD], order [ORDER_ID], at [ADDRESS]."
    for path in tmp_path.glob("precedent.db*"):
        raw = path.read_bytes()
        assert not [value for value in values if value.encode() in raw]


def test_the_desks_own_words_stay_unless_they_are_switched_on(tmp_path: Path) -> None:
    article, template = (
        make_article(body="Write to help@example.com."),
        make_template(body="Hi {{ name }}, Bo."),
    )
    with open_base(tmp_path) as base:
        for record in (article, template):
            base.put(record, actor="a")
            kind = "article" if record is article else "template"
            assert base.get(kind, record.id) == record  # type: ignore[arg-type]
        base.personal.switch("article.body", "email", replaced=True)
        base.put(make_article("other", body="Write to help@example.com."), actor="a")
        assert record_to_dict(base.get("article", "other"))["body"] == "Write to [EMAIL]."


def test_a_name_within_what_is_left_stays() -> None:
    case = make_case(
        title="Hi Luisa Ortega,", problem="See https://shop.example/Luisa-Ortega and luisa@example.com."
    )
    left = without_personal(case, Rules({("case.problem", "email"): False}))
    assert isinstance(left, Case)
    assert (left.title, left.problem) == ("Hi [NAME],", case.problem)


def test_a_product_is_no_person_and_the_source_stays() -> None:
    case = make_case(
        problem="My Alexa Garden is broken.", product="Alexa Garden", source=Source("z", "1", "https://z/1")
    )
    assert without_personal(case) == case


def test_switches_and_exceptions_decide() -> None:
    case = make_case(problem="Mail ana@example.com or call 020 7946 0958, Hi Ana Ruiz,")
    off = Rules({("case.problem", "email"): False}, frozenset({"020 7946 0958"}))
    kept = without_personal(case, off)
    assert isinstance(kept, Case)
    assert kept.problem == "Mail ana@example.com or call 020 7946 0958, Hi [NAME],"
    assert len(FIELDS) == 20
    assert off.kinds("case.title") == frozenset(KINDS) - {"web_page"}
