"""The commands of the exchange contract: what each prints, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from copilot import console
from copilot.cli import app
from copilot.models import Evidence
from knowledge_base.models import Passage
from knowledge_base.sample_desk import sample_conversations
from tests.builders import make_article, make_case, open_base
from tests.command import PRECEDENT, ROOT, run, spawn
from tests.fakes import WordHashEmbedder
from tests.translation_servers import Asked, send_json, serving

COMMANDS = [command.name or command.callback.__name__ for command in app.registered_commands]  # type: ignore[union-attr]
PARCEL = {
    "id": "K-77",
    "channel": "chat",
    "customer": {"name": "Ana Ruiz", "language": None, "tier": "gold", "joined": "2022-05-01"},
    "slots": {"order_id": "ORD-12345"},
    "messages": [
        {"role": "customer", "text": "My parcel ORD-12345 has not arrived, it is late.", "at": None}
    ],
}


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> WordHashEmbedder:
    """The word-hashing embedder in the model's place."""
    embedder = WordHashEmbedder()
    monkeypatch.setattr("copilot.assemble.build_embedder", lambda settings: embedder)
    return embedder


@pytest.fixture
def desk(tmp_path: Path, hashed: WordHashEmbedder) -> Path:
    """A data folder with two cases and an article, indexed by word hashes."""
    folder = tmp_path / "desk"
    folder.mkdir()
    with open_base(folder) as base:
        base.put_many(
            [
                make_case("C-1"),
                make_case("C-2", problem="The lamp is broken.", category="broken"),
                make_article(),
            ],
            actor="test",
        )
    run("index", "--json", data=folder).json  # noqa: B018
    return folder


def write(path: Path, *documents: Any) -> Path:
    path.write_text("".join(json.dumps(document) + "\n" for document in documents), encoding="utf-8")
    return path


def case(id: str = "C-1", **fields: Any) -> dict[str, Any]:
    return {"id": id, "problem": "the parcel is lost", "resolution": "sent again"} | fields


def test_the_commands_are_those_of_the_contract():
    contract = {"import", "index", "search", "suggest", "detect", "translate", "evaluate", "export", "check"}
    own = {"serve", "demo", "promises", "grants", "grant", "bring-in", "erase", "duplicates", "gaps"}
    assert contract | own == set(COMMANDS)


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_shows_an_example(command: str | None):
    shown = run(*filter(None, [command]), "--help")
    assert shown.status == 0
    assert f"Example: {'' if command == 'translate' else 'precedent'}" in " ".join(shown.out.split())


@pytest.mark.parametrize(
    "wrong",
    [[], ["fly"], ["import"], ["search", "x", "-k", "0"], ["search", "x", "--kind", "song"],
     ["translate", "x"], ["serve", "--port", "99999"], ["detect", "x", "--colour"]],
)  # fmt: skip
def test_wrong_usage_ends_with_status_2(wrong: list[str]):
    assert run(*wrong).status == 2


# ---- import, index, export


def test_import_reports_what_became_of_each_record(tmp_path: Path):
    cases = write(tmp_path / "cases.jsonl", case("C-1"), case("C-2"), {"id": "C-3", "problem": "x"})
    article = tmp_path / "policies" / "a.md"
    article.parent.mkdir()
    article.write_text("---\nid: a\ntitle: A\n---\n## One\nText\n", encoding="utf-8")
    first = run("import", cases, article.parent, "--json", data=tmp_path / "d").json
    assert first["cases"] == {"added": 2, "updated": 0, "unchanged": 0, "rejected": 1}
    assert first["articles"] == {"added": 1, "updated": 0, "unchanged": 0, "rejected": 0}
    error = {"file": str(cases), "line": 3, "field": "resolution", "message": "is missing or empty"}
    assert first["errors"] == [error]
    write(cases, case("C-1"), case("C-2", resolution="refunded"))
    again = run("import", cases, article.parent, "--json", data=tmp_path / "d").json
    assert again["cases"] == {"added": 0, "updated": 1, "unchanged": 1, "rejected": 0}
    assert again["articles"]["unchanged"] == 1


