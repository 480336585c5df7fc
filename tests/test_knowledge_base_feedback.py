"""Feedback in the store: what a verdict says, following it by its number, withdrawing it, older bases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from knowledge_base import schema
from knowledge_base.errors import NotFoundError
from knowledge_base.models import Feedback
from knowledge_base.store import KnowledgeBase
from knowledge_base.verdicts import Asked, Judged, Told, drafted_from, settled, told
from tests.builders import NOON, make_case, open_base

SOURCES = ("case:C-1", "article:returns")
DOCUMENT: dict[str, Any] = {
    "understanding": {"request": "Where is my parcel?", "language": "en"},
    "draft": {
        "text": "…",
        "spans": [
            {"start": 0, "end": 1, "kind": "template", "source": "template:en/greet"},
            {"start": 1, "end": 2, "kind": "case", "source": "case:C-1"},
            {"start": 2, "end": 3, "kind": "policy", "source": "article:returns#cost"},
            {"start": 3, "end": 4, "kind": "case", "source": "case:C-1"},
            {"start": 4, "end": 5, "kind": "gap", "source": "slot:date"},
        ],
    },
}


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as kb:
        yield kb


@pytest.mark.parametrize(
    ("verdict", "item", "reason", "says"),
    [
        ("helpful", "case:C-9", None, [("case:C-9", 1.0)]),
        ("wrong", "article:returns#cost", None, [("article:returns", -1.0)]),
        ("copied", "case:C-9", None, [("case:C-9", 0.3)]),
        ("shown", "case:C-9", None, []),
        ("used", "draft", None, [("case:C-1", 0.2), ("article:returns", 0.2)]),
        ("edited", "draft", None, [("case:C-1", 0.15), ("article:returns", 0.15)]),
        ("copied", "customer_draft", None, [("case:C-1", 0.15), ("article:returns", 0.15)]),
        ("rejected", "draft", "wrong tone: too long", []),
        ("rejected", "draft", None, []),
        ("rejected", "draft", "Wrong problem: it is about a return", [("case:C-1", -1.0)]),
        ("rejected", "draft", "wrong policy", [("article:returns", -1.0)]),
        ("helpful", None, None, []),
        ("helpful", "template:en/greet", None, []),
    ],
)
def test_what_a_verdict_says(verdict: Any, item: str | None, reason: str | None, says: list[Any]) -> None:
    found = told(Feedback("S-1", verdict, item=item, reason=reason), SOURCES)
    assert [(one.item, pytest.approx(one.strength)) for one in found] == says


def test_what_is_said_last_holds_and_beats_what_was_done() -> None:
    helpful, wrong = Told("case:C", 1.0, said=True), Told("case:C", -1.0, said=True)
    copied, used = Told("case:C", 0.3, said=False), Told("case:C", 0.4, said=False)
    assert settled([helpful, wrong, used]) == wrong
    assert settled([copied, used, copied]) == used
    assert settled([used, helpful]) == helpful
    assert settled([]) is None


def test_what_a_draft_speaks_from() -> None:
    assert drafted_from(DOCUMENT) == SOURCES
    assert drafted_from({"draft": None}) == ()
    template = {"start": 0, "end": 1, "kind": "template", "source": "template:en/lost_parcel/act"}
    cases = [
        {"id": "C-2", "category": "late"},
        {"id": "C-3", "category": "lost"},
        {"id": "C-4", "category": "lost"},
    ]
    by_template = {"draft": {"spans": [template]}, "cases": cases, "understanding": {"category": "lost"}}
    assert drafted_from(by_template) == ("case:C-3",)
    assert drafted_from(by_template | {"understanding": {"category": None}}) == ()


def give(kb: KnowledgeBase, *verdicts: tuple[str, str, str], suggestion: str = "S-1") -> list[int]:
    return [kb.add_feedback(Feedback(suggestion, v, item=i), actor=a) for v, i, a in verdicts]  # type: ignore[arg-type]


def test_feedback_is_followed_by_its_number(kb: KnowledgeBase) -> None:
    log, asked = kb.feedback_log, Asked("enc", b"\1\2", SOURCES)
    assert log.last_seq() == 0
    kb.keep_suggestion("S-1", "K-1", DOCUMENT, asked=asked)
    give(kb, ("helpful", "case:C-1", "maya"), ("shown", "case:C-1", "maya"), ("wrong", "case:C-1", "tom"))
    give(kb, ("wrong", "case:C-1", "tom"), suggestion="S-unknown")
    found = log.verdicts(since=0, limit=10)
    assert [(v.seq, v.feedback.verdict, v.actor, v.at, v.withdrawn, v.asked) for v in found] == [
        (1, "helpful", "maya", NOON, False, asked),
        (3, "wrong", "tom", NOON, False, asked),
    ]
    assert log.verdicts(since=0, limit=1) == found[1:]
    assert log.verdicts(since=3, limit=10) == []
    assert log.last_seq() == 4


def test_withdrawn_feedback_comes_again_and_stays_in_the_history(kb: KnowledgeBase) -> None:
    kb.keep_suggestion("S-1", "K-1", DOCUMENT)
    [one] = give(kb, ("wrong", "case:C-1", "tom"))
    stored = kb.withdraw_feedback(one, actor="maya")
    assert (stored.withdrawn_at, stored.withdrawn_by, stored.actor) == (NOON, "maya", "tom")
    assert kb.withdraw_feedback(one, actor="ada").withdrawn_by == "maya"
    assert kb.feedback() == [stored]
    [again] = kb.feedback_log.verdicts(since=1, limit=10)
    assert (again.id, again.withdrawn) == (one, True)
    before = kb.feedback_log.last_seq()
    with pytest.raises(NotFoundError):
        kb.withdraw_feedback(99, actor="maya")
    assert kb.feedback_log.last_seq() == before


def test_a_request_embedded_later_makes_its_verdicts_come_again(kb: KnowledgeBase) -> None:
    kb.keep_suggestion("S-1", "K-1", DOCUMENT)
    give(kb, ("wrong", "case:C-1", "tom"), ("helpful", "case:C-1", "maya"))
    assert [v.asked for v in kb.feedback_log.verdicts(since=0, limit=9)] == [None, None]
    kb.feedback_log.keep_asked("S-1", Asked("enc", None, SOURCES))
    again = kb.feedback_log.verdicts(since=2, limit=9)
    assert [(v.id, v.asked) for v in again] == [
        (1, Asked("enc", None, SOURCES)),
        (2, Asked("enc", None, SOURCES)),
    ]
    assert kb.suggestion("S-1") == DOCUMENT


def test_judged_examples_count_each_agent_once(kb: KnowledgeBase) -> None:
    kb.keep_suggestion("S-1", "K-1", DOCUMENT, asked=Asked("enc", None, SOURCES))
    kb.keep_suggestion("S-2", "K-2", {"understanding": {"request": ""}})
    give(
        kb,
        *[("wrong", "case:C-9", "tom")] * 9,
        ("helpful", "case:C-9", "maya"),
        ("helpful", "case:C-9", "ada"),
    )
    give(kb, ("used", "draft", "tom"), ("wrong", "case:C-8", "tom"))
    give(kb, ("wrong", "case:C-1", "tom"), suggestion="S-2")
    kb.withdraw_feedback(13, actor="tom")
    request = "Where is my parcel?"
    assert list(kb.feedback_log.judged()) == [
        Judged(request, "en", "case:C-9", helped=True, weight=pytest.approx(1 / 3)),
        Judged(request, "en", "case:C-1", helped=True, weight=pytest.approx(0.2)),
        Judged(request, "en", "article:returns", helped=True, weight=pytest.approx(0.2)),
    ]


def make_base_of_0001(folder: Path) -> None:
    """A base as the first release left it, with a suggestion and two verdicts."""
    from alembic import command
    from alembic.config import Config

    engine = create_engine(f"sqlite:///{folder / 'precedent.db'}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with closing(sqlite3.connect(folder / "precedent.db")) as raw, raw:
        raw.execute(
            "INSERT INTO suggestion VALUES ('S-1', 'K-1', '2026-11-01 10:00:00', ?)", (DOCUMENT_JSON,)
        )
        for number, verdict in ((3, "helpful"), (7, "wrong")):
            raw.execute(
                "INSERT INTO feedback (id, suggestion_id, verdict, item, actor, at)"
                " VALUES (?, 'S-1', ?, 'case:C-1', 'maya', '2026-11-01 10:05:00')",
                (number, verdict),
            )


DOCUMENT_JSON = '{"understanding": {"request": "Where is it?", "language": "en"}, "draft": null}'


def test_a_base_of_the_first_schema_is_migrated(tmp_path: Path) -> None:
    make_base_of_0001(tmp_path)
    with open_base(tmp_path) as kb:
        found = kb.feedback_log.verdicts(since=0, limit=10)
        assert [(v.seq, v.id, v.feedback.verdict, v.withdrawn, v.asked) for v in found] == [
            (3, 3, "helpful", False, None),
            (7, 7, "wrong", False, None),
        ]
        assert give(kb, ("used", "case:C-1", "tom")) == [8]
        assert kb.feedback_log.last_seq() == 8
        assert [one.helped for one in kb.feedback_log.judged()] == [False]
        kb.put(make_case(), actor="a")
        assert kb.last_seq() == 1


def test_the_migration_can_be_taken_back(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    make_base_of_0001(tmp_path)
    open_base(tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'precedent.db'}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        columns = {row[1] for row in connection.exec_driver_sql("PRAGMA table_info(feedback)")}
        assert "seq" not in columns
        assert connection.exec_driver_sql("SELECT count(*) FROM feedback").scalar() == 2
    engine.dispose()
