"""What the command line does with input that can't be used: one clear line, nothing half done."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.lines import MAX_LINE
from tests.builders import make_article, make_case, open_base
from tests.command import ROOT, Ran, run, spawn
from tests.fakes import WordHashEmbedder

LONG = 200_000_000
MOST_MEMORY_KB = 130_000  # with a small file it takes about 75 MB
CUSTOMER = [{"role": "customer", "text": "Where is my parcel?"}]
DEEP = b"[" * 100_000


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The word-hashing embedder in the model's place."""
    monkeypatch.setattr("copilot.assemble.build_embedder", lambda settings: WordHashEmbedder())


@pytest.fixture
def desk(tmp_path: Path, hashed: None) -> Path:
    """A data folder with a case and an article, indexed by word hashes."""
    folder = tmp_path / "desk"
    folder.mkdir()
    with open_base(folder) as base:
        base.put_many([make_case("C-1"), make_article()], actor="test")
    run("index", "--json", data=folder).json  # noqa: B018
    return folder


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def sparse(path: Path, size: int, after: bytes = b"") -> Path:
    """A file whose first line is that long and takes no room on the disk."""
    with path.open("wb") as stream:
        stream.truncate(size)
        stream.seek(size)
        stream.write(b"\n" + after)
    return path


def measured(*arguments: object) -> tuple[Ran, int]:
    """Run a command as a process; what it did and its own peak memory in kilobytes."""
    # What wait4 tells would count this process too, from which the command was forked.
    code = (
        "import atexit, sys; sys.argv[0] = 'precedent';"
        "atexit.register(lambda: sys.stderr.write(open('/proc/self/status').read()));"
        "from copilot.cli import main; main()"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    told, _, facts = done.stderr.partition("Name:\t")
    peak = next(line for line in facts.splitlines() if line.startswith("VmHWM:"))
    return Ran(done.returncode, done.stdout, told), int(peak.split()[1])


# ---- a conversation for `suggest`


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "isn't valid JSON"),
        (b"{", "isn't valid JSON"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"{}", "field messages: must be a list with at least one message"),
        (b'{"messages": []}', "field messages: must be a list with at least one message"),
        (b'{"messages": "hi"}', "field messages: must be a list with at least one message"),
        (b'{"messages": [1]}', "field messages[0]: must be an object"),
        (b'{"messages": [{"role": "king", "text": "x"}]}', "must be one of customer, agent, note"),
        (b'{"messages": [{"role": "customer"}]}', "field messages[0].text: is missing"),
        (b'{"messages": [{"role": "customer", "text": 5}]}', "field messages[0].text: must be text"),
        (b'{"messages": [{"role": "customer", "text": "x", "at": "noon"}]}', "isn't an ISO 8601 time"),
        (b'{"messages": [{"role": "customer", "text": "x"}], "slots": []}', "field slots: must be an object"),
        (b'{"messages": [{"role": "customer", "text": "\xff"}]}', "isn't UTF-8 (byte 45)"),
        (b'{"messages": NaN}', "NaN is no JSON number"),
        (b'{"messages": [{"role": "customer", "text": "x"}], "id": Infinity}', "Infinity is no JSON number"),
        (DEEP, "nested too deeply"),
        (b'{"messages": ' + DEEP, "nested too deeply"),
    ],
)
def test_suggest_tells_in_one_line_what_is_wrong(tmp_path: Path, desk: Path, content: bytes, told: str):
    file = write(tmp_path / "k.json", content)
    for ran in (run("suggest", file, "--json", data=desk), run("suggest", "-", data=desk, stdin=content)):
        assert told in ran.failure
    assert suggestions(desk) == 0


def suggestions(folder: Path) -> int:
    import sqlite3

    connection = sqlite3.connect(folder / "precedent.db")
    try:
        return int(connection.execute("select count(*) from suggestion").fetchone()[0])
    finally:
        connection.close()


def test_suggest_names_a_path_that_it_cannot_read(tmp_path: Path, desk: Path):
    missing = run("suggest", tmp_path / "gone.json", data=desk).failure
    assert missing == f"{tmp_path}/gone.json can't be read (No such file or directory): check the path"
    assert "can't be read (Is a directory)" in run("suggest", tmp_path, data=desk).failure


def test_suggest_without_an_index_says_how_to_make_one(tmp_path: Path, hashed: None):
    file = write(tmp_path / "k.json", json.dumps({"messages": CUSTOMER}).encode())
    assert "precedent index" in run("suggest", file, data=tmp_path / "new").failure


def suggest(folder: Path, **fields: Any) -> Any:
    given = json.dumps({"messages": CUSTOMER} | fields).encode()
    assert run("suggest", "-", data=folder, stdin=given).status == 0  # for people it must not fail either
    return run("suggest", "-", "--json", data=folder, stdin=given).json


