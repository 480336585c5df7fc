"""Merging cases into one, and undoing it: the outcomes add up, the others are retired with a note."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from copilot.curation.duplicates import best_first
from knowledge_base.errors import ConflictError, InputError, NotFoundError
from knowledge_base.models import Case, Change, Outcome, tries_of
from knowledge_base.store import KnowledgeBase

if TYPE_CHECKING:
    from copilot.checking.gate import Gate

MOST_MERGED = 100
_MERGED = re.compile(r"merged into (.+?): (\[.*\])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Merged:
    """The case that was kept, as it is now, and the ids of those that went into it."""

    kept: Case
    retired: tuple[str, ...]


def merge(
    knowledge: KnowledgeBase,
    ids: Sequence[str],
    *,
    actor: str,
    keep: str | None = None,
    gate: Gate | None = None,
) -> Merged:
    """Merge published cases into the best of them, or the one to `keep`, all in one transaction.

    Raises InputError for fewer than two cases or one that isn't published, NotFoundError for one that isn't,
    BlockedError where the `gate` holds back what the merge would leave.
    """
    chosen = list(dict.fromkeys(ids))
    if not 2 <= len(chosen) <= MOST_MERGED:
        raise InputError(f"name 2 to {MOST_MERGED} cases to merge")
    if keep is not None and keep not in chosen:
        raise InputError(f"the case to keep, {keep!r}, is not among those to merge")
    cases = [_published(knowledge, case_id) for case_id in chosen]
    best = best_first(cases)
    kept = next(case for case in best if keep is None or case.id == keep)
    others = tuple(case for case in best if case.id != kept.id)
    whole = _together(kept, others)
    retired = [replace(case, status="retired") for case in others]
    if gate is not None:
        gate.admit([whole, *retired])
    knowledge.put_many([whole, *retired], actor=actor, reason=_reason(kept.id, [c.id for c in others]))
    return Merged(whole, tuple(case.id for case in others))


def undo(knowledge: KnowledgeBase, case_id: str, *, actor: str) -> tuple[str, ...]:
    """Undo a merge, named by any of its cases: all are again as they were; gives their ids.

    Raises ConflictError where one of them was changed since, or the newest change is no merge.
    """
    newest = knowledge.history("case", case_id)[-1:]
    if not newest:
        raise NotFoundError("case", case_id)
    reason = newest[0].reason or ""
    kept, others = _merged(reason)
    if case_id not in (kept, *others):
        raise ConflictError(f"the newest change of case {case_id!r} is no merge: nothing to undo")
    ids = (kept, *others)
    before = [_before(knowledge.history("case", one), reason) for one in ids]
    knowledge.put_many([case for case in before if case], actor=actor, reason=f"undone: {reason}")
    return ids


def _published(knowledge: KnowledgeBase, case_id: str) -> Case:
    case = knowledge.get("case", case_id)
    if not isinstance(case, Case) or case.status != "published":
        raise InputError(f"case {case_id!r} is not published: only what is in use can be merged")
    return case


def _together(kept: Case, others: Sequence[Case]) -> Case:
    """The kept case with the tags and policies of all, and the outcomes added up."""
    every = (kept, *others)
    worked, tried = (sum(counts) for counts in zip(*(tries_of(c.outcome) for c in every), strict=True))
    outcome: Outcome = replace(kept.outcome, worked=worked, tried=tried)
    return replace(
        kept,
        tags=_union(case.tags for case in every),
        policies=_union(case.policies for case in every),
        outcome=outcome if tried else kept.outcome,
    )


def _union(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for items in lists for one in items))


def _reason(kept: str, others: Sequence[str]) -> str:
    return f"merged into {kept}: {json.dumps(others, ensure_ascii=False)}"


def _merged(reason: str) -> tuple[str, tuple[str, ...]]:
    """The case that was kept and those that went into it; nothing where the reason is of no merge."""
    found = _MERGED.fullmatch(reason)
    try:
        told = json.loads(found[2]) if found else []
    except ValueError:  # somebody's own words that begin alike
        return "", ()
    return (found[1], tuple(map(str, told))) if found and isinstance(told, list) else ("", ())


def _before(history: Sequence[Change], reason: str) -> Case | None:
    """The case as it was before the merge; None where the merge left it as it was."""
    if all(change.reason != reason for change in history):
        return None
    if len(history) < 2 or history[-1].reason != reason or not isinstance(history[-2].snapshot, Case):
        raise ConflictError(f"case {history[-1].record_id!r} was changed since the merge: restore it by hand")
    return history[-2].snapshot
