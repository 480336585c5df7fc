"""Golden questions: asked, compared, and run on each index build before it serves."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from copilot import upkeep
from copilot.assemble import build_copilot
from copilot.golden import FILE, Answer, Asked, Change, ask, compare
from copilot.settings import Settings
from copilot.upkeep import IMPORTED, IndexReport, bring_up_to_date
from indexer.build import build_index
from indexer.manifest import current_generation
from knowledge_base.models import Question
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_case, make_question, open_base
from tests.fakes import WordHashEmbedder

CASES = [make_case("C-1"), make_case("C-2", problem="The lamp is broken.", category="broken")]
QUESTIONS = [
    make_question("G-1"),
    make_question("G-2", query="My lamp is broken.", relevant=None, category="broken"),
    make_question("G-3", query="Sing me a song.", relevant=()),
    make_question("G-4", query="How many days have I got?", relevant=("returns", "C-9")),
]
Index = Callable[..., IndexReport]


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_base(tmp_path) as base:
        base.put_many([*CASES, make_article(), *QUESTIONS], actor="test")
        yield base


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> WordHashEmbedder:
    embedder = WordHashEmbedder()
    monkeypatch.setattr("copilot.assemble.build_embedder", lambda settings: embedder)
    return embedder


@pytest.fixture
def index(tmp_path: Path, base: KnowledgeBase, embedder: WordHashEmbedder) -> Index:
    """Bring the index up to date, under these settings."""
    return lambda **given: bring_up_to_date(Settings(data=tmp_path, **given), base)


def serving(folder: Path) -> Path:
    return folder / "index" / current_generation(folder / "index")


# ---- asking


def test_questions_are_answered_by_their_labels(
    tmp_path: Path, base: KnowledgeBase, embedder: WordHashEmbedder
):
    build_index(base, tmp_path / "index", embedder)
    copilot = build_copilot(Settings(data=tmp_path), base)

    def wrong(floor: float = 1.0, **fields: object) -> str | None:
        (answer,) = ask(copilot, [make_question(**fields)], floor=floor)
        return answer.wrong

    assert wrong() is wrong(relevant=("C-9", "returns")) is None
    assert wrong(relevant=("C-9", "C-8")) == "none of C-8, C-9 is among the first 5"
    assert wrong(relevant=None, category="broken") is None
    assert wrong(relevant=None, category="late") == "no case of late is among the first 5"
    # Ids say more than a category does.
    assert wrong(relevant=("C-9",), category="broken") == "none of C-9 is among the first 5"
    assert wrong(relevant=()) is None
    told = wrong(relevant=(), floor=0.0)
    assert told is not None
    assert told.startswith("nothing answers it, yet ")
    assert told.endswith("% sure)")


def test_five_places_are_looked_at(tmp_path: Path, embedder: WordHashEmbedder):
    with open_base(tmp_path) as base:
        base.put_many([make_case(f"C-{n}", problem="lamp " * (8 - n) + f"w{n}") for n in range(8)], actor="t")
        build_index(base, tmp_path / "index", embedder)
        copilot = build_copilot(Settings(data=tmp_path), base)
        order = [one.passage.source_id for one in copilot.search("lamp", kind="case", limit=8)]
        questions = [make_question(str(n), query="lamp", relevant=(one,)) for n, one in enumerate(order)]
        answers = list(ask(copilot, questions, floor=0.3))
    assert [answer.wrong is None for answer in answers] == [True] * 5 + [False] * 3


# ---- comparing


def asked(**wrong: str | None) -> Asked:
    return Asked("state", tuple(Answer(id, f"digest of {id}", told) for id, told in wrong.items()))


def test_what_changed_is_told_apart():
    former = asked(right=None, broke=None, fixed="was wrong", still="wrong", gone=None)
    now = asked(right=None, broke="now wrong", fixed=None, still="wrong", new=None)
    reworded = [Answer("reworded", digest, told) for digest, told in (("first", None), ("other", "wrong"))]
    report = compare(
        Asked("s", (*former.answers, reworded[0])),
        Asked("s", (*now.answers, reworded[1])),
    )
    assert (report.asked, report.right) == (6, 3)
    assert report.worse == (Change("broke", "now wrong"),)
    assert report.better == (Change("fixed", "was wrong"),)
    assert report.new == ("new", "reworded")
    assert report.gone == ("gone",)
    assert [one.id for one in report.failing] == ["broke", "still", "reworded"]


def test_answers_are_read_back_and_damaged_ones_are_none(tmp_path: Path):
    kept = asked(a=None, b="wrong")
    kept.save(tmp_path)
    assert Asked.load(tmp_path) == kept
    for damaged in ("{", "[]", '{"state": "x"}', '{"state": "x", "answers": [{}]}'):
        (tmp_path / FILE).write_text(damaged)
        assert Asked.load(tmp_path) is None
    assert Asked.load(tmp_path / "nowhere") is None


# ---- index builds


def test_the_first_build_asks_all_questions(index: Index, tmp_path: Path):
    golden = index().golden
    assert golden is not None
    assert (golden.asked, golden.right, golden.new) == (4, 4, ("G-1", "G-2", "G-3", "G-4"))
    assert (golden.worse, golden.failing, golden.gone) == ((), (), ())
    kept = Asked.load(serving(tmp_path))
    assert kept is not None
    assert [answer.id for answer in kept.answers] == ["G-1", "G-2", "G-3", "G-4"]


def test_a_question_gets_worse_when_its_case_is_retired_and_better_when_it_is_back(
    index: Index, base: KnowledgeBase
):
    index()
    base.retire("case", "C-1", actor="test")
    golden = index().golden
    assert golden is not None
    assert golden.worse == golden.failing == (Change("G-1", "none of C-1 is among the first 5"),)
    assert (golden.right, golden.new, golden.better) == (3, (), ())
    base.put(CASES[0], actor="test")
    golden = index().golden
    assert golden is not None
    assert golden.better == (Change("G-1", "none of C-1 is among the first 5"),)
    assert (golden.right, golden.worse) == (4, ())


def test_new_reworded_and_retired_questions_are_told(index: Index, base: KnowledgeBase):
    index()
    base.put_many([make_question("G-5"), make_question("G-1", query="Where is my parcel?")], actor="test")
    base.retire("question", "G-3", actor="test")
    golden = index().golden
    assert golden is not None
    assert (golden.new, golden.gone, golden.worse) == (("G-1", "G-5"), ("G-3",), ())


def test_where_nothing_changed_nothing_is_asked(index: Index, embedder: WordHashEmbedder):
    first = index()
    embedder.embedded.clear()
    again = index()
    assert embedder.embedded == []
    assert again.golden is not None
    assert first.golden is not None
    assert (again.golden.asked, again.golden.right, again.golden.new) == (4, 4, ())
    assert again.build.generation == first.build.generation


def test_the_answers_are_asked_again_when_a_setting_or_the_day_is_another(
    index: Index, embedder: WordHashEmbedder, monkeypatch: pytest.MonkeyPatch
):
    first = index()
    embedder.embedded.clear()
    bold = index(confidence_floor=0.0)
    assert len(embedder.embedded) == 4
    assert bold.golden is not None
    assert [change.id for change in bold.golden.worse] == ["G-3"]
    assert bold.build.generation == first.build.generation
    index()
    embedder.embedded.clear()
    monkeypatch.setattr(upkeep, "__version__", "9.9")
    index()
    assert len(embedder.embedded) == 4


def test_the_gate_blocks_an_index_that_got_worse(index: Index, base: KnowledgeBase, tmp_path: Path):
    first = index(golden_gate="block")
    base.retire("case", "C-1", actor="test")
    held = index(golden_gate="block")
    assert held.golden is not None
    assert held.golden.held_back
    assert held.build.held_back
    assert [change.id for change in held.golden.worse] == ["G-1"]
    assert held.build.generation == first.build.generation == current_generation(tmp_path / "index")
    assert [entry.name for entry in (tmp_path / "index").iterdir() if entry.is_dir()] == ["generation-000001"]
    # The desk says that the question has had its day: what it asks is no longer held against the index.
    base.retire("question", "G-1", actor="test")
    passed = index(golden_gate="block")
    assert passed.golden is not None
    assert (passed.golden.held_back, passed.golden.gone) == (False, ("G-1",))
    assert passed.build.generation == "generation-000002"


def test_the_gate_keeps_no_index_that_the_recipe_can_no_longer_search(
    index: Index, base: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    index()
    base.retire("case", "C-1", actor="test")
    other = WordHashEmbedder(digest="another model")
    monkeypatch.setattr("copilot.assemble.build_embedder", lambda settings: other)
    report = bring_up_to_date(Settings(data=tmp_path, golden_gate="block"), base, rebuild=True)
    assert report.golden is not None
    assert [change.id for change in report.golden.worse] == ["G-1"]
    assert not report.golden.held_back
    assert report.build.generation == "generation-000002"


def test_with_the_gate_off_nothing_is_asked(index: Index, tmp_path: Path):
    assert index(golden_gate="off").golden is None
    assert not (serving(tmp_path) / FILE).exists()
    later = index().golden
    assert later is not None
    assert (later.asked, later.new) == (4, ("G-1", "G-2", "G-3", "G-4"))


def test_without_questions_there_is_nothing_to_tell(tmp_path: Path, embedder: WordHashEmbedder):
    with open_base(tmp_path) as base:
        base.put_many(CASES, actor="test")
        golden = bring_up_to_date(Settings(data=tmp_path), base).golden
    assert golden is not None
    assert (golden.asked, golden.new, golden.problem) == (0, (), None)


KILLED = """
import sys, time
from pathlib import Path
from copilot import assemble
from copilot.settings import Settings
from copilot.upkeep import bring_up_to_date
from tests.builders import open_base
from tests.fakes import WordHashEmbedder
class Slow(WordHashEmbedder):
    def embed(self, texts):
        if "My parcel never arrived." in texts:
            print("asking", flush=True)
            time.sleep(60)
        return super().embed(texts)
