"""Conversations that are going on: what arrives twice is kept once, and a follower misses nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base.conversation_heads import Reading
from knowledge_base.conversation_log import Arriving, ConversationLog
from knowledge_base.errors import ConflictError, InputError, NotFoundError, RecordError
from knowledge_base.models import Conversation, Corrections, Customer, Emotion, Message
from knowledge_base.records import MAX_MESSAGES
from knowledge_base.store import KnowledgeBase
from tests.builders import open_base

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHERE = Message("customer", "Where is my parcel?", NOON)
SORRY = Message("agent", "I will look.", NOON + timedelta(minutes=1))
HELLO = Message("customer", "Hello?", NOON + timedelta(minutes=5))
TALK = Conversation(
    (WHERE, SORRY), id="K-1", channel="chat", customer=Customer("Ana"), slots={"order_id": "TW-1"}
)


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


@pytest.fixture
def log(kb: KnowledgeBase) -> ConversationLog:
    return kb.conversations


def test_a_conversation_is_kept_as_it_came(log: ConversationLog) -> None:
    received = log.receive(TALK)
    assert (received.seq, received.added) == (1, (0, 1))
    kept = log.read("K-1")
    assert kept.conversation == TALK
    assert (kept.head.state, kept.head.messages, kept.head.newest) == ("open", 2, SORRY)
    assert (kept.head.channel, kept.head.customer_name, kept.head.waiting_since) == ("chat", "Ana", None)


def test_of_a_conversation_that_comes_again_the_rest_is_kept(log: ConversationLog) -> None:
    log.receive(TALK)
    again = log.receive(TALK)
    assert (again.seq, again.added) == (1, ())
    longer = log.receive(replace(TALK, messages=(WHERE, SORRY, HELLO), slots={"email": "a@b.c"}))
    assert (longer.seq, longer.added) == (2, (2,))
    kept = log.read("K-1").conversation
    assert kept.messages == (WHERE, SORRY, HELLO)
    assert kept.slots == {"order_id": "TW-1", "email": "a@b.c"}
    shorter = log.receive(TALK)
    assert (shorter.added, log.read("K-1").conversation.messages) == ((), (WHERE, SORRY, HELLO))


def test_another_conversation_under_the_same_id_is_refused(log: ConversationLog) -> None:
    log.receive(TALK)
    with pytest.raises(ConflictError, match="'K-1' holds other messages"):
        log.receive(replace(TALK, messages=(replace(WHERE, text="Who are you?"), SORRY)))
    assert log.read("K-1").conversation == TALK
    with pytest.raises(InputError, match="needs an id"):
        log.receive(replace(TALK, id=None))


def test_a_message_known_by_name_is_kept_once(log: ConversationLog) -> None:
    log.receive(TALK, ["m1", "m2"])
    twice = log.append("K-1", [Arriving(WHERE, "m1"), Arriving(HELLO, "m3"), Arriving(HELLO, "m3")])
    assert twice.added == (2,)
    assert log.append("K-1", [Arriving(HELLO, "m3")]) == replace(twice, added=())
    assert log.append("K-1", [Arriving(HELLO), Arriving(HELLO)]).added == (3, 4)


def test_who_waits_since_when(log: ConversationLog) -> None:
    log.receive(replace(TALK, messages=(WHERE,)))
    log.receive(replace(TALK, id="K-2", messages=(HELLO,)))
    log.receive(replace(TALK, id="K-3"))
    assert [(one.id, one.waiting_since) for one in log.heads()] == [
        ("K-1", NOON), ("K-2", HELLO.at), ("K-3", None),
    ]  # fmt: skip
    log.append("K-1", [Arriving(Message("note", "asked the carrier")), Arriving(HELLO)])
    assert log.heads()[0].waiting_since == NOON
    log.append("K-1", [Arriving(SORRY)])
    assert [one.id for one in log.heads()] == ["K-2", "K-1", "K-3"]
    assert [one.id for one in log.heads(limit=1, offset=1)] == ["K-1"]


def test_a_closed_conversation_opens_again_when_the_customer_writes(log: ConversationLog) -> None:
    log.receive(TALK)
    assert log.settle("K-1", "closed") == 2
    assert log.settle("K-1", "closed") == 2
    assert log.heads() == []
    assert [one.id for one in log.heads("closed")] == ["K-1"]
    log.append("K-1", [Arriving(SORRY)])
    assert log.read("K-1").head.state == "closed"
    log.append("K-1", [Arriving(HELLO)])
    assert log.read("K-1").head.state == "open"
    assert len(log.heads(None)) == 1


def test_a_follower_is_told_each_change_once(log: ConversationLog) -> None:
    for name in ("K-1", "K-2", "K-3"):
        log.receive(replace(TALK, id=name))
    log.append("K-1", [Arriving(HELLO)])
    assert log.last_seq() == 4
    assert [(one.id, one.seq) for one in log.changed(0)] == [("K-2", 2), ("K-3", 3), ("K-1", 4)]
    assert [one.id for one in log.changed(0, limit=2)] == ["K-2", "K-3"]
    assert [one.newest for one in log.changed(3)] == [HELLO]
    assert log.changed(4) == []


def test_a_stretch_of_a_conversation(log: ConversationLog) -> None:
    log.receive(replace(TALK, messages=(WHERE, SORRY, HELLO)), ["m1", None, "m3"])
    newest = log.read("K-1", start=-2)
    assert (newest.first, newest.conversation.messages) == (1, (SORRY, HELLO))
    assert newest.external_ids == (None, "m3")
    assert log.read("K-1", end=1).conversation.messages == (WHERE,)
    beyond = log.read("K-1", start=3)
    assert (beyond.first, beyond.conversation.messages, beyond.head.newest) == (3, (), HELLO)


def test_a_reply_is_refused_where_the_conversation_has_gone_on(log: ConversationLog) -> None:
    log.receive(replace(TALK, messages=(WHERE,)))
    log.append("K-1", [Arriving(HELLO)])
    with pytest.raises(ConflictError, match="has gone on: it holds 2 messages, not 1"):
        log.reply("K-1", "It arrives today.", seen=1)
    assert log.reply("K-1", "It arrives today.", seen=2).added == (2,)
    kept = log.read("K-1")
    assert (kept.head.newest.role, kept.head.newest.text) == ("agent", "It arrives today.")
    assert kept.head.waiting_since is None


def test_a_reply_written_here_gets_its_name(log: ConversationLog) -> None:
    log.receive(replace(TALK, messages=(WHERE,)), ["m1"])
    log.reply("K-1", "Today.", seen=1)
    log.name_message("K-1", 1, "m2")
    log.name_message("K-1", 1, "m2")
    assert log.append("K-1", [Arriving(Message("agent", "Today."), "m2")]).added == ()
    for number, name in ((1, "m3"), (0, "m2")):
        with pytest.raises(ConflictError, match="taken already"):
            log.name_message("K-1", number, name)
    with pytest.raises(NotFoundError):
        log.name_message("K-1", 2, "m3")


def test_corrections_change_the_head_and_can_be_taken_back(log: ConversationLog) -> None:
    log.receive(TALK)
    due = NOON + timedelta(hours=24)
    log.note_reading("K-1", Reading("es", Emotion.WORRIED, "late_delivery", due), messages=2)
    head = log.read("K-1").head
    assert (head.seq, head.language, head.emotion, head.category, head.complaint_due) == (
        2, "es", Emotion.WORRIED, "late_delivery", due,
    )  # fmt: skip
    corrected = {
        "language": "pt",
        "corrections": {"emotion": "angry"},
        "slots": {"order_id": None, "sku": "7"},
    }
    assert log.amend("K-1", corrected) == log.amend("K-1", corrected) == 3
    kept = log.read("K-1")
    assert (kept.head.language, kept.head.emotion, kept.head.category) == (
        "pt",
        Emotion.ANGRY,
        "late_delivery",
    )
    assert kept.conversation.slots == {"sku": "7"}
    assert kept.conversation.corrections == Corrections(None, Emotion.ANGRY)
    assert log.amend("K-1", {"language": None, "corrections": {"emotion": None}}) == 4
    assert (log.read("K-1").head.language, log.read("K-1").head.emotion) == ("es", Emotion.WORRIED)
    with pytest.raises(RecordError, match="emotion"):
        log.amend("K-1", {"corrections": {"emotion": "sarcastic"}})


def test_a_reading_of_what_has_gone_on_is_not_kept(log: ConversationLog) -> None:
    log.receive(TALK)
    log.note_reading("K-1", Reading("es"), messages=1)
    assert (log.last_seq(), log.read("K-1").head.language) == (1, None)
    for _ in range(2):
        log.note_reading("K-1", Reading("es"), messages=2)
    assert log.last_seq() == 2
    assert log.known(["K-1", "K-2"]) == {"K-1"}


def test_what_is_not_there(log: ConversationLog) -> None:
    for call in (log.read, lambda name: log.append(name, []), lambda name: log.settle(name, "closed")):
        with pytest.raises(NotFoundError, match="no conversation 'K-0'"):
            call("K-0")


def test_a_conversation_has_an_end(log: ConversationLog) -> None:
    log.receive(replace(TALK, messages=(WHERE,) * (MAX_MESSAGES - 1)))
    log.append("K-1", [Arriving(HELLO)])
    with pytest.raises(InputError, match="at most 10,000 messages"):
        log.append("K-1", [Arriving(HELLO)])


def test_eight_threads_lose_no_message_and_no_number(log: ConversationLog) -> None:
    log.receive(replace(TALK, messages=(WHERE,)))

    def write(who: int) -> None:
        for n in range(25):
            log.append("K-1", [Arriving(Message("customer", f"{who} {n}", NOON), f"{who}-{n}")])

    threads = [threading.Thread(target=write, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = log.read("K-1")
    assert (kept.head.seq, kept.head.messages) == (201, 201)
    said = [message.text for message in kept.conversation.messages[1:]]
    for who in range(8):
        assert [text for text in said if text.startswith(f"{who} ")] == [f"{who} {n}" for n in range(25)]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.lists(st.sampled_from("abcd"), max_size=4), min_size=1, max_size=6))
def test_however_deliveries_overlap_each_named_message_is_kept_once(
    kb: KnowledgeBase, parts: list[list[str]]
) -> None:
    name = f"P-{kb.conversations.last_seq()}"
    kb.conversations.receive(replace(TALK, id=name, messages=(WHERE,)))
    for part in parts:
        kb.conversations.append(name, [Arriving(Message("customer", one), one) for one in part])
    texts = [message.text for message in kb.conversations.read(name).conversation.messages[1:]]
    assert texts == list(dict.fromkeys(one for part in parts for one in part))
