"""The measures against hand-computed values and scikit-learn; query files; a whole evaluation."""

from __future__ import annotations

import json
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot import __version__
from copilot.assemble import build_copilot
from copilot.evaluation.evaluate import Tally, _hits, evaluate, report
from copilot.evaluation.measures import auroc, interval, ndcg, percentile, recall_at, reciprocal_rank
from copilot.evaluation.queries import query_from_dict, read_queries
from copilot.settings import Settings
from indexer.build import build_index
from knowledge_base.errors import IndexMissingError, InputError, RecordError
from tests.builders import make_article, make_case, open_base
from tests.fakes import WordHashEmbedder

SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=20)


# ---- measures


def test_recall_and_reciprocal_rank_of_known_ranks():
    ranks = [1, 3, None, 12]
    assert [recall_at(k, ranks) for k in (1, 3, 10, 12)] == [0.25, 0.5, 0.5, 0.75]
    assert reciprocal_rank(10, ranks) == pytest.approx((1 + 1 / 3) / 4)
    assert reciprocal_rank(12, ranks) == pytest.approx((1 + 1 / 3 + 1 / 12) / 4)


def test_ndcg_of_known_places():
    assert ndcg(10, [[True]], [1]) == 1.0
    assert ndcg(10, [[False, True]], [1]) == pytest.approx(1 / log2(3))
    # Two relevant, found at 1 and 3, against the best places 1 and 2.
    assert ndcg(10, [[True, False, True]], [2]) == pytest.approx((1 + 1 / 2) / (1 + 1 / log2(3)))
    assert ndcg(2, [[False, False, True]], [1]) == 0.0
    assert ndcg(10, [[], [True]], [3, 1]) == 0.5


@given(st.lists(st.booleans(), max_size=15), st.integers(0, 5))
def test_ndcg_agrees_with_scikit_learn(found: list[bool], missed: int):
    from sklearn.metrics import ndcg_score

    relevant = sum(found) + missed
    if not relevant:
        return
    gains = [*map(float, found), *[0.0] * 12, *[1.0] * missed]  # what was missed comes last
    expected = ndcg_score([gains], [np.arange(len(gains), 0, -1)], k=10)
    assert ndcg(10, [found], [relevant]) == pytest.approx(expected)


@given(SCORES, SCORES)
def test_auroc_agrees_with_scikit_learn(answered: list[float], unanswered: list[float]):
    from sklearn.metrics import roc_auc_score

    labels = [1] * len(answered) + [0] * len(unanswered)
    assert auroc(answered, unanswered) == pytest.approx(roc_auc_score(labels, answered + unanswered))


def test_a_percentile_is_one_of_the_values():
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(share, values) for share in (0.0, 0.2, 0.5, 0.81, 0.95, 1.0)] == [1, 1, 3, 5, 5, 5]
    assert percentile(0.5, [1.0, 2.0]) == 1.0
    assert percentile(0.95, [7.0]) == 7.0


def test_an_interval_holds_the_mean_and_repeats():
    values = [1.0] * 60 + [0.0] * 40
    low, high = interval(values) or (0.0, 0.0)
    assert low < 0.6 < high
    assert high - low == pytest.approx(2 * 1.96 * 0.49 / 10, abs=0.03)
    assert interval(values) == (low, high)
    assert interval([1.0, 1.0]) == (1.0, 1.0)


def test_without_labels_there_is_no_figure():
    assert recall_at(1, []) is reciprocal_rank(10, []) is ndcg(10, [], []) is None
    assert auroc([0.5], []) is auroc([], [0.5]) is percentile(0.5, []) is interval([1.0]) is None


def test_a_case_and_an_article_of_one_id_count_once():
    assert _hits(["a", "b", "a"], frozenset({"a"})) == [True, False, False]


def test_the_report_holds_nulls_and_rounded_figures():
    empty = report(Tally(milliseconds=[1.234, 5.678]), 2)
    assert empty == {
        "n": 2, "recall@1": None, "recall@3": None, "recall@5": None, "recall@10": None, "mrr@10": None,
        "ndcg@10": None, "category_accuracy": None, "abstention_auroc": None,
        "latency_ms": {"p50": 1.23, "p95": 5.68}, "intervals": {},
    }  # fmt: skip
    tally = Tally(
        hits=[[True], [False], [False, True]], relevant=[1, 1, 1], category_right=[True, True, False]
    )
    figures = report(tally, 3)
    assert (figures["recall@1"], figures["recall@3"], figures["mrr@10"]) == (0.3333, 0.6667, 0.5)
    assert figures["category_accuracy"] == 0.6667
    assert figures["intervals"].keys() == {"recall@1", "recall@5", "category_accuracy"}


