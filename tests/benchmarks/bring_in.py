"""Brings in made-up Zendesk exports of 1,000 to 100,000 tickets: `python -m tests.benchmarks.bring_in [N…]`.

Each in a process of its own, whose highest memory is told: it must not grow with the export.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.export_makers import write_lines, zendesk

SIZES = (1_000, 10_000, 100_000)
MOST_GROWTH = 1.2
WORDS = [
    "kettle",
    "lamp",
    "sofa",
    "invoice",
    "refund",
    "parcel",
    "courier",
    "account",
    "password",
    "colour",
    "size",
    "return",
    "voucher",
    "delivery",
    "Monday",
    "morning",
    "arrived",
    "broken",
    "missing",
    "wrong",
    "twice",
    "charged",
    "open",
    "closed",
    "again",
    "since",
    "please",
    "order",
    "number",
]


def ticket(number: int) -> dict[str, object]:
    """A ticket of about 2 kB, as no other."""
    chance = Random(number)
    made = zendesk(number)
    for comment in made["comments"]:
        said = " ".join(chance.choices(WORDS, k=60)).capitalize()
        name = next(name for name in ("plain_body", "html_body", "body") if name in comment)
        comment[name] = f"{comment[name]} {said}."
    return made


def run_one(path: Path, folder: Path) -> None:
    """Bring one export in and print what it took."""
    from copilot.bring_in.run import Export, begin, carry_out
    from knowledge_base.store import KnowledgeBase

    with KnowledgeBase.open(f"sqlite:///{folder / 'precedent.db'}") as base:
        started = time.monotonic()
        run = begin(base, Export(path, "zendesk"), name=path.name, actor="benchmark")
        run = carry_out(base, run.id)
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        kept = base.count("case")
    print(json.dumps({"state": run.state, "kept": kept, "seconds": seconds, "peak_mb": peak}))


def main(sizes: tuple[int, ...]) -> int:
    """Print a line for each size; 1 where memory grew or a ticket was lost."""
    peaks, failed = [], False
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            path = write_lines(folder / "tickets.ndjson", map(ticket, range(1, size + 1)))
            command = [sys.executable, "-m", "tests.benchmarks.bring_in", "--one", str(path), str(folder)]
            told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            megabytes = path.stat().st_size / 1e6
            failed |= told["kept"] != size or told["state"] != "done"
            peaks.append(told["peak_mb"])
            print(
                f"{size:>7,} tickets ({megabytes:,.0f} MB): {told['seconds']:.1f} s, "
                f"{size / told['seconds']:,.0f} a second, peak {told['peak_mb']:.0f} MB",
                flush=True,
            )
    growth = peaks[-1] / peaks[0]
    print(f"memory at the last is {growth:.2f} times that at the first (at most {MOST_GROWTH})")
    return int(failed or growth > MOST_GROWTH)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        sys.exit(main(tuple(map(int, sys.argv[1:])) or SIZES))
