"""Cases with the same fix share their outcomes; the dates of policy are told; nothing is embedded twice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer import fix_finding
from indexer.embedder import SentenceEmbedder
from indexer.fix_finding import SAME_FIX, find_fixes, same_fix
from indexer.fixes import Fixes, PolicyDates, Track
from indexer.policy_dates import policy_dates
from knowledge_base.errors import IndexDamagedError
from knowledge_base.models import Case, Outcome
from tests.builders import NOON, make_article, make_case, open_base
from tests.fakes import ListOfRecords, WordHashEmbedder

HELD, REOPENED, FAILED = Outcome(True, False, 5), Outcome(True, True, 2), Outcome(False)


def fixes_of(folder: Path, *cases: Case, embedder: object = None, previous: Path | None = None) -> Fixes:
    folder.mkdir(exist_ok=True)
    find_fixes(ListOfRecords(*cases), folder, embedder or WordHashEmbedder(), previous)  # type: ignore[arg-type]
    return Fixes.load(folder)


def counts(fixes: Fixes, *ids: str) -> list[tuple[int, int]]:
    return [(fixes.track(i).worked, fixes.track(i).tried) for i in ids]


def test_cases_of_one_category_that_say_the_same_pool(tmp_path: Path) -> None:
    """With the real model: wording may differ, numbers may not, another category is another fix."""
    send = "Open a trace with the carrier and offer a replacement or a full refund."
    fixes = fixes_of(
        tmp_path,
        make_case("A", resolution=send, outcome=HELD),
        make_case("B", resolution=" Open a trace with the  carrier and offer a replacement or a full refund.",
                  outcome=REOPENED),
        make_case("C", resolution="Open a trace with the carrier, then offer a full refund or a replacement.",
                  outcome=HELD),
        make_case("D", resolution="Explain that gift cards are valid for three years.", outcome=FAILED),
        make_case("E", resolution=send, category="damaged", outcome=FAILED),
        make_case("F", resolution="Open a trace; the carrier answers within 3 working days.", outcome=HELD),
        make_case("G", resolution="Open a trace; the carrier answers within 5 working days.", outcome=HELD),
        make_case("H", resolution=send),
        embedder=SentenceEmbedder(None),
    )  # fmt: skip
    assert counts(fixes, "A", "B", "C", "H") == [(2, 3)] * 4
    assert counts(fixes, "D", "E", "F", "G") == [(0, 1), (0, 1), (1, 1), (1, 1)]
    assert counts(fixes, "unknown") == [(0, 0)]
    assert (fixes.desk.worked, fixes.desk.tried) == (4, 7)


def test_cases_without_category_pool_only_the_same_text(tmp_path: Path) -> None:
    fixes = fixes_of(
        tmp_path,
        make_case("A", category=None, resolution="Sent it again.", outcome=HELD),
        make_case("B", category=None, resolution="Sent  it\nagain.", outcome=FAILED),
        make_case("C", category=None, resolution="sent it again", outcome=HELD),
    )
    assert counts(fixes, "A", "B", "C") == [(1, 2), (1, 2), (1, 1)]


def test_what_failed_lately_weighs_more_than_what_once_held(tmp_path: Path) -> None:
    days = {
        "old": datetime(2022, 11, 22, tzinfo=UTC),
        "new": datetime(2026, 11, 22, tzinfo=UTC),
        "none": None,
    }
    cases = [
        make_case(name, resolution=name, outcome=HELD, resolved_at=day, category=None)
        for name, day in days.items()
    ]
    fixes = fixes_of(tmp_path, *cases)
    assert [fixes.track(name).seen for name in days] == pytest.approx([0.25, 1.0, 1.0], abs=0.001)
    assert fixes.track("old").praise / fixes.track("old").rated == 5.0


def test_only_what_can_pool_is_embedded_and_only_once(tmp_path: Path) -> None:
    first = [
        make_case("A", resolution="Sent it again.", outcome=HELD),
        make_case("B", resolution="Refunded it.", outcome=HELD),
        make_case("C", resolution="Refunded it."),
        make_case("D", category="alone", resolution="Mended it.", outcome=HELD),
        make_case("E", category="unknown", resolution="Waited."),
        make_case("F", category="unknown", resolution="Called."),
        make_case("G", category=None, resolution="Wrote.", outcome=HELD),
    ]
    embedder = WordHashEmbedder()
    fixes_of(tmp_path / "1", *first, embedder=embedder)
    assert sorted(embedder.embedded) == ["Refunded it.", "Sent it again."]
    embedder.embedded.clear()
    more = make_case("H", resolution="Gave a voucher.", outcome=FAILED)
    again = fixes_of(tmp_path / "2", *first, more, embedder=embedder, previous=tmp_path / "1")
    assert embedder.embedded == ["Gave a voucher."]
    fresh = fixes_of(tmp_path / "3", *first, more)
    for name in "ABCDEFGH":
        assert again.track(name) == fresh.track(name)


def test_an_empty_base_and_an_index_from_before(tmp_path: Path) -> None:
    assert fixes_of(tmp_path / "empty").track("A") == Track()
    assert Fixes.load(tmp_path / "nowhere") == Fixes()
    (tmp_path / "empty" / "fixes.npz").write_bytes(b"no")
    with pytest.raises(IndexDamagedError):
        Fixes.load(tmp_path / "empty")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(0, 60))
def test_groups_are_led_by_what_they_resemble_whatever_the_blocks(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(4, 8))
    vectors = centres[rng.integers(0, 4, n)] + rng.normal(scale=0.2, size=(n, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    numbers = [frozenset(map(str, rng.integers(0, 3, rng.integers(0, 2)))) for _ in range(n)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fix_finding, "ROWS", 7)
        leader = same_fix(vectors, numbers)
    assert np.array_equal(leader, same_fix(vectors, numbers))
    for row, place in enumerate(leader.tolist()):
        assert place <= row
        assert leader[place] == place
        assert vectors[row] @ vectors[place] >= SAME_FIX - 1e-5
        assert numbers[row] <= numbers[place] or numbers[place] <= numbers[row] or row == place


def test_a_large_category_is_grouped_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.fix_finding.BLOCK", 2)
    cases = [make_case(f"{n}", resolution=f"Sent it again {'!' * n}", outcome=HELD) for n in range(5)]
    fixes = fixes_of(tmp_path, *cases)
    assert [fixes.track(f"{n}").tried for n in range(5)] == [2, 2, 2, 2, 1]


def test_since_when_the_text_of_an_article_stands(tmp_path: Path) -> None:
    with open_base(tmp_path) as base:
        base.put(make_article("untouched"), actor="a")
        base.put(
            make_article("dated", effective_from=date(2026, 1, 1), effective_to=date(2026, 6, 1)), actor="a"
        )
        for body in ("one", "two"):
            base.put(make_article("rewritten", body=body, effective_from=date(2026, 1, 1)), actor="a")
        for day in (None, date(2027, 1, 1)):
            base.put(make_article("reviewed", review_by=day), actor="a")
        base.put(make_article("gone"), actor="a")
        base.retire("article", "gone", actor="a")
        assert policy_dates(base) == {
            "dated": PolicyDates("Returns", date(2026, 1, 1), date(2026, 6, 1)),
            "rewritten": PolicyDates("Returns", NOON.date(), None),
            "gone": PolicyDates("Returns", None, date.min),
        }
