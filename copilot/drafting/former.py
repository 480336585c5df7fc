"""What a past case knows of its own customer, so that none of it reaches another."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from copilot.drafting.facts import FactKind, facts_in
from copilot.drafting.letter import take_apart
from copilot.drafting.text import clean_text, words
from knowledge_base.models import Case
from knowledge_base.personal.models import PLACEHOLDER

_INTRODUCTION = re.compile(
    r"(?i:my name is|i am called|this is|me llamo|mi nombre es|soy|je m['’]appelle|mon nom est|ich heiße|"
    r"mein name ist|mi chiamo|chamo-me|mijn naam is|i am|i'm|ich bin|je suis)\s+"
    r"((?:[^\W\d_][\w'’-]*)(?:\s+(?:(?:van|von|de|der|den|la|le|du|da|di|del|y|bin|al|el)\s+)*[^\W\d_][\w'’-]*){0,3})"
)
_PARTICLES_TEXT = """
van von de der den la le du da di del y e bin al el and und et
"""
_PARTICLES = frozenset(_PARTICLES_TEXT.split())
_MAIL_NAME = re.compile(r"(?<![\w.+-])([\w.+-]+)@[\w-]+\.[\w.-]+")
# Words that stand where a name would and aren't one.
_NO_NAMES_TEXT = """
team support service care customer kundenservice there all sir madam everyone i hi hello yes no ok
thanks please the you we a an not info shop contact help tidewell home alle zusammen kunde kundin
cliente client
"""
_NO_NAMES = frozenset(_NO_NAMES_TEXT.split())


@dataclass(frozen=True, slots=True)
class Former:
    """The former customer: names, the desk's people, and what the customer said in amounts and dates."""

    case: Case
    customer: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    told: frozenset[tuple[FactKind, str]] = field(default_factory=frozenset)
    told_text: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Every name of the case, token by token."""
        return self.customer | self.agents


@lru_cache(maxsize=256)
def former_of(case: Case) -> Former:
    """Read a case for what belongs to its own customer alone."""
    customer: set[str] = set()
    agents: set[str] = set()
    told = [clean_text(m.text) for m in case.messages if m.role == "customer"]
    replies = [m.text for m in case.messages if m.role == "agent"]
    for text in (*replies, case.reply or ""):
        letter = take_apart(text, case.language)
        customer |= _tokens(letter.greeted)
        agents |= _tokens(letter.signed)
    for text in told:
        letter = take_apart(text, case.language)
        agents |= _tokens(letter.greeted)
        customer |= _tokens(letter.signed) | _tokens(
            m[1] for m in _INTRODUCTION.finditer(text) if _capital(m[1])
        )
    for text in (*told, *replies, case.reply or "", case.problem):
        customer |= {
            part.capitalize() for m in _MAIL_NAME.finditer(text) for part in re.split(r"[\W\d_]+", m[1])
        }
    customer = {name for name in customer if len(name) > 1 and name.lower() not in _NO_NAMES}
    everything = "\n".join((*told, case.problem))
    facts = frozenset((fact.kind, fact.value) for fact in facts_in(everything))
    return Former(case, frozenset(customer - agents), frozenset(agents), facts, everything.lower())


def _capital(name: str) -> bool:
    return all(not word[0].islower() for word in words(name)[:1])


def _tokens(names: Iterable[str]) -> set[str]:
    """The words of names; no particles and other words, small letters made capital; placeholders whole."""
    found: set[str] = set()
    for name in names:
        found |= {match.group() for match in PLACEHOLDER.finditer(name)}
        bare = PLACEHOLDER.sub("", name)
        parts = [word for word in words(bare) if word.lower() not in _PARTICLES | _NO_NAMES and len(word) > 1]
        capital = [word for word in parts if not word[0].islower()]
        found |= set(capital or [word.capitalize() for word in parts])
    return found
