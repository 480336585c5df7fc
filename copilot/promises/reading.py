"""What a sent message promises: sentence by sentence, clause by clause, purely by its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from copilot.drafting.facts import facts_in
from copilot.drafting.text import sentences
from copilot.promises.cues import Reader, reader, told_language
from copilot.promises.due import When, when_in, without_periods

PromiseKind = Literal["refund", "replacement", "contact", "delivery", "credit", "investigation", "other"]
Actor = Literal["agent", "desk", "other"]
KINDS: tuple[PromiseKind, ...] = get_args(PromiseKind)
_MONEY = ("refund", "credit", "other")

MOST_READ = 20_000
"""Characters of a message: no honest one is longer, and pasted matter promises nothing."""
_LONGEST = 700
"""Characters read as one sentence; what runs on is cut, so that hostile text costs linear time."""
_PARAGRAPH = re.compile(r"\n[ \t]*(?=\n|[-*•>]|\d{1,2}[.)][ \t])")
# A comma within a date, or before what only dates the clause or ends it (German), parts nothing.
_CLAUSE = re.compile(
    r"[,:–—]\s+(?!\d|(?:so|by|until|also|bis|spätestens|am)\b"
    r"|(?:le|au plus tard|soit|el|hasta|es decir|antes|como|a más)\b"
    r"|(?:an|aus|zu)?(?:ge|ver|er|be|über)\w+(?:t|en)\b)|;\s+"
    r"|\s(?=(?:and|but|then|und|aber|sondern|et|mais|puis|y|pero|luego)\s"
    r"(?!\d|las \d|el (?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)))",
    re.IGNORECASE,
)
_AND = re.compile(r",?\s(?:and|but|und|aber|et|mais|y|pero)\s", re.IGNORECASE)
_LESS = re.compile(r"\b(?:less|minus|moins|abzüglich|menos)\W*$", re.IGNORECASE)
_REACH = 60
"""Characters after "as soon as" in which it says who must act."""
_CONJUNCTION = re.compile(
    r"^\W*(?:(?:and|but|then|or|und|aber|oder|dann|sondern|et|mais|ou|puis|y|pero|o|luego)\s)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise in a text: `text` is its sentence, `text[start:end]` of what was read.

    `actor` is the agent who writes, the desk, or somebody `other` such as a carrier. `amount` is in normal
    form (`59.90 EUR`); `when` None says that no time is named.
    """

    kind: PromiseKind
    text: str
    start: int
    end: int
    actor: Actor
    amount: str | None = None
    when: When | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a text says that the desk won't do."""

    kind: PromiseKind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    rests: bool  # on something that has yet to happen


def commitments_in(text: str, language: str | None = None) -> tuple[Commitment, ...]:
    """Every promise of a message, in order; without a language it is told by the text's small words.

    Conditions, refusals, questions and what the customer is to do are none. Never raises.
    """
    return _read(text, language)[0]


def refusals_in(text: str, language: str | None = None) -> tuple[Refusal, ...]:
    """What a message refuses outright: a refund, a replacement, a credit, a delivery."""
    return _read(text, language)[1]


def warm() -> None:
    """Compile the cues of all languages now, so that the first message doesn't wait for it."""
    for language in ("en", "es", "fr", "de", "und"):
        commitments_in("We call you tomorrow.", language)


@lru_cache(maxsize=4096)
def _read(text: str, language: str | None) -> tuple[tuple[Commitment, ...], tuple[Refusal, ...]]:
    read = reader(language or told_language(text))
    promised: list[Commitment] = []
    refused: list[Refusal] = []
    for start, end in spans_of_sentences(text[:MOST_READ]):
        sentence = text[start:end]
        plain = _plain(sentence)
        if plain.rstrip("\"')] ").endswith("?"):
            continue
        promised += (_placed(one, sentence, start, end) for one in _promises(plain, read))
        if read.cues.refusal.search(plain):
            kind = _kind(plain, read)
            if kind in ("refund", "replacement", "credit", "delivery"):
                refused.append(Refusal(kind, sentence, start, end))
    return tuple(promised), tuple(refused)


def spans_of_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a message stand, quoted lines left out; lines that only wrapped are joined."""
    at = 0
    for end in (*(match.start() for match in _PARAGRAPH.finditer(text)), len(text)):
        if not text[at:end].lstrip().startswith(">"):
            for start, stop in _pieces(text, at, end):
                yield from _sentences(text, start, stop)
        at = end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A paragraph in pieces of a few thousand characters, cut at a space where there is one."""
    while end - start > 4 * _LONGEST:
        cut = text.rfind(" ", start + 3 * _LONGEST, start + 4 * _LONGEST)
        cut = start + 4 * _LONGEST if cut < 0 else cut
        yield start, cut
        start = cut
    yield start, end


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for sentence in sentences(text[start:end]):
        at = text.index(sentence, start, end)
        start = at + len(sentence)
        for begin in range(at, start, _LONGEST):
            stop = min(begin + _LONGEST, start)
            piece = text[begin:stop]
            if bare := piece.strip():
                begin += len(piece) - len(piece.lstrip())
                yield begin, begin + len(bare)


