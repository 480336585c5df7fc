"""Tickets from any CSV file, by a mapping that says which column holds what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO

from knowledge_base.exports.csv_mapping import checked, propose, signature_of
from knowledge_base.exports.csv_rows import Rows
from knowledge_base.exports.html_text import plain_text
from knowledge_base.exports.models import LeftOut, Read, State, Ticket, Turn
from knowledge_base.exports.values import (
    clean_names,
    is_true,
    line_at,
    number_at,
    stars,
    text_at,
    time_at,
)
from knowledge_base.models import Role

_SOLVED = frozenset(
    [
        "solved",
        "closed",
        "resolved",
        "done",
        "complete",
        "completed",
        "fixed",
        "geschlossen",
        "gelöst",
        "erledigt",
        "cerrado",
        "resuelto",
        "fermé",
        "résolu",
        "chiuso",
        "risolto",
        "fechado",
        "resolvido",
        "gesloten",
        "opgelost",
    ]
)
_OPEN = frozenset(
    [
        "open",
        "new",
        "pending",
        "hold",
        "on-hold",
        "waiting",
        "in-progress",
        "unresolved",
        "reopened",
        "offen",
        "neu",
        "wartend",
        "abierto",
        "nuevo",
        "ouvert",
        "nouveau",
        "aperto",
        "aberto",
    ]
)
_SPAM = frozenset({"spam", "deleted", "trash"})
_AGENT = re.compile(
    r"agent|support|staff|admin|rep|operator|assistant|outbound|outgoing|employee|help.?desk|advisor", re.I
)
_NOTE = re.compile(r"note|internal|private", re.I)
_SPEAKER = re.compile(
    r"^[ \t]*[\[(]?(?:(?P<customer>customer|client|user|visitor|kunde|kundin|cliente|klant|caller"
    r"|buyer|contact)"
    r"|(?P<note>(?:internal |private )?note)"
    r"|(?P<agent>agent|support|rep(?:resentative)?|advisor|operator|staff|bearbeiter|agente|admin"
    r"|assistant))\b[^:\n]{0,60}?[\])]?[ \t]*:[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_GOOD = {"good": 5, "satisfied": 5, "great": 5, "positive": 5, "bad": 1, "unsatisfied": 1, "negative": 1}
Cells = Mapping[str, str]


def read_csv(stream: BinaryIO, mapping: Mapping[str, str] | None = None) -> Iterator[Read]:
    """Read tickets; without a mapping by the one that is proposed. Raises InputError for an unusable one."""
    rows = Rows(stream)
    chosen = checked(mapping if mapping is not None else propose(rows.header), rows.header)
    name = f"csv-{signature_of(rows.header)[:6]}"
    where = {field: rows.header.index(column) for field, column in chosen.items()}
    read = _by_message if "text" in where else _by_row
    for item in read(rows, where, name):
        yield Read(item, rows.done)


def _by_row(rows: Rows, where: Mapping[str, int], name: str) -> Iterator[Ticket | LeftOut]:
    for number, cells in enumerate(rows, 1):
        if isinstance(cells, LeftOut):
            yield cells
            continue
        told = {field: cells[at] for field, at in where.items()}
        ticket = _ticket(told, name)
        yield ticket if ticket.id or "id" in where else replace(ticket, id=f"row-{number}")


def _by_message(rows: Rows, where: Mapping[str, int], name: str) -> Iterator[Ticket | LeftOut]:
    """Rows of one ticket follow each other; the first says what is true of the whole."""
    open_: tuple[Ticket, list[Turn]] | None = None
    for cells in rows:
        if isinstance(cells, LeftOut):
            yield cells
            continue
        told = {field: cells[at] for field, at in where.items()}
        ticket = _ticket(told, name)
        text = plain_text(text_at(told, "text"))
        turn = Turn(_role(told.get("role", "")), text, time_at(told, "at", "created_at"))
        if open_ and open_[0].id == ticket.id:
            open_[1].append(turn)
            continue
        if open_:
            yield replace(open_[0], turns=tuple(open_[1]))
        open_ = (ticket, [turn])
    if open_:
        yield replace(open_[0], turns=tuple(open_[1]))


def _ticket(told: Cells, name: str) -> Ticket:
    return Ticket(
        name,
        line_at(told, "id"),
        subject=line_at(told, "subject"),
        turns=tuple(_turns(told)),
        state=_state(told),
        tags=clean_names(
            re.split(r"[,;|]", told.get("tags", "").strip("[]").replace("'", "").replace('"', ""))
        ),
        category=line_at(told, "category"),
        language=line_at(told, "language"),
        csat=_csat(told),
        nps=_nps(told),
        reopened=_reopened(told),
        handle_minutes=number_at(told, "handle_minutes"),
        product=line_at(told, "product"),
        channel=line_at(told, "channel").lower(),
        created_at=time_at(told, "created_at"),
        solved_at=time_at(told, "solved_at"),
        updated_at=time_at(told, "updated_at"),
        url=line_at(told, "url"),
        problem=plain_text(text_at(told, "problem")),
        resolution=plain_text(text_at(told, "resolution")),
        steps=tuple(_lines(plain_text(text_at(told, "steps")))),
    )


def _turns(told: Cells) -> Iterable[Turn]:
    if transcript := plain_text(text_at(told, "transcript")):
        yield from _spoken(transcript)
    at = time_at(told, "created_at")
    columns: tuple[tuple[str, Role], ...] = (
        ("customer_text", "customer"), ("agent_text", "agent"), ("note_text", "note")
    )  # fmt: skip
    for field, role in columns:
        if text := plain_text(text_at(told, field)):
            yield Turn(role, text, at if role == "customer" else None)


def _spoken(transcript: str) -> Iterable[Turn]:
    """The messages of a transcript whose lines name the speakers; all of it is the customer's where"
    " none do."""
    found = list(_SPEAKER.finditer(transcript))
    if not found:
        yield Turn("customer", transcript)
    for speaker, following in zip(found, [*found[1:], None], strict=True):
        text = transcript[speaker.end() : following.start() if following else len(transcript)].strip()
        role: Role = "customer" if speaker["customer"] else "note" if speaker["note"] else "agent"
        if text:
            yield Turn(role, text)


def _role(value: str) -> Role:
    if value.strip().lower() in ("false", "0"):  # a column `inbound`
        return "agent"
    return "note" if _NOTE.search(value) else "agent" if _AGENT.search(value) else "customer"


def _state(told: Cells) -> State | None:
    words = line_at(told, "status").lower().replace(" ", "-")
    if words in _SPAM:
        return "spam"
    return "solved" if words in _SOLVED else "open" if words in _OPEN else None


def _nps(told: Cells) -> int | None:
    answer = number_at(told, "nps")
    return int(answer) if answer is not None and answer in range(11) else None


def _csat(told: Cells) -> int | None:
    return stars(number_at(told, "csat")) or _GOOD.get(line_at(told, "csat").lower())


def _reopened(told: Cells) -> bool | None:
    if not told.get("reopened", "").strip():
        return None
    return (number_at(told, "reopened") or 0) > 0 or is_true(told["reopened"].strip())


def _lines(text: str) -> Iterable[str]:
    parts = re.split(r"\n+|\s*\|\s*", text)
    return (clean for part in parts if (clean := re.sub(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", "", part).strip()))
