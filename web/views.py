"""Typed data for the templates: a conversation and a suggestion as an agent reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from copilot.models import (
    OutcomeCount,
    PlanStep,
    Slot,
    SuggestedCase,
    SuggestedPassage,
    Suggestion,
    Understanding,
)
from knowledge_base.models import Conversation, Message, PolicyArticle, Record
from web.drafts import DraftView, Targets, customer_view, draft_view, marked
from web.words import confidence_words, direction, language_name, notice, plain, slot_label

PREVIEW = 110
"""Characters of a message shown in the list: two lines of it."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. `number` counts from 0, as slots name their message."""

    number: int
    role: str
    author: str
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation with its customer."""

    id: str | None
    title: str
    customer: str
    channel: str | None
    facts: tuple[str, ...]
    messages: tuple[MessageView, ...]
    at: datetime | None
    preview: str


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing understood. `tone` is quiet, notice or alarm."""

    label: str
    value: str
    detail: str = ""
    tone: str = "quiet"
    id: str = ""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A similar case as a card; `problem` is cut into (text, matches) stretches."""

    case: SuggestedCase
    anchor: str
    percent: int
    words: str
    problem: tuple[tuple[str, bool], ...]
    outcome: str
    tone: str
    url: str | None
    lang: str
    dir: str


@dataclass(frozen=True, slots=True)
class PassageView:
    """A section of policy as a card."""

    passage: SuggestedPassage
    anchor: str
    percent: int
    words: str
    text: tuple[tuple[str, bool], ...]
    internal: bool
    in_force: str
    url: str | None
    lang: str
    dir: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the plan and the card that it comes from."""

    text: str
    target: str | None
    label: str


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """All that the suggestion's column shows."""

    id: str
    conversation_id: str | None
    no_evidence: bool
    request: str
    chips: tuple[Chip, ...]
    slots: tuple[Chip, ...]
    cases: tuple[CaseView, ...]
    passages: tuple[PassageView, ...]
    plan: tuple[StepView, ...]
    draft: DraftView | None
    customer: DraftView | None
    notices: tuple[str, ...]
    language: str | None
    milliseconds: int | None
    summary: str


def conversation_view(conversation: Conversation, title: str | None = None) -> ConversationView:
    """Lay out a conversation."""
    customer = conversation.customer
    name = customer.name or "Customer"
    messages = tuple(_message(n, m, name) for n, m in enumerate(conversation.messages))
    last = next(
        (m for m in reversed(conversation.messages) if m.role == "customer"), conversation.messages[-1]
    )
    facts = [
        customer.tier,
        f"customer since {customer.joined.year}" if customer.joined else None,
        *(f"{slot_label(slot)} {value}" for slot, value in conversation.slots.items()),
    ]
    return ConversationView(
        id=conversation.id,
        title=title or "Pasted conversation",
        customer=name,
        channel=conversation.channel,
        facts=tuple(fact for fact in facts if fact),
        messages=messages,
        at=conversation.messages[-1].at,
        preview=_shortened(last.text),
    )


def suggestion_view(suggestion: Suggestion, articles: Mapping[str, Record] | None = None) -> SuggestionView:
    """Lay out a suggestion; `articles` by id tell since when and until when the passages are in force."""
    targets = _targets(suggestion)
    total = suggestion.timings_ms.get("total")
    draft = draft_view(suggestion.draft, targets) if suggestion.draft else None
    return SuggestionView(
        id=suggestion.id,
        conversation_id=suggestion.conversation_id,
        no_evidence=suggestion.reason == "no_evidence",
        request=suggestion.understanding.request,
        chips=understanding_chips(suggestion.understanding),
        slots=tuple(_slot(n, slot) for n, slot in enumerate(suggestion.understanding.slots.values())),
        cases=tuple(_case(n, case) for n, case in enumerate(suggestion.cases)),
        passages=tuple(
            _passage(n, passage, (articles or {}).get(passage.article_id))
            for n, passage in enumerate(suggestion.passages)
        ),
        plan=_plan(suggestion, targets),
        draft=draft,
        customer=customer_view(suggestion.customer_draft, targets) if suggestion.customer_draft else None,
        notices=tuple(notice(code) for code in _notices(suggestion)),
        language=suggestion.understanding.language,
        milliseconds=None if total is None else max(1, round(total)),
        summary=_summary(suggestion),
    )


def understanding_chips(understanding: Understanding) -> tuple[Chip, ...]:
    """What was understood, quiet unless somebody has to act soon."""
    language = understanding.language
    chips = [
        Chip(
            "Language",
            language_name(language) if language else "not sure",
            f"{understanding.language_confidence:.0%}" if language else "",
        ),
        Chip("About", plain(understanding.category) if understanding.category else "not sure"),
        Chip("Mood", understanding.emotion.value, tone=_MOODS.get(understanding.emotion.value, "quiet")),
        Chip(
            "Urgency", understanding.urgency.value, tone=_URGENCIES.get(understanding.urgency.value, "quiet")
        ),
    ]
    if understanding.situation:
        tone = "alarm" if understanding.situation.value == "emergency" else "quiet"
        chips.insert(2, Chip("Situation", plain(understanding.situation.value), tone=tone))
    return tuple(chips)


