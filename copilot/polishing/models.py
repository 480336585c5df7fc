"""What became of a draft that was to be polished."""

from __future__ import annotations

from dataclasses import dataclass

from copilot.models import DraftWarning


@dataclass(frozen=True, slots=True)
class Polished:
    """The text that stands in `draft`'s place. Without `polished` it is the draft, and `reason` says why."""

    text: str
    draft: str
    polished: bool
    reason: str | None = None
    warnings: tuple[DraftWarning, ...] = ()
