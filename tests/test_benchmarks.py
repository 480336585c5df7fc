"""The benchmark's own parts: what every system is given, how it is counted, the tables; failures are rows."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.evaluation.queries import query_from_dict
from tests.benchmarks import table
from tests.benchmarks.compare import OWN, SYSTEMS, compare, rotated, titles
from tests.benchmarks.own import precedent
from tests.benchmarks.peers import Found, Search
from tests.benchmarks.peers.worker import best_of_each, counted, measure
from tests.benchmarks.processes import FailedError, environment, run
from tests.benchmarks.public_sets import (
    SETS,
    PublicSet,
    Questions,
    case_text,
    passages,
    sample,
    with_relevant,
)

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
CASES = (
    {"id": "A", "problem": "The parcel never arrived", "resolution": "Open a trace", "category": "parcel"},
    {"id": "B", "problem": "The card was charged twice", "resolution": "Refund one", "category": "charge"},
    {"id": "C", "problem": "The password is forgotten", "resolution": "Send a link", "category": "access"},
)
QUERIES = (
    {"id": "1", "query": "my parcel has not arrived", "category": "parcel"},
    {"id": "2", "query": "charged twice on one card", "category": "charge"},
    {"id": "3", "query": "may I bring a dog", "category": None},
)


def write_lines(path: Path, objects: Any) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in objects), encoding="utf-8")
    return path


# ---- what every system is given


def test_a_case_is_one_text_of_what_it_has():
    assert case_text({"id": "A", "title": "t", "problem": "p", "resolution": "r", "reply": "x"}) == "t\np\nr"
    assert case_text({"id": "A", "title": None, "resolution": "r"}) == "r"


@given(st.lists(st.text("ab", min_size=1, max_size=3), max_size=40), st.integers(1, 9))
def test_passages_lose_no_word_and_only_the_last_is_shorter(words: list[str], most: int):
    found = [passage.split() for passage in passages(" \n".join(words), most)]
    assert [word for passage in found for word in passage] == words
    assert all(len(passage) == most for passage in found[:-1])
    assert all(1 <= len(passage) <= most for passage in found)


@given(st.integers(1, 50), st.integers(1, 60))
def test_a_sample_is_even_and_in_order(count: int, most: int):
    found = sample([{"id": n} for n in range(count)], most)
    places = [query["id"] for query in found]
    assert len(places) == min(count, most)
    steps = {after - before for before, after in pairwise(places)}
    assert steps <= {count // len(places), count // len(places) + 1}
    assert places[0] == 0


def test_any_case_of_the_category_is_right_and_nothing_answers_what_has_none():
    labelled = {"id": "4", "query": "q", "relevant": ["C"]}
    found = with_relevant([*QUERIES, labelled, {"id": "5", "query": "q"}], CASES)
    assert [query.get("relevant") for query in found] == [["A"], ["B"], [], ["C"], None]


# ---- how a peer is counted


def test_the_best_text_of_each_source_counts():
    assert best_of_each([(2, 0.9), (0, 0.8), (1, 0.7)], ["A", "B", "A"]) == [("A", 0.9), ("B", 0.7)]


def test_a_peer_is_counted_as_evaluate_counts():
    queries = [query_from_dict(query, "q", 1) for query in with_relevant(QUERIES, CASES)]
    found: list[Found] = [[(0, -0.1)], [(2, -0.5), (1, -0.6)], [(0, -0.9)]]
    answers = list(zip(queries, found, [1.0, 3.0, 2.0], strict=True))
    figures = counted(answers, "case", ["A", "B", "C"])
    assert (figures["recall@1"], figures["recall@5"], figures["abstention_auroc"]) == (0.5, 1.0, 1.0)
    assert figures["latency_ms"] == {"p50": 2.0, "p95": 3.0}
    assert "category_accuracy" not in figures


def by_containing(texts: Sequence[str]) -> Search:
    """A peer that finds the texts that the query holds."""

    def search(text: str, k: int) -> Found:
        scored = [(row, float(one in text)) for row, one in enumerate(texts)]
        return sorted(scored, key=lambda pair: -pair[1])[:k]

    return search


def test_a_worker_measures_what_a_peer_builds(tmp_path: Path):
    asked = write_lines(tmp_path / "asked.jsonl", with_relevant(QUERIES, CASES))
    prepared = {
        "kind": "case", "texts": ["parcel", "charged"], "sources": ["A", "B"],
        "questions": {"asked": str(asked)},
    }  # fmt: skip
    (tmp_path / "prepared.json").write_text(json.dumps(prepared))

    found = measure(by_containing, tmp_path)
    figures = found["figures"]["asked"]
    assert (figures["n"], figures["recall@1"], figures["abstention_auroc"]) == (3, 1.0, 1.0)
    assert figures["latency_ms"]["p50"] <= figures["latency_ms"]["p95"]
    assert found["memory_mb"] > 10


# ---- processes


def test_a_process_is_offline_and_knows_no_settings(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRECEDENT_DATA", "elsewhere")
    told = environment({"PRECEDENT_TRANSLATORS": "apertium"})
    assert (told.get("PRECEDENT_DATA"), told["PRECEDENT_TRANSLATORS"]) == (None, "apertium")
    assert (told["HF_HUB_OFFLINE"], told["HAYSTACK_TELEMETRY_ENABLED"]) == ("1", "False")


def test_a_process_tells_its_memory_and_its_last_words():
    # Measured from a small process, since a child counts as no smaller than the one that started it.
    measure = (
        "import sys; from tests.benchmarks.processes import run;"
        "print(*run([sys.executable, '-c', \"print(len(b'x' * 400_000_000))\"]))"
    )
    out, memory = run([sys.executable, "-c", measure])[0].split()
    assert out == "400000000"
    assert 400 < float(memory) < 450
    with pytest.raises(FailedError, match=r"^ValueError: no$"):
        run([sys.executable, "-c", "raise ValueError('no')"])
    with pytest.raises(FailedError, match=r"^killed by signal 9$"):
        run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])


@given(st.integers(0, 20))
def test_every_system_runs_whatever_the_order(by: int):
    assert sorted(rotated(SYSTEMS, by)) == sorted(SYSTEMS)


def test_a_run_writes_its_results_and_a_failure_is_a_row(tmp_path: Path):
    cases, queries = write_lines(tmp_path / "c.jsonl", CASES), write_lines(tmp_path / "q.jsonl", QUERIES)
    tiny = PublicSet("banking77", str(cases), "case", (Questions("banking77", str(queries)),))
    done = compare([tiny], ["bm25", "txtai_dense"], tmp_path / "out")
    results = done["results"]["banking77"]
    assert results["bm25"]["figures"]["banking77"]["recall@1"] == 1.0
    assert results["bm25"]["index_seconds"] > 0
    # The peers are not in the environment of the tests.
    assert results["txtai_dense"]["error"] == "ModuleNotFoundError: No module named 'txtai'"
    written = (tmp_path / "out" / "table.md").read_text(encoding="utf-8")
    assert "| txtai | failed |" in written
    assert "Failed: txtai on banking77: ModuleNotFoundError" in written
    assert json.loads((tmp_path / "out" / "results.json").read_text())["texts"] == {"banking77": 3}


def test_this_project_is_measured_by_its_commands(tmp_path: Path):
    cases = write_lines(tmp_path / "c.jsonl", CASES)
    told, memory = precedent(tmp_path / "desk", "import", str(cases))
    assert told["cases"]["added"] == 3
    assert memory > 20
    with pytest.raises(FailedError, match=r"^precedent: .*nowhere"):
        precedent(tmp_path / "desk", "import", str(tmp_path / "nowhere.jsonl"))


# ---- tables


def figures(value: float, half: float = 0.02) -> dict[str, Any]:
    measured = dict.fromkeys(("recall@1", "recall@5", "category_accuracy"), value)
    intervals = {name: [value - half, value + half / 2] for name in measured}
    latency = {"p50": 7.04, "p95": 1234.5}
    return measured | {"abstention_auroc": value, "intervals": intervals, "latency_ms": latency}


def a_run() -> dict[str, Any]:
    """A whole run with made-up figures."""
    asked = [questions.name for chosen in SETS for questions in chosen.questions]
    return {
        "date": "2026-01-31",
        "machine": {"cores": 2, "threads": 1, "processor": "a processor", "python": "3.11.7"},
        "versions": {"precedent-copilot": "1.0", "sentence-transformers": "2.0", "faiss-cpu": "3.0"},
        "signature": {"recipe": "ab" * 8, "sets": {name: {"digest": "0a" * 6, "n": 3} for name in asked}},
        "systems": {system: system for system in SYSTEMS},
        "missing": {},
        "texts": {chosen.name: 1000 for chosen in SETS},
        "results": {chosen.name: {system: measured(chosen, system) for system in SYSTEMS} for chosen in SETS},
    }


def measured(chosen: PublicSet, system: str) -> dict[str, Any]:
    asked = [q.name for q in chosen.questions if system == OWN or not q.own_translator]
    found = {name: figures(0.5) for name in asked}
    return {"index_seconds": 0.5, "memory_mb": 1200, "load": 1.5, "figures": found}


def cells(text: str) -> list[list[str]]:
    """The cells of every line of a text's tables."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_a_figure_shows_the_larger_half_of_its_interval():
    assert table.quality_cell(figures(0.5), "recall@1") == ".500 ±.020"
    assert table.quality_cell(figures(0.5), "abstention_auroc") == ".500"
    assert table.quality_cell({"recall@1": 1.0, "intervals": {"recall@1": [1.0, 1.0]}}, "recall@1") == "1.000"
    assert table.quality_cell({"recall@1": None}, "recall@1") == ""


