"""Telling the knowledge in bulk: by Apertium for real, and what a translator that errs costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot.assemble import build_copilot, build_retelling, open_knowledge_base
from copilot.settings import Settings, read_settings
from copilot.translation.apertium import ApertiumProvider
from copilot.translation.apertium_engines import CommandEngine
from copilot.translation.retelling import BULK_BYTES, BulkRetelling
from copilot.upkeep import bring_up_to_date
from indexer.manifest import Manifest, current_generation
from knowledge_base.errors import (
    BadProviderResponseError,
    ProviderUnavailableError,
    SettingsError,
    TranslationError,
)
from tests.builders import make_case
from tests.needs import needs_apertium

LINES = [f"The parcel of order {n} has not arrived. I want my money back." for n in range(2000)]


class Scripted:
    """Turns lines round; errs as it is told to. `asked` are the texts that it was given."""

    name = "scripted"

    def __init__(
        self, *, off_site: bool = False, spoils: str = "", fails: TranslationError | None = None
    ) -> None:
        self.off_site, self._spoils, self._fails = off_site, spoils, fails
        self.asked: list[str] = []

    def supports(self, source: str, target: str) -> bool:
        if isinstance(self._fails, ProviderUnavailableError):
            raise self._fails
        return (source, target) == ("en", "es")

    def translate(self, text: str, source: str, target: str, *, timeout_seconds: float) -> str:
        self.asked.append(text)
        if self._fails and self._spoils in text:
            raise self._fails
        if self._spoils and self._spoils in text:
            return text.replace("\n\n", "\n")
        return "\n\n".join(line[::-1] for line in text.split("\n\n"))


def test_every_line_comes_back_in_its_place() -> None:
    provider = Scripted()
    told = BulkRetelling([provider], ["es-MX", "es", "pt-BR"]).retell(LINES, "en", "es")
    assert told == [line[::-1] for line in LINES]
    assert len(provider.asked) == 6
    assert all(len(text) <= BULK_BYTES for text in provider.asked)


def test_a_line_that_spoils_a_batch_is_found_and_costs_itself() -> None:
    lines = [*LINES[:300], "two\nlines", *LINES[300:600]]
    provider = Scripted(spoils="two", fails=BadProviderResponseError("not whole"))
    told = BulkRetelling([provider], ["es"]).retell(lines, "en", "es")
    assert told == [None if line == "two\nlines" else line[::-1] for line in lines]
    assert len(provider.asked) < 25


def test_lines_that_run_together_are_told_by_themselves() -> None:
    told = BulkRetelling([Scripted(spoils="7")], ["es"]).retell(["a 1", "b 7", "c 7"], "en", "es")
    assert told == ["1 a", "b 7", "c 7"]


def test_a_translator_that_is_down_is_the_callers_to_know() -> None:
    retelling = BulkRetelling([Scripted(fails=ProviderUnavailableError("down"))], ["es"])
    assert not retelling.reaches("en", "es")
    assert retelling.retell(["one"], "en", "es") == [None]
    slow = BulkRetelling([Scripted(fails=TranslationError("late"))], ["es"])
    with pytest.raises(TranslationError, match="late"):
        slow.retell(["one", "two"], "en", "es")


def test_the_knowledge_is_given_to_nobody_off_site() -> None:
    away, here = Scripted(off_site=True), Scripted()
    assert BulkRetelling([away, here], ["es"]).retell(["one"], "en", "es") == ["eno"]
    assert away.asked == []
    assert not BulkRetelling([away], ["es"]).reaches("en", "es")


@pytest.mark.apertium
@needs_apertium
class TestReal:
    """Apertium by its command."""

    def test_two_thousand_lines_over_one_hop_and_two(self) -> None:
        retelling = BulkRetelling([ApertiumProvider(CommandEngine(), piece_bytes=BULK_BYTES)], ["es", "it"])
        spanish = retelling.retell(LINES, "en", "es")
        assert spanish[7] == "El paquete de orden 7 no ha llegado. Quiero mi dinero atrás."
        assert all(str(n) in str(line) for n, line in enumerate(spanish))
        italian = retelling.retell(LINES[:500], "en", "it")
        assert all(str(n) in str(line) and "pacchetto" in str(line) for n, line in enumerate(italian))

    def test_lines_with_signs_of_their_own(self) -> None:
        lines = ["Returns > The 30 days", "[x] {{name}} ^a$ \\n @ # *", "…", "\x00\x1b", "A €20 voucher"]
        told = BulkRetelling([ApertiumProvider(CommandEngine())], ["es"]).retell(lines, "en", "es")
        assert len(told) == len(lines)
        assert "30 días" in str(told[0])
        assert "€20" in str(told[4])

    def test_a_desk_tells_its_knowledge_and_a_customers_own_words_find_it(self, tmp_path: Path) -> None:
        """Of "el mango", a handle, the translator makes the fruit; told in Spanish, the case says "mango"."""
        settings = Settings(data=tmp_path, translators=("apertium",), languages=("en", "es"))
        untold = Settings(**{**settings.model_dump(), "knowledge_languages": ("none",)})
        knowledge = open_knowledge_base(settings)
        problems = {"HANDLE": "The handle of the pan is loose", "HOSE": "The hose of the pan is loose"}
        cases = [make_case(name, problem=told, language="en") for name, told in problems.items()]
        knowledge.put_many(cases, actor="test")

        def ahead() -> float:
            found = build_copilot(settings, knowledge).search(
                "El mango de la sartén llegó suelto", kind="case"
            )
            relevance = {one.passage.source_id: one.relevance for one in found}
            return relevance["HANDLE"] - relevance["HOSE"]

        bring_up_to_date(untold, knowledge)
        assert self.tongues(settings) == {}
        without = ahead()
        bring_up_to_date(settings, knowledge)
        assert self.tongues(settings) == {"es": 0}
        assert without < 0.1
        assert ahead() > without + 0.1

    @staticmethod
    def tongues(settings: Settings) -> dict[str, int]:
        folder = settings.index_folder
        return Manifest.load(folder / current_generation(folder)).tongues


def settings_of(*told: str, translators: tuple[str, ...] = ("apertium", "google")) -> Settings:
    return Settings(translators=translators, apertium_url="http://127.0.0.1:1", knowledge_languages=told)


def test_which_languages_are_told_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert build_retelling(settings_of("none")) is None
    assert build_retelling(settings_of("auto", translators=())) is None
    automatic, named = build_retelling(settings_of("auto")), build_retelling(settings_of("pt-BR", "es"))
    assert automatic is not None
    assert {"es", "fr", "pt", "ja"} <= set(automatic.languages)
    assert named is not None
    assert named.languages == ("pt", "es")
    monkeypatch.setenv("PRECEDENT_KNOWLEDGE_LANGUAGES", "NONE")
    assert read_settings().knowledge_languages == ("none",)


@pytest.mark.parametrize(
    ("value", "why"), [("auto,es", "'auto' stands alone"), ("español", "no language tag")]
)
def test_a_setting_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str, why: str
) -> None:
    monkeypatch.setenv("PRECEDENT_KNOWLEDGE_LANGUAGES", value)
    with pytest.raises(SettingsError, match=f"PRECEDENT_KNOWLEDGE_LANGUAGES={value} can't be used: .*{why}"):
        read_settings()
