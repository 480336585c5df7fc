"""Mailboxes (mbox): messages put together into conversations by what they answer.

A conversation's messages stand anywhere in the file. So the file is read twice: first their places, kept
in a temporary database, then conversation after conversation. Memory stays the same however large it is.
"""

from __future__ import annotations

import email
import email.message
import hashlib
import re
import sqlite3
import tempfile
from collections.abc import Collection, Iterator
from contextlib import closing
from email.errors import MessageError
from email.header import decode_header, make_header
from email.utils import getaddresses, parseaddr
from typing import BinaryIO

from knowledge_base.exports.encoding import encoding_of, mended
from knowledge_base.exports.html_text import MAX_TEXT, plain_text
from knowledge_base.exports.models import LeftOut, Read, Ticket, Turn
from knowledge_base.exports.values import MOST_TURNS, time_of

MAX_MAIL = 24_000_000
"""Bytes of a message with its attachments."""
_HEAD = 200_000
_BAD = (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError, MessageError)
_ID = re.compile(r"<[^<>\s]{1,300}>")
_ANSWER = re.compile(r"(?i)^\s*((re|aw|antw|sv|rv|fwd?|wg|tr|r|vs)(\[\d+\])?\s*:\s*)+")
_PUBLIC = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "icloud.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "aol.com",
        "proton.me",
        "protonmail.com",
        "mail.ru",
        "qq.com",
        "163.com",
    ]
)
_TABLES = """
    CREATE TABLE mail (at INTEGER PRIMARY KEY, length INTEGER, thread INTEGER);
    CREATE TABLE named (id TEXT PRIMARY KEY, thread INTEGER) WITHOUT ROWID;
    CREATE TABLE called (subject TEXT PRIMARY KEY, thread INTEGER) WITHOUT ROWID;
    CREATE TABLE written_to (address TEXT PRIMARY KEY, times INTEGER) WITHOUT ROWID;
    CREATE INDEX by_thread ON mail (thread, at);
"""


