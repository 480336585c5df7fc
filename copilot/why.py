"""The phrases that carry a match: runs of the customer's words that the passage has too, rarest first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from indexer.lexical import WORD, words_of

MOST_PHRASES = 3
LONGEST_PHRASE = 6
# A word that a third of all passages hold explains nothing; idf of such a word is about 1.
LEAST_IDF = 1.5


def why(
    request: str, passage_words: str, idf: Callable[[str], float], *, languages: Sequence[str]
) -> tuple[str, ...]:
    """At most three phrases as the customer wrote them. `languages` are those of request and passage."""
    theirs = {stem for language in languages for stem in words_of(passage_words, language)}
    phrases: list[tuple[float, str]] = []
    for start, end in _runs(request, theirs, languages):
        text = request[start:end]
        weight = sum(
            sorted({idf(stem) for stem in words_of(text, languages[0])}, reverse=True)[:LONGEST_PHRASE]
        )
        if max((idf(stem) for stem in words_of(text, languages[0])), default=0.0) >= LEAST_IDF:
            phrases.append((weight, re.sub(r"\s+", " ", text)))
    phrases.sort(key=lambda entry: -entry[0])
    distinct = {text.lower(): text for _, text in reversed(phrases)}
    ordered = [text for _, text in phrases if distinct.get(text.lower()) is text]
    return tuple(ordered[:MOST_PHRASES])


def _runs(request: str, theirs: set[str], languages: Sequence[str]) -> list[tuple[int, int]]:
    """Stretches of neighbouring words that the passage has too, at most LONGEST_PHRASE words each."""
    runs: list[tuple[int, int]] = []
    open_run: tuple[int, int, int] | None = None
    for match in WORD.finditer(request):
        shared = any(set(words_of(match.group(), language)) & theirs for language in languages)
        broken = open_run is not None and re.search(r"[.!?\n,;:]", request[open_run[1] : match.start()])
        if open_run and (not shared or broken or open_run[2] >= LONGEST_PHRASE):
            runs.append(open_run[:2])
            open_run = None
        if shared:
            open_run = (
                (open_run[0], match.end(), open_run[2] + 1) if open_run else (match.start(), match.end(), 1)
            )
    if open_run:
        runs.append(open_run[:2])
    return runs
