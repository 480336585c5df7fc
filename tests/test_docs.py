"""The README names every command and setting; its links lead somewhere; every module says what it is for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from copilot.cli import app
from copilot.settings import PREFIX, Settings
from knowledge_base.errors import __doc__ as errors_doc

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
