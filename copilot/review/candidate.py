"""A closed conversation as a candidate for a case: only what is generalised of it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from copilot.bring_in.propose import resolution_of, settling_turn, steps_of, substance
from copilot.drafting.former import former_of
from copilot.drafting.generalise import capitals
from copilot.drafting.pieces import Public
from copilot.drafting.proof import Backing
from copilot.drafting.text import clean_text, words
from copilot.models import Stage, Understanding
from copilot.review.generalised import NOBODYS, Generaliser, joined, says, statements
from copilot.understand.clauses import read_message, sentences
from copilot.understand.subjects import Turn as Asked
from copilot.understand.subjects import subjects_of
from copilot.understand.text import cut
from knowledge_base.conversation_log import StoredConversation
from knowledge_base.exports.models import Turn
from knowledge_base.models import Case, Conversation, Emotion, Outcome, Source
from knowledge_base.records import case_to_dict

LEAST_WORDS = 3
"""Words of content from which a sentence says what somebody wants."""
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
    """A case as it would be accepted; `left_out` sentences told of this customer alone.

    `others`: so many other subjects were answered in the conversation, which the case leaves out.
    """

    case: Case
    probability: float
    near: tuple[Near, ...] = ()
    left_out: int = 0
    others: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "case": case_to_dict(self.case),
            "probability": self.probability,
            "near": [{"id": n.id, "title": n.title, "similarity": n.similarity} for n in self.near],
            "left_out": self.left_out,
            "others": self.others,
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
    told = [
        one for turns in subjects_of(conversation) if (one := _told(conversation, turns, maker, language))
    ]
    if not told:
        return None
    main = max(told, key=lambda one: one.weight)
    problem = "\n".join(main.asked)[:LONGEST_PROBLEM]
    settling = settling_turn(main.turns)
    own = conversation.corrections.category
    case = Case(
        id=f"R-{head.id}"[:200],
        title=_title(conversation, main, maker),
        problem=problem,
        resolution=resolution_of(main.turns, settling),
        reply=main.letters.get(id(settling)),
        steps=steps_of(main.turns, settling),
        language=language,
        category=own or looked.category,
        channel=conversation.channel,
        outcome=Outcome(_resolved(conversation, understanding), reopened, _csat(conversation)),
        resolved_at=head.changed_at,
        policies=tuple(policies),
        source=Source(system="precedent", id=head.id),
    )
    probability = 1.0 if own else round(looked.probability, 4)
    return Candidate(case, probability, looked.near, maker.left_out, len(told) - 1)


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


@dataclass(frozen=True, slots=True)
class _Subject:
    """What was asked (generalised, a line for each turn that says something) and answered about one subject.

    `letters`: each answer's whole text by its turn's identity; `weight`: characters that may have settled it.
    """

    asked: tuple[str, ...]
    turns: tuple[Turn, ...]
    letters: Mapping[int, str]
    weight: int


def _told(
    conversation: Conversation, asked: Sequence[Asked], maker: Generaliser, language: str
) -> _Subject | None:
    """A subject with the answers to it; None where it has none."""
    lines: list[str] = []
    turns: list[Turn] = []
    letters: dict[int, str] = {}
    for turn in asked:
        said = joined(maker.letter(turn.core))
        if says(said) and not (lines and turn.dependent):
            lines.append(said)
        turns.append(Turn("customer", said))
        for answer in _answers(conversation, turn.index):
            letter = maker.letter(answer)
            turns.append(Turn("agent", joined(statements(letter, language))))
            letters[id(turns[-1])] = joined(letter)
    weight = sum(len(line) for turn in turns if turn.who == "agent" for line in substance(turn.text))
    return _Subject(tuple(lines), tuple(turns), letters, weight) if letters else None


def _answers(conversation: Conversation, index: int) -> Iterator[str]:
    """What agents wrote between a message and the customer's next."""
    for message in conversation.messages[index + 1 :]:
        if message.role == "customer":
            return
        if message.role == "agent":
            yield message.text


def _title(conversation: Conversation, main: _Subject, maker: Generaliser) -> str | None:
    """The conversation's own, else the first sentence that says what somebody wants."""
    title = maker.sentence(conversation.title) if conversation.title else None
    if title is None:
        told = [one.strip() for one in sentences("\n".join(main.asked)) if one.strip()]
        title = next(
            (one for one in told if len(read_message(one).names) >= LEAST_WORDS), next(iter(told), "")
        )
        title = title.rstrip(".")
    return (title if len(title) <= LONGEST_TITLE else cut(title, LONGEST_TITLE - 1) + "…") or None


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
