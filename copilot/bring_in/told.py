"""What is told of an import: why things were left out, and what a column can say."""

from __future__ import annotations

from knowledge_base.exports.models import Reason
from knowledge_base.sayings import say

REASONS: dict[Reason, str] = {
    "damaged": say("can't be read: cut off or damaged"),
    "too_large": say("is larger than a record can be"),
    "not_a_ticket": say("is none of this system's tickets"),
    "no_id": say("has no id, or one that can't be used"),
    "repeated": say("stands in the export already"),
    "open": say("is not solved yet"),
    "spam": say("is spam or was deleted"),
    "no_question": say("has nothing that a customer wrote"),
    "no_answer": say("has nothing that an agent answered"),
    "changed_here": say("was changed here since it was brought in: yours stays"),
    "empty_page": say("is a page without text of its own"),
    "not_taken": say("can't be kept as it is"),
}
"""Why something is left out, as the report says it."""
FIELD_WORDS: dict[str, str] = {
    "id": say("the ticket's id"),
    "subject": say("subject"),
    "customer_text": say("what the customer wrote"),
    "agent_text": say("what the agent answered"),
    "note_text": say("internal note"),
    "transcript": say("the whole conversation in one column"),
    "text": say("one message a row: its text"),
    "role": say("one message a row: who wrote it"),
    "at": say("one message a row: when"),
    "problem": say("the problem in short"),
    "resolution": say("the resolution in short"),
    "steps": say("steps taken"),
    "status": say("status"),
    "tags": say("tags"),
    "category": say("category"),
    "language": say("language"),
    "csat": say("satisfaction"),
    "nps": say("would recommend, 0 to 10"),
    "reopened": say("reopened"),
    "handle_minutes": say("minutes of work"),
    "product": say("product"),
    "channel": say("channel"),
    "created_at": say("opened at"),
    "solved_at": say("solved at"),
    "updated_at": say("changed at"),
    "url": say("link"),
}
"""What a column can say, with the words for it on the page."""


def reason_words(reason: str) -> str:
    """What a reason says."""
    return {str(name): words for name, words in REASONS.items()}.get(reason, reason)
