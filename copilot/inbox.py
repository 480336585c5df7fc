"""Conversations as they arrive: kept at once, then read, so that a list tells language and mood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from copilot.models import Suggestion, Understanding
from copilot.promises.complaint import complaint_due
from copilot.understand.request import Request
from knowledge_base.conversation_heads import Reading
from knowledge_base.conversation_log import Arriving, ConversationLog, Received, StoredConversation
from knowledge_base.models import Conversation


class Reader(Protocol):
    """Tells what a conversation says; never raises for any text."""

    def understand(self, conversation: Conversation) -> tuple[Understanding, Request]: ...


@dataclass(frozen=True, slots=True)
class Inbox:
    """Keeps conversations and how each is understood. No model is loaded to receive one."""

    log: ConversationLog
    reader: Reader
    suggest: Callable[[Conversation], Suggestion]

    def receive(self, conversation: Conversation, external_ids: Sequence[str | None] = ()) -> Received:
        """Keep a conversation, or what is new of it. Raises InputError, ConflictError."""
        return self._read(self.log.receive(conversation, external_ids))

    def append(self, conversation_id: str, arriving: Sequence[Arriving]) -> Received:
        """Add messages. Raises NotFoundError, InputError."""
        return self._read(self.log.append(conversation_id, arriving))

    def reply(self, conversation_id: str, text: str, *, seen: int) -> Received:
        """Add the agent's reply, who has seen so many messages. Raises NotFoundError, ConflictError."""
        return self._read(self.log.reply(conversation_id, text, seen=seen))

    def suggestion(self, conversation_id: str) -> tuple[StoredConversation, Suggestion]:
        """What to answer to a conversation as it stands now; the list then knows what it is about.

        Raises NotFoundError, and what `Copilot.suggest` raises.
        """
        stored = self.log.read(conversation_id)
        suggestion = self.suggest(stored.conversation)
        self._note(stored, suggestion.understanding)
        return stored, suggestion

    def _read(self, received: Received) -> Received:
        if not received.added:
            return received
        stored = self.log.read(received.id)
        seq = self._note(stored, self.reader.understand(stored.conversation)[0])
        return replace(received, seq=seq)

    def _note(self, stored: StoredConversation, understanding: Understanding) -> int:
        reading = Reading(
            understanding.language,
            understanding.emotion,
            understanding.category,
            complaint_due(stored.conversation, understanding),
            understanding.situation,
        )
        return self.log.note_reading(stored.head.id, reading, messages=stored.head.messages)
