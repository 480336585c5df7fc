"""How like cases were decided: the newest grants and resolved cases of the same clause or kind."""

from __future__ import annotations

from collections.abc import Iterable

from copilot.authority.given import given_in
from copilot.authority.words import authority_words, knows
from copilot.models import LikeDecision
from copilot.present import ending
from knowledge_base.grants import Grant
from knowledge_base.models import Case

MOST_LIKE = 3
MOST_WHY = 240


def newest(found: Iterable[LikeDecision]) -> tuple[LikeDecision, ...]:
    """The newest of all, each once, at most MOST_LIKE."""
    told = {one.source: one for one in found}.values()
    return tuple(sorted(told, key=lambda one: one.day or "", reverse=True)[:MOST_LIKE])


def of_grant(grant: Grant) -> LikeDecision:
    """A logged grant."""
    amounts = (str(grant.amount),) if grant.amount else ()
    who = f"{grant.who} ({grant.approved_by})" if grant.approved_by else grant.who
    clause = f"article:{grant.article}" if grant.article else None
    day = grant.at.date().isoformat()
    return LikeDecision(
        f"grant:{grant.id}", "granted", grant.kind, amounts, day, who, grant.why[:MOST_WHY], clause
    )


def of_case(case: Case, section: str, kind: str) -> LikeDecision:
    """A resolved case that cites the clause, with what its reply granted."""
    words = authority_words(case.language if knows(case.language) else None)
    amounts = tuple(dict.fromkeys(str(one.money) for one in given_in(case.reply or "", words)))
    day = case.resolved_at.date().isoformat() if case.resolved_at else None
    return LikeDecision(
        f"case:{case.id}", ending(case.outcome), kind, amounts, day, None, _short(case.resolution),
        f"article:{section}",
    )  # fmt: skip


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_WHY else line[: MOST_WHY - 1].rsplit(" ", 1)[0] + "…"
