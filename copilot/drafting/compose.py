"""Parts of a reply put together: one text, spans that cover it, gaps and warnings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from copilot.drafting.cues import reader
from copilot.drafting.proof import Backing, prove_spans
from copilot.drafting.render import Chunk, text_and_spans
from copilot.drafting.text import normal, overlap, sentences
from copilot.models import Draft, Span

LAYOUT = "template:layout"
# Two sentences that share this much of their content words say the same thing.
_SAME = 0.6
# A shorter sentence ("Thank you.") may be said twice without anybody noticing.
_NOTICED = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One move of a reply; offsets of its spans count from the part's own start.

    `source` is `template:ID`, `case:ID` or `article:ID#section`. A part that quotes policy names the
    passage and which of its sentences it quotes.
    """

    move: str
    text: str
    spans: tuple[Span, ...]
    source: str
    template_id: str | None = None
    passage_key: str | None = None
    quoted: tuple[int, ...] = ()
    # Sentences left out of what its source says, by number, since this conversation holds them already.
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    """A draft with the parts that it was made of."""

    draft: Draft
    parts: tuple[Part, ...]


def part(move: str, chunks: Iterable[Chunk], source: str, *, template_id: str | None = None) -> Part:
    """A part from its chunks."""
    text, spans = text_and_spans(chunks)
    return Part(move, text, spans, source, template_id)


def lay_out(parts: Sequence[Part]) -> tuple[str, tuple[Span, ...]]:
    """The parts as paragraphs: the text, and spans that cover it whole and in order."""
    text, spans = "", []
    for one in parts:
        if text:
            spans.append(Span(len(text), len(text) + 2, "template", LAYOUT))
            text += "\n\n"
        spans += [replace(span, start=span.start + len(text), end=span.end + len(text)) for span in one.spans]
        text += one.text
    return text, tuple(spans)


def compose(parts: Iterable[Part], language: str, backing: Backing) -> Composed:
    """The draft of these parts, proven."""
    told = tuple(one for one in parts if one.text)
    text, spans = lay_out(told)
    gaps = dict.fromkeys(span.source.removeprefix("slot:") for span in spans if span.kind == "gap")
    proof = prove_spans(text, spans, backing, language=language)
    ready = not (gaps or proof.warnings)
    return Composed(Draft(language, text, spans, tuple(gaps), proof.warnings, proof.proven, ready), told)


def says_again(text: str, earlier: str, language: str) -> bool:
    """Whether at least half of a text was said already, or it promises news a second time."""
    told, said = sentences(earlier.replace("\n", " ")), sentences(text.replace("\n", " "))
    if not told or not said:
        return False
    contact = reader(language).contact
    if contact.search(text) and contact.search(earlier):
        return True
    return 2 * sum(any(overlap(a, b) >= _SAME for b in told) for a in said) >= len(said)


def was_sent(text: str, said_by_agent: str) -> bool:
    """Whether a sentence of the text stands in what the agent has sent."""
    bare = (normal(sentence) for sentence in sentences(text.replace("\n", " ")))
    return any(len(words.split()) >= _NOTICED and f" {words} " in f" {said_by_agent} " for words in bare)
