"""What policy gives every customer, without anybody deciding: promises, and days to send goods back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from copilot.authority.bounds import sums_in
from copilot.authority.rules import Promise
from copilot.authority.words import AuthorityWords
from copilot.drafting.facts import facts_in
from copilot.drafting.text import content_words

# What a customer is promised in these kinds is no grant of an agent's.
_PROMISED = ("voucher", "credit", "discount", "goodwill", "fee_waiver")
RETURNS = re.compile(r"\b(?:return|devolver|devoluci|retourn|zurück|renvoy)", re.IGNORECASE)
# Whoever is named or whatever is refused in a sentence makes it no promise.
_NO_PROMISE = ("agent", "may_not", "role", "never")


def promises_in(found: Sequence[str], section: str, clause: str, words: AuthorityWords) -> Iterator[Promise]:
    """What the sentences of a section give every customer; `section` is its whole text with the heading."""
    for text in found:
        if any(words.says(cue, text) for cue in _NO_PROMISE):
            continue
        sums = tuple(bound.money for bound in sums_in(text, words))
        for kind in _PROMISED:
            if words.kinds[kind].search(text):
                stems = telling(text if sums else section, words)
                yield Promise(kind, clause, sums, stems, words.language)


def telling(text: str, words: AuthorityWords) -> frozenset[str]:
    """The content words of a text that say what it is about, without those of any grant."""
    bare = text
    for fact in facts_in(text):
        bare = bare[: fact.start] + " " * (fact.end - fact.start) + bare[fact.end :]
    return content_words(bare) - words.generic


def windows_in(found: Sequence[str], words: AuthorityWords) -> Iterator[int]:
    """Within how many days goods may go back, from a sentence that says both."""
    for text in found:
        periods = [fact for fact in facts_in(text) if fact.kind == "period" and fact.value.endswith(" day")]
        if len(periods) == 1 and RETURNS.search(text) and not words.kinds["exception"].search(text):
            yield int(periods[0].value.split("-")[0])
