"""A conversation understood: language, request, mood and slots put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Protocol

from copilot.models import Detection, Understanding
from copilot.understand.mood import read_mood
from copilot.understand.request import Request, read_request
from copilot.understand.slots import find_slots
from knowledge_base.models import Conversation


class ConversationDetector(Protocol):
    """Tells the language of a conversation; never raises for any text."""

    def detect_conversation(self, conversation: Conversation) -> Detection: ...


class Understander:
    """Reads conversations. `clock` gives the day that "yesterday" is counted from."""

    def __init__(
        self,
        detector: ConversationDetector,
        *,
        products: Callable[[], tuple[str, ...]] = tuple,
        clock: Callable[[], date] = date.today,
    ) -> None:
        self._detector = detector
        self._products = products
        self._clock = clock

    def understand(self, conversation: Conversation) -> tuple[Understanding, Request]:
        """What the conversation says, and the request to search with; `category` is left to the caller."""
        detection = self._detector.detect_conversation(conversation)
        language = detection.language
        request = read_request(conversation)
        mood = read_mood(conversation, request, language=language)
        slots = find_slots(conversation, language=language, today=self._clock(), products=self._products())
        understanding = Understanding(
            language=language,
            language_confidence=detection.confidence,
            request=request.text,
            emotion=mood.emotion,
            situation=mood.situation,
            urgency=mood.urgency,
            slots=slots,
        )
        return understanding, request
