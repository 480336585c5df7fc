"""Runs a command of the benchmark on its own, offline, and tells its highest memory or how it failed."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 3600  # a system that takes longer for one set has failed
# Nothing is fetched and nothing is told to anybody.
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
}


class FailedError(RuntimeError):
    """A system's process ended badly; the message is its last words."""


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of Precedent, offline."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRECEDENT_")}
    return kept | OFFLINE | dict(more or {})


def run(command: Sequence[str], more: Mapping[str, str] | None = None) -> tuple[str, float]:
    """Standard output and the peak resident set in MB. Raises FailedError.

    The kernel counts a process as no smaller than the one that started it: whoever calls this loads nothing.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env=environment(more))
        limit = threading.Timer(LONGEST_SECONDS, process.kill)
        limit.start()
        _, status, usage = os.wait4(process.pid, 0)
        limit.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        err.seek(0)
        if process.returncode:
            raise FailedError(last_words(err.read(), process.returncode))
        out.seek(0)
        return out.read(), megabytes(usage.ru_maxrss)


def megabytes(kibibytes: int) -> float:
    """What the kernel counts in KiB, in MB."""
    return kibibytes * 1024 / 1e6


def last_words(stderr: str, status: int) -> str:
    """The last line that a process wrote, which names the exception; else how it ended."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    ended = f"killed by signal {-status}" if status < 0 else f"status {status}"
    return lines[-1] if lines and status > 0 else ended
