"""Promises in the store: kept once whoever sees them, settled, withdrawn with the verdict that told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import create_engine

from knowledge_base import schema
from knowledge_base.errors import NotFoundError
from knowledge_base.models import Feedback
from knowledge_base.promises import Promise, StoredPromise, same_promise
from knowledge_base.store import KnowledgeBase
from tests.builders import NOON, open_base

CALL = Promise("K-1", "contact", "agent", "I'll call you tomorrow.", "en", due=NOON, sent_at=NOON)
REFUND = Promise("K-1", "refund", "desk", "We refund 20 EUR.", "en", amount="20.00 EUR", sent_at=NOON)


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as kb:
        yield kb


def test_a_promise_seen_again_makes_no_second_entry(kb: KnowledgeBase) -> None:
    book = kb.promises
    first = book.follow("K-1", [CALL, REFUND], actor="conversation")
    assert [(one.id, one.promise, one.state, one.actor, one.at) for one in first] == [
        (1, CALL, "open", "conversation", NOON),
        (2, REFUND, "open", "conversation", NOON),
    ]
    assert book.follow("K-1", [CALL, REFUND], actor="conversation") == first
    assert book.last_seq() == 2
    again = replace(CALL, sent_at=NOON + timedelta(days=3))
    assert [one.id for one in book.follow("K-1", [CALL, again], actor="c")] == [1, 2, 3]
    assert book.of("K-2") == []


@pytest.mark.parametrize(
    ("seen", "same"),
    [
        (CALL, True),
        (replace(CALL, sentence="I'll  CALL you\ntomorrow."), True),
        (replace(CALL, sent_at=None), True),
        (replace(CALL, sent_at=NOON + timedelta(minutes=1)), False),
        (replace(CALL, kind="other"), False),
        (replace(CALL, amount="1.00 EUR"), False),
        (replace(CALL, feedback_id=1, sent_at=NOON + timedelta(hours=1)), True),
        (replace(CALL, feedback_id=1, sent_at=NOON + timedelta(days=2)), False),
        (replace(CALL, feedback_id=1, sentence="Le llamo mañana.", language="es"), True),
        (replace(CALL, feedback_id=1, sentence="I'll ring you tomorrow."), False),
    ],
)
def test_what_is_the_same_promise(seen: Promise, same: bool) -> None:
    assert same_promise(StoredPromise(1, CALL, "c", NOON), seen) is same


def test_processes_that_see_the_same_message_at_once_keep_it_once(tmp_path: Path) -> None:
    bases = [open_base(tmp_path) for _ in range(4)]
    ready = Barrier(len(bases))

    def see(base: KnowledgeBase) -> None:
        ready.wait()
        base.promises.follow("K-1", [CALL, REFUND], actor="c")

    threads = [Thread(target=see, args=(base,)) for base in bases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.promise for one in bases[0].promises.of("K-1")] == [CALL, REFUND]
    bases[1].promises.settle(1, "kept", actor="maya")
    assert bases[2].promises.find(1).state == "kept"
    for base in bases:
        base.close()


def test_settling_says_who_and_when_and_twice_changes_nothing(kb: KnowledgeBase) -> None:
    kb.promises.keep("K-1", [CALL], actor="c")
    kept = kb.promises.settle(1, "kept", actor="maya")
    assert (kept.state, kept.state_by, kept.state_at) == ("kept", "maya", NOON)
    assert kb.promises.last_seq() == 2
    assert kb.promises.settle(1, "kept", actor="tom") == kept
    assert kb.promises.last_seq() == 2
    assert kb.promises.settle(1, "open", actor="tom").state_by == "tom"
    assert kb.promises.follow("K-1", [CALL], actor="c")[0].id == 1
    with pytest.raises(NotFoundError, match="no promise '9'"):
        kb.promises.settle(9, "kept", actor="maya")
    with pytest.raises(NotFoundError):
        kb.promises.find(9)


def test_overdue_comes_first_and_what_names_no_time_last(kb: KnowledgeBase) -> None:
    late = replace(CALL, sentence="late", due=NOON - timedelta(hours=1))
    soon = replace(CALL, sentence="soon", due=NOON + timedelta(hours=1))
    kb.promises.keep("K-1", [REFUND, soon, late], actor="c")
    listed = kb.promises.list()
    assert [one.promise.sentence for one in listed] == ["late", "soon", "We refund 20 EUR."]
    assert [one.overdue(NOON) for one in listed] == [True, False, False]
    assert [one.promise.sentence for one in kb.promises.list(overdue=True)] == ["late"]
    kb.promises.settle(listed[0].id, "broken", actor="maya")
    assert kb.promises.list(overdue=True) == []
    assert [one.state for one in kb.promises.list(state="broken")] == ["broken"]
    assert len(kb.promises.list(state=None, limit=2)) == 2


def test_a_verdict_taken_back_withdraws_what_it_told_of(kb: KnowledgeBase) -> None:
    number = kb.add_feedback(Feedback("S-1", "used", item="draft"), actor="maya")
    told = replace(CALL, feedback_id=number)
    kb.promises.keep("K-1", [told], actor="maya")
    kb.withdraw_feedback(number, actor="tom")
    found = kb.promises.find(1)
    assert (found.state, found.state_by) == ("withdrawn", "tom")
    again = kb.add_feedback(Feedback("S-1", "used", item="draft"), actor="maya")
    kb.promises.keep("K-1", [replace(told, feedback_id=again)], actor="maya")
    assert [(one.id, one.state) for one in kb.promises.of("K-1")] == [(1, "withdrawn"), (2, "open")]
    assert len(kb.promises.follow("K-1", [CALL], actor="c")) == 2


def test_the_migration_can_be_taken_back(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import inspect

    with open_base(tmp_path) as kb:
        kb.promises.keep("K-1", [CALL], actor="c")
    engine = create_engine(f"sqlite:///{tmp_path / 'precedent.db'}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        assert "promise" not in inspect(connection).get_table_names()
    engine.dispose()
    with open_base(tmp_path) as kb:
        assert (kb.promises.last_seq(), kb.promises.list()) == (0, [])
