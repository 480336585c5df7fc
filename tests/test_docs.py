"""The README names every command and setting; its links lead somewhere; every module says what it is for."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from copilot.cli import app
from copilot.desk import desk_templates
from copilot.draft import Drafter, DraftInput, TemplateBook
from copilot.drafting.filters import FILTERS
from copilot.drafting.slots import SLOT_NAMES
from copilot.models import Evidence, Understanding
from copilot.settings import PREFIX, Settings
from indexer.split import passages_of_article
from knowledge_base.errors import __doc__ as errors_doc
from knowledge_base.models import Emotion
from knowledge_base.sample_desk import load_sample
from knowledge_base.store import KnowledgeBase
from tests.builders import make_article, make_conversation, open_base
from tests.command import run

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("copilot", "indexer", "knowledge_base", "web", "tests")
    for path in (ROOT / folder).rglob("*.py")
)
LINK = re.compile(r"\]\((?!https?://|mailto:|#)<?([^)#\s>]+)")


def test_the_readme_starts_with_how_to_run_and_test():
    start = "\n".join(README.splitlines()[:25])
    assert "make run" in start
    assert "make test" in start


@pytest.mark.parametrize("command", [c.name or c.callback.__name__ for c in app.registered_commands])  # type: ignore[union-attr]
def test_the_readme_names_every_command(command: str):
    assert f"precedent {command}" in README


@pytest.mark.parametrize("setting", Settings.model_fields)
def test_the_readme_names_every_setting(setting: str):
    assert re.search(rf"\b{PREFIX}{setting.upper()}\b", README)


def test_the_readme_names_no_setting_that_does_not_exist():
    named = set(re.findall(rf"\b{PREFIX}([A-Z_]+[A-Z])\b", README))
    known = {name.upper() for name in Settings.model_fields}
    assert {name for name in named - known if not name.startswith("TEST_")} == set()


def test_the_readmes_template_goes_from_file_to_draft(tmp_path: Path):
    text = README.split("<!-- template example -->\n```markdown\n")[1].split("```")[0]
    file = tmp_path / "reply.md"
    file.write_text(text, encoding="utf-8")
    talk = make_conversation("Where is my parcel?", slots={"order_id": "TW-1", "delivery_date": "2026-11-22"})
    data = tmp_path / "desk"
    with open_base_in(data) as base:
        load_sample(base)
    linted = run("templates", "lint", file, "--json", data=data).json
    assert [(one["severity"], one["check"]) for one in linted["findings"]] == [
        ("note", "missing_translation")
    ]
    shown = run("templates", "preview", file, "-k", 1, "--json", data=data).json["previews"][0]
    assert shown["text"].startswith("You were counting on your parcel, and now you do not know")
    assert shown["gaps"] == ["address"]
    assert run("import", file, "--json", data=data).json["templates"]["added"] == 4
    with open_base_in(data) as base:
        drafter = Drafter(TemplateBook(desk_templates(base)))
    understanding = Understanding("en", 0.9, "Where?", category="lost_parcel", emotion=Emotion.WORRIED)
    [passage, *_] = passages_of_article(make_article("lost-parcels"))
    given = DraftInput(talk, understanding, (), (Evidence(passage, 0.9, 0.9),), date(2026, 11, 22), "Maya")
    made = drafter.compose(given)
    assert made is not None
    sources = [one.template_id for one in made.parts]
    assert sources[1].startswith("en/lost_parcel_worried/acknowledge")  # type: ignore[union-attr]
    assert "en/lost_parcel/act" in sources  # what it doesn't write comes from the reply that it includes
    assert "Please confirm that [address] is still right." in made.draft.text
    short = drafter.compose(replace(given, conversation=replace(talk, length="short")))
    assert short is not None
    assert "Your parcel has gone quiet, and that would worry me too." in short.draft.text


def open_base_in(folder: Path) -> KnowledgeBase:
    """The base of a data folder."""
    folder.mkdir(exist_ok=True)
    return open_base(folder)


def test_the_readme_names_the_slots_and_filters_that_there_are():
    slots = README.split("<!-- slots -->")[1].split("<!-- /slots -->")[0]
    assert re.findall(r"`(\w+)`", slots) == list(SLOT_NAMES)
    for name, chosen in FILTERS.items():
        for manner in chosen.manners:
            assert f"`{name}('{manner}')`" in README if manner else f"`{name}`" in README


def test_the_links_of_the_readme_lead_somewhere():
    assert [link for link in LINK.findall(README) if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_in_one_to_three_lines_what_it_is_for(module: str):
    doc = ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8")))
    assert doc, "no docstring"
    if module != "knowledge_base/errors.py":  # which prints the tree of exceptions
        assert len([line for line in doc.splitlines() if line.strip()]) <= 3


def test_the_tree_of_exceptions_names_them_all():
    from knowledge_base import errors

    names = {n for n, v in vars(errors).items() if isinstance(v, type) and issubclass(v, Exception)}
    assert names == set(re.findall(r"\w+Error\b", errors_doc or ""))
