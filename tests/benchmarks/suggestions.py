"""How long a suggestion takes on the sample desk, models warm: `python -m tests.benchmarks.suggestions`."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from copilot.demo import load_demo
from copilot.settings import Settings
from knowledge_base.sample_desk import sample_conversations

ROUNDS = 10


def main() -> None:
    """The median and the highest of each step, in milliseconds, over every sample conversation."""
    with tempfile.TemporaryDirectory() as folder:
        copilot = load_demo(Settings(data=Path(folder)))
        copilot.warm()
        conversations = [conversation for _, _, conversation, _ in sample_conversations()]
        for conversation in conversations:
            copilot.suggest(conversation)
        times = [copilot.suggest(c).timings_ms for _ in range(ROUNDS) for c in conversations]
        for step in times[0]:
            figures = [entry[step] for entry in times]
            print(f"{step:12} median {statistics.median(figures):6.1f} ms, highest {max(figures):6.1f} ms")
        copilot.knowledge.close()


if __name__ == "__main__":
    main()
