"""Rulings by policy and log, special cases, escalation, and the proof of a reply against authority."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.authority.check import above_authority
from copilot.authority.desk import AuthorityDesk
from copilot.authority.escalate import Given, escalation_of
from copilot.authority.read import rules_of
from copilot.authority.reply import MOVES, decider_name, escalation_parts
from copilot.authority.rule import Asked, ruling
from copilot.authority.rules import Within
from copilot.draft import TemplateBook, Wanted
from copilot.drafting.facts import facts_in
from copilot.drafting.slots import SlotValues
from copilot.drafting.templates import ESCALATION
from copilot.models import Escalation, Situation, Understanding
from knowledge_base.errors import AboveAuthorityError, RecordError
from knowledge_base.grants import Grant, GrantKind, customer_key
from knowledge_base.importing import import_paths
from knowledge_base.models import Conversation
from knowledge_base.money import Money
from knowledge_base.sample_desk import sample_conversations, sample_path
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_conversation, open_base
from tests.test_copilot_locales import LOCALES

SAMPLES = {name: conversation for name, _, conversation, _ in sample_conversations()}
DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    """The sample desk's articles and cases; nothing was granted."""
    with open_base(tmp_path_factory.mktemp("base")) as base:
        import_paths(base, [sample_path() / "articles", sample_path() / "cases"])
        yield base


@pytest.fixture
def own(tmp_path: Path) -> Iterator[KnowledgeBase]:
    """The sample desk's articles, with a log of one's own."""
    with open_base(tmp_path) as base:
        import_paths(base, [sample_path() / "articles"])
        yield base


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def grant(kind: GrantKind, at: date, **fields: object) -> Grant:
    told = {"why": "in hospital", "who": "maya", "at": datetime(at.year, at.month, at.day, 9, tzinfo=UTC)}
    return Grant(kind, **told | fields)  # type: ignore[arg-type]


def understood(
    situation: Situation | None = None, category: str | None = None, language: str = "en"
) -> Understanding:
    return Understanding(language, 0.99, "what is asked", category, situation=situation)


@pytest.mark.parametrize(
    ("kind", "amount", "alone", "who"),
    [
        ("voucher", "20", True, None),
        ("voucher", "20.01", False, "team lead"),
        ("goodwill", "150", False, "team lead"),
        ("goodwill", "150.01", False, "head of care"),
        ("fee_waiver", "39", True, None),
        ("refund", "50", True, None),
    ],
)
def test_exactly_the_limit_is_allowed(
    base: KnowledgeBase, kind: str, amount: str, alone: bool, who: str | None
) -> None:
    found = ruling(AuthorityDesk(base).rules(DAY), Asked(kind, eur(amount)), (), DAY)
    assert (found.alone, found.decider and found.decider.who) == (alone, who)


@pytest.mark.parametrize(("days", "alone"), [(1, True), (14, True), (15, False), (None, None)])
def test_days_late(base: KnowledgeBase, days: int | None, alone: bool | None) -> None:
    found = ruling(AuthorityDesk(base).rules(DAY), Asked("late_return", None, days), (), DAY)
    assert found.alone is alone
    if alone is False:
        assert found.decider is not None
        assert found.decider.clause == "article:late-returns#later-than-that"


@pytest.mark.parametrize(
    ("granted", "alone"),
    [(date(2025, 11, 22), False), (date(2025, 11, 21), True), (date(2026, 11, 1), False)],
)
def test_an_exception_once_in_twelve_months(base: KnowledgeBase, granted: date, alone: bool) -> None:
    rules = AuthorityDesk(base).rules(DAY)
    found = ruling(rules, Asked("late_return", None, 5), [grant("late_return", granted)], DAY)
    assert found.alone is alone
    if not alone:
        assert (found.reason, found.decider and found.decider.who) == ("repeat", "team lead")


def test_another_kind_of_grant_uses_up_no_exception(base: KnowledgeBase) -> None:
    rules = AuthorityDesk(base).rules(DAY)
    before = [grant("voucher", date(2026, 11, 1), amount=eur("20"))]
    assert ruling(rules, Asked("late_return", None, 5), before, DAY).alone is True


@pytest.mark.parametrize(("amount", "alone"), [("10", True), ("10.01", False)])
def test_what_was_granted_before_counts_against_the_year(
    base: KnowledgeBase, amount: str, alone: bool
) -> None:
    before = [grant("voucher", date(2026, 11, day), amount=eur("25")) for day in (1, 2)]
    found = ruling(AuthorityDesk(base).rules(DAY), Asked("voucher", eur(amount)), before, DAY)
    assert found.alone is alone
    if not alone:
        assert (found.reason, found.decider and found.decider.who) == ("total", "team lead")


