"""A conversation that goes on while its page is open: nothing is missed, nothing lost, nothing jumps."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from copilot.translation.models import Translation
from knowledge_base.conversation_log import Arriving
from knowledge_base.models import Conversation, Customer, Message
from knowledge_base.store import KnowledgeBase
from tests.builders import open_base
from tests.needs import needs_chromium
from tests.web_browser import serving
from tests.web_fakes import NOTHING, FakeCopilot, with_samples

pytestmark = [pytest.mark.browser, needs_chromium]

AGENT, CUSTOMER = '[data-letter="agent"]', '[data-letter="customer"]'
HOSTILE = '<img src=x onerror="window.hurt=1"><style>body{display:none}</style>\u202e</li></ol>{{ 7*7 }}'
REMEMBER = "() => { document.querySelector('.suggestion').kept = true }"
KEPT = "document.querySelector('.suggestion').kept === true"


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


@pytest.fixture
def copilot(base: KnowledgeBase) -> FakeCopilot:
    return with_samples(FakeCopilot(base))


@pytest.fixture
def address(copilot: FakeCopilot) -> Iterator[str]:
    with serving(copilot) as address:
        yield address


def new_page(browser: Browser, address: str, conversation: str = "K-101") -> Page:
    page = browser.new_page(
        base_url=address, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    page.set_default_timeout(5_000)
    page.goto(f"/?conversation={conversation}")
    page.wait_for_selector(".suggestion")
    expect(page.locator("#state")).to_have_text("Index ready")
    return page


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = new_page(browser, address)
    yield page
    page.close()


def writes(copilot: FakeCopilot, text: str, conversation: str = "K-101", role: Any = "customer") -> None:
    copilot.inbox.append(conversation, [Arriving(Message(role, text))])


def test_a_message_brings_its_suggestion_within_300_ms(page: Page, copilot: FakeCopilot) -> None:
    rounds = []
    # Other tests share the cores: the first quiet round tells, each with conversations of its own.
    for numbers in ((101, 103, 104, 106, 108), (105, 109, 112, 113, 115), (102, 107, 110, 111, 114)):
        delays = [arrived(page, copilot, f"K-{number}") for number in numbers]
        rounds.append(median(delays))
        if rounds[-1] < 0.3:
            return
    raise AssertionError(f"seconds until the suggestion, medians of three rounds: {rounds}")


def arrived(page: Page, copilot: FakeCopilot, name: str) -> float:
    """Seconds from a message's arrival to its suggestion on the page."""
    page.goto(f"/?conversation={name}")
    page.wait_for_selector(".suggestion")
    before, had = page.locator(".message").count(), page.get_attribute(".suggestion", "data-digest")
    started = time.monotonic()
    writes(copilot, f"mi pedido {NOTHING}", name)
    page.wait_for_selector(f'.suggestion:not([data-digest="{had}"])')
    seconds = time.monotonic() - started
    expect(page.locator(".message")).to_have_count(before + 1)
    expect(page.locator(".message").last).to_be_in_viewport()
    return seconds


def test_what_only_repeats_is_not_shown(page: Page, copilot: FakeCopilot) -> None:
    page.evaluate(REMEMBER)
    with page.expect_response(lambda response: response.url.endswith("/suggestion")) as answer:
        writes(copilot, "And hello?")
    assert answer.value.status == 204
    expect(page.locator(".message")).to_have_count(6)
    assert page.evaluate(KEPT)
    expect(page.locator("#help")).not_to_have_attribute("aria-busy", "true")


def test_an_edit_is_kept_and_carried_over(page: Page, copilot: FakeCopilot) -> None:
    page.keyboard.press("e")
    page.fill("#edit", "Hello Hannah, in my own words.")
    page.evaluate(REMEMBER)
    writes(copilot, "mi pedido")
    news = page.locator("#news")
    expect(news).to_contain_text("The conversation has gone on: another suggestion is ready.")
    expect(page.locator("#edit")).to_be_focused()
    assert page.evaluate(KEPT)
    assert Axe().run(page).violations_count == 0
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page.locator(CUSTOMER)).to_be_visible()
    expect(page.locator("#edit")).to_have_value("Hello Hannah, in my own words.")
    expect(news).to_be_hidden()
    assert not page.evaluate(KEPT)


