"""What becomes of a draft: an edit is proven, a wording polished, a promise followed up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from copilot.models import Draft, DraftWarning
from copilot.parts import Parts
from copilot.understand.governing import contact_day
from knowledge_base.errors import InputError, NoPolisherError, NotFoundError
from knowledge_base.models import Conversation

if TYPE_CHECKING:
    from copilot.polishing.models import Polished


class Reviewer:
    """Holds texts of agents against what a suggestion showed."""

    def __init__(self, parts: Parts, clock: Callable[[], datetime]) -> None:
        self._parts, self._clock = parts, clock

    def check(
        self, text: str, conversation: Conversation, suggestion_id: str | None = None
    ) -> tuple[DraftWarning, ...]:
        """Warn of what an edited reply says that nothing backs, or that the draft said otherwise."""
        from copilot.draft import check_reply
        from copilot.promises.unbacked import unbacked_promises

        shown, language = self._shown(suggestion_id), self._parts.agent_language
        customer, detected = shown.get("customer_draft"), self._parts.detector.detect(text).language
        if customer and detected == customer["language"]:
            language = customer["language"]
        found = check_reply(text, conversation, shown, language=language, agent_name=self._parts.agent_name)
        spoken = detected or language
        above = self._parts.authority.check(text, spoken, contact_day(conversation, self._clock()))
        promised = unbacked_promises(text, _told(conversation, shown), spoken)
        told = (*above, *promised, *found, *self._misaddressed(text, spoken, shown))
        return tuple(sorted(told, key=lambda warning: warning.start))

    def _misaddressed(self, text: str, language: str, shown: Mapping[str, Any]) -> Iterator[DraftWarning]:
        """Where an edit addresses the customer otherwise than the desk does, and the draft did not."""
        from copilot.translation.register import misaddressing

        versions = (shown.get("draft"), shown.get("customer_draft"))
        offered = "\n".join(version["text"] for version in versions if version).lower().split()
        for match in misaddressing(text, language, self._parts.desk_words.register(language)):
            if match[0].lower() not in offered:
                yield DraftWarning("register", match[0], match.start(), match.end())

    def learn(self, suggestion_id: str, edited: str, *, who: str) -> int:
        """Keep what an agent corrected in the customer's version; gives how many paragraphs were learned.

        That is 0 where the suggestion isn't kept, no translator is configured, or nothing can be used again.
        """
        from copilot.translation.approve import corrections
        from knowledge_base.translations import ApprovedTranslation

        service, shown = self._parts.translator, self._shown(suggestion_id)
        found = list(corrections(shown, edited, service)) if service else []
        for one in found:
            source, target = shown["draft"]["language"], shown["customer_draft"]["language"]
            register = self._parts.desk_words.register(target)
            self._parts.knowledge.translations.keep(
                ApprovedTranslation(source, target, register, one.source, one.target, who, self._clock())
            )
        return len(found)

    def _shown(self, suggestion_id: str | None) -> Mapping[str, Any]:
        """A kept suggestion in the exchange format, empty where it isn't kept."""
        try:
            return self._parts.knowledge.suggestion(suggestion_id) if suggestion_id else {}
        except NotFoundError:
            return {}

    def follow_up(self, promise_id: int) -> Draft:
        """The message that follows a promise, in its language. Raises NotFoundError, InputError."""
        from copilot.promises.follow_up import follow_up

        stored, parts = self._parts.knowledge.promises.find(promise_id), self._parts
        return follow_up(
            stored, parts.drafter.templates, self._clock(),
            agent_language=parts.agent_language, agent_name=parts.agent_name,
        )  # fmt: skip

    def polish(
        self,
        conversation: Conversation,
        *,
        text: str | None = None,
        suggestion_id: str | None = None,
        language: str | None = None,
    ) -> Polished:
        """Reword a text, or the suggestion's draft; what fails the proof or the time leaves it as it is.

        Raises NoPolisherError, NotFoundError for a suggestion that isn't kept, InputError without a draft.
        """
        from copilot.polishing.polisher import Wanted, names_of

        if self._parts.polisher is None:
            raise NoPolisherError(
                "no polisher is configured: set PRECEDENT_POLISHER_URL and PRECEDENT_POLISHER_MODEL"
            )
        text, language = self._to_polish(text, suggestion_id, language)
        understanding, _ = self._parts.understander.understand(conversation)
        names = names_of(conversation, understanding)
        own = (self._parts.agent_name,) if self._parts.agent_name else ()
        wanted = Wanted(text, language, conversation, (*names, *own))
        return self._parts.polisher.polish(wanted, lambda told: self.check(told, conversation, suggestion_id))

    def _to_polish(
        self, text: str | None, suggestion_id: str | None, language: str | None
    ) -> tuple[str, str]:
        """The text to polish with its language: what was given, else the suggestion's draft."""
        if text is None:
            shown = self._parts.knowledge.suggestion(suggestion_id) if suggestion_id else {}
            draft = shown.get("draft")
            if not draft:
                raise InputError("there is no draft to polish: give a text, or a suggestion that has a draft")
            return draft["text"], draft["language"]
        return text, language or self._parts.detector.detect(text).language or self._parts.agent_language


def _told(conversation: Conversation, shown: Mapping[str, Any]) -> list[str]:
    """What may back a promise: what was drafted, the policy shown, and what the desk wrote before."""
    versions = [one["text"] for one in (shown.get("draft"), shown.get("customer_draft")) if one]
    policy = [passage["text"] for passage in shown.get("passages", ())]
    return [*versions, *policy, *(message.text for message in conversation.by("agent"))]
