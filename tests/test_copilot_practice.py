"""Practice: a case becomes turns, replies are judged, rounds are kept for their trainee alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot.authority.desk import AuthorityDesk
from copilot.practice.judge import Judge
from copilot.practice.play import conversation_of, turns_of
from copilot.practice.replies import Played
from copilot.practice.rounds import Practice
from copilot.practice.score import Score, score_from
from copilot.translation.models import Translation
from copilot.understand.language import LanguageDetector
from copilot.understand.understand import Understander
from indexer.embedder import SentenceEmbedder
from indexer.split import Section
from knowledge_base.errors import ConflictError, InputError, NoProviderError, NotFoundError
from knowledge_base.models import Case, Message, Outcome
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, open_base
from tests.fakes import WordHashEmbedder

DAY = date(2026, 11, 22)
CASE = Case(
    id="C-1",
    title="Parcel lost for two weeks",
    problem="A parcel has not moved for two weeks.",
    resolution="Open a trace with the carrier. If nothing is found within 3 working days, refund the order.",
    steps=("Open a trace with the carrier", "Refund the order if nothing is found"),
    category="lost_parcel",
    channel="email",
    messages=(
        Message("customer", "My parcel hasn't moved for two weeks and I am really angry about it!"),
        Message("agent", "Hello Ana,\n\nWhich order is it about?\n\nMaya"),
        Message("customer", "It is order TW-481920, the blue lamp."),
        Message("note", "Last scan in Leipzig on 2 November."),
        Message(
            "agent",
            "Hello Ana,\n\nI am sorry that your lamp has not moved for two weeks. I have opened a trace "
            "with the carrier. They answer within 3 working days. If nothing is found, I refund your order."
            "\n\nMaya",
        ),
        Message("customer", "Thanks!"),
    ),
    policies=("lost-parcels#traces",),
    outcome=Outcome(resolved=True),
)
RULE = "The carrier answers a trace within 3 working days. Then we refund."
POLICY = (("article:lost-parcels#traces", Section("traces", "Traces", (), RULE)),)
GOOD = (
    "Hi Ana,\n\nCould you tell me which order this is?\n\nTom",
    "Hi Ana,\n\nI'm sorry that the lamp has been stuck for two weeks. I started a trace with the carrier "
    "just now; they have 3 working days to answer. If they find nothing, you get a refund for the order."
    "\n\nTom",
)
PARTIAL = (GOOD[0], "Hi Ana,\n\nI started a trace with the carrier.\n\nTom")
POLITE = (
    "Hello,\n\nThank you for your message. I am sorry for the trouble.\n\nTom",
    "Hello,\n\nThank you very much for your patience. We look into it as soon as we can.\n\nTom",
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path_factory.mktemp("base")) as base:
        yield base


@pytest.fixture(scope="module")
def judge(base: KnowledgeBase) -> Judge:
    reader = Understander(LanguageDetector(("en", "de", "es")))
    return Judge(SentenceEmbedder(), reader, AuthorityDesk(base))


def score(judge: Judge, *replies: str, spoken: str = "en") -> Score:
    return judge.judge(Played(CASE, turns_of(CASE), replies, POLICY, spoken, DAY))


def total(judge: Judge, *replies: str) -> float:
    found = score(judge, *replies).total
    assert found is not None
    return found


def part(found: Score, name: str) -> tuple[float, float, list[str]]:
    one = next(one for one in found.parts if one.name == name)
    return one.points, one.most, [str(why) for why in one.why]


def test_a_case_becomes_turns() -> None:
    turns = turns_of(CASE)
    assert [[m.role for m in turn.messages] for turn in turns] == [["customer"], ["customer", "note"]]
    assert turns[0].answer.startswith("Hello Ana,\n\nWhich order")
    played = conversation_of(CASE, turns, ("Which one?",))
    assert [m.role for m in played.messages] == ["customer", "agent", "customer", "note"]
    assert played.messages[1].text == "Which one?"


def test_a_case_without_messages_is_its_problem() -> None:
    turns = turns_of(
        make_case("C-9", messages=(), problem="It broke.", reply=None, resolution="Send another.")
    )
    assert [(turn.messages, turn.answer) for turn in turns] == [
        ((Message("customer", "It broke."),), "Send another.")
    ]


def test_an_agent_who_writes_first_is_no_answer() -> None:
    told = (
        Message("agent", "We shipped it."),
        Message("customer", "It is broken"),
        Message("agent", "Sorry"),
    )
    turns = turns_of(make_case("C-9", messages=told))
    assert [turn.answer for turn in turns] == ["Sorry"]


def test_good_is_better_than_partial_than_polite_than_nothing(judge: Judge) -> None:
    good, partial = total(judge, *GOOD), total(judge, *PARTIAL)
    polite, nothing = total(judge, *POLITE), total(judge, "...", "...")
    assert good > 85
    assert good > partial + 10 > polite + 15
    assert polite < 35
    assert nothing == 0


def test_what_was_done_then_scores_best(judge: Judge) -> None:
    then = tuple(turn.answer for turn in turns_of(CASE))
    assert total(judge, *then) > 95


def test_the_parts_say_what_decided(judge: Judge) -> None:
    found = score(
        judge, POLITE[0], "Hi Ana,\n\nI refund 500.00 EUR today, and you get a voucher of 90 EUR.\n\nTom"
    )
    assert "Not asked: “Which order is it about?”" in part(found, "asked")[2]
    assert part(found, "figures")[::2] == (0.0, ["Policy's figure is missing: 3 working days"])
    assert any("500.00 EUR" in why for why in part(found, "backed")[2])
    assert any(why.startswith("Not said: “Open a trace") for why in part(found, "done")[2])


def test_the_customers_mood_must_be_met(judge: Judge) -> None:
    cold = score(
        judge, "Which order is it?", "A trace is open with the carrier, 3 working days, then a refund."
    )
    assert any("angry" in why for why in part(cold, "care")[2])
    blamed = score(judge, GOOD[0], GOOD[1].replace("Tom", "As I already said, calm down.\n\nTom"))
    assert part(blamed, "care")[0] < part(score(judge, *GOOD), "care")[0]


def test_repeating_the_customer_is_no_reply(judge: Judge) -> None:
    parrot = score(judge, *("\n".join(m.text for m in turn.messages) for turn in turns_of(CASE)))
    assert parrot.total is not None
    assert parrot.total < 20
    assert any("repeats the customer" in why for why in part(parrot, "excess")[2])


def test_pasting_everything_loses_more_than_it_gains(judge: Judge) -> None:
    flood = (
        GOOD[1]
        + "\n\n"
        + "\n".join(f"Our policy number {n} says that goods of group {n} go back." for n in range(90))
    )
    assert total(judge, GOOD[0], flood) < total(judge, *GOOD) - 25


def test_another_language_is_not_judged_as_wrong(judge: Judge) -> None:
    found = score(
        judge, "¿Qué pedido es?", "Hola:\n\nHe abierto una investigación, 3 días laborables.", spoken="es"
    )
    assert found.total is None
    assert {name for name, _ in found.left_out} == {"done", "asked", "backed", "care"}
    assert found.points == ()


def test_a_reply_may_say_nothing_of_its_own(judge: Judge) -> None:
    assert total(judge, "Hello Ana,", "Hello Ana,\n\nTom") < 10


def test_a_score_is_stored_and_read_back(judge: Judge) -> None:
    found = score(judge, *PARTIAL)
    assert score_from(found.as_json()) == found


WORDS = st.sampled_from(
    ["refund", "trace", "carrier", "3 working days", "sorry", "Ana", "?", "!", "\n", "order TW-481920",
     "500 EUR", "¿", "اليوم", "we promise", "[name]", "http://x.y", "\u202e", "as soon as possible", "."]
)  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, max_size=60), st.lists(WORDS, max_size=60))
def test_any_reply_has_a_score_that_adds_up(judge: Judge, first: list[str], second: list[str]) -> None:
    found = score(judge, " ".join(first) or ".", " ".join(second) or ".")
    assert found.total is not None
    assert 0 <= found.total <= 100
    assert abs(sum(one.points for one in found.parts) - found.total) < 0.06
    assert sum(one.most for one in found.parts) == pytest.approx(100, abs=0.5)
    assert all(one.points <= one.most + 0.05 for one in found.parts)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, max_size=40), st.sampled_from([*CASE.steps, CASE.resolution]))
def test_saying_more_of_what_was_done_never_costs_there(judge: Judge, told: list[str], step: str) -> None:
    before = " ".join(told) or "."
    less, more = score(judge, ".", before), score(judge, ".", f"{before}\n\n{step}")
    assert part(more, "done")[0] >= part(less, "done")[0] - 0.05


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    with open_base(tmp_path) as base:
        base.put_many(
            [CASE, make_article("lost-parcels", body="## Traces\n\nWithin 3 working days.")], actor="t"
        )
        detector = LanguageDetector(("en", "es"))
        judge = Judge(WordHashEmbedder(), Understander(detector), AuthorityDesk(base))
        yield Practice(base, judge, detector, clock=lambda: datetime(2026, 11, 22, tzinfo=UTC))


def test_a_round_is_played_to_its_end(practice: Practice) -> None:
    one = practice.start("tom", category="lost_parcel")
    assert (one.case.id, one.ended, len(one.turns), one.score) == ("C-1", False, 2, None)
    assert [m.role for m in one.messages] == ["customer"]
    one = practice.answer(one.stored.id, "tom", GOOD[0], turn=0)
    assert [m.role for m in one.messages] == ["customer", "agent", "customer", "note"]
    one = practice.answer(one.stored.id, "tom", GOOD[1], turn=1)
    assert one.ended
    assert one.score == practice.read(one.stored.id, "tom").score
    assert [(c.source, c.ended) for c in one.clauses] == [("article:lost-parcels#traces", False)]
    assert [(p.category, p.rounds) for p in practice.progress("tom")] == [("lost_parcel", 1)]


class Translator:
    """Tells Spanish in English, or can't."""

    def __init__(self, *, able: bool) -> None:
        self.able = able

    def can(self, source: str, target: str) -> bool:
        return (source, target) == ("es", "en")

    def translate(self, text: str, *, target: str, source: str | None = None) -> Translation:
        if not self.able:
            raise NoProviderError("none")
        return Translation(GOOD[1] if "investigación" in text else GOOD[0], "es", "en", "fake")


