"""Promises of an edited reply that neither the draft nor policy makes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from copilot.models import DraftWarning
from copilot.promises.reading import PromiseKind, commitments_in

CODE = "unsupported_promise"
# What costs the desk something. That somebody looks into it or writes again is the agent's own to promise.
BINDING: frozenset[PromiseKind] = frozenset({"refund", "replacement", "credit", "delivery"})
# A rule says when it is kept, "within 5 days after the parcel was scanned": a time, not a condition.
_AFTER = re.compile(
    r",?\s\b(?:after|once|as soon as|nachdem|sobald|après|une fois|dès que"
    r"|después|cuando|una vez|en cuanto)\b"
    r"[^.,;\n]*",
    re.IGNORECASE,
)


def unbacked_promises(
    text: str, told: Iterable[str], language: str | None = None
) -> tuple[DraftWarning, ...]:
    """Warn of each sentence that promises what no text of `told` promises; offsets are the text's.

    `told` are the draft, the policy shown and what the desk wrote before. What they promise only on a
    condition ("if", "unless") backs no promise without one.
    """
    made = [one for one in commitments_in(text, language) if one.kind in BINDING]
    if not made:
        return ()
    backed = {one.kind for source in told for one in commitments_in(_AFTER.sub("", source))}
    return tuple(
        DraftWarning(CODE, text[one.start : one.end], one.start, one.end)
        for one in made
        if one.kind not in backed
    )