def test_where_policy_is_silent_nothing_is_claimed(tmp_path: Path) -> None:
    with open_base(tmp_path) as base:
        base.put(make_article(), actor="t")
        desk = AuthorityDesk(base)
        conversation = make_conversation("I want 500 euros in compensation!")
        assert not desk.rules(DAY)
        assert desk.judge(conversation, understood(Situation.UNREASONABLE_DEMAND), DAY).special is None
        assert desk.check("We give you a voucher of €5000.", "en", DAY) == ()


def test_a_change_of_policy_is_followed_and_only_what_is_in_force_speaks(tmp_path: Path) -> None:
    body = "## Agents\nAn agent may grant a voucher of up to €5."
    with open_base(tmp_path) as base:
        base.put(make_article("g", body=body, effective_from=date(2026, 6, 1)), actor="t")
        desk = AuthorityDesk(base)
        assert not desk.rules(date(2026, 5, 31))
        assert str(desk.rules(DAY).rules[0].most) == "5.00 EUR"
        base.put(make_article("g", body=body.replace("€5", "€7")), actor="t")
        desk._looked = float("-inf")
        assert str(desk.rules(DAY).rules[0].most) == "7.00 EUR"


def test_months_are_counted_by_the_calendar() -> None:
    assert Within(12, "month").since(date(2028, 2, 29)) == date(2027, 2, 28)
    assert Within(1, "quarter").since(date(2026, 1, 31)) == date(2025, 10, 31)
    assert Within(2, "week").since(date(2026, 1, 15)) == date(2026, 1, 1)


def test_ten_days_late_after_hospital_is_the_agents_own(base: KnowledgeBase) -> None:
    found = AuthorityDesk(base).judge(
        SAMPLES["K-105"], understood(Situation.POLICY_RESTRICTION, "late_return", "fr"), date(2026, 11, 20)
    )
    special = found.special
    assert special is not None
    assert (special.kind, special.days_late, special.alone, special.who) == ("late_return", 10, True, "agent")
    assert special.clause == "article:late-returns#up-to-14-days-late"
    assert (special.before, found.escalation) == ((), None)
    assert [one.source for one in found.like] == ["case:C-3040", "case:C-3038", "case:C-1050"]
    assert found.like[2].amounts == ("75.10 EUR",)


def test_the_same_is_the_team_leads_once_the_exception_is_used(own: KnowledgeBase) -> None:
    conversation = SAMPLES["K-105"]
    own.grants.add([grant("late_return", date(2026, 3, 2), customer=customer_key(conversation))])
    own.grants.add([grant("late_return", date(2026, 11, 2), customer="somebody else")])
    found = AuthorityDesk(own).judge(
        conversation, understood(Situation.POLICY_RESTRICTION, "late_return", "fr"), date(2026, 11, 20)
    )
    assert found.special is not None
    assert found.escalation is not None
    assert (found.special.alone, found.special.reason) == (False, "repeat")
    assert [one.day for one in found.special.before or ()] == ["2026-03-02"]
    assert (found.escalation.to, found.escalation.clause) == (
        "team lead",
        "article:late-returns#later-than-that",
    )
    assert "2026-03-02; return after the deadline; granted; maya; in hospital" in found.escalation.summary
    assert len(found.like) == 2


def test_the_days_late_follow_from_delivery_and_first_message(base: KnowledgeBase) -> None:
    sample = SAMPLES["K-105"]
    silent = replace(sample, messages=tuple(m for m in sample.messages if m.role != "note"))
    from copilot.understand.slots import find_slots

    slots = find_slots(silent, language="fr", today=date(2026, 11, 20))
    told = replace(understood(category="late_return", language="fr"), slots=slots)
    special = AuthorityDesk(base).judge(silent, told, date(2026, 11, 20)).special
    assert special is not None
    assert special.days_late == 10


def test_500_euros_go_to_the_head_of_care_with_a_summary(base: KnowledgeBase) -> None:
    sample = SAMPLES["K-106"]
    found = AuthorityDesk(base).judge(sample, understood(Situation.UNREASONABLE_DEMAND, "late_delivery"), DAY)
    assert found.special is not None
    assert found.escalation is not None
    assert (found.special.amount, found.special.limit, found.special.who) == (
        "500.00 EUR",
        "20.00 EUR",
        "head of care",
    )
    assert found.escalation.clause == "article:goodwill-authority#head-of-care"
    assert found.escalation.why == "€500.00 is above what the agent alone may grant (€20.00)"
    summary = found.escalation.summary
    assert summary.startswith("For the head of care: goodwill\n€500.00 is above what the agent alone")
    for part in (
        "Derek Osgood, standard, since 14 January 2026, email",
        sample.messages[1].text,
        "goodwill, €500.00:",
        "Anything above €150 is decided by the head of care. (article:goodwill-authority#head-of-care)",
        "C-2059: 2026-10-05; €20.00; held;",
        "Within the agent's own authority: €20.00. More is yours to decide.",
    ):
        assert part in summary