@pytest.mark.parametrize("able", [True, False])
def test_a_reply_in_another_language_is_translated_to_be_judged(tmp_path: Path, able: bool) -> None:
    with open_base(tmp_path) as base:
        base.put(CASE, actor="t")
        detector = LanguageDetector(("en", "es"))
        judge = Judge(WordHashEmbedder(), Understander(detector), AuthorityDesk(base))
        translator: Any = Translator(able=able)
        practice = Practice(base, judge, detector, translator=translator)
        one = practice.start("tom")
        practice.answer(one.stored.id, "tom", "¿Me dice de qué pedido se trata, por favor?", turn=0)
        told = "Hola Ana:\n\nHe abierto una investigación y le escribo en 3 días laborables."
        found = practice.answer(one.stored.id, "tom", told, turn=1).score
        assert found is not None
        assert (found.total is not None) is able


def test_policy_that_is_not_in_force_requires_nothing(practice: Practice) -> None:
    base = practice._knowledge
    one = practice.start("tom")
    assert [clause.ended for clause in one.clauses] == [False]
    for dates in (
        {"effective_to": date(2026, 1, 1)},
        {"effective_from": date(2027, 1, 1)},
        {"status": "retired"},
    ):
        base.put(make_article("lost-parcels", body="## Traces\n\nWithin 3 working days.", **dates), actor="t")
        assert [clause.ended for clause in practice.read(one.stored.id, "tom").clauses] == [True]


