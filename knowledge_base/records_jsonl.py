"""JSON Lines files: of cases and golden questions, told apart by their fields, and logs of one kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeVar

from knowledge_base.errors import RecordError
from knowledge_base.lines import MAX_LINE, bounded_lines
from knowledge_base.models import Case, Kind, Question
from knowledge_base.questions import is_question, question_from_dict
from knowledge_base.records import Read, as_value, case_from_dict, parse_json

Entry = TypeVar("Entry")


def records_from_jsonl(stream: BinaryIO, file: str, *, limit: int = MAX_LINE) -> Iterator[tuple[Kind, Read]]:
    """Read cases and golden questions, one at a time; blank lines are passed over.

    A line of which the kind can't be told counts as one of the kind before it.
    """
    kind: Kind = "case"
    for number, raw in bounded_lines(stream, limit=limit):
        if raw is None:
            told = f"is longer than {limit:,} bytes; split it, or leave it out"
            yield kind, (number, RecordError(file, number, "", told))
        elif raw.strip():
            try:
                data = parse_json(raw, file, number)
                if isinstance(data, dict):
                    kind = "question" if is_question(data) else "case"
                yield kind, (number, _record(kind, data, file, number))
            except RecordError as error:
                yield kind, (number, as_value(error))


def log_from_jsonl(
    stream: BinaryIO, file: str, read: Callable[[object, str, int], Entry]
) -> Iterator[Entry | RecordError]:
    """Read a log line by line with what checks an entry; blank lines are passed over."""
    for number, raw in bounded_lines(stream):
        if raw is None:
            yield RecordError(file, number, "", f"is longer than {MAX_LINE:,} bytes; leave it out")
        elif raw.strip():
            try:
                yield read(parse_json(raw, file, number), file, number)
            except RecordError as error:
                yield as_value(error)


def _record(kind: Kind, data: object, file: str, line: int) -> Case | Question:
    read = question_from_dict if kind == "question" else case_from_dict
    return read(data, file, line)