def test_a_conversation_without_a_customers_message_is_no_failure(desk: Path):
    suggestion = suggest(desk, messages=[{"role": "agent", "text": "How can I help you today?"}])
    assert suggestion["reason"] == "no_evidence"
    assert (suggestion["cases"], suggestion["passages"]) == ([], [])
    assert suggestion["understanding"]["language"] is None
    assert suggestion["understanding"]["request"] == ""


def test_a_customer_who_wrote_nothing_is_no_failure(desk: Path):
    assert suggest(desk, messages=[{"role": "customer", "text": " "}])["reason"] == "no_evidence"


def test_an_unknown_language_in_the_profile_is_passed_over(desk: Path):
    assert suggest(desk, customer={"language": "klingon"})["understanding"]["language"] == "en"
    given = json.dumps({"messages": CUSTOMER, "language": "klingon"}).encode()
    told = run("suggest", "-", data=desk, stdin=given).failure
    assert "field language: isn't a language code" in told


def test_five_hundred_messages_are_read(desk: Path):
    turn = [{"role": "customer", "text": f"My parcel {n} never arrived."} for n in range(250)]
    answered = [m for one in turn for m in (one, {"role": "agent", "text": "We look into it."})]
    suggestion = suggest(desk, messages=answered)
    assert suggestion["understanding"]["language"] == "en"
    assert suggestion["timings_ms"]["total"] < 5000


def test_markup_and_scripts_stay_text(desk: Path):
    evil = "<script>alert(1)</script> [bold]{{ 7*7 }}[/] {% raw %} \x1b[31m My parcel never arrived."
    name = "[red]{{ 7*7 }}<b>"
    suggestion = suggest(
        desk, messages=[{"role": "customer", "text": evil}], customer={"name": name},
        slots={"order_id": "{{ config }}"},
    )  # fmt: skip
    assert "49" not in suggestion["draft"]["text"]
    assert suggestion["draft"]["text"].count("{{ 7*7 }}") <= 1


# ---- files for `import`


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", b"", "line 1: the file is empty"),
        ("a.csv", b"", "line 1: the file is empty"),
        ("a.jsonl", b"\xff\n", "line 1: isn't UTF-8"),
        ("a.jsonl", DEEP, "nested too deeply"),
        ("a.jsonl", b'{"id": "C", "problem": "p", "resolution": NaN}', "NaN is no JSON number"),
        ("a.jsonl", b'{"id": 5, "problem": "p", "resolution": "r"}', "field id: must be text"),
        ("a.jsonl", b'{"problem": "p", "resolution": "r"}', "field id: is missing"),
        (
            "a.jsonl",
            b'{"id": "C", "problem": "p", "resolution": "r", "language": "klingon"}',
            "language code",
        ),
        ("a.csv", b"problem,resolution\np,r\n", "field id: there is no such column"),
        ("a.md", b"---\nid: a\n---\n## One\ntext\n", "field title: is missing or empty"),
        ("a.md", b"text", "line 1"),
        ("a.md", b"---\nid: \xff\n---\n", "line 2: isn't UTF-8"),
        ("a.docx", b"PK", "is none of .jsonl"),
    ],
)
def test_import_tells_what_is_wrong_and_takes_nothing(tmp_path: Path, name: str, content: bytes, told: str):
    file = write(tmp_path / name, content)
    ran = run("import", file, "--json", data=tmp_path / "d")
    assert ran.status == 1
    assert told in ran.line
    assert json.loads(ran.out)["errors"][0]["file"] == str(file)
    with open_base(tmp_path / "d") as base:
        assert base.last_seq() == 0


def test_import_of_a_missing_path_reads_nothing(tmp_path: Path):
    good = write(tmp_path / "a.jsonl", b'{"id": "C", "problem": "p", "resolution": "r"}\n')
    gone = run("import", good, tmp_path / "gone", "--json", data=tmp_path / "d").failure
    assert gone == f"{tmp_path}/gone doesn't exist; check the path"
    with open_base(tmp_path / "d") as base:
        assert base.last_seq() == 0


