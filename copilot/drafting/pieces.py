"""What a generalised sentence is made of, and what it may keep."""

from __future__ import annotations

from dataclasses import dataclass, field

from copilot.drafting.proof import Backing


@dataclass(frozen=True, slots=True)
class Public:
    """What a draft may say besides the case: facts of policy and of this conversation, and their words.

    `text` is this conversation in small letters, `words` theirs in small letters, `capitals` as they are
    written, `stems` their content words.
    """

    policy: Backing = field(default_factory=Backing)
    talk: Backing = field(default_factory=Backing)
    text: str = ""
    words: frozenset[str] = frozenset()
    capitals: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a generalised sentence: plain text, a fact that policy backs, or a hole for a slot.

    `fill` tells whether this conversation's value means the same as the former one's; if not, it is a gap.
    """

    text: str
    slot: str | None = None
    policy: str | None = None
    fill: bool = False


Pieces = tuple[Piece, ...]