def test_values_and_verdicts_are_carried_over(page: Page, copilot: FakeCopilot) -> None:
    page.locator(f'{AGENT} input[data-gap="date"]').fill("tomorrow")
    helpful = page.locator('#case-0 [data-verdict="helpful"]')
    helpful.click()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    number = helpful.get_attribute("data-feedback")
    writes(copilot, "mi pedido")
    page.click('[data-action="show-pending"]')
    expect(page.locator(CUSTOMER)).to_be_visible()
    expect(page.locator(f'{AGENT} input[data-gap="date"]')).to_have_value("tomorrow")
    expect(helpful).to_have_attribute("aria-pressed", "true")
    expect(helpful).to_have_attribute("data-feedback", number or "")
    expect(page.locator("#open-gaps")).to_have_text("1 to fill in")


def test_nothing_jumps(page: Page, copilot: FakeCopilot) -> None:
    page.evaluate("document.querySelector('#messages').scrollTop = 0")
    page.evaluate("document.querySelector('#help').scrollTop = 300")
    writes(copilot, "mi pedido")
    newest = page.locator("#newest")
    expect(newest).to_have_text("1 new message ↓")
    expect(page.locator(CUSTOMER)).to_be_visible()
    assert page.evaluate("document.querySelector('#messages').scrollTop") == 0
    assert page.evaluate("document.querySelector('#help').scrollTop") == 300
    writes(copilot, "and another")
    expect(newest).to_have_text("2 new messages ↓")
    newest.click()
    expect(newest).to_be_hidden()
    expect(page.locator(".message").last).to_be_in_viewport()


def test_the_list_follows_and_keeps_the_focus(page: Page, copilot: FakeCopilot) -> None:
    link = page.locator('li[data-conversation="K-101"] > a')
    link.focus()
    element = page.evaluate_handle("document.activeElement")
    copilot.inbox.reply("K-101", "I will look.", seen=5)
    expect(page.locator("#inbox-list li").last).to_have_attribute("data-conversation", "K-101")
    assert page.evaluate("(before) => document.activeElement === before", element)
    expect(link).to_have_attribute("aria-current", "true")
    angry = Message("customer", "¡Esto es una queja! Estoy furioso, mi pedido no llega.")
    copilot.inbox.receive(Conversation((angry,), id="K-900", customer=Customer("Iván")))
    item = page.locator('li[data-conversation="K-900"]')
    expect(item).to_contain_text("Iván")
    expect(item.locator(".alarm")).to_contain_text("complaint")
    expect(item.locator("abbr")).to_have_attribute("title", "Spanish")


def test_after_a_lost_server_the_page_catches_up(browser: Browser, copilot: FakeCopilot) -> None:
    with serving(copilot) as address:
        page = new_page(browser, address)
        page.keyboard.press("e")
        page.fill("#edit", "My own words")
    expect(page.locator("#state")).to_contain_text("Connection lost", timeout=10_000)
    writes(copilot, "Written while the server was away")
    with serving(copilot, port=int(address.rsplit(":", 1)[1])):
        expect(page.locator("#state")).to_have_text("Index ready", timeout=15_000)
        expect(page.locator(".message").last).to_contain_text("Written while the server was away")
        expect(page.locator("#edit")).to_have_value("My own words")
        page.close()