def test_a_line_of_200_mb_is_refused_in_little_memory(tmp_path: Path):
    good = b'{"id": "C", "problem": "p", "resolution": "r"}\n'
    ran, peak = measured("--data", tmp_path, "import", sparse(tmp_path / "a.jsonl", LONG, good), "--json")
    assert ran.json["cases"] == {"added": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    assert "is longer than 10,000,000 bytes" in ran.json["errors"][0]["message"]
    assert peak < MOST_MEMORY_KB


def test_a_conversation_of_200_mb_is_refused_unread(tmp_path: Path, desk: Path):
    file = sparse(tmp_path / "k.json", LONG)
    assert f"is longer than {MAX_LINE:,} bytes" in run("suggest", file, data=desk).failure
    ran, peak = measured("--data", desk, "suggest", file)
    assert f"is longer than {MAX_LINE:,} bytes" in ran.failure
    assert peak < MOST_MEMORY_KB


def test_ctrl_c_ends_an_import_in_one_line_and_keeps_whole_records(tmp_path: Path):
    lines = (json.dumps({"id": f"C-{n}", "problem": "p", "resolution": "r"}) + "\n" for n in range(60_000))
    file = write(tmp_path / "many.jsonl", "".join(lines).encode())
    process = spawn("--data", tmp_path / "d", "import", file)
    with open_base(tmp_path / "d") as base:
        deadline = time.monotonic() + 60
        while base.count("case") == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err.count("\n")) == (130, "", 1)
        assert err.startswith("precedent: stopped; what was finished stays")
        assert 0 < base.count("case") < 60_000
        assert base.count("case") % 500 == 0


# ---- query files for `evaluate`


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds no query"),
        (b"{", "line 1: isn't valid JSON"),
        (b'{"query": "x"}\n[]', "line 2: a JSON object is expected"),
        (b'{"query": ""}', "field query: a text in `query`, or `messages`, is expected"),
        (b'{"query": "x", "relevant": "C-1"}', "field relevant: a list of ids is expected"),
        (b'{"query": "x", "category": 3}', "field category: a text or null is expected"),
        (b'{"query": "x", "language": "klingon"}', "field language: isn't a language code"),
        (b'{"messages": [{"role": "customer"}]}', "field messages[0].text: is missing"),
        (b'{"query": "\\ud800"}', "field query: holds bytes that are not UTF-8"),
    ],
)
def test_evaluate_tells_where_a_query_file_is_wrong(tmp_path: Path, desk: Path, content: bytes, told: str):
    file = write(tmp_path / "q.jsonl", content)
    assert told in run("evaluate", file, "--json", data=desk).failure


def test_evaluate_takes_a_query_of_the_agent_alone(tmp_path: Path, desk: Path):
    alone = b'{"messages": [{"role": "agent", "text": "Hello"}], "relevant": ["C-1"]}'
    figures = run("evaluate", write(tmp_path / "q.jsonl", alone), "--json", data=desk).json
    assert (figures["n"], figures["recall@10"]) == (1, 0.0)


# ---- texts


@pytest.mark.parametrize("command", [["search"], ["translate", "--to", "es"]])
def test_a_text_must_say_something_in_utf8(command: list[str]):
    assert "the text is empty" in run(*command, "  ").failure
    assert "isn't UTF-8" in run(*command, "\udcff").failure


def test_detect_takes_any_text():
    for text in ("", " ", "\udcff", "🙂", "x" * 100_000):
        assert run("detect", text, "--json").json["language"] is None


# ---- the data folder


def test_a_broken_database_is_told_and_left_alone(tmp_path: Path):
    (tmp_path / "precedent.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    before = (tmp_path / "precedent.db").read_bytes()
    for command in (
        ["export", tmp_path / "out"],
        ["import", tmp_path],
        ["check"],
        ["search", "x"],
        ["index"],
    ):
        assert "is not a Precedent database" in run(*command, data=tmp_path).failure
    assert (tmp_path / "precedent.db").read_bytes() == before


@pytest.mark.parametrize("command", [["import", "."], ["index"], ["demo"], ["check"]])
def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path, command: list[str]):
    (tmp_path / "file").touch()
    told = run(*command, data=tmp_path / "file" / "data").failure
    assert told.startswith(f"the data folder {tmp_path}/file/data can't be made (Not a directory)")


def test_an_export_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    told = run("export", tmp_path / "file" / "out", data=tmp_path / "d").failure
    assert told == f"can't export to {tmp_path}/file/out: Not a directory; choose another folder"


def test_a_damaged_index_says_how_to_rebuild(desk: Path):
    for file in (desk / "index").rglob("vectors.faiss"):
        file.write_bytes(b"broken")
    assert "precedent index --rebuild" in run("search", "parcel", data=desk).failure
    assert run("index", "--rebuild", "--json", data=desk).json["passages"] > 0
    assert run("search", "parcel", "--json", data=desk).json["results"]


def test_a_model_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRECEDENT_MODEL", str(tmp_path / "no-model"))
    shutil.rmtree(tmp_path / "d", ignore_errors=True)
    assert "no-model" in run("index", data=tmp_path / "d").failure
