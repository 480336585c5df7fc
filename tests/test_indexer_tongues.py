"""The knowledge told in the customers' languages: what is told once, taken over, missed, and found by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from indexer import tongues
from indexer.build import build_index
from indexer.found import Filter, Found
from indexer.lexical import query_words
from indexer.manifest import Manifest, current_generation
from indexer.search import Generation
from knowledge_base.errors import IndexDamagedError, ProviderTimeoutError, ProviderUnavailableError
from knowledge_base.models import Case, PolicyArticle
from tests.fakes import ListOfRecords, WordHashEmbedder
from tests.test_indexer_build import served

SPANISH = {
    "The parcel is lost in transit": "El paquete se perdió en tránsito",
    "The lamp arrived broken": "La lámpara llegó rota",
    "send it again": "enviar otra vez",
    "refund": "reembolso",
    "lost": "perdido",
    "broken": "roto",
}
LOST = Case("C-1", "send it again", problem="The parcel is lost in transit", category="lost")
BROKEN = Case("C-2", "refund", problem="The lamp arrived broken", category="broken")
HECHO = Case("C-3", "cupón enviado", problem="El vale caducó ayer", category="vale", language="es")


@dataclass
class Dictionary:
    """Tells what it knows, None for the rest; keeps what it was asked."""

    languages: tuple[str, ...] = ("es",)
    told: dict[str, str] = field(default_factory=lambda: dict(SPANISH))
    down: bool = False
    asked: list[str] = field(default_factory=list)

    def reaches(self, source: str, target: str) -> bool:
        return (source, target) == ("en", "es")

    def retell(self, lines: Sequence[str], source: str, target: str) -> list[str | None]:
        if self.down:
            raise ProviderUnavailableError("down")
        self.asked += lines
        return [self.told.get(line) for line in lines]


def build(records: ListOfRecords, folder: Path, retelling: Dictionary | None, **how: bool) -> Manifest:
    build_index(records, folder, WordHashEmbedder(), retelling=retelling, **how)
    return Manifest.load(folder / current_generation(folder))


def found(generation: Generation, translated: str, spoken: str | None = None) -> dict[str, Found]:
    """By case what a translated query finds, with the customer's own words beside it."""
    wording = generation.wording(
        WordHashEmbedder().embed([translated]),
        [query_words(translated, "en")],
        [translated],
        "en",
        own=("es-MX", [spoken]) if spoken else None,
    )
    return {one.passage.source_id: one for one in generation.find(wording, Filter("case"))}


def test_the_customers_own_words_find_what_the_translation_missed(tmp_path: Path) -> None:
    build(ListOfRecords(LOST, BROKEN), tmp_path, Dictionary())
    generation = served(tmp_path)
    # "llegó rota" came back as "came to be torn": no word of the case is left in it.
    alone = found(generation, "it came to be torn")
    both = found(generation, "it came to be torn", "la lámpara llegó rota")
    assert alone["C-2"].words == alone["C-2"].grams == 0.0
    assert both["C-2"].words > 0.4
    assert both["C-2"].grams > 0.3
    assert next(iter(both)) == "C-2"


def test_what_translation_and_own_words_find_is_added_up(tmp_path: Path) -> None:
    build(ListOfRecords(LOST, BROKEN), tmp_path, Dictionary())
    generation = served(tmp_path)
    said = "la lámpara llegó rota"
    english, spanish = found(generation, "lamp broken"), found(generation, "nothing", said)
    both = found(generation, "lamp broken", said)
    assert both["C-2"].words == pytest.approx(english["C-2"].words + spanish["C-2"].words)
    assert both["C-2"].grams == pytest.approx(english["C-2"].grams + spanish["C-2"].grams)


def test_only_new_lines_are_told_at_the_next_build(tmp_path: Path) -> None:
    records, retelling = ListOfRecords(LOST, BROKEN), Dictionary()
    assert build(records, tmp_path, retelling).tongues == {"es": 0}
    assert sorted(retelling.asked) == sorted(SPANISH)
    retelling.asked.clear()
    assert build(records, tmp_path, retelling).generation == "generation-000001"
    records.records[1] = replace(BROKEN, resolution="refund\nA voucher, too")
    retelling.told["A voucher, too"] = "También un vale"
    build(records, tmp_path, retelling)
    assert retelling.asked == ["A voucher, too"]
    assert found(served(tmp_path), "nothing", "un vale")["C-2"].words > 0
    retelling.asked.clear()
    build(records, tmp_path, retelling, rebuild=True)
    assert len(retelling.asked) == len(SPANISH) + 1


def test_knowledge_in_the_customers_language_keeps_its_own_words(tmp_path: Path) -> None:
    retelling = Dictionary()
    build(ListOfRecords(LOST, HECHO), tmp_path, retelling)
    assert "El vale caducó ayer" not in retelling.asked
    assert found(served(tmp_path), "nothing", "el vale caducó")["C-3"].words > 0.2


