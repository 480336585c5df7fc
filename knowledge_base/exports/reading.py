"""The door to the exports: which system's a file is, how large, and what it holds."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from knowledge_base.errors import InputError
from knowledge_base.exports import chatwoot, freshdesk, intercom, zammad, zendesk
from knowledge_base.exports.help_centre import SUFFIXES, count_pages, read_help_centre
from knowledge_base.exports.json_objects import Object, objects
from knowledge_base.exports.mail import read_mbox
from knowledge_base.exports.models import LeftOut, Read, System
from knowledge_base.exports.plain_csv import read_csv

_JSON: dict[System, ModuleType] = {
    "intercom": intercom, "chatwoot": chatwoot, "zammad": zammad, "freshdesk": freshdesk, "zendesk": zendesk
}  # fmt: skip
"""The systems that export JSON; one whose tickets could be taken for another's stands before it."""
_LOOKED_AT = 20


def detect(path: Path) -> System | None:
    """Tell whose export a file or folder is, by what stands in it; None where it can't be told."""
    if path.is_dir() or zipfile.is_zipfile(path):
        return "help_centre"
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return "help_centre"
    with path.open("rb") as stream:
        head = stream.read(2_000).lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
        if head.startswith(b"From ") or suffix == ".mbox":
            return "mbox"
        if suffix in (".csv", ".tsv"):
            return "csv"
        if head.startswith((b"{", b"[")):
            stream.seek(0)
            return _whose_json(stream)
    first_line = head.split(b"\n")[0]
    return "csv" if any(first_line.count(sign) for sign in (b",", b";", b"\t")) else None


def read(
    path: Path, system: System, *, mapping: Mapping[str, str] | None = None, agents: Collection[str] = ()
) -> Iterator[Read]:
    """Read an export. Raises InputError where the mapping can't be used; what is damaged is left out."""
    if system == "help_centre":
        yield from read_help_centre(path)
        return
    if not path.is_file():
        raise InputError(f"{path.name} is a folder: an export of {system} is a file")
    with path.open("rb") as stream:
        if system == "csv":
            yield from read_csv(stream, mapping)
        elif system == "mbox":
            yield from read_mbox(stream, agents)
        else:
            yield from _tickets(stream, _JSON[system])


def size_of(path: Path, system: System) -> int:
    """What `done` goes up to: bytes of a file, pages of a help centre."""
    return count_pages(path) if system == "help_centre" else path.stat().st_size


def _tickets(stream: BinaryIO, module: ModuleType) -> Iterator[Read]:
    for found, done in objects(stream, module.looks_like):
        yield Read(found if isinstance(found, LeftOut) else module.ticket_of(found), done)


def _whose_json(stream: BinaryIO) -> System | None:
    """The system that most of the first objects look like."""

    def looks(fields: Object) -> bool:
        return any(module.looks_like(fields) for module in _JSON.values())

    votes = dict.fromkeys(_JSON, 0)
    for found, _ in islice(objects(stream, looks), _LOOKED_AT):
        for system, module in _JSON.items():
            if not isinstance(found, LeftOut) and module.looks_like(found):
                votes[system] += 1
                break
    best = max(votes, key=lambda system: votes[system])
    return best if votes[best] else None
