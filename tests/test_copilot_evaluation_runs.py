"""Runs kept and compared, the fixed halves, and confidence taught by the other half."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest

from copilot.assemble import build_copilot
from copilot.assist import Copilot
from copilot.evaluation.evaluate import Wanted, evaluate
from copilot.evaluation.halves import half_of, in_half, judgements_of, taught_by_the_other_half
from copilot.evaluation.outcome import Answers, run_queries
from copilot.evaluation.queries import read_queries
from copilot.evaluation.runs import Run, compare, mcnemar, read_run
from copilot.settings import Settings
from indexer.build import build_index
from indexer.calibration import FEATURES, Calibration
from indexer.embedder import Embedder
from indexer.search import Generation
from knowledge_base.errors import InputError, RecordError
from knowledge_base.verdicts import Judged
from tests.builders import make_case, open_base
from tests.fakes import WordHashEmbedder

SUBJECTS = [
    "parcel lost in transit",
    "lamp broken on arrival",
    "invoice without tax number",
    "kettle too loud",
]


@pytest.fixture
def copilot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Copilot]:
    """Four cases, each of a category of its own."""
    monkeypatch.setattr("copilot.assemble.build_embedder", lambda settings: WordHashEmbedder())
    with open_base(tmp_path) as base:
        cases = [make_case(f"C-{n}", problem=s, category=s.split()[0]) for n, s in enumerate(SUBJECTS)]
        base.put_many(cases, actor="test")
        build_index(base, tmp_path / "index", WordHashEmbedder())
        yield build_copilot(Settings(data=tmp_path, confidence_floor=0.0), base)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A query for each case, by its id and its category, and two that nothing answers."""
    lines = [
        {"id": f"q{n}", "query": s, "language": "en", "relevant": [f"C-{n}"], "category": s.split()[0]}
        for n, s in enumerate(SUBJECTS)
    ]
    lines += [{"id": f"none{n}", "query": "sing me a song", "relevant": []} for n in range(2)]
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


# ---- runs


def test_a_run_is_kept_query_by_query(copilot: Copilot, file: Path, tmp_path: Path):
    report = evaluate(copilot, file, wanted=Wanted(keep_in=tmp_path / "run.jsonl"))
    head, first, *others = map(json.loads, (tmp_path / "run.jsonl").read_text().splitlines())
    assert head == {"signature": report["signature"]}
    assert (first["id"], first["found"][0], first["rank"], len(others)) == ("q0", "case:C-0", 1, 5)
    assert first["right"] == [True, False, False, False]
    assert len(first["confidence"]) == 4
    assert first["values"]["recall@1"] == first["values"]["category_accuracy"] == 1.0
    assert others[-1]["values"] == {"silent": 0.0}
    run = read_run(tmp_path / "run.jsonl")
    assert run.signature == report["signature"]
    assert run.values["q0", 0] == first["values"]


def test_a_run_compared_with_itself_is_the_same(copilot: Copilot, file: Path, tmp_path: Path):
    evaluate(copilot, file, wanted=Wanted(keep_in=tmp_path / "run.jsonl"))
    compared = evaluate(copilot, file, wanted=Wanted(before=tmp_path / "run.jsonl"))["compared"]
    assert (compared["n"], compared["only_before"], compared["only_now"]) == (6, 0, 0)
    assert {name: found["verdict"] for name, found in compared["measures"].items()} == dict.fromkeys(
        ["recall@1", "recall@5", "category_accuracy", "silent"], "the same"
    )


def test_what_got_worse_is_named(copilot: Copilot, file: Path, tmp_path: Path):
    evaluate(copilot, file, wanted=Wanted(keep_in=tmp_path / "run.jsonl"))
    copilot.knowledge.retire("case", "C-0", actor="test")
    found = evaluate(copilot, file, wanted=Wanted(before=tmp_path / "run.jsonl"))["compared"]["measures"]
    assert found["recall@1"] | {"verdict": ""} == {
        "n": 4, "before": 1.0, "now": 0.75, "better": [], "worse": ["q0"], "p": 1.0, "verdict": "",
    }  # fmt: skip
    assert found["recall@1"]["verdict"] == (
        "no clear difference: 0 better, 1 worse, which chance alone may give (p = 1.00)"
    )


def run(**values: Sequence[float]) -> Run:
    return Run({}, {(f"q{n}", 0): {"recall@1": v} for n, v in enumerate(values["recall"])})


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [
        ([0] * 9 + [1], [1] * 10, "clearly better: 9 better, 0 worse (p = 0.004)"),
        ([1] * 20, [0] * 20, "clearly worse: 0 better, 20 worse (p < 0.001)"),
        ([1, 0, 1, 1], [0, 1, 1, 1], "no clear difference: 1 better, 1 worse"),
    ],
)
def test_significance_is_said_in_plain_words(before: list[float], now: list[float], verdict: str):
    told = compare(run(recall=before), run(recall=now))["measures"]["recall@1"]["verdict"]
    assert told.startswith(verdict)


def test_mcnemar_is_exact():
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(0, 5) == pytest.approx(2 / 32)
    assert mcnemar(8, 2) == mcnemar(2, 8) == pytest.approx(binomtest(2, 10).pvalue)


