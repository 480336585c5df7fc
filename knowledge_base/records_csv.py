"""Cases as CSV: columns named like the fields, nested ones with a dot (`outcome.csat`).

A cell of a list holds JSON, or texts divided by `|`; comma, semicolon and tab all do as delimiters.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TextIO

from knowledge_base.codec import encode
from knowledge_base.errors import RecordError
from knowledge_base.lines import MAX_LINE, bounded_lines
from knowledge_base.models import Case
from knowledge_base.records import Read, as_value, case_from_dict

COLUMNS = (
    *("id", "title", "language", "problem", "resolution", "reply", "steps", "messages", "category", "tags"),
    *("product", "channel", "outcome.resolved", "outcome.reopened", "outcome.csat", "outcome.handle_minutes"),
    *("outcome.worked", "outcome.tried", "outcome.nps"),
    *("resolved_at", "policies", "source.system", "source.id", "source.url", "status"),
)
_LISTS = {"steps", "tags", "policies"}
_JSON = {"messages", "outcome", "source"}
_FLAGS = {"outcome.resolved", "outcome.reopened"}
_NUMBERS = {"outcome.csat", "outcome.handle_minutes", "outcome.worked", "outcome.tried", "outcome.nps"}
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DELIMITERS = (",", ";", "\t")


def cases_from_csv(stream: BinaryIO, file: str, *, limit: int = MAX_LINE) -> Iterator[Read]:
    """Read cases from a CSV file, one row at a time; a row's number is that of its first line."""
    csv.field_size_limit(max(limit, csv.field_size_limit()))
    lines = _Lines(stream, file, limit)
    try:
        header = _header(lines, file)
        if header:
            yield from _rows(header, lines, file)
    except RecordError as error:
        yield error.line, as_value(error)


def cases_to_csv(cases: Iterable[Case], stream: TextIO) -> None:
    """Write cases as CSV with a header; open the stream with `newline=""`."""
    writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for case in cases:
        data = encode(case)
        for name in ("outcome", "source"):
            data |= {f"{name}.{key}": value for key, value in data[name].items()}
        writer.writerow({name: _cell(data.get(name)) for name in COLUMNS})


class _Lines:
    """The file's lines as text, and the number of the newest."""

    def __init__(self, stream: BinaryIO, file: str, limit: int) -> None:
        self._lines, self._file, self._limit = bounded_lines(stream, limit=limit), file, limit
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.number, raw = next(self._lines)
        if raw is None:
            raise RecordError(self._file, self.number, "", f"is longer than {self._limit:,} bytes")
        # Bytes that are no UTF-8 become half characters, which the check of a text names with its field.
        text = raw.decode("utf-8", "surrogateescape")
        return text.removeprefix("\ufeff") if self.number == 1 else text


@dataclass(frozen=True, slots=True)
class _Header:
    names: tuple[str, ...]
    delimiter: str


def _header(lines: _Lines, file: str) -> _Header | None:
    line = next((line for line in lines if line.strip()), None)
    if line is None:
        return None
    splits = {mark: _split(line, mark) for mark in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda mark: len(set(splits[mark]) & set(COLUMNS)))
    names = splits[delimiter]
    if "id" not in names:
        raise RecordError(
            file, lines.number, "id", "there is no such column; the first line names the columns"
        )
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice in COLUMNS:
        raise RecordError(file, lines.number, str(twice), "the column stands twice")
    return _Header(names, delimiter)


def _split(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(name.strip().lower() for name in next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return ()


def _rows(header: _Header, lines: _Lines, file: str) -> Iterator[Read]:
    rows = csv.reader(lines, delimiter=header.delimiter, strict=True)
    while True:
        first = lines.number + 1
        try:
            cells = next(rows)
            if any(cell.strip() for cell in cells):
                yield first, case_from_dict(_record(header.names, cells, file, first), file, first)
        except StopIteration:
            return
        except RecordError as error:
            if error.line != first:  # too long a line within a quoted cell: what follows has no known start
                yield first, RecordError(file, first, "", f"line {error.line} of it {error.message}")
                return
            yield first, as_value(error)
        except csv.Error as error:
            yield first, RecordError(file, first, "", f"isn't a CSV row: {error}; check its quotes")


def _record(names: Sequence[str], cells: Sequence[str], file: str, line: int) -> dict[str, Any]:
    if len(cells) > len(names):
        raise RecordError(file, line, "", f"has {len(cells)} cells, but the header has {len(names)} columns")
    record: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        if cell.strip():
            outer, _, inner = name.partition(".")
            value = _value(name, cell, file, line)
            if not inner:
                record[name] = value
            elif isinstance(record.setdefault(outer, {}), dict):
                record[outer][inner] = value
    return record


def _value(name: str, cell: str, file: str, line: int) -> Any:
    if name in _FLAGS:
        return _WORDS.get(cell.strip().lower(), cell)
    if name in _NUMBERS:
        return float(cell) if _NUMBER.fullmatch(cell.strip()) else cell
    if name in _LISTS:
        return _list(cell)
    if name in _JSON:
        value = _json(cell)
        if value is None:
            raise RecordError(file, line, name, "isn't valid JSON")
        return value
    return cell


def _list(cell: str) -> Any:
    value = _json(cell) if cell.lstrip().startswith("[") else None
    return value if isinstance(value, list) else [part.strip() for part in cell.split("|")]


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return None


def _cell(value: Any) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
