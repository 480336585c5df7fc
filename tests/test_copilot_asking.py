"""The one question: when it is asked, what it tells apart, and that nothing said or asked is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.asking.bank import Bank, load_bank
from copilot.asking.question import question_for
from copilot.draft import DraftInput
from copilot.models import Evidence, Question, Situation, Slot, Stage, Understanding
from knowledge_base.errors import SettingsError
from knowledge_base.models import Case, Conversation, Message, Outcome, Passage
from tests.builders import make_case

BANK = load_bank()
LANGUAGES = ("en", "es", "fr", "de")
PENDING = make_case(
    "C-1",
    title="Two card lines, one only an authorisation hold",
    problem="The customer sees the price twice, once as pending.",
    resolution="Compare order and payments: a pending line is set aside by the bank and vanishes in 7 days.",
    steps=("Ask whether one line is marked as pending",),
    category="double_charge",
)
BOOKED = make_case(
    "C-2",
    title="Amount really debited twice, one refunded",
    problem="The statement shows two booked payments for one order.",
    resolution="If both payments are booked and there is one order, refund one within 3 working days.",
    category="double_charge",
)
HOLDS = Passage(
    "article:payments#double-charges",
    "article",
    "payments",
    "Paying",
    "If you see the amount twice, one is usually a hold that your bank has set aside. If both are booked, we "
    "refund one of them.",
    "",
    heading="Double charges",
)
TWICE = "You have taken my money two times for the same lamp."


def given_input(
    *messages: str | Message,
    cases: tuple[tuple[Case, float], ...] = ((PENDING, 0.9), (BOOKED, 0.9)),
    passages: tuple[Passage, ...] = (),
    language: str | None = "en",
    **understood: object,
) -> DraftInput:
    """A conversation (plain texts are the customer's) with the cases found and how sure each is."""
    talk = Conversation(
        tuple(Message("customer", m) if isinstance(m, str) else m for m in messages or (TWICE,))
    )
    understanding = Understanding(language, 0.9, "", **understood)  # type: ignore[arg-type]
    found = tuple(
        Evidence(Passage(f"case:{c.id}/problem", "case", c.id, "", "", ""), sure, sure, case=c)
        for c, sure in cases
    )
    offered = tuple(Evidence(passage, 0.8, 0.8) for passage in passages)
    return DraftInput(talk, understanding, found, offered, date(2026, 11, 22))


def ask(one: DraftInput, language: str = "en", draft: str = "", bank: Bank = BANK) -> Question | None:
    return question_for(one, bank, language=language, draft=draft)


def test_it_asks_what_tells_the_resolutions_apart() -> None:
    question = ask(given_input(passages=(HOLDS,)))
    assert question is not None
    assert question.name == "booked"
    assert question.text.startswith("Does your bank show both amounts as booked")
    assert question.why == "What to do depends on whether both amounts are booked or one is only pending."
    assert {answer.value: answer.leads_to for answer in question.answers} == {
        "pending": ("case:C-1", "article:payments#double-charges"),
        "booked": ("case:C-2", "article:payments#double-charges"),
    }
    assert [answer.label for answer in question.answers] == ["one is still pending", "both are booked"]


def test_it_speaks_the_agents_and_the_customers_language() -> None:
    question = ask(given_input("Me han cobrado dos veces la misma lámpara.", language="es-MX"), "de-AT")
    assert question is not None
    assert (question.language, question.customer_language) == ("de", "es")
    assert question.text.startswith("Zeigt Ihre Bank")
    assert question.customer_text is not None
    assert question.customer_text.startswith("¿Su banco muestra")
    assert question.answers[0].label == "einer ist noch vorgemerkt"


def test_nothing_is_asked_where_the_cases_resolve_to_the_same() -> None:
    same = replace(BOOKED, id="C-3")
    assert ask(given_input(cases=((BOOKED, 0.9), (same, 0.9)))) is None
    assert ask(given_input(cases=((BOOKED, 0.9),))) is None


def test_nothing_is_asked_where_one_is_surer_by_far_or_none_is_sure() -> None:
    assert ask(given_input(cases=((PENDING, 0.95), (BOOKED, 0.35)))) is None
    assert ask(given_input(cases=((PENDING, 0.5), (BOOKED, 0.5)))) is None


def test_what_the_resolutions_do_not_depend_on_is_not_asked() -> None:
    one = make_case("C-5", problem="Paid by PayPal.", resolution="Open a trace.", category="lost_parcel")
    two = make_case("C-6", problem="Paid by credit card.", resolution="Ask them to wait.", category="late")
    assert ask(given_input("Where is it?", cases=((one, 0.9), (two, 0.9)))) is None


def test_a_case_that_failed_leads_nowhere() -> None:
    failed = replace(BOOKED, outcome=Outcome(resolved=False))
    assert ask(given_input(cases=((PENDING, 0.9), (failed, 0.9)))) is None


@pytest.mark.parametrize(
    "said",
    [
        "BOTH are booked. Since Thursday.",
        "One of them says pending.",
        "It isn't pending.",
        "Uno de los cargos está pendiente.",
        "Eine Buchung ist nur vorgemerkt.",
        "Un des montants est en attente.",
    ],
)
def test_what_the_customer_said_is_not_asked(said: str) -> None:
    assert ask(given_input(TWICE, said)) is None
    assert ask(given_input(said, "Hello?", "Anyone there?")) is None


def test_what_a_note_or_the_agent_knows_is_not_asked() -> None:
    assert ask(given_input(TWICE, Message("note", "Two captures, both booked."))) is None
    assert ask(given_input(TWICE, Message("agent", "I see that one is only pending."))) is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(BANK.discriminators))
