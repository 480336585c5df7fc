"""Personal data replaced by typed placeholders: `[EMAIL]`, numbered where a record holds several values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from knowledge_base.models import Record
from knowledge_base.personal.fields import Field, Slot, on_by_default, public_words, texts_of, with_texts
from knowledge_base.personal.finding import find_personal
from knowledge_base.personal.models import KINDS, PLACEHOLDER, Found, PersonalKind
from knowledge_base.personal.words import fold, ordinary

_DIGITS = re.compile(r"\D+")
_HOST = re.compile(r"(?:\w+://)?(?:www\.)?([^/:?#\s]+)")


@dataclass(frozen=True, slots=True)
class Rules:
    """What is replaced where. `switches` are pairs set by the desk; `exceptions` values, folded."""

    switches: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    exceptions: frozenset[str] = frozenset()
    _kinds: dict[Field, frozenset[PersonalKind]] = field(default_factory=dict, compare=False, repr=False)

    def kinds(self, where: Field) -> frozenset[PersonalKind]:
        """The kinds that are replaced in a field."""
        if where not in self._kinds:
            kinds = (k for k in KINDS if self.switches.get((where, k), on_by_default(where, k)))
            self._kinds[where] = frozenset(kinds)
        return self._kinds[where]

    def personal(self, found: Found) -> bool:
        """Whether the desk didn't say that this names nobody; of a link, its host may be named."""
        if found.kind in ("url", "web_page"):
            host = _HOST.match(found.text)
            return fold(found.text) not in self.exceptions and fold(host[1] if host else "") not in (
                self.exceptions
            )
        return fold(found.text) not in self.exceptions


DEFAULT = Rules()


def find_in_record(
    record: Record, rules: Rules = DEFAULT, *, every: bool = False, only: Collection[Slot] | None = None
) -> dict[Slot, list[Found]]:
    """What stands in a record by text, or in some of its texts; with `every` also what the switches leave.

    A name that was found in one text is known in all the others.
    """
    texts = {slot: text for slot, text in texts_of(record).items() if only is None or slot in only}
    kinds = {slot: rules.kinds(slot[0]) for slot in texts}
    texts = {slot: text for slot, text in texts.items() if every or kinds[slot]}
    public = public_words(record) | rules.exceptions
    found = {
        slot: find_personal(text, language=record.language, public=public) for slot, text in texts.items()
    }

    def counts(slot: Slot, one: Found) -> bool:
        return (every or one.kind in kinds[slot]) and rules.personal(one)

    names = _known_names(one for slot, all_of in found.items() for one in all_of if counts(slot, one))
    if names:
        found = {slot: _with_names(texts[slot], all_of, names) for slot, all_of in found.items()}
    wanted = {slot: [one for one in all_of if counts(slot, one)] for slot, all_of in found.items()}
    return {slot: all_of for slot, all_of in wanted.items() if all_of}


def without_personal(record: Record, rules: Rules = DEFAULT) -> Record:
    """The record with placeholders for what is found; again, it changes nothing more."""
    changed: Collection[Slot] | None = None  # what was read once and holds nothing isn't read again
    while found := find_in_record(record, rules, only=changed):
        texts = texts_of(record)
        numbering = Numbering(texts.values())
        for all_of in found.values():
            for one in all_of:
                numbering.see(one)
        record = with_texts(
            record, {slot: numbering.replaced(texts[slot], all_of) for slot, all_of in found.items()}
        )
        changed = found.keys()
    return record


def without_personal_text(
    text: str, *, language: str | None = None, rules: Rules = DEFAULT, where: Field = "change.reason"
) -> str:
    """One text alone, by the rules of a field."""
    while found := _due(text, language, rules, where):
        numbering = Numbering([text])
        for one in found:
            numbering.see(one)
        text = numbering.replaced(text, found)
    return text


def _due(text: str, language: str | None, rules: Rules, where: Field) -> list[Found]:
    kinds = rules.kinds(where)
    found = find_personal(text, language=language, kinds=kinds, public=rules.exceptions) if kinds else ()
    return [one for one in found if rules.personal(one)]


class Numbering:
    """Which placeholder stands for which value: the same value has the same one throughout a record."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._last: dict[str, int] = {}
        self._keys: dict[PersonalKind, dict[str, int]] = {}
        for text in texts:
            for match in PLACEHOLDER.finditer(text):
                number = int(match["number"] or 1)
                self._last[match["kind"]] = max(number, self._last.get(match["kind"], 0))

    def see(self, found: Found) -> None:
        """Give a value its number, in the order in which values are seen."""
        numbers = self._keys.setdefault(found.kind, {})
        key = _key(found)
        if key in numbers:
            return
        same = next(
            (n for other, n in numbers.items() if found.kind == "name" and _same_name(key, other)), None
        )
        numbers[key] = same or self._last.get(found.kind.upper(), 0) + 1
        if same is None:
            self._last[found.kind.upper()] = numbers[key]

    def replaced(self, text: str, found: Iterable[Found]) -> str:
        """The text with placeholders for what was seen."""
        parts, at = [], 0
        for one in found:
            number = self._keys[one.kind][_key(one)]
            several = self._last[one.kind.upper()] > 1
            parts += [text[at : one.start], f"[{one.kind.upper()}{f'_{number}' if several else ''}]"]
            at = one.end
        return "".join([*parts, text[at:]])


def _key(found: Found) -> str:
    if found.kind in ("phone", "card"):
        return _DIGITS.sub("", found.text)
    return " ".join(fold(found.text).split())


def _same_name(one: str, other: str) -> bool:
    """Whether one is a part of the other: `Ana` and `Ana Ruiz`."""
    mine, theirs = set(one.split()), set(other.split())
    return mine <= theirs or theirs <= mine


def _known_names(found: Iterable[Found]) -> frozenset[str]:
    words = (word for one in found if one.kind == "name" for word in re.split(r"[\s.]+", one.text))
    return frozenset(w for w in words if len(w) > 2 and w[0].isupper() and fold(w) not in ordinary())


def _with_names(text: str, found: list[Found], names: frozenset[str]) -> list[Found]:
    if not any(name in text for name in names):
        return found
    pattern = rf"(?<!\w)(?:{'|'.join(sorted(map(re.escape, names)))})(?!\w)"
    taken = [*((one.start, one.end) for one in found), *(m.span() for m in PLACEHOLDER.finditer(text))]
    more = [
        Found("name", *match.span(), match[0], sure=False)
        for match in re.finditer(pattern, text)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    ]
    return sorted([*found, *more], key=lambda one: one.start) if more else found