assemble.build_embedder = lambda settings: Slow()
folder = Path(sys.argv[1])
with open_base(folder) as base:
    base.retire("case", "C-2", actor="test")
    bring_up_to_date(Settings(data=folder), base)
"""


def test_a_kill_while_the_questions_are_asked_leaves_the_former_index(index: Index, tmp_path: Path):
    first = index()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"asking\n"
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert current_generation(tmp_path / "index") == first.build.generation
    assert Asked.load(serving(tmp_path)) is not None
    after = index()
    assert after.build.generation == "generation-000002"
    assert after.golden is not None
    assert [change.id for change in after.golden.worse] == ["G-2"]
    assert not list((tmp_path / "index").glob("building-*"))


# ---- the golden file of former versions


def golden_file(folder: Path, *lines: object) -> Path:
    file = folder / "golden.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def test_a_golden_file_is_taken_in_once(index: Index, base: KnowledgeBase, tmp_path: Path):
    file = golden_file(tmp_path, {"id": "F-1", "query": "the parcel", "relevant": ["C-1"]})
    golden = index().golden
    assert golden is not None
    assert (golden.problem, golden.asked) == (None, 5)
    assert not file.exists()
    assert (tmp_path / IMPORTED).is_file()
    assert base.history("question", "F-1")[0].actor == "golden.jsonl"
    base.put(make_question("F-1", query="the lamp", relevant=("C-2",)), actor="maya")
    index()
    kept = base.get("question", "F-1")
    assert isinstance(kept, Question)
    assert kept.query == "the lamp"


def test_a_golden_file_with_a_bad_line_waits_and_says_so(index: Index, base: KnowledgeBase, tmp_path: Path):
    file = golden_file(tmp_path, {"id": "F-1", "query": "x", "relevant": []}, {"query": "ours"})
    golden = index().golden
    assert golden is not None
    assert golden.problem == (
        f"its questions aren't asked until it is mended: {file}, line 2, field id: is missing or empty"
    )
    assert (golden.asked, file.exists(), base.find("question", "F-1")) == (4, True, None)
    off = index(golden_gate="off").golden
    assert off is not None
    assert off.problem == golden.problem
