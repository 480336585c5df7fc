"""What 100,000 rows of feedback cost a suggestion: `python -m tests.benchmarks.feedback [ROWS]`.

Fills a copy of the sample desk with feedback for its conversations, then times loading and suggesting.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from copilot.assemble import build_copilot
from copilot.assist import Copilot
from copilot.demo import load_demo
from copilot.settings import Settings
from knowledge_base.sample_desk import sample_conversations

ROWS = 100_000
AGENTS, SUGGESTIONS, ROUNDS = 40, 20_000, 5
VERDICTS = ("shown", "copied", "used", "edited", "helpful", "wrong")


def main(rows: int) -> None:
    """The same desk without feedback and with it."""
    with tempfile.TemporaryDirectory() as folder:
        copilot = load_demo(Settings(data=Path(folder)))
        copilot.warm()
        print(f"without feedback      {suggesting(copilot)}")
        fill(Path(folder), rows)
        started = time.perf_counter()
        copilot.warm()
        print(f"reading {rows} rows   {time.perf_counter() - started:.2f} s, once a process")
        print(f"with {rows} rows      {suggesting(copilot)}")
        copilot.knowledge.close()
        deaf = build_copilot(Settings(data=Path(folder), feedback_counts=False))
        deaf.warm()
        print(f"switched off          {suggesting(deaf)}")
        deaf.knowledge.close()


def suggesting(copilot: Copilot) -> str:
    """The median and 95th percentile of the whole and of searching, in milliseconds."""
    conversations = [conversation for _, _, conversation, _ in sample_conversations()]
    for conversation in conversations:
        copilot.suggest(conversation)
    times = [copilot.suggest(c).timings_ms for _ in range(ROUNDS) for c in conversations]
    told = []
    for step in ("total", "retrieve"):
        cuts = statistics.quantiles([entry[step] for entry in times], n=20)
        told.append(f"{step} median {cuts[9]:.1f} ms, 95th percentile {cuts[18]:.1f} ms")
    return "; ".join(told)


def fill(folder: Path, rows: int) -> None:
    """Feedback on the desk's cases, for suggestions that asked as the sample conversations did."""
    rng = random.Random(0)
    with closing(sqlite3.connect(folder / "precedent.db")) as raw, raw:
        known = (
            "SELECT document, encoder, request_vector, drafted_from FROM suggestion WHERE encoder IS NOT NULL"
        )
        asked = raw.execute(known).fetchall()
        cases = [row[0] for row in raw.execute("SELECT id FROM record WHERE kind = 'case'")]
        raw.executemany(
            "INSERT INTO suggestion (id, at, document, encoder, request_vector, drafted_from)"
            " VALUES (?, '2026-11-01 10:00:00', ?, ?, ?, ?)",
            ((f"S-{n}", *rng.choice(asked)) for n in range(SUGGESTIONS)),
        )
        raw.executemany(
            "INSERT INTO feedback (suggestion_id, verdict, item, actor, at, seq)"
            " VALUES (?, ?, ?, ?, '2026-11-01 10:05:00', ?)",
            (
                (
                    f"S-{rng.randrange(SUGGESTIONS)}",
                    rng.choice(VERDICTS),
                    f"case:{rng.choice(cases)}",
                    f"agent-{rng.randrange(AGENTS)}",
                    n,
                )
                for n in range(1, rows + 1)
            ),
        )
        raw.execute("UPDATE counter SET value = ? WHERE name = 'feedback'", (rows,))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