def test_speed_is_cases_a_second_latency_and_memory():
    result = a_run()["results"]["vtex"]["stock"]
    assert table.speed_cells(result, "vtex", 1000) == ["2,000", "7.0 / 1234.5", "1,200"]


def test_the_own_way_stands_in_a_row_of_its_own():
    run = a_run()
    run["results"]["vtex"][OWN]["figures"]["vtex-es-own"] = figures(0.75)
    run["results"]["vtex"][OWN]["figures"]["vtex-pt-own"] = figures(0.25)
    row = next(row for row in cells(table.quality(run)) if row[0] == table.OWN_WAY)
    assert row[1:8] == ["", "", "", "", ".750 ±.020", ".750 ±.020", ".250 ±.020"]


def test_what_was_not_run_has_no_column_and_what_failed_is_told():
    run = a_run()
    run["signature"]["sets"] = {"login_gov": {"digest": "0a1b", "n": 3}}
    run["results"] = {"login_gov": run["results"]["login_gov"]}
    run["results"]["login_gov"]["chroma"] = {"error": "OSError: full", "load": 3.5}
    run["missing"] = {"vtex-es-own": "no translator"}
    written = table.render(run)
    assert cells(written)[0] == ["system", "login_gov @1", "@5"]
    assert "| chroma | failed | failed | failed |" in written
    assert "load of the machine up to 3.5" in written
    assert "Failed: chroma on login_gov: OSError: full" in written
    assert "Left out: vtex-es-own: no translator" in written


