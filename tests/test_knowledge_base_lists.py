"""Lists and counts at any size: what they give, and that they read indexes in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from knowledge_base import schema
from knowledge_base.conversation_log import Arriving
from knowledge_base.models import Message
from knowledge_base.plan import fold, search_text
from knowledge_base.statements import Filter
from knowledge_base.store import KnowledgeBase
from knowledge_base.tallies import Span
from tests.builders import NOON, make_article, make_case, make_conversation, open_base

LANGUAGES = ("en", "de")
CATEGORIES = ("lost", "fault", None)


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        cases = [
            make_case(
                f"C-{n}", problem=f"The lamp number{n} broke.", category=CATEGORIES[n % 3],
                language=LANGUAGES[n % 2], status=("published", "pending")[n % 4 == 0], policies=("returns",),
            )
            for n in range(12)
        ]  # fmt: skip
        base.put_many([*cases, make_article()], actor="t")
        yield base


@contextmanager
def statements(base: KnowledgeBase) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are sent meanwhile, but for those of transactions."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    engine = base._database._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan(base: KnowledgeBase, statement: str, parameters: Any) -> list[str]:
    with base._database.reading() as transaction:
        rows = transaction.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row[3] for row in rows]


def ids(base: KnowledgeBase, **wanted: Any) -> list[str]:
    page = base.list("case", **wanted)
    assert page.total == len(page.items)
    return sorted(one.id for one in page.items)


@pytest.mark.parametrize(
    "wanted",
    [
        {}, {"after": "C-5"}, {"status": "published"}, {"category": "lost"}, {"language": "de"},
        {"status": "published", "language": "de"}, {"status": "published", "category": "lost"},
        {"category": "lost", "language": "de"},
        {"status": "published", "category": "lost", "language": "de", "after": "C-2"},
    ],
)  # fmt: skip
def test_lists_of_records_read_an_index_in_its_order(base: KnowledgeBase, wanted: dict[str, Any]) -> None:
    with statements(base) as sent:
        base.list("case", limit=1, **wanted)
    page, counted = (plan(base, *one) for one in sent)
    assert re.fullmatch(r"SEARCH record USING INDEX \S+ \(kind=\?.*", page[0])
    assert re.fullmatch(r"SEARCH record USING COVERING INDEX \S+ \(kind=\?.*", counted[0])
    assert len(page) == len(counted) == 1  # nothing is sorted


@pytest.mark.parametrize("state", ["open", "closed", None])
def test_lists_of_conversations_read_an_index_in_its_order(base: KnowledgeBase, state: Any) -> None:
    with statements(base) as sent:
        base.conversations.heads(state, limit=10)
    waiting, rest = (plan(base, *one) for one in sent[:2])  # then the heads themselves
    assert "USING COVERING INDEX" in waiting[0]
    assert "USE TEMP B-TREE FOR ORDER BY" not in waiting  # the right part is sorted: those of one instant
    assert "USING COVERING INDEX" in rest[0]
    assert rest[1:] == []


def test_decided_candidates_are_read_in_the_order_of_an_index(base: KnowledgeBase) -> None:
    for state in ("waiting", "rejected"):
        with statements(base) as sent:
            base.review.list(state, limit=10)  # type: ignore[arg-type]
        (told,) = plan(base, *sent[0])
        assert told.startswith("SEARCH review_candidate USING INDEX ix_review_candidate_")


def test_counts_read_indexes_alone(base: KnowledgeBase) -> None:
    week = Span(NOON - timedelta(days=7), NOON, "lost")
    for count in (
        lambda: base.tallies.cases(week, "category"),
        lambda: base.tallies.cases(Span(), "language"),
        lambda: base.tallies.cases(Span(), "copilot"),
        lambda: base.tallies.volume(week, "language"),
        lambda: base.tallies.arrivals(week),
        lambda: base.tallies.returning(week, 10),
        lambda: base.dependence.named(),
    ):
        with statements(base) as sent:
            count()
        assert len(sent) == 1
        assert "USING COVERING INDEX" in plan(base, *sent[0])[0]


def test_categories_are_read_one_after_the_other(base: KnowledgeBase) -> None:
    base.put(make_case("P", category="pending_alone", status="pending"), actor="t")
    base.put(make_case("N", category=None), actor="t")
    with statements(base) as sent:
        assert base.categories("case") == {"lost", "fault"}
    assert len(sent) == 1
    searched = [line for line in plan(base, *sent[0]) if line.startswith("SEARCH")]
    assert searched == [
        "SEARCH record USING COVERING INDEX ix_record_category (kind=?)",
        "SEARCH record USING COVERING INDEX ix_record_category (kind=? AND category>?)",
    ]
    assert base.categories("template") == frozenset()


def test_lists_are_filtered_and_searched(base: KnowledgeBase) -> None:
    assert ids(base, category="lost", language="de") == ["C-3", "C-9"]
    assert ids(base, status="pending") == ["C-0", "C-4", "C-8"]
    assert ids(base, text="NUMBER1 lamp") == ["C-1", "C-10", "C-11"]
    assert ids(base, text="a number1 r1 LAMP number1") == ["C-1", "C-10", "C-11"]
    assert Filter("case", text="a number1 r1 LAMP number1").words == ["number1", "lamp"]
    assert ids(base, text="mber1", status="published", language="en") == ["C-10"]
    base.put(make_case("C-1", problem="Ein Gerät streikt.", language="de", category="fault"), actor="t")
    assert ids(base, text="gerat") == ["C-1"]
    assert ids(base, text="number1") == ["C-10", "C-11"]
    base.retire("case", "C-11", actor="t")
    assert ids(base, text="number1", status="published") == ["C-10"]
    first = base.list("case", text="lamp", limit=3)
    assert ([one.id for one in first.items], first.next, first.total) == (["C-0", "C-10", "C-11"], "C-11", 11)
    rest = base.list("case", text="lamp", limit=3, after=first.next)
    assert ([one.id for one in rest.items], rest.total) == (["C-2", "C-3", "C-4"], 11)


@pytest.mark.parametrize(
    "word", ["返品_policy", "👍_order", "да_длинный", "да%длинный", "a_policy", "__", "%%%"]
)
def test_a_word_that_begins_with_few_characters_is_looked_for(base: KnowledgeBase, word: str) -> None:
    assert ids(base, text=word) == []
    base.put(make_case("Y", title=f"x{word}x"), actor="t")
    base.put(make_case("N", title=word.replace("_", "-").replace("%", "-")), actor="t")
    assert ids(base, text=word) == ["Y"]


TEXTS = st.text(st.sampled_from("abAÀßéİﬁ字名дй👍%_/\\\"'*- \n"), min_size=1, max_size=9)


@settings(deadline=None)
@given(
    st.lists(TEXTS.filter(str.strip), min_size=1, max_size=6), st.lists(TEXTS, max_size=3), st.integers(0, 4)
)
def test_what_is_found_by_words_holds_them(
    found_base: KnowledgeBase, titles: list[str], words: list[str], most: int
) -> None:
    """Whichever way it is found: by the index, by reading on, in pages; after changes too."""
    base = found_base
    for one in base.list("case", limit=99).items:
        base.put(make_case(one.id, title="gone", tags=()), actor="t")
    base.put_many(
        [make_case(f"W-{n}", title=title, tags=(title,)) for n, title in enumerate(titles)], actor="t"
    )
    text = " ".join(words)
    held = {one.id: search_text(one) for one in base.list("case", limit=99).items}
    expected = [
        name for name, told in sorted(held.items()) if all(word in told for word in fold(text).split())
    ]
    with mock.patch("knowledge_base.store.MOST_COUNTED", most or 1000):
        found: list[str] = []
        page = base.list("case", text=text, limit=2)
        found += [one.id for one in page.items]
        while page.next:
            page = base.list("case", text=text, limit=2, after=page.next)
            found += [one.id for one in page.items]
    assert found == expected


@pytest.fixture(scope="module")
def found_base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path_factory.mktemp("found")) as base:
        yield base


def test_nothing_of_what_is_gone_stays_in_the_index_of_words(base: KnowledgeBase, tmp_path: Path) -> None:
    base.put(make_case("Z", title="Zwkqxyz"), actor="t")

    def kept() -> bool:
        with base._database.reading() as transaction:
            rows = transaction.connection.exec_driver_sql("SELECT block FROM record_find_data").scalars()
            return any(b"kqx" in block or b"qxy" in block for block in rows)

    assert kept()
    base.put(make_case("Z", title="Another"), actor="t")
    assert base._database.scrub()
    assert not kept()
    assert ids(base, text="zwkqxyz") == []


def test_by_common_words_a_page_is_read_in_order(
    base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge_base.store.MOST_COUNTED", 3)
    with statements(base) as sent:
        page = base.list("case", text="lamp", limit=2)
    assert ([one.id for one in page.items], page.next, page.total) == (["C-0", "C-1"], "C-1", 3)
    assert "USING INDEX sqlite_autoindex_record_text_1 (kind=?)" in plan(base, *sent[1])[0]


def test_what_is_read_whole_is_not_counted(base: KnowledgeBase) -> None:
    with statements(base) as sent:
        page = base.list("case", text="number1")
    assert page.total == 3
    assert not [one for one, _ in sent if "count(" in one]


def test_conversations_are_listed_whole_in_pages_of_any_size(base: KnowledgeBase) -> None:
    for n in (3, 1, 4, 0, 2):
        said = Message("customer", "Where is it?", NOON - timedelta(hours=n // 2))
        base.conversations.receive(make_conversation(id=f"K-{n}"))
        base.conversations.append(f"K-{n}", [Arriving(said)])
        if n in (0, 3):
            base.conversations.append(f"K-{n}", [Arriving(Message("agent", "Tomorrow."))])
    base.conversations.settle("K-3", "closed")
    every = [one.id for one in base.conversations.heads(None)]
    heads = {one.id: one for one in base.conversations.heads(None)}
    waits = [one for one in every if heads[one].waiting_since]
    assert waits == sorted(waits, key=lambda one: (heads[one].waiting_since, -heads[one].seq))
    rest = [one for one in every if one not in waits]
    assert every == waits + rest
    assert rest == sorted(rest, key=lambda one: -heads[one].seq)
    assert sorted(rest) == ["K-0", "K-3"]
    for limit in range(1, 7):
        for offset in range(7):
            part = base.conversations.heads(None, limit=limit, offset=offset)
            assert [one.id for one in part] == every[offset : offset + limit]
    assert [one.id for one in base.conversations.heads("closed")] == ["K-3"]


def test_what_conversations_are_about_is_counted_as_it_is_put_right(base: KnowledgeBase) -> None:
    base.conversations.receive(make_conversation())
    assert base.tallies.volume(Span(), "category") == {None: 1}
    base.conversations.amend("K-1", {"corrections": {"category": "lost"}, "language": "de"})
    assert base.tallies.volume(Span(category="lost", language="de"), "day") == {NOON.date(): 1}
    assert base.tallies.arrivals(Span()) == {"lost": [NOON]}
    ((at, customer, category, language),) = base.tallies.returning(Span(), 5)
    assert (at, category, language) == (NOON, "lost", "de")
    assert customer is not None
    assert "Ana" not in customer


def test_a_base_of_before_is_filled(base: KnowledgeBase, tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    base.conversations.receive(make_conversation())
    base.conversations.amend("K-1", {"corrections": {"category": "lost"}})
    base.keep_suggestion("S-1", "K-1", {"understanding": {"category": "lost", "language": "de"}})
    tables = ("record_text", "conversation", "suggestion", "citation")
    expected = {name: rows(base, name) for name in tables}
    config = Config()
    folder = Path(schema.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with base._database.writing() as transaction:
        config.attributes["connection"] = transaction.connection
        former = import_module("knowledge_base.migrations.versions.0017_listed").down_revision
        command.downgrade(config, former)
    base.close()
    with open_base(tmp_path) as again:
        assert {name: rows(again, name) for name in tables} == expected
        assert ids(again, text="number1") == ["C-1", "C-10", "C-11"]


def rows(base: KnowledgeBase, name: str) -> list[Any]:
    columns = [one for one in schema.metadata.tables[name].columns if one.name != "number"]
    with base._database.reading() as transaction:
        return sorted(map(repr, transaction.connection.execute(select(*columns)).mappings()))


def test_by_words_so_many_are_counted(base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    base.put_many([make_case(f"W-{n}", title="zwieback") for n in range(8)], actor="t")
    monkeypatch.setattr("knowledge_base.store.MOST_COUNTED", 5)
    assert base.list("case", text="zwieback", limit=2).total == 5
    assert base.list("case", text="zwieback", limit=8).total == 8  # all of them were read
    assert base.list("case", limit=2).total == base.count("case")
