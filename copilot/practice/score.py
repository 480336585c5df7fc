"""What a trainee's replies are worth: parts that add up, each with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from knowledge_base.sayings import Saying, saying_from, stored_saying

PartName = Literal["done", "asked", "figures", "backed", "care", "form", "excess"]
WEIGHTS: Mapping[PartName, int] = {
    "done": 45,
    "asked": 10,
    "figures": 10,
    "backed": 15,
    "care": 12,
    "form": 8,
}
"""Out of 100. Where a part has nothing to judge, the others share its weight."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the score: `points` of at most `most`, below 0 for an excess; `why` says what decided."""

    name: PartName
    most: float
    points: float
    why: tuple[Saying, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """Something that was done then. `share` of it, 0 to 1, is said by the trainee's sentence `by`."""

    text: str
    share: float
    by: str


@dataclass(frozen=True, slots=True)
class Score:
    """`total`, 0 to 100, is the sum of the parts; `left_out` are parts that can't be judged, and why.

    Where what was said can't be judged, in a language that isn't the case's, there is no total.
    """

    total: float | None
    parts: tuple[Part, ...]
    points: tuple[Point, ...]
    left_out: tuple[tuple[PartName, Saying], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The score as it is stored."""
        return {
            "total": self.total,
            "parts": [
                {
                    "name": p.name,
                    "most": p.most,
                    "points": p.points,
                    "why": [stored_saying(one) for one in p.why],
                }
                for p in self.parts
            ],
            "points": [{"text": p.text, "share": p.share, "by": p.by} for p in self.points],
            "left_out": [{"name": name, "why": stored_saying(why)} for name, why in self.left_out],
        }


def score_from(stored: Mapping[str, Any]) -> Score:
    """A stored score."""
    return Score(
        stored["total"],
        tuple(
            Part(p["name"], p["most"], p["points"], tuple(saying_from(one) for one in p["why"]))
            for p in stored["parts"]
        ),
        tuple(Point(p["text"], p["share"], p["by"]) for p in stored["points"]),
        tuple((one["name"], saying_from(one["why"])) for one in stored["left_out"]),
    )


def added_up(
    shares: Mapping[PartName, tuple[float, tuple[Saying, ...]]],
    excess: tuple[float, tuple[Saying, ...]],
    points: tuple[Point, ...],
    left_out: tuple[tuple[PartName, Saying], ...],
) -> Score:
    """The score of the shares (0 to 1) of the parts that could be judged, less what is in excess."""
    whole = sum(WEIGHTS[name] for name in shares)
    parts = []
    for name, (share, why) in shares.items():
        most = round(WEIGHTS[name] * 100 / whole, 1)
        parts.append(Part(name, most, round(most * share, 1), why))
    gained = round(sum(part.points for part in parts), 1)
    taken = 0.0 - min(round(excess[0], 1), gained)
    if excess[0]:
        parts.append(Part("excess", 0.0, taken, excess[1]))
    total = max(0.0, min(100.0, round(gained + taken, 1))) if "done" in shares else None
    return Score(total, tuple(parts), points, left_out)
