"""The playbooks of the ten difficult situations: which moves a reply makes, in which order; which stand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from copilot.drafting.compose import Composed, Part
from copilot.drafting.cues import Reader, reader
from copilot.drafting.given import DraftInput
from copilot.models import PlaybookStep, State

# Where the limit is the answer, it is told before what is done within it.
_USUAL = ("advice", "act", "answer", "terms", "limits", "next")
_LIMITS_FIRST = ("terms", "limits", "act", "advice", "answer", "next")


@dataclass(frozen=True, slots=True)
class Playbook:
    """The moves of a situation in order, each with what it must do; `limits_first` tells limits up front."""

    moves: tuple[tuple[str, str], ...]
    limits_first: bool = False


@lru_cache(maxsize=1)
def _playbooks() -> Mapping[str, Playbook]:
    data = tomllib.loads((Path(__file__).parent / "playbooks.toml").read_text("utf-8"))
    return {
        name: Playbook(tuple(one["moves"].items()), one.get("limits_first", False))
        for name, one in data.items()
    }


def playbook(situation: str | None) -> Playbook:
    """The playbook of a situation; of a plain request where there is none."""
    return _playbooks()[situation or "plain"]


def in_order(parts: Sequence[Part], situation: str | None) -> list[Part]:
    """The parts between opening and closing in the order of the situation's playbook."""
    order = _LIMITS_FIRST if playbook(situation).limits_first else _USUAL
    return sorted(parts, key=lambda one: order.index(one.move) if _bounds(one, order) else order.index("act"))


def _bounds(one: Part, order: Sequence[str]) -> bool:
    return one.move in order and one.move != "advice"


# The moves of a playbook that a part of the reply makes by being there.
_PARTS: Mapping[str, frozenset[str]] = {
    "acknowledge": frozenset({"acknowledge"}),
    "act": frozenset({"act", "advice", "answer"}),
    "explain": frozenset({"limits", "terms", "answer"}),
    "confirm": frozenset({"next"}),
    "follow_up": frozenset({"next"}),
}


def steps_of(given: DraftInput, composed: Composed) -> tuple[PlaybookStep, ...]:
    """Each move of the playbook with where it stands: in the draft, sent before, or still open."""
    draft, understanding = composed.draft, given.understanding
    said = "\n".join(given.held.said)
    here, there = reader(draft.language), reader(understanding.language or draft.language)
    parts = frozenset(one.move for one in composed.parts)

    def state(move: str) -> State:
        if parts & _PARTS.get(move, frozenset()) or _made(move, draft.text, here):
            return "draft"
        return "sent" if _made(move, said, there) else "open"

    return tuple(
        PlaybookStep(move, goal, state(move)) for move, goal in playbook(understanding.situation).moves
    )


def _made(move: str, text: str, cues: Reader) -> bool:
    pattern = {
        "acknowledge": cues.empathy,
        "own": cues.own,
        "explain": cues.explain,
        "options": cues.options,
        "act": cues.action,
        "confirm": cues.offer,
        "follow_up": cues.contact,
    }[move]
    return pattern.search(text) is not None
