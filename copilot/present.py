"""From evidence to what the agent sees of it."""

from __future__ import annotations

from collections.abc import Mapping

from copilot.models import Ending, Evidence, OutcomeCount, SuggestedCase, SuggestedPassage
from knowledge_base.models import Outcome, Source, tries_of


def suggested_case(evidence: Evidence) -> SuggestedCase:
    """A similar case; the evidence must carry its case."""
    case = evidence.case
    if case is None:
        raise ValueError("a case's evidence carries its case")
    return SuggestedCase(
        id=case.id,
        title=case.title or evidence.passage.title,
        relevance=evidence.relevance,
        confidence=evidence.confidence,
        why=evidence.why,
        resolution=case.resolution,
        steps=case.steps,
        outcome=evidence.outcome or outcome_count(case.outcome),
        source=source_links(case.source),
        language=case.language,
        category=case.category,
        problem=evidence.passage.text,
        reply=case.reply,
        matches=evidence.matches,
        ended=ending(case.outcome),
        adjustments=evidence.adjustments,
    )


def suggested_passage(evidence: Evidence) -> SuggestedPassage:
    """A stretch of policy."""
    passage = evidence.passage
    return SuggestedPassage(
        article_id=passage.source_id,
        title=passage.title,
        section=passage.heading,
        text=passage.text,
        relevance=evidence.relevance,
        confidence=evidence.confidence,
        why=evidence.why,
        language=passage.language,
        audience=passage.audience,
        url=evidence.url,
        matches=evidence.matches,
        adjustments=evidence.adjustments,
    )


def outcome_count(outcome: Outcome) -> OutcomeCount:
    """A fix that held: resolved, and the customer did not have to come back."""
    worked, tried = tries_of(outcome)
    return OutcomeCount(worked=worked, tried=tried)


def ending(outcome: Outcome) -> Ending | None:
    """How one case ended; None where the desk doesn't know."""
    if outcome.resolved is None:
        return None
    if not outcome.resolved:
        return "unresolved"
    return "reopened" if outcome.reopened else "held"


def source_links(source: Source) -> Mapping[str, str | None]:
    """Only web addresses become links: a `javascript:` address from an import must not."""
    url = source.url if source.url and source.url.startswith(("https://", "http://")) else None
    return {"system": source.system, "id": source.id, "url": url}
