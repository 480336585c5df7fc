"""A conversation understood: language, request, mood and slots put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

from copilot.models import Detection, Understanding
from copilot.understand.mood import read_mood
from copilot.understand.request import Request, read_request
from copilot.understand.slots import find_slots
from copilot.understand.stage import read_stage
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
            stage=read_stage(conversation, request.since, mood.emotion),
            slots=slots,
        )
        return understanding, request

    def with_scores(
        self,
        understanding: Understanding,
        conversation: Conversation,
        request: Request,
        scores: Mapping[str, float],
    ) -> Understanding:
        """The same with the mood read anew, a model's `scores` of the request beside the words.

        Where the customer has written since then, only thanks or a greeting, the words stay alone: what was
        felt before counts less than that.
        """
        after = None if request.message_index is None else request.message_index + 1
        newer = any(message.role == "customer" for message in conversation.messages[after:])
        if not scores or newer:
            return understanding
        mood = read_mood(conversation, request, language=understanding.language, emotion_scores=scores)
        return replace(understanding, emotion=mood.emotion, situation=mood.situation, urgency=mood.urgency)
