"""Typed data for the templates: a suggestion as an agent reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from copilot.drafting.slots import localized
from copilot.models import Draft, PlanStep, Slot, Suggestion, Understanding
from knowledge_base.models import Corrections, Record
from web.asks import AskView, ask_views
from web.authority import AuthorityView, authority_view
from web.cards import CaseView, PassageView, case_view, passage_view
from web.drafts import DraftView, Targets, customer_view, draft_view
from web.promises import CommitmentsView, commitments_view
from web.words import language_name, notice, plain, slot_label


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing understood. `tone` is quiet, notice or alarm.

    `part` is what a correction of it is called, `code` its value there, `corrected` whether an agent put it
    right already. `message` is the number of the message that says it.
    """

    label: str
    value: str
    detail: str = ""
    tone: str = "quiet"
    id: str = ""
    part: str = ""
    code: str = ""
    corrected: bool = False
    message: int | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the plan and the card that it comes from."""

    text: str
    target: str | None
    label: str
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class MoveView:
    """A move of the playbook: what it must do, and where it stands, as a code and in words."""

    name: str
    goal: str
    state: str
    words: str


_NONE = Corrections()
_STATES = {"draft": "in the draft", "sent": "sent before", "open": "still open"}


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """All that the suggestion's column shows."""

    id: str
    conversation_id: str | None
    no_evidence: bool
    holding: bool
    request: str
    chips: tuple[Chip, ...]
    slots: tuple[Chip, ...]
    cases: tuple[CaseView, ...]
    passages: tuple[PassageView, ...]
    plan: tuple[StepView, ...]
    playbook: tuple[MoveView, ...]
    draft: DraftView | None
    customer: DraftView | None
    notices: tuple[str, ...]
    language: str | None
    milliseconds: int | None
    asks: tuple[AskView, ...]
    summary: str
    commitments: CommitmentsView
    authority: AuthorityView | None = None


def suggestion_view(
    suggestion: Suggestion,
    articles: Mapping[str, Record] | None = None,
    corrections: Corrections = _NONE,
) -> SuggestionView:
    """Lay out a suggestion; `articles` by id tell since when and until when the passages are in force.

    `corrections` are what an agent put right in how its conversation is understood.
    """
    targets = _targets(suggestion)
    total = suggestion.timings_ms.get("total")
    draft = draft_view(suggestion.draft, targets) if suggestion.draft else None
    return SuggestionView(
        id=suggestion.id,
        conversation_id=suggestion.conversation_id,
        no_evidence=suggestion.reason == "no_evidence",
        holding=suggestion.reason == "no_evidence" or _holds(suggestion.draft),
        request=suggestion.understanding.request,
        chips=understanding_chips(suggestion.understanding, corrections),
        slots=tuple(_slot(n, slot) for n, slot in enumerate(suggestion.understanding.slots.values())),
        cases=tuple(case_view(n, case) for n, case in enumerate(suggestion.cases)),
        passages=tuple(
            passage_view(n, passage, (articles or {}).get(passage.article_id))
            for n, passage in enumerate(suggestion.passages)
        ),
        plan=_plan(suggestion, targets),
        playbook=tuple(
            MoveView(plain(step.move).capitalize(), step.goal, step.state, _STATES[step.state])
            for step in suggestion.playbook
        ),
        draft=draft,
        customer=customer_view(suggestion.customer_draft, targets) if suggestion.customer_draft else None,
        notices=(*_policy_day(suggestion.understanding), *(notice(code) for code in _notices(suggestion))),
        language=suggestion.understanding.language,
        milliseconds=None if total is None else max(1, round(total)),
        asks=tuple(ask_views(suggestion, targets)),
        summary=_summary(suggestion),
        commitments=commitments_view(suggestion),
        authority=authority_view(suggestion, targets),
    )


