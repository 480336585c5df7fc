"""The reply that a suggestion offers, in two languages, within what the agent may grant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from copilot.models import CustomerDraft, Draft, Evidence, Situation, Stage, Understanding
from copilot.parts import Parts
from indexer.tongues import primary
from knowledge_base.models import Conversation

if TYPE_CHECKING:
    from copilot.authority.desk import Authorised
    from copilot.draft import Composed, DraftInput


class ReplyWriter:
    """Drafts on the evidence that was found."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def draft_input(
        self,
        conversation: Conversation,
        understanding: Understanding,
        cases: tuple[Evidence, ...],
        passages: tuple[Evidence, ...],
        today: date,
    ) -> DraftInput:
        """What a draft is made from; a conversation that is held like a chat counts as one."""
        from copilot.draft import DraftInput
        from copilot.understand.stage import as_held

        return DraftInput(
            conversation=as_held(conversation),
            understanding=understanding,
            cases=cases,
            passages=passages,
            today=today,
            agent_name=self._parts.agent_name,
        )

    def compose(self, given: DraftInput) -> Composed:
        """A draft on good evidence; on weak or none the holding reply, which promises nothing."""
        strongest = max((e.confidence for e in (*given.cases, *given.passages)), default=0.0)
        drafter = self._parts.drafter
        # In an emergency the desk's own safety reply can't wait for certainty about the subject.
        urgent = given.understanding.situation == Situation.EMERGENCY
        sure = strongest >= self._parts.floors.draft or given.stage in (Stage.THANKS, Stage.GREETING)
        composed = drafter.compose(given) if urgent or sure else None
        return composed or drafter.compose_holding(given)

    def customer_version(
        self, given: DraftInput, composed: Composed
    ) -> tuple[CustomerDraft | None, tuple[str, ...]]:
        """The draft in the customer's language, or the reason why there is none."""
        language = given.understanding.language
        if language is None or primary(language) == primary(self._parts.agent_language):
            return None, ()
        outcome = self._parts.customer_drafter.draft(
            given, composed, language=language, translator=self._parts.translator,
            translated_sections=self._parts.retriever.translations(given.passages, language),
        )  # fmt: skip
        return outcome.draft, (outcome.reason,) if outcome.reason else ()

    def authorised(self, given: DraftInput) -> Authorised:
        """The special case, its escalation with what the customer may be told, and like decisions."""
        from copilot.authority.reply import with_replies
        from copilot.draft import Wanted

        found = self._parts.authority.judge(given.conversation, given.understanding, given.today)
        if found.escalation is None:
            return found
        wanted = Wanted(self._parts.agent_language, seed=given.conversation.id or "")
        templates, language = self._parts.drafter.templates, given.understanding.language
        return replace(found, escalation=with_replies(found.escalation, templates, wanted, language))

    def deciders(self, found: Authorised, language: str | None) -> dict[str, str] | None:
        """Who decides what the agent may not, as customers read it, by language."""
        from copilot.authority.reply import deciders_of

        return deciders_of(found.escalation, self._parts.agent_language, language)

    def within_authority(self, draft: Draft, today: date) -> Draft:
        """The draft with a warning of every grant that its agent may not make alone."""
        above = self._parts.authority.check(draft.text, draft.language, today)
        if not above:
            return draft
        warnings = sorted((*draft.warnings, *above), key=lambda warning: warning.start)
        return replace(draft, warnings=tuple(warnings), ready=False)
