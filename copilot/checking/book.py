"""The last run of the checks over the whole knowledge, kept in a file, and a new one beside the work."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from copilot.checking.finding import Finding, subject_of
from indexer.manifest import write_durably
from knowledge_base.codec import format_time, parse_time
from knowledge_base.errors import PrecedentError
from knowledge_base.models import Kind
from knowledge_base.sayings import Saying, saying_from, stored_saying

log = logging.getLogger("precedent.checks")


@dataclass(frozen=True, slots=True)
class Run:
    """What the checks found, and when they began."""

    at: datetime
    findings: tuple[Finding, ...]


class CheckBook:
    """Safe to use from many threads; processes that share the file show the run that was kept last."""

    def __init__(
        self,
        find: Callable[[], Sequence[Finding]],
        file: Path | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Without a `file` the run is forgotten with the process."""
        self._find, self._file, self._clock = find, file, clock
        self._turn = threading.Lock()
        self._held: Run | None = None
        self._read_at = 0
        self._thread: threading.Thread | None = None
        self.problem: str | None = None

    def last(self) -> Run | None:
        """The run that was kept last; None before the first, and where it can't be read."""
        if self._file is None:
            return self._held
        try:
            written = self._file.stat().st_mtime_ns
            if written != self._read_at:
                self._held, self._read_at = _run(json.loads(self._file.read_text("utf-8"))), written
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return self._held

    def on(self, kind: Kind, record_id: str, *, since: datetime) -> tuple[Finding, ...]:
        """What the last run found of a record, if it began after the record's last change."""
        run, subject = self.last(), subject_of(kind, record_id)
        if run is None or run.at < since:
            return ()
        return tuple(one for one in run.findings if one.subject == subject)

    @property
    def running(self) -> bool:
        """Whether this process checks at the moment."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Check beside the work; where that is going on already nothing else begins."""
        with self._turn:
            if not self.running:
                self._thread = threading.Thread(target=self._work, name="checks", daemon=True)
                self._thread.start()

    def run(self) -> Run:
        """Check now and keep what is found; `problem` says where it can't be kept."""
        at, self.problem = self._clock(), None
        run = Run(at, tuple(self._find()))
        if self._file is None:
            self._held = run
            return run
        try:
            write_durably(self._file, json.dumps(_document(run)))
        except OSError as error:
            self.problem = f"{self._file} can't be written ({error.strerror})"
        return run

    def wait(self) -> None:
        """Until the checks that are going on are done."""
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        try:
            self.run()
        except PrecedentError as error:
            self.problem = str(error)
            log.warning("not checked: %s", type(error).__name__)


def _document(run: Run) -> dict[str, Any]:
    findings = [
        one.as_json() | {"said": stored_saying(one.message) if isinstance(one.message, Saying) else None}
        for one in run.findings
    ]
    return {"at": format_time(run.at), "findings": findings}


def _run(document: dict[str, Any]) -> Run:
    return Run(parse_time(document["at"]), tuple(map(_finding, document["findings"])))


def _finding(told: dict[str, Any]) -> Finding:
    message = saying_from(told["said"]) if told["said"] else told["message"]
    return Finding(told["check"], told["severity"], told["subject"], message)
