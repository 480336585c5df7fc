"""Takes every page and state at 1280 and 390 pixels, light and dark: `python -m tests.screenshots [DATA]`.

Without a data folder the states come from the tests' copilot; with one, suggestions are that desk's own.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize

from copilot.assemble import build_copilot
from copilot.settings import Settings
from tests.builders import make_article, make_case, open_base
from tests.export_makers import zendesk
from tests.gap_fakes import ask_for_what_nothing_answers
from tests.learned_fakes import teach
from tests.test_copilot_practice import CASE
from tests.web_browser import chromium, serving
from tests.web_fakes import BROKEN, NOTHING, FakeCopilot, with_samples
from web.deps import Assistant

OUT = Path("build/screenshots")
WIDTHS = {1280: 800, 390: 844}
NEVER_ANSWERED = """window.fetch = ((real) => (to, how) =>
    how?.method === "POST" ? new Promise(() => {}) : real(to, how))(fetch)"""
COMPLAINT = """{"id": "K-9", "messages": [
    {"role": "customer", "at": "2026-11-22T08:00:00Z", "text": "This is a complaint: my lamp is broken."}]}"""
Step = Callable[[Page], object]
Theme = Literal["light", "dark"]


def opened(sample: str) -> Step:
    """A conversation with its suggestion."""

    def step(page: Page) -> None:
        page.goto(f"/?conversation={sample}")
        page.wait_for_selector(".suggestion")
        page.wait_for_timeout(150)

    return step


def pasted(text: str, until: str) -> Step:
    """A conversation of one's own."""

    def step(page: Page) -> None:
        page.goto("/")
        page.click("#open-paste")
        page.fill("#paste-text", text)
        page.click("#paste-open")
        page.wait_for_selector(until)

    return step


def editing(page: Page) -> None:
    """A draft being edited, with a warning."""
    opened("K-101")(page)
    page.click('[data-action="edit"]')
    page.fill("#edit", "Hello Hannah,\n\nwe refund 500.00 EUR today and add a voucher.\n\nMaya")
    page.wait_for_selector("#warnings li:has-text('500.00')")


def polished(page: Page) -> None:
    """A draft reworded, with what changed."""
    opened("K-101")(page)
    page.click('[data-action="polish"]')
    page.wait_for_selector("#difference ins")


def explained(page: Page) -> None:
    """A phrase that carries a match, lit up on its card and in the message."""
    opened("K-101")(page)
    page.focus("#case-0 .phrase")
    page.keyboard.press("Enter")


def waiting(page: Page) -> None:
    """A suggestion that has not arrived."""
    page.goto("/")
    page.evaluate(NEVER_ANSWERED)
    page.click('li[data-conversation="K-101"] > a')
    page.wait_for_selector(".skeleton")


def asking(page: Page) -> None:
    """The window to paste into."""
    page.goto("/")
    page.click("#open-paste")


def keys(page: Page) -> None:
    """The list of keys."""
    page.goto("/")
    page.keyboard.press("?")  # where there is little room, no button opens it
    page.wait_for_selector("#keys[open]")


def writing(page: Page) -> None:
    """A reply template with something to mend."""
    page.goto("/templates?reply=en/emergency")
    page.focus("#file")
    page.keyboard.press("Control+End")
    page.keyboard.type(" {{ trackin }}")
    page.wait_for_selector(".remarks .error")


def checking(page: Page) -> None:
    """What the checks of the whole knowledge found."""
    page.goto("/checks")
    page.click("[data-action=run]")
    page.wait_for_selector("#found section")


def held_back(page: Page) -> None:
    """An article that is not taken out of use, since a case would cite nothing."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/knowledge/article/returns")
    page.click("[data-action=retire]")
    page.wait_for_selector("#found li")


def proposing(page: Page) -> None:
    """What agents' edits propose, one of them tried, and the table of situations by language."""
    page.goto("/templates/overview")
    page.wait_for_selector(".proposal", timeout=20_000)
    page.locator('[data-do="preview"]').first.click()
    page.wait_for_selector(".proposal .preview", timeout=20_000)


def menu(page: Page) -> None:
    """Where to go, the language and the theme."""
    opened("K-101")(page)
    page.click("#menu summary")


def told_in(language: str, step: Step) -> Step:
    """A state with the interface in another language."""

    def told(page: Page) -> None:
        page.set_extra_http_headers({"accept-language": language})
        step(page)

    return told