def test_a_safety_report_goes_to_the_safety_desk(base: KnowledgeBase) -> None:
    found = AuthorityDesk(base).judge(SAMPLES["K-104"], understood(Situation.EMERGENCY, language="de"), DAY)
    assert found.escalation is not None
    assert found.escalation.to == "safety desk"
    assert "goodwill has no place in it" in found.escalation.summary


@pytest.mark.parametrize("name", ["K-101", "K-102", "K-103", "K-107", "K-109", "K-112", "K-114", "K-116"])
def test_what_is_a_matter_of_course_is_no_special_case(base: KnowledgeBase, name: str) -> None:
    assert AuthorityDesk(base).judge(SAMPLES[name], understood(language="en"), DAY).special is None


@pytest.mark.parametrize(
    ("text", "kind", "amount", "alone"),
    [
        (
            "Could I have a 15 euro voucher for the delay? I want a voucher of 15 euros.",
            "voucher",
            "15.00 EUR",
            True,
        ),
        ("I expect 80 euros compensation for my time.", "goodwill", "80.00 EUR", False),
        ("My code expired 3 days ago. Can you still take the expired code off?", "discount", None, None),
        ("The warranty ran out last week, will you still repair it?", "warranty", None, None),
        ("Please refund the delivery fee, it came late.", "fee_waiver", None, True),
    ],
)
def test_other_wishes(
    base: KnowledgeBase, text: str, kind: str, amount: str | None, alone: bool | None
) -> None:
    special = AuthorityDesk(base).judge(make_conversation(text), understood(), DAY).special
    assert special is not None
    assert (special.kind, special.amount, special.alone) == (kind, amount, alone)


def test_a_customer_without_a_name_can_not_be_counted(base: KnowledgeBase) -> None:
    nameless = Conversation(make_conversation("I expect 80 euros compensation for my time.").messages)
    found = AuthorityDesk(base).judge(nameless, understood(), DAY)
    assert found.special is not None
    assert found.special.before is None
    assert found.escalation is not None
    assert "the conversation names no customer" in found.escalation.summary


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize("to", ["team lead", "head of care", "safety desk", "stamp collector"])
def test_the_customer_reads_who_decides_and_no_sum_or_date(language: str, to: str) -> None:
    escalation = Escalation(to, "why", "article:x#y", "text", "summary")
    book, wanted = TemplateBook(), Wanted(language, Situation.UNREASONABLE_DEMAND, "late_delivery")
    parts = escalation_parts(escalation, book, wanted, SlotValues({"decider": "not this"}))
    assert tuple(part.move for part in parts) == MOVES
    text = " ".join(part.text for part in parts)
    assert facts_in(text) == ()
    assert "[" not in text
    assert "not this" not in text
    name = decider_name(to, language)
    assert (name is None) == (to == "stamp collector")
    assert (name or "") in text
    assert all(part.template_id == f"{language}/escalation/{part.move}" for part in parts)
    for move in MOVES:  # nothing but an escalation is answered by them
        assert all(t.situation != ESCALATION for t in book.candidates(move, wanted))


def test_every_role_has_a_name_in_every_locale() -> None:
    for language in LOCALES:
        told = [
            decider_name(to, language) for to in ("team lead", "supervisor", "store manager", "head of care")
        ]
        assert all(told), language
        assert decider_name("el jefe de equipo", language) == told[0]


def test_the_summary_is_in_the_agents_language(base: KnowledgeBase) -> None:
    rules = AuthorityDesk(base).rules(DAY)
    told = Given(SAMPLES["K-106"], understood(Situation.UNREASONABLE_DEMAND), rules, (), DAY, "de")
    escalation = escalation_of(told)
    assert escalation is not None
    assert "Was der Kunde möchte:" in escalation.summary
    assert "500,00\xa0€ liegt über dem" in escalation.summary


# The proof of a reply

GRANTS = (
    "I have added a voucher of {} to your account.",
    "As a gesture of goodwill you receive {} from us.",
    "We give you {} store credit as compensation for the wait.",
    "I can't undo the delay, but I am giving you a voucher of {}.",
    "You asked for more, which I can't give you, but a voucher of {} is yours.",
    "I have sent you a voucher. It is worth {}.",
    "You paid us in full, and I give you a {} voucher.",
    "We refund the express fee and add a voucher of {}.",
    "We have approved your request for {} compensation.",
)