def test_two_agents_in_one_conversation(browser: Browser, address: str, copilot: FakeCopilot) -> None:
    first, second = new_page(browser, address), new_page(browser, address)
    second.keyboard.press("e")
    second.fill("#edit", "Hello Hannah, I am looking.")
    first.keyboard.press("e")
    first.fill("#edit", "Hello Hannah, I was first.")
    first.keyboard.press("Escape")
    first.keyboard.press("s")
    expect(first.locator("#toast")).to_contain_text("Sent.")
    expect(first.locator('[data-action="send"]')).to_have_text("Sent")
    expect(first.locator("#news")).to_be_hidden()
    expect(second.locator("#news")).to_contain_text("A reply was sent from elsewhere.")
    expect(second.locator(".message").last).to_contain_text("I was first.")
    second.keyboard.press("Escape")
    second.keyboard.press("s")
    expect(second.locator("#toast")).to_contain_text("A reply was sent from elsewhere.")
    second.keyboard.press("s")
    expect(second.locator("#toast")).to_contain_text("Sent.")
    texts = [m.text for m in copilot.knowledge.conversations.read("K-101").conversation.messages[5:]]
    assert texts == ["Hello Hannah, I was first.", "Hello Hannah, I am looking."]
    first.close()
    second.close()


def test_a_reply_never_passes_what_has_just_arrived(page: Page, copilot: FakeCopilot) -> None:
    page.keyboard.press("e")
    page.fill("#edit", "It arrives today.")
    page.route("**/messages?after=*", lambda route: None)  # the page doesn't hear of it in time
    writes(copilot, "I have cancelled the order.")
    page.keyboard.press("Escape")
    for _ in range(2):  # with a second press, since there may be a warning
        page.keyboard.press("s")
        page.wait_for_timeout(50)
    expect(page.locator("#toast")).to_contain_text("has gone on: it holds 6 messages, not 5")
    expect(page.locator("#edit")).to_have_value("It arrives today.")
    assert copilot.knowledge.conversations.read("K-101").head.newest.role == "customer"


def test_sending_keeps_what_became_of_the_draft(page: Page, copilot: FakeCopilot) -> None:
    page.keyboard.press("s")
    expect(page.locator("#toast")).to_contain_text("Not sent: tracking number is still to be filled in.")
    expect(page.locator(f"{AGENT} input.gap").first).to_be_focused()
    page.keyboard.type("NP1")
    page.locator(f'{AGENT} input[data-gap="date"]').fill("tomorrow")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator("#toast")).to_contain_text("1 warning is open. Send again to send it all the same.")
    page.keyboard.press("s")
    expect(page.locator(".message").last).to_contain_text("We now treat parcel NP1 as lost")
    kept = copilot.knowledge.feedback(suggestion_id="S-K-101", item=None, limit=9)[0].feedback
    assert (kept.verdict, kept.item, kept.text_before) == ("used", "draft", None)
    assert kept.text_after is not None
    assert kept.text_after.startswith("Hello Hannah,")
    page.keyboard.press("n")
    expect(page.locator('li[data-conversation="K-101"] > a')).not_to_have_attribute("aria-current", "true")
    # The customer answers: the next suggestion comes by itself, nothing of the old one is carried over.
    page.goto("/?conversation=K-101")
    page.wait_for_selector(".suggestion")
    writes(copilot, "mi pedido, gracias")
    expect(page.locator(CUSTOMER)).to_be_visible()


def test_the_customers_version_is_what_is_sent(browser: Browser, address: str, copilot: FakeCopilot) -> None:
    page = new_page(browser, address, "K-102")
    page.locator(f'{CUSTOMER} input[data-gap="date"]').fill("el lunes")
    page.locator(f'{AGENT} input[data-gap="tracking_number"]').first.fill("NP1")
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    field = page.locator("#edit-customer")
    field.fill(field.input_value().replace("Siento mucho", "Lamento"))
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.keyboard.press("s")
    expect(page.locator(".message").last).to_contain_text("Lamento que conste")
    kept = copilot.knowledge.feedback(suggestion_id="S-K-102", item=None, limit=9)[0].feedback
    assert (kept.verdict, kept.item) == ("edited", "customer_draft")
    assert kept.text_before is not None
    assert "Siento mucho" in kept.text_before
    assert copilot.learned[-1][0] == "S-K-102"
    page.close()


