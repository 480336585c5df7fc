"""Polishing a draft: masked, asked for within a deadline, proven; whatever fails, the draft stands."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from copilot.models import Understanding
from copilot.polishing.acceptance import Judge, Prove
from copilot.polishing.claims import LANGUAGES
from copilot.polishing.completion import Completion, Completions, Server
from copilot.polishing.models import Polished
from copilot.polishing.prompt import messages_of, said_by_customer
from copilot.polishing.sheet import Sheet, sheet_of
from copilot.translation.codes import primary
from copilot.understand.language import LanguageDetector
from knowledge_base.models import Conversation

log = logging.getLogger(__name__)
AT_ONCE = 4
"""Polishings at the same time: each holds one of the web server's forty threads while it waits."""
LONGEST_DRAFT = 8_000
"""Characters; a model takes longer over more than anybody would wait."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A draft to be polished. `names` are values of the conversation that must not leave the desk."""

    text: str
    language: str
    conversation: Conversation
    names: tuple[str, ...] = ()


class Polisher:
    """Rewords drafts by a language model. Thread-safe; keeps no text."""

    def __init__(
        self, server: Server, detector: LanguageDetector, *, read_conversation: bool = False
    ) -> None:
        """With `read_conversation` the customer's words are sent too, names and figures taken out."""
        self._completions = Completions(server)
        self._detector = detector
        self._read_conversation = read_conversation
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def polish(self, wanted: Wanted, prove: Prove) -> Polished:
        """The wording that stands, and why it is the draft's where it is. `prove` gives a text's warnings."""
        language = primary(wanted.language)
        reason = _unfit(wanted, language)
        if reason:
            done = _as_it_is(wanted, reason, prove)
        else:
            done = self._polished(wanted, sheet_of(wanted.text, language, wanted.names), prove)
        if done.reason:
            log.info("a draft was not polished: %s", done.reason)
        return done

    def _polished(self, wanted: Wanted, sheet: Sheet, prove: Prove) -> Polished:
        if not any(line.strip() for line in sheet.lines):
            return _as_it_is(wanted, "nothing_to_polish", prove)
        completion = self._in_turn(wanted, sheet)
        if completion.reason:
            return _as_it_is(wanted, completion.reason, prove)
        return Judge(self._detector, prove).decide(wanted.text, sheet, completion.text)

    def _in_turn(self, wanted: Wanted, sheet: Sheet) -> Completion:
        """What the model answers, unless too many are waiting for it already."""
        if not self._turns.acquire(blocking=False):
            return Completion(reason="busy")
        try:
            said = ""
            if self._read_conversation:
                said = said_by_customer(wanted.conversation, sheet.language, wanted.names)
            return self._completions.ask(messages_of(sheet, said))
        finally:
            self._turns.release()


def names_of(conversation: Conversation, understanding: Understanding) -> tuple[str, ...]:
    """The values of a conversation that belong to its customer, names by their parts too."""
    found = [*conversation.slots.values(), conversation.customer.name or ""]
    found += [part for slot in understanding.slots.values() for part in (slot.value, slot.text)]
    name = understanding.slots.get("customer_name")
    whole = [conversation.customer.name or "", name.value if name else ""]
    return tuple(dict.fromkeys(filter(None, (*found, *" ".join(whole).split()))))


def _unfit(wanted: Wanted, language: str) -> str | None:
    """Why a draft isn't sent at all."""
    if language not in LANGUAGES:
        return "language_not_proven"
    return "too_long" if len(wanted.text) > LONGEST_DRAFT else None


def _as_it_is(wanted: Wanted, reason: str, prove: Prove) -> Polished:
    return Polished(wanted.text, wanted.text, False, reason, prove(wanted.text))
