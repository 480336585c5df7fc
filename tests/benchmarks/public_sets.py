"""Imports, indexes and evaluates the public sets: `python -m tests.benchmarks.public_sets [SET…]`.

Prints a Markdown table; each set is what the three commands `import`, `index`, `evaluate` give.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent.parent.parent / "shared" / "data"
SETS: dict[str, tuple[list[str], str, str]] = {
    "vtex": (["vtex/cases.jsonl"], "vtex/queries.en.jsonl", "case"),
    "vtex, Spanish": (["vtex/cases.jsonl"], "vtex/queries.es.jsonl", "case"),
    "banking77": (["banking77/cases.jsonl"], "banking77/queries.jsonl", "case"),
    "clinc150": (["clinc150/cases.jsonl"], "clinc150/queries.jsonl", "case"),
    "login_gov": (["login_gov/en"], "login_gov/queries.en.jsonl", "article"),
}
COLUMNS = ("recall@1", "recall@5", "category_accuracy", "abstention_auroc")


def precedent(folder: Path, *arguments: str) -> Any:
    """One command's JSON."""
    command = [str(Path(sys.executable).parent / "precedent"), "--data", str(folder), *arguments, "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def measure(folder: Path, name: str) -> list[str]:
    """A row: the set, its figures, seconds to import and index, latency."""
    sources, queries, kind = SETS[name]
    started = time.monotonic()
    precedent(folder, "import", *(str(DATA / source) for source in sources))
    precedent(folder, "index")
    seconds = time.monotonic() - started
    figures = precedent(folder, "evaluate", str(DATA / queries), "--kind", kind)
    shown = ["" if figures[column] is None else f"{figures[column]:.3f}" for column in COLUMNS]
    latency = figures["latency_ms"]
    return [name, str(figures["n"]), *shown, f"{seconds:.0f}", f"{latency['p50']:.1f} / {latency['p95']:.1f}"]


def main() -> None:
    """The table, a row as soon as it is measured."""
    head = ["set", "n", "recall@1", "recall@5", "category", "AUROC", "import and index, s", "p50 / p95, ms"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head), flush=True)
    for name in sys.argv[1:] or SETS:
        with tempfile.TemporaryDirectory() as folder:
            print("| " + " | ".join(measure(Path(folder), name)) + " |", flush=True)


if __name__ == "__main__":
    main()