def test_what_was_understood_is_put_right(page: Page, copilot: FakeCopilot, base: KnowledgeBase) -> None:
    page.keyboard.press("x")
    expect(page.locator("#correct-category")).to_be_focused()
    page.keyboard.press("Escape")
    page.select_option("#correct-emotion", "worried")
    expect(page.locator(".chip.corrected dt")).to_have_text("Mood")
    expect(page.locator("#correct-emotion")).to_be_focused()
    expect(page.locator('li[data-conversation="K-101"] .fact').first).to_have_text("worried")
    page.select_option("#correct-emotion", "")
    expect(page.locator(".chip.corrected")).to_have_count(0)
    slot = page.locator("button.slot").first
    slot.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Hanna W.")
    page.keyboard.press("Enter")
    expect(page.locator("button.slot").first).to_have_text("Hanna W.")
    assert base.conversations.read("K-101").conversation.slots["customer_name"] == "Hanna W."
    assert page.evaluate("CSS.highlights.has('found-fact')")


def test_a_colleagues_correction_reaches_the_page(
    page: Page, copilot: FakeCopilot, base: KnowledgeBase
) -> None:
    base.conversations.amend("K-101", {"corrections": {"category": "late_delivery"}})
    expect(page.locator(".chip.corrected dt")).to_have_text("About")
    expect(page.locator("#correct-category")).to_have_value("late_delivery")


def test_notes_and_closing(page: Page, base: KnowledgeBase) -> None:
    page.keyboard.press("m")
    page.keyboard.type("Asked the carrier j k")
    page.keyboard.press("Control+Enter")
    note = page.locator(".message.note").last
    expect(note).to_contain_text("Asked the carrier j k")
    expect(page.locator("#note-form")).to_be_hidden()
    assert base.conversations.read("K-101").head.waiting_since is not None  # a note answers nobody
    page.keyboard.press("d")
    expect(page.locator('[data-action="settle"]')).to_contain_text("Open again")
    expect(page.locator('li[data-conversation="K-101"]')).to_have_count(0)
    page.select_option("#inbox-state", "closed")
    expect(page.locator("#inbox-list li")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    expect(page.locator("#inbox-list")).to_contain_text("No conversation is closed.")
    assert base.conversations.read("K-101").head.state == "open"


def test_keys_reach_the_cards(page: Page, copilot: FakeCopilot) -> None:
    page.keyboard.press("2")
    expect(page.locator("#case-1")).to_be_focused()
    page.keyboard.press("w")
    expect(page.locator('#case-1 [data-verdict="wrong"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("1")
    page.keyboard.press("h")
    expect(page.locator('#case-0 [data-verdict="helpful"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("3")
    page.keyboard.press("i")
    expect(page.locator("#edit")).to_have_value(
        re.compile(r"When a parcel counts as lost[^\n]+\n\nKind regards,\nMaya$")
    )
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("#reject-reason")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#search-text")).to_be_focused()
    page.keyboard.type("late")
    page.keyboard.press("Enter")
    expect(page.locator("#found li")).to_contain_text("About late")


def test_a_hostile_message_is_only_text(page: Page, copilot: FakeCopilot) -> None:
    writes(copilot, HOSTILE)
    expect(page.locator(".message").last.locator(".said").first).to_have_text(HOSTILE)
    expect(page.locator('li[data-conversation="K-101"] .inbox-preview')).to_contain_text("<img src=x")
    assert page.evaluate("window.hurt") is None
    expect(page.locator("body")).to_be_visible()


def test_a_slow_translator_holds_nothing_up(
    browser: Browser, copilot: FakeCopilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = copilot.translate

    def slow(text: str, *, target: str, source: str | None = None) -> Translation:
        time.sleep(3)
        return real(text, target=target, source=source)

    monkeypatch.setattr(copilot, "translate", slow)
    with serving(copilot) as address:
        started = time.monotonic()
        page = new_page(browser, address, "K-102")
        expect(page.locator(CUSTOMER)).to_be_visible()
        page.keyboard.press("e")
        page.keyboard.type("Hello")
        assert time.monotonic() - started < 3
        expect(page.locator("#edit")).to_have_value(re.compile("^Hello"))
        expect(page.locator(".translated").first).to_be_visible(timeout=8_000)
        page.close()
