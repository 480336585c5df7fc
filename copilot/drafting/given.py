"""What a draft is made from, and what it may therefore say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from copilot.drafting.generalise import capitals
from copilot.drafting.pieces import Public
from copilot.drafting.proof import Backing
from copilot.drafting.text import clean_text, content_words, normal, sentences, words
from copilot.drafting.unsaid import Held, names_photo
from copilot.models import Evidence, Stage, Understanding
from indexer.split import slugify
from knowledge_base.models import Conversation, Passage

# The newest messages say what matters now; more would cost time and back a draft with long settled figures.
_READ = 8_000


@dataclass(frozen=True)
class DraftInput:
    """One conversation, what was understood of it, and the evidence found, best first."""

    conversation: Conversation
    understanding: Understanding
    cases: tuple[Evidence, ...]
    passages: tuple[Evidence, ...]
    today: date
    agent_name: str | None = None
    # The day whose policy applies, and the articles that came after it in place of others.
    governs: date | None = None
    replaced: frozenset[str] = frozenset()
    # Who decides what the agent may not, as customers read it, by language; None where the agent may.
    deciders: Mapping[str, str] | None = None

    @property
    def evident(self) -> bool:
        """Whether there is anything to lean on."""
        return bool(self.cases or self.passages)

    def in_force(self) -> tuple[Passage, ...]:
        """The passages of policy that speak for this conversation, best first: for today or its own day."""
        days = {self.today, self.governs or self.today} if self.replaced else {self.today}
        found = (evidence.passage for evidence in self.passages)
        return tuple(passage for passage in found if any(_speaks(passage, day) for day in days))

    @property
    def stage(self) -> Stage:
        """What the reply answers."""
        return self.understanding.stage

    @cached_property
    def held(self) -> Held:
        """What this conversation holds already: what the desk said, and what is known."""
        lines = _newest(self.conversation)
        told = [
            one for line in lines if line.role == "agent" for one in sentences(line.text.replace("\n", " "))
        ]
        known = {*self.conversation.slots, *self.understanding.slots}
        known |= {"customer_name"} if self.conversation.customer.name else set()
        known |= (
            {"photo"} if any(line.role == "customer" and names_photo(line.text) for line in lines) else set()
        )
        return Held(tuple(told), frozenset(known))

    def said_by_agent(self) -> str:
        """What the desk wrote so far, as bare words."""
        return normal(" \n ".join(m.text for m in _newest(self.conversation) if m.role == "agent"))


def _speaks(passage: Passage, today: date) -> bool:
    begun = passage.effective_from is None or passage.effective_from <= today
    return begun and (passage.effective_to is None or today <= passage.effective_to)


def _newest(conversation: Conversation) -> list[_Line]:
    left, found = _READ, []
    for number, message in reversed(list(enumerate(conversation.messages))):
        if left <= 0:
            break
        found.append(_Line(number, message.role, clean_text(message.text[:left])))
        left -= len(message.text)
    return found[::-1]


@dataclass(frozen=True)
class _Line:
    number: int
    role: str
    text: str


def section_of(passage: Passage) -> str:
    """How a draft cites a passage: `article:ID#section-slug`, without the number of its piece."""
    if passage.key.startswith(f"article:{passage.source_id}#"):
        return passage.key.split("~")[0]
    return f"article:{passage.source_id}" + (f"#{slugify(passage.heading)}" if passage.heading else "")


def policy_backing(passages: Iterable[Passage]) -> Backing:
    """The facts of policy, each with its section."""
    found = Backing()
    for passage in passages:
        told = f"{passage.heading}\n{passage.text}"
        found = found | Backing.of([(section_of(passage), told)], language=passage.language)
    return found


def talk_backing(given: DraftInput) -> Backing:
    """The facts of the conversation: its messages (internal notes left out) and its slots."""
    said = [
        (f"message:{line.number}", line.text) for line in _newest(given.conversation) if line.role != "note"
    ]
    read = [
        (f"slot:{name}", f"{slot.value}\n{slot.text}") for name, slot in given.understanding.slots.items()
    ]
    own = [(f"slot:{name}", value) for name, value in given.conversation.slots.items()]
    return Backing.of((*own, *read, *said))


def backing_of(given: DraftInput) -> Backing:
    """What a reply in this conversation, edited or not, may lean on."""
    return policy_backing(given.in_force()) | talk_backing(given)


def public_of(given: DraftInput) -> Public:
    """What sentences of a case may keep in this conversation."""
    passages = given.in_force()
    talk = "\n".join(line.text for line in _newest(given.conversation) if line.role != "note")
    slots = " ".join(
        (*given.conversation.slots.values(), *(s.value for s in given.understanding.slots.values()))
    )
    known = [_passage_words(f"{passage.title}\n{passage.heading}\n{passage.text}") for passage in passages]
    spoken = f"{talk}\n{slots}"
    return Public(
        policy=policy_backing(passages),
        talk=talk_backing(given),
        text=spoken.lower(),
        words=frozenset({word.lower() for word in words(spoken)}.union(*(w for w, _, _ in known))),
        capitals=frozenset(
            {word for word in words(spoken) if word[0].isupper()}.union(*(c for _, c, _ in known))
        ),
        stems=content_words(spoken[:_READ]).union(*(s for _, _, s in known)),
    )


@lru_cache(maxsize=1024)
def _passage_words(text: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """A passage's words in small letters, its inner capitals, its content words."""
    return frozenset(w.lower() for w in words(text)), frozenset(capitals(text)), content_words(text)
