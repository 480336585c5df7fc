"""Names for groups of requests: the phrases that set each apart from what else is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from functools import lru_cache
from math import log1p, sqrt

from indexer.lexical import stop_words, words_of
from knowledge_base.personal.replacing import without_personal_text

MOST_PHRASES = 3
LONGEST = 3
"""Words of a phrase."""
LEAST_SHARE = 0.2
"""A phrase names a group only if it stands in this share of its requests, and in two at least: what one
customer says is no name, and may be personal."""
READ = 25
"""Requests of a group that are read for its name, those nearest to its middle: looking for what is personal
takes 1.5 ms each."""
WORTH = 0.4
"""A further phrase must weigh this much of the first: what merely occurs too is no name."""
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_PLACE = re.compile(r"\[[^\]\s]{1,40}\]")
_SENTENCE = re.compile(r"[.!?;:\n¿¡。！？؟]+")


def names(groups: Sequence[Sequence[str]], languages: Sequence[str | None]) -> list[str]:
    """A name for each group of requests, each group in one language; no two words of it say the same.

    Phrases are weighed by how many of the group's requests hold them, against how many of all groups' do
    (class TF-IDF: Grootendorst, BERTopic, 2022). Personal data is taken out first. A group of which no
    phrase stands out is named by its first request, shortened.
    """
    told = [
        [_phrases(text, language) for text in group[:READ]]
        for group, language in zip(groups, languages, strict=True)
    ]
    counts = [Counter(stems for phrases in group for stems in phrases) for group in told]
    everywhere: Counter[tuple[str, ...]] = Counter()
    for counted in counts:
        everywhere.update(counted)
    usual = sum(map(len, told)) / max(len(told), 1)
    return [
        _name(group, counted, everywhere, usual) or _shortened(texts[0] if texts else "", language)
        for group, counted, texts, language in zip(told, counts, groups, languages, strict=True)
    ]


@lru_cache(maxsize=10_000)
def anonymous(text: str, language: str | None) -> str:
    """A request without what is personal in it: placeholders stand there."""
    return without_personal_text(" ".join(text.split()), language=language)


def _phrases(text: str, language: str | None) -> dict[tuple[str, ...], str]:
    """The phrases of a request by their stems, each once, as it is written first; no placeholder within."""
    code = (language or "en").split("-")[0]
    ignored, found = stop_words(code), dict[tuple[str, ...], str]()
    for sentence in _SENTENCE.split(_PLACE.sub(". ", anonymous(text, language))):
        written = [match[0] for match in _WORD.finditer(sentence)]
        stems = [_stem(word, code) for word in written]
        for length in range(1, LONGEST + 1):
            for start in range(len(written) - length + 1):
                words = written[start : start + length]
                if _telling(words[0], ignored) and _telling(words[-1], ignored):
                    found.setdefault(tuple(stems[start : start + length]), " ".join(words).lower())
    return found


def _stem(word: str, code: str) -> str:
    return " ".join(words_of(word, code))


def _telling(word: str, ignored: Collection[str]) -> bool:
    return word.lower() not in ignored and len(word) > 1 and not any(c.isdigit() for c in word)


def _name(
    group: Sequence[dict[tuple[str, ...], str]],
    counted: Counter[tuple[str, ...]],
    everywhere: Counter[tuple[str, ...]],
    usual: float,
) -> str:
    least = max(2, LEAST_SHARE * len(group))
    written: dict[tuple[str, ...], Counter[str]] = {}
    for phrases in group:
        for stems, words in phrases.items():
            if counted[stems] >= least:
                written.setdefault(stems, Counter())[words] += 1

    def weight(stems: tuple[str, ...]) -> float:
        # A longer phrase says more, where it is said nearly as often as its words.
        return counted[stems] / len(group) * log1p(usual / everywhere[stems]) * sqrt(len(stems))

    weights = {stems: weight(stems) for stems in written}
    ranked = sorted(weights, key=lambda stems: (-weights[stems], stems))
    chosen: list[tuple[str, ...]] = []
    for stems in ranked:
        apart = not any(set(stems) & set(other) for other in chosen)
        if apart and len(chosen) < MOST_PHRASES and weights[stems] >= WORTH * weights[ranked[0]]:
            chosen.append(stems)
    return " · ".join(_commonest(written[stems]) for stems in chosen)


def _commonest(forms: Counter[str]) -> str:
    return min(forms, key=lambda form: (-forms[form], form))


def _shortened(text: str, language: str | None) -> str:
    told = anonymous(text, language)
    return told if len(told) <= 60 else told[:59].rsplit(" ", 1)[0] + "…"