def _plain(sentence: str) -> str:
    """The same characters in number, with plain apostrophes and spaces."""
    return re.sub(r"\s", " ", sentence.replace("’", "'").replace("‘", "'"))


def _placed(found: Commitment, sentence: str, start: int, end: int) -> Commitment:
    return Commitment(found.kind, sentence, start, end, found.actor, found.amount, found.when)


def _promises(sentence: str, read: Reader) -> Iterator[Commitment]:
    """The promises of a sentence, each with the clauses that go with it; two alike are one."""
    if not (read.cues.promise.search(sentence) or read.cues.present.search(sentence)):
        return
    clauses = [clause for part in _unconditional(sentence, read) for clause in _clauses(part, read)]
    heads: list[int] = []
    for number, clause in enumerate(clauses):
        if _is_promise(clause.text, read) or (
            heads and heads[-1] == number - 1 and _goes_on(clause.text, read)
        ):
            heads.append(number)
    told: set[tuple[str, str | None, When | None]] = set()
    for head, following in zip(heads, [*heads[1:], len(clauses)][: len(heads)], strict=True):
        first = 0 if head == heads[0] else head
        found = _commitment(clauses[first:following], head - first, read)
        key = (found.kind, found.amount, found.when)
        if key not in told:
            told.add(key)
            yield found


def _unconditional(sentence: str, read: Reader) -> Iterator[str]:
    """What of a sentence hangs on no condition: all, or what an "and" parts from the clause that does."""
    for part in re.split(r";\s", sentence):
        found = (m.start() for m in read.cues.condition.finditer(part))
        at = next((start for start in found if not read.cues.indirect.search(part[:start])), None)
        if at is None:
            yield part
        elif joined := list(_AND.finditer(part[:at])):
            yield part[: joined[-1].start()]


def _clauses(part: str, read: Reader) -> Iterator[_Clause]:
    """The clauses of a part; none where all waits for what the customer does."""
    event = read.cues.event.search(part)
    if event and read.cues.customer.search(part[event.end() : event.end() + _REACH].partition(",")[0]):
        return
    at = 0
    for end in (*(match.start() for match in _CLAUSE.finditer(part)), len(part)):
        if part[at:end].strip():
            yield _Clause(part[at:end].lstrip(" ,;:–—"), event is not None)
        at = end


def _is_promise(clause: str, read: Reader) -> bool:
    cues = read.cues
    if not cues.promise.search(clause) and not (cues.present.search(clause) and when_in(clause, read.times)):
        return False
    return not (cues.none.search(clause) or cues.negative.search(clause))


def _goes_on(clause: str, read: Reader) -> bool:
    """Whether a clause goes on with the promise before it: "… and call you tomorrow"."""
    return bool(read.cues.continued.search(_bare(clause))) and not read.cues.negative.search(clause)


def _bare(clause: str) -> str:
    return _CONJUNCTION.sub("", clause, count=1)


def _commitment(clauses: Sequence[_Clause], head: int, read: Reader) -> Commitment:
    """One promise from its own clause and those around it that name no time of the customer's."""
    own = clauses[head]
    others = [*clauses[head + 1 :], *clauses[:head]]
    near = [own, *(one for one in others if not read.cues.aside.search(one.text))]
    when = _when([one.text for one in near], read)
    if own.rests or any(one.rests for one in near):
        when = without_periods(when)
    kind = _kind(own.text, read)
    if kind == "other":
        kind = next((k for one in clauses[head + 1 :] if (k := _kind(one.text, read)) != "other"), kind)
    amount = next((a for one in near if (a := _amount(one.text))), None) if kind in _MONEY else None
    return Commitment(kind, "", 0, 0, _actor(own.text, read), amount, when)


def _when(near: Sequence[str], read: Reader) -> When | None:
    """The first time that is named; where it is only an hour, with the day that is named beside it."""
    found = [when for text in near if (when := when_in(text, read.times))]
    if not found or found[0].values:
        return found[0] if found else None
    day = next((when for when in found if when.values and not when.values[0].startswith("+")), None)
    return When(day.values, found[0].clock) if day else found[0]


def _kind(clause: str, read: Reader) -> PromiseKind:
    """What a clause is about: news where its verb says so, else the first thing named, delivery last."""
    if read.kinds["main"].search(clause):
        return "contact"
    found = {name: m.start() for name in KINDS[:-1] if (m := read.kinds[name].search(clause))}
    delivery = found.pop("delivery", None)
    if found:
        first = min(found, key=lambda name: found[name])
        return next(kind for kind in KINDS if kind == first)
    return "other" if delivery is None else "delivery"


def _actor(clause: str, read: Reader) -> Actor:
    if read.cues.other.search(clause) and not read.cues.i.search(clause):
        return "other"
    return "agent" if read.cues.i.search(clause) else "desk"


def _amount(clause: str) -> str | None:
    amounts = (fact for fact in facts_in(clause) if fact.kind == "amount")
    return next((fact.value for fact in amounts if not _LESS.search(clause[: fact.start])), None)