def test_queries_of_one_id_are_compared_in_their_order_and_others_left_out():
    before = Run({}, {("a", 0): {"recall@1": 1.0}, ("a", 1): {"recall@1": 0.0}, ("b", 0): {"recall@1": 1.0}})
    now = Run({}, {("a", 0): {"recall@1": 1.0}, ("a", 1): {"recall@1": 1.0}, ("c", 0): {"recall@1": 0.0}})
    compared = compare(before, now)
    assert (compared["n"], compared["only_before"], compared["only_now"]) == (2, 1, 1)
    assert compared["measures"]["recall@1"]["better"] == ["a"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "holds no run"),
        ('{"id": "q", "query": "x"}', "holds no run"),
        ('{"signature": {}}\n{"id": 5, "values": {}}', "line 2, field id"),
        ('{"signature": {}}\n{"id": "q", "values": {"recall@1": "x"}}', "line 2, field values"),
        ('{"signature": {}}\n[]', "line 2: a JSON object is expected"),
    ],
)
def test_what_is_no_run_is_told(tmp_path: Path, content: str, told: str):
    (tmp_path / "run.jsonl").write_text(content)
    with pytest.raises((InputError, RecordError), match=told):
        read_run(tmp_path / "run.jsonl")


def test_a_place_that_cannot_be_written_is_told_before_the_work(copilot: Copilot, file: Path, tmp_path: Path):
    asked: list[int] = []
    with pytest.raises(InputError, match="can't be written"):
        evaluate(
            copilot,
            file,
            wanted=Wanted(keep_in=tmp_path / "gone" / "run.jsonl"),
            progress=lambda done, total: asked.append(done),
        )
    assert asked == []


# ---- halves


def test_the_halves_are_fixed_and_about_equal():
    halves = [half_of(f"q{n}") for n in range(1000)]
    assert halves == [half_of(f"q{n}") for n in range(1000)]
    assert 450 < halves.count("a") < 550
    assert [half_of(one) for one in ("q0", "q1", "q2", "q3")] == ["a", "b", "a", "a"]
    assert half_of("\ud800") in ("a", "b")


def test_both_halves_are_reported(copilot: Copilot, file: Path):
    report = evaluate(copilot, file, wanted=Wanted(halves=True))
    assert report["halves"]["a"]["n"] + report["halves"]["b"]["n"] == report["n"] == 6
    assert report["halves"]["a"]["recall@1"] == report["halves"]["b"]["recall@1"] == 1.0


def test_each_half_is_taught_by_the_other_alone(copilot: Copilot, file: Path):
    """Labels of shown items go in as judgements; the calibration that is given back is what measures."""
    taught: list[Sequence[Judged]] = []

    def certain(generation: Generation, embedder: Embedder, judgements: Sequence[Judged]) -> Calibration:
        taught.append(judgements)
        # All that half b taught is that it is always right, all that half a taught that it never is.
        first = 20.0 if len(taught) == 1 else -20.0
        coefficients = (first, *[0.0] * (FEATURES - 1))
        return Calibration(dict.fromkeys(("case", "article"), coefficients), {"case": 1, "article": 1})

    before = copilot.retriever.generation.calibration
    queries, _ = read_queries(file)
    answers = Answers.of(copilot.knowledge, queries)
    outcomes = list(run_queries(copilot, queries, answers, kind="case", limit=10))
    report = taught_by_the_other_half(
        copilot, outcomes, answers, certain, kind="case", limit=10, progress=lambda: None
    )
    requests = [{judgement.request for judgement in judgements} for judgements in taught]
    of_b, of_a = ({o.request for o in in_half(outcomes, half)} for half in "ba")
    assert requests == [of_b, of_a]
    assert report["judgements"] == {half: 3 * len(in_half(outcomes, half)) for half in "ab"}
    # Half a is measured at 1, half b at 0.
    share = len(in_half(outcomes, "a")) / len(outcomes)
    assert report["after"]["first_three"]["said"] == pytest.approx(share, abs=1e-3)
    assert report["before"]["first_three"]["n"] == report["after"]["first_three"]["n"] == 18
    assert copilot.retriever.generation.calibration is before


def test_judgements_are_what_an_agent_would_see(copilot: Copilot, file: Path):
    queries, _ = read_queries(file)
    outcomes = list(
        run_queries(copilot, queries, Answers.of(copilot.knowledge, queries), kind=None, limit=10)
    )
    first = judgements_of(outcomes[:1], 0.0)
    assert [(one.request, one.language, one.item, one.helped) for one in first[:1]] == [
        ("parcel lost in transit", "en", "case:C-0", True)
    ]
    assert [one.helped for one in first] == [True, False, False]
    assert judgements_of(outcomes, 1.0) == []


def test_the_feedback_half_is_reported(copilot: Copilot, file: Path):
    seen: list[tuple[int, int]] = []
    report: dict[str, Any] = evaluate(
        copilot,
        file,
        wanted=Wanted(feedback_half=True),
        progress=lambda done, total: seen.append((done, total)),
    )["feedback_half"]
    assert report["before"]["first_three"]["n"] == report["after"]["first_three"]["n"]
    assert report["after"]["first_three"]["said"] != report["before"]["first_three"]["said"]
    assert seen == [(n, 12) for n in range(1, 13)]