# ---- query files


def query(**fields: Any) -> Any:
    return query_from_dict({"id": "q", "query": "where is it?"} | fields, "q.jsonl", 7)


@pytest.mark.parametrize(
    ("labels", "relevant", "category", "known"),
    [
        ({}, None, None, None),
        ({"relevant": ["a", "b", "a"]}, {"a", "b"}, None, True),
        ({"relevant": []}, set(), None, False),
        ({"relevant": None}, None, None, None),
        ({"category": "refund"}, None, "refund", True),
        ({"category": None}, None, None, False),
        ({"relevant": ["a"], "category": None}, {"a"}, None, True),
        ({"relevant": [], "category": "refund"}, set(), "refund", False),
    ],
)
def test_labels_are_read_as_the_contract_says(
    labels: dict[str, Any], relevant: set[str] | None, category: str | None, known: bool | None
):
    read = query(**labels)
    assert (read.relevant, read.category, read.known) == (relevant, category, known)


def test_a_query_is_a_text_or_messages():
    assert query(language="pt_br").conversation.language == "pt-BR"
    assert query().conversation.messages[0].text == "where is it?"
    messages = [{"role": "agent", "text": "hello"}, {"role": "customer", "text": "hi"}]
    read = query_from_dict({"id": 5, "messages": messages, "customer": {"name": "Ana"}}, "q.jsonl", 1)
    assert (read.id, read.conversation.customer.name, len(read.conversation.messages)) == ("5", "Ana", 2)
    assert query_from_dict({"query": "x"}, "q.jsonl", 7).id == "7"


def test_a_bad_query_names_line_and_field():
    with pytest.raises(RecordError) as caught:
        query(relevant=[1])
    assert (caught.value.file, caught.value.line, caught.value.field) == ("q.jsonl", 7, "relevant")


def test_the_digest_names_the_set(tmp_path: Path):
    (tmp_path / "a.jsonl").write_text('{"query": "x"}\n\n{"query": "y"}')
    (tmp_path / "b.jsonl").write_text('{"query": "x"}\n\n{"query": "z"}')
    queries, digest = read_queries(tmp_path / "a.jsonl")
    assert [q.id for q in queries] == ["1", "3"]
    assert len(digest) == 12
    assert read_queries(tmp_path / "a.jsonl")[1] == digest != read_queries(tmp_path / "b.jsonl")[1]


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_a_file_without_queries_is_an_error(tmp_path: Path, content: bytes):
    (tmp_path / "q.jsonl").write_bytes(content)
    with pytest.raises(InputError, match="holds no query"):
        read_queries(tmp_path / "q.jsonl")


def test_a_missing_file_is_an_error(tmp_path: Path):
    with pytest.raises(InputError, match="No such file"):
        read_queries(tmp_path / "q.jsonl")


# ---- the whole


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("copilot.assemble.build_embedder", lambda settings: WordHashEmbedder())
    return tmp_path


def test_an_evaluation_measures_what_is_indexed(folder: Path):
    subjects = ["parcel lost in transit", "lamp broken on arrival", "invoice without tax number"]
    with open_base(folder) as base:
        cases = [make_case(f"C-{n}", problem=s, category=s.split()[0]) for n, s in enumerate(subjects)]
        base.put_many([*cases, make_article()], actor="test")
        index = build_index(base, folder / "index", WordHashEmbedder())
        copilot = build_copilot(Settings(data=folder), base)
        lines = [{"query": s, "relevant": [f"C-{n}"]} for n, s in enumerate(subjects)]
        lines += [{"query": "parcel lost", "relevant": ["C-1"]}, {"query": "sing a song", "relevant": []}]
        file = folder / "q.jsonl"
        file.write_text("\n".join(map(json.dumps, lines)))
        seen: list[tuple[int, int]] = []
        figures = evaluate(
            copilot, file, kind="case", progress=lambda done, total: seen.append((done, total))
        )
    assert index.passages > 3
    assert (figures["n"], figures["recall@1"], figures["recall@10"]) == (5, 0.75, 1.0)
    assert 0.75 < figures["mrr@10"] < 0.88
    assert seen == [(n, 5) for n in range(1, 6)]
    signature = figures["signature"]
    assert (signature["n"], signature["kind"], signature["version"]) == (5, "case", __version__)
    assert signature["set"] == read_queries(file)[1]


def test_an_evaluation_needs_an_index(folder: Path):
    (folder / "q.jsonl").write_text('{"query": "x"}')
    with open_base(folder) as base, pytest.raises(IndexMissingError):
        evaluate(build_copilot(Settings(data=folder), base), folder / "q.jsonl")
