"""What feedback says of a case or an article, purely: for or against, how strongly, and for what request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from knowledge_base.models import Feedback

# What is said outright counts whole; what an agent merely did says less, the less the more the text changed.
SAID = {"helpful": 1.0, "wrong": -1.0, "rejected": -1.0}
DONE = {"used": 0.4, "copied": 0.3, "edited": 0.3}
# A draft is made of much besides its case: what became of it says half as much of each source.
OF_A_DRAFT = 0.5
DRAFTS = ("draft", "customer_draft")
# Reasons for which a rejected draft speaks against what it was written from, by the kind of source.
BLAMED = {"wrong problem": "case:", "wrong case": "case:", "wrong policy": "article:"}


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict on an item (`case:ID`, `article:ID`): `strength` -1 to 1; `said` outright, or only done."""

    item: str
    strength: float
    said: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a suggestion searched for: the request's vector, float16 bytes, and the encoder's digest.

    `drafted_from` are the items that the draft speaks from. No vector: there was no request. `language` is
    the one that was embedded, where the request was translated.
    """

    encoder: str
    vector: bytes | None
    drafted_from: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """A verdict as followers read it. `seq` grows with each change; `asked` is None where it isn't known."""

    seq: int
    id: int
    feedback: Feedback
    actor: str
    at: datetime
    withdrawn: bool
    asked: Asked | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A request and an item that helped with it or not, as agents told; `weight` 0 to 1."""

    request: str
    language: str | None
    item: str
    helped: bool
    weight: float = 1.0


def told(feedback: Feedback, drafted_from: Sequence[str] = ()) -> tuple[Told, ...]:
    """What a verdict says of which items; nothing where it says nothing of any.

    A rejected draft is no verdict on its sources unless the reason names them.
    """
    verdict, item = feedback.verdict, feedback.item or ""
    strength = SAID.get(verdict, DONE.get(verdict, 0.0))
    if item.startswith(("case:", "article:")):
        return (Told(item.partition("#")[0], strength, verdict in SAID),) if strength else ()
    if item not in DRAFTS:
        return ()
    if verdict in ("rejected", "wrong"):
        reason = (feedback.reason or "").partition(":")[0].strip().lower()
        blamed = BLAMED.get(reason)
        return tuple(Told(i, strength, said=True) for i in drafted_from if blamed and i.startswith(blamed))
    return tuple(Told(i, strength * OF_A_DRAFT, said=False) for i in drafted_from if strength)


def settled(said: Iterable[Told]) -> Told | None:
    """What one agent holds of one item in one suggestion, oldest first: the last said, else the most done."""
    last: Told | None = None
    for one in said:
        if last is None or one.said or (not last.said and abs(one.strength) >= abs(last.strength)):
            last = one
    return last


def drafted_from(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The cases and articles that a stored suggestion's draft comes from, in the draft's order.

    Where no case speaks, a template does, which the category chose: then the first case of that category.
    """
    spans = (document.get("draft") or {}).get("spans", ())
    sources = [str(s["source"]).partition("#")[0] for s in spans if s["kind"] in ("case", "policy")]
    category = (document.get("understanding") or {}).get("category")
    alike = [f"case:{case['id']}" for case in document.get("cases", ()) if category and spans
             and case["category"] == category]  # fmt: skip
    speaks = any(source.startswith("case:") for source in sources)
    named = (source for source in sources if source.startswith(("case:", "article:")))
    return tuple(dict.fromkeys([*named, *(() if speaks else alike[:1])]))


def judge(request: str, language: str | None, given: Sequence[GivenVerdict]) -> list[Judged]:
    """The judged examples of one suggestion's verdicts, oldest first; each agent counts once an item."""
    said: dict[tuple[str, str], list[Told]] = {}
    for one in given:
        for entry in told(one.feedback, one.asked.drafted_from if one.asked else ()):
            said.setdefault((entry.item, one.actor), []).append(entry)
    sums: dict[str, list[float]] = {}
    for (item, _), entries in said.items():
        held = settled(entries)
        sums.setdefault(item, []).append(held.strength if held else 0.0)
    means = {item: sum(strengths) / len(strengths) for item, strengths in sums.items()}
    return [Judged(request, language, item, mean > 0, abs(mean)) for item, mean in means.items() if mean]
