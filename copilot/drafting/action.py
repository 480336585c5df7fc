"""What a past reply does, told for this customer: its sentences of action and of what comes next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from copilot.drafting.cues import RESOLUTION_LEAD, STEPS_LEAD, Reader, reader
from copilot.drafting.former import former_of
from copilot.drafting.generalise import generalise, generalise_sentence
from copilot.drafting.letter import Said, take_apart
from copilot.drafting.pieces import Piece, Pieces, Public
from copilot.drafting.render import Chunk, slot
from copilot.drafting.slots import SlotValues
from copilot.drafting.text import content_words, normal, sentences
from knowledge_base.models import Case

# More than this many open values in one sentence and the agent would rather write it anew.
MAX_GAPS = 2
MAX_GAPS_TOGETHER = 3
# A sentence whose words the resolution, the steps, policy or this conversation hardly know tells of the
# former customer's day. Chosen by reading the sample desk's replies: below stand stories, above procedure.
MIN_KNOWN = 0.4
MAX_SENTENCES = 8
# Fewer words of content ("Please open it.") tell nobody what happens.
MIN_WORDS = 3
MAX_STEPS = 6


_BRACKET = re.compile(r"\s*\((?:[^\W\d]+\s+){0,4}$")


@dataclass(frozen=True, slots=True)
class Told:
    """The action of a case as chunks.

    `strong` tells whether it stands on its own, before a template of the category. `advice` is what it asks
    of the customer or offers, sentence by sentence, where that can be said beside such a template.
    """

    chunks: tuple[Chunk, ...]
    text: str
    strong: bool = False
    advice: tuple[tuple[Chunk, ...], ...] = ()


def action_of(case: Case, public: Public, values: SlotValues, *, spoken: str = "") -> Told | None:
    """What the case's reply does, generalised and filled; None where nothing of it can be said again."""
    letter = take_apart(case.reply or "", case.language)
    cues = reader(case.language)
    kept: list[tuple[Said, Pieces]] = []
    heard = clumsy = dropped = 0
    for said in letter.said:
        if not _acts(said, cues):
            dropped += 1
            continue
        heard += 1
        pieces = generalise_sentence(said.text, former_of(case), public)
        leans = dropped and _leans(said.text, cues)
        if pieces is None or leans or normal(said.text) in spoken or _foreign(pieces, case, public, cues):
            dropped += 1
        elif _open(pieces, values) > MAX_GAPS:
            clumsy += 1
        else:
            dropped = 0
            kept.append((said, pieces))
    kept = [(said, _without_empty_brackets(pieces, values)) for said, pieces in kept[:MAX_SENTENCES]]
    chunks = _chunked(_joined(kept), case, values)
    text = "".join(chunk.text for chunk in chunks)
    if len(content_words(text)) < MIN_WORDS:
        return None
    together = sum(_open(pieces, values) for _, pieces in kept)
    whole = not clumsy and together <= MAX_GAPS and len(kept) > 1 and 2 * len(kept) >= heard
    return Told(chunks, text, whole, _advice(kept, case, values, cues))


def _advice(
    kept: Iterable[tuple[Said, Pieces]], case: Case, values: SlotValues, cues: Reader
) -> tuple[tuple[Chunk, ...], ...]:
    alone = (
        pieces
        for said, pieces in kept
        if cues.offer.search(said.text) and not cues.pronoun.search(said.text) and not _open(pieces, values)
    )
    return tuple(_chunked([("", pieces)], case, values) for pieces in alone)


def _leans(text: str, cues: Reader) -> bool:
    """Whether a sentence needs the one before it: it begins with what that one named, or takes it up."""
    return cues.leaning.search(text) is not None or cues.pronoun.search(text) is not None


def _acts(said: Said, cues: Reader) -> bool:
    """Whether a sentence acts or tells what comes next; feelings, findings, reports and farewells don't."""
    text = said.text
    others = (cues.former, cues.perception, cues.empathy, cues.report, cues.closing)
    if text.endswith("?") or any(cue.search(text) for cue in others):
        return False
    return said.item or cues.action.search(text) is not None