def test_a_strict_import_refuses_the_file_and_says_so(tmp_path: Path):
    cases = write(tmp_path / "cases.jsonl", case("C-1"), case("C-2", tags="no list"))
    refused = run("import", cases, "--strict", "--json", data=tmp_path / "d")
    assert refused.status == 1
    assert json.loads(refused.out)["cases"] == {"added": 0, "updated": 0, "unchanged": 0, "rejected": 2}
    assert refused.line.endswith(f"{cases}, line 2, field tags: must be a list of texts")
    with open_base(tmp_path / "d") as base:
        assert base.count("case") == 0


def test_import_tells_people_too(tmp_path: Path):
    cases = write(tmp_path / "[red]cases.jsonl", *(case(f"C-{n}", tags=1) for n in range(25)), case())
    told = run("import", cases, data=tmp_path / "d")
    assert told.status == 0
    assert "added 1, updated 0, unchanged 0, rejected 25" in told.out
    assert "[red]cases.jsonl, line 20, tags: must be a list of texts\n… and 5 more" in told.out


def test_index_embeds_only_what_changed(tmp_path: Path, hashed: WordHashEmbedder):
    run(
        "import", write(tmp_path / "c.jsonl", case("C-1"), case("C-2", problem="broken")), data=tmp_path / "d"
    )
    first = run("index", "--json", data=tmp_path / "d").json
    assert first.keys() >= {"added", "removed", "kept", "passages", "seconds"}
    assert (first["added"], first["removed"], first["kept"], first["passages"]) == (2, 0, 0, 2)
    more = write(tmp_path / "c.jsonl", case("C-2", problem="other words"), case("C-3", problem="a third"))
    run("import", more, data=tmp_path / "d")
    again = run("index", "--json", data=tmp_path / "d").json
    assert (again["added"], again["removed"], again["kept"], again["passages"]) == (2, 1, 1, 3)


def test_index_tells_how_the_golden_questions_fared(desk: Path, monkeypatch: pytest.MonkeyPatch):
    questions = [
        {"id": "G-1", "query": "my parcel never arrived", "relevant": ["C-1"]},
        {"id": "G-2", "query": "the lamp is broken", "category": "broken"},
    ]
    run("import", write(desk / "q.jsonl", *questions), data=desk)
    first = run("index", "--json", data=desk).json["golden"]
    assert (first["asked"], first["right"], first["new"]) == (2, 2, ["G-1", "G-2"])
    with open_base(desk) as base:
        base.retire("case", "C-1", actor="test")
    told = run("index", data=desk).out
    assert "golden questions: 1 of 2 answered; got worse: G-1 (none of C-1 is among the first 5)" in told
    with open_base(desk) as base:
        base.put(make_case("C-1"), actor="test")
    assert "golden questions: 2 of 2 answered; got better: G-1\n" in run("index", data=desk).out
    monkeypatch.setenv("PRECEDENT_GOLDEN_GATE", "block")
    with open_base(desk) as base:
        base.retire("case", "C-1", actor="test")
    blocked = run("index", "--json", data=desk)
    assert blocked.status == 1
    golden = json.loads(blocked.out)["golden"]
    assert (golden["held_back"], [change["id"] for change in golden["worse"]]) == (True, ["G-1"])
    assert blocked.line.startswith("the former index goes on serving, since golden questions got worse: G-1;")
    monkeypatch.setenv("PRECEDENT_GOLDEN_GATE", "shut")
    assert run("index", data=desk).failure.startswith("PRECEDENT_GOLDEN_GATE=shut can't be used:")


def test_an_export_imports_to_the_same_base(tmp_path: Path, desk: Path):
    report = run("export", tmp_path / "a", "--json", data=desk).json
    assert report.keys() >= {"cases", "articles", "files"}
    assert (report["cases"], report["articles"], report["files"]) == (2, 1, 2)
    run("import", tmp_path / "a", "--json", data=tmp_path / "other").json  # noqa: B018
    run("export", tmp_path / "b", "--json", data=tmp_path / "other").json  # noqa: B018
    written = [{p.relative_to(root): p.read_bytes() for p in root.rglob("*.*")} for root in _ab(tmp_path)]
    assert written[0] == written[1]
    assert len(written[0]) == 3  # with the export's own list


def _ab(folder: Path) -> Iterator[Path]:
    yield from (folder / "a", folder / "b")


# ---- the data folder