def test_a_turn_is_answered_once(practice: Practice) -> None:
    one = practice.start("tom")
    with pytest.raises(InputError, match="empty"):
        practice.answer(one.stored.id, "tom", " \n", turn=0)
    practice.answer(one.stored.id, "tom", GOOD[0], turn=0)
    with pytest.raises(ConflictError):
        practice.answer(one.stored.id, "tom", GOOD[0], turn=0)


def test_rounds_are_their_trainees_alone(practice: Practice) -> None:
    one = practice.start("tom")
    for forbidden in (practice.read, practice.delete):
        with pytest.raises(NotFoundError):
            forbidden(one.stored.id, "eve")
    assert practice.list("eve") == ()
    practice.delete(one.stored.id, "tom")
    assert practice.list("tom") == ()


def test_the_next_case_is_one_not_played_else_the_worst(practice: Practice, tmp_path: Path) -> None:
    base = practice._knowledge
    base.put_many([make_case(f"C-{n}", category="other") for n in (2, 3)], actor="t")
    base.put(make_case("C-4", category="other", outcome=Outcome(resolved=False)), actor="t")
    seen = []
    for _ in range(2):
        one = practice.start("tom", category="other")
        seen.append(one.case.id)
        while not one.ended:
            one = practice.answer(one.stored.id, "tom", "Hello, well.", turn=len(one.stored.replies))
    assert sorted(seen) == ["C-2", "C-3"]
    assert practice.start("tom", category="other").case.id in seen
    with pytest.raises(NotFoundError):
        practice.start("tom", category="nobody")
    with pytest.raises(NotFoundError):
        practice.start("tom", case_id="C-99")
