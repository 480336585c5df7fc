"""Where an interaction stands, and what the draft makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from copilot.draft import Drafter, steps_of
from copilot.drafting.compose import part
from copilot.drafting.drafter import CHATS
from copilot.drafting.render import Chunk
from copilot.drafting.unsaid import Held, unsaid
from copilot.models import Draft, Situation, Stage
from copilot.understand.governing import governing_day
from copilot.understand.mood import read_mood
from copilot.understand.request import read_request
from copilot.understand.slots import find_slots
from copilot.understand.stage import as_held, read_stage
from knowledge_base.models import Conversation, Emotion, Message
from tests.test_copilot_draft_sample import CONVERSATIONS, book, given_input

FILES = {file.stem: file for file in CONVERSATIONS}


def talk(*lines: str, channel: str = "chat") -> Conversation:
    """Messages, `a:` by the agent and `c:` by the customer."""
    roles = {"a": "agent", "c": "customer"}
    return Conversation(
        tuple(Message(roles[line[0]], line[2:].strip()) for line in lines),  # type: ignore[arg-type]
        channel=channel,
    )


def stage(conversation: Conversation) -> Stage:
    request = read_request(conversation)
    return read_stage(conversation, request.since, read_mood(conversation, request).emotion)


ASKED = ("c: My parcel has not arrived.", "a: I am sorry to hear that. What is the order number?")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("c: Hello!",), Stage.GREETING),
        (("c: Hola, buenas tardes",), Stage.GREETING),
        (("a: Hi! How can I help you?", "c: I want to return a lamp"), Stage.FIRST),
        (("c: My parcel has not arrived.",), Stage.FIRST),
        ((*ASKED, "c: TW-123456"), Stage.ANSWER),
        ((*ASKED, "c: It is TW-123456, and I ordered it two weeks ago"), Stage.ANSWER),
        ((*ASKED, "c: Why do you need that?"), Stage.LATER),
        ((*ASKED, "c: TW-123456. Useless, I am sick of this."), Stage.LATER),
        (("c: Good morning! It is raining in Cork.",), Stage.GREETING),
        (("c: It is raining into the box that you left outside.",), Stage.FIRST),
        ((*ASKED, "c: TW-123456", "a: It is in Leipzig.", "c: And when will it be here?"), Stage.LATER),
        ((*ASKED, "c: TW-123456", "a: It is in Leipzig.", "c: ok"), Stage.ANSWER),
        ((*ASKED, "c: TW-123456", "a: It is in Leipzig.", "c: Thanks a lot, bye!"), Stage.THANKS),
        ((*ASKED, "c: TW-1", "a: It arrives today.", "c: Vielen Dank, schönen Tag noch!"), Stage.THANKS),
        (
            (*ASKED, "c: TW-1", "a: It arrives today.", "c: Thank you, but where is the second one?"),
            Stage.LATER,
        ),
        (
            (
                *ASKED,
                "c: TW-1",
                "a: Done. Is there anything else?",
                "c: Yes, how do I cancel my subscription?",
            ),
            Stage.FIRST,
        ),
    ],
)
def test_the_stage_of_a_conversation(lines: tuple[str, ...], expected: Stage) -> None:
    assert stage(talk(*lines)) is expected


def drafted(
    name: str, *, at: Stage, said: str = "", channel: str = "chat", emotion: str = "neutral"
) -> Draft:
    """A sample conversation's draft at a stage, after the agent said something."""
    given, _ = given_input(FILES[name])
    messages = given.conversation.messages
    if said:
        messages = (*messages, Message("agent", said), Message("customer", "And now?"))
    made = Drafter(book()).draft(
        replace(
            given,
            conversation=replace(given.conversation, messages=messages, channel=channel),
            understanding=replace(given.understanding, stage=at, emotion=Emotion(emotion)),
        )
    )
    assert made is not None
    return made


