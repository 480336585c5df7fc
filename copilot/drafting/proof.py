"""The proof of a draft: every amount, period, date and link must stand in policy or in the conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from copilot.drafting.facts import Fact, FactKind, facts_in
from copilot.drafting.text import clean_text
from copilot.models import DraftWarning, Span

CODES: Mapping[FactKind, str] = {
    "amount": "unsupported_amount",
    "percent": "unsupported_amount",
    "period": "unsupported_period",
    "date": "unsupported_date",
    "link": "unsupported_link",
}
# Beyond this much of a text nothing that a reply leans on is said any more; it bounds the time of a draft.
_READ = 8_000


@dataclass(frozen=True, slots=True)
class Backing:
    """What a draft may lean on: facts, each with the source that it was first read in."""

    facts: Mapping[tuple[FactKind, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, sources: Iterable[tuple[str, str]]) -> Backing:
        """From pairs of source (`article:returns#the-30-days`, `slot:amount`, `message:2`) and text."""
        found: dict[tuple[FactKind, str], str] = {}
        for source, text in sources:
            for fact in facts_in(clean_text(text[:_READ])):
                found.setdefault((fact.kind, fact.value), source)
                for key in _looser(fact):
                    found.setdefault(key, source)
        return cls(found)

    def source_of(self, fact: Fact) -> str | None:
        """Where the fact stands, None if nowhere."""
        return self.facts.get((fact.kind, fact.value))

    def __or__(self, other: Backing) -> Backing:
        return Backing({**other.facts, **self.facts})


def _looser(fact: Fact) -> Iterable[tuple[FactKind, str]]:
    """What a fact backs besides itself: the day without its year, the number without its currency."""
    if fact.kind == "date" and fact.value[:1].isdecimal():
        yield "date", f"-{fact.value[4:]}"
    elif fact.kind == "amount" and " " in fact.value:
        yield "amount", fact.value.split()[0]


def check_text(text: str, backing: Backing) -> tuple[DraftWarning, ...]:
    """Warn of every fact in a text, the agent's edit included, that nothing backs. Offsets are the text's."""
    return tuple(
        DraftWarning(CODES[fact.kind], text[fact.start : fact.end], fact.start, fact.end)
        for fact in facts_in(text)
        if backing.source_of(fact) is None
    )


def check_spans(text: str, spans: Iterable[Span], backing: Backing) -> tuple[DraftWarning, ...]:
    """The warnings that touch what a past case says: templates, policy and slots prove themselves."""
    told = [(span.start, span.end) for span in spans if span.kind == "case"]
    return tuple(
        warning
        for warning in (check_text(text, backing) if told else ())
        if any(warning.start < end and start < warning.end for start, end in told)
    )
