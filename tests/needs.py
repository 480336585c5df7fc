"""What some tests need and a machine may lack: each says in one line what is missing and how to get it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from copilot.translation.apertium_engines import INSTALL

CHROMIUM = Path("/usr/bin/chromium")
PAIRS = {"eng-spa", "spa-eng", "fr-es", "es-fr", "pt-es", "ita-spa"}


def _lacks_apertium() -> bool:
    """Whether the command or one of the pairs that the tests use is missing."""
    command = shutil.which("apertium")
    if command is None:
        return True
    listed = subprocess.run([command, "-l"], capture_output=True, text=True, check=False).stdout
    return not set(listed.split()) >= PAIRS


needs_apertium = pytest.mark.skipif(
    _lacks_apertium(), reason=f"Apertium or a pair of it is missing: {INSTALL}"
)

needs_chromium = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"{CHROMIUM} is missing: apt-get install -y chromium"
)


def main() -> None:
    """One line for each thing that is missing; the tests that need it will be skipped."""
    for mark in (needs_apertium, needs_chromium):
        if mark.args[0]:
            print(f"skipping some tests: {mark.kwargs['reason']}")


if __name__ == "__main__":
    main()
