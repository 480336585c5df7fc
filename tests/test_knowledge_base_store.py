"""The store: what a write changes, what a read gives, and that history and numbers never lie."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.errors import ConflictError, InputError, NotFoundError
from knowledge_base.models import Case, Feedback, Message, Outcome, Source
from knowledge_base.store import KnowledgeBase
from tests.builders import NOON, make_article, make_case, make_question, make_template, open_base

ROOT = Path(__file__).parent.parent


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


def full_case() -> Case:
    return make_case(
        title="Verlorenes Paket",
        language="de",
        reply="Guten Tag …",
        steps=("confirm", "trace"),
        messages=(Message("customer", "Wo ist es? 📦", NOON), Message("note", "gold")),
        tags=("shipping", "a|b"),
        product="lamp",
        channel="email",
        outcome=Outcome(True, False, 5, 12.5),
        resolved_at=datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC),
        policies=("refunds#lost-parcels",),
        source=Source("zendesk", "88123", "https://example.com/88123"),
        status="pending",
    )


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        ("case", full_case()),
        ("case", make_case()),
        (
            "article",
            make_article(effective_from=date(2026, 2, 1), review_by=date(2027, 1, 1), audience="agents"),
        ),
        ("template", make_template(emotion="angry", policies=("refunds",), register="informal")),
        ("question", make_question()),
        ("question", make_question(relevant=(), language="pt-BR", status="pending")),
        (
            "question",
            make_question(query=None, messages=(Message("customer", "Hi"),), relevant=None, category="x"),
        ),
    ],
)
def test_a_record_comes_back_as_it_was_put(kb: KnowledgeBase, kind, record):
    assert kb.put(record, actor="maya") == "added"
    assert kb.get(kind, record.id) == record
    assert kb.history(kind, record.id)[0].snapshot == record


def test_times_of_other_zones_come_back_in_utc(kb: KnowledgeBase):
    kb.put(make_case(resolved_at=datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=2)))), actor="a")
    assert kb.get("case", "C-1").resolved_at == datetime(2026, 3, 2, 7, tzinfo=UTC)


def test_the_same_content_changes_nothing(kb: KnowledgeBase):
    assert [kb.put(full_case(), actor="maya") for _ in range(3)] == ["added", "unchanged", "unchanged"]
    assert (kb.version("case", "C-1"), kb.last_seq(), len(kb.history("case", "C-1"))) == (1, 1, 1)


def test_history_tells_who_did_what_when_and_why(kb: KnowledgeBase):
    case = make_case()
    kb.put(case, actor="maya")
    kb.put(replace(case, resolution="Refunded."), actor="jonas", reason="policy changed")
    kb.retire("case", "C-1", actor="priya", reason="outdated")
    kb.retire("case", "C-1", actor="priya")
    kb.put(replace(case, resolution="Refunded."), actor="tom")
    told = [(c.seq, c.version, c.action, c.actor, c.reason, c.at) for c in kb.history("case", "C-1")]
    assert told == [
        (1, 1, "added", "maya", None, NOON),
        (2, 2, "updated", "jonas", "policy changed", NOON),
        (3, 3, "retired", "priya", "outdated", NOON),
        (4, 4, "updated", "tom", None, NOON),
    ]
    assert [c.snapshot.status for c in kb.history("case", "C-1")][2:] == ["retired", "published"]
    assert kb.get("case", "C-1").status == "published"
    assert kb.history("case", "unknown") == []


def test_changes_follow_each_other_without_gaps(kb: KnowledgeBase):
    kb.put_many([make_case(f"C-{n}") for n in range(7)], actor="a")
    kb.put(make_article(), actor="a")
    assert [c.seq for c in kb.changes(since=0)] == list(range(1, 9))
    assert [(c.seq, c.record_id) for c in kb.changes(since=2, limit=2)] == [(3, "C-2"), (4, "C-3")]
    assert kb.changes(since=8) == []
    assert kb.last_seq() == 8


def test_put_many_is_all_or_none(kb: KnowledgeBase):
    def failing() -> Iterator[Case]:
        for number in range(1200):
            yield make_case(f"C-{number}")
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="broke"):
        kb.put_many(failing(), actor="a")
    assert (kb.count("case"), kb.last_seq()) == (0, 0)


def test_put_many_tells_the_outcomes_in_order(kb: KnowledgeBase):
    kb.put_many([make_case("A"), make_case("B")], actor="a")
    changed = make_case("B", resolution="Something else.")
    outcomes = kb.put_many([make_case("A"), changed, make_article("A"), changed, make_case("B")], actor="a")
    assert outcomes == ["unchanged", "updated", "added", "unchanged", "updated"]
    assert kb.version("case", "B") == 3
    assert kb.get("case", "B") == make_case("B")
    assert kb.put_many([], actor="a") == []


def test_an_expected_version_guards_against_a_lost_update(kb: KnowledgeBase):
    kb.put(make_case(), actor="a", expected_version=0)
    kb.put(make_case(resolution="Second."), actor="a", expected_version=1)
    with pytest.raises(ConflictError, match="at version 2, not 1; load it again"):
        kb.put(make_case(resolution="Third."), actor="b", expected_version=1)
    with pytest.raises(ConflictError, match="already"):
        kb.put(make_case(), actor="b", expected_version=0)
    with pytest.raises(ConflictError, match="at version 0, not 4"):
        kb.put(make_case("C-9"), actor="b", expected_version=4)
    assert kb.get("case", "C-1").resolution == "Second."


def test_what_is_not_there(kb: KnowledgeBase):
    assert kb.find("case", "C-1") is None
    for ask in (kb.get, kb.version, lambda kind, id: kb.retire(kind, id, actor="a")):
        with pytest.raises(NotFoundError, match="there is no case 'C-1'"):
            ask("case", "C-1")
    with pytest.raises(NotFoundError, match="there is no suggestion 's'"):
        kb.suggestion("s")


def test_kinds_do_not_mix(kb: KnowledgeBase):
    kb.put_many(
        [make_case("x"), make_article("x"), make_template("x", move="greet"), make_question("x")], actor="a"
    )
    assert [kb.count(kind) for kind in ("case", "article", "template", "question")] == [1, 1, 1, 1]
    assert kb.get("article", "x") == make_article("x")
    assert kb.last_seq() == 4


def test_that_nothing_answers_a_question_is_not_the_same_as_not_saying(kb: KnowledgeBase):
    kb.put(make_question(relevant=None, category="x"), actor="a")
    assert kb.put(make_question(relevant=(), category="x"), actor="a") == "updated"
    assert kb.get("question", "G-1").relevant == ()
    assert kb.put(make_question(relevant=(), category="x"), actor="a") == "unchanged"


def test_questions_are_found_by_their_words_and_their_language(kb: KnowledgeBase):
    kb.put_many([make_question("a"), make_question("b", query="¿Dónde está?", language="es")], actor="a")
    assert [one.id for one in kb.list("question", text="donde").items] == ["b"]
    assert [one.id for one in kb.list("question", language="und").items] == ["a"]


def test_get_many_takes_more_ids_than_one_statement_does(kb: KnowledgeBase):
    kb.put_many([make_case(f"C-{n}") for n in range(1101)], actor="a")
    found = kb.get_many("case", [*(f"C-{n}" for n in range(1101)), "unknown"])
    assert len(found) == 1101
    assert found["C-1100"] == make_case("C-1100")
    assert kb.get_many("case", []) == {}


def test_pages_go_through_all_records_in_order(kb: KnowledgeBase):
    kb.put_many([make_case(f"C-{n:02}") for n in range(25)], actor="a")
    ids, after, sizes = [], None, []
    while True:
        page = kb.list("case", limit=10, after=after)
        ids += [record.id for record in page.items]
        sizes.append((len(page.items), page.total))
        after = page.next
        if after is None:
            break
    assert ids == [f"C-{n:02}" for n in range(25)]
    assert sizes == [(10, 25), (10, 25), (5, 25)]
    assert kb.list("case", limit=25).next is None
    assert [record.id for record in kb.each("case", batch_size=10)] == ids
    assert [record.id for record in kb.each("case", batch_size=25)] == ids


def test_lists_filter(kb: KnowledgeBase):
    kb.put_many(
        [
            make_case("A", language="es", problem="El PAQUETE del niño no llegó"),
            make_case("B", category="refund", tags=("100%",), status="pending"),
            make_case(
                "C", problem="", messages=(Message("customer", "where_is it"), Message("note", "Secret"))
            ),
            make_case("D", status="retired"),
        ],
        actor="a",
    )

    def ids(**which: object) -> list[str]:
        page = kb.list("case", **which)  # type: ignore[arg-type]
        assert page.total == len(page.items)
        return [record.id for record in page.items]

    assert ids(text="paquete NINO") == ["A"]
    assert ids(text="niño llego") == ["A"]
    assert ids(text="100%") == ["B"]
    assert ids(text="where_is") == ["C"]
    assert ids(text="whereXis") == []
    assert ids(text="secret") == []
    assert ids(text="  ") == ["A", "B", "C", "D"]
    assert ids(status="pending") == ["B"]
    assert ids(language="es", category="lost_parcel") == ["A"]
    assert ids(category="refund", status="published") == []
    assert kb.count("case", status="published") == 2
    assert [record.id for record in kb.each("case", status="retired")] == ["D"]


def test_reading_each_record_sees_writes_between_batches(kb: KnowledgeBase):
    kb.put_many([make_case(f"C-{n}") for n in range(4)], actor="a")
    ids = []
    for record in kb.each("case", batch_size=2):
        ids.append(record.id)
        kb.put(make_case("C-9"), actor="b")
    assert ids == ["C-0", "C-1", "C-2", "C-3", "C-9"]


def test_feedback_is_kept_and_found(kb: KnowledgeBase):
    used = Feedback("S-1", "used", item="case:C-1", conversation_id="K-1", text_before="a", text_after="b")
    assert kb.add_feedback(used, actor="maya") == 1
    assert kb.add_feedback(Feedback("S-2", "wrong", item="case:C-1", reason="too old"), actor="tom") == 2
    assert [(f.id, f.actor, f.at) for f in kb.feedback()] == [(2, "tom", NOON), (1, "maya", NOON)]
    assert kb.feedback(suggestion_id="S-1")[0].feedback == used
    assert [f.id for f in kb.feedback(item="case:C-1")] == [2, 1]
    assert [f.id for f in kb.feedback(limit=1)] == [2]
    assert kb.feedback(suggestion_id="S-1", item="case:C-2") == []


def test_a_suggestion_is_kept_and_replaced(kb: KnowledgeBase):
    kb.keep_suggestion("S-1", "K-1", {"draft": "Hola ñ", "cases": [1.5, None]})
    assert kb.suggestion("S-1") == {"draft": "Hola ñ", "cases": [1.5, None]}
    kb.keep_suggestion("S-1", None, {"draft": None})
    assert kb.suggestion("S-1") == {"draft": None}


@pytest.mark.parametrize("text", ["half \ud83d", "a\0b"])
def test_what_no_database_can_hold_is_refused(kb: KnowledgeBase, text: str):
    with pytest.raises(InputError):
        kb.put(make_case(problem=text), actor="a")
    with pytest.raises(InputError):
        kb.put_many([make_case("A"), make_case("B", messages=(Message("customer", text),))], actor="a")
    assert kb.count("case") == 0


def test_a_backslash_before_u0000_is_no_nul(kb: KnowledgeBase):
    kb.put(make_case(problem=r"shown as \u0000"), actor="a")
    assert kb.get("case", "C-1") == make_case(problem=r"shown as \u0000")


def test_an_id_or_number_that_cannot_be_asked_for_is_an_input_error(kb: KnowledgeBase):
    with pytest.raises(InputError):
        kb.find("case", "\udc00")
    with pytest.raises(InputError):
        kb.changes(since=2**70)


def test_numbers_go_on_after_reopening(tmp_path: Path):
    with open_base(tmp_path) as kb:
        kb.put_many([make_case("A"), make_case("B")], actor="a")
    with open_base(tmp_path) as kb:
        kb.put(make_case("C"), actor="a")
        assert kb.last_seq() == 3


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["x", "y"]), st.booleans()), max_size=12))
def test_replaying_the_changes_gives_the_base(tmp_path_factory, writes):
    with open_base(tmp_path_factory.mktemp("replay")) as kb:
        for id, text, retire in writes:
            kb.put(make_case(id, problem=text), actor="a")
            if retire:
                kb.retire("case", id, actor="a")
        replayed = {change.record_id: change.snapshot for change in kb.changes(since=0)}
        assert replayed == {record.id: record for record in kb.each("case")}
        for id in replayed:
            versions = [change.version for change in kb.history("case", id)]
            assert versions == list(range(1, kb.version("case", id) + 1))


def modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_store_loads_no_database_library(tmp_path: Path):
    loaded = modules_after("import knowledge_base.store, knowledge_base.importing, knowledge_base.exporting")
    assert not {"sqlalchemy", "alembic", "pydantic", "langcodes"} & loaded


def test_opening_a_base_that_is_up_to_date_loads_no_alembic(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'precedent.db'}"
    open_base(tmp_path).close()
    loaded = modules_after(
        f"from knowledge_base.store import KnowledgeBase\nKnowledgeBase.open({url!r}).close()"
    )
    assert "sqlalchemy" in loaded
    assert "alembic" not in loaded
