"""The proof of a draft: every value must stand in policy, in the conversation, or be the agent's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from copilot.drafting.facts import Fact, FactKind
from copilot.drafting.text import clean_text, content_words, normal, sentence_spans, words
from copilot.drafting.tokens import tokens_in
from copilot.models import DraftWarning, Proven, Span

CODES: Mapping[FactKind, str] = {
    "amount": "unsupported_amount",
    "percent": "unsupported_amount",
    "period": "unsupported_period",
    "date": "unsupported_date",
    "link": "unsupported_link",
    "email": "unsupported_address",
    "address": "unsupported_address",
    "phone": "unsupported_number",
    "id": "unsupported_number",
    "number": "unsupported_number",
    "time": "unsupported_date",
    "name": "unsupported_name",
}
# These say what a rule grants: the clause that backs one must speak of the same thing.
_RULED = frozenset({"amount", "percent", "period"})
# Beyond this much of a text nothing that a reply leans on is said any more; it bounds the time of a draft.
_READ = 8_000


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence that backs a value: its source and its other words; `language` None backs anything said."""

    source: str
    stems: frozenset[str] = frozenset()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Backing:
    """What a draft may lean on: values, each with the clauses that hold it, and the words of all sources."""

    facts: Mapping[tuple[FactKind, str], tuple[Clause, ...]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()

    @classmethod
    def of(cls, sources: Iterable[tuple[str, str]], *, language: str | None = None) -> Backing:
        """From pairs of source (`article:returns#the-30-days`, `slot:amount`, `message:2`) and text.

        With the `language` of a policy, its figures back only what shares a word with their clause.
        """
        found = cls()
        for source, text in sources:
            found = found | _read(source, clean_text(text[:_READ]), language)
        return found

    def source_of(
        self, fact: Fact, *, language: str | None = None, stems: frozenset[str] = frozenset()
    ) -> str | None:
        """Where the fact stands, None if nowhere. `stems` are the words around it, in that `language`."""
        if fact.kind == "name":
            return "word" if fact.value in self.words else None
        clauses = self.facts.get((fact.kind, fact.value), ())
        if fact.kind in _RULED and language is not None:
            clauses = tuple(c for c in clauses if c.language != language or c.stems & stems or not c.stems)
            clauses = tuple(sorted(clauses, key=lambda clause: -len(clause.stems & stems)))
        if clauses:
            return clauses[0].source
        if fact.kind == "address" and any(f" {fact.value} " in text for text in self.texts):
            return "address"
        return None

    def __or__(self, other: Backing) -> Backing:
        facts = dict(self.facts)
        for key, clauses in other.facts.items():
            facts[key] = (*facts.get(key, ()), *clauses)
        return Backing(facts, self.words | other.words, self.texts + other.texts)


@lru_cache(maxsize=2048)
def _read(source: str, text: str, language: str | None) -> Backing:
    facts: dict[tuple[FactKind, str], tuple[Clause, ...]] = {}
    spoken = (language or "en").split("-")[0]
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        tokens = tokens_in(sentence, spoken)
        clause = Clause(
            source, stems_around(sentence, tokens) if language else frozenset(), language and spoken
        )
        for token in tokens:
            for key in ((token.kind, token.value), *_looser(token)):
                facts[key] = (*facts.get(key, ()), clause)
    bare = normal(text)
    return Backing(facts, frozenset(bare.split()) | {w.lower() for w in words(text)}, (f" {bare} ",))


def stems_around(sentence: str, tokens: Iterable[Fact], start: int = 0) -> frozenset[str]:
    """The content words of a sentence without those of its values; it begins at `start` of their text."""
    text = sentence
    for token in tokens:
        if token.kind != "name":
            first, last = token.start - start, token.end - start
            text = text[:first] + " " * (last - first) + text[last:]
    return content_words(text)


def _looser(fact: Fact) -> Iterable[tuple[FactKind, str]]:
    """What a fact backs besides itself: the day without its year, the number without its currency."""
    if fact.kind == "date" and fact.value[:1].isdecimal():
        yield "date", f"-{fact.value[4:]}"
    elif fact.kind == "amount" and " " in fact.value:
        yield "amount", fact.value.split()[0]
    elif fact.kind == "id":
        yield "number", fact.value
    elif fact.kind == "number":
        yield "id", fact.value


def prove(text: str, backing: Backing, *, language: str = "en") -> Iterator[tuple[Fact, str | None]]:
    """Every value of a text with the source that backs it, None where nothing does; in order."""
    spoken = language.split("-")[0]
    tokens = tokens_in(text, spoken)
    sentences = iter(sentence_spans(text))
    start = end = 0
    stems: frozenset[str] | None = None
    for token in tokens:
        while token.start >= end:
            start, end = next(sentences, (0, len(text) + 1))
            stems = None
        if stems is None and token.kind in _RULED:
            inside = [t for t in tokens if start <= t.start and t.end <= end]
            stems = stems_around(text[start:end], inside, start)
        yield token, backing.source_of(token, language=spoken, stems=stems or frozenset())


def check_text(text: str, backing: Backing, *, language: str = "en") -> tuple[DraftWarning, ...]:
    """Warn of every value in a text that nothing backs. Offsets are the text's."""
    return tuple(
        _warning(text, fact) for fact, source in prove(text, backing, language=language) if source is None
    )


def _warning(text: str, fact: Fact) -> DraftWarning:
    return DraftWarning(CODES[fact.kind], text[fact.start : fact.end], fact.start, fact.end)


@dataclass(frozen=True, slots=True)
class Proof:
    """The values of a draft: those that something backs, with it, and the others as warnings."""

    proven: tuple[Proven, ...] = ()
    warnings: tuple[DraftWarning, ...] = ()


def prove_spans(text: str, spans: Iterable[Span], backing: Backing, *, language: str = "en") -> Proof:
    """The proof of a draft: what a past case says must be backed, all else proves itself."""
    told = [(span.start, span.end, span.kind, span.source) for span in spans]
    proven, warnings, at = [], [], 0
    for fact, source in prove(text, backing, language=language):
        while at < len(told) - 1 and told[at][1] <= fact.start:
            at += 1
        kind, own = told[at][2:] if told else ("template", "")
        if kind == "gap":
            continue
        if kind == "case" and source is None:
            warnings.append(_warning(text, fact))
        else:
            found = own if kind in {"slot", "policy"} or source in {None, "word", "address"} else source
            proven.append(Proven(fact.start, fact.end, fact.kind, found or own))
    return Proof(tuple(proven), tuple(warnings))
