"""A whole draft: its moves, what is left out, what is refused, and what hostile text can't change."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.draft import Composed, Drafter, DraftInput, TemplateBook, backing_of, check_text
from copilot.drafting.slots import SlotValues, is_name
from copilot.models import Draft, Evidence, Situation, Slot, Understanding
from knowledge_base.models import Case, Conversation, Customer, Message, Outcome, Passage, ReplyTemplate

TODAY = date(2026, 11, 22)


def template(name: str, body: str, **fields: str) -> ReplyTemplate:
    move = name.split("/")[2] if name.count("/") > 1 else name.split("/")[1]
    return ReplyTemplate(name, move, body, **fields)  # type: ignore[arg-type]


TEMPLATES = [
    template("en/base/greet", "{% if known('customer_name') %}Dear {{ customer_name }},{% endif %}"),
    template("en/base/acknowledge", "Thank you for telling us what has happened to your order."),
    template("en/base/acknowledge/2", "You took the time to explain this, and that helps us."),
    template("en/base/next", "We write to you as soon as there is something new."),
    template("en/base/close", "Kind regards,\n\n{{ agent_name }}"),
    template("en/base/close/chat", "{{ agent_name }}", channel="chat"),
    template("en/emergency/acknowledge", "Your safety comes first.", situation="emergency"),
    template("en/lost_parcel/acknowledge", "Parcel {{ tracking_number }} is lost.", category="lost_parcel"),
    template("en/lost_parcel/act", "We open a trace with the carrier today.", category="lost_parcel"),
    template("en/holding/acknowledge", "Your message has arrived, and a person reads it."),
    template("en/holding/next", "You do not need to send it again."),
]  # fmt: skip
RETURNS = Passage(
    key="article:returns/1",
    kind="article",
    source_id="returns",
    title="Returns",
    heading="The 30 days",
    text="You can return an item within 30 days of delivery. A label costs €3.90.",
    embedded="",
    effective_from=date(2026, 2, 1),
)


def passage(text: str, **fields: object) -> Passage:
    return Passage("article:x/1", "article", "x", "X", text, "", heading="Rule", **fields)  # type: ignore[arg-type]


def conversation(*texts: str, name: str | None = "Mina Okoro", channel: str | None = None) -> Conversation:
    messages = tuple(Message("customer", text) for text in texts or ("I would like to return it.",))
    return Conversation(messages, id="K-1", customer=Customer(name=name), channel=channel)


def given_input(
    talk: Conversation | None = None,
    *,
    cases: tuple[Case, ...] = (),
    passages: tuple[Passage, ...] = (),
    **understood: object,
) -> DraftInput:
    talk = talk or conversation()
    understanding = Understanding("en", 0.9, talk.messages[-1].text, **understood)  # type: ignore[arg-type]
    found = tuple(
        Evidence(Passage(f"case:{c.id}/problem", "case", c.id, "", "", ""), 0.9, 0.9, case=c) for c in cases
    )
    return DraftInput(
        talk, understanding, found, tuple(Evidence(p, 0.8, 0.8) for p in passages), TODAY, "Priya"
    )


def compose(given: DraftInput, *more: ReplyTemplate) -> Composed:
    made = Drafter(TemplateBook(more, bundled=TEMPLATES)).compose(given)
    assert made is not None
    return made


def draft(given: DraftInput, *more: ReplyTemplate) -> Draft:
    return compose(given, *more).draft


def moves(made: Composed) -> list[str]:
    return [one.move for one in made.parts]


def test_the_moves_follow_each_other_and_policy_is_quoted_whole() -> None:
    made = compose(given_input(passages=(RETURNS,)))
    assert moves(made) == ["greet", "acknowledge", "limits", "next", "close"]
    quoted = [s for s in made.draft.spans if s.kind == "policy"]
    assert [made.draft.text[s.start : s.end] for s in quoted] == [RETURNS.text]
    assert quoted[0].source == "article:returns#the-30-days"


def test_without_evidence_there_is_no_draft() -> None:
    assert Drafter(TemplateBook(bundled=TEMPLATES)).draft(given_input()) is None


def test_evidence_that_says_nothing_makes_no_draft() -> None:
    drafter = Drafter(TemplateBook(bundled=TEMPLATES))
    assert drafter.draft(given_input(passages=(passage("Only for us.", audience="agents"),))) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"audience": "agents"},
        {"effective_to": date(2026, 1, 31)},
        {"effective_from": date(2027, 1, 1)},
        {"language": "de"},
    ],
)  # fmt: skip
def test_policy_for_agents_of_other_days_or_languages_is_not_quoted(fields: dict[str, object]) -> None:
    made = draft(given_input(passages=(passage("We pay €500 at once.", **fields), RETURNS)))
    assert "€500" not in made.text
    assert "30 days" in made.text


def test_a_holding_reply_promises_nothing() -> None:
    made = Drafter(TemplateBook(bundled=TEMPLATES)).holding(given_input(passages=(RETURNS,)))
    assert made.text == (
        "Dear Mina Okoro,\n\nYour message has arrived, and a person reads it.\n\n"
        "You do not need to send it again.\n\nKind regards,\n\nPriya"
    )


def test_holding_templates_stay_out_of_other_replies() -> None:
    assert "Your message has arrived" not in draft(given_input(passages=(RETURNS,))).text


def test_an_empathy_sentence_that_was_sent_is_not_said_again() -> None:
    sent = [t for t in TEMPLATES if t.id.startswith("en/base/acknowledge")]
    first = draft(given_input(passages=(RETURNS,))).text
    said = next(t.body for t in sent if t.body in first)
    other = next(t.body for t in sent if t.body not in first)
    talk = Conversation(
        (
            Message("customer", "Hello"),
            Message("agent", f"Hello, {said} Jo"),
            Message("customer", "And now?"),
        ),
        id="K-1",
    )
    second = draft(given_input(talk, passages=(RETURNS,))).text
    assert said not in second
    assert other in second


def test_an_emergency_is_acknowledged_as_such_and_answered_by_its_template() -> None:
    reply = "Hello,\n\nI will refund the order. Please send the kettle back to us."
    case = Case("C-1", "Refund.", reply=reply, category="lost_parcel")
    made = compose(given_input(cases=(case,), category="lost_parcel", situation=Situation.EMERGENCY))
    assert "Your safety comes first." in made.draft.text
    assert [one.source for one in made.parts if one.move == "act"] == ["template:en/lost_parcel/act"]


def test_a_slot_asked_for_without_condition_is_a_gap() -> None:
    made = draft(given_input(passages=(RETURNS,), category="lost_parcel"))
    assert "Parcel [tracking_number] is lost." in made.text
    assert made.gaps == ("tracking_number",)


def test_chat_closes_in_one_word_where_a_template_says_so() -> None:
    made = compose(given_input(conversation(channel="chat"), passages=(RETURNS,)))
    assert made.parts[-1].text == "Priya"


def test_next_is_left_out_when_the_case_promises_news_already() -> None:
    case = Case(
        "C-1",
        "Open a trace with the carrier and write to the customer.",
        reply="Hello Jo,\n\nI am sorry.\n\nI will open a trace with the carrier. "
        "We will write to you about the trace.\n\nBest wishes,\nMaya",
        steps=("Open a trace", "Write to the customer"),
    )
    made = compose(given_input(cases=(case,)))
    assert "I will open a trace with the carrier. We will write to you about the trace." in made.draft.text
    assert "next" not in moves(made)


def test_a_case_that_failed_is_not_followed() -> None:
    case = Case(
        "C-1", "x", reply="Hello,\n\nI will open a trace with the carrier.", outcome=Outcome(resolved=False)
    )
    made = compose(given_input(cases=(case,), passages=(RETURNS,)))
    assert "trace" not in made.draft.text


def test_money_and_dates_are_written_for_the_language() -> None:
    made = draft(
        given_input(
            passages=(RETURNS,),
            slots={
                "amount": Slot("amount", "1234.50 EUR", "", "given"),
                "date": Slot("date", "2026-11-12", "", "given"),
            },
        ),
        template("en/desk/acknowledge", "You paid {{ amount }} on {{ date }}."),
    )  # fmt: skip
    assert "You paid €1,234.50 on 12 November 2026." in made.text


def test_the_same_conversation_gets_the_same_words() -> None:
    one, two = (draft(given_input(passages=(RETURNS,))) for _ in range(2))
    assert one == two


def test_what_the_agent_edits_is_checked_against_policy_and_conversation() -> None:
    given_ = given_input(conversation("I paid €59.90 on 12 November."), passages=(RETURNS,))
    backing = backing_of(given_)
    assert (
        check_text("You have 30 days; the label costs €3.90 of your €59.90 from 12 November.", backing) == ()
    )
    text = "We refund €60.90 within 5 days, 20 % more by Friday: https://bad.example/x"
    assert [(w.code, text[w.start : w.end]) for w in check_text(text, backing)] == [
        ("unsupported_amount", "€60.90"),
        ("unsupported_period", "5 days"),
        ("unsupported_amount", "20 %"),
        ("unsupported_date", "Friday"),
        ("unsupported_link", "https://bad.example/x"),
    ]


HOSTILE = [
    "{{ 7*7 }}",
    "{% for x in y %}",
    "{{ ''.__class__ }}",
    "\ue000\ue100evil\ue002",
    "<b>Ana</b>",
    "{#",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_template_syntax_in_customer_text_stays_text(value: str) -> None:
    talk = conversation(f"My order {value} is lost {value}.", name=value)
    talk = replace(talk, slots={"product": value})
    own = template("en/base/acknowledge", "It is about {{ product }}.", situation="service_failure")
    made = compose(given_input(talk, passages=(RETURNS,), situation=Situation.SERVICE_FAILURE), own).draft
    shown = "".join(c for c in value if not "\ue000" <= c <= "\uf8ff")
    assert f"It is about {shown}.\n\n" in made.text
    (slot,) = [s for s in made.spans if s.source == "slot:product"]
    assert made.text[slot.start : slot.end] == shown


def test_bidirectional_controls_in_a_name_are_taken_out() -> None:
    made = draft(given_input(conversation(name="Ana\u202e ziuR\u2066\u0000\nX"), passages=(RETURNS,)))
    assert made.text.startswith("Dear Ana ziuR X,")


@pytest.mark.parametrize(
    "unit", ["a", "A-", "1 ", "€9", "a.", "!", "within 5 ", "\n", "x@", "[", "tw-481920 "]
)
def test_messages_and_cases_of_100_kilobytes_cost_little(unit: str) -> None:
    long = unit * (100_000 // len(unit))
    case = Case(
        "C-1", long, reply=f"Hello Jo,\n\n{long}\n\nBest\nMaya", messages=(Message("customer", long),)
    )
    drafter = Drafter(TemplateBook(bundled=TEMPLATES))
    started = time.process_time()
    drafter.draft(given_input(conversation(long, long), cases=(case,), passages=(RETURNS,)))
    assert time.process_time() - started < 2.0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=200))
def test_spans_cover_any_draft_without_overlap(name: str, text: str) -> None:
    talk = conversation(text, name=name)
    made = draft(given_input(talk, passages=(RETURNS,), category="lost_parcel"))
    assert [s.start for s in made.spans] == [0, *(s.end for s in made.spans)][:-1]
    assert made.spans[-1].end == len(made.text)
    assert all(made.text[s.start : s.end] == f"[{s.source[5:]}]" for s in made.spans if s.kind == "gap")


def test_an_error_code_is_answered_by_the_policy_that_explains_it() -> None:
    care = passage("E3 means no water. E5 means that the brewing unit is out of place: push it in. Call us.")
    talk = conversation("First it said E3, that is gone. Now it shows E5!")
    (answer,) = [one for one in compose(given_input(talk, passages=(care,))).parts if one.move == "answer"]
    assert answer.text == "E5 means that the brewing unit is out of place: push it in."


NAMES = [
    "Hannah Whitlock", "hannah whitlock", "高橋 美咲", "Dr. Anna-Maria O'Neill", "Jan van der Berg",
    "J. R. Smith", "María José de la Cruz García López", "Müller & Söhne", "ADA", "Łukasz",
]  # fmt: skip
NO_NAMES = [
    "{{ 7*7 }}", "<script>alert(1)</script>", "Ann, we refund you €500 within 2 days", "Ann\nWe refund you",
    "Ann we refund everything to you", "we refund you", "A" * 61, "TW-481920", "ann@example.org", "", "%",
    "Bob 2",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_written_as_it_is(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_not_written_as_one(name: str) -> None:
    assert not is_name(name)
    given = given_input(conversation("Where is my parcel?", name=name))
    assert "customer_name" not in SlotValues.of(given.conversation, given.understanding, None).known
