"""Gaps as the API and the command line tell them: the same words in both."""

from __future__ import annotations

from typing import Any

from copilot.gaps.models import Basis, Found, Gap, OpenGap, Share, Slow, Unused, UnusedKind
from copilot.gaps.proposals import Proposal
from knowledge_base.codec import format_time
from knowledge_base.gap_decisions import StoredDecision
from knowledge_base.records import record_to_dict

GAP_COLUMNS = (
    "id", "name", "conversations", "nothing_shown", "all_rejected", "recent", "before", "trend", "languages",
    "category", "nearest", "confidence", "solved",
)  # fmt: skip


def gaps_entry(
    found: Found, waiting: list[OpenGap], decided: list[StoredDecision], *, most: int | None = None
) -> dict[str, Any]:
    """All that was found; `most` gaps at most."""
    return {
        "basis": basis_entry(found.basis),
        "gaps": [gap_entry(one) for one in waiting[:most]],
        "answered_since": [{"id": one.id, "name": one.name} for one in found.gaps if one.answered],
        "decided": [decision_entry(one) for one in decided],
        "slow": [slow_entry(one) for one in found.slow],
        "categories_with_too_few_cases": found.too_few_cases,
        "unused": [unused_entry(one) for one in found.unused],
        "at": format_time(found.at),
        "seconds": round(found.seconds, 2),
    }


def basis_entry(basis: Basis) -> dict[str, Any]:
    """What the figures stand on."""
    return {
        "since": format_time(basis.since), "until": format_time(basis.until), "asked": basis.asked,
        "nothing_shown": basis.nothing, "all_rejected": basis.rejected, "singles": basis.singles,
        "not_compared": basis.apart,
    }  # fmt: skip


def gap_entry(one: OpenGap) -> dict[str, Any]:
    """A gap that waits."""
    gap = one.gap
    return {
        "id": gap.id,
        "name": gap.name,
        "conversations": len(gap.members),
        "nothing_shown": gap.why("nothing"),
        "all_rejected": gap.why("rejected"),
        "trend": {"recent": gap.trend.recent, "before": gap.trend.before, "way": gap.trend.way},
        "languages": [{"language": language, "conversations": n} for language, n in gap.languages],
        "category": gap.category,
        "nearest": _nearest(gap),
        "questions": list(gap.questions),
        "samples": [member.conversation for member in gap.samples],
        "solved": len(gap.solved),
        "decided_before": decision_entry(one.before) if one.before else None,
        "since_then": one.fresh,
    }


def gap_row(one: OpenGap) -> list[Any]:
    """A gap as a row under GAP_COLUMNS."""
    gap, miss = one.gap, one.gap.miss
    return [
        gap.id, gap.name, len(gap.members), gap.why("nothing"), gap.why("rejected"), gap.trend.recent,
        gap.trend.before, gap.trend.way, " ".join(language or "und" for language, _ in gap.languages),
        gap.category or "", f"{miss.kind}:{miss.id}" if miss else "",
        round(miss.confidence, 3) if miss else "", len(gap.solved),
    ]  # fmt: skip


def decision_entry(one: StoredDecision) -> dict[str, Any]:
    """A decision that stands."""
    told = one.decision
    return {
        "number": one.id, "gap": told.gap, "name": told.name, "state": told.state, "who": told.who,
        "why": told.why, "made": told.made, "conversations": told.conversations, "at": format_time(one.at),
    }  # fmt: skip


def proposal_entry(one: Proposal) -> dict[str, Any]:
    """What is proposed, as the exchange format has the record."""
    record = one.case or one.article
    assert record is not None
    return {
        "what": "case" if one.case else "article",
        "record": record_to_dict(record),
        "conversation_id": one.conversation,
    }


def slow_entry(one: Slow) -> dict[str, Any]:
    """A slow category; null where too few cases tell."""
    return {
        "category": one.category,
        "conversations": one.asked,
        "hours": None if one.hours is None else round(one.hours, 1),
        "minutes": _share(one.minutes),
        "turns": _share(one.turns),
        "reopened": _share(one.reopened),
        "kinds": [
            {"name": kind.name, "cases": kind.n, "minutes": kind.minutes, "examples": list(kind.cases)}
            for kind in one.kinds
        ],
    }


def unused_entry(one: UnusedKind) -> dict[str, Any]:
    """The unused records of a kind."""
    return {
        "kind": one.kind, "published": one.published, "never_shown": one.never_shown,
        "never_used": one.never_used, "not_asked_for": one.unasked, "too_new": one.young,
        "too_seldom_shown": one.few, "items": [_unused(each) for each in one.items],
    }  # fmt: skip


def _unused(one: Unused) -> dict[str, Any]:
    return {
        "id": one.id, "title": one.title, "category": one.category, "language": one.language,
        "shown": one.shown, "conversations": one.asked,
    }  # fmt: skip


def _nearest(gap: Gap) -> dict[str, Any] | None:
    miss = gap.miss
    if miss is None:
        return None
    return {
        "kind": miss.kind, "id": miss.id, "title": miss.title, "confidence": round(miss.confidence, 3),
    }  # fmt: skip


def _share(one: Share) -> dict[str, Any] | None:
    if one.value is None or one.low is None or one.desk is None:
        return None
    return {
        "n": one.n, "value": round(one.value, 3), "low": round(one.low, 3), "desk": round(one.desk, 3),
        "more": one.more,
    }  # fmt: skip
