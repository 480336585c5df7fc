"""Loads py3langid's model, and keeps it unpacked beside the compiled code: unpacking takes half a second."""

from __future__ import annotations

import importlib.util
import os
from array import array
from contextlib import suppress
from pathlib import Path
from typing import Any

_TABLES = ("ptc", "pc", "classes", "nextmove", "row", "output")


def load_classifier() -> Any:
    """py3langid's identifier over all its languages, with probabilities."""
    from py3langid.langid import LanguageIdentifier

    ptc, pc, classes, nextmove, row, output = _tables()
    return LanguageIdentifier(ptc, pc, classes, nextmove, output, norm_probs=True, tk_row=row)


def _tables() -> tuple[Any, ...]:
    """The model's six tables, from the unpacked copy where there is one."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    packed = Path(MODEL_DIR) / MODEL_FILE
    copy = _copy_of(packed)
    tables = _read(copy)
    if tables is None:
        tables = load_model(packed)
        _write(copy, tables)
    return tables


def _copy_of(packed: Path) -> Path:
    """Named after the packed file's size and time, so that another model never meets an old copy."""
    facts = packed.stat()
    folder = Path(importlib.util.cache_from_source(__file__)).parent
    return folder / f"py3langid-{facts.st_size}-{facts.st_mtime_ns}.npz"


def _read(copy: Path) -> tuple[Any, ...] | None:
    """The tables of an unpacked copy; None where there is none that can be read."""
    import zipfile

    import numpy as np

    try:
        # numpy leaves a file that it opened itself open where it is no archive.
        with copy.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            ptc, pc, classes, nextmove, row, output = (data[name] for name in _TABLES)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return ptc, pc, classes.tolist(), _unsigned(nextmove), _unsigned(row), output.tolist()


def _write(copy: Path, tables: tuple[Any, ...]) -> None:
    """Keep the tables (70 MB) for the next process; a folder that can't be written is no failure."""
    import numpy as np

    part = copy.with_suffix(f".{os.getpid()}.tmp")
    named: dict[str, Any] = {name: np.asarray(table) for name, table in zip(_TABLES, tables, strict=True)}
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream:
            np.savez(stream, **named)
        part.replace(copy)
        for former in set(copy.parent.glob("py3langid-*.npz")) - {copy}:
            former.unlink()
    except OSError:
        with suppress(OSError):
            part.unlink()


def _unsigned(table: Any) -> array[int]:
    """The form in which py3langid walks its tables fastest."""
    out = array({1: "B", 2: "H", 4: "I", 8: "L"}[table.dtype.itemsize])
    out.frombytes(memoryview(table).cast("B"))
    return out