def understanding_chips(understanding: Understanding, corrections: Corrections) -> tuple[Chip, ...]:
    """What was understood, quiet unless somebody has to act soon."""
    language, category, mood = understanding.language, understanding.category, understanding.emotion.value
    urgency, situation = understanding.urgency.value, understanding.situation
    chips = [
        Chip(
            "Language",
            language_name(language) if language else "not sure",
            f"{understanding.language_confidence:.0%}" if language else "",
        ),
        Chip(
            "About",
            plain(category) if category else "not sure",
            part="category",
            code=category or "",
            corrected=corrections.category is not None,
        ),
        Chip(
            "Mood",
            mood,
            tone=_MOODS.get(mood, "quiet"),
            part="emotion",
            code=mood,
            corrected=corrections.emotion is not None,
        ),
        Chip("Urgency", urgency, tone=_URGENCIES.get(urgency, "quiet")),
    ]
    if situation:
        tone = "alarm" if situation.value == "emergency" else "quiet"
        chips.insert(2, Chip("Situation", plain(situation.value), tone=tone))
    return tuple(chips)


_MOODS = {"angry": "notice", "frustrated": "notice", "worried": "notice"}


_URGENCIES = {"high": "notice", "critical": "alarm"}


def _slot(number: int, slot: Slot) -> Chip:
    kind, _, message = slot.source.partition(":")
    return Chip(
        slot_label(slot.name),
        localized(slot.value, "en"),
        slot.text,
        id=f"slot-{number}",
        part=slot.name,
        code=slot.value,
        message=int(message) if kind == "message" else None,
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


def _holds(draft: Draft | None) -> bool:
    """Whether a draft only acknowledges, which the copilot writes when the evidence is too weak for more."""
    return draft is not None and any(
        "holding" in span.source.removeprefix("template:").split("/")[:2] for span in draft.spans
    )


def _plan(suggestion: Suggestion, targets: Targets) -> tuple[StepView, ...]:
    """The steps; of several from one source the last names it."""
    steps, after = suggestion.plan, [step.source for step in suggestion.plan[1:]]
    tongues = {f"case:{case.id}": case.language for case in suggestion.cases}
    tongues |= {f"article:{passage.article_id}": passage.language for passage in suggestion.passages}
    return tuple(
        _step(step, targets, tongues.get(step.source.partition("#")[0]), named=step.source != following)
        for step, following in zip(steps, [*after, ""], strict=False)
    )


def _step(step: PlanStep, targets: Targets, lang: str | None, *, named: bool) -> StepView:
    if not named:
        return StepView(step.step, None, "", lang)
    kind, _, rest = step.source.partition(":")
    found = targets.get(step.source) or targets.get(step.source.partition("#")[0])
    label = f"case {rest}" if kind == "case" else (found or ("", plain(rest)))[1]
    return StepView(step.step, found[0] if found else None, label, lang)


def _policy_day(understanding: Understanding) -> Iterator[str]:
    """Which day's policy is shown where it isn't today's."""
    if understanding.policy_date:
        of = {"delivery_date": "the delivery", "order_date": "the order", "contract_date": "the contract"}
        what = of.get(understanding.policy_date_of or "", "the request")
        day = localized(understanding.policy_date, "en")
        yield f"Shown is the policy of {day}, the day of {what}, not today's."


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
    if suggestion.question:
        parts.append("a question to ask first")
    if suggestion.draft:
        parts.append("a draft")
        if suggestion.draft.gaps:
            parts.append(f"{_counted(len(suggestion.draft.gaps), 'value')} to fill in")
        if suggestion.draft.warnings:
            parts.append(_counted(len(suggestion.draft.warnings), "warning"))
    overdue = sum(promise.overdue for promise in suggestion.promises)
    if overdue:
        parts.append(_counted(overdue, "overdue promise"))
    if suggestion.contradictions:
        parts.append(_counted(len(suggestion.contradictions), "contradiction"))
    if suggestion.escalation:
        parts.append(f"to be decided by the {suggestion.escalation.to}")
    return "Suggestion ready: " + ", ".join(parts) + "."