def test_a_chat_that_goes_on_has_neither_salutation_nor_signature_and_an_email_has_both() -> None:
    given, _ = given_input(FILES["K-102"])
    first = Drafter(book()).draft(given)
    assert first is not None
    later = drafted("K-112", at=Stage.LATER)
    mailed = drafted("K-112", at=Stage.LATER, channel="email")
    assert given.conversation.channel == "chat"
    assert first.text.split("\n")[0].startswith(("Hello", "Dear", "Hi"))
    assert not later.text.startswith("Dear")
    assert "Kind regards" not in later.text
    assert mailed.text.startswith("Dear Ciara Nolan,")
    assert "Kind regards" in mailed.text
    assert "email" not in CHATS


def test_what_the_desk_said_is_not_said_again_unless_a_figure_differs() -> None:
    told = "We send the new item as soon as the carrier has scanned the first one on its way back to us."
    other = (
        "You can exchange an item within 14 days of delivery, if it is unused and in its original packaging."
    )
    before = drafted("K-112", at=Stage.LATER)
    after = drafted("K-112", at=Stage.LATER, said=f"{told} {other}")
    assert "as soon as the carrier has scanned" in before.text
    assert "as soon as the carrier has scanned" not in after.text
    assert "within 30 days of delivery, if it is unused" in after.text
    assert "".join(after.text[span.start : span.end] for span in after.spans) == after.text


def test_what_is_known_is_not_asked_for() -> None:
    given, _ = given_input(FILES["K-101"])
    made = Drafter(book()).draft(given)
    assert made is not None
    assert "Please confirm your delivery address and telephone number" in made.text
    told = replace(given.conversation, slots={"address": "14 Alder Row, Bristol", "phone": "+441173302714"})
    known = Drafter(book()).draft(replace(given, conversation=told))
    assert known is not None
    assert "Please confirm your delivery address" not in known.text


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        ("en", "If you have not done so yet, please tell us the colour. We send it today."),
        ("es", "Si aún no lo ha hecho, indíquenos el color. Enviamos el artículo hoy."),
        ("fr", "Si ce n'est pas encore fait, merci de nous dire la couleur. Nous l'envoyons aujourd'hui."),
        ("de", "Falls Sie es noch nicht getan haben, nennen Sie uns bitte die Farbe. Wir senden es heute."),
    ],
)
def test_what_was_hoped_for_at_first_is_not_asked_again(language: str, asked: str) -> None:
    written = part("next", [Chunk(asked, "template", "template:x")], "template:x")
    assert unsaid(written, Held(), language) == written
    left = unsaid(written, Held(answered=True), language)
    assert left is not None
    assert left.text == asked.split(". ")[1]


def test_short_lines_in_turn_are_a_chat_where_no_channel_is_named() -> None:
    held = talk(*ASKED, "c: TW-1", channel="chat")
    bare = replace(held, channel=None)
    assert as_held(bare).channel == "chat"
    assert as_held(replace(bare, channel="email")).channel == "email"
    assert as_held(replace(bare, messages=bare.messages[:1])).channel is None
    letter = Message("agent", "Dear Ana,\n\nwe are looking into it.")
    assert as_held(replace(bare, messages=(*bare.messages, letter))).channel is None
    assert as_held(replace(bare, messages=(*bare.messages, Message("customer", "x" * 301)))).channel is None


def test_in_a_chat_that_runs_nobody_hears_that_a_message_has_arrived() -> None:
    given, _ = given_input(FILES["K-112"])
    said = (Message("agent", "Hello Ciara, what can I do for you?"), Message("customer", "I need advice."))
    asked = replace(given.understanding, stage=Stage.FIRST, category=None)
    chat = replace(given.conversation, messages=said, channel="chat")
    held = Drafter(book()).holding(replace(given, conversation=chat, understanding=asked))
    assert "I am looking into it now and write to you here." in held.text
    assert "has arrived" not in held.text
    mail = replace(chat, channel="email")
    assert (
        "You do not need to send it again"
        in Drafter(book()).holding(replace(given, conversation=mail, understanding=asked)).text
    )


