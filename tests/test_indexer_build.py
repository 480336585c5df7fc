"""Building an index: only what changed is embedded, the former one serves until the last step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.build import build_index, recipe_of
from indexer.found import NGRAM_WEIGHT, WORD_WEIGHT, Filter, Found
from indexer.lexical import query_words
from indexer.live import LiveIndex
from indexer.manifest import MANIFEST, current_generation
from indexer.search import POLICY_WEIGHT, Generation
from knowledge_base.errors import (
    IndexDamagedError,
    IndexingError,
    IndexMissingError,
    IndexRecipeError,
)
from knowledge_base.models import Case, PolicyArticle
from tests.fakes import PROBES, ListOfRecords, WordHashEmbedder

LOST = Case("C-1", "send it again", problem="The parcel is lost in transit", category="lost")
BROKEN = Case("C-2", "refund", problem="The lamp arrived broken", category="broken")
RETURNS = PolicyArticle("returns", "Returns", "## The 30 days\nSend it back within 30 days.")
OLD = PolicyArticle(
    "returns-old", "Returns", "## The 14 days\nSend it back within 14 days.", effective_to=date(2026, 1, 31)
)


def desk() -> ListOfRecords:
    return ListOfRecords(LOST, BROKEN, RETURNS, OLD)


CASES = Filter("case")


def find(generation: Generation, text: str, chosen: Filter = CASES, limit: int = 5) -> list[Found]:
    wording = generation.wording(WordHashEmbedder().embed([text]), [query_words(text, "en")], [text], "en")
    return generation.find(wording, chosen, limit=limit)


def served(folder: Path) -> Generation:
    return LiveIndex(folder, recipe_of(WordHashEmbedder())).current()


def test_a_first_build_embeds_everything_and_can_be_searched(tmp_path: Path) -> None:
    report = build_index(desk(), tmp_path, WordHashEmbedder())
    assert (report.added, report.removed, report.kept, report.passages) == (4, 0, 0, 4)
    found = find(served(tmp_path), "my parcel is lost")
    assert found[0].passage.source_id == "C-1"
    first = found[0]
    own = first.cosine + WORD_WEIGHT * first.words + NGRAM_WEIGHT * first.grams
    assert first.relevance == pytest.approx(own + first.topic, abs=1e-5)


def test_only_what_changed_is_embedded_again(tmp_path: Path) -> None:
    records = desk()
    build_index(records, tmp_path, WordHashEmbedder())
    records.records[1] = replace(BROKEN, problem="The kettle arrived broken")
    second = WordHashEmbedder()
    report = build_index(records, tmp_path, second)
    assert (report.added, report.removed, report.kept) == (1, 1, 3)
    assert second.embedded == ["The kettle arrived broken", "lost", "broken"]
    assert find(served(tmp_path), "kettle")[0].passage.source_id == "C-2"


def test_without_a_change_nothing_is_written(tmp_path: Path) -> None:
    records, embedder = desk(), WordHashEmbedder()
    build_index(records, tmp_path, WordHashEmbedder())
    report = build_index(records, tmp_path, embedder)
    assert (report.added, report.removed, report.kept) == (0, 0, 4)
    assert (report.generation, embedder.embedded) == ("generation-000001", [])


def test_rebuild_embeds_everything_again(tmp_path: Path) -> None:
    build_index(desk(), tmp_path, WordHashEmbedder())
    embedder = WordHashEmbedder()
    build_index(desk(), tmp_path, embedder, rebuild=True)
    own = [text for text in embedder.embedded if text not in PROBES]
    assert len(own) == 4 + 2  # the passages and the names of the categories


def test_an_index_of_before_is_asked_what_its_encoder_reads(tmp_path: Path) -> None:
    build_index(desk(), tmp_path, WordHashEmbedder())
    manifest = tmp_path / current_generation(tmp_path) / MANIFEST
    told = json.loads(manifest.read_text("utf-8"))
    assert told["reads"] == []
    del told["reads"]
    manifest.write_text(json.dumps(told), "utf-8")
    embedder = WordHashEmbedder()
    report = build_index(desk(), tmp_path, embedder)
    assert set(embedder.embedded) >= PROBES
    assert (report.kept, report.generation) == (4, "generation-000002")
    again = WordHashEmbedder()
    assert build_index(desk(), tmp_path, again).generation == "generation-000002"
    assert again.embedded == []


def test_two_records_with_one_text_are_both_found(tmp_path: Path) -> None:
    build_index(ListOfRecords(LOST, replace(LOST, id="C-9")), tmp_path, WordHashEmbedder())
    assert [f.passage.source_id for f in find(served(tmp_path), "lost parcel")] == ["C-1", "C-9"]


def test_pending_and_retired_records_are_not_found(tmp_path: Path) -> None:
    records = ListOfRecords(
        LOST, replace(LOST, id="C-8", status="pending"), replace(LOST, id="C-9", status="retired")
    )
    build_index(records, tmp_path, WordHashEmbedder())
    assert [f.passage.source_id for f in find(served(tmp_path), "lost parcel")] == ["C-1"]


def test_filters_are_part_of_the_search(tmp_path: Path) -> None:
    build_index(desk(), tmp_path, WordHashEmbedder())
    generation = served(tmp_path)
    today = Filter(kind="article", on=date(2026, 11, 22))
    assert [f.passage.source_id for f in find(generation, "send it back", today)] == ["returns"]
    then = Filter(kind="article", on=date(2026, 1, 31))
    assert {f.passage.source_id for f in find(generation, "send it back", then)} == {"returns", "returns-old"}


def test_an_empty_base_gives_an_index_that_finds_nothing(tmp_path: Path) -> None:
    assert build_index(ListOfRecords(), tmp_path, WordHashEmbedder()).passages == 0
    assert find(served(tmp_path), "anything") == []


def test_another_recipe_is_refused_and_says_how_to_rebuild(tmp_path: Path) -> None:
    build_index(desk(), tmp_path, WordHashEmbedder())
    other = WordHashEmbedder(digest="other")
    with pytest.raises(IndexRecipeError, match="precedent index --rebuild"):
        LiveIndex(tmp_path, recipe_of(other)).current()
    with pytest.raises(IndexingError, match="precedent index --rebuild"):
        build_index(desk(), tmp_path, other)
    build_index(desk(), tmp_path, other, rebuild=True)
    assert LiveIndex(tmp_path, recipe_of(other)).current().manifest.generation == "generation-000002"


def test_without_an_index_the_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="precedent index"):
        served(tmp_path)


class FailingEmbedder(WordHashEmbedder):
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_told_and_the_former_index_serves(tmp_path: Path) -> None:
    build_index(desk(), tmp_path, WordHashEmbedder())
    records = desk()
    records.last_seq()
    records.records.append(replace(LOST, id="C-3", problem="something new"))
    with pytest.raises(IndexingError, match="No space left on device"):
        build_index(records, tmp_path, FailingEmbedder())
    assert current_generation(tmp_path) == "generation-000001"
    assert len(served(tmp_path).passages) == 4
    assert not list(tmp_path.glob("building-*"))


def test_a_damaged_generation_says_how_to_rebuild_and_is_replaced(tmp_path: Path) -> None:
    build_index(desk(), tmp_path, WordHashEmbedder())
    (tmp_path / "generation-000001" / MANIFEST).write_text("{")
    with pytest.raises(IndexDamagedError, match="--rebuild"):
        served(tmp_path)
    build_index(desk(), tmp_path, WordHashEmbedder())
    assert len(served(tmp_path).passages) == 4


KILLED = """
import sys, time
from pathlib import Path
from indexer.build import build_index
from tests.fakes import WordHashEmbedder
from tests.test_indexer_build import desk
class Slow(WordHashEmbedder):
    def embed(self, texts):
        print("embedding", flush=True)
        time.sleep(60)
