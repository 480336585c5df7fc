"""Runs the command line for tests: within the process, or as users do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from copilot.cli import app

ROOT = Path(__file__).parent.parent
PRECEDENT = str(Path(sys.executable).parent / "precedent")


class Ran:
    """What a command printed and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def json(self) -> Any:
        """The one document on standard output of a command that was done."""
        assert (self.status, self.err) == (0, "")
        return json.loads(self.out)

    @property
    def failure(self) -> str:
        """The one line of a command that failed; nothing stands on standard output."""
        assert (self.status, self.out) == (1, "")
        return self.line

    @property
    def line(self) -> str:
        """The one line on standard error."""
        assert self.err.startswith("precedent: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        return self.err.removeprefix("precedent: ").strip()


def run(*arguments: object, data: Path | None = None, stdin: bytes | None = None) -> Ran:
    """Run a command within this process; an exception that isn't told in one line fails the test."""
    given = [*(["--data", str(data)] if data else []), *map(str, arguments)]
    result = CliRunner().invoke(app, given, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def spawn(*arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Start a command as a process; Ctrl+C reaches it wherever the tests were started."""
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "sys.argv[0] = 'precedent'; from copilot.cli import main; main()"
    )
    piped: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], **piped | options)
