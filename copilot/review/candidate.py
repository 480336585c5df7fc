"""A closed conversation as a candidate for a case: only what is generalised of it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from copilot.drafting.former import former_of
from copilot.drafting.generalise import capitals
from copilot.drafting.pieces import Public
from copilot.drafting.proof import Backing
from copilot.drafting.text import clean_text, words
from copilot.models import Stage, Understanding
from copilot.review.generalised import NOBODYS, Generaliser, Line, joined, says, statements
from knowledge_base.conversation_log import StoredConversation
from knowledge_base.models import Case, Conversation, Emotion, Outcome, Source
from knowledge_base.records import case_to_dict

MOST_STEPS = 8
LONGEST_TITLE = 90
LONGEST_PROBLEM = 2_000
_DISPLEASED = frozenset({Emotion.ANGRY, Emotion.FRUSTRATED, Emotion.DISAPPOINTED})


@dataclass(frozen=True, slots=True)
class Near:
    """A case like the candidate; `similarity` is the cosine of what their customers had, -1 to 1."""

    id: str
    title: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Looked:
    """What the index says: the category with its probability, near cases, and policy (source, text)."""

    category: str | None = None
    probability: float = 0.0
    near: tuple[Near, ...] = ()
    policy: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case as it would be accepted; `left_out` sentences told of this customer alone."""

    case: Case
    probability: float
    near: tuple[Near, ...] = ()
    left_out: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "case": case_to_dict(self.case),
            "probability": self.probability,
            "near": [{"id": n.id, "title": n.title, "similarity": n.similarity} for n in self.near],
            "left_out": self.left_out,
        }


def asked_in(conversation: Conversation) -> str:
    """What the customer wrote, to be searched with; at most `LONGEST_PROBLEM` characters."""
    return "\n".join(m.text for m in conversation.by("customer"))[:LONGEST_PROBLEM]


def candidate_of(
    stored: StoredConversation,
    understanding: Understanding,
    looked: Looked = Looked(),
    *,
    policies: Sequence[str] = (),
    reopened: bool = False,
) -> Candidate | None:
    """Propose a case, with `policies` as the draft that was used cites them; None where nobody answered."""
    conversation, head = stored.conversation, stored.head
    answers = [m for m in conversation.by("agent") if m.text.strip()]
    if not answers or not conversation.by("customer"):
        return None
    language = head.language or understanding.language or "en"
    maker = _generaliser(conversation, understanding, looked, language)
    asked = [line for m in conversation.by("customer") for line in maker.letter(m.text)]
    said = [maker.letter(m.text) for m in answers]
    told = [line for lines in said for line in lines]
    problem = joined(_in_turn(asked))[:LONGEST_PROBLEM]
    own = conversation.corrections.category
    case = Case(
        id=f"R-{head.id}"[:200],
        title=_title(conversation, problem, maker),
        problem=problem,
        resolution=" ".join(statements(said[-1], language) or statements(told, language)),
        reply=joined(max(said, key=_said)) or None,
        steps=_steps(told, language),
        language=language,
        category=own or looked.category,
        channel=conversation.channel,
        outcome=Outcome(_resolved(conversation, understanding), reopened, _csat(conversation)),
        resolved_at=head.changed_at,
        policies=tuple(policies),
        source=Source(system="precedent", id=head.id),
    )
    return Candidate(case, 1.0 if own else round(looked.probability, 4), looked.near, maker.left_out)


def policies_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """What a stored suggestion's draft cites, as a case does: `refunds#lost-parcels`."""
    spans = (document.get("draft") or {}).get("spans", ())
    cited = (str(s["source"]).removeprefix("article:") for s in spans if s["kind"] == "policy")
    return tuple(dict.fromkeys(cited))


def _generaliser(
    conversation: Conversation, understanding: Understanding, looked: Looked, language: str
) -> Generaliser:
    spoken = tuple(m for m in conversation.messages if m.role != "note")
    former = former_of(Case(id="former", resolution="", messages=spoken, language=language))
    name = frozenset(words(clean_text(conversation.customer.name or "")))
    former = replace(former, customer=former.customer | name)
    text = "\n".join(text for _, text in looked.policy)
    public = Public(
        policy=Backing.of(looked.policy),
        words=frozenset(word.lower() for word in words(text)),
        capitals=frozenset(capitals(text)) - former.names,
    )
    return Generaliser(former, public, _hidden(conversation, understanding), language=language)


def _hidden(conversation: Conversation, understanding: Understanding) -> Iterator[tuple[str, str]]:
    """The values that are the customer's, each with its slot."""
    if conversation.customer.name:
        yield "customer_name", conversation.customer.name
    for slot, value in conversation.slots.items():
        if slot not in NOBODYS:
            yield _slot_name(slot), value
    for slot, found in understanding.slots.items():
        if slot not in NOBODYS:
            yield from ((_slot_name(slot), text) for text in (found.text, found.value))


def _slot_name(slot: str) -> str:
    return re.sub(r"[^a-z_]+", "_", slot.lower()).strip("_") or "value"


def _in_turn(lines: Sequence[Line]) -> list[Line]:
    """Sentences of several messages as one text, each said once."""
    once = {line.text.lower(): line for line in reversed(lines)}
    kept = (line for line in lines if once[line.text.lower()] is line and says(line.text))
    return [replace(line, paragraph=0) for line in kept]


def _title(conversation: Conversation, problem: str, maker: Generaliser) -> str | None:
    title = maker.sentence(conversation.title) if conversation.title else None
    if title is None:
        told = re.split(r"(?<=[.!?])\s", problem)
        title = next((one for one in told if says(one)), told[0]).rstrip(".")
    if len(title) > LONGEST_TITLE:
        title = title[: LONGEST_TITLE - 1].rsplit(" ", 1)[0] + "…"
    return title or None


def _steps(told: Sequence[Line], language: str) -> tuple[str, ...]:
    """The items of the agent's lists; where there are none, what was told, sentence by sentence."""
    items = [line for line in told if line.item]
    found = [line.text for line in items] if len(items) > 1 else statements(told, language)
    return tuple(dict.fromkeys(found))[:MOST_STEPS]


def _said(lines: Iterable[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _resolved(conversation: Conversation, understanding: Understanding) -> bool | None:
    """Whether it ended well: closed after the desk's answer or thanks; not after a complaint."""
    spoken = [m for m in conversation.messages if m.role != "note"]
    if spoken[-1].role == "agent" or understanding.stage is Stage.THANKS:
        return True
    return False if understanding.emotion in _DISPLEASED else None


def _csat(conversation: Conversation) -> int | None:
    """What the customer rated, where the helpdesk tells it in the slot `csat`."""
    told = conversation.slots.get("csat", "").strip()
    return int(told) if told in {"1", "2", "3", "4", "5"} else None