def test_the_data_folder_is_an_option_or_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cases = write(tmp_path / "c.jsonl", case())
    run("import", cases, data=tmp_path / "option")
    assert (tmp_path / "option" / "precedent.db").is_file()
    monkeypatch.setenv("PRECEDENT_DATA", str(tmp_path / "variable"))
    run("import", cases)
    assert (tmp_path / "variable" / "precedent.db").is_file()
    assert run("import", cases, "--json", data=tmp_path / "option").json["cases"]["unchanged"] == 1


# ---- search, suggest


def test_search_ranks_cases_and_articles(desk: Path):
    results = run("search", "my lamp is broken", "--json", data=desk).json["results"]
    assert results[0].keys() >= {"kind", "id", "title", "text", "relevance", "confidence"}
    assert {result["kind"] for result in results} == {"case", "article"}
    cases = run("search", "my lamp is broken", "--kind", "case", "-k", "1", "--json", data=desk).json[
        "results"
    ]
    assert [(c["kind"], c["id"], c["text"]) for c in cases] == [("case", "C-2", "The lamp is broken.")]
    assert "C-2" in run("search", "my lamp is broken", "--kind", "case", data=desk).out


def test_suggest_prints_a_suggestion(desk_folder: Path, tmp_path: Path):
    file = write(tmp_path / "k.json", PARCEL)
    suggestion = run("suggest", file, "--json", data=desk_folder).json
    assert suggestion.keys() >= {
        "id", "conversation_id", "reason", "understanding", "cases", "passages", "plan", "draft",
        "customer_draft", "question", "needed", "needed_request", "timings_ms",
    }  # fmt: skip
    assert suggestion["conversation_id"] == "K-77"
    assert suggestion["understanding"].keys() >= {
        "language", "language_confidence", "request", "category", "emotion", "situation", "urgency",
    }  # fmt: skip
    assert suggestion["understanding"]["language"] == "en"
    assert suggestion["timings_ms"].keys() >= {"understand", "retrieve", "draft", "translate", "total"}
    for one in suggestion["cases"]:
        assert one.keys() >= {
            "id",
            "title",
            "relevance",
            "confidence",
            "why",
            "resolution",
            "steps",
            "outcome",
        }
        assert one["outcome"].keys() == {"worked", "tried"}
    for one in suggestion["passages"]:
        assert one.keys() >= {"article_id", "title", "section", "text", "relevance", "confidence"}
    draft = suggestion["draft"]
    assert draft.keys() >= {"language", "text", "spans", "gaps", "warnings"}
    assert all(draft["text"][s["start"] : s["end"]] for s in draft["spans"])


def test_suggest_reads_standard_input(desk: Path):
    given = {"id": "K-9", "messages": [{"role": "customer", "text": "The lamp is broken."}]}
    suggestion = run("suggest", "-", "--json", data=desk, stdin=json.dumps(given).encode()).json
    assert suggestion["conversation_id"] == "K-9"
    assert suggestion["understanding"]["request"] == "The lamp is broken."
    shown = run("suggest", "-", data=desk, stdin=json.dumps(given).encode())
    assert "The lamp is broken." in shown.out
    assert shown.status == 0


