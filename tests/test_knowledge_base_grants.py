"""The log of grants: kept, found, counted by reason, exported and imported; customers only as digests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.errors import RecordError
from knowledge_base.exporting import export_to
from knowledge_base.grants import Grant, customer_key, grant_from_dict, grant_to_dict
from knowledge_base.importing import Counts, import_paths
from knowledge_base.models import Customer
from knowledge_base.money import Money
from knowledge_base.store import KnowledgeBase
from tests.builders import NOON, make_case, make_conversation, open_base

RETURNS, VOUCHERS = "late-returns#up-to-14-days-late", "goodwill-authority#what-an-agent-may-grant"


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


def make_grant(**fields: object) -> Grant:
    told = {"kind": "voucher", "why": "third delay", "who": "maya", "at": NOON, "article": VOUCHERS}
    return Grant(**told | fields)  # type: ignore[arg-type]


def eur(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def test_grants_are_kept_and_found_newest_first(kb: KnowledgeBase) -> None:
    first = make_grant(amount=eur("20"), customer="a", approved_by="Ines", conversation_id="K-1")
    later = make_grant(kind="late_return", at=NOON + timedelta(days=1), article=RETURNS, customer="b")
    assert kb.grants.add([first, later]) == ["added", "added"]
    assert kb.grants.newest() == [later, first]
    assert kb.grants.newest(customer="a") == [first]
    assert kb.grants.newest(kinds=("late_return", "exception")) == [later]
    assert kb.grants.newest(article=VOUCHERS, kinds=("late_return",)) == []
    assert kb.grants.newest(since=NOON + timedelta(hours=1)) == [later]
    assert kb.grants.newest(limit=1) == [later]
    own, like = kb.grants.bearing(customer="a", since=NOON, kinds=("late_return",), limit=3)
    assert (own, like) == ([first], [later])


def test_the_same_grant_again_changes_nothing(kb: KnowledgeBase) -> None:
    grant = make_grant(amount=eur("20"))
    assert kb.grants.add([grant]) == ["added"]
    assert kb.grants.add([grant]) == ["unchanged"]
    assert kb.grants.add([replace(grant, why="fourth delay")]) == ["updated"]
    assert [one.why for one in kb.grants.newest()] == ["fourth delay"]


def test_a_summary_by_article_and_kind_with_the_newest_reasons(kb: KnowledgeBase) -> None:
    kb.grants.add(
        make_grant(amount=eur("10.50"), why=why, at=NOON + timedelta(hours=n))
        for n, why in enumerate(("delay", "no call", "delay", "wrong colour", "damaged"))
    )
    kb.grants.add([make_grant(kind="late_return", article=RETURNS, why="ill")])
    often, once = kb.grants.summary()
    assert (often.article, often.kind, often.count, str(often.total)) == (VOUCHERS, "voucher", 5, "52.50 EUR")
    assert often.reasons == ("damaged", "wrong colour", "delay")
    assert often.last == NOON + timedelta(hours=4)
    assert (once.article, once.count, once.total, once.reasons) == (RETURNS, 1, None, ("ill",))
    assert [one.count for one in kb.grants.summary(since=NOON + timedelta(hours=3))] == [2]


def test_cases_that_cite_a_section_newest_first(kb: KnowledgeBase) -> None:
    kb.put_many(
        [
            make_case(f"C-{day}", policies=(RETURNS,), resolved_at=datetime(2026, 5, day, tzinfo=UTC))
            for day in (1, 9, 5)
        ]
        + [
            make_case("C-other", policies=(f"{RETURNS}-x",)),
            make_case("C-words", problem=f'They wrote "{RETURNS}".'),
            make_case("C-old", policies=(RETURNS,), status="retired"),
        ],
        actor="t",
    )
    assert [case.id for case in kb.grants.citing(RETURNS, limit=2)] == ["C-9", "C-5"]


def test_an_export_holds_the_log_and_importing_it_gives_the_same(kb: KnowledgeBase, tmp_path: Path) -> None:
    grants = [
        make_grant(amount=eur("20"), customer="a"),
        make_grant(kind="discount", amount=Money(Decimal(15), "%")),
    ]
    kb.grants.add(grants)
    assert export_to(kb, tmp_path / "out").grants == 2
    with open_base(tmp_path, "other.db") as other:
        assert import_paths(other, [tmp_path / "out"], strict=True).grants == Counts(added=2)
        assert import_paths(other, [tmp_path / "out"]).grants == Counts(unchanged=2)
        assert list(other.grants.each()) == sorted(grants, key=lambda grant: grant.id)
    kb.close()


def test_a_bad_line_is_reported_and_with_strict_the_whole_file_refused(
    kb: KnowledgeBase, tmp_path: Path
) -> None:
    good = json.dumps(grant_to_dict(make_grant()))
    path = tmp_path / "grants.jsonl"
    path.write_text(f'{good}\n\n{{"kind": "gift", "who": "m", "why": "x", "at": "2026-01-01"}}\n[]\n')
    strict = import_paths(kb, [path], strict=True)
    assert (strict.grants, kb.grants.count()) == (Counts(rejected=3), 0)
    report = import_paths(kb, [path])
    assert report.grants == Counts(added=1, rejected=2)
    assert [(e.line, e.field) for e in report.errors] == [(3, "kind"), (4, "")]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("kind", None, "must be one of voucher, credit"),
        ("why", " ", "is missing or empty"),
        ("why", "x" * 1001, "longer than 1000"),
        ("who", None, "is missing or empty"),
        ("amount", "twenty", "isn't a sum such as 20.00 EUR or 15 %"),
        ("amount", "-5 EUR", "isn't a sum"),
        ("amount", "101 %", "more than all of it"),
        ("at", "soon", "isn't an ISO 8601 time"),
        ("at", None, "is missing or empty"),
        ("id", "x" * 65, "longer than 64"),
    ],
)
def test_a_bad_grant_is_told(field: str, value: object, message: str) -> None:
    given = grant_to_dict(make_grant()) | {field: value}
    with pytest.raises(RecordError, match=message) as told:
        grant_from_dict(given, "f", 1)
    assert told.value.field == field


@given(
    amount=st.none() | st.builds(Money.of_hundredths, st.integers(0, 10**9), st.sampled_from(("EUR", "USD"))),
    kind=st.sampled_from(("voucher", "late_return", "goodwill")),
)
def test_written_and_read_again_a_grant_is_the_same(amount: Money | None, kind: str) -> None:
    grant = make_grant(amount=amount, kind=kind)
    assert grant_from_dict(json.loads(json.dumps(grant_to_dict(grant))), "f", 1) == grant


def test_a_customer_is_known_by_a_digest_alone() -> None:
    ana = make_conversation(customer=Customer("Ana Ruiz", joined=date(2022, 5, 1)))
    same = make_conversation("Again!", id="K-9", customer=Customer(" ANA  Ruiz", joined=date(2022, 5, 1)))
    other = make_conversation(customer=Customer("Ana Ruiz", joined=date(2023, 5, 1)))
    key = customer_key(ana)
    assert key is not None
    assert len(key) == 32
    assert "ana" not in key
    assert customer_key(same) == key != customer_key(other)
    assert customer_key(make_conversation(customer=Customer())) is None
    by_id = {"slots": {"customer_id": "77"}}
    assert customer_key(make_conversation(**by_id)) == customer_key(
        make_conversation(customer=Customer(), **by_id)
    )