def test_a_question_asked_once_is_never_proposed_again(name: str, language: str) -> None:
    """Whichever of the bank's questions was asked, in whichever language, and whatever came back."""
    asked = BANK.discriminators[name].ask[language]
    everything = given_input(TWICE, Message("agent", f"Hello Ana,\n\n{asked}\n\nMaya"), "No idea, sorry.")
    question = ask(everything, bank=_only(name))
    assert question is None


def _only(name: str) -> Bank:
    """A bank in which each answer of one question is what the two cases differ in."""
    bank = Bank([BANK.discriminators[name]], {f"{name}/one": ["pending"], f"{name}/two": ["booked"]})
    if BANK.discriminators[name].slot != "product":
        assert ask(given_input(), bank=bank) is not None
    return bank


def test_asked_in_other_words_is_asked_too() -> None:
    agent = Message("agent", "Does the bank show both amounts as booked or one as pending?")
    assert ask(given_input(TWICE, agent, "I will look tomorrow.")) is None
    assert ask(given_input(), draft=agent.text + " " + BANK.discriminators["booked"].ask["en"]) is None


def test_the_agent_asks_the_customer_answers_and_the_next_question_is_another() -> None:
    first = ask(given_input())
    assert first is not None
    turns = (TWICE, Message("agent", first.text), "No idea, my husband has the app.")
    again = ask(given_input(*turns))
    assert again is None or again.name != first.name


def test_a_known_slot_is_not_asked() -> None:
    in_time = make_case(
        "C-7",
        title="Return in time",
        resolution="Within 30 days send the return label.",
        category="return_request",
    )
    late = make_case(
        "C-8",
        title="Late return",
        resolution="After the deadline offer store credit for the return.",
        category="late_return",
    )
    cases = ((in_time, 0.9), (late, 0.9))
    question = ask(given_input("I want to return the lamp.", cases=cases))
    assert question is not None
    assert question.name == "delivered_when"
    slot = {"delivery_date": Slot("delivery_date", "2026-11-01", "1 November", "message:0")}
    later = ask(given_input("I want to return the lamp.", cases=cases, slots=slot))
    assert later is None or later.name != "delivered_when"


@pytest.mark.parametrize("language", ["pl", "ja", None])
def test_nothing_is_asked_in_a_language_that_the_bank_cannot_read(language: str | None) -> None:
    assert ask(given_input(language=language)) is None


def test_an_agent_whose_language_the_bank_lacks_gets_no_question() -> None:
    assert ask(given_input(), "nl") is None


def test_an_emergency_only_asks_what_is_urgent() -> None:
    assert ask(given_input(situation=Situation.EMERGENCY)) is None
    hurt = make_case("C-9", resolution="Ask about injuries, then refund.", category="safety_concern")
    well = make_case("C-10", resolution="Nobody was hurt: collect the kettle.", category="safety_concern")
    urgent = given_input("There are sparks!", cases=((hurt, 0.9), (well, 0.9)), situation=Situation.EMERGENCY)
    question = ask(urgent)
    assert question is not None
    assert question.name == "injury"


@pytest.mark.parametrize("stage", [Stage.GREETING, Stage.THANKS])
def test_who_greets_or_thanks_is_asked_nothing(stage: Stage) -> None:
    assert ask(given_input(stage=stage)) is None