def test_suggest_polishes_the_draft_when_asked_to(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def answer(asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        lines = asked.json()["messages"][1]["content"].split("Draft:\n\n")[1]
        message = {"content": lines.replace("I am sorry", "I am very sorry")}
        send_json(handler, {"choices": [{"message": message, "finish_reason": "stop"}]})

    file = write(tmp_path / "k.json", PARCEL)
    assert "PRECEDENT_POLISHER_URL" in run("suggest", file, "--polish", "--json", data=desk).failure
    with serving(answer) as server:
        monkeypatch.setenv("PRECEDENT_POLISHER_URL", server.url)
        monkeypatch.setenv("PRECEDENT_POLISHER_MODEL", "m")
        told = run("suggest", file, "--polish", "--json", data=desk).json
        assert told["polished"]["draft"] == told["draft"]["text"]
        assert told["polished"]["text"] == told["draft"]["text"].replace("I am sorry", "I am very sorry")
        assert (told["polished"]["polished"], told["polished"]["reason"]) == (True, None)
        assert "I am very sorry" in run("suggest", file, "--polish", data=desk).out
        assert "polished" not in run("suggest", file, "--json", data=desk).json
        assert [value for value in ("ORD-12345", "Ana", "Ruiz") if value in server.asked[0].body] == []
    shown = run("suggest", file, "--polish", data=desk)
    assert (shown.status, shown.err) == (0, "")
    assert "not polished: unavailable; the draft stands" in shown.out


# ---- languages


def test_detect_names_the_language():
    found = run("detect", "Wo ist mein Paket geblieben?", "--json").json
    assert found["language"] == "de"
    assert found["confidence"] > 0.9
    assert found["candidates"][0] == {"language": "de", "confidence": found["confidence"]}
    nothing = run("detect", "12345", "--json").json
    assert nothing == {"language": None, "confidence": 0.0, "candidates": []}
    assert "language    de" in run("detect", "Wo ist mein Paket geblieben?").out


def test_translate_without_a_translator_fails_in_one_line():
    assert "no translator is configured" in run("translate", "Where is it?", "--to", "es", "--json").failure


def test_translate_gives_a_text_that_is_in_that_language_back():
    document = run("translate", "Where is my [parcel]?", "--to", "en", "--from", "en", "--json").json
    expected = {"text": "Where is my [parcel]?", "source": "en", "target": "en", "provider": None}
    assert {name: document[name] for name in expected} == expected
    assert document["flags"] == []
    assert (
        "Where is my [parcel]?" in run("translate", "Where is my [parcel]?", "--to", "en", "--from", "en").out
    )


@pytest.mark.parametrize("wrong", [["--to", "klingon"], ["--to", "es", "--from", ""]])
def test_translate_refuses_what_is_no_language(wrong: list[str]):
    assert "is no language: give a tag such as es or pt-BR" in run("translate", "Where?", *wrong).failure


# ---- evaluate


def test_evaluate_prints_the_figures_of_the_contract(desk: Path, tmp_path: Path):
    queries = write(
        tmp_path / "q.jsonl",
        {"id": "a", "query": "the lamp is broken", "relevant": ["C-2"], "category": "broken"},
        {"id": "b", "messages": [{"role": "customer", "text": "parcel never arrived"}], "relevant": ["C-1"]},
        {"id": "c", "query": "sing me a song", "relevant": [], "category": None},
    )
    figures = run("evaluate", queries, "--kind", "case", "--json", data=desk).json
    assert figures.keys() >= {
        "n", "recall@1", "recall@3", "recall@5", "recall@10", "mrr@10", "ndcg@10", "category_accuracy",
        "abstention_auroc", "latency_ms",
    }  # fmt: skip
    assert (figures["n"], figures["recall@1"], figures["mrr@10"], figures["ndcg@10"]) == (3, 1.0, 1.0, 1.0)
    assert figures["category_accuracy"] in (0.0, 1.0)
    assert figures["abstention_auroc"] is not None
    assert figures["latency_ms"].keys() == {"p50", "p95"}
    assert figures["signature"]["n"] == 3
    articles = run("evaluate", queries, "--kind", "article", "-k", "3", "--json", data=desk).json
    assert articles["recall@10"] == 0.0


def test_evaluate_tells_people_in_tables(desk: Path, tmp_path: Path):
    queries = write(
        tmp_path / "[red]q.jsonl",
        {"id": "[b]a[/b]", "query": "the lamp is broken", "relevant": ["C-2"], "category": "[red]x"},
        {"id": "b", "query": "parcel never arrived", "relevant": ["C-1", "C-9"]},
        {"id": "c", "query": "sing me a song", "relevant": [], "category": None},
    )
    kept = tmp_path / "run.jsonl"
    run("evaluate", queries, "--kind", "case", "--runs", kept, data=desk)
    with open_base(desk) as base:
        base.retire("case", "C-2", actor="test")
    extras = ["--detail", "--halves", "--feedback-half", "--compare", kept]
    lines = run("evaluate", queries, *extras, data=desk).out.splitlines()
    shown = {" ".join(line.split()) for line in lines}
    assert max(map(len, lines[:20])) <= 80
    assert any(line.startswith("recall@1 0.500 ") for line in shown)
    assert {"confidence", "confidence by tenths", "worst of 1 categories"} <= shown
    assert any(line.startswith("[red]x 1 0.000 ") for line in shown)
    assert "note: the runs differ in kind: case then, None now" in shown
    assert any(line.startswith("recall@1: 1.000 then, 0.500 now; no clear difference: 0") for line in shown)
    assert "worse: [b]a[/b]" in shown
    assert any(
        line.startswith("warning: 'C-2', 'C-9': named in `relevant`, but not published") for line in shown
    )
    signature = next(line for line in shown if line.startswith("signature: set "))
    assert "version 0.1.0, n 3, " in signature


def test_evaluate_gives_null_where_the_file_has_no_such_labels(desk: Path, tmp_path: Path):
    figures = run("evaluate", write(tmp_path / "q.jsonl", {"query": "lamp"}), "--json", data=desk).json
    assert figures["n"] == 1
    labelled = ("recall@1", "recall@10", "mrr@10", "ndcg@10", "category_accuracy", "abstention_auroc")
    assert [figures[name] for name in labelled] == [None] * 6
    assert figures["latency_ms"]["p50"] > 0


# ---- check


def test_check_lists_findings_and_fails_on_an_error(desk: Path):
    passed = run("check", "--json", data=desk).json
    assert passed == {"passed": True, "findings": []}
    with open_base(desk) as base:
        base.put_many([make_case("C-3", policies=("gone",))], actor="test")
    failed = run("check", "--json", data=desk)
    assert failed.status == 1
    assert json.loads(failed.out)["findings"] == [
        {"check": "dead_reference", "severity": "error", "subject": "case:C-3",
         "message": "cites 'gone', which is not published"}
    ]  # fmt: skip
    assert failed.line == "the check failed: mend what is marked error (1), then check again"
    assert "case:C-3: cites 'gone', which is not published" in run("check", data=desk).out


# ---- what people see


def test_text_from_outside_steers_neither_rich_nor_the_terminal(capsys: pytest.CaptureFixture[str]):
    passage = Passage("case:x/problem", "case", "[red]x[/]", "a[/b] \x1b[31mred\x07", "text", "text")
    console.show_people([Evidence(passage, 0.5, 0.5)])
    console.show_people({"text": "[/nonsense] \x1b]0;title\x07 kept", "findings": []})
    shown = capsys.readouterr().out
    assert "[red]x[/]" in shown
    assert "a[/b] [31mred" in shown
    assert "[/nonsense] ]0;title kept" in shown
    assert "\x1b" not in shown


def test_a_document_is_json_in_any_encoding():
    process = spawn(
        "detect", "¿Dónde está mi pedido, por favor?", "--json", encoding="utf-8",
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
    )  # fmt: skip
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["language"] == "es"


@pytest.mark.parametrize("people", [False, True])
def test_a_reader_that_stops_early_sees_no_traceback(tmp_path: Path, people: bool):
    process = spawn("--data", tmp_path, "export", tmp_path / "out", *([] if people else ["--json"]))
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=30) == 1


def test_a_command_without_standard_output_still_works(tmp_path: Path):
    script = f'"{PRECEDENT}" --data "{tmp_path}" export "{tmp_path}/out" --json >&-'
    process = subprocess.run(["sh", "-c", script], cwd=ROOT, capture_output=True, timeout=30, check=False)
    assert (process.returncode, process.stderr) == (0, b"")
    assert (tmp_path / "out" / "cases.jsonl").is_file()


def test_a_full_disk_under_standard_output_is_told_in_one_line(tmp_path: Path):
    with open("/dev/full", "w") as full:
        process = spawn("--data", tmp_path, "export", tmp_path / "out", "--json", stdout=full)
        assert process.communicate(timeout=30)[1] == "precedent: No space left on device\n"
        assert process.returncode == 1


def test_long_work_shows_its_progress_to_people_alone(tmp_path: Path):
    cases = write(tmp_path / "c.jsonl", *(case(f"C-{n}") for n in range(600)))
    ours, theirs = pty.openpty()
    process = spawn("--data", tmp_path / "d", "import", cases, stderr=theirs)
    out = process.communicate(timeout=30)[0]
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode(errors="ignore")  # what a terminal holds may end within a sign
    os.close(ours)
    assert process.returncode == 0
    assert "importing" in shown
    assert "added 600" in out
    assert "importing" not in out


# ---- the sample desk


def test_demo_loads_the_sample_desk_and_suggests(tmp_path: Path, hashed: WordHashEmbedder):
    assert "of 68 answered; new: 68" in run("demo", data=tmp_path).out
    with open_base(tmp_path) as base:
        assert base.count("question") == 68
    suggestion = run("demo", "--json", data=tmp_path).json
    assert suggestion["conversation_id"] == sample_conversations()[0][0]
