"""The bundled replies in every locale: whole, in the right script and register, and like their source."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

import pytest

from copilot.drafting.render import render
from copilot.drafting.slots import SLOT_NAMES, SlotValues
from copilot.drafting.templates import BUNDLED, TemplateBook, Wanted, bundled_templates
from copilot.translation.register import misaddressed
from copilot.understand.language import LanguageDetector
from knowledge_base.models import ReplyTemplate
from knowledge_base.templates_io import group_of

LOCALES = ("en", "es", "fr", "de", "it", "pt-BR", "nl", "pl", "tr", "ar", "ja", "zh-Hans")
INFORMAL = ("es", "fr", "de", "it", "nl", "pl", "tr", "zh-Hans")
SCRIPTS = {"ar": "ARABIC", "ja": "HIRAGANA KATAKANA CJK", "zh-Hans": "CJK"}
VALUES = {
    "customer_name": "Ana Ruiz", "agent_name": "Maya", "order_id": "TW-481920", "amount": "59.90 EUR",
    "tracking_number": "NP204518763DE", "date": "2026-11-22", "delivery_date": "2026-11-25",
    "email": "ana@example.org", "phone": "+34600123456", "product": "Brewster", "carrier": "Nordpost",
    "address": "14 Alder Row", "voucher_code": "V-77", "decider": "Marta",
}  # fmt: skip
ALL = bundled_templates()
BY_SET: dict[tuple[str, str], list[ReplyTemplate]] = defaultdict(list)
for one in ALL:
    BY_SET[one.language, one.register].append(one)


def written(template: ReplyTemplate, values: dict[str, str]) -> str:
    chunks = render(template, SlotValues(values), channel=template.channel)
    return "".join(chunk.text for chunk in chunks)


def place(template: ReplyTemplate) -> str:
    return template.id.partition("/")[2]


def test_every_locale_is_there() -> None:
    assert {language for language, register in BY_SET if register == "formal"} == set(LOCALES)
    assert {language for language, register in BY_SET if register == "informal"} == set(INFORMAL)
    assert set(VALUES) == set(SLOT_NAMES)


@pytest.mark.parametrize("which", sorted(BY_SET))
def test_a_locale_says_all_that_english_says_under_the_same_conditions(which: tuple[str, str]) -> None:
    theirs, ours = (
        {place(one): one for one in BY_SET[which]},
        {place(one): one for one in BY_SET["en", "formal"]},
    )
    lacking = {place for place in ours.keys() - theirs.keys() if not place.startswith("base/")}
    assert lacking == set()
    assert {group_of(one).partition("/")[2] for one in BY_SET[which]} == {
        group_of(one).partition("/")[2] for one in BY_SET["en", "formal"]
    }
    for name in ours.keys() & theirs.keys():
        one, other = ours[name], theirs[name]
        assert (one.move, one.situation, one.emotion, one.channel, one.tone, one.length) == (
            other.move, other.situation, other.emotion, other.channel, other.tone, other.length,
        ), name  # fmt: skip
        slots = [set(re.findall(r"\{\{\s*(\w+)", text.body)) for text in (one, other)]
        assert slots[0] == slots[1], name


@pytest.mark.parametrize("which", sorted(BY_SET))
@pytest.mark.parametrize("values", [{}, VALUES], ids=["nothing known", "all known"])
def test_every_template_renders_without_gap_or_mark(which: tuple[str, str], values: dict[str, str]) -> None:
    for template in BY_SET[which]:
        text = written(template, values)
        assert text.strip(), template.id
        stray = re.search(r"\[\w+\]|[{}]|  | [,.](?:\s|$)|\n\n\n", text)
        assert stray is None or (stray.group().startswith("[") and not values), (template.id, text)


@pytest.mark.parametrize("which", sorted(BY_SET))
def test_every_template_is_in_its_script(which: tuple[str, str]) -> None:
    wanted = SCRIPTS.get(which[0], "LATIN").split()
    for template in BY_SET[which]:
        letters = [char for char in written(template, {}) if char.isalpha()]
        own = [char for char in letters if unicodedata.name(char, "").startswith(tuple(wanted))]
        assert len(own) >= 0.95 * len(letters), template.id


@pytest.mark.parametrize("which", sorted(BY_SET))
def test_no_template_is_taken_for_another_language(which: tuple[str, str]) -> None:
    detector = LanguageDetector()
    for template in BY_SET[which]:
        found = detector.detect(written(template, {})).language
        assert found is None or found.split("-")[0] == which[0].split("-")[0], (template.id, found)


@pytest.mark.parametrize("which", sorted(BY_SET))
def test_no_template_mixes_registers(which: tuple[str, str]) -> None:
    language, register = which
    for template in BY_SET[which]:
        text = written(template, {})
        assert misaddressed(text, language, register) == (), (template.id, text)  # type: ignore[arg-type]


def test_a_language_without_a_region_takes_the_nearest_that_is_written() -> None:
    book = TemplateBook()
    for asked, expected in (
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("de-AT", "de"),
    ):
        picked = book.pick("acknowledge", Wanted(asked))
        assert picked is not None, asked
        assert picked.language == expected
    assert book.pick("acknowledge", Wanted("fi")) is None


def test_a_desk_says_du_where_it_wants_to() -> None:
    formal, informal = TemplateBook(), TemplateBook(informal=("de", "en"))
    for move in ("greet", "acknowledge", "next", "close"):
        one, other = (book.pick(move, Wanted("de", emotion="angry")) for book in (formal, informal))
        assert one is not None
        assert other is not None
        assert (one.register, other.register) == ("formal", "informal")
    english = informal.pick("acknowledge", Wanted("en"))
    assert english is not None  # English has one register


def test_the_folders_are_the_locales() -> None:
    folders = {folder.name for folder in BUNDLED.iterdir() if folder.is_dir()}
    assert folders == {*LOCALES, *(f"{language}-informal" for language in INFORMAL)}
