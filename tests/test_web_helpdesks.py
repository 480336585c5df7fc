"""Helpdesks over real HTTP: signed webhooks are taken at once and once, and answered by one private note."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot.helpdesks.chatwoot import Chatwoot
from copilot.helpdesks.desk import FIRST_WAIT, MOST_TRIES
from copilot.helpdesks.models import Helpdesk
from copilot.helpdesks.plain_text import text_of_html
from copilot.helpdesks.zammad import Zammad
from copilot.models import Suggestion
from knowledge_base.errors import InputError
from knowledge_base.models import Conversation
from knowledge_base.store import KnowledgeBase
from tests.builders import Clock, open_base
from tests.helpdesk_servers import (
    SECRET,
    TOKEN,
    StandIn,
    chatwoot_message,
    helpdesk,
    post_chatwoot,
    post_zammad,
    signed_chatwoot,
    zammad_article,
)
from tests.translation_servers import Server, free_port
from tests.web_browser import serving
from tests.web_fakes import NOTHING, FakeCopilot

CHATWOOT, ZAMMAD = "chatwoot-3-5", "zammad-42"
NOTES = "/api/v1/accounts/3/conversations/5/messages"


@pytest.fixture
def stand_in() -> Iterator[tuple[StandIn, Server]]:
    with helpdesk() as pair:
        yield pair


@pytest.fixture
def there(stand_in: tuple[StandIn, Server]) -> StandIn:
    return stand_in[0]


def both(url: str) -> list[Helpdesk]:
    return [Chatwoot(url, TOKEN, SECRET), Zammad(url, TOKEN, SECRET)]


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


@pytest.fixture
def copilot(base: KnowledgeBase, stand_in: tuple[StandIn, Server]) -> FakeCopilot:
    return FakeCopilot(base, helpdesks=both(stand_in[1].url))


@pytest.fixture
def address(copilot: FakeCopilot) -> Iterator[str]:
    with serving(copilot) as address:
        yield address


def until(done: Any, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    assert done()


def settled(copilot: FakeCopilot) -> None:
    """Until nothing is left to be worked at."""
    queue = copilot.knowledge.deliveries
    until(lambda: not {"waiting", "working", "posting"} & queue.states().keys())


def test_a_chatwoot_message_becomes_a_conversation_and_a_note(
    address: str, copilot: FakeCopilot, there: StandIn
) -> None:
    answer = post_chatwoot(address, chatwoot_message())
    assert (answer.status_code, answer.json()) == (202, {"taken": True})
    until(lambda: there.notes)
    [(path, note)] = there.notes
    assert path == NOTES
    assert (note["message_type"], note["private"]) == ("outgoing", True)
    assert note["content"].startswith("Precedent suggests:\n\n— For the customer (es) —\nHola, Ana:")
    assert "— In your language (en) —\nHello Hannah," in note["content"]
    assert "Fill in: tracking number, date.\nCheck “199.00 EUR”: nothing backs it." in note["content"]
    assert "Case: Coffee machine lost on the way, refund chosen (C-1002), 91% sure" in note["content"]
    assert "Policy: Parcels lost on the way › Opening a trace, 88% sure" in note["content"]
    assert note["content"].endswith("https://desk.example/?conversation=chatwoot-3-5")
    stored = copilot.knowledge.conversations.read(CHATWOOT)
    assert (stored.conversation.channel, stored.conversation.customer.name) == ("web widget", "Ana Ruiz")
    assert (stored.head.language, stored.external_ids) == ("es", ("7",))
    assert stored.conversation.messages[0].at == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_a_zammad_article_becomes_a_conversation_and_a_note(
    address: str, copilot: FakeCopilot, there: StandIn
) -> None:
    html = "<div>mi pedido<br>TW-1</div><script>x</script><p>&lt;gracias&gt;</p>"
    assert post_zammad(address, zammad_article(text=html, content_type="text/html")).status_code == 202
    until(lambda: there.notes)
    [(path, note)] = there.notes
    assert path == "/api/v1/ticket_articles"
    assert (note["ticket_id"], note["internal"], note["type"]) == (42, True, "note")
    stored = copilot.knowledge.conversations.read(ZAMMAD)
    assert (stored.conversation.title, stored.conversation.customer.name) == ("¿Dónde está?", "Ana Ruiz")
    assert stored.conversation.messages[0].text == "mi pedido\nTW-1\n\n<gracias>"


def test_a_delivery_that_comes_again_changes_nothing(
    address: str, copilot: FakeCopilot, there: StandIn
) -> None:
    assert [post_chatwoot(address, chatwoot_message()).json()["taken"] for _ in range(3)] == [
        True,
        False,
        False,
    ]
    settled(copilot)
    assert len(there.notes) == 1
    assert copilot.knowledge.conversations.read(CHATWOOT).head.messages == 1


def test_what_would_only_repeat_the_last_note_is_not_posted(
    address: str, copilot: FakeCopilot, there: StandIn
) -> None:
    for number, text in enumerate(("mi pedido", "hola?", f"{NOTHING}", "otra cosa"), 1):
        post_chatwoot(address, chatwoot_message(number, text))
        settled(copilot)
    assert copilot.knowledge.conversations.read(CHATWOOT).head.messages == 4
    assert len(there.notes) == 1  # the second says the same; the others have nothing to say


def test_of_a_burst_the_last_message_brings_the_note(
    base: KnowledgeBase, stand_in: tuple[StandIn, Server]
) -> None:
    there, server = stand_in
    copilot = FakeCopilot(base, helpdesks=both(server.url))
    for number in range(5):
        body = json.dumps(chatwoot_message(number, f"mi pedido {number}")).encode()
        copilot.helpdesks.take("chatwoot", _lower(signed_chatwoot(body)), body)
    while copilot.helpdesks.work():
        pass
    assert len(there.notes) == 1
    assert [m.text for m in base.conversations.read(CHATWOOT).conversation.messages] == [
        f"mi pedido {number}" for number in range(5)
    ]


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_nothing_loops(address: str, copilot: FakeCopilot, there: StandIn) -> None:
    ours = chatwoot_message(8, "Precedent suggests: …", message_type="outgoing", private=True)
    assert not post_chatwoot(address, ours).json()["taken"]
    assert not post_chatwoot(address, chatwoot_message(9, message_type="activity")).json()["taken"]
    assert not post_chatwoot(address, {"event": "contact_updated", "id": 1}).json()["taken"]
    assert not post_zammad(address, zammad_article(internal=True)).json()["taken"]
    assert not post_zammad(address, zammad_article(sender="System")).json()["taken"]
    post_chatwoot(address, chatwoot_message())
    until(lambda: there.notes)
    sent = chatwoot_message(10, "We look into it.", message_type="outgoing", sender={"name": "Maya"})
    assert post_chatwoot(address, sent).json()["taken"]  # an agent's reply: nobody waits any more
    settled(copilot)
    head = copilot.knowledge.conversations.read(CHATWOOT).head
    assert (head.newest.role, head.waiting_since, head.customer_name) == ("agent", None, "Ana Ruiz")
    assert len(there.notes) == 1


def test_a_conversation_is_closed_and_opened_there(address: str, copilot: FakeCopilot) -> None:
    post_chatwoot(address, chatwoot_message())
    for status, at, state in (("resolved", 1, "closed"), ("open", 2, "open"), ("resolved", 3, "closed")):
        told = {"event": "conversation_status_changed", "id": 5, "account": {"id": 3}, "status": status}
        post_chatwoot(address, told | {"updated_at": at})
        settled(copilot)
        assert copilot.knowledge.conversations.read(CHATWOOT).head.state == state


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "another"},
        {"at": datetime.now(UTC) - timedelta(minutes=20)},
        {"at": datetime.now(UTC) + timedelta(minutes=20)},
    ],
)
def test_what_is_not_signed_now_by_the_helpdesk_is_refused(
    address: str, copilot: FakeCopilot, forged: dict[str, Any]
) -> None:
    answer = post_chatwoot(address, chatwoot_message(), **forged)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["type"] == "urn:precedent:problem:signature"
    assert post_zammad(address, zammad_article(), secret="another").status_code == 401
    assert copilot.knowledge.deliveries.states() == {}


def test_a_signature_covers_the_body_as_it_came(address: str) -> None:
    body = json.dumps(chatwoot_message()).encode()
    headers = {"Content-Type": "application/json"} | signed_chatwoot(body)
    url = f"{address}/api/v1/webhooks/chatwoot"
    assert requests.post(url, data=body + b" ", headers=headers, timeout=5).status_code == 401
    for name in ("X-Chatwoot-Signature", "X-Chatwoot-Timestamp"):
        without = {key: value for key, value in headers.items() if key != name}
        assert requests.post(url, data=body, headers=without, timeout=5).status_code == 401
    odd = headers | {"X-Chatwoot-Signature": "sha256=ü".encode().decode("latin-1")}
    assert requests.post(url, data=body, headers=odd, timeout=5).status_code == 401


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ([], 422),
        ("text", 422),
        (chatwoot_message(id=None), 422),
        (chatwoot_message(id=True), 422),
        (chatwoot_message(id=-1), 422),
        (chatwoot_message(account={"id": "x"}), 422),
        (chatwoot_message(conversation=None), 422),
        (chatwoot_message(content=None, created_at="noon", sender=None, inbox=[]), 202),
        (chatwoot_message(message_type=["incoming"]), 202),
    ],
)
def test_bad_webhooks_are_problems(address: str, copilot: FakeCopilot, payload: Any, status: int) -> None:
    assert post_chatwoot(address, payload).status_code == status
    settled(copilot)


def test_a_helpdesk_that_is_not_configured(tmp_path: Path) -> None:
    with open_base(tmp_path) as base, serving(FakeCopilot(base)) as address:
        assert post_chatwoot(address, chatwoot_message()).status_code == 404
        assert requests.post(f"{address}/api/v1/webhooks/other", json={}, timeout=5).status_code == 422
        note = requests.post(f"{address}/api/v1/conversations/{CHATWOOT}/note", json={}, timeout=5)
        assert note.status_code == 409
    unsigned = Chatwoot("http://127.0.0.1:1", TOKEN, None)
    with pytest.raises(Exception, match="PRECEDENT_CHATWOOT_SECRET"):
        unsigned.verify({}, b"")
    with pytest.raises(Exception, match="PRECEDENT_CHATWOOT_TOKEN"):
        Chatwoot("http://127.0.0.1:1", None, SECRET).post_note(CHATWOOT, "x")


def test_a_webhook_is_answered_before_it_is_worked_at(address: str, copilot: FakeCopilot) -> None:
    going = threading.Event()
    real = copilot.suggest

    def slow(conversation: Conversation) -> Suggestion:
        going.wait(10)
        return real(conversation)

    copilot.helpdesks._inbox = replace(copilot.inbox, suggest=slow)
    started = time.monotonic()
    assert post_chatwoot(address, chatwoot_message()).status_code == 202
    assert time.monotonic() - started < 6
    going.set()
    settled(copilot)


def test_the_agent_posts_a_note(address: str, copilot: FakeCopilot, there: StandIn) -> None:
    post_chatwoot(address, chatwoot_message())
    until(lambda: there.notes)
    url = f"{address}/api/v1/conversations/{CHATWOOT}/note"
    assert requests.post(url, json={"text": "My own words"}, timeout=5).status_code == 201
    assert there.notes[-1][1]["content"] == "My own words"
    assert requests.post(url, json={}, timeout=5).status_code == 201
    assert there.notes[-1][1]["content"].startswith("Precedent suggests:")
    there.status = 500
    failed = requests.post(url, json={"text": "secret words"}, timeout=5)
    assert (failed.status_code, failed.json()["type"]) == (502, "urn:precedent:problem:helpdesk")
    assert "secret" not in failed.text
    post_chatwoot(address, chatwoot_message(12, NOTHING))
    settled(copilot)
    assert requests.post(url, json={}, timeout=5).status_code == 409


# What becomes of a note that can't be posted


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC))


def taken(copilot: FakeCopilot, number: int = 7, text: str = "mi pedido") -> None:
    body = json.dumps(chatwoot_message(number, text)).encode()
    copilot.helpdesks.take("chatwoot", _lower(signed_chatwoot(body)), body)


def test_a_helpdesk_that_is_away_gets_its_note_later(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with open_base(tmp_path, clock=clock) as base:
        copilot = FakeCopilot(base, helpdesks=both(f"http://127.0.0.1:{port}"))
        taken(copilot)
        assert copilot.helpdesks.work()
        assert not copilot.helpdesks.work()  # not at once again
        assert base.deliveries.states() == {"waiting": 1}
        clock.now += FIRST_WAIT
        with helpdesk() as (there, server):
            back = FakeCopilot(base, helpdesks=both(server.url))
            assert back.helpdesks.work()
            assert len(there.notes) == 1
        assert base.deliveries.states() == {"done": 1}
        assert base.conversations.read(CHATWOOT).head.messages == 1


def test_it_is_given_up_in_the_end(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_base(tmp_path, clock=clock) as base:
        copilot = FakeCopilot(base, helpdesks=both(f"http://127.0.0.1:{free_port()}"))
        taken(copilot)
        for _ in range(MOST_TRIES):
            clock.now += timedelta(hours=2)
            assert copilot.helpdesks.work()
        clock.now += timedelta(days=2)
        assert not copilot.helpdesks.work()
        assert base.deliveries.states() == {"failed": 1}


@pytest.mark.parametrize("status", [401, 404, 422, 500, 502])
def test_an_answer_that_may_hide_a_posted_note_is_final(
    base: KnowledgeBase, stand_in: tuple[StandIn, Server], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, server = stand_in
    told: list[str] = []
    monkeypatch.setattr("copilot.helpdesks.desk.log", _Recorder(told))
    copilot = FakeCopilot(base, helpdesks=both(server.url))
    there.status = status
    taken(copilot, text="mi pedido secret words")
    assert copilot.helpdesks.work()
    assert base.deliveries.states() == {"failed": 1}
    assert len(server.asked) == 1
    assert "the note is not posted again" in told[0]
    assert not any(word in told[0] for word in ("secret words", TOKEN, "Ana"))


class _Recorder(logging.Logger):
    def __init__(self, told: list[str]) -> None:
        super().__init__("told")
        self.told = told

    def handle(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


def test_killed_while_posting_it_is_not_posted_again(
    tmp_path: Path, clock: Clock, stand_in: tuple[StandIn, Server]
) -> None:
    there, server = stand_in
    with open_base(tmp_path, clock=clock) as base:
        copilot = FakeCopilot(base, helpdesks=both(server.url))
        taken(copilot)
        delivery = base.deliveries.claim()
        assert delivery is not None
        assert base.deliveries.posting(delivery, "digest")  # and here the process dies
        clock.now += timedelta(hours=1)
        assert not copilot.helpdesks.work()
        assert there.notes == []


def test_killed_while_working_it_is_taken_over(
    tmp_path: Path, clock: Clock, stand_in: tuple[StandIn, Server]
) -> None:
    there, server = stand_in
    with open_base(tmp_path, clock=clock) as base:
        copilot = FakeCopilot(base, helpdesks=both(server.url))
        taken(copilot)
        assert base.deliveries.claim() is not None  # and here the process dies
        assert not copilot.helpdesks.work()
        clock.now += timedelta(minutes=3)
        assert copilot.helpdesks.work()
        assert len(there.notes) == 1
        assert base.conversations.read(CHATWOOT).head.messages == 1


def test_several_workers_post_each_note_once(tmp_path: Path, stand_in: tuple[StandIn, Server]) -> None:
    there, server = stand_in
    with open_base(tmp_path) as base, open_base(tmp_path) as other:
        desks = [FakeCopilot(one, helpdesks=both(server.url)).helpdesks for one in (base, other)]
        for number in range(12):
            talk = {"id": number, "meta": {}}
            body = json.dumps(chatwoot_message(number, conversation=talk)).encode()
            desks[0].take("chatwoot", _lower(signed_chatwoot(body)), body)

        def work(desk: Any) -> None:
            while desk.work():
                pass

        threads = [threading.Thread(target=work, args=(desk,)) for desk in desks * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: base.deliveries.states() == {"done": 12})
        assert sorted(path for path, _ in there.notes) == sorted(
            f"/api/v1/accounts/3/conversations/{number}/messages" for number in range(12)
        )


def test_old_deliveries_are_forgotten(tmp_path: Path, clock: Clock) -> None:
    with open_base(tmp_path, clock=clock) as base:
        assert base.deliveries.put("zammad", "a", ZAMMAD, {})
        base.deliveries.done(base.deliveries.claim())  # type: ignore[arg-type]
        clock.now += timedelta(days=29)
        base.deliveries.forget_old()
        assert not base.deliveries.put("zammad", "a", ZAMMAD, {})
        clock.now += timedelta(days=2)
        base.deliveries.forget_old()
        assert base.deliveries.states() == {}


loose = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["id", "content", "message_type", "conversation", "account", "sender",
    "created_at", "status", "ticket", "article", "inbox", "private"]), loose))  # fmt: skip
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_told_is_read_or_refused(fields: dict[str, Any]) -> None:
    article = {"id": 2, "sender": "Customer"} | fields
    for desk, payload in (
        (Chatwoot(None, None, None), chatwoot_message() | fields),
        (Chatwoot(None, None, None), {"event": "conversation_status_changed"} | fields),
        (Zammad(None, None, None), fields),
        (
            Zammad(None, None, None),
            {"ticket": {"id": 1}, "article": article},
        ),
    ):
        try:
            arrival = desk.read(payload)
        except InputError:
            continue
        assert arrival is None or arrival.conversation.id


@given(st.text(alphabet="<>/pbr&;!-sciptyle \n\"'ab", max_size=200))
def test_html_becomes_text_whatever_it_is(markup: str) -> None:
    text = text_of_html(markup)
    assert text == text.strip()
    assert "\n\n\n" not in text
