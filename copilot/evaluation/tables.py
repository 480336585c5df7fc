"""What `precedent evaluate` prints for people: figures with intervals, confidence, what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from copilot.documents import visible
from copilot.evaluation.report import MEASURES

Report = Mapping[str, Any]
SHOWN = (*MEASURES, "abstention_auroc")
NAMED = 10  # queries that are listed by id; --json lists all
CONFIDENCES = {
    "first_three": "first three of a kind",
    "first_place": "first of a kind",
    "above_floor": "shown (from {floor:g} on)",
}


def print_evaluation(report: Report) -> None:
    """Print a report on standard output."""
    console = Console(highlight=False, soft_wrap=False)
    columns = {"": report} | {f"half {name}": half for name, half in report.get("halves", {}).items()}
    console.print(_figures(columns))
    latency = report["latency_ms"]
    console.print(f"latency {latency['p50']} ms at the median, {latency['p95']} ms at the 95th percentile")
    for title, calibration in _calibrations(report):
        console.print(f"\n[bold]{title}[/]", _errors(calibration), sep="\n")
    if first := report["calibration"]["first_three"]:
        console.print("\n[bold]confidence by tenths[/]", _bins(first), sep="\n")
    if detail := report.get("detail"):
        console.print(f"\n[bold]worst of {detail['categories']} categories[/]", _worst(detail), sep="\n")
    if compared := report.get("compared"):
        console.print("\n[bold]compared with the kept run[/]")
        for line in _compared(compared, report["signature"]):
            console.print(visible(line), markup=False, soft_wrap=True)
    for warning in report["warnings"]:
        console.print(visible(f"\nwarning: {warning}"), markup=False, soft_wrap=True)
    console.print("\nIntervals are at 95%; error is the expected calibration error.", style="dim")
    console.print(_signature(report["signature"]), style="dim", markup=False, soft_wrap=True)


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", no_wrap=True)
    return table


def _figures(columns: Mapping[str, Report]) -> Table:
    """A row a measure, for the whole and for each half its value and interval."""
    heads = [part for name in columns for part in (name or "all", "interval")]
    table = _table("", *heads)
    table.add_row("queries", *(part for report in columns.values() for part in (str(report["n"]), "")))
    for name in SHOWN:
        if any(report[name] is not None for report in columns.values()):
            cells = (part for report in columns.values() for part in _value(report, name))
            table.add_row(name.replace("_", " "), *cells)
    return table


def _value(report: Report, name: str) -> tuple[str, str]:
    value = report[name]
    return ("–" if value is None else f"{value:.3f}"), _pair(report["intervals"].get(name))


def _pair(interval: Sequence[float] | None) -> str:
    return f"{interval[0]:.3f}–{interval[1]:.3f}" if interval else ""


def _calibrations(report: Report) -> Iterator[tuple[str, Report]]:
    if any(report["calibration"][name] for name in CONFIDENCES):
        yield "confidence", report["calibration"]
    for name, half in report.get("halves", {}).items():
        if any(half["calibration"][group] for group in CONFIDENCES):
            yield f"confidence, half {name}", half["calibration"]
    if taught := report.get("feedback_half"):
        count = sum(taught["judgements"].values())
        yield f"confidence, taught by the other half's labels ({count} judgements)", taught["after"]


def _errors(calibration: Report) -> Table:
    table = _table("", "items", "said", "right", "error", "by chance", "Brier", "interval")
    for name, title in CONFIDENCES.items():
        if found := calibration[name]:
            shares = (f"{found[key]:.3f}" for key in ("said", "right", "ece", "by_chance", "brier"))
            cells = (str(found["n"]), *shares, _pair(found["brier_interval"]))
            table.add_row(title.format(floor=calibration["floor"]), *cells)
    return table


def _bins(found: Report) -> Table:
    table = _table("confidence", "items", "said", "right", "interval")
    for one in found["bins"]:
        cells = (str(one["n"]), f"{one['said']:.3f}", f"{one['right']:.3f}", _pair(one["interval"]))
        table.add_row(f"{one['low']:.3f}–{one['high']:.3f}", *cells)
    return table


def _worst(detail: Report) -> Table:
    table = _table("category", "queries", "accuracy", "taken for")
    table.columns[-1].justify, table.columns[-1].no_wrap = "left", False
    for entry in detail["worst_categories"]:
        others = ", ".join(f"{other['category']} ({other['n']})" for other in entry["taken_for"])
        cells = (str(entry["n"]), f"{entry['accuracy']:.3f}", escape(visible(others)))
        table.add_row(escape(visible(entry["category"])), *cells)
    return table


def _compared(compared: Report, signature: Report) -> Iterator[str]:
    before = compared["before"]
    for name, text in (("set", "query file"), ("kind", "kind"), ("k", "depth"), ("floor", "floor")):
        if before.get(name) != signature[name]:
            yield f"note: the runs differ in {text}: {before.get(name)} then, {signature[name]} now"
    if compared["only_before"] or compared["only_now"]:
        yield (
            f"note: {compared['n']} queries are in both runs and compared; "
            f"{compared['only_before']} were only in the kept one, {compared['only_now']} are only in this"
        )
    for name, found in compared["measures"].items():
        title = name.replace("_", " ")
        yield f"{title}: {found['before']:.3f} then, {found['now']:.3f} now; {found['verdict']}"
        for way in ("better", "worse"):
            if found[way]:
                yield f"  {way}: {_named(found[way])}"


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    return ", ".join(ids[:NAMED]) + more


def _signature(signature: Report) -> str:
    told = ", ".join(f"{name} {value}" for name, value in signature.items() if value is not None)
    return f"signature: {visible(told)}"
