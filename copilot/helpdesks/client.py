"""One request to a helpdesk's API: what it refuses for good, and what may be tried again."""

from __future__ import annotations

from copilot.translation.http import Request, send
from knowledge_base.errors import (
    HelpdeskError,
    ProviderAuthError,
    ProviderUnreachedError,
    RateLimitedError,
    TranslationError,
)

SECONDS = 10.0
"""A helpdesk that takes longer for a note is taken to have failed."""


class BusyHelpdeskError(HelpdeskError):
    """The helpdesk asked to wait or isn't there: nothing was taken, so the same may be sent again."""

    status = 503


def post(request: Request, *, who: str) -> None:
    """Send a request. Raises BusyHelpdeskError where it surely was not taken, else HelpdeskError."""
    failure: HelpdeskError
    try:
        send(request, who=who, timeout_seconds=SECONDS)
        return
    except RateLimitedError:
        failure = BusyHelpdeskError(f"{who} asks to slow down; try again in a minute")
    except ProviderUnreachedError as error:
        failure = BusyHelpdeskError(f"{error}")
    except ProviderAuthError:
        failure = HelpdeskError(f"{who} refuses the token; check PRECEDENT_{who.upper()}_TOKEN")
    except TranslationError as error:  # it may have taken the note, or may not
        failure = HelpdeskError(f"{error}")
    raise failure  # raised out here: the library's exceptions hold the text
