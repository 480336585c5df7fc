"""A past reply made fit for another customer: its values become typed holes, or their sentences go.

What patterns recognise becomes a hole; a figure or name they miss takes its whole sentence with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from copilot.drafting.facts import NUMBER_WORDS, Fact, facts_in
from copilot.drafting.former import Former, former_of
from copilot.drafting.patterns import (
    ARRIVAL,
    CARRIERS,
    CODE,
    COMMON_CAPITALS,
    ERROR_CODE,
    ID,
    MAIL,
    MEASURE,
    MERGED,
    OPENING,
    PHONE,
    STREET,
    TITLE,
    TOKEN,
    TOWN,
    TRACKING,
    TRACKING_CUE,
    UPPER,
)
from copilot.drafting.pieces import Piece, Pieces, Public
from copilot.drafting.text import clean_text, sentences, words
from knowledge_base.models import Case
from knowledge_base.personal.models import PLACEHOLDER

# What is longer was never a sentence that somebody wrote to a customer.
MAX_SENTENCE = 1000
_SLOTS = {
    "NAME": "customer_name", "EMAIL": "email", "PHONE": "phone", "ADDRESS": "address", "ORDER_ID": "order_id",
    "TRACKING_NUMBER": "tracking_number",
}  # fmt: skip
_VOCATIVE = re.compile(r"^\[NAME(?:_\d+)?\]\s*[,:!–]\s+|,\s+\[NAME(?:_\d+)?\](?=\s*[,.!?;:])")
_Claim = tuple[int, int, Piece]


def generalise(text: str, case: Case, public: Public | None = None) -> tuple[Pieces, ...]:
    """The sentences of a case's text as pieces without its customer's values; what can't be saved goes."""
    former, known = former_of(case), public or Public()
    found = (
        generalise_sentence(s, former, known)
        for line in clean_text(text).split("\n")
        for s in sentences(line)
    )
    return tuple(pieces for pieces in found if pieces)


def generalise_sentence(sentence: str, former: Former, public: Public) -> Pieces | None:
    """One sentence as pieces; None when it says something that only concerned the former customer."""
    if len(sentence) > MAX_SENTENCE:
        return None
    sentence = _VOCATIVE.sub("", _without_vocatives(sentence, former))
    claims: list[_Claim] = []
    for start, end, piece in _claims(sentence, former, public):
        if piece is None:
            return None
        if all(end <= other[0] or other[1] <= start for other in claims):
            claims.append((start, end, piece))
    pieces = _cut(sentence, _merged(sentence, sorted(claims, key=lambda claim: claim[0])))
    return None if _suspicious(pieces, former, public) else pieces


def _without_vocatives(sentence: str, former: Former) -> str:
    for name in former.names:
        if name not in sentence:
            continue
        plain = re.escape(name)
        sentence = re.sub(rf"^\W*{TITLE}{plain}(?:\s+[{UPPER}][\w'’-]*)?\s*[,:!–]\s+", "", sentence)
        sentence = re.sub(rf",\s+{TITLE}{plain}(?=\s*[,.!?;:])", "", sentence)
    return sentence[:1].upper() + sentence[1:]


def _claims(sentence: str, former: Former, public: Public) -> Iterator[tuple[int, int, Piece | None]]:
    """What is recognised, one kind beating the next; a piece of None condemns the sentence."""
    yield from _placeholders(sentence, former)
    facts = facts_in(sentence)
    yield from (claim for f in facts if f.kind == "link" for claim in [_fact(sentence, f, former, public)])
    for match in MAIL.finditer(sentence):
        yield (
            *match.span(),
            _value(match.group(), "email", public, fill=match.group().lower() in former.told_text),
        )
    yield from _addresses(sentence, public)
    yield from (_fact(sentence, f, former, public) for f in facts if f.kind in {"amount", "percent"})
    yield from (_fact(sentence, f, former, public) for f in facts if f.kind in {"date", "period"})
    for match in PHONE.finditer(sentence):
        yield (
            *match.span(),
            _value(match.group(), "phone", public, fill=match.group().lower() in former.told_text),
        )
    yield from _codes(sentence, former, public)
    yield from _ids(sentence, former, public)
    yield from _named(sentence, former, public)


