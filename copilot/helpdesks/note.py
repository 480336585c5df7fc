"""A suggestion as a private note in a helpdesk: plain text, the reply first, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from copilot.models import Suggestion

MOST_SOURCES = 3


def note_of(suggestion: Suggestion, page: str | None) -> str | None:
    """The note, with a link to the conversation where the address of the `page` is known.

    None where nothing in the knowledge is close enough: an agent isn't called for that.
    """
    if suggestion.reason == "no_evidence" or suggestion.draft is None:
        return None
    return "\n\n".join(part for part in _parts(suggestion, page) if part)


def _parts(suggestion: Suggestion, page: str | None) -> Iterator[str]:
    draft, version = suggestion.draft, suggestion.customer_draft
    assert draft is not None  # `note_of` asks
    yield "Precedent suggests:"
    if version is not None:
        yield f"— For the customer ({version.language}) —\n{version.text}"
    yield f"— {'In your language' if version else 'Draft'} ({draft.language}) —\n{draft.text}"
    yield _todo(suggestion)
    yield _sources(suggestion)
    if page and suggestion.conversation_id:
        yield f"{page.rstrip('/')}/?conversation={quote(suggestion.conversation_id, safe='')}"


def _todo(suggestion: Suggestion) -> str:
    """What is to be looked at before it is sent."""
    draft = suggestion.draft
    assert draft is not None
    lines = [f"Fill in: {', '.join(gap.replace('_', ' ') for gap in draft.gaps)}."] if draft.gaps else []
    lines += [f"Check “{warning.text}”: nothing backs it." for warning in draft.warnings]
    if suggestion.escalation:
        lines.append(f"To be decided by the {suggestion.escalation.to}: {suggestion.escalation.why}")
    return "\n".join(lines)


def _sources(suggestion: Suggestion) -> str:
    cases = [f"{case.title} ({case.id}), {case.confidence:.0%} sure" for case in suggestion.cases]
    passages = [
        f"{' › '.join(filter(None, (one.title, one.section)))}, {one.confidence:.0%} sure"
        for one in suggestion.passages
    ]
    lines = [f"Case: {line}" for line in cases[:MOST_SOURCES]]
    return "\n".join([*lines, *(f"Policy: {line}" for line in passages[:MOST_SOURCES])])
