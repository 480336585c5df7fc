"""What a new generation keeps, adds and leaves out: a pure decision over digests of embedded texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`reuse` maps rows of the new generation to rows of the old one; `embed` are the other new rows."""

    reuse: Mapping[int, int]
    embed: tuple[int, ...]
    added: int
    kept: int
    removed: int


def plan_build(wanted: Sequence[bytes], existing: Sequence[bytes]) -> Plan:
    """`wanted` and `existing` are the digests of the passages' embedded texts, in row order.

    Two passages with one text share a vector's value, never their existence: each keeps its own row.
    """
    row_of = {digest: row for row, digest in enumerate(existing)}
    reuse = {row: row_of[digest] for row, digest in enumerate(wanted) if digest in row_of}
    embed = tuple(row for row, digest in enumerate(wanted) if digest not in row_of)
    kept = sum((Counter(wanted) & Counter(existing)).values())
    return Plan(reuse, embed, added=len(wanted) - kept, kept=kept, removed=len(existing) - kept)