_MOODS = {"angry": "notice", "frustrated": "notice", "worried": "notice"}
_URGENCIES = {"high": "notice", "critical": "alarm"}
_AUTHORS = {"agent": "Agent", "note": "Internal note"}


def outcome_words(outcome: OutcomeCount) -> tuple[str, str]:
    """How often a fix held, with its tone: good, mixed, bad or unknown."""
    worked, tried = outcome.worked, outcome.tried
    if tried == 0:
        return "outcome not recorded", "unknown"
    if worked == 0:
        return ("did not hold: reopened or failed" if tried == 1 else f"never held in {tried}"), "bad"
    if worked < tried:
        return f"worked {worked} of {tried}, {tried - worked} reopened or failed", "mixed"
    return ("worked" if tried == 1 else f"worked {worked} of {tried}"), "good"


def web_address(url: str | None) -> str | None:
    """The address if it is the web's: `javascript:` and its like never become links."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _in_force(article: Record | None) -> str:
    if not isinstance(article, PolicyArticle):
        return ""
    days = [article.effective_from, article.effective_to]
    words = [f"{word} {day:%-d %b %Y}" for word, day in zip(("from", "to"), days, strict=True) if day]
    return f"in force {' '.join(words)}" if words else ""


def _message(number: int, message: Message, customer: str) -> MessageView:
    author = _AUTHORS.get(message.role, customer)
    return MessageView(number, message.role, author, message.text, message.at)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW else line[: PREVIEW - 1].rstrip() + "…"


def _slot(number: int, slot: Slot) -> Chip:
    return Chip(slot_label(slot.name), slot.value, id=f"slot-{number}")


def _case(number: int, case: SuggestedCase) -> CaseView:
    outcome, tone = outcome_words(case.outcome)
    return CaseView(
        case=case,
        anchor=f"case-{number}",
        percent=round(case.confidence * 100),
        words=confidence_words(case.confidence),
        problem=marked(case.problem, case.why),
        outcome=outcome,
        tone=tone,
        url=web_address(case.source.get("url")),
        lang=case.language,
        dir=direction(case.language),
    )


def _passage(number: int, passage: SuggestedPassage, article: Record | None) -> PassageView:
    return PassageView(
        passage=passage,
        anchor=f"article-{number}",
        percent=round(passage.confidence * 100),
        words=confidence_words(passage.confidence),
        text=marked(passage.text, passage.why),
        internal=passage.audience is not None,
        in_force=_in_force(article),
        url=web_address(passage.url),
        lang=passage.language,
        dir=direction(passage.language),
    )


def _targets(suggestion: Suggestion) -> Targets:
    """The cards on the page by the source that a span names, each with its label."""
    cards = {f"case:{case.id}": (f"case-{n}", case.title) for n, case in enumerate(suggestion.cases)}
    for n, passage in enumerate(suggestion.passages):
        label = " › ".join(part for part in (passage.title, passage.section) if part)
        cards[f"article:{passage.article_id}"] = (f"article-{n}", label)
    for n, name in enumerate(suggestion.understanding.slots):
        cards[f"slot:{name}"] = (f"slot-{n}", slot_label(name))
    return cards


def _plan(suggestion: Suggestion, targets: Targets) -> tuple[StepView, ...]:
    """The steps; of several from one source the last names it."""
    steps, after = suggestion.plan, [step.source for step in suggestion.plan[1:]]
    return tuple(
        StepView(step.step, None, "") if step.source == following else _step(step, targets)
        for step, following in zip(steps, [*after, ""], strict=False)
    )


def _step(step: PlanStep, targets: Targets) -> StepView:
    kind, _, rest = step.source.partition(":")
    found = targets.get(step.source) or targets.get(step.source.partition("#")[0])
    label = f"case {rest}" if kind == "case" else (found or ("", plain(rest)))[1]
    return StepView(step.step, found[0] if found else None, label)


def _notices(suggestion: Suggestion) -> Sequence[str]:
    reason = suggestion.reason
    told = reason in (None, "no_evidence") or reason in suggestion.notices
    return suggestion.notices if told else (str(reason), *suggestion.notices)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _summary(suggestion: Suggestion) -> str:
    """One sentence for those who hear the page rather than see it."""
    if suggestion.reason == "no_evidence":
        return "Nothing in the knowledge is close enough to this conversation."
    parts = [_counted(len(suggestion.cases), "similar case"), _counted(len(suggestion.passages), "passage")]
    if suggestion.draft:
        parts.append("a draft")
        if suggestion.draft.gaps:
            parts.append(f"{_counted(len(suggestion.draft.gaps), 'value')} to fill in")
        if suggestion.draft.warnings:
            parts.append(_counted(len(suggestion.draft.warnings), "warning"))
    return "Suggestion ready: " + ", ".join(parts) + "."
