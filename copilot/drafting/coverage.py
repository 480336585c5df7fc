"""Which replies are written in which language and register, and which are older than their source."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from copilot.drafting.includes import family
from copilot.drafting.templates import BUNDLED
from knowledge_base.models import ReplyTemplate
from knowledge_base.templates_io import group_of

State = Literal["written", "partly", "stale", "missing"]
STAMPS = BUNDLED / "sources.json"
"""For each bundled translation the digest of the English reply that it was made from."""
SOURCE = "en"


@dataclass(frozen=True, slots=True)
class Covered:
    """One reply and its state in each set (`de`, `de informal`); the source's own is `written`."""

    reply: str
    states: Mapping[str, State]


def set_of(template: ReplyTemplate) -> str:
    """The set that a template belongs to: its language, and its register unless that is formal."""
    return template.language + ("" if template.register == "formal" else f" {template.register}")


def coverage(
    templates: Iterable[ReplyTemplate],
    stale: frozenset[tuple[str, str]] = frozenset(),
    *,
    source: str = SOURCE,
) -> tuple[Covered, ...]:
    """The table, replies in order of their names; `stale` are pairs of a set and a reply.

    A translation is written partly where it lacks a move that the source has.
    """
    moves: dict[tuple[str, str], set[str]] = defaultdict(set)
    for template in templates:
        moves[set_of(template), family(group_of(template))].add(template.move)
    sets = sorted({name for name, _ in moves}, key=lambda name: (name != source, name))
    replies = sorted({reply for _, reply in moves})
    return tuple(
        Covered(reply, {one: _state(moves, one, reply, source, stale) for one in sets}) for reply in replies
    )


def _state(
    moves: Mapping[tuple[str, str], set[str]],
    one: str,
    reply: str,
    source: str,
    stale: frozenset[tuple[str, str]],
) -> State:
    written = moves.get((one, reply))
    if not written:
        return "missing"
    if (one, reply) in stale:
        return "stale"
    return "written" if written >= moves.get((source, reply), set()) else "partly"


def digests(templates: Iterable[ReplyTemplate], *, source: str = SOURCE) -> dict[str, str]:
    """By reply, twelve hexadecimal digits of what the source says."""
    said: dict[str, list[str]] = defaultdict(list)
    for template in templates:
        if template.language == source and template.register == "formal":
            said[family(group_of(template))].append(f"{template.id}\0{template.body}")
    return {
        reply: hashlib.sha256("\0".join(sorted(texts)).encode()).hexdigest()[:12]
        for reply, texts in sorted(said.items())
    }


def stale_bundled(templates: Sequence[ReplyTemplate]) -> frozenset[tuple[str, str]]:
    """The bundled translations whose English reply has changed since they were made."""
    now = digests(templates)
    stamps: Mapping[str, Mapping[str, str]] = json.loads(STAMPS.read_text(encoding="utf-8"))
    return frozenset(
        (one, reply)
        for one, made in stamps.items()
        for reply, stamp in made.items()
        if now.get(reply) != stamp
    )
