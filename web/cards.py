"""Typed data for the templates: the cards of similar cases and of policy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.models import Adjustment, Ending, OutcomeCount, SuggestedCase, SuggestedPassage
from knowledge_base.models import PolicyArticle, Record
from web.i18n import day, gettext, mark
from web.phrases import Marked, PhraseView, marked, phrase_views
from web.words import confidence_words, direction

SECTION = 360
"""Characters of a section shown on its card."""
LEAST_MOVE = 0.01
"""Of relevance: what moves a card by less changes no order that an agent would notice."""
ENDINGS = {"reopened": mark("did not hold here: reopened"), "unresolved": mark("not resolved here")}


@dataclass(frozen=True, slots=True)
class MoveView:
    """What moved a card `up` or `down`, in a few words."""

    direction: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A similar case as a card, its texts cut where the phrases that carry the match stand."""

    case: SuggestedCase
    anchor: str
    percent: int
    words: str
    phrases: tuple[PhraseView, ...]
    title: Marked
    resolution: Marked
    problem: Marked
    outcome: str
    tone: str
    moves: tuple[MoveView, ...]
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
    phrases: tuple[PhraseView, ...]
    title: Marked
    section: Marked
    text: Marked
    rest: Marked
    moves: tuple[MoveView, ...]
    internal: bool
    in_force: str
    url: str | None
    lang: str
    dir: str


def case_view(number: int, case: SuggestedCase) -> CaseView:
    """Lay out a case."""
    outcome, tone = outcome_words(case.outcome, case.ended)
    anchor = f"case-{number}"
    phrases = phrase_views(anchor, case.matches)
    return CaseView(
        case=case,
        anchor=anchor,
        percent=round(case.confidence * 100),
        words=confidence_words(case.confidence),
        phrases=phrases,
        title=marked(case.title, "title", phrases),
        resolution=marked(case.resolution, "resolution", phrases),
        problem=marked(case.problem, "problem", phrases),
        outcome=outcome,
        tone=tone,
        moves=_moves(case.adjustments),
        url=web_address(case.source.get("url")),
        lang=case.language,
        dir=direction(case.language),
    )


def passage_view(number: int, passage: SuggestedPassage, article: Record | None) -> PassageView:
    """Lay out a section; its article tells since when and until when it is in force."""
    shown, rest = split_text(passage.text)
    anchor = f"article-{number}"
    phrases = phrase_views(anchor, passage.matches)
    return PassageView(
        passage=passage,
        anchor=anchor,
        percent=round(passage.confidence * 100),
        words=confidence_words(passage.confidence),
        phrases=phrases,
        title=marked(passage.title, "title", phrases),
        section=marked(passage.section, "section", phrases),
        text=marked(shown, "text", phrases),
        rest=marked(rest, "text", phrases, len(passage.text) - len(rest)),
        moves=_moves(passage.adjustments),
        internal=passage.audience is not None,
        in_force=_in_force(article),
        url=web_address(passage.url),
        lang=passage.language,
        dir=direction(passage.language),
    )


def outcome_words(outcome: OutcomeCount, ended: Ending | None = None) -> tuple[str, str]:
    """How often a fix held, with its tone: good, mixed, bad or unknown; that it failed here comes first."""
    worked, tried = outcome.worked, outcome.tried
    counts = {"worked": worked, "tried": tried}
    if ended in ENDINGS:
        told = gettext(ENDINGS[ended])
        if tried > 1:
            told += gettext("; the same fix worked %(worked)s of %(tried)s", **counts)
        return told, "bad"
    if tried == 0:
        return gettext("outcome not recorded"), "unknown"
    if worked == 0:
        never = gettext("never held in %(tried)s", tried=tried)
        return (gettext("did not hold: reopened or failed") if tried == 1 else never), "bad"
    if worked < tried:
        failed = tried - worked
        told = gettext(
            "worked %(worked)s of %(tried)s, %(failed)s reopened or failed", **counts, failed=failed
        )
        return told, "mixed"
    return (gettext("worked") if tried == 1 else gettext("worked %(worked)s of %(tried)s", **counts)), "good"


def web_address(url: str | None) -> str | None:
    """The address if it is the web's: `javascript:` and its like never become links."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def split_text(text: str) -> tuple[str, str]:
    """A section's first sentences, and the rest of it: what fits on a card, and what is worth a click."""
    if len(text) <= SECTION + SECTION // 2:
        return text, ""
    ends = [found.end() for found in re.finditer(r"[.!?。]\s", text) if SECTION // 2 < found.end() <= SECTION]
    at = ends[-1] if ends else SECTION
    return text[:at].rstrip(), text[at:]


def _moves(adjustments: Sequence[Adjustment]) -> tuple[MoveView, ...]:
    """What moved a card enough to be told."""
    return tuple(
        MoveView("up" if one.amount > 0 else "down", _capital(gettext(one.text)))
        for one in adjustments
        if abs(one.amount) >= LEAST_MOVE
    )


def _in_force(article: Record | None) -> str:
    if not isinstance(article, PolicyArticle):
        return ""
    days = [article.effective_from, article.effective_to]
    since, until = (day(one, year=True) if one else "" for one in days)
    if since and until:
        return gettext("in force from %(since)s to %(until)s", since=since, until=until)
    if since:
        return gettext("in force from %(since)s", since=since)
    return gettext("in force to %(until)s", until=until) if until else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
