"""The phrases that carry a match: runs of the customer's words that the passage has too, rarest first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexer.lexical import WORD, WordIndex, query_words, stop_words, words_of

MOST_PHRASES = 3
LONGEST_PHRASE = 6
# A word that a third of all passages hold explains nothing; idf of such a word is about 1.
LEAST_IDF = 1.5
BREAK = re.compile(r"[.!?\n,;:()]")


def why(request: str, passage_words: str, index: WordIndex, *, languages: Sequence[str]) -> tuple[str, ...]:
    """At most three phrases as the customer wrote them. `languages` are those of passage and request."""
    theirs = {stem for language in languages for stem in words_of(passage_words, language)}
    ignored = frozenset().union(*(stop_words(language.split("-")[0]) for language in languages))
    weighed: dict[str, tuple[float, str]] = {}
    for start, end in _runs(request, theirs, ignored, languages):
        text = " ".join(request[start:end].split())
        information = [index.idf(word) for word in query_words(text, languages[-1])]
        # "00" of a time or "90" of a price is in many texts and says nothing.
        if max(information, default=0.0) >= LEAST_IDF and any(map(str.isalpha, text)):
            weighed.setdefault(text.lower(), (sum(information), text))
    best = sorted(weighed.values(), key=lambda entry: -entry[0])
    return tuple(text for _, text in best[:MOST_PHRASES])


def _runs(
    request: str, theirs: set[str], ignored: frozenset[str], languages: Sequence[str]
) -> list[tuple[int, int]]:
    """Stretches of shared words, function words between them included, at most LONGEST_PHRASE words each."""
    runs: list[tuple[int, int]] = []
    start = end = length = waiting = 0
    for match in WORD.finditer(request):
        if match.group().lower() in ignored:
            waiting += 1
            continue
        shared = any(set(words_of(match.group(), language)) & theirs for language in languages)
        joined = length and waiting <= 2 and length + waiting < LONGEST_PHRASE
        if length and not (shared and joined and not BREAK.search(request, end, match.start())):
            runs.append((start, end))
            length = 0
        if shared:
            start = start if length else match.start()
            end, length = match.end(), length + (waiting if length else 0) + 1
        waiting = 0
    return [*runs, (start, end)] if length else runs