records = desk()
records.records.append(type(records.records[0])("C-7", "x", problem="new text"))
build_index(records, Path(sys.argv[1]), Slow())
"""


def test_a_killed_build_leaves_the_former_index_and_the_next_build_cleans_up(tmp_path: Path) -> None:
    build_index(desk(), tmp_path, WordHashEmbedder())
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"embedding\n"
        with pytest.raises(IndexingError, match="another index build is running"):
            build_index(desk(), tmp_path, WordHashEmbedder())
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert len(served(tmp_path).passages) == 4
    assert list(tmp_path.glob("building-*"))
    build_index(desk(), tmp_path, WordHashEmbedder())
    assert not list(tmp_path.glob("building-*"))


def test_a_running_server_takes_up_a_new_generation_soon(tmp_path: Path) -> None:
    build_index(desk(), tmp_path, WordHashEmbedder())
    live = LiveIndex(tmp_path, recipe_of(WordHashEmbedder()))
    assert len(live.current().passages) == 4
    records = desk()
    records.last_seq()
    records.records.append(replace(LOST, id="C-3", problem="something new"))
    build_index(records, tmp_path, WordHashEmbedder())
    limit = time.monotonic() + 10  # it looks each second; the rest is for a busy machine
    while len(live.current().passages) != 5:
        assert time.monotonic() < limit
        time.sleep(0.05)


def test_generations_that_no_longer_serve_are_removed_by_the_next_build(tmp_path: Path) -> None:
    for _ in range(4):
        build_index(desk(), tmp_path, WordHashEmbedder(), rebuild=True)
    kept = sorted(entry.name for entry in tmp_path.iterdir() if entry.is_dir())
    assert kept == ["generation-000003", "generation-000004"]


def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("a file where the folder should be")
    with pytest.raises(IndexingError, match="can't be written"):
        build_index(desk(), tmp_path / "index", WordHashEmbedder())
    assert os.listdir(tmp_path) == ["index"]


def test_relevance_is_exact_for_every_candidate(tmp_path: Path) -> None:
    records = ListOfRecords(
        *[Case(f"C-{n:03}", "done", problem=f"word{n} common text {n % 7}") for n in range(300)]
    )
    build_index(records, tmp_path, WordHashEmbedder())
    generation = served(tmp_path)
    text = "word42 common text 0"
    found = find(generation, text, limit=20)
    query = WordHashEmbedder().embed([text])[0]
    words = generation.words.scores(query_words(text, "en"))
    vectors = generation.vectors.rows(np.arange(300))
    grams = generation.ngrams.likeness(generation.ngrams.grams(text), np.arange(300))
    brute = vectors @ query + WORD_WEIGHT * words + NGRAM_WEIGHT * grams
    assert found[0].row == 42
    assert [f.relevance for f in found] == pytest.approx([brute[f.row] for f in found], abs=1e-5)
    assert [f.relevance for f in found[:10]] == pytest.approx(sorted(brute, reverse=True)[:10], abs=1e-5)


def test_a_case_gains_by_the_relevance_of_the_policy_it_cites(tmp_path: Path) -> None:
    citing = replace(LOST, id="C-5", problem="unlike", policies=("returns#the-30-days",), category=None)
    plain = replace(LOST, id="C-6", problem="unlike", category=None)
    build_index(ListOfRecords(citing, plain, RETURNS), tmp_path, WordHashEmbedder())
    generation = served(tmp_path)
    article = find(generation, "send it back within 30 days", Filter("article"))[0]
    first, second = find(generation, "send it back within 30 days")
    assert (first.passage.source_id, second.passage.source_id) == ("C-5", "C-6")
    assert first.topic == pytest.approx(POLICY_WEIGHT * (article.relevance - article.topic), abs=1e-5)
    assert second.topic == 0


def test_an_article_gains_by_the_near_cases_that_cite_it(tmp_path: Path) -> None:
    citing = replace(LOST, policies=("returns",))
    build_index(ListOfRecords(citing, RETURNS, replace(RETURNS, id="other")), tmp_path, WordHashEmbedder())
    found = find(served(tmp_path), "lost in transit", Filter("article"))
    assert [f.passage.source_id for f in found] == ["returns", "other"]
    assert [f.features.agreement for f in found] == [1.0, 0.0]


def test_the_vectors_of_another_language_lose_what_its_texts_share(tmp_path: Path) -> None:
    english = [Case(f"E-{n}", "done", problem=f"english text {n}") for n in range(12)]
    german = [Case(f"D-{n}", "done", problem=f"immer gleich {n}", language="de") for n in range(11)]
    build_index(ListOfRecords(*english, *german), tmp_path, WordHashEmbedder())
    generation = served(tmp_path)
    encoded, searched = generation.encoded(), generation.vectors.rows(np.arange(23))
    languages = generation.passages.language
    np.testing.assert_allclose(searched[languages == 0], encoded[languages == 0], atol=1e-6)
    shared = encoded[languages == 1].mean(axis=0)
    assert np.abs((searched[languages == 1] @ shared).mean()) < np.abs(
        (encoded[languages == 1] @ shared).mean()
    )


def test_the_category_of_a_want_is_shared_out(tmp_path: Path) -> None:
    build_index(desk(), tmp_path, WordHashEmbedder())
    generation = served(tmp_path)
    text = "parcel lost in transit"
    wording = generation.wording(WordHashEmbedder().embed([text]), [query_words(text, "en")], [text], "en")
    shares = generation.category_shares(wording)
    assert sum(shares.values()) == pytest.approx(1)
    assert max(shares, key=lambda name: shares[name]) == "lost"