PHRASES = (
    "pending", "both booked", "vorgemerkt", "en attente", "pendiente", "two orders", "my parcel", "hello",
    "unused", "it broke", "the box is gone", "yesterday", "refund", "E4", "locked", "password", "not", "no",
    "tracking says delivered", "PayPal", "both mailboxes", "swap", "sin usar", "kaputt", ".", ",", "\n", "?",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PHRASES) | st.text(max_size=12), max_size=12).map(" ".join)
SAMPLE = [
    make_case(
        f"C-{n}",
        title=f"{one} or not",
        problem=f"{one}, {two}.",
        resolution=f"With {one} refund the order. Return it, check the account, the parcel and the payment.",
        steps=(f"Ask about {two}",),
        category=category,
    )
    for n, (one, two, category) in enumerate(
        (one, two, category)
        for one, two in zip(PHRASES, PHRASES[7:] + PHRASES[:7], strict=True)
        for category in ("return_request", "late_return")
    )
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["customer", "agent", "note"]), TEXTS), min_size=1, max_size=5),
    st.lists(st.tuples(st.sampled_from(SAMPLE), st.floats(0, 1)), max_size=4),
    st.sampled_from(LANGUAGES),
)
def test_no_question_has_an_answer_in_the_conversation(
    told: list[tuple[str, str]], cases: list[tuple[Case, float]], language: str
) -> None:
    messages = [Message(role, text) for role, text in told]  # type: ignore[arg-type]
    question = ask(given_input(*messages, cases=tuple(cases), language=language))
    if question is not None:
        spoken = {name for message in messages for name in BANK.read(message.text).spoken}
        assert question.name not in spoken
        assert all(BANK.read(m.text).answers(question.name) == frozenset() for m in messages)
        led = {answer.leads_to for answer in question.answers if answer.leads_to}
        assert {source for one in led for source in one} <= {f"case:{case.id}" for case, _ in cases}
        assert len([answer for answer in question.answers if answer.leads_to]) > 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    reading = BANK.read(text)
    assert reading.given.keys() <= reading.spoken <= BANK.discriminators.keys()


@pytest.mark.parametrize("one", BANK.discriminators.values(), ids=lambda one: one.name)
def test_every_question_of_the_bank_is_whole(one: object) -> None:
    discriminator = BANK.discriminators[one.name]  # type: ignore[attr-defined]
    assert set(discriminator.ask) == set(LANGUAGES)
    assert all(
        text.strip().endswith("?") or "?" in text or text.endswith(".") for text in discriminator.ask.values()
    )
    assert all(set(option.label) == set(LANGUAGES) for option in discriminator.options)
    assert discriminator.about == discriminator.about.strip().rstrip(".")


OWN = """
[plug]
about = "which plug the socket takes"
topic = "adapter"
[plug.ask]
en = "Which plug does your socket take: British or European?"
[plug.answers.british]
label = { en = "British" }
en = "british plug, type g"
[plug.answers.european]
label = { en = "European" }
en = "european plug, schuko*"
"""


def test_a_desk_adds_its_own_question(tmp_path: Path) -> None:
    file = tmp_path / "questions.toml"
    file.write_text(OWN, encoding="utf-8")
    bank = load_bank(file)
    british = make_case("C-1", resolution="Send the version with the British plug.")
    european = make_case("C-2", resolution="Send the version with the Schuko plug, as schukos fit.")
    cases = ((british, 0.9), (european, 0.8))
    question = ask(given_input("The lamp doesn't fit my socket.", cases=cases), bank=bank)
    assert question is not None
    assert (question.name, question.text) == (
        "plug",
        "Which plug does your socket take: British or European?",
    )
    assert ask(given_input("I have an adapter.", cases=cases), bank=bank) is None
    # Nobody can tell what a German customer said of it, as the question is known in English alone.
    german = ask(given_input("Die Lampe passt nicht.", cases=cases, language="de"), bank=bank)
    assert german is None or german.name != "plug"
    assert set(BANK.discriminators) < set(bank.discriminators)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[plug", "can't be used"),
        ("[plug]\nabout = 'x'", r"\[plug\] needs `about` and the question"),
        ("[plug]\nabout = 'x'\nask = {en = 'Which?'}", r"\[plug\] needs two answers"),
        (OWN.replace('label = { en = "British" }', ""), r"\[plug.answers.british\] needs a `label`"),
        (OWN.replace('"british plug, type g"', "['british plug']"), "phrases are one text by language"),
        (OWN.replace("topic", "pattern = '('\ntopic"), "no regular expression"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "questions.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=told) as error:
        load_bank(file)
    assert str(file) in str(error.value)
