"""Writes what `compare` measured as Markdown tables, and puts them into the README's marked block."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START, END = "<!-- bench -->", "<!-- /bench -->"
FAILED = "failed"
# The row below this project's: what it has beyond what every system is asked for.
OWN_WAY = "Precedent, its own translator and category"
# Long texts and short ones; the other sets' speed is in results.json.
SPEED_SETS = ("vtex", "banking77")


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of a query file; `own` is the file and figure of this project's own way to it."""

    heading: str
    chosen: str
    asked: str
    figure: str
    own: tuple[str, str] | None = None


QUALITY = (
    Column("vtex @1", "vtex", "vtex", "recall@1"),
    Column("@5", "vtex", "vtex", "recall@5"),
    Column("Spanish @1", "vtex", "vtex-es", "recall@1"),
    Column("@5", "vtex", "vtex-es", "recall@5"),
    Column("Spanish translated @1", "vtex", "vtex-es-translated", "recall@1", ("vtex-es-own", "recall@1")),
    Column("@5", "vtex", "vtex-es-translated", "recall@5", ("vtex-es-own", "recall@5")),
    Column("Portuguese translated @1", "vtex", "vtex-pt-translated", "recall@1", ("vtex-pt-own", "recall@1")),
    Column("@5", "vtex", "vtex-pt-translated", "recall@5", ("vtex-pt-own", "recall@5")),
    Column("login_gov @1", "login_gov", "login_gov", "recall@1"),
    Column("@5", "login_gov", "login_gov", "recall@5"),
    Column("banking77 category", "banking77", "banking77", "recall@1", ("banking77", "category_accuracy")),
    Column("clinc150 category", "clinc150", "clinc150", "recall@1", ("clinc150", "category_accuracy")),
    Column("AUROC", "clinc150", "clinc150", "abstention_auroc"),
)


def number(value: float) -> str:
    """Three places without the zero before the point."""
    return f"{value:.3f}".removeprefix("0")


def quality_cell(figures: Mapping[str, Any], figure: str) -> str:
    """The figure with the larger half of its 95% interval, where it has one."""
    value = figures.get(figure)
    if value is None:
        return ""
    low, high = figures.get("intervals", {}).get(figure, (value, value))
    half = max(value - low, high - value)
    return number(value) + (f" ±{number(half)}" if half else "")


def speed_cells(result: Mapping[str, Any], chosen: str, texts: int) -> list[str]:
    """Cases a second, latency and memory."""
    latency = result["figures"][chosen]["latency_ms"]
    rate = texts / result["index_seconds"]
    return [f"{rate:,.0f}", f"{latency['p50']:.1f} / {latency['p95']:.1f}", f"{result['memory_mb']:,}"]


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def quality(run: Mapping[str, Any]) -> str:
    """How well each system finds, one row a system."""
    asked, done = run["signature"]["sets"], run["results"]  # the table is written after each set
    columns = [column for column in QUALITY if column.asked in asked and column.chosen in done]
    rows = []
    for system, title in run["systems"].items():
        rows.append([title, *(_quality(run, system, c, c.asked, c.figure) for c in columns)])
        if system == "precedent":
            rows.append([OWN_WAY, *(_quality(run, system, c, *c.own) if c.own else "" for c in columns)])
    return markdown(["system", *(column.heading for column in columns)], rows)


def _quality(run: Mapping[str, Any], system: str, column: Column, asked: str, figure: str) -> str:
    result = run["results"][column.chosen][system]
    return FAILED if "error" in result else quality_cell(result["figures"].get(asked, {}), figure)


def speed(run: Mapping[str, Any]) -> str:
    """How fast and how large each system is, one row a system."""
    measured = list(run["results"])
    shown = [name for name in SPEED_SETS if name in measured] or measured
    head = ["system", *(f"{name}: {what}" for name in shown for what in ("cases/s", "ms p50 / p95", "MB"))]
    rows = []
    for system, title in run["systems"].items():
        cells = [title]
        for name in shown:
            result = run["results"][name][system]
            texts = run["texts"][name]
            cells += [FAILED] * 3 if "error" in result else speed_cells(result, name, texts)
        rows.append(cells)
    return markdown(head, rows)


def notes(run: Mapping[str, Any]) -> str:
    """Date, machine, versions and signature, then what failed or was left out."""
    machine, signature = run["machine"], run["signature"]
    versions = ", ".join(f"{package} {number}" for package, number in run["versions"].items())
    sets = ", ".join(f"{name} {one['digest']} (n {one['n']})" for name, one in signature["sets"].items())
    lines = [
        f"Measured {run['date']} in one run: {machine['cores']} cores ({machine['processor']}), threads a "
        f"system {machine['threads']}, load of the machine up to {highest_load(run)}, order of the systems "
        "rotated from set to set.",
        f"Versions: Python {machine['python']}, {versions}.",
        f"Signature: recipe {signature['recipe'] or 'unknown'}; {sets}.",
    ]
    errors = [
        f"Failed: {run['systems'][system]} on {name}: {result['error']}"
        for name, results in run["results"].items()
        for system, result in results.items()
        if "error" in result
    ]
    left_out = [f"Left out: {name}: {why}" for name, why in run["missing"].items()]
    return "\n\n".join(lines + errors + left_out)


def highest_load(run: Mapping[str, Any]) -> float:
    """The highest load average that was seen; 2 is two cores at full work."""
    loads = [result.get("load", 0.0) for results in run["results"].values() for result in results.values()]
    return max(loads, default=0.0)


def render(run: Mapping[str, Any]) -> str:
    """All of it."""
    return f"{quality(run)}\n\n{speed(run)}\n\n{notes(run)}\n"


def with_block(text: str, block: str) -> str:
    """The text with the block between the marks. Raises ValueError unless both stand there once."""
    if text.count(START) != 1 or text.count(END) != 1:
        raise ValueError(f"the marks {START} and {END} must stand once each")
    return re.sub(
        f"{re.escape(START)}.*?{re.escape(END)}", lambda _: f"{START}\n{block}{END}", text, flags=re.DOTALL
    )


def block_of(text: str) -> str:
    """What stands between the marks."""
    found = re.search(f"{re.escape(START)}\n(.*?){re.escape(END)}", text, flags=re.DOTALL)
    if found is None:
        raise ValueError(f"the marks {START} and {END} don't stand there")
    return found[1]


def main() -> None:
    """Put the tables of a results file into a text with marks: RESULTS README."""
    results, readme = map(Path, sys.argv[1:3])
    block = render(json.loads(results.read_text(encoding="utf-8")))
    readme.write_text(with_block(readme.read_text(encoding="utf-8"), block), encoding="utf-8")


if __name__ == "__main__":
    main()
