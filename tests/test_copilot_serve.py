"""Starting and stopping the server as users do."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from urllib.request import urlopen

import pytest

from copilot.serve import WEB_APP
from tests.command import run, spawn


def test_the_import_string_resolves():
    module, _, name = WEB_APP.partition(":")
    assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "example.com"])
def test_other_addresses_are_refused(tmp_path: Path, host: str):
    told = run("serve", "--host", host, data=tmp_path / "d").failure
    only = "only 127.0.0.1, ::1 or localhost until there is access control"
    assert told == f"PRECEDENT_HOST={host} can't be used: {only}"
    assert not (tmp_path / "d").exists()


def test_a_taken_port_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRECEDENT_DATA", os.environ.get("PRECEDENT_DATA", ""))  # put back afterwards
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = run("serve", "--port", port, data=tmp_path / "d").failure
    why = "Address already in use"
    assert told == f"port {port} of 127.0.0.1 can't be served ({why}): name another by --port"


def test_a_base_that_cannot_be_opened_stops_the_start_in_one_line(tmp_path: Path):
    (tmp_path / "precedent.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    process = spawn("--data", tmp_path, "serve", "--port", "0")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.count("\n")) == (1, "", 1)
    assert "is not a Precedent database" in err


@pytest.fixture
def serve() -> Callable[[Path], tuple[subprocess.Popen[str], str]]:
    """Start a server over a data folder: the process, and the address that it prints."""

    def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
        process = spawn("--data", folder, "serve", "--port", "0")
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"Precedent is on (http://127\.0\.0\.1:\d+) \(Ctrl\+C stops it\)\n", line)
        if found is None:
            process.kill()
            pytest.fail(f"printed {line!r}: {process.communicate()[1]}")
        return process, found[1]

    return start


def get(address: str) -> tuple[int, str]:
    with urlopen(address, timeout=30) as response:
        return response.status, response.read().decode()


@pytest.mark.parametrize(
    ("number", "statuses"), [(signal.SIGTERM, {0, 143, -signal.SIGTERM}), (signal.SIGINT, {0})]
)
def test_the_server_serves_and_stops_quietly(
    desk_folder: Path,
    serve: Callable[[Path], tuple[subprocess.Popen[str], str]],
    number: signal.Signals,
    statuses: set[int],
):
    process, address = serve(desk_folder)
    try:
        assert get(f"{address}/healthz")[0] == 200
        assert get(f"{address}/readyz")[0] == 200
        assert json.loads(get(f"{address}/openapi.json")[1])["info"]["title"] == "Precedent"
    finally:
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (out, err) == ("", "")
    assert process.returncode in statuses


def test_the_server_stops_quietly_though_a_page_follows_what_changes(
    tmp_path: Path, serve: Callable[[Path], tuple[subprocess.Popen[str], str]]
) -> None:
    process, address = serve(tmp_path)
    with urlopen(f"{address}/api/v1/events", timeout=30) as events:
        assert events.readline() == b": following\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
