"""A pasted conversation: the exchange format's JSON, or lines that say who wrote them."""

from __future__ import annotations

import json
import re
from typing import Any

from knowledge_base.conversations import conversation_from_dict
from knowledge_base.errors import InputError
from knowledge_base.models import Conversation

# Who wrote, in the languages that desks export in.
_ROLES = {
    "customer": "customer client kunde kundin cliente cliente klant klient klientin",
    "agent": "agent agente agentin support service medewerker conseiller",
    "note": "note internal notiz nota",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split()}
_LINE = re.compile(rf"\s*\**({'|'.join(_ROLE_OF)})\**\s*[:：]\**\s*(.*)", re.IGNORECASE)


def conversation_from_text(text: str) -> Conversation:
    """Read what an agent pasted. Raises InputError (JSON that can't be read) or RecordError."""
    if not text.strip():
        raise InputError("there is nothing to read: paste the conversation first")
    if text.lstrip().startswith(("{", "[")):
        return conversation_from_dict(_document(text), "pasted text")
    return conversation_from_dict({"messages": messages_from_lines(text)}, "pasted text")


def messages_from_lines(text: str) -> list[dict[str, str]]:
    """`Customer: …`, `Agent: …` and `Note: …` each start a message; without any, all is the customer's."""
    messages: list[dict[str, str]] = []
    for line in text.strip().splitlines():
        start = _LINE.match(line)
        if start:
            messages.append({"role": _ROLE_OF[start[1].lower()], "text": start[2]})
        elif messages:
            messages[-1]["text"] += f"\n{line}"
        else:
            messages.append({"role": "customer", "text": line})
    return [{**message, "text": message["text"].strip()} for message in messages]


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = (
            f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise InputError(
            f"this starts like JSON but can't be read as JSON{where}; mend it, or paste plain lines such as "
            "`Customer: …`"
        ) from error