def promises(page: Page) -> None:
    """What was promised, after a few conversations were opened."""
    for sample in ("K-101", "K-105", "K-110"):
        opened(sample)(page)
    page.goto("/promises")


def personal(page: Page) -> None:
    """What of personal data was replaced, what is replaced where, and what erasing somebody would remove."""
    page.goto("/personal-data?show=replaced")
    page.locator(".switches summary").click()
    page.get_by_label("Conversation id").fill("K-101")
    page.keyboard.press("Enter")
    page.wait_for_selector(".traces")


def following_up(page: Page) -> None:
    """The message that follows a promise."""
    promises(page)
    page.locator('[data-action="follow-up"]').first.click()
    page.wait_for_selector("#follow-up[open]")


def bringing_in(page: Page) -> None:
    """An export before it comes in, and one that came in with its report."""
    tickets = [*map(zendesk, range(1, 12)), zendesk(12, status="open"), {"id": 13}]
    export = "\n".join(json.dumps(one) for one in tickets).encode()
    page.goto("/bring-in")
    for _ in range(2):
        page.set_input_files("#file", {"name": "tickets.json", "mimeType": "", "buffer": export})
        page.click("#look")
        page.wait_for_selector(".seen")
        if not page.locator(".run").count():
            page.click("#begin")
            page.wait_for_selector('.run[data-state="done"]')
    page.locator(".run-report summary").first.click()


def mapping(page: Page) -> None:
    """A CSV whose columns have to be said."""
    rows = b"Nr,Was,Danach\n1,The kettle leaks.,Press the seal back.\n"
    page.goto("/bring-in")
    page.set_input_files("#file", {"name": "t.csv", "mimeType": "text/csv", "buffer": rows})
    page.click("#look")
    page.wait_for_selector("#mapping")


def practising(page: Page) -> None:
    """A past customer to answer."""
    page.goto("/practice")
    page.wait_for_selector("#practice h2")
    page.keyboard.press("n")
    page.wait_for_selector("#reply")


def practised(page: Page) -> None:
    """A round that has ended, with its score."""
    practising(page)
    while page.locator("#reply").count():
        turn = page.get_attribute("[data-turn]", "data-turn")
        page.fill("#reply", "Hello Ana,\n\nI am sorry. I open a trace with the carrier today.\n\nMaya")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector(f'article:not([data-turn="{turn}"])')


def written(page: Page, text: str, conversation: str = "K-101") -> None:
    """The customer writes while the page is open."""
    message = {"role": "customer", "text": text}
    page.request.post(f"/api/v1/conversations/{conversation}/messages", data={"messages": [message]})


def going_on(page: Page) -> None:
    """Another suggestion is ready while the draft is being edited, and a message is out of sight."""
    editing(page)
    page.evaluate("document.querySelector('#messages').scrollTop = 0")
    written(page, f"mi pedido {NOTHING}")
    page.wait_for_selector("#news:not([hidden])")


def sent(page: Page) -> None:
    """A reply that is out."""
    opened("K-103")(page)
    page.keyboard.press("e")
    page.fill("#edit", "Hello, I look into it today.")
    page.keyboard.press("Escape")
    for _ in range(2):  # with a second press, should there be a warning
        page.keyboard.press("s")
        page.wait_for_timeout(300)
    page.wait_for_selector(".suggestion[data-sent]")


def noting(page: Page) -> None:
    """A note for colleagues."""
    opened("K-104")(page)
    page.keyboard.press("m")


def corrected(page: Page) -> None:
    """A mood put right, a fact under correction."""
    opened("K-106")(page)
    page.select_option("#correct-emotion", "worried")
    page.wait_for_selector(".chip.corrected")
    page.click("button.slot")


def closed(page: Page) -> None:
    """The closed conversations, of which there are none."""
    page.goto("/")
    page.select_option("#inbox-state", "closed")
    page.wait_for_selector("#inbox .empty")


def lost(page: Page) -> None:
    """The server is away."""
    opened("K-108")(page)
    page.context.set_offline(True)
    page.click('li[data-conversation="K-102"] > a')
    page.wait_for_selector("#toast.shown")


def long(page: Page) -> None:
    """A conversation of five hundred messages."""
    lines = "\n".join(f"Customer: message {n}" for n in range(500))
    pasted(lines, ".suggestion")(page)


