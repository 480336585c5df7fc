"""Cases that are told more than once, in groups: which pairs are, and how far a group may reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from copilot.curation.traits import Pair
from knowledge_base.models import Case, tries_of

# Of the pairs across two groups more than this share must be duplicates themselves: else a chain of cases,
# each a bit unlike the one before, would end in one group.
LINKED = 0.5


@dataclass(frozen=True, slots=True)
class Group:
    """Cases that are one, the one to keep first; `likeness` is that of the least alike pair that joined."""

    cases: tuple[Case, ...]
    likeness: float

    @property
    def tries(self) -> tuple[int, int]:
        """How often it worked, of how many tries, all cases together."""
        worked, tried = zip(*(tries_of(case.outcome) for case in self.cases), strict=True)
        return sum(worked), sum(tried)


def groups_of(pairs: Iterable[Pair]) -> tuple[Group, ...]:
    """The duplicates among pairs, in groups, the surest first."""
    twins = {(p.first.id, p.second.id): p for p in pairs if p.duplicate}
    cases = {case.id: case for p in twins.values() for case in (p.first, p.second)}
    group = {case_id: [case_id] for case_id in cases}
    least = dict.fromkeys(cases, 1.0)
    # Union-find by whole groups: each case points to the list that it is in.
    for pair in sorted(twins.values(), key=lambda p: (-p.likeness, p.first.id, p.second.id)):
        one, other = group[pair.first.id], group[pair.second.id]
        if one is other or not _linked(one, other, twins):
            continue
        low = min(least[one[0]], least[other[0]], pair.likeness)
        one += other
        for case_id in one:
            group[case_id], least[case_id] = one, low
    found = {id(ids): ids for ids in group.values() if len(ids) > 1}
    groups = [Group(best_first([cases[i] for i in ids]), least[ids[0]]) for ids in found.values()]
    return tuple(sorted(groups, key=lambda g: (-g.likeness, g.cases[0].id)))


def best_first(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The case to keep first: what held, then what was rated, then what tells most."""
    return tuple(sorted(cases, key=_worth))


def _worth(case: Case) -> tuple[float, int, int, str]:
    worked, tried = tries_of(case.outcome)
    told = sum(map(len, (case.problem, case.resolution, case.reply or "", *case.steps)))
    return -(worked / tried if tried else 0.0), -(case.outcome.csat or 0), -told, case.id


def _linked(one: Sequence[str], other: Sequence[str], twins: dict[tuple[str, str], Pair]) -> bool:
    across = sum((a, b) in twins or (b, a) in twins for a in one for b in other)
    return across > LINKED * len(one) * len(other)
