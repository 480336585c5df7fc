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
from web.i18n import chosen, gettext, mark, ngettext
from web.promises import CommitmentsView, commitments_view
from web.words import SITUATIONS, URGENCIES, emotion_words, language_name, notice, plain, slot_label


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
_STATES = {"draft": mark("in the draft"), "sent": mark("sent before"), "open": mark("still open")}
_PLAYBOOK = {
    "acknowledge": mark("Acknowledge"),
    "own": mark("Own"),
    "explain": mark("Explain"),
    "options": mark("Options"),
    "act": mark("Act"),
    "confirm": mark("Confirm"),
    "follow_up": mark("Follow up"),
}


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
            MoveView(
                gettext(_PLAYBOOK[step.move]), gettext(step.goal), step.state, gettext(_STATES[step.state])
            )
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
            gettext("Language"),
            language_name(language) if language else gettext("not sure"),
            f"{understanding.language_confidence:.0%}" if language else "",
        ),
        Chip(
            gettext("About"),
            plain(category) if category else gettext("not sure"),
            part="category",
            code=category or "",
            corrected=corrections.category is not None,
        ),
        Chip(
            gettext("Mood"),
            emotion_words(mood),
            tone=_MOODS.get(mood, "quiet"),
            part="emotion",
            code=mood,
            corrected=corrections.emotion is not None,
        ),
        Chip(gettext("Urgency"), gettext(URGENCIES[urgency]), tone=_URGENCIES.get(urgency, "quiet")),
    ]
    if situation:
        tone = "alarm" if situation.value == "emergency" else "quiet"
        chips.insert(2, Chip(gettext("Situation"), gettext(SITUATIONS[situation.value]), tone=tone))
    return tuple(chips)


_MOODS = {"angry": "notice", "frustrated": "notice", "worried": "notice"}


_URGENCIES = {"high": "notice", "critical": "alarm"}


def _slot(number: int, slot: Slot) -> Chip:
    kind, _, message = slot.source.partition(":")
    return Chip(
        slot_label(slot.name),
        localized(slot.value, chosen()),
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
    label = gettext("case %(case)s", case=rest) if kind == "case" else (found or ("", plain(rest)))[1]
    return StepView(step.step, found[0] if found else None, label, lang)


def _policy_day(understanding: Understanding) -> Iterator[str]:
    """Which day's policy is shown where it isn't today's."""
    if understanding.policy_date:
        day = localized(understanding.policy_date, chosen())
        told = _POLICY_DAYS.get(understanding.policy_date_of or "", _REQUEST_DAY)
        yield gettext(told, day=day)


_POLICY_DAYS = {
    "delivery_date": mark("Shown is the policy of %(day)s, the day of the delivery, not today's."),
    "order_date": mark("Shown is the policy of %(day)s, the day of the order, not today's."),
    "contract_date": mark("Shown is the policy of %(day)s, the day of the contract, not today's."),
}
_REQUEST_DAY = mark("Shown is the policy of %(day)s, the day of the request, not today's.")


def _notices(suggestion: Suggestion) -> Sequence[str]:
    reason = suggestion.reason
    told = reason in (None, "no_evidence") or reason in suggestion.notices
    return suggestion.notices if told else (str(reason), *suggestion.notices)


def _summary(suggestion: Suggestion) -> str:
    """One sentence for those who hear the page rather than see it."""
    if suggestion.reason == "no_evidence":
        return gettext("Nothing in the knowledge is close enough to this conversation.")
    return gettext("Suggestion ready: %(parts)s.", parts=gettext(", ").join(_parts(suggestion)))


def _parts(suggestion: Suggestion) -> Iterator[str]:
    yield ngettext("%(num)s similar case", "%(num)s similar cases", len(suggestion.cases))
    yield ngettext("%(num)s passage", "%(num)s passages", len(suggestion.passages))
    if suggestion.question:
        yield gettext("a question to ask first")
    if draft := suggestion.draft:
        yield gettext("a draft")
        if draft.gaps:
            yield ngettext("%(num)s value to fill in", "%(num)s values to fill in", len(draft.gaps))
        if draft.warnings:
            yield ngettext("%(num)s warning", "%(num)s warnings", len(draft.warnings))
    if overdue := sum(promise.overdue for promise in suggestion.promises):
        yield ngettext("%(num)s overdue promise", "%(num)s overdue promises", overdue)
    if found := len(suggestion.contradictions):
        yield ngettext("%(num)s contradiction", "%(num)s contradictions", found)
    if suggestion.escalation:
        yield gettext("to be decided by the %(role)s", role=suggestion.escalation.to)