def gaps(page: Page) -> None:
    """What nothing answers, with what to write for the largest."""
    page.goto("/gaps")
    page.locator("[data-action=propose]").first.click()
    page.wait_for_selector(".proposed")
    page.evaluate("document.querySelectorAll('#found details').forEach((one) => one.open = true)")


_TOLD: dict[str, Step] = {
    "english": opened("K-101"),
    "templates": writing,
    "template-proposals": proposing,
    "promises": promises,
    "keys": keys,
    "practised": practised,
}
STATES: dict[str, Step] = {
    "promises": promises,
    "bring-in": bringing_in,
    "bring-in-columns": mapping,
    "personal": personal,
    "follow-up": following_up,
    "complaint": pasted(COMPLAINT, ".complaint"),
    "blank": lambda page: page.goto("/"),
    "english": opened("K-101"),
    "spanish": opened("K-102"),
    "polish": opened("K-107"),
    "nothing": pasted(f"Customer: {NOTHING} what about the moon?", ".nothing"),
    "failed": pasted(f"Customer: {BROKEN}", ".failed"),
    "editing": editing,
    "explained": explained,
    "polished": polished,
    "waiting": waiting,
    "paste": asking,
    "keys": keys,
    "templates": writing,
    "template-proposals": proposing,
    "going-on": going_on,
    "sent": sent,
    "noting": noting,
    "corrected": corrected,
    "closed": closed,
    "lost": lost,
    "long": long,
    "panel": lambda page: page.goto("/panel"),
    "menu": menu,
    "knowledge": lambda page: page.goto("/knowledge"),
    "record": lambda page: page.goto("/knowledge/case/C-1"),
    "new-record": lambda page: page.goto("/knowledge/article"),
    "nowhere": lambda page: page.goto("/nowhere"),
    "stale": lambda page: page.goto("/stale"),
    "review": lambda page: page.goto("/review"),
    "duplicates": lambda page: page.goto("/duplicates"),
    "checks": checking,
    "held-back": held_back,
    "insight": lambda page: page.goto("/insight"),
    "gaps": gaps,
    "practising": practising,
    "practised": practised,
    **{f"{name}-ar": told_in("ar", step) for name, step in _TOLD.items()},
    **{f"english-{code}": told_in(code, opened("K-101")) for code in ("es", "de")},
}
DESK_STATES: dict[str, Step] = {f"desk-K-{n}": opened(f"K-{n}") for n in range(101, 117)}


def main(data: Path | None = None) -> None:
    """Take them all."""
    OUT.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for theme in ("light", "dark"):
            for width in WIDTHS:
                # Each pass has its desk anew: some states write into conversations that others show.
                with tempfile.TemporaryDirectory() as folder, _opened(data, Path(folder)) as copilot:
                    _take(browser, copilot, width, theme, DESK_STATES if data else STATES)
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT}")


def _take(browser: Browser, copilot: Assistant, width: int, theme: Theme, states: dict[str, Step]) -> None:
    window = ViewportSize(width=width, height=WIDTHS[width])
    with serving(copilot) as address:
        for name, step in states.items():
            page = browser.new_page(base_url=address, viewport=window, color_scheme=theme)
            step(page)
            page.screenshot(path=OUT / f"{name}-{width}-{theme}.png", full_page=width < 800)
            page.close()
            if isinstance(copilot, FakeCopilot):
                copilot.crashed = False


@contextmanager
def desk(folder: Path) -> Iterator[FakeCopilot]:
    """The tests' copilot with what the states need."""
    with open_base(folder) as base:
        article = make_article(
            "lost-parcels", title="Parcels lost on the way", effective_from=date(2025, 1, 1)
        )
        cited = make_case("C-7", policies=("returns#the-30-days",), title="Sent back after three weeks")
        base.put_many([article, make_article(), CASE, cited], actor="screenshots")
        ask_for_what_nothing_answers(base, kept=False)
        teach(base)
        yield with_samples(FakeCopilot(base, polishes=True, gate=("dead_reference",)))


@contextmanager
def _opened(data: Path | None, folder: Path) -> Iterator[Assistant]:
    if data is None:
        with desk(folder) as copilot:
            yield copilot
    else:
        copilot = build_copilot(Settings(data=data))
        yield copilot
        copilot.knowledge.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
