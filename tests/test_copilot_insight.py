"""Measures on a base small enough to be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.insight.desk import GroupBy, Insight, MeasureName, Table
from copilot.insight.figures import FEWEST, mean, share
from copilot.insight.rises import rises, tick_of
from knowledge_base.grants import Grant
from knowledge_base.models import Case, Corrections, Customer, Feedback, Message, Outcome, Source
from knowledge_base.store import KnowledgeBase
from knowledge_base.tallies import Span, Sums
from tests.builders import NOON, make_case, make_conversation, open_base

DAY = timedelta(days=1)
WHOLE = Span()


def ended(
    number: int,
    *,
    category: str,
    csat: int,
    language: str = "en",
    resolved: bool = True,
    reopened: bool = False,
    agent: int = 1,
) -> Case:
    """A case that began at noon `number` days ago and was answered after ten minutes, `agent` times."""
    at = NOON - number * DAY
    said = [Message("customer", "It is broken.", at)]
    for turn in range(agent):
        said.append(Message("agent", "We see to it.", at + timedelta(minutes=10 + turn)))
        said.append(Message("customer", "Thanks.", at + timedelta(minutes=30 + turn)))
    return make_case(
        f"C-{category}-{number}",
        category=category,
        language=language,
        messages=tuple(said),
        outcome=Outcome(resolved, reopened, csat, 6.0),
        resolved_at=at,
        source=Source("zammad", f"{category}-{number}"),
    )


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        lost = [ended(n, category="lost", csat=5 if n < 4 else 1, agent=1 if n < 3 else 2) for n in range(6)]
        fault = [
            ended(n, category="fault", language="de", csat=3, resolved=n > 0, reopened=n == 1)
            for n in range(5)
        ]
        rare = [ended(n, category="rare", csat=1) for n in range(2)]
        base.put_many([*lost, *fault, *rare], actor="t")
        yield base


def table(base: KnowledgeBase, name: MeasureName, by: GroupBy = "category", span: Span = WHOLE) -> Table:
    return Insight(base, lambda: NOON).table(name, span, by)


def told(found: Table) -> dict[str | None, tuple[int, float | None]]:
    return {one.group: (one.n, None if one.value is None else round(one.value, 4)) for one in found.figures}


def test_figures_by_category(base: KnowledgeBase) -> None:
    # lost: 5, 5, 5, 5, 1, 1; fault: 3 five times; rare: two cases, too few to tell.
    assert told(table(base, "csat")) == {"lost": (6, 3.6667), "fault": (5, 3.0), "rare": (2, None)}
    assert told(table(base, "resolved")) == {"lost": (6, 1.0), "fault": (5, 0.8), "rare": (2, None)}
    assert told(table(base, "reopened")) == {"lost": (6, 0.0), "fault": (5, 0.2), "rare": (2, None)}
    # lost: three of six with one turn; fault: one unresolved, one reopened.
    assert told(table(base, "first_contact")) == {"lost": (6, 0.5), "fault": (5, 0.6), "rare": (2, None)}
    assert told(table(base, "handling")) == {"lost": (6, 6.0), "fault": (5, 6.0), "rare": (2, None)}
    assert told(table(base, "response")) == {"lost": (6, 10.0), "fault": (5, 10.0), "rare": (2, None)}
    total = table(base, "csat").total
    assert total is not None
    assert (total.n, total.value) == (13, pytest.approx((4 * 5 + 2 + 15 + 2) / 13))


def test_the_interval_is_students(base: KnowledgeBase) -> None:
    # 5, 5, 5, 5, 1, 1: s = 2.0656, t(5) = 2.5706, so 3.6667 ± 2.1677, held within 1 to 5.
    lost = table(base, "csat").figures[0]
    assert (lost.low, lost.high) == (pytest.approx(1.499, abs=1e-3), 5.0)


def test_by_language_week_and_filters(base: KnowledgeBase) -> None:
    assert told(table(base, "csat", "language"))["de"] == (5, 3.0)
    # NOON is a Sunday: days 0 to 5 lie in the week of Monday the 16th.
    assert told(table(base, "resolved", "week")) == {"2026-11-16": (13, round(12 / 13, 4))}
    recent = Span(since=NOON - 2 * DAY, category="lost")
    assert told(table(base, "csat", "category", recent)) == {"lost": (3, None)}
    assert told(table(base, "resolved", "language", Span(language="de"))) == {"de": (5, 0.8)}


def test_with_and_without_the_copilot(base: KnowledgeBase) -> None:
    for n in range(5):
        base.add_feedback(Feedback(f"S-{n}", "used", "draft", None, f"lost-{n}"), actor="maya")
    base.add_feedback(Feedback("S-9", "rejected", "draft", None, "fault-1"), actor="maya")
    # Those with: 5, 5, 5, 5, 1; without: 1, five times 3, twice 1.
    assert told(table(base, "csat", "copilot")) == {"without": (8, 2.25), "with": (5, 4.2)}


def test_what_became_of_suggestions(base: KnowledgeBase) -> None:
    for n, (verdict, reason) in enumerate(
        [("copied", None), ("used", None), ("edited", None), *[("rejected", "Wrong case: not this")] * 5]
    ):
        base.add_feedback(Feedback(f"S-{n}", verdict, "draft", reason), actor="maya")  # type: ignore[arg-type]
    base.add_feedback(Feedback("S-2", "copied", "draft"), actor="maya")  # said more already
    for n in range(6):
        verdict = "wrong" if n == 0 else "helpful"
        base.add_feedback(Feedback(f"S-{n}", verdict, "case:C-1"), actor="maya")  # type: ignore[arg-type]
    assert told(table(base, "suggestions")) == {
        "used": (8, 0.25),
        "edited": (8, 0.125),
        "rejected": (8, 0.625),
    }
    assert told(table(base, "rejections")) == {"wrong case": (5, 5.0)}
    assert told(table(base, "sources")) == {"case:C-1": (6, round(5 / 6, 4))}


def test_grants_by_kind_and_who(base: KnowledgeBase) -> None:
    base.grants.add([Grant("voucher", "late", "maya" if n else "tom", NOON) for n in range(6)])
    assert told(table(base, "grants")) == {"voucher": (6, 6.0)}
    assert told(table(base, "granters")) == {"maya": (5, 5.0), "tom": (1, None)}


def test_repeat_complaints(tmp_path: Path) -> None:
    now = [NOON - 60 * DAY]
    with open_base(tmp_path, clock=lambda: now[0]) as base:
        # Ana after 10 days (repeat) and after 40 more (none); five others once each.
        for at, who in [(0, "Ana"), (10, "Ana"), (50, "Ana"), *((20, f"P{n}") for n in range(5))]:
            now[0] = NOON - (60 - at) * DAY
            sorted_as = Corrections(category="lost")
            base.conversations.receive(
                make_conversation(id=f"K-{at}-{who}", customer=Customer(who), corrections=sorted_as)
            )
        found = table(base, "repeat")
        assert told(found) == {"lost": (8, 0.125)}
        assert told(table(base, "volume")) == {"lost": (8, 8.0)}
        assert told(table(base, "repeat", "category", Span(category="fault"))) == {}


def test_what_has_no_data_says_why(base: KnowledgeBase) -> None:
    assert (table(base, "nps").figures, table(base, "nps").missing) == ((), "no_rows")
    assert table(base, "grants").missing == "no_rows"
    assert table(base, "repeat", "copilot").missing == "not_grouped"


@given(st.lists(st.booleans(), min_size=0, max_size=40))
def test_shares_lie_within_their_interval(hits: list[bool]) -> None:
    one = share("g", sum(hits), len(hits))
    if len(hits) < FEWEST:
        assert (one.value, one.low, one.high) == (None, None, None)
    else:
        assert one.value is not None
        assert one.low is not None
        assert one.high is not None
        assert 0 <= one.low <= one.value + 1e-12
        assert one.value - 1e-12 <= one.high <= 1


@given(st.lists(st.integers(1, 5), min_size=5, max_size=40))
def test_means_lie_within_their_interval(values: list[int]) -> None:
    sums = Sums(len(values), float(sum(values)), float(sum(v * v for v in values)))
    one = mean("g", sums, least=1.0, most=5.0)
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    assert 1 <= one.low <= one.value + 1e-9
    assert one.value - 1e-9 <= one.high <= 5


def test_groups_sum_up(base: KnowledgeBase) -> None:
    for by in ("category", "language", "week", "copilot"):
        for found in Insight(base).tables(WHOLE, by):
            if found.by is not None and found.total is not None:
                assert sum(one.n for one in found.figures) == found.total.n


def test_a_rise_is_told_and_the_usual_is_not() -> None:
    now = datetime(2026, 11, 27, 14, 7, tzinfo=UTC)
    at = tick_of(now)
    assert at == datetime(2026, 11, 27, 14, tzinfo=UTC)
    usual = [at - timedelta(minutes=5 * n + 1) for n in range(30 * 24 * 12)][::-1]  # 12 an hour, always
    extra = [at - timedelta(minutes=n + 0.5) for n in range(36)][::-1]
    assert rises({"lost": usual, "fault": usual}, at) == []
    (one,) = rises({"lost": sorted([*usual, *extra]), "fault": usual}, at)
    assert (one.category, one.seen, one.minutes) == ("lost", 48, 60)
    assert one.expected == pytest.approx(12.0, abs=0.1)


def test_nothing_is_told_without_a_week_of_history() -> None:
    at = datetime(2026, 11, 27, 14, tzinfo=UTC)
    few = [at - timedelta(minutes=n) for n in range(200, 0, -1)]
    assert rises({"lost": few}, at) == []
    assert rises({}, at) == []


def test_promoters_less_detractors(base: KnowledgeBase) -> None:
    answers = (10, 9, 9, 8, 7, 6, 0, 10, None, 10)  # five promoters, two detractors, of nine
    cases = [make_case(f"N-{n}", outcome=Outcome(nps=answer)) for n, answer in enumerate(answers)]
    base.put_many(cases, actor="t")
    found = table(base, "nps")
    assert found.total is not None
    assert (found.unit, found.total.n, found.total.value) == ("points", 9, pytest.approx(100 * 3 / 9))
    assert (found.total.low or 0) < 0 < (found.total.high or 0) <= 100
