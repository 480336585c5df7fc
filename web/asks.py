"""Typed data for the templates: what to ask the customer first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from copilot.models import Question, Suggestion, Wording
from web.drafts import Targets
from web.i18n import gettext
from web.words import direction, language_name, slot_label


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer and the cards to which it leads, each an anchor and a label."""

    label: str
    leads_to: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AskView:
    """A sentence to be put into the reply. `missing` names the customer's language where it isn't known."""

    title: str
    text: str
    lang: str
    dir: str
    why: str
    answers: tuple[AnswerView, ...] = ()
    customer_text: str = ""
    customer_lang: str = ""
    customer_dir: str = ""
    missing: str = ""


def ask_views(suggestion: Suggestion, targets: Targets) -> Iterator[AskView]:
    """The question that tells the resolutions apart, then the request for what is needed."""
    version = suggestion.customer_draft
    if question := suggestion.question:
        answers = (AnswerView(one.label, tuple(_cards(one.leads_to, targets))) for one in question.answers)
        told = tuple(answer for answer in answers if answer.leads_to)
        yield _view(
            gettext("Ask this first"),
            question,
            gettext(question.why),
            told,
            version.language if version else "",
        )
    if request := suggestion.needed_request:
        names = gettext(", ").join(slot_label(name) for name in suggestion.needed)
        why = gettext("The steps need what this conversation lacks: %(names)s.", names=names)
        yield _view(gettext("Still needed"), request, why, (), version.language if version else "")


def _view(
    title: str, asked: Question | Wording, why: str, answers: tuple[AnswerView, ...], version: str
) -> AskView:
    other = asked.customer_language or ""
    return AskView(
        title=title,
        text=asked.text,
        lang=asked.language,
        dir=direction(asked.language),
        why=why,
        answers=answers,
        customer_text=asked.customer_text or "",
        customer_lang=other,
        customer_dir=direction(other) if other else "",
        missing=language_name(version) if version and not other else "",
    )


def _cards(sources: tuple[str, ...], targets: Targets) -> Iterator[tuple[str, str]]:
    """The cards of some sources; two sections of one article share its card."""
    seen: set[str] = set()
    for source in sources:
        found = targets.get(source) or targets.get(source.partition("#")[0])
        if found and found[0] not in seen:
            seen.add(found[0])
            yield found
