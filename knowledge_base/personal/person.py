"""One customer as they are looked for: what is told of them, and how their values are written in texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from knowledge_base.errors import InputError
from knowledge_base.models import Conversation
from knowledge_base.personal.finding import find_personal
from knowledge_base.personal.models import KINDS, PLACEHOLDERS, PersonalKind

MIN_PHONE = 6
MAX_VALUE = 300
_SEPARATOR = r"[\s().\-/\u00a0]{0,3}"
_SLOT_KINDS: Mapping[str, PersonalKind] = {
    "email": "email", "phone": "phone", "address": "address", "order_id": "order_id",
    "customer_id": "customer_id", "tracking_number": "tracking_number", "customer_name": "name",
}  # fmt: skip
_TELLING = frozenset(KINDS) - {"web_page", "name", "ip", "url"}


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to look for: by any of these."""

    email: str | None = None
    phone: str | None = None
    name: str | None = None
    customer_id: str | None = None
    conversation_id: str | None = None

    def checked(self) -> Person:
        """Without spaces around. Raises InputError where nothing is told, or too little to tell a person."""
        plain = {name: (getattr(self, name) or "").strip() or None for name in self.__slots__}
        if not any(plain.values()):
            raise InputError("say who: an e-mail, a phone, a name, a customer's or a conversation's id")
        if any(len(value or "") > MAX_VALUE for value in plain.values()):
            raise InputError(f"a value has at most {MAX_VALUE} characters")
        if plain["email"] and "@" not in plain["email"]:
            raise InputError("an e-mail address holds an @")
        if plain["phone"] and sum(c.isdigit() for c in plain["phone"]) < MIN_PHONE:
            raise InputError(f"a phone number has at least {MIN_PHONE} digits")
        if any(plain[name] and len(plain[name] or "") < 3 for name in ("name", "customer_id")):
            raise InputError("a name or a customer's id has at least 3 characters")
        return replace(self, **plain)

    def values(self) -> Values:
        """What of it is looked for in texts."""
        told = (("email", self.email), ("phone", self.phone), ("name", self.name),
                ("customer_id", self.customer_id))  # fmt: skip
        return Values(frozenset((kind, value) for kind, value in told if value))  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Values:
    """Values of one person by kind, and what finds them in texts."""

    pairs: frozenset[tuple[PersonalKind, str]] = frozenset()
    _pattern: list[re.Pattern[str]] = field(default_factory=list, compare=False, repr=False)

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def __or__(self, other: Values) -> Values:
        return Values(self.pairs | other.pairs)

    def within(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        return bool(self.pairs) and self._compiled().search(text) is not None

    def written(self, text: str) -> Iterable[str]:
        """How they are written in a text."""
        return (match[0] for match in self._compiled().finditer(text)) if self.pairs else ()

    def removed(self, text: str) -> str:
        """The text with their placeholders."""
        return self._compiled().sub(_placeholder, text) if self.pairs else text

    def _compiled(self) -> re.Pattern[str]:
        if not self._pattern:
            ordered = sorted(self.pairs, key=lambda pair: (-len(pair[1]), pair))
            parts = (f"(?P<{kind}_{n}>{_written(kind, value)})" for n, (kind, value) in enumerate(ordered))
            self._pattern.append(re.compile("|".join(parts), re.IGNORECASE))
        return self._pattern[0]


def values_of(conversation: Conversation) -> Values:
    """What a conversation tells of its customer that tells them from others: no first name alone."""
    pairs: set[tuple[PersonalKind, str]] = set()
    if conversation.customer.name and len(conversation.customer.name.split()) > 1:
        pairs.add(("name", conversation.customer.name.strip()))
    for name, value in conversation.slots.items():
        kind = _SLOT_KINDS.get(name)
        if kind and len(value.strip()) > 4 and (kind != "name" or len(value.split()) > 1):
            pairs.add((kind, value.strip()))
    for message in conversation.by("customer"):
        for one in find_personal(message.text, language=conversation.language, kinds=frozenset(KINDS)):
            full_name = one.kind == "name" and one.sure and len(one.text.split()) > 1
            if full_name or (one.kind in _TELLING and len(one.text) > 4):
                pairs.add((one.kind, one.text))
    return Values(frozenset(pairs))


def strings_in(value: Any) -> Iterable[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings_in(item)


def without(value: Any, values: Values) -> Any:
    """A JSON value whose texts hold none of the values any more."""
    if isinstance(value, str):
        return values.removed(value)
    if isinstance(value, Mapping):
        return {key: without(item, values) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without(item, values) for item in value]
    return value


def _placeholder(match: re.Match[str]) -> str:
    kind: Any = (match.lastgroup or "").rpartition("_")[0]
    return f"[{PLACEHOLDERS[kind]}]"


def _written(kind: PersonalKind, value: str) -> str:
    if kind == "phone":
        digits = _national(value)
        return rf"(?<!\d)(?:\+|00)?\(?(?:\d{{1,4}}{_SEPARATOR})?" + _SEPARATOR.join(digits) + r"(?!\d)"
    spaced = r"\s+".join(re.escape(word) for word in value.split())
    return rf"(?<!\w){spaced}(?!\w)"


def _national(phone: str) -> str:
    """The digits that every way of writing a number has: no country code, no leading noughts."""
    import phonenumbers

    written = phone.strip()
    written = "+" + written[2:] if written.startswith("00") else written
    try:
        number = phonenumbers.parse(written, None)
        return str(number.national_number)
    except phonenumbers.NumberParseException:
        return re.sub(r"\D", "", written).lstrip("0") or "0"
