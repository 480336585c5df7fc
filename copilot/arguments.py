"""What a user gives on the command line: a conversation, a text, a language."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.errors import InputError
from knowledge_base.lines import MAX_LINE

if TYPE_CHECKING:
    from knowledge_base.models import Conversation, Length, Tone


def conversation_in(file: str) -> Conversation:
    """Read one conversation (JSON) from a file, or from standard input for `-`. Raises InputError."""
    from knowledge_base.conversations import conversation_from_dict
    from knowledge_base.records import parse_json

    name = "standard input" if file == "-" else Path(file).name
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(MAX_LINE + 1)
        else:
            with Path(file).open("rb") as stream:
                raw = stream.read(MAX_LINE + 1)
    except OSError as error:
        raise InputError(f"{file} can't be read ({error.strerror}): check the path") from error
    if len(raw) > MAX_LINE:
        raise InputError(f"{name} is longer than {MAX_LINE:,} bytes: give one conversation")
    return conversation_from_dict(parse_json(raw, name, 1), name)


def in_manner(conversation: Conversation, tone: Tone | None, length: Length | None) -> Conversation:
    """The conversation with the tone and length that were asked for, where they were."""
    from dataclasses import replace

    return replace(conversation, tone=tone or conversation.tone, length=length or conversation.length)


def checked_text(text: str) -> str:
    """Let through a text that says something. Raises InputError."""
    if not text.strip():
        raise InputError("the text is empty: give some words in quotes")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise InputError("the text isn't UTF-8: set the terminal to UTF-8")
    return text


def checked_language(tag: str) -> str:
    """A language tag in its normal form. Raises InputError."""
    from knowledge_base.fields import language_code

    code = language_code(tag)
    if code is None:
        raise InputError(f"{tag!r} is no language: give a tag such as es or pt-BR")
    return code
