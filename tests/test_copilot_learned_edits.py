"""Learned edits over a real base: what agents change alike, by enough of them, becomes a proposal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot.checking.gate import Gate
from copilot.drafting.render import render
from copilot.drafting.slots import SlotValues
from copilot.drafting.templates import bundled_templates
from copilot.drafting.text import sentence_spans
from copilot.learned.body import mask, plain, sentences_of
from copilot.learned.desk import LearnedEdits, Proposal
from copilot.understand.language import LanguageDetector
from copilot.understand.understand import Understander
from copilot.workshop import Workshop
from knowledge_base.errors import BlockedError, InputError, NotFoundError
from knowledge_base.models import ReplyTemplate
from knowledge_base.personal.person import Person
from knowledge_base.store import KnowledgeBase
from tests.builders import Clock, make_article, make_template, open_base
from tests.learned_fakes import VALUES, send

BODY = (
    "I have looked at{% if known('order_id') %} order {{ order_id }}{% endif %} myself, {{ customer_name }}. "
    "I write to you by {{ date | date('short') }}.\n\nThank you for your patience."
)
TEMPLATE = make_template("en/lost/act", body=BODY, policies=("returns",))
AGENTS = ("ana", "ben")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def base(tmp_path: Path, clock: Clock) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path, clock=clock) as base:
        base.put_many([make_article(), TEMPLATE], actor="t")
        clock.on(timedelta(hours=1))
        yield base


@pytest.fixture
def desk(base: KnowledgeBase) -> LearnedEdits:
    return learned_over(base)


def learned_over(base: KnowledgeBase, gate: Gate | None = None) -> LearnedEdits:
    workshop = Workshop(base, Understander(LanguageDetector(("en",))), agent_name="Maya")
    return LearnedEdits(base, workshop, gate)


def five(base: KnowledgeBase, before: str, after: str, times: int = 5, **options: object) -> None:
    """As many conversations, two agents in turn."""
    for n in range(times):
        send(base, TEMPLATE, before, after, actor=AGENTS[n % 2], **options)  # type: ignore[arg-type]


def only(desk: LearnedEdits) -> Proposal:
    (found,) = desk.learned().proposals
    return found


PATIENCE, BEAR = "Thank you for your patience.", "Thank you for bearing with us."


def test_five_alike_by_two_agents_make_a_proposal_and_four_none(base: KnowledgeBase, desk: LearnedEdits):
    five(base, PATIENCE, BEAR, 4)
    send(base, TEMPLATE)
    send(base, TEMPLATE, PATIENCE, "")
    assert desk.learned().proposals == ()
    send(base, TEMPLATE, PATIENCE, "thank you for bearing with us!", actor="ben")
    found = only(desk)
    assert (found.template, found.change, found.sentence) == (TEMPLATE, "changed", PATIENCE)
    assert found.body == BODY.replace(PATIENCE, BEAR)
    counts = found.counts
    assert (counts.times, counts.agents, counts.sent, counts.changed, counts.kept) == (5, 2, 7, 6, 1)
    assert found.refusal is None


def test_one_agent_alone_makes_none_nor_does_a_conversation_count_twice(
    base: KnowledgeBase, desk: LearnedEdits
):
    for _ in range(9):
        send(base, TEMPLATE, PATIENCE, BEAR, actor="ana")
    send(base, TEMPLATE, PATIENCE, BEAR, actor="ana", conversation="K-once")
    send(base, TEMPLATE, PATIENCE, BEAR, actor="ben", conversation="K-once")
    assert desk.learned().proposals == ()
    send(base, TEMPLATE, PATIENCE, BEAR, actor="ben")
    assert (only(desk).counts.times, only(desk).counts.agents) == (11, 2)


def test_a_conversation_counts_once(base: KnowledgeBase, desk: LearnedEdits):
    for n in range(8):
        send(base, TEMPLATE, PATIENCE, BEAR, actor=AGENTS[n % 2], conversation=f"K-{n % 4}")
    assert desk.learned().proposals == ()


def test_values_are_the_templates_placeholders_again(base: KnowledgeBase, desk: LearnedEdits):
    dates = ["2026-11-24", "2026-12-01", "2027-01-15", "2026-12-24", "2026-11-30"]
    written = ["24/11/2026", "01/12/2026", "15/01/2027", "24/12/2026", "30/11/2026"]
    for n, (day, told) in enumerate(zip(dates, written, strict=True)):
        send(
            base, TEMPLATE, f"I write to you by {told}.", f"You hear from me by {told}, whatever happens.",
            actor=AGENTS[n % 2], values=VALUES | {"date": day, "order_id": f"TW-7700{n}1"},
        )  # fmt: skip
    assert only(desk).body == BODY.replace(
        "I write to you by {{ date | date('short') }}.",
        "You hear from me by {{ date | date('short') }}, whatever happens.",
    )


def test_a_gap_that_was_filled_in_is_its_slot(base: KnowledgeBase, desk: LearnedEdits):
    unknown = {"customer_name": "Ana Ruiz"}
    for n in range(5):
        send(
            base, TEMPLATE, f"I write to you by {n + 1} December.", f"I call you by {n + 1} December.",
            actor=AGENTS[n % 2], values=unknown, filled={"date": f"{n + 1} December"},
        )  # fmt: skip
    assert "I call you by {{ date | date('short') }}." in only(desk).body


def test_what_is_said_under_a_condition_stays_under_it(base: KnowledgeBase, desk: LearnedEdits):
    """Edits of both readings of a sentence are edits of that one sentence."""
    five(base, "I have looked at order TW-770077 myself", "I have checked order TW-770077 myself", 3)
    without = {"customer_name": "Li Wei", "date": "2026-11-24"}
    five(base, "I have looked at myself", "I have checked myself", 2, values=without)
    found = only(desk)
    assert found.body == BODY.replace("looked at{%", "checked{%")
    assert found.counts.times == 5


@pytest.mark.parametrize(
    ("before", "after", "change", "body"),
    [
        (f"\n\n{PATIENCE}", "", "removed", BODY.split("\n\n")[0]),
        (PATIENCE, f"{PATIENCE} Have a nice day.", "after", f"{BODY} Have a nice day."),
        ("Good day!\n\n", "Good day!\n\nIt is me again. ", "after", None),
    ],
)
def test_removed_and_added_sentences_count_too(
    base: KnowledgeBase, desk: LearnedEdits, before: str, after: str, change: str, body: str | None
):
    five(base, before, after)
    proposals = desk.learned().proposals
    if body is None:  # it hangs on the sentence before, whose template isn't one of the desk's
        assert proposals == ()
    else:
        assert (proposals[0].change, proposals[0].body) == (change, body)


def test_a_figure_that_no_policy_backs_can_not_be_accepted(base: KnowledgeBase, desk: LearnedEdits):
    five(base, PATIENCE, "You get a voucher of 10 EUR.")
    found = only(desk)
    assert found.refusal == "says '10 EUR'; none of the policies that it cites does"
    with pytest.raises(InputError, match="says '10 EUR'"):
        desk.accept(found.id, actor="m")
    accepted = desk.accept(found.id, actor="m", body=found.body.replace("10 EUR", "3.90 EUR"))
    assert accepted.body.endswith("You get a voucher of 3.90 EUR.")


@pytest.mark.parametrize(
    "after",
    [
        "Thank you, Mrs Krüger.", "Call 0151 23456789.", "Write to li.wei@example.org.",
        "Parcel TW-990099 is next.", "You paid 18.50 EUR.", "See you on 3 May 2027.",
    ],
)  # fmt: skip
def test_what_belongs_to_one_customer_is_left_out_and_counted(
    base: KnowledgeBase, desk: LearnedEdits, after: str
):
    five(base, PATIENCE, after, request="I paid 18.50 EUR")
    learned = desk.learned()
    assert (learned.proposals, learned.left_out) == ((), 5)


def test_a_change_of_the_sentence_makes_older_edits_void_and_of_another_none(
    base: KnowledgeBase, desk: LearnedEdits, clock: Clock
):
    five(base, PATIENCE, BEAR)
    clock.on(timedelta(hours=1))
    elsewhere = BODY.replace("myself", "just now")
    base.put(make_template("en/lost/act", body=elsewhere, policies=("returns",)), actor="m")
    assert only(desk).body == elsewhere.replace(PATIENCE, BEAR)
    clock.on(timedelta(hours=1))
    base.put(make_template("en/lost/act", body="Something else."), actor="m")
    assert desk.learned().proposals == ()
    clock.on(timedelta(hours=1))
    base.put(TEMPLATE, actor="m")  # put back, it begins anew
    assert desk.learned().proposals == ()
    clock.on(timedelta(hours=1))
    five(base, PATIENCE, BEAR)
    assert only(desk).counts.times == 5


def test_what_was_dismissed_comes_back_with_as_many_new_edits(base: KnowledgeBase, desk: LearnedEdits):
    five(base, PATIENCE, BEAR, 6)
    name = only(desk).id
    desk.dismiss(name, actor="m", reason="not our tone")
    learned = desk.learned()
    assert learned.proposals == ()
    (dismissed,) = learned.dismissed
    assert (dismissed.proposal, dismissed.times, dismissed.reason) == (name, 6, "not our tone")
    with pytest.raises(NotFoundError):
        desk.accept(name, actor="m")
    five(base, PATIENCE, BEAR, 5)
    assert desk.learned().proposals == ()
    five(base, PATIENCE, BEAR, 1)
    assert (only(desk).id, only(desk).counts.times) == (name, 12)


def test_accepted_it_stands_in_the_history_and_can_be_undone(
    base: KnowledgeBase, desk: LearnedEdits, clock: Clock
):
    five(base, PATIENCE, BEAR)
    send(base, TEMPLATE)
    desk.accept(only(desk).id, actor="m")
    newest = base.history("template", "en/lost/act")[-1]
    assert newest.reason == "learned: changed alike in 5 of 6 replies by 2 agents since 2026-11-22"
    assert desk.learned().proposals == ()
    clock.on(timedelta(hours=1))
    base.put(TEMPLATE, actor="m", reason="put back")
    assert desk.learned().proposals == ()


def test_what_is_accepted_goes_through_the_gate(base: KnowledgeBase):
    five(base, PATIENCE, BEAR)
    desk = learned_over(base, Gate(base, gate=("wording",)))
    proposal = only(desk)
    with pytest.raises(BlockedError) as held:
        desk.accept(proposal.id, actor="m", body=f"{proposal.body} We apologise for the inconvenience.")
    assert "wording" in {one["check"] for one in held.value.findings if one["blocks"]}
    assert base.get("template", "en/lost/act") == TEMPLATE
    assert desk.accept(proposal.id, actor="m").body == proposal.body


def test_a_bundled_reply_becomes_the_desks_own_first(base: KnowledgeBase, desk: LearnedEdits):
    bundled = next(one for one in bundled_templates() if one.id == "en/later-angry/acknowledge/2")
    for n in range(5):
        send(base, bundled, "has not helped you", "was no help to you", actor=AGENTS[n % 2])
    accepted = desk.accept(only(desk).id, actor="m")
    assert accepted.body == bundled.body.replace("has not helped you", "was no help to you")
    first, second = base.history("template", bundled.id)
    assert isinstance(first.snapshot, ReplyTemplate)
    assert (first.snapshot.body, second.version) == (bundled.body, 2)
    assert base.find("template", "en/later-angry/acknowledge") is not None


def test_feedback_that_is_withdrawn_or_erased_counts_no_more(base: KnowledgeBase, desk: LearnedEdits):
    five(base, PATIENCE, BEAR)
    one = send(
        base, TEMPLATE, PATIENCE, BEAR, conversation="K-gone", values=VALUES | {"order_id": "TW-1234567"}
    )
    assert only(desk).counts.times == 6
    base.erasures.erase(Person(conversation_id="K-gone"), actor="m")
    assert only(desk).counts.times == 5
    assert base.template_edits.verdict(one) is None
    last = send(base, TEMPLATE)
    base.withdraw_feedback(last - 2, actor="ana")
    assert desk.learned().proposals == ()


def test_no_words_of_a_reply_stand_beside_the_feedback(base: KnowledgeBase, desk: LearnedEdits):
    five(base, PATIENCE, "Yours, Ana Ruiz, as ever.")
    assert only(desk).body.endswith("Yours, {{ customer_name }}, as ever.")
    kept = base.template_edits.of_sentence("en/lost/act", PATIENCE)
    assert "Ana" not in repr(kept)


def test_every_bundled_sentence_is_found_as_it_is_rendered():
    known = SlotValues(VALUES)
    for values in (known, SlotValues({})):
        for one in bundled_templates():
            if not one.language.startswith(("en", "de")):
                continue
            masked = "".join(
                mask(chunk.source.removeprefix("slot:")) if chunk.kind in ("slot", "gap") else chunk.text
                for chunk in render(one, values)
            )
            said = {plain(masked[start:end]) for start, end in sentence_spans(masked)}
            assert said <= sentences_of(one.body).keys(), one.id


EDITS = st.lists(
    st.tuples(
        st.sampled_from([PATIENCE, "myself"]), st.sampled_from(["Bye.", "Thanks a lot.", "10 EUR", ""])
    ),
    min_size=5,
    max_size=9,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_one_agent_alone_never_makes_a_proposal(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, str]]
):
    with open_base(tmp_path_factory.mktemp("alone")) as base:
        base.put_many([make_article(), TEMPLATE], actor="t")
        for before, after in edits:
            send(base, TEMPLATE, before, after, actor="ana")
        assert learned_over(base).learned().proposals == ()
        send(base, TEMPLATE, *edits[0], actor="ben")
        wanted = sum(
            (one[0], one[1].strip(".").lower()) == (edits[0][0], edits[0][1].strip(".").lower())
            for one in edits
        )
        assert bool(learned_over(base).learned().proposals) == (wanted + 1 >= 5)