@pytest.mark.parametrize("emotion", ["angry", "frustrated", "worried", "confused", "disappointed"])
def test_a_follow_up_acknowledges_how_the_customer_feels_now_once(emotion: str) -> None:
    one = drafted("K-112", at=Stage.LATER, emotion=emotion).text.split("\n\n")[0]
    other = drafted("K-112", at=Stage.LATER, emotion=emotion, said=one).text.split("\n\n")[0]
    assert one != other


def test_thanks_are_answered_without_business() -> None:
    made = drafted("K-112", at=Stage.THANKS)
    assert len(made.text) < 200
    assert made.ready
    assert not any(span.kind in {"case", "policy"} for span in made.spans)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_draft_makes_the_moves_of_its_playbook(name: str) -> None:
    given, _ = given_input(FILES[name])
    made = Drafter(book()).compose(given)
    assert made is not None
    steps = steps_of(given, made)
    # Not every subject leaves the customer a choice; then the move stays open for the agent to see.
    assert {step.move for step in steps if step.state == "open"} <= {"options"}
    moves = [one.move for one in made.parts]
    limits_first = given.understanding.situation in (
        Situation.POLICY_RESTRICTION,
        Situation.UNREASONABLE_DEMAND,
        Situation.EXPECTATIONS,
    )
    if {"act", "limits"} <= set(moves):
        assert (moves.index("limits") < moves.index("act")) is limits_first
    assert moves.index("acknowledge") < moves.index("act")


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("I ordered it on 12 January 2026.", {}, (date(2026, 1, 12), "order_date")),
        ("It was delivered on 3 February 2026.", {}, (date(2026, 2, 3), "delivery_date")),
        ("I ordered it on 12 January 2026.", {"order_date": "2026-01-10"}, (date(2026, 1, 10), "order_date")),
        ("My birthday is on 12 January 2026.", {}, (date(2026, 11, 22), "contact")),
        ("It should arrive on 30 November 2026.", {}, (date(2026, 11, 22), "contact")),
        ("Where is it?", {"order_date": "soon"}, (date(2026, 11, 22), "contact")),
    ],
)
def test_the_day_whose_policy_applies(text: str, given: dict[str, str], expected: tuple[date, str]) -> None:
    today = date(2026, 11, 22)
    conversation = Conversation((Message("customer", text),), slots=given)
    slots = find_slots(conversation, language="en", today=today)
    assert governing_day(conversation, slots, today) == expected


def test_what_somebody_else_decides_is_told_without_a_sum() -> None:
    given, _ = given_input(FILES["K-106"])
    drafter = Drafter(book())
    alone = drafter.compose(given)
    handed = drafter.compose(replace(given, deciders={"en": "our head of care"}))
    assert alone is not None
    assert handed is not None
    assert "our head of care" not in alone.draft.text
    assert "This is decided by our head of care." in handed.draft.text
    assert "I can't decide this on my own" in handed.draft.text
    assert [one.move for one in handed.parts].count("next") == 1
    assert "500" not in handed.draft.text


def test_a_third_apology_is_not_made() -> None:
    given, _ = given_input(FILES["K-109"])
    told = replace(given.understanding, category=None, situation=Situation.SERVICE_FAILURE)
    sorry = (
        "I am sorry about the delay.",
        "I am sorry that this took so long.",
        "Please accept my apologies.",
    )

    def opening(count: int) -> str:
        talk = [Message("customer", "My lamp is broken."), *(Message("agent", one) for one in sorry[:count])]
        conversation = replace(given.conversation, messages=tuple(talk), channel="email")
        made = Drafter(book()).draft(replace(given, understanding=told, conversation=conversation))
        assert made is not None
        return made.text.split("\n\n")[1]

    assert "sorry" in opening(0)
    assert "sorry" in opening(1)
    assert "sorry" not in opening(2)