def test_articles_are_told_too(tmp_path: Path) -> None:
    returns = PolicyArticle("returns", "Returns", "## The 30 days\nSend it back within 30 days.")
    retelling = Dictionary(told={"Send it back within 30 days.": "Devuélvalo en 30 días."})
    build(ListOfRecords(returns), tmp_path, retelling)
    assert sorted(retelling.asked) == ["Returns > The 30 days", "Send it back within 30 days."]
    generation = served(tmp_path)
    wording = generation.wording(
        WordHashEmbedder().embed(["x"]), [query_words("x")], ["x"], "en", own=("es", ["devolver: ¿30 días?"])
    )
    assert generation.find(wording, Filter("article"))[0].words > 0.05


def test_a_translator_that_is_down_costs_its_words_only_and_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    # Not by caplog: a library that another test loads may have set up logging otherwise.
    monkeypatch.setattr(tongues.log, "warning", lambda text, *facts: told.append(text % facts))
    records, retelling = ListOfRecords(LOST, BROKEN), Dictionary(down=True)
    manifest = build(records, tmp_path, retelling)
    assert manifest.tongues == {"es": len(SPANISH)}
    assert told == ["6 lines of the knowledge aren't told in es: down"]
    assert found(served(tmp_path), "broken lamp", "lámpara rota")["C-2"].words > 0
    retelling.down = False
    report = build_index(records, tmp_path, WordHashEmbedder(), retelling=retelling)
    assert report.tongues == Manifest.load(tmp_path / report.generation).tongues == {"es": 0}
    assert found(served(tmp_path), "nothing", "lámpara rota")["C-2"].words > 0


def test_a_line_that_cannot_be_told_stands_in_its_own_words(tmp_path: Path) -> None:
    case = Case("C-9", "refund", problem="XJ-900 flickers")
    manifest = build(ListOfRecords(case), tmp_path, Dictionary())
    assert manifest.tongues == {"es": 1}
    assert found(served(tmp_path), "nothing", "mi XJ-900 parpadea")["C-9"].words > 0.05


def test_without_a_translator_or_another_language_nothing_is_told(tmp_path: Path) -> None:
    records = ListOfRecords(LOST)
    assert build(records, tmp_path, None).tongues == {}
    assert build(records, tmp_path, Dictionary(languages=("pt", "en"))).tongues == {}
    assert build(records, tmp_path, Dictionary()).tongues == {"es": 0}
    assert build(records, tmp_path, None).tongues == {}
    assert found(served(tmp_path), "parcel", "paquete")["C-1"].words > 0.3


def test_a_tongue_that_is_lost_from_the_disk_is_told(tmp_path: Path) -> None:
    build(ListOfRecords(LOST), tmp_path, Dictionary())
    (tmp_path / "generation-000001" / "tongues" / "es" / "ngrams" / "idf.npy").unlink()
    with pytest.raises(IndexDamagedError, match="--rebuild"):
        served(tmp_path)


def test_what_was_told_and_cannot_be_read_is_told_again(tmp_path: Path) -> None:
    records, retelling = ListOfRecords(LOST, BROKEN), Dictionary()
    build(records, tmp_path, retelling)
    (tmp_path / "generation-000001" / "tongues" / "es" / "told.jsonl").write_bytes(b"\xff[")
    retelling.asked.clear()
    records.records[1] = replace(BROKEN, resolution="send it again")
    assert build(records, tmp_path, retelling).tongues == {"es": 0}
    assert len(retelling.asked) == len(SPANISH) - 1


def test_a_translator_that_fails_is_asked_once_a_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    class Hanging(Dictionary):
        def reaches(self, source: str, target: str) -> bool:
            return source == "en"

        def retell(self, lines: Sequence[str], source: str, target: str) -> list[str | None]:
            calls.append(target)
            raise ProviderTimeoutError("hung")

    monkeypatch.setattr(tongues, "BATCH", 2)
    manifest = build(ListOfRecords(LOST, BROKEN), tmp_path, Hanging(languages=("es", "fr")))
    assert manifest.tongues == {"es": 6, "fr": 6}
    assert calls == ["es"]


def test_long_lines_are_told_in_pieces_and_what_is_no_text_is_left(tmp_path: Path) -> None:
    told = "".join(f"The parcel {n} is lost in transit. " for n in range(400))
    case = Case("C-1", "send it again", problem=told + "\n" + "x" * 1_000_000)
    retelling = Dictionary()
    assert build(ListOfRecords(case), tmp_path, retelling).tongues["es"] == len(retelling.asked) - 1
    assert max(map(len, retelling.asked)) <= 1_000
    assert set(re.findall(r"parcel (\d+) is lost", " ".join(retelling.asked))) == set(map(str, range(400)))
