"""Importing files and folders: counts, errors, strictness, and what a kill leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.errors import InputError, StorageError
from knowledge_base.importing import Counts, ImportReport, import_paths
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, open_base

ROOT = Path(__file__).parent.parent


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        yield base


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    folder.mkdir()
    return folder


def case_line(id: str = "C-1", **fields: Any) -> str:
    return json.dumps({"id": id, "problem": "p", "resolution": "r"} | fields) + "\n"


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def places(report: ImportReport) -> list[tuple[str, int, str]]:
    return [(Path(error.file).name, error.line, error.field) for error in report.errors]


ARTICLE = "---\nid: {id}\ntitle: T\n---\nText\n"
TEMPLATES = "---\nid: lost\n---\n## greet\nHi\n\n## act\nA\n---\nB\n"


def test_a_folder_is_imported_by_what_its_files_are(kb: KnowledgeBase, desk: Path):
    write(desk / "b" / "cases.jsonl", case_line("C-1") + case_line("C-2"))
    write(desk / "a" / "more.CSV", "id,problem,resolution\nC-3,p,r\n")
    write(desk / "articles" / "x.md", ARTICLE.format(id="x"))
    write(desk / "templates" / "en" / "lost.md", TEMPLATES)
    write(desk / "notes.txt", "not imported")
    write(desk / ".git" / "hidden.jsonl", "nonsense")
    write(desk / "open.json", "{}")
    (desk / "round").symlink_to(desk)
    report = import_paths(kb, [desk], actor="maya")
    assert report == ImportReport(Counts(added=3), Counts(added=1), Counts(added=3), [])
    assert [c.record_id for c in kb.changes(since=0)] == [
        "C-3",
        "x",
        "C-1",
        "C-2",
        "lost/greet",
        "lost/act",
        "lost/act/2",
    ]
    assert {c.actor for c in kb.changes(since=0)} == {"maya"}


def test_importing_again_updates_and_never_doubles(kb: KnowledgeBase, desk: Path):
    path = write(desk / "cases.jsonl", case_line("C-1") + case_line("C-2"))
    import_paths(kb, [str(path)])
    assert import_paths(kb, [path, path]).cases == Counts(unchanged=4)
    write(path, case_line("C-1") + case_line("C-2", resolution="new") + case_line("C-3"))
    assert import_paths(kb, [path]).cases == Counts(added=1, updated=1, unchanged=1)
    assert (kb.count("case"), kb.last_seq()) == (3, 4)


def test_bad_records_are_reported_and_the_others_taken(kb: KnowledgeBase, desk: Path):
    write(
        desk / "a.jsonl",
        case_line("C-1") + "{oops\n" + case_line("C-2", outcome={"csat": 9}) + case_line("C-1"),
    )
    write(desk / "b.csv", "id,problem,resolution\nC-4,p,\nC-5,p,r\n")
    write(desk / "c.md", "no front matter")
    write(desk / "d.md", "---\nid: t\n---\n## act\nA\n\n## dance\nB\n")
    write(desk / "e.md", ARTICLE.format(id="x"))
    report = import_paths(kb, [desk])
    assert report.cases == Counts(added=2, rejected=4)
    assert report.articles == Counts(added=1, rejected=1)
    assert report.templates == Counts(rejected=1)
    assert places(report) == [
        ("a.jsonl", 2, ""),
        ("a.jsonl", 3, "outcome.csat"),
        ("a.jsonl", 4, "id"),
        ("b.csv", 2, "resolution"),
        ("c.md", 1, ""),
        ("d.md", 1, ""),
    ]
    assert report.errors[2].message == "stands in line 1 already; each record needs its own"


def test_a_strict_import_refuses_whole_files(kb: KnowledgeBase, desk: Path):
    write(
        desk / "bad.jsonl",
        "".join(case_line(f"B-{n}") for n in range(700)) + case_line("B-700", status="odd"),
    )
    write(desk / "good.jsonl", "".join(case_line(f"G-{n}") for n in range(700)))
    write(desk / "x.md", TEMPLATES + "\n## dance\nB\n")
    write(desk / "y.md", ARTICLE.format(id="y"))
    report = import_paths(kb, [desk], strict=True)
    assert report.cases == Counts(added=700, rejected=701)
    assert (report.templates, report.articles) == (Counts(rejected=1), Counts(added=1))
    assert places(report) == [("bad.jsonl", 701, "status"), ("x.md", 1, "")]
    assert kb.count("case") == 700
    assert kb.find("case", "B-0") is None
    assert import_paths(kb, [desk], strict=True).cases == Counts(unchanged=700, rejected=701)


def test_an_id_used_by_two_articles_of_one_import_is_reported(kb: KnowledgeBase, desk: Path):
    write(desk / "a.md", ARTICLE.format(id="x"))
    write(desk / "b.md", ARTICLE.format(id="x").replace("T", "Other"))
    write(desk / "c.md", TEMPLATES.replace("lost", "x"))
    for strict in (False, True):
        report = import_paths(kb, [desk], strict=strict)
        assert places(report) == [("b.md", 2, "id")]
        assert "is used by" in report.errors[0].message
    assert kb.get("article", "x").title == "T"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", "", "the file is empty"),
        ("a.jsonl", "\n \n", "the file holds no records"),
        ("a.csv", "", "the file is empty"),
        ("a.csv", "id,problem,resolution\n", "the file holds no records"),
        ("a.md", "", "the file is empty"),
        ("a.md", b"---\nid: x\ntitle: \xff\n---\n", "isn't UTF-8; save the file as UTF-8"),
        ("a.xlsx", "PK", "is none of .jsonl, .ndjson, .csv, .md"),
        ("README", "hi", "is none of .jsonl, .ndjson, .csv, .md"),
        ("a.md", b"---\n" + b"x" * 10_000_001, "is longer than 10,000,000 bytes; split it"),
    ],
)
def test_files_that_cannot_be_used(kb: KnowledgeBase, desk: Path, name: str, content: Any, message: str):
    path = write(desk / name, content)
    for strict in (False, True):
        report = import_paths(kb, [path], strict=strict)
        assert [error.message for error in report.errors] == [message]
        assert report.cases.rejected + report.articles.rejected == 1
    assert kb.last_seq() == 0


def test_a_missing_path_stops_the_import_before_anything_is_read(kb: KnowledgeBase, desk: Path):
    path = write(desk / "cases.jsonl", case_line())
    with pytest.raises(InputError, match=r"nowhere doesn't exist; check the path"):
        import_paths(kb, [path, desk / "nowhere"])
    assert kb.count("case") == 0


def test_a_pipe_or_device_is_no_file(kb: KnowledgeBase, desk: Path):
    os.mkfifo(desk / "cases.jsonl")
    assert import_paths(kb, [desk]) == ImportReport()
    assert [error.message for error in import_paths(kb, [desk / "cases.jsonl"]).errors] == [
        "can't be read: it is no regular file"
    ]


def test_a_wrong_file_cannot_fill_the_memory(kb: KnowledgeBase, desk: Path):
    path = write(desk / "wrong.jsonl", "x\n" * 12_000)
    report = import_paths(kb, [path])
    assert (report.cases.rejected, len(report.errors)) == (12_000, 10_000)


def test_progress_goes_from_nothing_to_everything(kb: KnowledgeBase, desk: Path):
    first = write(desk / "a.jsonl", "".join(case_line(f"C-{n}", problem="p" * 5000) for n in range(300)))
    second = write(desk / "b.md", ARTICLE.format(id="x"))
    total = first.stat().st_size + second.stat().st_size
    told: list[tuple[int, int, str]] = []
    import_paths(kb, [desk], progress=lambda *step: told.append(step))
    assert len(told) > 3
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1] == (total, total, str(second))
    assert {whole for _, whole, _ in told} == {total}


def test_a_file_that_changes_between_check_and_write_is_refused(kb: KnowledgeBase, desk: Path):
    path = write(desk / "cases.jsonl", "".join(case_line(f"C-{n}") for n in range(600)))

    def spoil(done: int, total: int, file: str) -> None:
        path.write_text(path.read_text() + "oops\n")

    with pytest.raises(InputError, match="line 601"):
        import_paths(kb, [path], strict=True, progress=spoil)
    assert kb.last_seq() == 0


def test_a_full_disk_keeps_the_transactions_before(tmp_path: Path, desk: Path):
    from sqlalchemy import event

    path = write(
        desk / "cases.jsonl", "".join(case_line(f"C-{n:05}", problem="p" * 300) for n in range(3000))
    )
    with open_base(tmp_path) as kb:
        engine = kb._database._engine
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 700"))
        engine.dispose()
        with pytest.raises(StorageError, match="disk is full"):
            import_paths(kb, [path])
        kept = kb.count("case")
        assert kept in range(500, 3000, 500)
        assert [c.seq for c in kb.changes(since=0, limit=5000)] == list(range(1, kept + 1))
    with open_base(tmp_path) as kb:
        assert import_paths(kb, [path]).cases == Counts(added=3000 - kept, unchanged=kept)


KILLED = """
import sys
from knowledge_base.importing import import_paths
from knowledge_base.store import KnowledgeBase
import_paths(KnowledgeBase.open(sys.argv[1]), [sys.argv[2]], progress=lambda *step: print(*step, flush=True))
"""


def test_a_killed_import_leaves_whole_transactions_and_the_next_completes_it(tmp_path: Path, desk: Path):
    path = write(
        desk / "cases.jsonl", "".join(case_line(f"C-{n:05}", problem="p" * 900) for n in range(6000))
    )
    url = f"sqlite:///{tmp_path / 'precedent.db'}"
    open_base(tmp_path).close()
    command = [sys.executable, "-c", KILLED, url, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(4):
            process.stdout.readline()
        time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    with open_base(tmp_path) as kb:
        kept = kb.count("case")
        assert kept in range(500, 6000, 500)
        assert [c.seq for c in kb.changes(since=0, limit=9999)] == list(range(1, kept + 1))
        assert import_paths(kb, [path]).cases == Counts(added=6000 - kept, unchanged=kept)
        assert kb.last_seq() == 6000


def test_ten_thousand_cases_are_imported_within_seconds_of_work(kb: KnowledgeBase, desk: Path):
    path = write(
        desk / "cases.jsonl", "".join(case_line(f"C-{n}", problem=f"question {n}") for n in range(10_000))
    )
    start = time.process_time()
    assert import_paths(kb, [path]).cases == Counts(added=10_000)
    assert time.process_time() - start < 8


def test_articles_and_cases_may_share_an_id(kb: KnowledgeBase, desk: Path):
    kb.put_many([make_case("x"), make_article("x")], actor="a")
    write(desk / "x.md", ARTICLE.format(id="x"))
    assert import_paths(kb, [desk]).articles == Counts(updated=1)
    assert kb.get("case", "x") == make_case("x")
