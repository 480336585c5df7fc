"""Gaps on a base small enough to be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.gaps.clusters import FEWEST, groups
from copilot.gaps.desk import Gaps
from copilot.gaps.models import Gap
from copilot.gaps.naming import names
from copilot.gaps.slow import slow
from copilot.gaps.trend import trend
from knowledge_base import schema
from knowledge_base.errors import InputError, NotFoundError
from knowledge_base.gaps import Handled
from knowledge_base.models import Case, Feedback, Message, Outcome
from knowledge_base.personal.person import Person
from knowledge_base.store import KnowledgeBase
from knowledge_base.verdicts import Asked
from tests.builders import NOON, Clock, make_article, make_case, make_conversation, make_template, open_base
from tests.command import run
from tests.fakes import WordHashEmbedder
from tests.gap_fakes import FakeNearest
from tests.review_fakes import build_review

DAY = timedelta(days=1)
BICYCLES = "Do you rent out bicycles for the weekend?"
LAMPS = "Which bulb fits the reading lamp?"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def base(tmp_path: Path, clock: Clock) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path, clock=clock) as base:
        yield base


@pytest.fixture
def nearest() -> FakeNearest:
    return FakeNearest()


@pytest.fixture
def desk(base: KnowledgeBase, clock: Clock, nearest: FakeNearest) -> Gaps:
    return Gaps(base, build_review(base), WordHashEmbedder(), nearest, floor=0.3, clock=clock)


def asked(
    base: KnowledgeBase, clock: Clock, number: int, text: str, *, days: float, shown: tuple[str, ...] = (),
    language: str = "en", **understanding: Any,
) -> None:  # fmt: skip
    """A conversation of so many days ago, with a suggestion that showed these items; S-NUMBER."""
    now, clock.now = clock.now, NOON - days * DAY
    told = {"request": text, "language": language, "category": None, "stage": "first", **understanding}
    document = {
        "understanding": told,
        "cases": [
            {"id": one[5:], "category": "lost_parcel"} for one in shown if one.startswith("case:")
        ],
        "passages": [{"article_id": one[8:]} for one in shown if one.startswith("article:")],
        "draft": {
            "text": "…",
            "spans": [{"kind": "template", "source": one} for one in shown if one.startswith("template:")],
        },
    }  # fmt: skip
    base.conversations.receive(make_conversation(text, id=f"K-{number}"))
    base.keep_suggestion(f"S-{number}", f"K-{number}", document)
    clock.now = now


def told(base: KnowledgeBase, number: int, verdict: str, item: str, actor: str = "maya") -> int:
    return base.add_feedback(Feedback(f"S-{number}", verdict, item), actor=actor)  # type: ignore[arg-type]


def only(desk: Gaps) -> Gap:
    (one,) = desk.open()
    return one.gap


def test_what_nothing_answers(base: KnowledgeBase, clock: Clock, desk: Gaps) -> None:
    for n in range(6):
        asked(base, clock, n, BICYCLES, days=n + 1)
    for n in range(6, 8):  # too few to be a gap
        asked(base, clock, n, LAMPS, days=n)
    asked(base, clock, 8, "Where is my parcel?", days=3, shown=("case:C-1",))
    asked(base, clock, 9, "Hello!", days=3, stage="greeting")  # asks for nothing
    asked(base, clock, 10, BICYCLES, days=100)  # too long ago
    asked(base, clock, 11, BICYCLES, days=5)
    asked(base, clock, 11, BICYCLES, days=4, shown=("case:C-1",))  # answered by then
    found = desk.found(anew=True)
    basis = found.basis
    assert (basis.asked, basis.nothing, basis.rejected, basis.singles, basis.apart) == (10, 8, 0, 2, 0)
    gap = only(desk)
    assert [one.conversation for one in gap.members] == [f"K-{n}" for n in range(5, -1, -1)]
    assert gap.name == "rent out bicycles · weekend"
    assert gap.questions == (BICYCLES,)
    assert (gap.category, gap.languages) == ("moon", (("en", 6),))
    assert gap.miss is not None
    assert (gap.miss.id, gap.miss.confidence) == ("lost-parcels", 0.12)
    assert (gap.trend.recent, gap.trend.before, gap.trend.way) == (6, 0, "too_few")  # nothing before at all
    assert not gap.solved


def test_what_agents_told_wrong_is_told_apart(base: KnowledgeBase, clock: Clock, desk: Gaps) -> None:
    for n in range(5):
        asked(base, clock, n, BICYCLES, days=n + 1, shown=("case:C-1", "article:returns"))
    for n in range(3):  # all of it
        told(base, n, "wrong", "case:C-1")
        told(base, n, "rejected", "article:returns#cost")
    told(base, 3, "wrong", "case:C-1")  # the article may have helped
    for item in ("case:C-1", "article:returns"):
        taken_back = told(base, 4, "wrong", item)
        base.withdraw_feedback(taken_back, actor="maya")
    told(base, 2, "helpful", "case:C-1", "tom")  # a colleague holds otherwise
    told(base, 2, "helpful", "article:returns", "tom")
    assert (desk.found(anew=True).basis.rejected, desk.open()) == (2, [])
    asked(base, clock, 9, BICYCLES, days=1)
    assert desk.found(anew=True).basis.nothing == 1
    gap = only(desk)
    assert (gap.why("nothing"), gap.why("rejected")) == (1, 2)


def test_a_gap_that_is_answered_by_now_leaves(
    base: KnowledgeBase, clock: Clock, desk: Gaps, nearest: FakeNearest
) -> None:
    for n in range(3):
        asked(base, clock, n, BICYCLES, days=n + 1)
    nearest.confidence = 0.8
    assert [one.answered for one in desk.found(anew=True).gaps] == [True]
    assert desk.open() == []


def test_vectors_are_kept_and_languages_that_are_not_read_stand_apart(
    base: KnowledgeBase, clock: Clock, desk: Gaps, nearest: FakeNearest
) -> None:
    embedder = WordHashEmbedder()
    nearest.unread = frozenset({"es"})
    vector = embedder.embed(["bicycle"])[0].astype(np.float16).tobytes()
    for n in range(3):  # translated: told by the translation's vector
        document = {"understanding": {"request": f"¿Bicis {n}?", "language": "es"}, "cases": []}
        base.keep_suggestion(
            f"T-{n}", f"T-{n}", document, asked=Asked(embedder.digest, vector, language="en")
        )
    for n in range(4):  # not translated, and nothing else is told in Spanish
        asked(base, clock, n, "¿Alquilan bicicletas?", days=n + 1, language="es")
    found = desk.found(anew=True)
    assert (found.basis.apart, found.basis.singles) == (4, 0)
    gap = only(desk)
    assert ([one.conversation for one in gap.members], gap.languages) == (
        ["T-0", "T-1", "T-2"],
        (("es", 3),),
    )


def test_a_dismissed_gap_comes_back_with_more_of_its_kind(
    base: KnowledgeBase, clock: Clock, desk: Gaps
) -> None:
    for n in range(4):
        asked(base, clock, n, BICYCLES, days=n + 1)
    gap = only(desk)
    with pytest.raises(InputError, match="say why"):
        desk.dismiss(gap.id, "  ", who="maya")
    kept = desk.dismiss(gap.id, "not ours", who="maya")
    assert desk.open() == []
    assert [(d.decision.who, d.decision.why, d.decision.conversations) for d in desk.decided()] == [
        ("maya", "not ours", 4)
    ]
    for n in range(4, 7):
        asked(base, clock, n, BICYCLES, days=-1 - n)
        clock.now = NOON + 9 * DAY
        desk.found(anew=True)
        fresh = [(one.before and one.before.decision.why, one.fresh) for one in desk.open()]
        assert fresh == ([] if n < 6 else [("not ours", 3)])
    desk.undo(kept.id, who="tom")
    assert [one.before for one in desk.open()] == [None]
    with pytest.raises(NotFoundError):
        desk.undo(kept.id, who="tom")
    with pytest.raises(NotFoundError):
        desk.gap("0" * 12)


def test_an_article_is_proposed_and_begun(base: KnowledgeBase, clock: Clock, desk: Gaps) -> None:
    for n in range(3):
        asked(base, clock, n, f"{BICYCLES} ana{n}@example.com", days=n + 1)
    gap = only(desk)
    article = desk.proposal(gap.id).article
    assert article is not None
    assert (article.id, article.title, article.status) == (
        "rent-out-bicycles-weekend",
        "Rent out bicycles · weekend",
        "pending",
    )
    assert "example.com" not in article.body
    assert article.body.count("## ") == 5
    assert f"- {BICYCLES} [EMAIL]" in article.body
    with pytest.raises(InputError, match="write an article"):
        desk.proposal(gap.id, "case")
    kept = desk.accept(gap.id, who="maya")
    assert kept.decision.made == "article:rent-out-bicycles-weekend"
    assert base.get("article", "rent-out-bicycles-weekend").status == "pending"
    assert desk.open() == []
    desk.undo(kept.id, who="maya")
    assert base.get("article", "rent-out-bicycles-weekend").status == "retired"
    assert desk.accept(gap.id, who="maya").decision.made == "article:rent-out-bicycles-weekend-2"


def test_a_case_is_proposed_where_an_agent_solved_it(base: KnowledgeBase, clock: Clock, desk: Gaps) -> None:
    for n in range(3):
        asked(base, clock, n, BICYCLES, days=n + 1)
    base.conversations.reply("K-1", "We rent out bicycles in the shop by the harbour.", seen=1)
    base.conversations.settle("K-1", "closed")
    base.conversations.settle("K-2", "closed")  # nobody answered it
    gap = only(desk)
    assert gap.solved == ("K-1",)
    proposal = desk.proposal(gap.id)
    assert proposal.conversation == "K-1"
    assert isinstance(proposal.case, Case)
    assert "rent out bicycles in the shop" in proposal.case.resolution
    kept = desk.accept(gap.id, who="maya")
    (candidate,) = base.review.list("waiting")
    assert kept.decision.made == f"candidate:{candidate.id}"
    assert candidate.conversation_id == "K-1"
    assert desk.accept(gap.id, who="maya").decision.made == kept.decision.made  # the same one


def test_slow_categories_with_their_doubt() -> None:
    def cases(category: str, minutes: list[float]) -> list[Handled]:
        return [Handled(category, one, 1, False) for one in minutes]

    handled = [
        *cases("lost", [30.0 + n for n in range(10)]),
        *cases("late", [5.0] * 30),
        *cases("odd", [5.0] * 9 + [500.0]),  # one long case is no claim
        *cases("rare", [90.0] * 9),  # too few
    ]
    found, few = slow(handled, {"lost": 40, "late": 90, "odd": 20, "rare": 5})
    assert few == 1
    (one,) = found
    assert (one.category, one.asked, one.minutes.n) == ("lost", 40, 10)
    # The median of 30 to 39; of ten values the second lies below the true median in 98.9 of 100 cases.
    assert (one.minutes.value, one.minutes.low, one.minutes.desk) == (34.5, 31.0, 5.0)
    assert one.hours == pytest.approx(40 * 34.5 / 60)
    assert not one.turns.more
    assert slow(handled, {"late": 90})[0] == []  # nobody asks for the slow one


def test_never_used(base: KnowledgeBase, clock: Clock, desk: Gaps) -> None:
    clock.now = NOON - 200 * DAY
    base.put_many(
        [
            *(make_case(f"C-{n}") for n in range(1, 5)),
            make_case("C-moon", category="moon"),
            make_article("returns"),
            make_article("returns-es", translation_of="returns", language="es"),
            make_template("en/lost/act", category="lost_parcel"),
        ],
        actor="ann",
    )
    clock.now = NOON - DAY
    base.put(make_case("C-young"), actor="ann")
    clock.now = NOON
    for n in range(6):
        shown = ("case:C-1", "case:C-2", "template:en/lost/act", *(["case:C-3"] if n < 2 else []))
        asked(base, clock, n, "Where is my parcel?", days=n + 1, shown=shown, category="lost_parcel")
        base.conversations.amend(f"K-{n}", {"corrections": {"category": "lost_parcel"}})
    told(base, 0, "used", "draft")  # of the first case of the category, and of the template
    kinds = {one.kind: one for one in desk.found(anew=True).unused}
    cases = kinds["case"]
    assert (cases.published, cases.never_shown, cases.never_used) == (6, 1, 1)
    assert (cases.unasked, cases.young, cases.few) == (1, 1, 1)
    assert [(one.id, one.shown, one.asked) for one in cases.items] == [("C-2", 6, 6), ("C-4", 0, 6)]
    assert [(one.id, one.shown) for one in kinds["article"].items] == [("returns", 0)]
    assert kinds["template"].items == ()


def test_the_slow_of_a_base(base: KnowledgeBase, clock: Clock, desk: Gaps) -> None:
    ended = [("lost", 60.0 - n % 2) for n in range(24)] + [("late", 5.0)] * 40
    base.put_many(
        [
            make_case(
                f"C-{n}",
                category=category,
                outcome=Outcome(True, n < 10, None, minutes),
                messages=(Message("customer", "?"), Message("agent", "!")),
                problem=BICYCLES if n % 2 else LAMPS,
                resolved_at=NOON - 9 * DAY,
            )
            for n, (category, minutes) in enumerate(ended)
        ],
        actor="ann",
    )
    (one,) = desk.found(anew=True).slow  # without conversations the cases tell what is asked
    assert (one.category, one.asked, one.minutes.value, one.turns.value) == ("lost", 24, 59.5, 1.0)
    assert (one.reopened.value, one.reopened.more) == (10 / 24, True)
    assert [(kind.name, kind.n, kind.minutes) for kind in one.kinds] == [
        ("fits the reading · bulb · lamp", 12, 60.0),
        ("rent out bicycles · weekend", 12, 59.0),
    ]


def test_nothing_at_all(desk: Gaps) -> None:
    found = desk.found()
    assert (found.basis.asked, found.gaps, found.slow) == (0, (), ())
    assert desk.found() is found


@pytest.mark.parametrize(
    ("counts", "way"),
    [
        ((3, 2, 500, 500), "too_few"),
        ((6, 0, 500, 500), "up"),
        ((0, 6, 500, 500), "down"),
        ((5, 1, 500, 500), "level"),
        ((20, 10, 1000, 500), "level"),  # twice as much is asked of everything
        ((20, 0, 900, 0), "too_few"),  # the desk is too young
    ],
)
def test_trend(counts: tuple[int, int, int, int], way: str) -> None:
    assert trend(*counts).way == way


def test_names_keep_what_is_personal_out() -> None:
    group = [f"My name is Ana Ruiz, do you gift wrap order ORD-4711{n}?" for n in range(4)]
    other = ["Which bulb fits the lamp?"] * 4
    assert names([group, other], ["en", "en"]) == ["gift wrap order · name", "fits the lamp · bulb"]
    assert names([["Is it?", "Was it so?"]], ["en"]) == ["Is it?"]


@given(st.lists(st.integers(0, 4), max_size=25), st.randoms(use_true_random=False))
def test_groups_hold_each_row_once_and_do_not_hang_on_their_order(topics: list[int], random: Any) -> None:
    vectors = np.eye(8, dtype=np.float32)[topics].reshape(-1, 8)
    found = groups(vectors)
    assert [sorted({topics[row] for row in rows}) for rows in found] == [[topics[rows[0]]] for rows in found]
    assert sorted(row for rows in found for row in rows) == [
        row for row, topic in enumerate(topics) if topics.count(topic) >= FEWEST
    ]
    order = list(range(len(topics)))
    random.shuffle(order)
    again = groups(vectors[order])
    assert {frozenset(order[row] for row in rows) for rows in again} == {frozenset(rows) for rows in found}


def test_rows_beyond_what_is_paired_join(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copilot.gaps.clusters.MOST_PAIRED", 6)
    vectors = np.eye(8, dtype=np.float32)[[0, 7, 1, 0, 0, 1, 1, 0, 0, 1]]
    assert groups(vectors) == [[0, 3, 4, 7, 8], [2, 5, 6, 9]]


def test_an_erased_customer_leaves_gaps(base: KnowledgeBase, clock: Clock, desk: Gaps) -> None:
    for n in range(3):
        asked(base, clock, n, BICYCLES, days=n + 1, shown=("template:x",))
    desk.dismiss(only(desk).id, "Ana Ruiz asked for it thrice", who="maya")
    base.erasures.erase(Person(conversation_id="K-1"), actor="maya")
    (left,) = desk.decided()
    assert "Ruiz" not in (left.decision.why or "")
    assert base.gaps.seen(NOON - 90 * DAY)["template:x"].shown == 2


def test_an_older_base_is_read_once(tmp_path: Path, clock: Clock) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    with open_base(tmp_path, clock=clock) as base:
        asked(base, clock, 1, BICYCLES, days=1, shown=("case:C-1", "template:en/act"))
        asked(base, clock, 2, BICYCLES, days=1)
        asked(base, clock, 3, "Thanks!", days=1, stage="thanks")
        base.keep_suggestion("S-odd", None, {"draft": "no suggestion at all"})
        before = base.gaps.seen(NOON - 9 * DAY), base.gaps.answered(NOON - 9 * DAY)
    engine = create_engine(f"sqlite:///{tmp_path / 'precedent.db'}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0014")
    engine.dispose()
    with open_base(tmp_path, clock=clock) as base:
        assert (base.gaps.seen(NOON - 9 * DAY), base.gaps.answered(NOON - 9 * DAY)) == before
        assert before[0].keys() == {"case:C-1", "template:en/act"}
        assert [one.found for one in before[1]] == [1, 0]


def test_the_command(tmp_path: Path) -> None:
    with open_base(tmp_path):
        pass
    told = run("gaps", "--json", data=tmp_path).json
    assert (told["basis"]["asked"], told["gaps"], [one["kind"] for one in told["unused"]]) == (
        0, [], ["case", "article", "template"],
    )  # fmt: skip
    assert run("gaps", data=tmp_path).out.startswith("of 0 conversations since")
    assert "give one of" in run("gaps", "--undo", 1, "--dismiss", "x", data=tmp_path).failure
    assert "there is no decision" in run("gaps", "--undo", 7, data=tmp_path).failure
