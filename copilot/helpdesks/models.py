"""What a helpdesk must be able to do, and what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from knowledge_base.conversation_heads import ConversationState
from knowledge_base.models import Conversation


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a webhook tells of a conversation: messages (with the helpdesk's names of them), or its state.

    Under its `key` it is taken in once.
    """

    key: str
    conversation: Conversation
    external_ids: tuple[str, ...] = ()
    state: ConversationState | None = None


class Helpdesk(Protocol):
    """One helpdesk. Whatever a webhook holds, reading it raises InputErrors only."""

    @property
    def name(self) -> str:
        """What its conversations' ids begin with."""
        ...

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises SignatureError unless the helpdesk signed exactly this body, and lately."""
        ...

    def read(self, payload: Mapping[str, Any]) -> Arrival | None:
        """What it tells; None where that concerns no conversation with a customer."""
        ...

    def post_note(self, conversation_id: str, text: str) -> None:
        """Put a note for agents into a conversation.

        Raises HelpdeskError; BusyHelpdeskError where it may be tried again.
        """
        ...