def _foreign(pieces: Pieces, case: Case, public: Public, cues: Reader) -> bool:
    """Whether a sentence tells the former customer's story: words, or a deed, that no procedure knows."""
    text = " ".join(piece.text for piece in pieces if not (piece.slot or piece.policy))
    procedure = content_words(" ".join((case.resolution, *case.steps)))
    stems = content_words(text)
    known = sum(word in procedure or word in public.stems for word in stems)
    done = {word[:3] for word in procedure}
    deeds = [(match[match.lastindex or 0]).lower()[:3] for match in cues.deed.finditer(text)]
    return known < MIN_KNOWN * len(stems) or any(deed not in done for deed in deeds)


def _open(pieces: Pieces, values: SlotValues) -> int:
    return sum(piece.slot is not None and not (piece.fill and piece.slot in values.known) for piece in pieces)


def _without_empty_brackets(pieces: Pieces, values: SlotValues) -> Pieces:
    """A remark in brackets that holds nothing but a few words and a gap says nothing: it goes."""
    told = list(pieces)
    for number in range(1, len(told) - 1):
        before, after = _BRACKET.search(told[number - 1].text), told[number + 1].text
        if before and after.startswith(")") and _open((told[number],), values):
            told[number - 1 : number + 2] = [
                Piece(told[number - 1].text[: before.start()]),
                Piece(""),
                Piece(after[1:]),
            ]
    return tuple(piece for piece in told if piece.text)


def _joined(kept: Iterable[tuple[Said, Pieces]]) -> Iterator[tuple[str, Pieces]]:
    """Each sentence with what stands before it: a blank, a new line with its mark, or an empty line."""
    before: Said | None = None
    for said, pieces in kept:
        if before is None:
            space = ""
        elif said.paragraph != before.paragraph:
            space = "\n\n"
        else:
            space = "\n" if said.item else " "
        yield space + ("– " if said.item else ""), pieces
        before = said


def _chunked(parts: Iterable[tuple[str, Pieces]], case: Case, values: SlotValues) -> tuple[Chunk, ...]:
    return tuple(chunk for space, pieces in parts for chunk in _chunks(space, pieces, case, values))


def _chunks(space: str, pieces: Pieces, case: Case, values: SlotValues) -> Iterator[Chunk]:
    source = f"case:{case.id}"
    if space:
        yield Chunk(space, "case", source)
    for piece in pieces:
        if piece.policy:
            yield Chunk(piece.text, "policy", piece.policy)
        elif piece.slot:
            yield slot(piece.slot, values if piece.fill else SlotValues(), case.language)
        else:
            yield Chunk(piece.text, "case", source)


def resolution_of(case: Case, public: Public, values: SlotValues) -> Told | None:
    """A case without a usable reply: its steps as a list, or its resolution, with a few words before.

    What is addressed to the agent ("ask the customer") is left out of both.
    """
    language = case.language.split("-")[0]
    if language not in STEPS_LEAD:
        return None
    steps = [step for step in case.steps[:MAX_STEPS] if not reader(language).internal.search(step)]
    told = [pieces for step in steps for pieces in generalise(step, case, public)[:1]]
    if len(told) > 1:
        parts = [(f"{STEPS_LEAD[language]}\n– ", told[0]), *(("\n– ", pieces) for pieces in told[1:])]
    else:
        told = _open_to_customers(case, public, values, reader(language))
        parts = [(f"{RESOLUTION_LEAD[language]} ", pieces) for pieces in told[:1]]
        parts += [(" ", pieces) for pieces in told[1:MAX_SENTENCES]]
    chunks = _chunked(parts, case, values)
    return Told(chunks, "".join(chunk.text for chunk in chunks)) if chunks else None


def _open_to_customers(case: Case, public: Public, values: SlotValues, cues: Reader) -> list[Pieces]:
    """The resolution, where it speaks to the customer and its first sentence, which bears it, is left."""
    first = sentences(case.resolution.split("\n")[0])[:1]
    lost = not first or generalise_sentence(first[0], former_of(case), public) is None
    if lost or cues.internal.search(case.resolution):
        return []
    kept = generalise(case.resolution, case, public)
    return [pieces for pieces in kept if _open(pieces, values) <= MAX_GAPS]
