"""Refining a calibration: judgements move confidence their way, few of them little."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.build import build_index, recipe_of
from indexer.found import Filter
from indexer.lexical import query_words
from indexer.live import LiveIndex, PinnedIndex
from indexer.refine import refine
from indexer.search import Generation
from knowledge_base.models import Case, PolicyArticle
from knowledge_base.verdicts import Judged
from tests.fakes import ListOfRecords, WordHashEmbedder


@pytest.fixture
def generation(tmp_path: Path) -> Generation:
    """Twenty cases about four topics, an article and its translation."""
    cases = [Case(f"C-{n}", "done", problem=f"topic{n % 4} item{n}") for n in range(20)]
    body = "## One\nthe returns policy"
    articles = [
        PolicyArticle("returns", "Returns", body),
        PolicyArticle(
            "returns-es", "Cambios", "## Uno\nla politica", language="es", translation_of="returns"
        ),
    ]
    build_index(ListOfRecords(*cases, *articles), tmp_path, WordHashEmbedder())
    return LiveIndex(tmp_path, recipe_of(WordHashEmbedder())).current()


def confidence(generation: Generation, text: str, item: str) -> float:
    vectors = WordHashEmbedder().embed([text])
    wording = generation.wording(vectors, [query_words(text, "en")], [text], "en")
    found = generation.find(wording, Filter("case"), limit=20)
    return next(one.confidence for one in found if one.passage.source_id == item)


def judged(helped: bool, n: int) -> list[Judged]:
    return [Judged(f"topic{k % 4} item{k % 20}", "en", f"case:C-{k % 20}", helped) for k in range(n)]


def refined(generation: Generation, judgements: list[Judged]) -> Generation:
    calibration = refine(generation, WordHashEmbedder(), judgements)
    return PinnedIndex.recalibrated(generation, calibration).current()


def test_judgements_move_confidence_their_way_and_more_move_it_further(generation: Generation):
    asked = ("topic1 item5", "C-5")
    before = confidence(generation, *asked)
    worse = [confidence(refined(generation, judged(False, n)), *asked) for n in (1, 10, 100)]
    better = confidence(refined(generation, judged(True, 100)), *asked)
    assert before > worse[0] > worse[1] > worse[2]
    assert better > before
    assert confidence(generation, *asked) == before


def test_the_sample_says_how_many_were_judged(generation: Generation):
    calibration = refine(generation, WordHashEmbedder(), judged(True, 7))
    assert calibration.samples == {"case": generation.calibration.samples["case"] + 7, "article": 0}
    assert calibration.coefficients["article"] == generation.calibration.coefficients["article"]


def test_without_judgements_or_of_what_is_gone_nothing_moves(generation: Generation):
    for judgements in (
        [],
        [Judged("topic1", "en", "case:gone", True), Judged("x", None, "draft", True)],
    ):
        assert refine(generation, WordHashEmbedder(), judgements) == generation.calibration


def test_an_article_is_judged_under_the_id_it_is_shown_by(generation: Generation):
    spanish = Judged("la politica", "es", "article:returns", True)
    assert refine(generation, WordHashEmbedder(), [spanish]).samples["article"] == 1


def test_a_build_is_refined_by_what_agents_told_and_again_only_when_they_told_more(tmp_path: Path):
    cases = [Case(f"C-{n}", "done", problem=f"topic{n % 4} item{n}") for n in range(20)]
    records, embedder = ListOfRecords(*cases), WordHashEmbedder()

    def built(told: list[Judged]) -> tuple[str, float]:
        report = build_index(records, tmp_path, embedder, judged=told)
        serving = LiveIndex(tmp_path, recipe_of(embedder)).current()
        return report.generation, confidence(serving, "topic1 item5", "C-5")

    before = built([])
    after = built(judged(False, 50))
    assert after[0] != before[0]
    assert after[1] < before[1]
    assert built(judged(False, 50)) == after
    taken_back = built([])
    assert taken_back[1] == before[1]
