"""Review: closed conversations become candidates; people or written rules decide; personal data stays out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot.review.desk import Review
from copilot.review.merging import merged_outcome
from copilot.review.rules import Rule, first_fitting, read_rules
from knowledge_base.conversation_log import Arriving
from knowledge_base.errors import ConflictError, InputError, NotPublisherError, RecordError
from knowledge_base.models import Case, Conversation, Customer, Feedback, Message, Outcome
from knowledge_base.store import KnowledgeBase
from tests.builders import make_case, open_base
from tests.review_fakes import build_review

TALK = Conversation(
    id="K-7",
    channel="email",
    title="Lamp of order TW-481920 broken",
    customer=Customer(name="Ana Ruiz"),
    slots={"order_id": "TW-481920", "csat": "5"},
    messages=(
        Message(
            "customer",
            "Hello Maya,\n\nmy lamp from order TW-481920 arrived broken. I live in 12 Hill Street, Leeds. "
            "Can I have another one?\n\nKind regards,\nAna Ruiz",
        ),
        Message("note", "Ana called twice, she is the neighbour of Tom."),
        Message(
            "agent",
            "Hello Ana,\n\nI am sorry that your lamp arrived broken. I have sent a replacement for order "
            "TW-481920 today. You need not send the broken lamp back.\n\nKind regards,\nMaya",
        ),
        Message("customer", "Thank you so much!"),
    ),
)
SAID = ("Ana", "Ruiz", "Maya", "TW-481920", "Hill", "Leeds", "neighbour", "Tom")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        base.put(make_case("C-1", problem="The lamp arrived broken.", title="Broken lamp"), actor="t")
        yield base


@pytest.fixture
def review(base: KnowledgeBase) -> Review:
    return build_review(base)


def closed(base: KnowledgeBase, talk: Conversation = TALK) -> None:
    base.conversations.receive(talk)
    base.conversations.settle(talk.id or "", "closed")


def test_a_closed_conversation_becomes_a_candidate_once(base: KnowledgeBase, review: Review) -> None:
    base.conversations.receive(TALK)
    assert review.gather().added == 0  # it is open
    base.conversations.settle("K-7", "closed")
    gathered = review.gather()
    assert (gathered.added, gathered.by_rule, gathered.more) == (1, 0, False)
    assert review.gather().added == 0
    [one] = review.list()
    case = one.document["case"]
    assert (one.conversation_id, one.state, case["id"]) == ("K-7", "waiting", "R-K-7")
    assert case["title"] == "Lamp of order [order_id] broken"
    assert "my lamp from order [order_id] arrived broken" in case["problem"].replace("My", "my")
    assert "I have sent a replacement for order [order_id] today" in case["steps"]
    assert case["resolution"].startswith("I have sent a replacement")
    assert case["reply"].startswith("I am sorry that your lamp arrived broken.")
    assert case["outcome"] == {"resolved": True, "reopened": False, "csat": 5, "handle_minutes": None}
    assert (case["language"], case["channel"], case["messages"]) == ("en", "email", [])
    assert case["source"]["id"] == "K-7"
    assert one.document["near"][0]["id"] == "C-1"
    assert -1 <= one.document["near"][0]["similarity"] <= 1
    told = json.dumps(one.document)
    assert [word for word in SAID if word in told] == []


NAMES = st.sampled_from(["Ana Ruiz", "Li", "Jürgen Groß", "O'Neil", "María-José de la Cruz", "王小明", "may"])
ORDERS = st.from_regex(r"[A-Z]{2}-[0-9]{5,8}", fullmatch=True)
WORDS = st.lists(
    st.sampled_from(
        ["please", "my order", "is late", "thanks", "I live in Leeds.", "Why?", "call 0341 223344"]
    ),
    max_size=6,
).map(" ".join)


@given(name=NAMES, order=ORDERS, before=WORDS, after=WORDS, answer=WORDS, lower=st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_names_and_values_that_are_known_never_stand_in_a_candidate(
    name: str, order: str, before: str, after: str, answer: str, lower: bool
) -> None:
    from copilot.review.candidate import candidate_of
    from copilot.understand.language import LanguageDetector
    from copilot.understand.understand import Understander
    from knowledge_base.conversation_heads import ConversationHead
    from knowledge_base.conversation_log import StoredConversation
    from tests.builders import NOON

    said = f"{before} this is {name.lower() if lower else name} with {order} {after}"
    reply = f"Dear {name},\n\n{answer} {name}, order {order} goes out today. {answer}"
    talk = Conversation(
        (Message("customer", said), Message("agent", reply)), "K", customer=Customer(name), title=said,
        slots={"order_id": order},
    )  # fmt: skip
    head = ConversationHead(
        "K", "closed", 1, 2, said, None, name, "en", None, None, None, None, NOON, NOON,
        talk.messages[-1], "x",
    )  # fmt: skip
    reader = Understander(LanguageDetector(("en",)))
    made = candidate_of(StoredConversation(talk, head), reader.understand(talk)[0])
    assert made is not None
    case = made.case
    told = "\n".join([case.title or "", case.problem, case.resolution, case.reply or "", *case.steps])
    plain = re.sub(r"\[[a-z_]+\]", " ", told)
    for word in (*re.split(r"[\s-]+", name), order):
        assert not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain, re.IGNORECASE), (word, told)


def test_a_reopened_conversations_candidate_goes_and_comes_back(base: KnowledgeBase, review: Review) -> None:
    closed(base)
    review.gather()
    [first] = review.list()
    base.conversations.append("K-7", [Arriving(Message("customer", "It is broken again!"))])
    assert review.gather().reopened == 1
    assert review.list() == []
    assert review.read(first.id).document == {}
    with pytest.raises(ConflictError):
        review.accept(first.id, "maya", version=first.version)
    base.conversations.append("K-7", [Arriving(Message("agent", "I have refunded your lamp in full."))])
    base.conversations.settle("K-7", "closed")
    assert review.gather().added == 1
    [second] = review.list()
    assert second.document["case"]["outcome"]["reopened"] is True
    base.conversations.settle("K-7", "open")
    base.conversations.settle("K-7", "closed")
    assert (review.gather().added, [one.id for one in review.list()]) == (0, [second.id])


def test_what_nobody_answered_is_no_case(base: KnowledgeBase, review: Review) -> None:
    closed(base, Conversation((Message("customer", "Hello?"),), "K-8"))
    review.gather()
    [one] = review.list("rejected")
    assert (one.who, one.reason, one.document) == ("precedent", "nobody answered the customer", {})


def test_policy_is_that_of_the_draft_that_was_used(base: KnowledgeBase, review: Review) -> None:
    spans = [{"start": 0, "end": 1, "kind": "policy", "source": "article:lost#traces"}]
    base.keep_suggestion("S-1", "K-7", {"draft": {"text": "x", "spans": spans}})
    base.add_feedback(Feedback("S-1", "edited"), actor="maya")
    closed(base)
    review.gather()
    assert review.list()[0].document["case"]["policies"] == ["lost#traces"]


def test_accepting_editing_and_two_reviewers_at_once(base: KnowledgeBase, review: Review) -> None:
    closed(base)
    review.gather()
    [one] = review.list()
    edited = review.edit(one.id, {"title": "Lamp broken", "category": "damaged"}, version=one.version)
    assert (edited.version, edited.document["probability"]) == (one.version + 1, 1.0)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        review.accept(one.id, "tom", version=one.version)
    assert base.find("case", "R-K-7") is None  # neither the decision nor the case
    done = review.accept(one.id, "tom", version=edited.version)
    assert (done.state, done.who, done.case_id) == ("accepted", "tom", "R-K-7")
    case = base.get("case", "R-K-7")
    assert isinstance(case, Case)
    assert (case.status, case.title, case.category) == ("published", "Lamp broken", "damaged")
    with pytest.raises(ConflictError, match="accepted already"):
        review.reject(one.id, "eve", "no", version=edited.version)
    with pytest.raises(ConflictError):
        review.accept(one.id, "eve", version=done.version)


def test_a_text_that_lacks_must_be_written_before(base: KnowledgeBase, review: Review) -> None:
    closed(base)
    review.gather()
    [one] = review.list()
    bare = review.edit(one.id, {"resolution": ""}, version=one.version)
    with pytest.raises(RecordError, match="resolution"):
        review.accept(one.id, "tom", version=bare.version)
    with pytest.raises(InputError, match="no field"):
        review.edit(one.id, {"id": "C-1"}, version=bare.version)
    assert review.read(one.id).state == "waiting"


def test_who_may_not_publish_proposes(base: KnowledgeBase) -> None:
    review = build_review(base, publishers=("maria",))
    closed(base)
    review.gather()
    [one] = review.list()
    with pytest.raises(NotPublisherError, match="may propose"):
        review.accept(one.id, "tom", version=one.version, status="published")
    with pytest.raises(NotPublisherError):
        review.merge(one.id, "C-1", "tom", version=one.version)
    proposed = review.accept(one.id, "tom", version=one.version)
    assert base.get("case", "R-K-7").status == "pending"
    with pytest.raises(ConflictError):
        review.accept(one.id, "tom", version=proposed.version)
    review.accept(one.id, "maria", version=proposed.version)
    assert base.get("case", "R-K-7").status == "published"


def test_merging_adds_the_outcome_and_keeps_the_link(base: KnowledgeBase, review: Review) -> None:
    closed(base)
    review.gather()
    [one] = review.list()
    done = review.merge(one.id, "C-1", "tom", version=one.version)
    case = base.get("case", "C-1")
    assert isinstance(case, Case)
    assert (case.outcome.resolved, case.outcome.csat, case.resolution) == (True, 5, "Sent a replacement.")
    assert [two.id for two in review.list(None, case_id="C-1")] == [one.id]
    assert (done.state, base.history("case", "C-1")[-1].reason) == (
        "merged",
        "merged with the conversation K-7",
    )


OUTCOMES = st.builds(
    Outcome,
    resolved=st.none() | st.booleans(),
    reopened=st.none() | st.booleans(),
    csat=st.none() | st.integers(1, 5),
    handle_minutes=st.none() | st.floats(0, 1e6),
)


@given(OUTCOMES, OUTCOMES)
def test_merged_outcomes_hide_no_trouble(one: Outcome, two: Outcome) -> None:
    both = merged_outcome(one, two)
    assert both == merged_outcome(two, one)
    assert merged_outcome(one, Outcome()) == one
    assert (both.resolved is False) == (False in (one.resolved, two.resolved))
    assert (both.reopened is True) == (True in (one.reopened, two.reopened))
    assert both.csat == min((c for c in (one.csat, two.csat) if c is not None), default=None)


RULES = """
[[rule]]
name = "sure ones"
category = "lost_parcel"
confidence = 0.5
csat = 5
then = "publish"
by = "maria"