@given(
    limit=st.integers(1, 50_000),
    amount=st.integers(1, 100_000),
    sentence=st.sampled_from(GRANTS),
    shown=st.sampled_from(("€{}", "{} EUR", "{} euros")),
)
def test_above_the_limit_always_and_at_or_below_never(
    limit: int, amount: int, sentence: str, shown: str
) -> None:
    body = f"## Agents\nAn agent alone may grant a voucher of up to €{limit / 100:.2f} per case."
    rules = rules_of(make_article("g", body=body, audience="agents"))
    text = sentence.format(shown.format(f"{amount / 100:.2f}"))
    found = above_authority(text, "en", rules)
    assert [one.code for one in found] == (["above_authority"] if amount > limit else [])
    for one in found:
        assert one.text == text[one.start : one.end]
        assert f"{amount / 100:.2f}" in one.text
        assert one.source == "article:g#agents"


@given(limit=st.integers(1, 99), share=st.integers(1, 100))
def test_the_same_for_shares(limit: int, share: int) -> None:
    rules = rules_of(make_article("g", body=f"## A\nAgents may give a discount of up to {limit} %."))
    found = above_authority(f"I give you a discount of {share} % on the lamp.", "en", rules)
    assert bool(found) == (share > limit)


@pytest.mark.parametrize(
    ("language", "text", "flagged"),
    [
        ("en", "We refund the express fee of €9.90.", []),
        ("en", "I waive the delivery fee of €39.", []),
        ("en", "We refund the €199.00 for the lamp.", []),
        ("en", "The welcome code takes 10 % off your first order.", []),
        ("en", "The price fell, so you get the difference of €30.00 as store credit.", []),
        ("en", "As you are 6 days late, you get store credit less the label: €64.10 store credit.", []),
        ("en", "You asked for €500 in compensation, which I can't give you.", []),
        ("en", "Instead of the €500 in compensation that you demand I offer a voucher of €20.", []),
        ("en", "I understand your request for €500 compensation.", []),
        ("en", "Your €40 gift card is valid for 3 years.", []),
        ("en", "I give you 50 % off your next order.", ["50 %"]),
        ("en", "I credit €100 to your account.", ["€100"]),
        ("es", "Le he añadido un vale de 25 € por las molestias.", ["25 €"]),
        ("es", "Le he añadido un vale de 20 € por las molestias.", []),
        ("fr", "Je vous offre un bon d'achat de 30 € pour la gêne.", ["30 €"]),
        ("de", "Als Kulanz erhalten Sie einen Gutschein über 40 €.", ["40 €"]),
        ("de", "Als Kulanz erhalten Sie einen Gutschein von 20 €.", []),
    ],
)
def test_what_policy_gives_everybody_is_no_grant_of_the_agents(
    base: KnowledgeBase, language: str, text: str, flagged: list[str]
) -> None:
    assert [one.text for one in AuthorityDesk(base).check(text, language, DAY)] == flagged


def test_the_sample_desks_own_replies_stay_within_authority(base: KnowledgeBase) -> None:
    rules = AuthorityDesk(base).rules(DAY)
    replies = [(case.id, case.reply or "", case.language) for case in base.each("case")]  # type: ignore[union-attr]
    assert len(replies) == 278
    assert [name for name, text, language in replies if above_authority(text, language or "en", rules)] == []


# The log


def test_a_grant_above_authority_is_refused_unless_approved(own: KnowledgeBase) -> None:
    desk = AuthorityDesk(own)
    told = grant("voucher", DAY, amount=eur("20.01"), article="goodwill-authority#team-lead")
    with pytest.raises(AboveAuthorityError, match=r"voucher of 20\.01 EUR .* let the team lead decide"):
        desk.log(told)
    assert own.grants.count() == 0
    desk.log(replace(told, approved_by="Ines"))
    desk.log(grant("voucher", DAY, amount=eur("20")))
    assert own.grants.count() == 2


def test_the_second_exception_of_a_customer_is_refused(own: KnowledgeBase) -> None:
    desk = AuthorityDesk(own)
    desk.log(grant("late_return", date(2026, 2, 1), customer="c"))
    desk.log(grant("late_return", date(2026, 2, 1), customer="other"))
    with pytest.raises(AboveAuthorityError, match="late return is above"):
        desk.log(grant("late_return", DAY, customer="c"))
    desk.log(grant("late_return", date(2027, 2, 1), customer="c"))


@pytest.mark.parametrize(
    ("article", "message"),
    [("nothing", "names no article"), ("goodwill-authority#x", "no such section; take one of what-an-agent")],
)
def test_a_grant_cites_a_clause_that_there_is(own: KnowledgeBase, article: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        AuthorityDesk(own).log(grant("voucher", DAY, amount=eur("5"), article=article))
