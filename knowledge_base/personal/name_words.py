"""A word as the search for names sees it: how it is written and which lists know it, told once for each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from knowledge_base.personal.name_cues import cue_ends, titles
from knowledge_base.personal.words import fold, name_lists, ordinary, places, words

WORDS_KEPT = 1 << 15
CAPITAL, SMALL, INITIAL, SHOUTED, FIRST, LAST, ORDINARY, PLACE, TITLE, PARTICLE, NO_NAME, ORGANISATION = (
    1 << n for n in range(12)
)
CUED_NAMED, CUED = 1 << 12, 1 << 13
"""A cue may end with it that names what follows (`my name is`), or any cue of a name."""
LOUD = 1 << 14
"""Any of what a name may hold; most words in small letters are none of it."""
KNOWN = FIRST | LAST
COMMON = ORDINARY | PLACE
_POSSESSIVE = re.compile(r"['’]s$")


@dataclass(slots=True)
class Word:
    """A word, where it stands, its folded form, its traits and those of the word before it.

    `told`: a cue says that it is a name.
    """

    start: int
    end: int
    text: str
    plain: str
    traits: int
    before: int
    told: bool = False

    def has(self, traits: int) -> bool:
        """Whether it has any of these traits."""
        return self.traits & traits != 0

    @property
    def capital(self) -> bool:
        """Written as a name, or told to be one."""
        return self.told or self.traits & CAPITAL != 0


@lru_cache(maxsize=WORDS_KEPT)
def traits_of(written: str) -> tuple[str, int]:
    """A word's folded form without a possessive s, and its traits."""
    ends = fold(written)
    plain = fold(_POSSESSIVE.sub("", written))
    first, last = name_lists()
    long = len(written) > 1
    traits = (
        (CAPITAL, written[0].isupper()),
        (SMALL, written.islower()),
        (INITIAL, not long and written.isupper()),
        (SHOUTED, long and written.isupper()),
        (FIRST, plain in first),
        (LAST, plain in last),
        (ORDINARY, plain in ordinary()),
        (PLACE, plain in places()),
        (TITLE, plain in titles()),
        (PARTICLE, plain in words("names", "particles")),
        (NO_NAME, plain in words("names", "no_names")),
        (ORGANISATION, plain in words("names", "organisations")),
        (CUED_NAMED, ends in cue_ends("named") or plain in titles()),
        (CUED, any(ends in cue_ends(cue) for cue in ("named", "name", "greeting")) or plain in titles()),
    )
    found = sum(trait for trait, has in traits if has)
    loud = found & (CAPITAL | TITLE | PARTICLE) or (found & SMALL and found & KNOWN)
    return plain, found | LOUD if loud else found