[[rule]]
name = "no social media"
channel = "social"
then = "reject"
by = "maria"
reason = "said in public, answered elsewhere"
"""


def test_rules_are_tried_first_and_act_only_when_written(base: KnowledgeBase, tmp_path: Path) -> None:
    file = tmp_path / "review.toml"
    review = build_review(base, rules=file)
    closed(base)
    assert review.gather().by_rule == 0
    assert [one.state for one in review.list(None)] == ["waiting"]
    file.write_text(RULES)
    [sure, social] = review.trial()
    assert (len(sure.waiting), social.waiting) == (1, ())
    assert review.gather().by_rule == 0  # what waits goes on waiting
    closed(base, Conversation(TALK.messages, "K-9", channel="social"))
    closed(base, Conversation(TALK.messages, "K-10", slots={"csat": "5"}))
    assert review.gather().by_rule == 2
    [rejected], [accepted] = review.list("rejected"), review.list("accepted")
    assert (rejected.rule, rejected.who) == ("no social media", "maria")
    assert rejected.reason == "said in public, answered elsewhere"
    assert (accepted.rule, accepted.who) == ("sure ones", "maria")
    assert base.get("case", "R-K-10").status == "published"


def test_a_rule_of_somebody_who_may_not_publish_leaves_it_waiting(
    base: KnowledgeBase, tmp_path: Path
) -> None:
    (tmp_path / "review.toml").write_text(RULES)
    review = build_review(base, rules=tmp_path / "review.toml", publishers=("tom",))
    closed(base)
    assert review.gather().by_rule == 0
    assert [one.state for one in review.list()] == ["waiting"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rule = 3", "nothing but rules"),
        ("[[rule]]\nname='a'\nthen='burn'\nby='m'\ncsat=5", "'then' is one of"),
        ("[[rule]]\nname='a'\nthen='reject'\nby='m'", "no condition"),
        ("[[rule]]\nname='a'\nthen='reject'\ncsat=5", "write 'by'"),
        ("[[rule]]\nname='a'\nthen='reject'\nby='m'\ncsat=true", "'csat' is a number from 1 to 5"),
        ("[[rule]]\nname='a'\nthen='reject'\nby='m'\nconfidence=2", "from 0 to 1"),
        ("[[rule]]\nname='a'\nthen='reject'\nby='m'\ncategroy='x'", "no field 'categroy'"),
        ("[[rule]]\nname='a'\nthen='reject'\nby='m'\ncsat=5\n" * 2, "one name"),
        ("[[rule", "can't be read"),
    ],
)
def test_wrong_rules_are_named_and_nothing_is_done(
    base: KnowledgeBase, tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "review.toml").write_text(text)
    closed(base)
    review = build_review(base, rules=tmp_path / "review.toml")
    with pytest.raises(InputError, match=re.escape(told)):
        review.gather()
    assert review.list(None) == []


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["a", "b", None]))
def test_a_rule_never_acts_below_what_it_asks(least: float, sure: float, category: str | None) -> None:
    rule = Rule("r", "publish", "m", category="a", confidence=least)
    outcome = {"csat": None, "resolved": None}
    case: dict[str, Any] = {"category": category, "channel": None, "language": "en", "outcome": outcome}
    document = {"case": case, "probability": sure, "near": []}
    assert (first_fitting([rule], document) is rule) == (category == "a" and sure >= least)


def test_no_file_is_no_rule(tmp_path: Path) -> None:
    assert read_rules(tmp_path / "review.toml") == ()
    assert read_rules(None) == ()


def chat(base: KnowledgeBase, *said: str) -> None:
    """A closed chat; customer and agent in turn."""
    roles = ("customer", "agent") * len(said)
    messages = tuple(Message(role, text) for role, text in zip(roles, said, strict=False))
    closed(base, Conversation(messages, "K-8", channel="chat"))


def test_of_two_subjects_the_one_answered_at_length_becomes_the_case(
    base: KnowledgeBase, review: Review
) -> None:
    chat(
        base,
        "hello, does anybody work here",
        "Hello, this is Tom. What can I do for you?",
        "my parcel hasn't moved in ages, tracking is stuck",
        "Let me check. I have asked the carrier to look for the parcel, and sent the search form with it.",
        "Perfect, thanks! By the way, do your gift cards still work in the other shops?",
        "They do.",
    )
    review.gather()
    [one] = review.list()
    case = one.document["case"]
    assert case["title"].startswith("My parcel hasn't moved in ages")
    assert "gift cards" not in case["problem"]
    assert "anybody" not in case["problem"]
    assert (
        case["resolution"]
        == "I have asked the carrier to look for the parcel, and sent the search form with it."
    )
    assert one.document["others"] == 1


def test_a_short_last_answer_is_told_with_those_before_it(base: KnowledgeBase, review: Review) -> None:
    chat(
        base,
        "I would like to put my coffee subscription on hold",
        "Sure, I can put the subscription on hold. Does that help?",
        "yes. and does that cost me anything",
        "No, nothing at all.",
    )
    review.gather()
    [one] = review.list()
    assert one.document["case"]["resolution"].split("\n") == [
        "Sure, I can put the subscription on hold.",
        "No, nothing at all.",
    ]
    assert one.document["others"] == 0
