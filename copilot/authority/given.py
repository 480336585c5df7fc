"""What a reply grants: a voucher, credit, discount, compensation or waived fee, with its sum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from copilot.authority.bounds import money_of
from copilot.authority.words import AuthorityWords
from copilot.drafting.facts import Fact, facts_in
from copilot.drafting.text import sentence_spans
from knowledge_base.money import Money

GIVEN = ("fee_waiver", "discount", "voucher", "credit", "goodwill")
_NEAR = 34


@dataclass(frozen=True, slots=True)
class Given:
    """A sum that a text grants, where it stands, and its sentence, alone and with the one before."""

    kind: str
    money: Money
    start: int
    end: int
    sentence: str
    around: str


def given_in(text: str, words: AuthorityWords) -> Iterator[Given]:
    """Every grant of a sum in a text, in order. Refusals and what the customer asked for are none."""
    before, unsaid = "", None
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        kind = kind_in(sentence, words)
        # Only what speaks of a grant is read for sums: that is what takes time.
        facts = _sums(sentence) if kind or unsaid else []
        around = f"{before} {sentence}"
        for fact, named in _named(sentence, facts, kind, unsaid, words):
            yield Given(named, money_of(fact), start + fact.start, start + fact.end, sentence, around)
        before = sentence
        unsaid = kind if kind and not facts and not words.says("refuses", sentence) else None


def _sums(sentence: str) -> list[Fact]:
    return [fact for fact in facts_in(sentence) if fact.kind in {"amount", "percent"}]


def _named(
    sentence: str, facts: Sequence[Fact], kind: str | None, unsaid: str | None, words: AuthorityWords
) -> Iterator[tuple[Fact, str]]:
    """The sums that a sentence grants, each with its kind: one it names, or that the one before left open."""
    if kind:
        for fact in _granted(sentence, facts, words):
            yield fact, _kind_near(sentence, fact, words) or kind
    elif facts and unsaid and words.says("worth", sentence) and not words.says("refuses", sentence):
        near = sentence[max(0, facts[0].start - _NEAR) : facts[0].start]
        if not words.says("elsewhere", near):
            yield facts[0], unsaid


def kind_in(text: str, words: AuthorityWords) -> str | None:
    """The kind of grant of which a text speaks."""
    return next((kind for kind in GIVEN if words.kinds[kind].search(text)), None)


def _kind_near(sentence: str, fact: Fact, words: AuthorityWords) -> str | None:
    """The kind named nearest to a sum in its clause."""
    start, end = next(span for span in _clauses(sentence, words) if span[0] <= fact.start < span[1])
    hits: list[tuple[int, str]] = []
    for kind in GIVEN:
        for match in words.kinds[kind].finditer(sentence[start:end]):
            first, last = start + match.start(), start + match.end()
            inside = first < fact.end and fact.start < last
            hits.append((0 if inside else max(first - fact.end, fact.start - last), kind))
    return min(hits, key=lambda hit: hit[0], default=(0, None))[1]


def _granted(sentence: str, facts: Sequence[Fact], words: AuthorityWords) -> Iterator[Fact]:
    """The sums in clauses that name a grant and refuse nothing; where none has a sum, those of the others."""
    spans = _clauses(sentence, words)
    naming = [span for span in spans if kind_in(sentence[slice(*span)], words)]
    inside = [fact for fact in facts if any(start <= fact.start < end for start, end in naming)]
    for fact in inside or facts:
        start, end = next(span for span in spans if span[0] <= fact.start < span[1])
        near = sentence[max(start, fact.start - _NEAR) : fact.start]
        if words.says("elsewhere", near) or words.says("refuses", sentence[start : fact.start]):
            continue
        if not words.says("refuses", sentence[start:end]) or _after(sentence, fact, end, words):
            yield fact


def _after(sentence: str, fact: Fact, end: int, words: AuthorityWords) -> bool:
    """Whether what is refused after a sum is something else: `I give you 100 €, which can't be paid out`."""
    rest = words.cues["refuses"].search(sentence[fact.end : end])
    return rest is not None and "," in sentence[fact.end : fact.end + rest.start()]


def _clauses(sentence: str, words: AuthorityWords) -> list[tuple[int, int]]:
    spans, at = [], 0
    for match in words.cues["clause"].finditer(sentence):
        spans.append((at, match.end()))
        at = match.end()
    return [*spans, (at, len(sentence) + 1)]
