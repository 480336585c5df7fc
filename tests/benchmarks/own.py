"""Measures this project on one set by its own commands: import, index, evaluate."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks import public_sets
from tests.benchmarks.processes import run

NAME = "Precedent"
PACKAGES = ("precedent-copilot",)
TRANSLATING = {
    "PRECEDENT_TRANSLATORS": "apertium",
    "PRECEDENT_TRANSLATION_SECONDS": str(public_sets.TRANSLATION_SECONDS),
}


def precedent(data: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> tuple[Any, float]:
    """One command's JSON and its highest memory in MB."""
    command = [str(Path(sys.executable).parent / "precedent"), "--data", str(data), *arguments, "--json"]
    out, memory = run(command, settings)
    return json.loads(out), memory


def measure(folder: Path) -> dict[str, Any]:
    """What the worker gives for a peer, with the import's seconds and the signature beside it.

    The index's seconds are the command's own: reading the base, loading the encoder, embedding, words,
    calibration, writing. The latency is `evaluate`'s own too: from a query's text to ranked results, as the
    peers', and in it the telling of the language and of why each result fits.
    """
    prepared = json.loads((folder / "prepared.json").read_text(encoding="utf-8"))
    data = folder / "desk"
    shutil.rmtree(data, ignore_errors=True)
    started = time.monotonic()
    precedent(data, "import", prepared["source"])
    imported = time.monotonic() - started
    index, highest = precedent(data, "index")
    if prepared["own_questions"]:  # what the peers don't do isn't part of the indexing rate
        _, memory = precedent(data, "index", settings=TRANSLATING)
        highest = max(highest, memory)
    figures = {}
    for name, path in (prepared["questions"] | prepared["own_questions"]).items():
        settings = TRANSLATING if name in prepared["own_questions"] else None
        figures[name], memory = precedent(
            data, "evaluate", path, "--kind", prepared["kind"], settings=settings
        )
        highest = max(highest, memory)
    return {
        "import_seconds": round(imported, 2), "index_seconds": index["seconds"], "memory_mb": round(highest),
        "figures": figures,
    }  # fmt: skip
