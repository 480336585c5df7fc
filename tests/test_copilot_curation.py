"""Duplicates, merging and contradictions: what is one, what only looks it, and what undoing gives back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import astuple, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.curation.candidates import near_rows
from copilot.curation.contradictions import (
    Contradiction,
    Statement,
    between_cases,
    could_contradict,
    with_policy,
)
from copilot.curation.desk import Curation, Seen
from copilot.curation.duplicates import groups_of
from copilot.curation.echoes import Echoes, Heard, echo
from copilot.curation.figures import differing, figures_in
from copilot.curation.merge import merge, undo
from copilot.curation.traits import Echo, Pair, Read, Told, beside, compare, problem_of
from indexer.build import build_index, recipe_of
from indexer.embedder import Encoded, SentenceEmbedder
from indexer.live import LiveIndex
from knowledge_base.errors import ConflictError, InputError, ModelError, NotFoundError
from knowledge_base.models import Case, Outcome
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, open_base
from tests.fakes import WordHashEmbedder

TODAY = date(2026, 11, 22)
PROBLEM = "The password link in the mail no longer works in the evening."
FIX = "The reset link lives 60 minutes: send a new one while the customer waits."
FIRST = make_case("C-1", problem=PROBLEM, resolution=FIX, category="login", product="Kettle")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


def pair(first: Case, second: Case) -> Pair:
    embedder = WordHashEmbedder(dim=512)
    vectors = embedder.embed([problem_of(first), problem_of(second), first.resolution, second.resolution])
    told = compare(Read.of(first, vectors[0], vectors[2]), Read.of(second, vectors[1], vectors[3]))
    return next(Echoes(embedder).heard([told]))


def curation(base: KnowledgeBase, folder: Path) -> Curation:
    embedder = WordHashEmbedder()
    build_index(base, folder / "index", embedder)
    return Curation(base, LiveIndex(folder / "index", recipe_of(embedder)).current, embedder)


@pytest.mark.parametrize(
    ("first", "second", "measures"),
    [
        ("valid for 60 minutes", "valid for one hour", ()),
        ("within 2 weeks", "within 14 days", ()),
        ("within 3 working days", "within 3 days", ()),
        ("€50 back", "50.00 EUR back", ()),
        ("€50 back", "€60 back", ("amount",)),
        ("within 2 weeks", "within 10 days", ("time",)),
        ("10 % off for 2 years", "20 % off for 24 months", ("percent",)),
        ("after 5 working days", "soon", ()),
        ("5 working days, then 3 more working days", "after 5 working days", ()),
    ],
)
def test_figures_compare_by_what_they_measure(first: str, second: str, measures: tuple[str, ...]):
    assert differing(figures_in(first), figures_in(second)) == measures


@pytest.mark.parametrize(
    ("changed", "duplicate"),
    [
        ({}, True),
        ({"resolution": FIX.replace("60 minutes", "1 hour")}, True),
        ({"resolution": FIX.replace("60 minutes", "24 hours")}, False),
        ({"product": "Tall Kettle"}, True),
        ({"product": None}, True),
        ({"product": "Lamp"}, False),
        ({"category": "account"}, False),
        ({"problem": "A lamp flickers.", "resolution": "Send another lamp."}, False),
    ],
)
def test_a_case_told_again_is_a_duplicate_unless_a_trait_differs(changed: dict[str, str], duplicate: bool):
    assert pair(FIRST, replace(FIRST, id="C-2", **changed)).duplicate is duplicate


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=6), st.lists(st.sampled_from("abcd")))
def test_comparing_knows_no_order(one: list[str], other: list[str]):
    first = replace(FIRST, problem=" ".join(one) + " 5 days")
    second = replace(FIRST, id="C-2", problem=" ".join(other) + " 6 days")
    there, back = pair(first, second), pair(second, first)
    assert there.likeness == pytest.approx(back.likeness)
    assert (there.apart, there.asked, there.settled) == (back.apart, back.asked, back.settled)


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_an_echo_knows_no_order_and_is_whole_for_a_copy(one: str, other: str, n: int, m: int, seed: int):
    generator = np.random.default_rng(seed)
    first, second = (
        Heard.of(text, Encoded(np.ones(4, np.float32), rows, np.zeros((len(rows), 2), np.int64)))
        for text, rows in ((one, generator.normal(size=(n, 4))), (other, generator.normal(size=(m, 4))))
    )
    there, back = echo(first, second), echo(second, first)
    assert astuple(there) == pytest.approx(astuple(back))
    assert 0 <= there.copied <= 1
    assert astuple(echo(first, first)) == pytest.approx((1, 1, 1), abs=0.002)


def test_the_least_echoed_words_count_not_the_mean_alone():
    tokens = np.eye(4, dtype=np.float16)
    first = Heard(tokens[[0, 0, 0, 0, 1]], np.array([1, 2]))
    second = Heard(tokens[[0]], np.array([2]))
    # Four of five are echoed, and all of the other's; of 0, 1, 1, 1, 1 the tenth least lies at .4.
    assert astuple(echo(first, second)) == pytest.approx((0.9, 0.4, 0.5))


LAMP = make_case(
    "C-1",
    title="Lamp came with a crack",
    problem="The glass of the lamp was broken when the customer opened the box.",
    resolution="Ask for a photo, then send a new lamp at once; the broken one need not be returned.",
)
FREELY = replace(
    LAMP,
    id="C-2",
    title="Shattered glass on arrival",
    problem="On unpacking, the buyer found the glass of the lamp in pieces.",
    resolution="Have them send a picture and ship another lamp straight away. They needn't send it back.",
)


def test_the_encoder_tells_a_case_told_freely_from_one_with_another_fix():
    reworded = replace(
        LAMP,
        id="C-4",
        problem="When she opened the box, the glass of the lamp was broken.",
        resolution="After a photo send a new lamp at once; the customer need not return the broken one.",
    )
    other = replace(LAMP, id="C-3", resolution="Refuse: the guarantee of the lamp ran out, offer a repair.")
    embedder = SentenceEmbedder()
    cases = (LAMP, FREELY, reworded, other)
    reads = [Read.of(case, *embedder.embed([problem_of(case), case.resolution])) for case in cases]
    told = Echoes(embedder).heard([compare(reads[0], one) for one in reads])
    assert [pair.duplicate for pair in told] == [True, True, True, False]


def test_what_is_told_apart_is_not_heard():
    embedder = WordHashEmbedder()
    told = compare(
        *(
            Read.of(case, *embedder.embed([problem_of(case), case.resolution]))
            for case in (FIRST, replace(FIRST, id="C-2", product="Lamp"))
        )
    )
    embedder.embedded.clear()
    assert list(Echoes(embedder).heard([told])) == [told]
    assert (embedder.embedded, told.traits, told.duplicate) == ([], (), False)


def linked(first: str, second: str, *, sure: bool = True) -> Pair:
    cases = (replace(FIRST, id=first), replace(FIRST, id=second))
    cosine = 1.0 if sure else 0.2
    both = Echo(cosine, cosine, cosine)
    return Pair(*cases, cosine, cosine, 1.0, (), (), True, True, asks=both, settles=both)


def test_a_chain_does_not_end_in_one_group():
    chain = [linked("A", "B"), linked("B", "C"), linked("C", "D"), linked("A", "D", sure=False)]
    groups = [sorted(case.id for case in group.cases) for group in groups_of(chain)]
    assert groups == [["A", "B"], ["C", "D"]]
    whole = [linked(a, b) for a, b in ("AB", "BC", "AC", "CD", "BD")]
    assert [sorted(case.id for case in group.cases) for group in groups_of(whole)] == [["A", "B", "C", "D"]]


def test_rows_are_paired_as_brute_force_pairs_them(base: KnowledgeBase, tmp_path: Path):
    words = ("late", "lost", "parcel", "lamp", "broken", "box", "shelf", "screw")
    cases = [
        make_case(f"C-{n:02}", problem=" ".join(words[(n * k + k) % 8] for k in range(1, 5)))
        for n in range(24)
    ]
    base.put_many([*cases, make_article()], actor="t")
    embedder = WordHashEmbedder()
    build_index(base, tmp_path / "index", embedder)
    generation = LiveIndex(tmp_path / "index", recipe_of(embedder)).current()
    passages, vectors = generation.passages, np.array(generation.encoded())
    rows = [
        r for r in range(len(passages)) if passages[r].kind == "case" and passages[r].heading == "problem"
    ]
    expected = {(a, b) for a in rows for b in rows if a < b and vectors[a] @ vectors[b] >= 0.5}
    assert set(map(tuple, near_rows(generation, floor=0.5, neighbours=24).tolist())) == expected
    assert expected


def test_merging_adds_up_outcomes_and_undoing_gives_all_back(base: KnowledgeBase):
    held = replace(
        FIRST, tags=("a",), policies=("returns",), outcome=Outcome(resolved=True, csat=4), problem=PROBLEM * 2
    )
    reopened = replace(FIRST, id="C-2", tags=("b", "a"), outcome=Outcome(resolved=True, reopened=True))
    many = replace(FIRST, id="C-3", policies=("refunds",), outcome=Outcome(worked=7, tried=9))
    base.put_many([reopened, many, held], actor="t")
    merged = merge(base, ["C-2", "C-3", "C-1"], actor="maya")
    assert (merged.kept.id, merged.retired) == ("C-1", ("C-3", "C-2"))
    kept = base.get("case", "C-1")
    assert isinstance(kept, Case)
    assert (kept.outcome.worked, kept.outcome.tried, kept.outcome.csat) == (8, 11, 4)
    assert (kept.tags, kept.policies) == (("a", "b"), ("returns", "refunds"))
    retired = base.history("case", "C-2")[-1]
    assert (retired.action, retired.actor) == ("retired", "maya")
    assert retired.reason == 'merged into C-1: ["C-3", "C-2"]'
    assert undo(base, "C-1", actor="maya") == ("C-1", "C-3", "C-2")
    assert [base.get("case", one.id) for one in (held, many, reopened)] == [held, many, reopened]


def test_what_cannot_be_merged_or_undone_is_refused(base: KnowledgeBase):
    base.put_many([FIRST, replace(FIRST, id="C-2"), replace(FIRST, id="C-3", status="retired")], actor="t")
    for ids, keep in ((["C-1"], None), (["C-1", "C-3"], None), (["C-1", "C-2"], "C-9")):
        with pytest.raises(InputError):
            merge(base, ids, actor="t", keep=keep)
    with pytest.raises(NotFoundError):
        merge(base, ["C-1", "C-9"], actor="t")
    with pytest.raises(ConflictError, match="is no merge"):
        undo(base, "C-1", actor="t")
    base.put(replace(FIRST, outcome=Outcome(resolved=True)), actor="t")
    assert merge(base, ["C-1", "C-2"], actor="t", keep="C-2").kept.id == "C-2"
    base.put(replace(FIRST, title="changed since"), actor="t")
    with pytest.raises(ConflictError, match="'C-1' was changed since"):
        undo(base, "C-2", actor="t")


def test_near_cases_that_name_another_figure_contradict():
    other = replace(FIRST, id="C-2", resolution=FIX.replace("60 minutes", "24 hours"))
    assert list(between_cases([pair(FIRST, other)])) == [
        Contradiction("time", Statement("case:C-1", FIX), Statement("case:C-2", other.resolution))
    ]
    assert not list(between_cases([pair(FIRST, replace(FIRST, id="C-2", resolution=FIX))]))
    assert not list(between_cases([pair(FIRST, replace(other, category="account"))]))


def test_near_cases_of_which_one_refuses_contradict():
    gives = replace(FIRST, resolution="We will refund the price of the kettle to the customer.")
    refuses = replace(FIRST, id="C-2", resolution="We cannot refund the price of the kettle to the customer.")
    found = list(between_cases([pair(gives, refuses)]))
    assert [(one.differs, one.first.source, one.second.source) for one in found] == [
        ("refused", "case:C-2", "case:C-1")
    ]


def test_a_case_contradicts_the_clause_it_cites_while_that_is_in_force(base: KnowledgeBase):
    text = "Unused items can be sent back within 30 days of delivery."
    body = f"## The 30 days\n{text}\n\n## Cost\nA label is 3.90 EUR."
    said = "Unused items can be sent back within 45 days of delivery."
    case = make_case("C-1", resolution=said, policies=("returns#cost",))
    base.put_many([case, make_article(body=body)], actor="t")
    clause = Statement("article:returns#the-30-days", text)
    assert list(with_policy(base, TODAY)) == [Contradiction("time", Statement("case:C-1", said), clause)]
    base.put(make_article(body=body, effective_to=date(2026, 1, 1)), actor="t")
    assert not list(with_policy(base, TODAY))


def test_what_was_found_follows_the_knowledge(base: KnowledgeBase, tmp_path: Path):
    base.put_many([FIRST, replace(FIRST, id="C-2"), make_case("C-3")], actor="t")
    desk = curation(base, tmp_path)
    groups = desk.found(TODAY).groups
    assert [[case.id for case in group.cases] for group in groups] == [["C-1", "C-2"]]
    assert desk.found(TODAY).groups is groups
    desk.merge(["C-1", "C-2"], actor="t")
    assert desk.found(TODAY).groups == ()
    assert desk.undo("C-2", actor="t") == ("C-1", "C-2")
    assert len(desk.found(TODAY).groups) == 1


def test_after_a_change_only_what_changed_is_looked_at(base: KnowledgeBase, tmp_path: Path):
    others = [
        replace(FIRST, id=f"C-{n}", product=f"Lamp{n}", problem=f"{PROBLEM} Lamp{n}.") for n in range(10, 18)
    ]
    day, cited = ("Returns are free for 14 days.", "Returns are free for 30 days."), ("returns",)
    wrong = make_case("C-40", resolution=day[0], policies=cited, category="returns")
    article = make_article(body=f"## The 30 days\n\n{day[1]}")
    base.put_many([FIRST, replace(FIRST, id="C-2"), *others, wrong, article], actor="t")
    desk = curation(base, tmp_path)
    embedder = desk._embedder
    assert isinstance(embedder, WordHashEmbedder)
    whole = desk.found(TODAY)
    assert ([len(group.cases) for group in whole.groups], len(whole.contradictions)) == ([2], 1)

    def told_alike() -> int:
        """What it embeds to look again, held against a desk that looks at all."""
        embedder.embedded.clear()
        found, spent = desk.found(TODAY), len(embedder.embedded)
        fresh = Curation(base, desk._generation, WordHashEmbedder()).found(TODAY)
        assert (found.groups, set(found.contradictions)) == (fresh.groups, set(fresh.contradictions))
        return spent

    base.put(replace(wrong, resolution=day[1]), actor="t")
    assert (told_alike(), desk.found(TODAY).contradictions) == (0, ())
    base.put(replace(FIRST, id="C-2", resolution=FIX.replace("60", "90")), actor="t")
    assert told_alike() <= 2 * (len(others) + 2)
    assert desk.found(TODAY).groups == ()
    base.put(replace(article, body=f"## The 14 days\n\n{day[0]}"), actor="t")
    assert told_alike() == 0
    assert len(desk.found(TODAY).contradictions) > 0
    base.put(make_case("C-99"), actor="t")  # not in the index yet
    assert told_alike() == 0
    base.retire("case", "C-1", actor="t")
    told_alike()


def looking(base: KnowledgeBase, folder: Path) -> tuple[Curation, WordHashEmbedder]:
    """A desk of a new process, and what counts its work."""
    embedder = WordHashEmbedder()
    index = LiveIndex(folder / "index", recipe_of(embedder))
    return Curation(base, index.current, embedder, file=folder / "duplicates.json"), embedder


def test_what_was_found_outlives_the_process(base: KnowledgeBase, tmp_path: Path):
    other = replace(FIRST, id="C-3", resolution=FIX.replace("60 minutes", "24 hours"))
    base.put_many([FIRST, replace(FIRST, id="C-2"), other, make_article()], actor="t")
    build_index(base, tmp_path / "index", WordHashEmbedder())
    first = looking(base, tmp_path)[0].found(TODAY)
    assert (len(first.groups), len(first.contradictions)) == (1, 2)
    written = (tmp_path / "duplicates.json").read_text("utf-8")
    assert not [word for word in ("password", "reset", "minutes") if word in written]
    again, embedder = looking(base, tmp_path)
    assert (again.found(TODAY), embedder.embedded) == (first, [])
    # A case that came since is looked at once an index holds it, and nothing else is.
    base.put_many([replace(FIRST, id="C-4"), make_case("C-5")], actor="t")
    later, embedder = looking(base, tmp_path)
    assert (later.found(TODAY).groups, embedder.embedded) == (first.groups, [])
    build_index(base, tmp_path / "index", WordHashEmbedder())
    indexed, embedder = looking(base, tmp_path)
    (group,) = indexed.found(TODAY).groups
    assert [case.id for case in group.cases] == ["C-1", "C-2", "C-4"]
    assert "C-5" not in str(embedder.embedded)
    spent = len(embedder.embedded)
    base.retire("case", "C-4", actor="t")
    assert indexed.found(TODAY).groups == first.groups
    assert len(embedder.embedded) == spent


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"rules": 1}', None])
def test_where_what_was_kept_is_of_no_use_all_is_looked_at(
    base: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes | None
):
    base.put_many([FIRST, replace(FIRST, id="C-2")], actor="t")
    build_index(base, tmp_path / "index", WordHashEmbedder())
    first = looking(base, tmp_path)[0].found(TODAY)
    if damage is None:
        monkeypatch.setattr("copilot.curation.looked.NEAR", 0.36)
    else:
        (tmp_path / "duplicates.json").write_bytes(damage)
    again, embedder = looking(base, tmp_path)
    assert again.found(TODAY) == first
    assert embedder.embedded


def test_a_look_that_was_broken_off_is_gone_on_with(
    base: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("copilot.curation.candidates.PAIRS", 1)
    monkeypatch.setattr("copilot.curation.desk.KEPT_EVERY", -1)
    base.put_many([replace(FIRST, id=f"C-{n}") for n in range(4)], actor="t")
    build_index(base, tmp_path / "index", WordHashEmbedder())
    done: list[int] = []

    def stop(at: int, total: int) -> None:
        assert total == 6
        done.append(at)
        if at == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        looking(base, tmp_path)[0].found(TODAY, progress=stop)
    done.clear()
    base.put(replace(FIRST, id="C-0", title="Changed meanwhile"), actor="t")
    (group,) = looking(base, tmp_path)[0].found(TODAY, progress=lambda at, total: done.append(at)).groups
    assert done[:3] == [4, 5, 6]  # of the fourth it isn't known whether it was kept
    fresh = Curation(base, looking(base, tmp_path)[0]._generation, WordHashEmbedder()).found(TODAY)
    assert (group,) == fresh.groups


def test_nobody_waits_longer_than_they_want(base: KnowledgeBase, tmp_path: Path):
    base.put_many([FIRST, replace(FIRST, id="C-2")], actor="t")
    build_index(base, tmp_path / "index", WordHashEmbedder())
    desk, embedder = looking(base, tmp_path)
    gate = threading.Event()
    embed = embedder.embed
    embedder.embed = lambda texts: (gate.wait(30), embed(texts))[1]  # type: ignore[method-assign]
    assert desk.seen(TODAY, wait=0.05) == Seen(None, (0, 0))
    gate.set()
    first = desk.seen(TODAY, wait=30)
    assert first.found is not None
    assert ([len(group.cases) for group in first.found.groups], first.looking) == ([2], None)
    assert desk.seen(TODAY, wait=0).found is first.found
    gate.clear()
    base.put(replace(FIRST, id="C-2", title="Told otherwise"), actor="t")
    assert desk.seen(TODAY, wait=0.05) == Seen(first.found, (0, 0))
    gate.set()
    assert desk.seen(TODAY, wait=30).looking is None


@pytest.mark.parametrize("problem", [ModelError("the weights are gone"), RuntimeError("no memory")])
def test_what_hinders_a_look_is_told_to_who_waits(base: KnowledgeBase, tmp_path: Path, problem: Exception):
    base.put_many([FIRST, replace(FIRST, id="C-2")], actor="t")
    build_index(base, tmp_path / "index", WordHashEmbedder())
    desk, embedder = looking(base, tmp_path)

    def fail(_texts: object) -> np.ndarray:
        raise problem

    embedder.embed = fail  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(type(problem), match=str(problem)):
            desk.seen(TODAY, wait=30)


def test_a_look_that_began_before_a_change_is_not_the_last_word(base: KnowledgeBase, tmp_path: Path):
    base.put_many([FIRST, replace(FIRST, id="C-2")], actor="t")
    build_index(base, tmp_path / "index", WordHashEmbedder())
    desk, embedder = looking(base, tmp_path)
    going, embed = threading.Event(), embedder.embed
    embedder.embed = lambda texts: (going.wait(30), embed(texts))[1]  # type: ignore[method-assign]
    assert desk.seen(TODAY, wait=0.05).looking is not None
    merge(base, ["C-1", "C-2"], actor="t")
    going.set()
    seen = desk.seen(TODAY, wait=30)
    assert (seen.looking, seen.found and seen.found.groups) == (None, ())


def test_what_was_kept_of_another_history_is_of_no_use(base: KnowledgeBase, tmp_path: Path):
    """A base that was put back from a backup, or another one in the same folder."""
    base.put_many([FIRST, replace(FIRST, id="C-2")], actor="t")
    build_index(base, tmp_path / "index", WordHashEmbedder())
    first = looking(base, tmp_path)[0].found(TODAY)
    assert len(first.groups) == 1
    (tmp_path / "other").mkdir()
    with open_base(tmp_path / "other") as other:
        apart = replace(FIRST, id="C-2", problem="A lamp flickers.", resolution="Send another lamp.")
        for number in range(3):
            other.put_many([FIRST, replace(apart, title=str(number))], actor="t")
        embedder = WordHashEmbedder()
        build_index(other, tmp_path / "other" / "index", embedder)
        index = LiveIndex(tmp_path / "other" / "index", recipe_of(embedder))
        desk = Curation(other, index.current, embedder, file=tmp_path / "duplicates.json")
        assert desk.found(TODAY).groups == ()


def test_after_a_restart_what_was_found_before_is_shown_meanwhile(base: KnowledgeBase, tmp_path: Path):
    base.put_many([FIRST, replace(FIRST, id="C-2")], actor="t")
    build_index(base, tmp_path / "index", WordHashEmbedder())
    first = looking(base, tmp_path)[0].found(TODAY)
    base.put(replace(FIRST, id="C-2", title="Told otherwise"), actor="t")
    desk, embedder = looking(base, tmp_path)
    going, embed = threading.Event(), embedder.embed
    embedder.embed = lambda texts: (going.wait(30), embed(texts))[1]  # type: ignore[method-assign]
    seen = desk.seen(TODAY, wait=2)
    assert seen.looking is not None
    assert seen.found is not None
    assert [[c.id for c in g.cases] for g in seen.found.groups] == [
        [c.id for c in g.cases] for g in first.groups
    ]
    going.set()


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.sampled_from(["7 days", "14 days", "2 weeks", "5 EUR", ""]), min_size=2, max_size=2),
    st.booleans(),
)
def test_what_is_passed_over_unread_tells_nothing(figures: list[str], refuses: bool):
    """However near the encoder would find them."""
    said = ("We refund the lamp within {}.", "We cannot refund the lamp, the label is free for {}.")
    one, other = (
        replace(FIRST, id=f"C-{n}", product=f"Lamp{n}", resolution=said[refuses and n].format(figure))
        for n, figure in enumerate(figures)
    )
    told = beside(Told.of(one), Told.of(other), 1.0, 1.0)
    assert told.apart
    if not could_contradict(Told.of(one), Told.of(other)):
        assert not list(between_cases([told]))