def _placeholders(sentence: str, former: Former) -> Iterator[tuple[int, int, Piece | None]]:
    """What was personal and is a placeholder since it was stored: the same hole, where a draft has one."""
    for match in PLACEHOLDER.finditer(sentence):
        slot = _SLOTS.get(match["kind"])
        if slot == "customer_name" and match.group() in former.agents:
            slot = "agent_name"
        yield *match.span(), Piece(match.group(), slot, fill=True) if slot else None


def _value(text: str, slot: str, public: Public, *, fill: bool) -> Piece:
    """A hole, unless the value is this conversation's too."""
    return Piece(text) if text.lower() in public.text else Piece(text, slot, fill=fill)


def _addresses(sentence: str, public: Public) -> Iterator[tuple[int, int, Piece]]:
    for match in STREET.finditer(sentence):
        town = TOWN.match(sentence, match.end())
        end = town.end() if town else match.end()
        yield match.start(), end, _value(sentence[match.start() : end], "address", public, fill=True)


def _fact(sentence: str, fact: Fact, former: Former, public: Public) -> tuple[int, int, Piece | None]:
    text = sentence[fact.start : fact.end]
    same = (fact.kind, fact.value) in former.told
    piece: Piece | None
    if source := public.policy.source_of(fact):
        piece = Piece(text, policy=source)
    elif public.talk.source_of(fact):
        piece = Piece(text)
    elif fact.kind == "amount":
        piece = Piece(text, "amount", fill=same)
    elif fact.kind == "date":
        arrival = ARRIVAL.search(sentence) is not None and not same
        # A date of this conversation rarely means what the former one meant: the agent is asked.
        piece = Piece(text, "delivery_date" if arrival else "date", fill=False)
    elif fact.kind == "period" and fact.value.endswith(("minute", "second")):
        piece = Piece(text)  # how long to hold a button is advice; the proof still points at it
    else:
        piece = None
    return fact.start, fact.end, piece


def _codes(sentence: str, former: Former, public: Public) -> Iterator[tuple[int, int, Piece]]:
    for match in CODE.finditer(sentence):
        name = "code" if match["code"] else "plain"
        text = match[name]
        if name == "code" or sum(c.isdigit() for c in text) < 4:
            fill = text.lower() in former.told_text
            yield *match.span(name), _value(text, "voucher_code", public, fill=fill)


def _ids(sentence: str, former: Former, public: Public) -> Iterator[tuple[int, int, Piece]]:
    order = _first_id(former, tracking=False)
    track = _first_id(former, tracking=True)
    for match in ID.finditer(sentence):
        text = match.group().lstrip("#")
        tracking = _is_tracking(text, sentence[: match.start()])
        first = track if tracking else order
        slot = "tracking_number" if tracking else "order_id"
        yield *match.span(), _value(text, slot, public, fill=first is None or text.lower() == first)


def _is_tracking(text: str, before: str) -> bool:
    return TRACKING.fullmatch(text) is not None or TRACKING_CUE.search(before[-40:]) is not None


def _first_id(former: Former, *, tracking: bool) -> str | None:
    """The id that the case is about: what the customer wrote, else the reply's first."""
    for text in (former.told_text, (former.case.reply or "").lower()):
        for match in ID.finditer(text):
            if _is_tracking(match.group().lstrip("#"), text[: match.start()]) is tracking:
                return match.group().lstrip("#")
    return None


def _named(sentence: str, former: Former, public: Public) -> Iterator[tuple[int, int, Piece]]:
    for names, slot in ((former.customer, "customer_name"), (former.agents, "agent_name")):
        present = [re.escape(name) for name in sorted(names, key=len, reverse=True) if name in sentence]
        if present:
            one = f"(?:{'|'.join(present)})"
            joined = rf"{one}(?:(?:[ -]|\s(?:van|von|de|der|la|y|und|and|et)\s){one})*"
            for match in re.finditer(rf"(?<!\w){TITLE}{joined}(?!\w)", sentence):
                yield *match.span(), Piece(match.group(), slot, fill=True)
    for match in CARRIERS.finditer(sentence):
        yield *match.span(), _value(match.group(), "carrier", public, fill=False)
    yield from _product(sentence, former, public)


