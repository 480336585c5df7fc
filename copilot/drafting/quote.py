"""The sentences of policy that a reply quotes: of the best passage that customers may read, word for word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from copilot.drafting.compose import Part, part
from copilot.drafting.cues import Reader, reader
from copilot.drafting.facts import facts_in
from copilot.drafting.given import DraftInput, section_of
from copilot.drafting.render import Chunk
from copilot.drafting.text import clean_text, content_words, overlap, sentences, without_markup, words
from knowledge_base.models import Passage

MOST_SENTENCES = 2
_LONGEST = 320
# A sentence that the reply has said already in this share of its words isn't quoted again.
_SAID = 0.6
_CODE_WEIGHT = 3
# Longer words with figures are somebody's number, not a message of a device.
_ID_LENGTH = 5


def quotable(given: DraftInput, language: str) -> tuple[Passage, ...]:
    """The passages that may be quoted to a customer today in that language, those of the category first."""
    open_ones = [p for p in given.in_force() if p.kind == "article" and is_for_customers(p)]
    spoken = [p for p in open_ones if p.language.split("-")[0] == language.split("-")[0]]
    return tuple(
        sorted(spoken, key=lambda p: p.category is None or p.category != given.understanding.category)
    )


def is_for_customers(passage: Passage) -> bool:
    """Whether a passage may be quoted: not meant for agents alone, and not telling them what customers do."""
    return passage.audience is None and not _tells_agents(passage.text, passage.language)


@lru_cache(maxsize=1024)
def _tells_agents(text: str, language: str) -> bool:
    return reader(language).for_agents.search(text) is not None


def passage_sentences(passage: Passage) -> list[str]:
    """The sentences of a passage as plain text."""
    lines = without_markup(clean_text(passage.text)).split("\n")
    return [sentence for line in lines for sentence in sentences(line) if line.strip() != passage.heading]


def quote(given: DraftInput, language: str, said: str, *, refuses: bool = False) -> Part | None:
    """The most relevant sentences that the reply hasn't said yet; None where nothing may be quoted.

    Where a request is refused, those that give the reason and what is offered instead are quoted too.
    """
    wanted = content_words(
        f"{given.understanding.request[:2000]} {given.understanding.category or ''} {said}"
    )
    for passage in quotable(given, language):
        told = passage_sentences(passage)
        fresh = [n for n, text in enumerate(told) if len(text) <= _LONGEST and not _told(text, said)]
        if fresh:
            ranked = sorted(fresh, key=lambda n: (-_weight(told[n], wanted), n))
            best = ranked[:MOST_SENTENCES]
            if refuses:
                best = best[:1] + _reasons(ranked[1:], told, reader(language))
            return quoted_part(passage, told, sorted(best))
    return None


def _reasons(ranked: Sequence[int], told: Sequence[str], cues: Reader) -> list[int]:
    """The best sentence that gives a reason, and the best other that leaves a choice."""
    why = next((n for n in ranked if cues.reason.search(told[n])), None)
    other = next((n for n in ranked if n != why and cues.options.search(told[n])), None)
    return [n for n in (why, other) if n is not None]


def quote_code(given: DraftInput, language: str, said: str) -> Part | None:
    """The sentence that explains a code of the newest message (`E5`), the last named first."""
    newest = [message.text for message in given.conversation.by("customer")][-1:]
    asked = [code for code in _codes_in_order(" ".join(newest)[:2000]) if code[0].isalpha()]
    for code in (code for code in asked[::-1] if len(code) < _ID_LENGTH):
        for passage in quotable(given, language):
            told = passage_sentences(passage)
            for number, text in enumerate(told):
                if code in _codes(text) and not _told(text, said):
                    return quoted_part(passage, told, [number], move="answer")
    return None


def quoted_part(
    passage: Passage, told: Sequence[str], numbers: Sequence[int], *, move: str = "limits"
) -> Part:
    """A part that quotes these sentences of a passage."""
    source = section_of(passage)
    made = part(move, [Chunk(" ".join(told[n] for n in numbers), "policy", source)], source)
    return replace(made, passage_key=passage.key, quoted=tuple(numbers))


def _told(sentence: str, said: str) -> bool:
    return any(overlap(sentence, one) >= _SAID for line in said.split("\n") for one in sentences(line))


def _weight(sentence: str, wanted: frozenset[str]) -> float:
    """Words shared with the request and the reply; a limit in figures counts as one more."""
    shared = len(content_words(sentence) & wanted) + _CODE_WEIGHT * len(_codes(sentence) & wanted)
    return shared + bool(facts_in(sentence))


def _codes(text: str) -> frozenset[str]:
    """Words with a figure in them, such as an error code: who names one wants to hear of it."""
    return frozenset(_codes_in_order(text))


def _codes_in_order(text: str) -> list[str]:
    return [word.lower() for word in words(text) if any(c.isdigit() for c in word) and not word.isdecimal()]
