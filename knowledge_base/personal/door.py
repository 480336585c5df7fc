"""What every text goes through before it is kept, by the desk's rules: records, and notes beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from knowledge_base.models import Record
from knowledge_base.personal.fields import Note
from knowledge_base.personal.replacing import Rules, without_personal, without_personal_text


@dataclass(frozen=True, slots=True)
class Door:
    """The rules as they were when the door was opened."""

    rules: Rules

    def record(self, record: Record) -> Record:
        """A record with placeholders for what is personal in it."""
        return without_personal(record, self.rules)

    def note(self, where: Note, text: str, *, language: str | None = None) -> str:
        """A text that somebody wrote beside the records, likewise."""
        return without_personal_text(text, language=language, rules=self.rules, where=where)

    def notes(self, where: Note, value: Any) -> Any:
        """A JSON value with every text in it likewise."""
        if isinstance(value, str):
            return self.note(where, value)
        if isinstance(value, dict):
            return {key: self.notes(where, item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.notes(where, item) for item in value]
        return value
