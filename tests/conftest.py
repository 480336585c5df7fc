"""Shared fixtures: the sample desk, imported and indexed once for all workers of a run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings
from playwright.sync_api import Browser

from copilot.assemble import build_copilot
from copilot.assist import Copilot
from copilot.demo import load_demo
from copilot.settings import Settings
from tests.web_browser import chromium

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
for name in [name for name in os.environ if name.startswith("PRECEDENT_") and "TEST" not in name]:
    del os.environ[name]
# Other examples in each run, few enough for its fifteen minutes; HYPOTHESIS_EXAMPLES=1000 looks harder.
settings.register_profile("precedent", max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "60")))
settings.load_profile("precedent")


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the sample desk with its index; read it, don't change it."""
    root = tmp_path_factory.getbasetemp()
    shared = root.parent if os.environ.get("PYTEST_XDIST_WORKER") else root
    folder = shared / "sample-desk"
    with FileLock(shared / "sample-desk.lock"):
        if not (folder / "done").exists():
            load_demo(Settings(data=folder)).knowledge.close()
            (folder / "done").touch()
    return folder


@pytest.fixture(scope="session")
def sample_copilot(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copilot]:
    """A warm copilot over an own copy of the sample desk, without translators."""
    folder = tmp_path_factory.mktemp("desk") / "data"
    shutil.copytree(sample_folder, folder)
    copilot = build_copilot(Settings(data=folder, agent_name="Maya"))
    copilot.warm()
    yield copilot
    copilot.knowledge.close()


@pytest.fixture
def desk_folder(sample_folder: Path, tmp_path: Path) -> Path:
    """An own copy of the sample desk's data folder, to be changed at will."""
    folder = tmp_path / "data"
    shutil.copytree(sample_folder, folder)
    return folder


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything must be there (continuous integration) a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("PRECEDENT_TEST_NO_SKIP") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("PRECEDENT_TEST_NO_SKIP is set and tests were skipped: failing", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once for a module: two of them can't be driven by one thread."""
    with chromium() as browser:
        yield browser
