"""The agent's page in a real browser: from choosing a conversation to feedback, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, open_base
from tests.needs import needs_chromium
from tests.web_browser import serving
from tests.web_fakes import ASKED, ASKED_ES, BROKEN, NEEDED, NOTHING, FakeCopilot, with_samples

pytestmark = [pytest.mark.browser, needs_chromium]

HOSTILE = (
    '<img src=x onerror="alert(1)"><script>alert(2)</script>'
    "</script><style>body{display:none}</style>{{ 7*7 }} \u202egnp.exe javascript:alert(3)"
)
REMEMBERED = "localStorage.getItem('precedent.colleague')"
AGENT, CUSTOMER = '[data-letter="agent"]', '[data-letter="customer"]'


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path_factory.mktemp("base")) as base:
        base.put(
            make_article("lost-parcels", effective_from=date(2025, 1, 1), effective_to=date(2027, 1, 1)),
            actor="t",
        )
        yield base


@pytest.fixture(scope="module")
def address(base: KnowledgeBase) -> Iterator[str]:
    with serving(with_samples(FakeCopilot(base))) as address:
        yield address


@pytest.fixture(scope="module")
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """One profile for all tests: its cache spares each of them the loading of scripts and styles."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": 1280, "height": 800},
        permissions=["clipboard-read", "clipboard-write"],
        reduced_motion="reduce",
    )
    context.set_default_timeout(5_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which no dialog may open and nothing may fail."""
    page = context.new_page()
    trouble: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        trouble.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismissed)
    page.on("pageerror", lambda error: trouble.append(f"error {error}"))
    page.on("console", lambda said: trouble.append(said.text) if "Security Policy" in said.text else None)
    yield page
    context.set_offline(False)
    page.evaluate("localStorage.clear()")
    page.close()
    assert trouble == []


def choose(page: Page, sample: str) -> None:
    page.goto("/")
    page.click(f'li[data-conversation="{sample}"] > a')
    page.wait_for_selector(".suggestion")


def paste(page: Page, text: str) -> None:
    page.goto("/")
    page.click("#open-paste")
    page.fill("#paste-text", text)
    page.click("#paste-open")


def copied(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def violations(page: Page, **options: Any) -> list[Any]:
    """What axe-core finds: the rule and where it is broken."""
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [(v["id"], [node["html"][:120] for node in v["nodes"]]) for v in found]


def test_chosen_conversation_gets_its_suggestion(page: Page) -> None:
    choose(page, "K-101")
    expect(page.locator(".talk-title")).to_have_text("Coffee machine not scanned for a week")
    expect(page.locator(".message")).to_have_count(5)
    card = page.locator(".card.case").first
    expect(card.locator("h4")).to_have_text("Coffee machine lost on the way, refund chosen")
    expect(card).to_contain_text("91 % very likely helps")
    expect(card).to_contain_text("worked 14 of 15")
    expect(page.locator(".card.case").nth(1)).to_contain_text("did not hold here: reopened")
    expect(page.locator(".card.internal")).to_contain_text("for agents only")
    expect(page.locator(".card.policy").first).to_contain_text("in force from 1 Jan 2025 to 1 Jan 2027")
    expect(page.locator("#toast")).to_have_text(
        "Suggestion ready: 2 similar cases, 2 passages, a question to ask first, a draft, "
        "2 values to fill in, 1 warning, 2 overdue promises."
    )
    expect(page.locator("#state")).to_have_text("Index ready")
    assert page.url.endswith("/?conversation=K-101")
    assert "Hannah Whitlock" in page.title()
    page.reload()
    expect(page.locator(".card.case")).to_have_count(2)


def test_back_returns_to_the_conversation_before(page: Page) -> None:
    choose(page, "K-101")
    page.click('li[data-conversation="K-103"] > a')
    expect(page.locator(".talk-title")).to_have_text("Charged twice, shouting at the agent")
    page.go_back()
    expect(page.locator(".talk-title")).to_have_text("Coffee machine not scanned for a week")
    expect(page.locator('a[aria-current="true"]')).to_contain_text("Hannah Whitlock")


def test_gaps_fill_alike_in_both_versions_and_are_copied(page: Page) -> None:
    choose(page, "K-102")
    expect(page.locator("#open-gaps")).to_have_text("2 to fill in")
    numbers = page.locator(f'{AGENT} input[data-gap="tracking_number"]')
    numbers.first.fill("NP204518763DE")
    expect(numbers.nth(1)).to_have_value("NP204518763DE")
    expect(page.locator("#open-gaps")).to_have_text("1 to fill in")
    page.click('[data-action="copy-agent"]')
    expect(page.locator("#toast")).to_have_text("Your version is copied. Still to be filled in: date.")
    assert "treat parcel NP204518763DE as lost" in copied(page)
    assert "by [date], whatever" in copied(page)
    page.locator(f'{AGENT} input[data-gap="date"]').fill("24 de noviembre")
    page.click('[data-action="copy-customer"]')
    expect(page.locator("#toast")).to_have_text("The customer's version is copied.")
    assert copied(page).startswith("Hola, Ana:\n\nSiento mucho")
    assert "Le escribo antes del 24 de noviembre.\n\nUn saludo,\nMaya" in copied(page)


def test_customer_version_and_translated_messages(page: Page) -> None:
    choose(page, "K-102")
    letter = page.locator(CUSTOMER)
    expect(letter).to_have_attribute("lang", "es")
    expect(letter).to_have_attribute("dir", "ltr")
    expect(page.locator(".customer-reply")).to_contain_text("A number differs from your draft.")
    page.click(".back summary")
    expect(page.locator(".back .said")).to_contain_text("I am very sorry that the parcel")
    first = page.locator('.message[data-number="0"]')
    expect(first.locator(".said").first).to_have_attribute("lang", "es")
    expect(first.locator(".translated")).to_contain_text("(en) Buenas tardes.")
    expect(first.locator(".translated")).to_have_attribute("lang", "en")


def test_a_question_is_put_into_both_versions_and_taken_out(page: Page) -> None:
    choose(page, "K-102")
    ask = page.locator(".ask").first
    expect(ask).to_contain_text("What to do depends on what the tracking shows.")
    button = ask.get_by_role("button", name="Put it into the reply")
    button.click()
    expect(page.locator(AGENT)).to_contain_text(f"{ASKED}\n\nKind regards,\nMaya", use_inner_text=True)
    expect(page.locator(CUSTOMER)).to_contain_text(f"{ASKED_ES}\n\nUn saludo,\nMaya", use_inner_text=True)
    page.keyboard.press("c")
    page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('Kind regards'))")
    assert f"{ASKED}\n\nKind regards,\nMaya" in copied(page)
    ask.get_by_role("button", name="Take it out again").click()
    expect(page.locator(AGENT)).not_to_contain_text(ASKED)
    expect(page.locator(CUSTOMER)).not_to_contain_text(ASKED_ES)


def test_a_request_is_put_into_a_reply_that_is_being_edited(page: Page) -> None:
    choose(page, "K-101")
    page.click('[data-action="edit"]')
    page.fill("#edit", "Hello Hannah,\n\nI am looking into it.\n\nMaya")
    ask = page.locator(".ask").nth(1)
    ask.get_by_role("button").click()
    field = page.locator("#edit")
    expect(field).to_have_value(f"Hello Hannah,\n\nI am looking into it.\n\n{NEEDED}\n\nMaya")
    ask.get_by_role("button").click()
    expect(field).to_have_value("Hello Hannah,\n\nI am looking into it.\n\nMaya")


def test_the_answers_lead_to_their_cards(page: Page) -> None:
    choose(page, "K-101")
    page.locator(".ask summary").click()
    answer = page.locator(".leads li").nth(1)
    expect(answer).to_contain_text("on its way")
    assert answer.locator("a").all_text_contents() == [
        "Coffee machine lost on the way, refund chosen",
        "Asked the customer to wait another week",
    ]
    answer.locator("a").nth(1).click()
    expect(page.locator("#case-1")).to_be_focused()
    expect(page.locator(".leads")).not_to_contain_text("delivered")  # leads to no card


def test_what_cannot_be_translated_says_why(page: Page) -> None:
    choose(page, "K-107")
    expect(page.locator(".talk-note")).to_contain_text("no translator is configured from pl to en")
    expect(page.locator(".suggestion > .notice")).to_contain_text("No version in Polish")
    expect(page.locator(CUSTOMER)).to_have_count(0)


def test_sentence_and_source_light_each_other_up(page: Page) -> None:
    choose(page, "K-101")
    sentence = page.locator(f"{AGENT} a.from.policy")
    sentence.hover()
    card = page.locator(".card.policy").first
    expect(card).to_have_class("card policy lit")
    expect(page.locator("#provenance .origin")).to_have_text(
        "Policy: Parcels lost on the way › Opening a trace"
    )
    page.locator(".card.case").first.hover()
    expect(page.locator(f"{AGENT} a.from.case.lit")).to_have_count(3)
    expect(card).not_to_have_class("card policy lit")
    sentence.focus()
    expect(card).to_have_class("card policy lit")
    page.keyboard.press("Enter")
    expect(card).to_be_focused()
    page.locator(f"{AGENT} mark.warned").hover()
    expect(page.locator("#warnings li")).to_have_class("lit")


LIT = """() => [...(CSS.highlights.get("customer-phrase") ?? [])].map((range) => [
    range.toString(), range.startContainer.parentElement.closest("[data-number]").dataset.number])"""


def test_phrase_and_its_places_light_up(page: Page) -> None:
    choose(page, "K-101")
    card = page.locator("#case-0")
    phrase = card.locator(".phrase", has_text="it never moves")
    mark = card.locator(f'mark[data-phrase="{phrase.get_attribute("data-phrase")}"]')
    expect(phrase).to_contain_text("has not moved")
    expect(mark).to_have_text("has not moved")
    phrase.hover()
    expect(mark).to_have_class("matched lit")
    assert page.evaluate(LIT) == [["it never moves", "3"]]
    page.locator("#cases-title").hover()
    expect(mark).to_have_class("matched")
    assert page.evaluate(LIT) == []


def test_phrases_are_reached_by_keyboard(page: Page) -> None:
    choose(page, "K-101")
    phrase = page.locator("#case-0 .phrase").first
    phrase.focus()
    assert page.evaluate(LIT) == [["it never moves", "3"]]
    expect(page.locator("#case-0 .problem")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#case-0 .problem mark.lit")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate(LIT) == [["give me back my money", "4"]]
    expect(page.locator("#case-0 .resolution mark.lit")).to_have_text("replacement or refund")


def test_phrases_are_placed_by_characters_not_by_half_ones(page: Page) -> None:
    page.goto("/")
    page.click("#open-paste")
    page.fill("#paste-text", "Customer: 😀😀 that page, it never moves")
    page.click("#paste-open")
    page.locator("#case-0 .phrase").first.hover()
    assert page.evaluate(LIT) == [["it never moves", "0"]]


def test_edit_is_checked_while_it_is_written(page: Page, base: KnowledgeBase) -> None:
    choose(page, "K-102")
    page.keyboard.press("e")
    field = page.locator("#edit")
    expect(field).to_be_focused()
    expect(field).to_have_value(page.locator(AGENT).evaluate("() => document.querySelector('#edit').value"))
    field.fill("😀 Hello Ana, we pay 500.00 EUR today.")
    warning = page.locator("#warnings li")
    expect(warning).to_have_text(
        "500.00 EUR No policy and no message names this amount. Check it, or take it out."
    )
    expect(page.locator(".mirror mark")).to_have_text("500.00 EUR")
    field.fill("Hello Ana, we look into it.")
    expect(warning).to_have_count(0)
    expect(page.locator("#stale")).to_be_visible()
    page.click('[data-action="translate-edit"]')
    expect(page.locator("#toast")).to_contain_text("no translator is configured from en to es")
    page.click('[data-action="send"]')
    expect(page.locator("#toast")).to_contain_text("The customer's version doesn't hold your edits.")
    assert base.conversations.read("K-102").head.messages == 2
    page.click('[data-action="reset"]')
    expect(page.locator(AGENT)).to_be_visible()
    expect(warning).to_contain_text("199.00 EUR")


def test_feedback_is_kept(page: Page, base: KnowledgeBase) -> None:
    choose(page, "K-103")
    helpful = page.locator('.card.case [data-verdict="helpful"]').first
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#toast")).to_have_text("Noted, thank you.")
    page.click(".reject summary")
    page.select_option("#reject-reason", "wrong tone")
    page.fill("#reject-more", "too long")
    page.click(".reject-form button")
    expect(page.locator(".reject-form")).to_be_hidden()
    given = [
        (s.feedback.verdict, s.feedback.item, s.feedback.reason)
        for s in base.feedback(suggestion_id="S-K-103")
    ]
    assert given == [("rejected", "draft", "wrong tone: too long"), ("helpful", "case:C-1002", None)]


def test_a_card_says_what_moved_it(page: Page) -> None:
    choose(page, "K-101")
    first, second = page.locator(".card.case").nth(0), page.locator(".card.case").nth(1)
    expect(first.locator(".moves li")).to_have_text(
        ["Moved up: 2 colleagues found it helpful for conversations like this"]
    )
    expect(second.locator(".moves li")).to_have_text(
        [
            "Moved down: The fix worked 0 of 1 times",
            "Moved down: Its policy “Late delivery” changed on 1 Feb 2026, after this case",
            "Moved down: 2 colleagues found it wrong for conversations like this",
        ]
    )
    assert violations(page) == []


def test_feedback_can_be_taken_back(page: Page, base: KnowledgeBase) -> None:
    choose(page, "K-104")
    helpful, wrong = (
        page.locator(f'.card.case [data-verdict="{name}"]').first for name in ("helpful", "wrong")
    )
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    wrong.click()  # another verdict on the same case replaces the first
    expect(helpful).to_have_attribute("aria-pressed", "false")
    expect(wrong).to_have_attribute("aria-pressed", "true")
    wrong.click()
    expect(wrong).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#toast")).to_have_text("Taken back.")
    page.click(".reject summary")
    page.click(".reject-form button")
    expect(page.locator('[data-action="take-back"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".reject summary")).to_be_focused()
    expect(page.locator('[data-action="take-back"]')).to_be_hidden()
    given = base.feedback(suggestion_id="S-K-104")
    assert [(s.feedback.verdict, s.withdrawn_at is not None) for s in given] == [
        ("rejected", True),
        ("wrong", True),
        ("helpful", True),
    ]
    # Each browser is one colleague, the same one on every page.
    assert {s.actor for s in given} == {given[0].withdrawn_by} == {page.evaluate(REMEMBERED)}


def test_pasted_lines(page: Page) -> None:
    paste(page, "Customer: Where is my lamp?\nIt is late.\nAgent: I look.\nCustomer: Thank you")
    page.wait_for_selector(".suggestion")
    expect(page.locator(".message .said")).to_have_text(
        ["Where is my lamp?\nIt is late.", "I look.", "Thank you"]
    )
    expect(page.locator("#paste")).to_be_hidden()
    expect(page.locator("#inbox a[aria-current]")).to_contain_text("Thank you")


def test_pasted_nonsense_is_told_in_place(page: Page) -> None:
    paste(page, '{"messages": [')
    expect(page.locator("#paste-error")).to_contain_text("can't be read as JSON (line 1, column 15)")
    page.fill("#paste-text", "")
    page.click("#paste-open")
    expect(page.locator("#paste-error")).to_contain_text("there is nothing to read")
    page.fill("#paste-text", '{"messages": [{"role": "customer", "text": "Where is my lamp?"}]}')
    page.click("#paste-open")
    expect(page.locator(".message")).to_have_count(1)


def test_hostile_message_is_only_text(page: Page) -> None:
    paste(page, f"Customer: {HOSTILE}")
    page.wait_for_selector(".suggestion")
    assert page.locator(".message .said").inner_text() == HOSTILE
    expect(page.locator(".request")).to_contain_text("<script>alert(2)</script>")
    assert page.locator("#talk img, #help img, #talk style").count() == 0
    assert page.locator("body").is_visible()
    assert page.locator('a[href^="javascript"]').count() == 0


def test_five_hundred_messages(page: Page) -> None:
    lines = "\n".join(f"Customer: message {n}" for n in range(500))
    paste(page, lines)
    messages = page.locator(".message")
    expect(messages).to_have_count(60)
    page.wait_for_selector(".suggestion")
    expect(messages.last).to_be_in_viewport()
    expect(messages.first).to_contain_text("message 440")
    earlier = page.locator('[data-action="earlier"]')
    expect(earlier).to_have_text("Show earlier messages (440)")
    earlier.focus()
    page.keyboard.press("Enter")
    expect(messages).to_have_count(120)
    expect(messages.nth(60)).to_be_in_viewport()  # what was read stays where it was
    for count in range(180, 541, 60):
        earlier.click()
        expect(messages).to_have_count(min(count, 500))
    expect(earlier).to_have_count(0)
    numbers = page.evaluate("[...document.querySelectorAll('.message')].map((m) => Number(m.dataset.number))")
    assert numbers == list(range(500))


def test_nothing_found_is_calm_and_offers_a_search(page: Page) -> None:
    paste(page, f"Customer: {NOTHING}")
    expect(page.locator(".nothing h3")).to_have_text("Nothing in the knowledge is close enough")
    expect(page.locator(AGENT)).to_have_text("Hello, I am looking into this now.")
    expect(page.locator(".card")).to_have_count(0)
    page.fill("#search-text", "coffee")
    page.keyboard.press("Enter")
    expect(page.locator("#found li")).to_have_text("Coffee machine lost 90 % sure that it helpsAbout coffee")
    assert violations(page) == []
    page.get_by_role("button", name="Show the nearest").click()
    expect(page.locator("#found li")).to_contain_text(f"About {NOTHING}")


def test_server_error_can_be_tried_again(page: Page) -> None:
    paste(page, f"Customer: {BROKEN}")
    expect(page.locator(".failed")).to_contain_text("something went wrong here that nobody foresaw")
    assert violations(page) == []
    page.click('[data-action="retry"]')
    expect(page.locator(".card.case")).to_have_count(2)


def test_lost_server_loses_nothing(page: Page, context: BrowserContext) -> None:
    choose(page, "K-101")
    page.keyboard.press("e")
    page.fill("#edit", "My own words")
    context.set_offline(True)
    page.locator("#edit").press("End")
    page.keyboard.type("!")
    expect(page.locator("#warnings li")).to_contain_text("This version could not be checked.")
    expect(page.locator("#edit")).to_have_value("My own words!")
    send = page.locator('[data-action="send"]')
    send.click()
    expect(page.locator("#toast")).to_contain_text("1 warning is open. Send again to send it all the same.")
    send.click()
    expect(page.locator("#toast")).to_contain_text("The server can't be reached.")
    expect(send).to_be_enabled()
    expect(page.locator("#edit")).to_have_value("My own words!")


def test_all_of_it_by_keyboard(page: Page) -> None:
    page.goto("/?conversation=K-101")
    page.wait_for_selector(".suggestion")
    page.keyboard.press("j")
    expect(page.locator("#inbox a[aria-current]")).to_contain_text("Ana Ruiz Calvo")
    expect(page.locator("#inbox a[aria-current]")).to_be_focused()
    page.wait_for_selector(CUSTOMER)
    page.keyboard.press("g")
    page.keyboard.type("NP1 j k")
    expect(page.locator(f"{AGENT} input").first).to_have_value("NP1 j k")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.locator("#toast")).to_contain_text("The customer's version is copied.")
    page.keyboard.press("k")
    expect(page.locator("#inbox a[aria-current]")).to_contain_text("Hannah Whitlock")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert violations(page) == []
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("#inbox a[aria-current]")).to_contain_text("Hannah Whitlock")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_in_both_themes(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto("/")
    if theme == "light":
        assert violations(page) == []
    page.click('li[data-conversation="K-102"] > a')
    page.wait_for_selector(".translated")
    page.click(".card details summary")
    page.click(".reject summary")
    page.fill(f'{AGENT} input[data-gap="date"]', "tomorrow")
    page.mouse.move(0, 0)
    assert violations(page) == []
    # From here on a theme differs in its colours alone.
    rules = {} if theme == "light" else {"runOnly": ["color-contrast"]}
    page.set_viewport_size({"width": 390, "height": 844})
    page.click('[data-action="edit"]')
    page.fill("#edit", "We pay 500.00 EUR.")
    page.wait_for_selector(".mirror mark")
    assert violations(page, **rules) == []


def test_theme_is_kept(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto("/")
    background = "() => getComputedStyle(document.body.querySelector('.bar')).backgroundColor"
    light = page.evaluate(background)
    page.click("#menu summary")
    page.select_option("#theme", "light")
    assert page.evaluate(background) == light
    page.select_option("#theme", "dark")
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark
    expect(page.locator("#theme")).to_have_value("dark")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_overflows_or_shifts(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/?conversation=K-102")
    page.wait_for_selector(".suggestion")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shifts = """() => new Promise((done) => {
        let sum = 0;
        new PerformanceObserver((list) => {
            for (const shift of list.getEntries()) if (!shift.hadRecentInput) sum += shift.value;
        }).observe({ type: "layout-shift", buffered: true });
        setTimeout(() => done(sum), 100);
    })"""
    assert page.evaluate(shifts) < 0.1
    page.set_viewport_size({"width": 320, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
