"""Which replies are written where, and which have been left behind by their source."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copilot.drafting import coverage as module
from copilot.drafting.coverage import coverage, digests, set_of, stale_bundled
from copilot.drafting.templates import bundled_templates
from copilot.workshop import Workshop
from knowledge_base.models import ReplyTemplate
from knowledge_base.store import KnowledgeBase
from tests.builders import open_base
from tests.command import run

BUNDLED = bundled_templates()
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def template(identifier: str, body: str = "Thank you.", **fields: str) -> ReplyTemplate:
    language, _, move = identifier.split("/")
    return ReplyTemplate(identifier, move, body, language=language, **fields)  # type: ignore[arg-type]


def test_written_partly_stale_and_missing() -> None:
    written = [
        template("en/return/act"), template("en/return/next"), template("de/return/act"),
        template("de/return/next"), template("es/return/act"), template("fr/return/act"),
        template("fr/return/next"), template("en/swap/act"),
        template("de-informal/swap/act", register="informal"),
    ]  # fmt: skip
    written[-1] = replace(written[-1], language="de")
    first, second = coverage(written, frozenset({("fr", "return")}))
    assert (first.reply, list(first.states)) == ("return", ["en", "de", "de informal", "es", "fr"])
    assert list(first.states.values()) == ["written", "written", "missing", "partly", "stale"]
    assert second.states["de informal"] == "written"
    assert second.states["de"] == "missing"


def test_every_bundled_translation_is_of_todays_english() -> None:
    stamps = json.loads(module.STAMPS.read_text(encoding="utf-8"))
    assert set(stamps) == {set_of(one) for one in BUNDLED} - {"en"}
    assert all(set(made) == set(digests(BUNDLED)) for made in stamps.values())
    # Mend the translations, then tell: python -m tests.stamp_replies SET
    assert stale_bundled(BUNDLED) == frozenset()


def test_a_change_of_the_source_marks_every_other_stale() -> None:
    changed = [
        replace(one, body=one.body + " Now.") if one.id == "en/holding/next" else one for one in BUNDLED
    ]
    stale = stale_bundled(changed)
    assert {reply for _, reply in stale} == {"holding"}
    assert len(stale) == 19


@pytest.fixture
def base(tmp_path: Path):  # type: ignore[no-untyped-def]
    with open_base(tmp_path) as base:
        yield base


class Nobody:
    """Reads no conversation: coverage needs none."""

    def understand(self, conversation: object) -> object:
        raise AssertionError("no conversation is read")


def states(base: KnowledgeBase) -> dict[str, str]:
    found = Workshop(base, Nobody()).coverage()  # type: ignore[arg-type]
    return dict(next(one for one in found if one.reply == "swap").states)


def test_a_desks_translation_older_than_its_source_is_stale(base: KnowledgeBase) -> None:
    clock = [NOW]
    base._clock = lambda: clock[0]
    for language in ("de", "en", "es"):
        base.put(template(f"{language}/swap/act"), actor="t")
    assert {states(base)[one] for one in ("en", "de", "es")} == {"written"}
    clock[0] = NOW + timedelta(days=1)
    base.put(template("en/swap/act", "Thank you so much."), actor="t")
    assert (states(base)["de"], states(base)["es"], states(base)["en"]) == ("stale", "stale", "written")
    clock[0] = NOW + timedelta(days=2)
    base.put(template("de/swap/act", "Vielen Dank."), actor="t")
    assert (states(base)["de"], states(base)["es"]) == ("written", "stale")


def test_the_command_tells_each_reply(tmp_path: Path) -> None:
    told = run("templates", "coverage", data=tmp_path).out
    assert "holding  written in all 20" in told.splitlines()
    document = run("templates", "coverage", "--json", data=tmp_path).json
    (holding,) = [one for one in document["replies"] if one["reply"] == "holding"]
    assert len(holding["states"]) == 20
    assert holding["states"]["pt-BR"] == "written"