def _product(sentence: str, former: Former, public: Public) -> Iterator[tuple[int, int, Piece]]:
    """The former customer's thing, by any word of its name that this conversation doesn't use."""
    strange = [
        word for word in words(former.case.product or "") if len(word) > 3 and word.lower() not in public.text
    ]
    if strange:
        one = "|".join(re.escape(word) for word in strange)
        for match in re.finditer(rf"(?<!\w)(?:{one})s?(?: (?:{one})s?)*(?!\w)", sentence, re.IGNORECASE):
            yield *match.span(), Piece(match.group(), "product", fill=True)


def _merged(sentence: str, claims: Sequence[_Claim]) -> list[_Claim]:
    """Claims in order, a weekday and its date as one hole."""
    merged: list[_Claim] = []
    for start, end, piece in claims:
        if merged and _one_date(merged[-1][2], piece) and MERGED.fullmatch(sentence, merged[-1][1], start):
            begin = merged[-1][0]
            slot = piece.slot or merged[-1][2].slot
            merged[-1] = (begin, end, Piece(sentence[begin:end], slot, fill=piece.fill))
        else:
            merged.append((start, end, piece))
    return merged


def _one_date(one: Piece, two: Piece) -> bool:
    return {one.slot, two.slot} <= {"date", "delivery_date"}


def _cut(sentence: str, claims: Sequence[_Claim]) -> Pieces:
    pieces, at = [], 0
    for start, end, piece in claims:
        pieces += [Piece(sentence[at:start]), piece] if at < start else [piece]
        at = end
    return (*pieces, Piece(sentence[at:])) if at < len(sentence) else tuple(pieces)


def _suspicious(pieces: Pieces, former: Former, public: Public) -> bool:
    """Whether plain text is left that holds a figure or a name which nobody but the former customer knows."""
    german = former.case.language.startswith("de")
    plain = [(number, piece.text) for number, piece in enumerate(pieces) if not (piece.slot or piece.policy)]
    return any(
        _strange_figure(text, public)
        or _strange_name(text, public, starts=number == 0, german=german)
        or any(occurs(name, text) and not occurs(name.lower(), public.text) for name in former.names)
        for number, text in plain
    )


def occurs(name: str, text: str) -> bool:
    """Whether a name stands in a text as a word; in a script without capitals, at all."""
    if name not in text:
        return False
    caseless = not (name[0].isupper() or name[0].islower())
    return caseless or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _strange_figure(text: str, public: Public) -> bool:
    for match in TOKEN.finditer(text):
        token = match.group().lower()
        if token in public.words:
            continue
        if any(c.isdigit() for c in token):
            if not (ERROR_CODE.fullmatch(match.group()) or MEASURE.match(text, match.end())):
                return True
        elif NUMBER_WORDS.get(token, 0) > 1:
            return True
    return False


def _strange_name(text: str, public: Public, *, starts: bool, german: bool) -> bool:
    """A capital letter inside a sentence that isn't known; in German, two of them side by side."""
    last_end, last_strange = -1, False
    for match in TOKEN.finditer(text):
        token, start = match.group(), match.start()
        opened = (starts and last_end < 0) or OPENING.search(text[max(0, start - 3) : start]) is not None
        strange = token[0].isupper() and not opened and not _usual(token, public)
        if strange and (not german or (last_strange and start - last_end == 1)):
            return True
        last_end, last_strange = match.end(), strange
    return False


def _usual(token: str, public: Public) -> bool:
    plain = re.sub(r"['’]s$", "", token)
    return plain in COMMON_CAPITALS or plain in public.capitals


def capitals(text: str) -> set[str]:
    """Words with a capital letter inside a sentence: names of things, and in German every noun."""
    found: set[str] = set()
    for line in text.split("\n"):
        for sentence in sentences(line):
            tokens = [match.group() for match in TOKEN.finditer(sentence)]
            found |= {re.sub(r"['’]s$", "", token) for token in tokens[1:] if token[0].isupper()}
    return found
