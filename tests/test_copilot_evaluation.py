"""The measures against hand-computed values and scikit-learn; query files; whole evaluations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot import __version__
from copilot.assemble import build_copilot
from copilot.assist import Copilot
from copilot.evaluation.evaluate import Wanted, evaluate
from copilot.evaluation.measures import auroc, first_rank, ndcg, percentile, reached, reciprocal_rank
from copilot.evaluation.outcome import Item, Outcome
from copilot.evaluation.queries import LabelledQuery, query_from_dict, query_of, read_queries
from copilot.evaluation.report import detail_of, figures_of
from copilot.settings import Settings
from indexer.build import build_index
from knowledge_base.errors import IndexMissingError, InputError, RecordError
from tests.builders import make_article, make_case, make_question, open_base
from tests.fakes import WordHashEmbedder

SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=20)


# ---- measures


def test_recall_and_reciprocal_rank_of_known_ranks():
    assert [first_rank(hits) for hits in ([True], [False, False, True], [False], [])] == [1, 3, None, None]
    ranks = [1, 3, None, 12]
    recalls = [sum(reached(k, rank) for rank in ranks) / 4 for k in (1, 3, 10, 12)]
    assert recalls == [0.25, 0.5, 0.5, 0.75]
    assert [reciprocal_rank(10, rank) for rank in ranks] == [1, pytest.approx(1 / 3), 0, 0]
    assert reciprocal_rank(12, 12) == pytest.approx(1 / 12)


def test_ndcg_of_known_places():
    assert ndcg(10, [True], 1) == 1.0
    assert ndcg(10, [False, True], 1) == pytest.approx(1 / log2(3))
    # Two relevant, found at 1 and 3, against the best places 1 and 2.
    assert ndcg(10, [True, False, True], 2) == pytest.approx((1 + 1 / 2) / (1 + 1 / log2(3)))
    assert ndcg(2, [False, False, True], 1) == 0.0
    assert ndcg(10, [], 3) == 0.0


@settings(deadline=None)  # the first example loads libraries
@given(st.lists(st.booleans(), max_size=15), st.integers(0, 5))
def test_ndcg_agrees_with_scikit_learn(found: list[bool], missed: int):
    from sklearn.metrics import ndcg_score

    relevant = sum(found) + missed
    if not relevant:
        return
    gains = [*map(float, found), *[0.0] * 12, *[1.0] * missed]  # what was missed comes last
    expected = ndcg_score([gains], [np.arange(len(gains), 0, -1)], k=10)
    assert ndcg(10, found, relevant) == pytest.approx(expected)


@settings(deadline=None)  # the first example loads libraries
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


def test_without_labels_there_is_no_figure():
    assert auroc([0.5], []) is auroc([], [0.5]) is percentile(0.5, []) is None


# ---- outcomes


def outcome(
    id: str = "q",
    found: str = "",
    *,
    sure: float = 0.5,
    named: str | None = None,
    milliseconds: float = 1.0,
    **labels: Any,
) -> Outcome:
    """A query that found the cases named by the letters of `found`; those of `relevant` are right."""
    query = query_from_dict({"id": id, "query": "x"} | labels, "q.jsonl", 1)
    items = tuple(Item("case", one, sure, one in (query.relevant or ())) for one in found)
    return Outcome(query, "x", "en", items, items[:3], named, milliseconds)


def test_a_case_and_an_article_of_one_id_count_once():
    assert outcome(found="aba", relevant=["a"]).hits == [True, False, False]


def test_the_figures_hold_nulls_without_labels():
    figures = figures_of([outcome(milliseconds=1.234), outcome(milliseconds=5.678)], 0.3)
    assert figures == {
        "n": 2, "recall@1": None, "recall@3": None, "recall@5": None, "recall@10": None, "mrr@10": None,
        "ndcg@10": None, "category_accuracy": None, "answered": None, "silent": None,
        "abstention_auroc": None, "latency_ms": {"p50": 1.23, "p95": 5.68}, "intervals": {},
        "calibration": {"first_three": None, "first_place": None, "above_floor": None, "floor": 0.3},
    }  # fmt: skip
    assert figures_of([], 0.3)["n"] == 0


def test_the_figures_are_rounded_means():
    figures = figures_of(
        [
            outcome(found="a", relevant=["a"], category="lost", named="lost"),
            outcome(found="b", relevant=["a"], category="lost", named="lost"),
            outcome(found="ba", relevant=["a"], category="lost", named="broken"),
        ],
        0.3,
    )
    assert (figures["recall@1"], figures["recall@3"], figures["mrr@10"]) == (0.3333, 0.6667, 0.5)
    assert figures["category_accuracy"] == 0.6667
    assert figures["intervals"].keys() == {
        "recall@1", "recall@3", "recall@5", "recall@10", "mrr@10", "ndcg@10", "category_accuracy", "answered",
    }  # fmt: skip
    low, high = figures["intervals"]["recall@3"]
    assert low < 0.6667 < high


def test_what_is_shown_from_the_floor_on():
    outcomes = [
        outcome(found="a", relevant=["a"], sure=0.3),
        outcome(found="a", relevant=["a"], sure=0.29),
        outcome(found="b", relevant=[], sure=0.2),
        outcome(found="b", relevant=[], sure=0.8),
        outcome(found="", relevant=[]),
    ]
    figures = figures_of(outcomes, 0.3)
    assert (figures["answered"], figures["silent"]) == (0.5, 0.6667)
    # 0.3 and 0.29 against 0.2, 0.8 and 0: four of six pairs are in order.
    assert figures["abstention_auroc"] == 0.6667
    assert [figures["calibration"][name]["n"] for name in ("first_three", "above_floor")] == [4, 2]


def test_the_detail_names_the_categories_told_worst():
    told = [("lost", "lost"), ("lost", "broken"), ("lost", None), ("broken", "broken"), ("late", "lost")]
    detail = detail_of([outcome(category=wanted, named=named) for wanted, named in told])
    assert detail["categories"] == 3
    assert detail["worst_categories"] == [
        {"category": "late", "n": 1, "accuracy": 0.0, "taken_for": [{"category": "lost", "n": 1}]},
        {"category": "lost", "n": 3, "accuracy": 0.3333,
         "taken_for": [{"category": "(none)", "n": 1}, {"category": "broken", "n": 1}]},
        {"category": "broken", "n": 1, "accuracy": 1.0, "taken_for": []},
    ]  # fmt: skip


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
        ({"category": None}, set(), None, False),
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


def test_a_golden_question_is_a_query():
    read = query_of(make_question("G-1", relevant=("C-1", "C-2"), category="lost", language="es"))
    assert read == LabelledQuery("G-1", read.conversation, frozenset({"C-1", "C-2"}), "lost", True, read.text)
    assert (read.text, read.conversation.language) == ("My parcel never arrived.", "es")
    assert read.conversation.messages[0].text == read.text
    assert query_of(make_question(relevant=())).known is False
    assert query_of(make_question(relevant=None, category="lost")).known is True


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


SUBJECTS = ["parcel lost in transit", "lamp broken on arrival", "invoice without tax number"]


@pytest.fixture
def copilot(folder: Path) -> Iterator[Copilot]:
    """Three cases of a category each, and an article."""
    with open_base(folder) as base:
        cases = [make_case(f"C-{n}", problem=s, category=s.split()[0]) for n, s in enumerate(SUBJECTS)]
        base.put_many([*cases, make_article()], actor="test")
        build_index(base, folder / "index", WordHashEmbedder())
        yield build_copilot(Settings(data=folder), base)


def queries(folder: Path, *lines: dict[str, Any]) -> Path:
    file = folder / "q.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    return file


def test_an_evaluation_measures_what_is_indexed(copilot: Copilot, folder: Path):
    lines: list[dict[str, Any]] = [{"query": s, "relevant": [f"C-{n}"]} for n, s in enumerate(SUBJECTS)]
    lines += [{"query": "parcel lost", "relevant": ["C-1"]}, {"query": "sing a song", "relevant": []}]
    file = queries(folder, *lines)
    seen: list[tuple[int, int]] = []
    figures = evaluate(copilot, file, kind="case", progress=lambda done, total: seen.append((done, total)))
    assert (figures["n"], figures["recall@1"], figures["recall@10"]) == (5, 0.75, 1.0)
    assert 0.75 < figures["mrr@10"] < 0.88
    assert seen == [(n, 5) for n in range(1, 6)]
    signature = figures["signature"]
    assert (signature["n"], signature["kind"], signature["version"]) == (5, "case", __version__)
    assert signature["set"] == read_queries(file)[1]
    assert signature["knowledge"] == copilot.knowledge.last_seq()
    assert figures["warnings"] == []
    # Each of the five found three cases; right are the four that are named.
    assert figures["calibration"]["first_three"]["n"] == 15
    assert figures["calibration"]["first_three"]["right"] == pytest.approx(4 / 15, abs=1e-4)
    assert figures["calibration"]["first_place"]["right"] == pytest.approx(3 / 5)


def test_cases_and_articles_are_judged_by_the_labels_that_speak_of_them(copilot: Copilot, folder: Path):
    def judged(**labels: Any) -> dict[str, list[bool | None]]:
        read_in = folder / "runs.jsonl"
        evaluate(copilot, queries(folder, {"query": SUBJECTS[0]} | labels), wanted=Wanted(keep_in=read_in))
        line = json.loads(read_in.read_text().splitlines()[1])
        by_kind: dict[str, list[bool | None]] = {"case": [], "article": []}
        for name, right in zip(line["found"], line["right"], strict=True):
            by_kind[name.split(":")[0]].append(right)
        return by_kind

    assert judged() == {"case": [None] * 3, "article": [None]}
    assert judged(relevant=["C-0"]) == {"case": [True, False, False], "article": [None]}
    assert judged(relevant=["returns"]) == {"case": [None] * 3, "article": [True]}
    assert judged(category="parcel") == {"case": [True, False, False], "article": [None]}
    assert judged(relevant=["returns"], category="parcel") == {
        "case": [True, False, False],
        "article": [True],
    }
    assert judged(relevant=[]) == {"case": [False] * 3, "article": [False]}
    assert judged(category=None) == {"case": [False] * 3, "article": [False]}


def test_labels_that_would_silently_lower_a_figure_are_told(copilot: Copilot, folder: Path):
    copilot.knowledge.retire("case", "C-2", actor="test")
    file = queries(
        folder,
        {"id": "a", "query": "x", "relevant": ["C-0", "C-9", "returns"]},
        {"id": "a", "query": "y", "relevant": ["C-2"], "category": "parcels"},
        {"id": "b", "query": "z", "category": "parcel"},
    )
    assert evaluate(copilot, file)["warnings"] == [
        "'a': the id stands more than once in the file",
        "'C-2', 'C-9': named in `relevant`, but not published in the base; recall counts a miss",
        "'parcels': no published case has this category",
    ]
    assert (
        "'returns': named in `relevant`, but no case; --kind case leaves it out"
        in (evaluate(copilot, file, kind="case")["warnings"])
    )


def test_an_evaluation_needs_an_index(folder: Path):
    (folder / "q.jsonl").write_text('{"query": "x"}')
    with open_base(folder) as base, pytest.raises(IndexMissingError):
        evaluate(build_copilot(Settings(data=folder), base), folder / "q.jsonl")