def read_mbox(stream: BinaryIO, agents: Collection[str] = ()) -> Iterator[Read]:
    """Read a mailbox's conversations. `agents` are the desk's addresses or domains; else the address that
    most is written to, with its domain.
    """
    with (
        tempfile.NamedTemporaryFile(prefix="precedent-mbox-") as file,
        closing(sqlite3.connect(file.name, isolation_level=None)) as places,
    ):
        places.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _TABLES)
        for start, length in _messages(stream):
            if length > MAX_MAIL:
                yield Read(LeftOut("too_large", detail=f"at byte {start:,}"), 0)
            else:
                _place(places, stream, start, length)
        ours = frozenset(one.strip().lower() for one in agents) or _desk(places)
        size = stream.seek(0, 2)
        count = places.execute("SELECT COUNT(*) FROM mail").fetchone()[0]
        seen = 0
        for (thread,) in places.execute("SELECT thread FROM mail GROUP BY thread ORDER BY MIN(at)"):
            spots = places.execute(
                "SELECT at, length FROM mail WHERE thread = ? ORDER BY at LIMIT ?", (thread, MOST_TURNS)
            ).fetchall()
            seen += len(spots)
            yield Read(_conversation(stream, spots, ours), size * seen // max(1, count))


def _messages(stream: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where each message begins, and its length; a line `From ` after a blank one begins the next."""
    stream.seek(0)
    at, start, blank = 0, -1, True
    while line := stream.readline(65_536):
        if blank and line.startswith(b"From "):
            if start >= 0:
                yield start, at - start
                stream.seek(at + len(line))
            start = at
        blank = line in (b"\n", b"\r\n")
        at += len(line)
    if start >= 0:
        yield start, at - start


def _place(places: sqlite3.Connection, stream: BinaryIO, start: int, length: int) -> None:
    """Keep where a message stands, and of which conversation it is."""
    back = stream.tell()
    stream.seek(start)
    head = email.message_from_bytes(_without_from(stream.read(min(length, _HEAD))))
    stream.seek(back)
    own, before = _ids(head, "Message-ID")[-1:], _ids(head, "References") + _ids(head, "In-Reply-To")
    subject = _line(head, "Subject")
    answers = _ANSWER.match(subject)
    called = _ANSWER.sub("", subject).casefold()[:200]
    thread = None
    for one in before:
        found = places.execute("SELECT thread FROM named WHERE id = ?", (one,)).fetchone()
        if found:
            thread = found[0]
            break
    if thread is None and answers and not before and called:
        found = places.execute("SELECT thread FROM called WHERE subject = ?", (called,)).fetchone()
        thread = found[0] if found else None
    thread = start if thread is None else thread
    places.execute("INSERT INTO mail VALUES (?, ?, ?)", (start, length, thread))
    names = [(one, thread) for one in (*own, *before[:20])]
    places.executemany("INSERT OR IGNORE INTO named VALUES (?, ?)", names)
    places.execute("INSERT OR REPLACE INTO called VALUES (?, ?)", (called, thread))
    for address in _addresses(head, "To", "Delivered-To")[:20]:
        places.execute(
            "INSERT INTO written_to VALUES (?, 1) ON CONFLICT (address) DO UPDATE SET times = times + 1",
            (address,),
        )


def _desk(places: sqlite3.Connection) -> frozenset[str]:
    found = places.execute("SELECT address FROM written_to ORDER BY times DESC, address LIMIT 1").fetchone()
    if not found:
        return frozenset()
    domain = found[0].partition("@")[2]
    return frozenset({found[0]}) if domain in _PUBLIC else frozenset({found[0], domain})


def _conversation(stream: BinaryIO, spots: list[tuple[int, int]], ours: frozenset[str]) -> Ticket | LeftOut:
    turns: list[Turn] = []
    subject, number, tags = "", "", tuple[str, ...]()
    for start, length in spots:
        stream.seek(start)
        try:
            message = email.message_from_bytes(_without_from(stream.read(length)))
            text = _body(message)
        except _BAD:
            continue
        subject = subject or _line(message, "Subject")
        number = number or (_ids(message, "Message-ID") or [f"{subject}{_line(message, 'Date')}"])[-1]
        tags = tags or tuple(label for label in _line(message, "X-Gmail-Labels").split(",") if label)
        if text and not _is_machine(message):
            theirs = parseaddr(_line(message, "From"))[1].lower()
            ours_too = theirs in ours or theirs.partition("@")[2] in ours
            turns.append(Turn("agent" if ours_too else "customer", text, time_of(_line(message, "Date"))))
    if not turns and not subject:
        return LeftOut("damaged", detail=f"at byte {spots[0][0]:,}")
    spam = any(label.strip().casefold() in ("spam", "trash") for label in tags)
    turns.sort(key=lambda turn: (turn.at is None, turn.at.timestamp() if turn.at else 0.0))
    return Ticket(
        "mbox",
        hashlib.sha256(number.encode("utf-8", "replace")).hexdigest()[:16],
        subject=_ANSWER.sub("", subject),
        turns=tuple(turns),
        state="spam" if spam else None,
        channel="email",
        created_at=turns[0].at if turns else None,
        solved_at=turns[-1].at if turns else None,
    )


def _body(message: email.message.Message) -> str:
    """The text of a message; of its HTML where it has no plain text."""
    markup = ""
    for part in message.walk():
        kind = part.get_content_type()
        if part.is_multipart() or kind not in ("text/plain", "text/html") or part.get_filename():
            continue
        raw = part.get_payload(decode=True)
        text = _decoded(raw if isinstance(raw, bytes) else b"", part.get_content_charset())
        if kind == "text/plain" and text.strip():
            return plain_text(text, html=False)
        markup = markup or text
    return plain_text(markup, html=True) if markup else ""


def _decoded(raw: bytes, charset: str | None) -> str:
    raw = raw[: 4 * MAX_TEXT]
    try:
        return mended(raw.decode(charset or encoding_of(raw), "surrogateescape"))
    except (LookupError, ValueError):
        return mended(raw.decode("utf-8", "surrogateescape"))


def _without_from(raw: bytes) -> bytes:
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw


def _line(message: email.message.Message, name: str) -> str:
    value = message.get(name)
    try:
        text = str(make_header(decode_header(value))) if value is not None else ""
    except _BAD:
        text = str(value)
    return " ".join(mended(text).split())[:1000]


def _ids(message: email.message.Message, name: str) -> list[str]:
    return _ID.findall(str(message.get(name) or ""))[:50]


def _addresses(message: email.message.Message, *names: str) -> list[str]:
    values = [str(value) for name in names for value in message.get_all(name, [])]
    try:
        return [address.lower() for _, address in getaddresses(values) if "@" in address]
    except _BAD:
        return []


def _is_machine(message: email.message.Message) -> bool:
    """An automatic answer or a mailing."""
    automatic = _line(message, "Auto-Submitted").lower()
    bulk = _line(message, "Precedence").lower() in ("bulk", "junk", "auto_reply", "list")
    return bulk or (automatic not in ("", "no"))
