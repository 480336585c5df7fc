"""The interface in four languages: complete catalogues, the language of a request, pages mirrored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from starlette.datastructures import Headers

from knowledge_base.sayings import say, say_many
from tests.builders import open_base
from tests.needs import needs_chromium
from tests.web_browser import serving
from tests.web_fakes import FakeCopilot, with_samples
from web import i18n
from web.app import create_app
from web.i18n import FORMS, INTERFACE, gettext, negotiate, ngettext, script_words, written

ROOT = Path(__file__).parent.parent
OTHERS = [language for language in INTERFACE if language != "en"]
KEYWORDS: dict[str, Any] = {
    "gettext": None, "_": None, "mark": None, "say": None, "t": None, "ngettext": (1, 2), "tn": (1, 2),
    "say_many": (1, 2),
}  # fmt: skip
PLACE = re.compile(r"%\((\w+)\)s")


@pytest.fixture
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    token = i18n._language.set(request.param)
    yield request.param
    i18n._language.reset(token)


@pytest.fixture(scope="module")
def texts() -> Catalog:
    """What the code says, read anew."""
    with (ROOT / "web/locale/mapping.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog()
    for name, line, text, _, context in extract_from_dir(
        ROOT, methods, options, keywords=KEYWORDS, directory_filter=lambda path: ".venv" not in path
    ):
        found.add(text, locations=[(name, line)], context=context)
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_told_in_every_language(texts: Catalog, code: str) -> None:
    told = {message.id: message for message in written(code) if message.id}
    assert {message.id for message in texts if message.id} == set(told), "run `make catalogues`"
    for text, message in told.items():
        originals = text if isinstance(text, tuple) else (text,)
        forms: Any = message.string if isinstance(text, tuple) else (message.string,)
        places = set(PLACE.findall(" ".join(originals)))
        assert not message.fuzzy, text
        assert all(form.strip() for form in forms), text
        for form in forms:
            assert set(PLACE.findall(form)) | ({"num"} & places) == places, (text, form)
            assert len(PLACE.findall(form)) == form.count("%"), (text, form)
        if isinstance(text, tuple):
            assert len(forms) == len(FORMS[code]), text


def test_a_script_has_its_own_texts_and_no_other() -> None:
    for code in OTHERS:
        words = script_words(code)
        assert set(words["%(num)s new message"]) == set(FORMS[code])
        assert isinstance(words["Sent"], str)
        assert "Choose a conversation" not in words
    assert script_words("en") == {}


@pytest.mark.parametrize("path", sorted((ROOT / "web/templates").glob("*.html")), ids=lambda path: path.name)
def test_no_template_says_anything_unmarked(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = re.sub(r"\{% block attributes %\}.*?\{% endblock %\}", "", text)
    said = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", said, flags=re.S)
    attributes = re.findall(r'\b(?:title|aria-label|placeholder)="([^"{]*)', said)
    assert [one for one in attributes if re.search("[A-Za-z]{3}", one) and one not in EXAMPLES] == []
    said = re.sub(r"\{\{(?:\"[^\"]*\"|[^\"])*?\}\}", "", said, flags=re.S)
    said = re.sub(r"<(kbd|code)>.*?</\1>", "", said, flags=re.S)
    said = re.sub(r"<(?:\"[^\"]*\"|[^>\"])*>", "", said)
    assert [
        word for word in re.findall("[A-Za-z]{3,}", said) if word not in ("Precedent", "doctype", "CSV")
    ] == []


EXAMPLES = {
    "20.00 EUR",
    "Customer: My parcel has not arrived.&#10;Agent: When was it last scanned?&#10;Customer: A week ago.",
}
"""What is typed into a field: an amount, and the lines that a paste is read by."""


@pytest.mark.parametrize("path", sorted((ROOT / "web/static").glob("*.js")), ids=lambda path: path.name)
def test_no_script_says_anything_unmarked(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    bare = re.findall(r'(?:tell\(|textContent = |title: |label = |placeholder = )(["`][A-Z][^"`]*)', code)
    assert bare == []


def test_what_scripts_say_is_found_in_them(texts: Catalog) -> None:
    """Babel reads no call that stands inside a template literal."""
    for path in (ROOT / "web/static").glob("*.js"):
        for text in re.findall(r'\bt\(\s*"((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8")):
            assert text in texts, (path.name, text)
        for text in re.findall(r'\btn\(\s*"((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8")):
            assert any(isinstance(one.id, tuple) and one.id[0] == text for one in texts), (path.name, text)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "en"),
        ({"accept-language": "es-MX,es;q=0.9,en;q=0.8"}, "es"),
        ({"accept-language": "pl,de;q=0.7,en;q=0.3"}, "de"),
        ({"accept-language": "en;q=0.2,AR-eg;q=0.9"}, "ar"),
        ({"accept-language": "de;q=0,en"}, "en"),
        ({"accept-language": "pl, ja"}, "en"),
        ({"accept-language": "de", "cookie": "other=1; interface=ar"}, "ar"),
        ({"accept-language": "de", "cookie": "interface=klingon"}, "de"),
        ({"accept-language": ";;;q=,=q;de;q=x" * 50}, "en"),
    ],
)
def test_the_language_of_a_request(headers: dict[str, str], expected: str) -> None:
    assert negotiate(Headers(headers)) == expected


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_wish_has_an_answer(accepted: str, cookie: str) -> None:
    raw = [
        (b"accept-language", accepted.encode("utf-8", "ignore")),
        (b"cookie", cookie.encode("utf-8", "ignore")),
    ]
    assert negotiate(Headers(raw=raw)) in INTERFACE


@given(st.integers(0, 10**6), st.text(max_size=20))
def test_what_is_told_anew_in_english_is_what_was_said(count: int, name: str) -> None:
    inner = say_many("%(num)s colleague found it wrong", "%(num)s colleagues found it wrong", count)
    said = say("%(first)s, %(second)s", first=inner, second=name)
    assert gettext(said) == said == f"{inner}, {name}"
    assert str(inner) == gettext(inner)


@pytest.mark.parametrize("language", ["de"], indirect=True)
def test_what_the_copilot_said_is_told_in_the_language(language: str) -> None:
    inner = say("the fix worked %(worked)s of %(tried)s times", worked=3, tried=4)
    told = gettext(say("%(first)s, %(second)s", first=inner, second="x"))
    assert told != "the fix worked 3 of 4 times, x"
    assert "3" in told
    assert "4" in told
    assert gettext("") == ""
    assert gettext("a text that no catalogue holds") == "a text that no catalogue holds"


@pytest.mark.parametrize("language", ["ar"], indirect=True)
def test_arabic_has_its_six_forms(language: str) -> None:
    one, many = "%(num)s new message", "%(num)s new messages"
    assert len({ngettext(one, many, count).replace(str(count), "") for count in (1, 2, 3, 11)}) == 4


def test_an_answer_names_its_language(tmp_path: Path) -> None:
    with open_base(tmp_path) as base:
        client = TestClient(create_app(with_samples(FakeCopilot(base))))
        for code in INTERFACE:
            answer = client.get("/promises", headers={"accept-language": code})
            assert answer.headers["content-language"] == code
            assert {"accept-language", "cookie"} <= set(answer.headers["vary"].lower().split(", "))
            assert f'<html lang="{code}" dir="{"rtl" if code == "ar" else "ltr"}">' in answer.text
        assert "content-language" not in client.get("/api/v1/conversations").headers


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with open_base(tmp_path) as base, serving(with_samples(FakeCopilot(base))) as address:
        page = browser.new_page(base_url=address, viewport={"width": 1280, "height": 800})
        page.set_default_timeout(5_000)
        yield page
        page.close()


@pytest.mark.browser
@needs_chromium
def test_the_agent_chooses_the_language_and_keeps_an_edit(page: Page) -> None:
    page.goto("/?conversation=K-101")
    page.wait_for_selector(".suggestion")
    expect(page.locator("#help h2").first).to_have_text("Suggestion")
    page.click("#menu summary")
    page.select_option("#interface", "de")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.wait_for_selector(".suggestion")
    expect(page.locator("#interface")).to_have_value("de")
    expect(page.locator("#help h2").first).not_to_have_text("Suggestion")
    page.goto("/templates")
    expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.browser
@needs_chromium
def test_arabic_is_mirrored_and_letters_are_not(page: Page) -> None:
    page.set_extra_http_headers({"accept-language": "ar"})
    page.goto("/?conversation=K-101")
    page.wait_for_selector(".suggestion")
    inbox, talk, help_ = (page.locator(name).bounding_box() for name in ("#inbox", "#talk", "#help"))
    assert inbox
    assert talk
    assert help_
    assert inbox["x"] > talk["x"] > help_["x"]
    letter = page.locator('[data-letter="agent"]')
    expect(letter).to_have_css("direction", "ltr")
    assert re.search(r"[\u0600-\u06ff]", page.inner_text("#help h2 >> nth=0"))


@pytest.mark.browser
@needs_chromium
def test_scripts_speak_the_language_and_count_in_it(page: Page) -> None:
    page.set_extra_http_headers({"accept-language": "ar"})
    page.goto("/?conversation=K-101")
    page.wait_for_selector(".suggestion")
    page.evaluate("document.querySelector('#messages').scrollTop = 0")
    words = script_words("ar")["%(num)s new message"]
    for number, form in ((1, "one"), (2, "two"), (3, "few")):
        page.request.post(
            "/api/v1/conversations/K-101/messages",
            data={"messages": [{"role": "customer", "text": f"more {number}"}]},
        )
        expect(page.locator("#newest")).to_have_text(f"{words[form].replace('%(num)s', str(number))} ↓")
