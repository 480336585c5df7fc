"""Where the knowledge manager brings exports in: files taken, looked at, begun, watched, gone on with."""

from __future__ import annotations

import logging
import re
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.errors import ConflictError, InputError
from knowledge_base.exports.models import System

if TYPE_CHECKING:
    from copilot.bring_in.run import Export, Seen
    from knowledge_base.import_rows import Run
    from knowledge_base.store import KnowledgeBase

KEPT_SECONDS = 7 * 24 * 3600
"""Uploads that nobody brought in, or went on with, are kept a week."""
log = logging.getLogger("precedent.bring_in")
_UPLOAD = re.compile(r"[0-9a-f]{32}(?:\.[a-z0-9]{1,10}){0,2}")
_SUFFIX = re.compile(r"(?:\.[a-z0-9]{1,10}){1,2}$")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a CSV file, and how they are read. `remembered`: a person chose it before."""

    signature: str
    names: tuple[str, ...]
    mapping: Mapping[str, str]
    remembered: bool

    def problem(self) -> str | None:
        """What must be said before it can be read."""
        from knowledge_base.exports.csv_mapping import checked

        try:
            checked(self.mapping, self.names)
        except InputError as error:
            return str(error)
        return None


@dataclass(frozen=True, slots=True)
class Look:
    """What a file is, and its first things as they would come in; `problem` says what must be told first."""

    system: System
    total: int
    seen: tuple[Seen, ...]
    columns: Columns | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which file, by an upload's name or a path on the server, and how to read what it can't tell itself."""

    file: str | None = None
    path: str | None = None
    system: System | None = None
    mapping: Mapping[str, str] | None = None
    agents: tuple[str, ...] = ()
    pending: bool = False


class BringIn:
    """Brings exports in. Uploads are kept in `folder`; paths are taken only below `root`."""

    def __init__(
        self,
        knowledge: KnowledgeBase,
        folder: Path,
        *,
        root: Path | None = None,
        most_bytes: int = 2_000_000_000,
        languages: Sequence[str] = (),
    ) -> None:
        self._knowledge, self._folder, self._languages = knowledge, folder.absolute(), languages
        self.root, self.most_bytes = root, most_bytes
        self._threads: list[threading.Thread] = []

    def new_file(self, name: str) -> str:
        """A name for an upload, with the suffix that it had, by which its kind is told."""
        found = _SUFFIX.search(Path(name).name.lower())
        self._folder.mkdir(parents=True, exist_ok=True)
        self._forget_old()
        return uuid.uuid4().hex + (found[0] if found else "")

    def _forget_old(self) -> None:
        for path in self._folder.iterdir():
            if _UPLOAD.fullmatch(path.name) and time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink(missing_ok=True)

    def place(self, file: str) -> Path:
        """Where an upload is. Raises InputError."""
        if not _UPLOAD.fullmatch(file):
            raise InputError("file: name what the upload answered with")
        return self._folder / file

    def look(self, asked: Asked) -> Look:
        """Tell what a file is and show its first things. Raises InputError where it can't be told or read."""
        from copilot.bring_in.run import preview
        from knowledge_base.exports.reading import size_of

        path = self._path(asked)
        export, columns = self._export(asked, path)
        total, problem = size_of(path, export.system), columns.problem() if columns else None
        seen = () if problem else tuple(preview(self._knowledge, export, self._languages))
        return Look(export.system, total, seen, columns, problem)

    def begin(self, asked: Asked, *, name: str = "", actor: str) -> Run:
        """Begin to bring a file in, beside everything else. A chosen mapping is remembered."""
        from copilot.bring_in.run import begin

        path = self._path(asked)
        export, columns = self._export(asked, path)
        if columns and (problem := columns.problem()):
            raise InputError(problem)
        if columns and asked.mapping is not None:
            self._knowledge.imports.keep_mapping(
                columns.signature, columns.names, columns.mapping, actor=actor
            )
        run = begin(self._knowledge, export, name=name or path.name, actor=actor)
        return self._start(run.id)

    def resume(self, run_id: int) -> Run:
        """Go on with a run that was stopped. Raises ConflictError, NotFoundError."""
        run = self._knowledge.imports.find(run_id)
        if not run.resumable:
            raise ConflictError(f"import {run_id} is {run.state}: there is nothing to go on with")
        if not Path(run.path).exists():
            raise InputError(f"{run.name} is gone: bring it in anew, what is the same costs nothing")
        return self._start(run_id)

    def wait(self, seconds: float | None = None) -> None:
        """Wait until what was begun here has ended."""
        for thread in self._threads:
            thread.join(seconds)

    def _start(self, run_id: int) -> Run:
        from knowledge_base.import_rows import new_worker

        worker = new_worker()
        run = self._knowledge.imports.claim(run_id, worker)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._work, args=(run, worker), name=f"import-{run_id}", daemon=True)
        self._threads.append(thread)
        thread.start()
        return run

    def _work(self, run: Run, worker: str) -> None:
        from copilot.bring_in.run import carry_out

        try:
            ended = carry_out(self._knowledge, run.id, worker=worker, languages=self._languages)
        except Exception as error:  # noqa: BLE001 - the run keeps what went wrong, and the page shows it
            log.warning("import %s stopped: %s", run.id, type(error).__name__)
            return
        path = Path(run.path)
        if ended.state == "done" and path.parent == self._folder and _UPLOAD.fullmatch(path.name):
            path.unlink(missing_ok=True)  # never a file that the operator put there

    def _path(self, asked: Asked) -> Path:
        if (asked.file is None) == (asked.path is None):
            raise InputError("name a file that was uploaded, or a path on the server")
        if asked.file is not None:
            path = self.place(asked.file)
        elif self.root is None:
            raise InputError("path: no folder is open to imports here; set PRECEDENT_IMPORT_FOLDER")
        else:
            path = (self.root / (asked.path or "")).resolve()
            if not path.is_relative_to(self.root.resolve()):
                raise InputError("path: it leads out of the folder that is open to imports")
        if not path.exists():
            raise InputError("the file isn't there: upload it again, or check the path")
        return path

    def _export(self, asked: Asked, path: Path) -> tuple[Export, Columns | None]:
        from copilot.bring_in.propose import Choices
        from copilot.bring_in.run import Export
        from knowledge_base.exports.reading import detect

        system = asked.system or detect(path)
        if system is None:
            raise InputError("system: whose export this is can't be told from it; say which it is")
        columns = columns_of(self._knowledge, path, asked.mapping) if system == "csv" else None
        choices = Choices("pending" if asked.pending else "published")
        mapping = dict(columns.mapping) if columns else None
        return Export(path, system, mapping, asked.agents, choices), columns


def columns_of(knowledge: KnowledgeBase, path: Path, chosen: Mapping[str, str] | None) -> Columns:
    """A CSV's columns with the mapping that is chosen, else the remembered, else the proposed one."""
    from knowledge_base.exports.csv_mapping import checked, propose, signature_of
    from knowledge_base.exports.csv_rows import Rows

    if not path.is_file():
        raise InputError("a CSV export is a file, not a folder")
    with path.open("rb") as stream:
        header = Rows(stream).header
    signature = signature_of(header)
    kept = knowledge.imports.mapping(signature)
    if chosen is not None:
        return Columns(signature, tuple(header), checked(chosen, header), remembered=False)
    if kept and all(column in header for column in kept.mapping.values()):
        return Columns(signature, tuple(header), kept.mapping, remembered=True)
    return Columns(signature, tuple(header), propose(header), remembered=False)