def test_a_run_is_shown_as_far_as_it_has_come():
    run = a_run()
    run["results"] = {"vtex": run["results"]["vtex"]}
    heads = [row for row in cells(table.render(run)) if row[0] == "system"]
    translated = ["Spanish translated @1", "@5", "Portuguese translated @1", "@5"]
    assert heads[0] == ["system", "vtex @1", "@5", "Spanish @1", "@5", *translated]
    assert heads[1] == ["system", *(f"vtex: {what}" for what in ("cases/s", "ms p50 / p95", "MB"))]


def test_a_block_is_replaced_between_its_marks_only():
    text = f"before\n{table.START}\nold\n{table.END}\nafter \\1\n"
    replaced = table.with_block(text, "new \\1\n")
    assert replaced == f"before\n{table.START}\nnew \\1\n{table.END}\nafter \\1\n"
    assert table.block_of(replaced) == "new \\1\n"
    with pytest.raises(ValueError, match="must stand once each"):
        table.with_block("no marks", "new")


def only(asked: set[str]) -> dict[str, Any]:
    """A run of just these query files, the systems by their names."""
    run = a_run()
    kept = [chosen.name for chosen in SETS if asked & {questions.name for questions in chosen.questions}]
    run["signature"]["sets"] = {name: one for name, one in run["signature"]["sets"].items() if name in asked}
    run["results"] = {name: run["results"][name] for name in kept}
    return run | {"systems": titles(SYSTEMS)}


def check_block(shown: str) -> None:
    """Raise AssertionError unless the text is what the generator writes for the sets that it names."""
    asked = set(re.findall(r"(\S+) [0-9a-f]{12} \(n \d+\)", shown))
    expected = table.render(only(asked))
    assert [row[0] for row in cells(shown)] == [row[0] for row in cells(expected)]
    heads = [row for row in cells(expected) if row[0] == "system"]
    assert [row for row in cells(shown) if row[0] == "system"] == heads
    quality, speed = r"(\.\d{3}|1\.000)( ±\.\d{3})?", r"[\d,.]+( / [\d,.]+)?"
    told = [cell for row in cells(shown) if row[0] not in ("system", "---") for cell in row[1:]]
    assert [cell for cell in told if not re.fullmatch(f"{quality}|{speed}|{table.FAILED}|", cell)] == []
    for line in (
        r"Measured 20\d\d-\d\d-\d\d in one run: \d+ cores \(.+\), threads a system \d",
        r"Versions: Python 3[\d.]+, precedent-copilot \S+, sentence-transformers \S+, ",
        r"Signature: recipe [0-9a-f]{16}; ",
    ):
        assert re.search(f"^{line}", shown, re.MULTILINE), line


def test_a_block_is_checked_against_what_is_written():
    written = table.render(only({"vtex", "clinc150"}))
    check_block(written)
    for there, instead in (("vtex @1", "vtex"), ("| .500 ", "| 50 % "), ("Measured 2026-01-31", "Measured")):
        assert there in written
        with pytest.raises(AssertionError):
            check_block(written.replace(there, instead))


def test_the_readme_shows_what_the_benchmark_writes():
    check_block(table.block_of(README))
