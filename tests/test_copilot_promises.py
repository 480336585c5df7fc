"""Promises kept from what was sent, contradictions, complaints, follow-ups, and the commands for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from copilot.assist import Copilot
from copilot.draft import TemplateBook
from copilot.models import Situation, Understanding
from copilot.promises.complaint import complaint_due
from copilot.promises.follow_up import follow_up
from copilot.promises.keeping import follow_conversation, give_feedback, promises_in, suggested
from copilot.promises.reading import commitments_in
from knowledge_base.errors import InputError
from knowledge_base.models import Conversation, Customer, Feedback, Message
from knowledge_base.promises import Promise, StoredPromise
from knowledge_base.store import KnowledgeBase
from tests.builders import NOON, open_base
from tests.command import run

DAY = timedelta(days=1)


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as kb:
        yield kb


def talk(*sent: str, id: str | None = "K-1", start: datetime = NOON - 3 * DAY) -> Conversation:
    """A conversation in which the agent wrote these texts, a day apart."""
    said = [Message("customer", "Where is it?", start - timedelta(hours=1))]
    said += [Message("agent", text, start + n * DAY) for n, text in enumerate(sent)]
    return Conversation(tuple(said), id=id, customer=Customer(name="Ana Ruiz"))


def differ(kb: KnowledgeBase, *sent: str, id: str | None = "K-1") -> list[tuple[str, str]]:
    conversation = talk(*sent, id=id)
    _, found = suggested(follow_conversation(kb, conversation), conversation, NOON)
    return [(one.kind, one.differs) for one in found]


def test_promises_of_a_conversation_are_kept_and_shown(kb: KnowledgeBase) -> None:
    conversation = talk("I'll call you tomorrow. We will refund 20 EUR within 5 working days.")
    stored = follow_conversation(kb, conversation, order_id="TW-1")
    shown, _ = suggested(stored, conversation, NOON)
    assert [(one.id, one.kind, one.due, one.overdue) for one in shown] == [
        (1, "contact", "2026-11-20T23:59:59Z", True),
        (2, "refund", "2026-11-26T23:59:59Z", False),
    ]
    assert (stored[1].promise.customer_name, stored[1].promise.order_id) == ("Ana Ruiz", "TW-1")
    kb.promises.settle(1, "kept", actor="maya")
    shown, _ = suggested(follow_conversation(kb, conversation), conversation, NOON)
    assert [one.id for one in shown] == [2]


def test_without_an_id_they_are_shown_and_not_kept(kb: KnowledgeBase) -> None:
    conversation = talk("I'll call you tomorrow.", id=None)
    shown, _ = suggested(follow_conversation(kb, conversation), conversation, NOON)
    assert [(one.id, one.overdue) for one in shown] == [(None, True)]
    assert kb.promises.list(state=None) == []


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (("We refund 20 EUR tomorrow.", "We will refund 15 EUR tomorrow."), [("refund", "amount")]),
        (("We will refund you within 5 days.", "We will refund you within 10 days."), [("refund", "due")]),
        (("We will refund you.", "We can't refund you."), [("refund", "refused")]),
        (("We can't refund you.", "We will refund you."), [("refund", "refused")]),
        (("You will hear from us by Friday.", "You will hear from us next week."), [("contact", "due")]),
        (("I'll call you today.", "I'll call you on Friday."), []),
        (("We will refund you within 5 days.", "We will refund you within 5 days."), []),
        (("We will refund 20 EUR.", "We will send a replacement tomorrow."), []),
        (("We will refund 20 EUR. We will refund 15 EUR.",), []),
        (("Wir erstatten 20 €.", "Wir können den Betrag nicht erstatten."), [("refund", "refused")]),
    ],
)
def test_contradictions(kb: KnowledgeBase, sent: tuple[str, ...], found: list[tuple[str, str]]) -> None:
    # The first was sent on a Thursday, the second on the Friday after.
    assert differ(kb, *sent, id=None) == found
    assert differ(kb, *sent) == found


def keep_shown(kb: KnowledgeBase, text: str) -> None:
    slots = {"customer_name": {"value": "Ana"}, "order_id": {"value": "TW-1"}}
    document = {"draft": {"text": text}, "understanding": {"slots": slots}, "conversation_id": "K-1"}
    kb.keep_suggestion("S-1", "K-1", document)


def test_a_draft_that_was_sent_is_kept_and_its_message_makes_no_second_entry(kb: KnowledgeBase) -> None:
    keep_shown(kb, "I'll call you tomorrow.")
    number = give_feedback(kb, Feedback("S-1", "used", item="draft"), actor="maya")
    [kept] = kb.promises.of("K-1")
    assert (kept.actor, kept.promise.feedback_id, kept.promise.due) == (
        "maya", number, datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
    )  # fmt: skip
    assert (kept.promise.customer_name, kept.promise.order_id) == ("Ana", "TW-1")
    give_feedback(kb, Feedback("S-1", "used", item="draft"), actor="tom")
    sent = talk("I'll call you tomorrow.", start=NOON + timedelta(minutes=3))
    assert [one.id for one in follow_conversation(kb, sent)] == [1]


@pytest.mark.parametrize(
    ("feedback", "sentences"),
    [
        (Feedback("S-1", "edited", "draft", text_after="We will refund 5 EUR."), ["We will refund 5 EUR."]),
        (Feedback("S-1", "copied", "draft"), []),
        (Feedback("S-1", "used", "case:C-1"), []),
        (Feedback("S-1", "used", "customer_draft"), []),
        (Feedback("S-9", "used", "draft"), []),
        (Feedback("S-9", "edited", "draft", None, "K-1", None, "I'll call you."), ["I'll call you."]),
    ],
)
def test_only_what_was_sent_promises(kb: KnowledgeBase, feedback: Feedback, sentences: list[str]) -> None:
    keep_shown(kb, "I'll call you tomorrow.")
    give_feedback(kb, feedback, actor="maya")
    assert [one.promise.sentence for one in kb.promises.of("K-1")] == sentences


def understood(situation: Situation | None = None, category: str | None = None) -> Understanding:
    return Understanding("en", 0.9, "…", category=category, situation=situation)


def said(*messages: tuple[Any, str], at: datetime | None = NOON) -> Conversation:
    return Conversation(
        tuple(Message(r, t, at + n * timedelta(hours=1) if at else None) for n, (r, t) in enumerate(messages))
    )


ANGRY, PLAIN = understood(Situation.AGGRESSIVE_CUSTOMER), understood()


@pytest.mark.parametrize(
    ("conversation", "understanding", "due"),
    [
        (said(("customer", "You thieves!"), ("customer", "Hello?")), ANGRY, NOON + DAY),
        (said(("customer", "Bad.")), understood(Situation.NEGATIVE_FEEDBACK), NOON + DAY),
        (said(("customer", "Bad.")), understood(category="complaint_service"), NOON + DAY),
        (said(("customer", "Bad.")), understood(category="lost_parcel"), None),
        (said(("customer", "This is a formal complaint.")), PLAIN, NOON + DAY),
        (said(("customer", "Quiero poner una reclamación.")), PLAIN, NOON + DAY),
        (said(("customer", "Ich möchte mich beschweren.")), PLAIN, NOON + DAY),
        (said(("customer", "C'est une réclamation.")), PLAIN, NOON + DAY),
        (said(("customer", "You thieves!"), ("agent", "Sorry.")), ANGRY, None),
        (said(("customer", "You thieves!"), ("note", "Call back.")), ANGRY, NOON + DAY),
        (
            said(("customer", "Hi"), ("agent", "Hi"), ("customer", "I want to complain.")),
            PLAIN,
            NOON + DAY + timedelta(hours=2),
        ),
        (said(("customer", "You thieves!"), at=None), ANGRY, None),
        (said(("agent", "Hello")), ANGRY, None),
    ],
)
def test_a_complaint_counts_down_from_its_first_message(
    conversation: Conversation, understanding: Understanding, due: datetime | None
) -> None:
    assert complaint_due(conversation, understanding) == due


PROMISED = {
    "en": "We will refund 59.90 EUR within 5 working days.",
    "de": "Wir erstatten Ihnen 59,90 € innerhalb von 5 Werktagen.",
    "es": "Le devolveremos 59,90 € en un plazo de 5 días laborables.",
    "fr": "Nous vous rembourserons 59,90 € sous 5 jours ouvrés.",
}
BOOK = TemplateBook()


def stored(language: str = "en", state: Any = "open", due: datetime | None = NOON - DAY) -> StoredPromise:
    promise = Promise("K-1", "refund", "desk", PROMISED.get(language, "…"), language, due=due,
                      customer_name="Ana Ruiz", order_id="TW-1")  # fmt: skip
    return StoredPromise(7, promise, "c", NOON, state)


@pytest.mark.parametrize("language", PROMISED)
@pytest.mark.parametrize("state", ["open", "broken", "kept"])
def test_a_follow_up_quotes_the_promise_and_makes_no_new_one(language: str, state: str) -> None:
    draft = follow_up(stored(language, state), BOOK, NOON, agent_name="Maya")
    assert draft.language == language
    for words in ("Ana Ruiz", "TW-1", PROMISED[language], "Maya"):
        assert words in draft.text
    rest = draft.text.replace(PROMISED[language], "…")
    assert commitments_in(rest, language) == ()
    assert draft.gaps == draft.warnings == ()
    assert [draft.text[s.start : s.end] for s in draft.spans if s.source == "promise:7"] != []
    assert ("2026" in draft.text) is (state != "kept")


def test_a_follow_up_speaks_the_agents_language_where_nobody_wrote_another() -> None:
    assert follow_up(stored("fi"), BOOK, NOON, agent_language="de").language == "de"
    assert follow_up(stored("und"), BOOK, NOON, agent_language="sv").language == "en"
    without = follow_up(stored(due=None), BOOK, NOON).text
    assert "2026" not in without


@pytest.mark.parametrize(
    ("promise", "says"),
    [(stored(due=NOON + DAY), "is not due before 2026-11-23"), (stored(state="withdrawn"), "is withdrawn")],
)
def test_what_needs_no_follow_up_is_refused(promise: StoredPromise, says: str) -> None:
    with pytest.raises(InputError, match=says):
        follow_up(promise, BOOK, NOON)


def test_no_ordinary_reply_takes_these_templates() -> None:
    situations = {str(one) for one in Situation}
    assert not {"promise_overdue", "promise_kept"} & situations


def test_the_suggestion_tells_of_them(sample_copilot: Copilot) -> None:
    suggestion = sample_copilot.suggest(talk("I'll call you tomorrow.", id="K-promised"))
    [promise] = suggestion.promises
    assert (promise.sentence, promise.due) == ("I'll call you tomorrow.", "2026-11-20T23:59:59Z")
    assert suggestion.as_json()["promises"][0]["id"] == promise.id
    assert suggestion.timings_ms["promises"] < suggestion.timings_ms["total"]
    complaint = sample_copilot.suggest(said(("customer", "This is a complaint, my lamp is broken.")))
    assert complaint.complaint_due == "2026-11-23T12:00:00Z"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    with open_base(tmp_path) as base:
        texts = ("I'll call you tomorrow.", "We will refund [20] EUR by 31 December 2099.")
        for number, text in enumerate(texts):
            promises = promises_in(text, conversation_id="K-1", sent=NOON + number * DAY)
            base.promises.keep("K-1", promises, actor="t")
    return tmp_path


def test_the_command_lists_settles_and_follows_up(desk: Path) -> None:
    listed = run("promises", "--json", data=desk).json["promises"]
    assert [(one["id"], one["state"], one["kind"]) for one in listed] == [
        (1, "open", "contact"), (2, "open", "refund")
    ]  # fmt: skip
    assert "[20] EUR" in run("promises", data=desk).out
    kept = run("promises", "--keep", 2, "--actor", "maya", "--json", data=desk).json
    assert (kept["state"], kept["state_by"], kept["due"]) == ("kept", "maya", None)
    assert [
        one["id"] for one in run("promises", "--state", "kept", "--json", data=desk).json["promises"]
    ] == [2]
    draft = run("promises", "--follow-up", 2, "--json", data=desk).json
    assert "Has it settled the matter for you?" in draft["text"]
    assert "Has it settled" in run("promises", "--follow-up", 2, data=desk).out
    assert run("promises", "--reopen", 2, "--json", data=desk).json["state"] == "open"


def test_bad_input_is_told_in_one_line(desk: Path) -> None:
    assert run("promises", "--keep", 99, data=desk).failure == "there is no promise '99'"
    assert "give one of" in run("promises", "--keep", 1, "--break", 2, data=desk).failure
    assert run("promises", "--keep", 0, data=desk).status == 2
    assert run("promises", "--state", "lost", data=desk).status == 2
