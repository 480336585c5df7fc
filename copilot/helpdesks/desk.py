"""Helpdesks at work: a webhook is put down at once and worked at after, its answer a private note."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from copilot.helpdesks.client import BusyHelpdeskError
from copilot.helpdesks.models import Helpdesk
from copilot.helpdesks.note import note_of
from copilot.repeats import digest_of
from knowledge_base.conversation_log import Arriving
from knowledge_base.conversations import conversation_from_dict, conversation_to_dict
from knowledge_base.errors import ConflictError, HelpdeskError, InputError, NotFoundError, PrecedentError
from knowledge_base.models import Conversation

if TYPE_CHECKING:
    from copilot.inbox import Inbox
    from knowledge_base.deliveries import Delivery, DeliveryQueue

ELSEWHERE = ("chatwoot", "zammad", "zendesk")
"""What the ids of conversations begin with that live in a helpdesk, where replies are sent from there."""
log = logging.getLogger("precedent.helpdesks")
LOOK_SECONDS = 1.0
"""How often deliveries are looked for that another process put down; one's own are worked at once."""
MOST_TRIES = 6
FIRST_WAIT = timedelta(seconds=5)
"""Until the second try; each further one waits four times as long, the last an hour and a half."""


class Helpdesks:
    """The helpdesks that the operator configured; thread-safe."""

    def __init__(
        self, helpdesks: Sequence[Helpdesk], queue: DeliveryQueue, inbox: Inbox, *, page: str | None = None
    ) -> None:
        self._by_name = {one.name: one for one in helpdesks}
        self._queue, self._inbox, self._page = queue, inbox, page
        self._wake = threading.Event()

    def __bool__(self) -> bool:
        """Whether any is configured."""
        return bool(self._by_name)

    def of(self, conversation_id: str) -> Helpdesk | None:
        """The helpdesk that a conversation lives in; None for one that lives here."""
        return self._by_name.get(conversation_id.partition("-")[0])

    def take(self, name: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Put a webhook down to be worked at; False where it asks for nothing or is known.

        Raises NotFoundError for a helpdesk that isn't configured, SignatureError, InputError.
        """
        helpdesk = self._by_name.get(name)
        if helpdesk is None:
            raise NotFoundError("helpdesk", name)
        helpdesk.verify(headers, body)
        arrival = helpdesk.read(_document(body))
        if arrival is None:
            return False
        document = {
            "conversation": conversation_to_dict(arrival.conversation),
            "external_ids": arrival.external_ids,
            "state": arrival.state,
        }
        fresh = self._queue.put(name, arrival.key, arrival.conversation.id or "", document)
        self._wake.set()
        return fresh

    def post_note(self, conversation_id: str, text: str | None = None) -> None:
        """Post a text, else the suggestion for a conversation as it stands, at an agent's wish.

        Raises NotFoundError, ConflictError without a helpdesk or evidence, HelpdeskError.
        """
        helpdesk = self.of(conversation_id)
        if helpdesk is None:
            raise ConflictError(f"the conversation {conversation_id!r} lives in no configured helpdesk")
        if text is None:
            _, suggestion = self._inbox.suggestion(conversation_id)
            text = note_of(suggestion, self._page)
            if text is None:
                raise ConflictError("nothing in the knowledge is close enough; there is no note to post")
        helpdesk.post_note(conversation_id, text)

    def run(self, stopping: threading.Event) -> None:
        """Work until told to stop; for a thread of its own."""
        while not stopping.is_set():
            if not self.work():
                self._wake.wait(LOOK_SECONDS)
                self._wake.clear()

    def work(self) -> bool:
        """Work at one delivery; False where none is due. What fails is told in the log and tried again."""
        try:
            delivery = self._queue.claim()
            if delivery is None:
                return False
            self._attempt(delivery)
        except PrecedentError as error:  # the base itself can't be reached: later
            log.warning("deliveries wait: %s", error)
            return False
        return True

    def _attempt(self, delivery: Delivery) -> None:
        """The log names no text: a conversation's id and what kind of thing went wrong."""
        try:
            self._deliver(delivery)
            self._queue.done(delivery)
        except BusyHelpdeskError as error:
            self._again(delivery, f"{error}")
        except HelpdeskError as error:
            log.warning("%s: the note is not posted again: %s", delivery.conversation_id, error)
            self._queue.failed(delivery)
        except InputError as error:
            log.warning("%s: can't be taken in (%s)", delivery.conversation_id, type(error).__name__)
            self._queue.failed(delivery)
        except Exception as error:  # noqa: BLE001 - the worker outlives whatever one delivery brings
            self._again(delivery, type(error).__name__)

    def _again(self, delivery: Delivery, why: str) -> None:
        if delivery.tries + 1 >= MOST_TRIES:
            log.error("%s: given up after %d tries: %s", delivery.conversation_id, MOST_TRIES, why)
            self._queue.failed(delivery)
            return
        log.warning("%s: tried again later: %s", delivery.conversation_id, why)
        self._queue.again(delivery, FIRST_WAIT * 4**delivery.tries)

    def _deliver(self, delivery: Delivery) -> None:
        document = delivery.document
        told = conversation_from_dict(document["conversation"], "webhook")
        if document["state"] is not None:
            self._settle(delivery.conversation_id, document["state"])
            return
        self._take_in(told, document["external_ids"])
        if told.messages[-1].role == "customer" and not self._queue.overtaken(delivery):
            self._answer(delivery)

    def _settle(self, conversation_id: str, state: Any) -> None:
        try:
            self._inbox.log.settle(conversation_id, state)
        except NotFoundError:
            log.info("%s: closed or opened before anything of it arrived", conversation_id)

    def _take_in(self, told: Conversation, external_ids: Sequence[str]) -> None:
        arriving = [Arriving(m, name) for m, name in zip(told.messages, external_ids, strict=True)]
        try:
            self._inbox.append(told.id or "", arriving)
        except NotFoundError:
            self._inbox.receive(told, external_ids)

    def _answer(self, delivery: Delivery) -> None:
        helpdesk = self.of(delivery.conversation_id)
        assert helpdesk is not None  # it told of the conversation
        _, suggestion = self._inbox.suggestion(delivery.conversation_id)
        note = note_of(suggestion, self._page)
        if note is not None and self._queue.posting(delivery, digest_of(suggestion)):
            helpdesk.post_note(delivery.conversation_id, note)


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise InputError("the webhook's body is no JSON object")
    return document
