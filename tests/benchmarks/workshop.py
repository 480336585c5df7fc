"""How quick the knowledge manager's pages are with 100,000 cases: `python -m tests.benchmarks.workshop`.

`--folder DIR` keeps the made-up desk for the next time, `--share .1` makes a tenth of it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from copilot.assemble import build_copilot
from copilot.assist import Copilot
from copilot.evaluation.measures import percentile
from tests.benchmarks.workshop_base import make_base
from tests.benchmarks.workshop_texts import END, Size
from tests.web_browser import serving

ASKS = 20
LIST_MS, SEARCH_MS = 200.0, 100.0
Fresh = Callable[[], None]
WORDS = ("quinbrannor", "wants a refund", "invoice damaged update", "zzzz")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for; `fresh` is done before each time, outside of what is measured."""

    name: str
    path: str
    most_ms: float = LIST_MS
    post: dict[str, Any] | None = None
    fresh: Fresh = lambda: None


def asked(copilot: Copilot, size: Size) -> Iterator[Asked]:
    """Everything that is measured, in the order of the table."""
    deep, case = f"C-{size.cases * 9 // 10:06d}", "C-000010"
    yield Asked("cases, first page", "/knowledge")
    yield Asked("cases, a page far back", f"/knowledge?after={deep}")
    for name in ("status=pending", "category=delivery_late", "language=de", "status=retired&language=it"):
        yield Asked(f"cases, {name}", f"/knowledge?{name}")
    yield Asked("articles", "/knowledge?kind=article")
    yield Asked("templates", "/knowledge?kind=template")
    yield Asked("a record, 62 versions", f"/knowledge/case/{case}")
    for kind in ("cases", "articles", "templates"):
        yield Asked(f"API {kind}, 200 of them", f"/api/v1/{kind}?limit=200")
    yield Asked("review, first of many waiting", "/fragments/review")
    yield Asked("review, turned down", "/fragments/review?state=rejected")
    yield Asked("review, look for closed", "/api/v1/review/gatherings", post={})
    yield Asked("to look over", "/stale")
    yield Asked("personal data", "/personal-data")
    yield Asked("reply templates", "/templates")
    yield Asked("conversations", "/api/v1/conversations?limit=100")
    yield Asked("conversations, all, far back", "/api/v1/conversations?state=all&limit=100&offset=40000")
    yield Asked("insight, kept", "/insight")
    for by in ("category", "language", "week", "copilot"):
        yield Asked(f"insight by {by}, anew", f"/insight?by={by}", fresh=lambda: forget(copilot))
    yield Asked(
        "insight of a category, anew", "/insight?category=delivery_late", fresh=lambda: forget(copilot)
    )
    yield Asked("insight and rises, anew", "/insight", fresh=lambda: forget(copilot, rises=True))
    for text in WORDS:
        yield Asked(f"cases with “{text}”", f"/knowledge?text={text.replace(' ', '+')}", SEARCH_MS)
    texts = iter(f"my parcel number {n} came broken and I want a refund" for n in range(10 * ASKS))
    yield Asked("API search, a new text each", "/api/v1/search", SEARCH_MS, {"text": texts})


def forget(copilot: Copilot, *, rises: bool = False) -> None:
    """Let insight be reckoned anew."""
    copilot.insight._kept.clear()
    if rises:
        copilot.insight._risen = None


@contextmanager
def session(address: str) -> Iterator[Callable[[Asked], tuple[float, float]]]:
    """Asks one thing and gives the milliseconds until the answer is there, and the processor's."""
    with requests.Session() as client:

        def ask(one: Asked) -> tuple[float, float]:
            one.fresh()
            post = one.post and {
                name: next(v) if hasattr(v, "__next__") else v for name, v in one.post.items()
            }
            started, spent = time.perf_counter(), time.process_time()
            if one.post is None:
                answer = client.get(f"{address}{one.path}")
            else:
                answer = client.post(f"{address}{one.path}", json=post)
            took = (time.perf_counter() - started) * 1000, (time.process_time() - spent) * 1000
            if answer.status_code >= 300:
                raise SystemExit(f"{one.path}: {answer.status_code} {answer.text[:300]}")
            return took

        yield ask


def command_ms(folder: Path) -> float:
    """One `precedent search`, from its start to its end."""
    command = [
        str(Path(sys.executable).parent / "precedent"),
        "--data",
        str(folder),
        "search",
        "broken parcel",
    ]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - started) * 1000


def row(one: Asked, times: list[tuple[float, float]]) -> dict[str, Any]:
    """A row of the table."""
    took, spent = (list(column) for column in zip(*times, strict=True))
    middle, high, own = statistics.median(took), percentile(0.95, took), statistics.median(spent)
    verdict = "pass" if middle <= one.most_ms else "FAIL"
    print(f"{one.name:38}{middle:9.0f}{high:9.0f}{own:11.0f}{one.most_ms:7.0f} {verdict}", flush=True)
    return {
        "name": one.name, "median_ms": middle, "p95_ms": high, "processor_ms": own, "bound_ms": one.most_ms,
    }  # fmt: skip


def measure(folder: Path, size: Size, asks: int) -> list[dict[str, Any]]:
    """Serve the desk and ask."""
    settings = make_base(folder, size)
    copilot = build_copilot(settings)
    copilot.insight.clock = lambda: END
    copilot.warm()
    busy = os.getloadavg()[0]
    print(f"{asks} asks each, models warm, {os.cpu_count()} cores, load {busy:.1f} at the start; ms")
    print("processor: the time that server and asking took of it, the same on a busy machine")
    print(f"{'':38}{'median':>9}{'95 %':>9}{'processor':>11}{'bound':>7}")
    with serving(copilot) as address, session(address) as ask:
        rows = []
        for one in asked(copilot, size):
            ask(one)
            rows.append(row(one, [ask(one) for _ in range(asks)]))
    copilot.knowledge.close()
    print(f"`precedent search`, its start included: {min(command_ms(folder) for _ in range(3)):.0f} ms")
    return rows


def main() -> None:
    """Make the desk and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the desk is kept, or is already")
    parser.add_argument("--share", type=float, default=1.0, help="of the whole size")
    parser.add_argument("--asks", type=int, default=ASKS)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    chosen = parser.parse_args()
    size = Size() if chosen.share == 1 else Size().scaled(chosen.share)
    print(f"a made-up desk, the same each time: {size}")
    print("its vectors: the encoder's of 1,200 first lines, hashed words of the rest; queries by the encoder")
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(chosen.folder or Path(folder), size, chosen.asks)
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
