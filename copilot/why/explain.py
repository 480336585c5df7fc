"""Which phrases of the customer and of a source carry a match, in the languages that each of them wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from copilot.models import Evidence, Match, Place
from copilot.retrieve import Prepared
from copilot.why.align import PhrasePair, phrase_pairs
from copilot.why.customer import Wording, wordings_of
from copilot.why.likeness import Told
from copilot.why.phrases import Stretch, counterpart, presentable, stretch_of
from copilot.why.sources import How, Shown, SourceReader, measured, read_fields, shown_fields
from indexer.embedder import Embedder
from indexer.search import Generation

MOST_MATCHES = 3
# Pairs looked at for one source: the best ones overlap, so the third that stands alone may be far down.
MOST_PAIRS = 200


class Explainer:
    """Finds the phrases that carry a match. Thread-safe; keeps what it read of sources."""

    def __init__(self, embedder: Embedder) -> None:
        self._sources, self.reads_meaning = SourceReader(embedder), measured(embedder)

    def explained(
        self, found: Sequence[Evidence], prepared: Sequence[Prepared], *, meaning: bool = True
    ) -> list[Evidence]:
        """The evidence with its matches, at most MOST_MATCHES each; `prepared` as it was searched with.

        Without `meaning` only words that both share are told, at no cost in the encoder.
        """
        wordings = wordings_of(prepared) if found else []
        if not wordings:
            return list(found)
        generation, meaning = prepared[0].generation, meaning and self.reads_meaning
        return [self._explained(item, wordings, generation, meaning) for item in found]

    def _explained(
        self, item: Evidence, wordings: Sequence[Wording], generation: Generation, meaning: bool
    ) -> Evidence:
        read, shown = read_fields(item), shown_fields(item)
        spoken = [wording for wording in wordings if wording.speaks(read.language)]
        # Without a wording in the source's language only what both spell alike can be told.
        how: How = "meaning" if meaning and spoken else "words" if spoken else "names"
        source = self._sources.read(read, generation, how)
        # What is shown in place of what was found, its translation.
        parallel = None if item.found is None else self._sources.read(shown, generation, "words")
        matches = _best(
            match
            for wording, pair in _ranked(spoken or [w.names for w in wordings if w.own is w], source)
            if (match := _match(wording, pair, source, parallel, shown)) is not None
        )
        return replace(item, matches=matches, why=tuple(dict.fromkeys(m.customer for m in matches)))


def _ranked(wordings: Sequence[Wording], source: Told) -> list[tuple[Wording, PhrasePair]]:
    """The pairs of phrases of all wordings, best first; faint ones only where there are no others."""
    pairs = [(wording, pair) for wording in wordings for pair in phrase_pairs(wording.told, source)]
    clear = [entry for entry in pairs if not entry[1].faint]
    return sorted(clear or pairs, key=lambda entry: -entry[1].worth)[:MOST_PAIRS]


def _match(
    wording: Wording, pair: PhrasePair, source: Told, parallel: Told | None, shown: Shown
) -> Match | None:
    """The pair as both sides wrote it; None where one of them can't be shown so."""
    mine = stretch_of(wording.told, pair.mine)
    written = wording.written(mine)
    theirs = _shown_place(stretch_of(source, pair.theirs), source, parallel, shown)
    if written is None or theirs is None or not (presentable(written[0]) and presentable(theirs[0])):
        return None
    translated = None if wording.own is wording else wording.told.text[slice(*mine)]
    return Match(written[0], theirs[0], pair.shared, written[1], theirs[1], translated)


def _shown_place(
    stretch: Stretch, source: Told, parallel: Told | None, shown: Shown
) -> tuple[str, Place] | None:
    """The phrase of the source as it is shown, and its field."""
    aligned = counterpart(stretch, source.text, parallel) if parallel else stretch
    if aligned is None:
        return None
    part = shown.field_at(aligned[0])
    start = shown.starts[part]
    return shown.text[slice(*aligned)], Place(part, aligned[0] - start, aligned[1] - start)


def _best(matches: Iterator[Match]) -> tuple[Match, ...]:
    """The first that don't repeat one another on either side; those that share a word stand first."""
    kept: list[Match] = []
    for match in matches:
        if not any(_repeats(match, other) for other in kept):
            kept.append(match)
        if len(kept) == MOST_MATCHES:
            break
    return tuple(sorted(kept, key=lambda match: not match.shared))


def _repeats(match: Match, other: Match) -> bool:
    """Whether a match says what another says already, in the same place or in another."""
    return (
        match.customer.casefold() in other.customer.casefold()
        or _overlap(match.customer_at, other.customer_at)
        or _overlap(match.source_at, other.source_at)
    )


def _overlap(one: Place, other: Place) -> bool:
    return one.part == other.part and one.start < other.end and other.start < one.end
