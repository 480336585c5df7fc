"""Reads the fields of one record from outside, and says in plain words what is wrong with them.

Messages never repeat a value: it may be what a customer wrote.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NoReturn, TypeVar

from knowledge_base.codec import parse_time
from knowledge_base.errors import RecordError

MAX_ID = 200
"""Characters of an id: what the store's key column holds."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fields:
    """One record, or an object within it; `prefix` leads to it (`messages[2].`)."""

    data: Mapping[str, Any]
    file: str
    line: int
    prefix: str = ""
    lines: Mapping[str, int] | None = None

    @classmethod
    def of(cls, data: object, file: str, line: int) -> Fields:
        """Take a decoded JSON value, which must be an object."""
        if not isinstance(data, Mapping):
            raise RecordError(file, line, "", "a record must be a JSON object, { … }")
        return cls(data, file, line)

    def fail(self, name: str, message: str) -> NoReturn:
        """Raise a RecordError about one field."""
        raise RecordError(self.file, self.line_of(name), self.prefix + name, message)

    def line_of(self, name: str) -> int:
        """Tell where a field stands; the record's own line where that isn't known."""
        return (self.lines or {}).get(name, self.line)

    def checked(self, name: str, value: object) -> str:
        """Let through a text that can be stored."""
        if not isinstance(value, str):
            self.fail(name, "must be text")
        if "\0" in value:
            self.fail(name, "holds a NUL character; remove it")
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            self.fail(name, "holds bytes that are not UTF-8, or half a character; save the file as UTF-8")
        return value

    def text(self, name: str) -> str | None:
        """Read an optional text; blank is the same as absent."""
        value = self.data.get(name)
        if value is None:
            return None
        return self.checked(name, value) if not isinstance(value, str) or value.strip() else None

    def written(self, name: str) -> str:
        """Read a text that must be there, blank or not."""
        return self.checked(name, self.data.get(name))

    def required(self, name: str) -> str:
        """Read a text that must be there and say something."""
        value = self.text(name)
        if value is None:
            self.fail(name, "is missing or empty")
        return value

    def identifier(self, name: str) -> str:
        """Read an id: up to 200 characters, none of them invisible."""
        value = self.required(name)
        if len(value) > MAX_ID:
            self.fail(name, f"is longer than {MAX_ID} characters")
        if value != value.strip():
            self.fail(name, "starts or ends with a space")
        if any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in value):
            self.fail(name, "holds a control character, such as a tab or a line break")
        return value

    def choice(self, name: str, allowed: Sequence[T], default: T | None) -> T:
        """Read one of a closed set; `default` None means that it must be given."""
        value = self.data.get(name)
        if value is None and default is not None:
            return default
        if value not in allowed:
            self.fail(name, f"must be one of {', '.join(map(str, allowed))}")
        return allowed[allowed.index(value)]

    def optional_choice(self, name: str, allowed: Sequence[T]) -> T | None:
        """Read one of a closed set, None where it isn't given."""
        return None if self.data.get(name) is None else self.choice(name, allowed, None)

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a list of texts; blank ones are dropped."""
        value = self.data.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.fail(name, "must be a list of texts")
        items = (self.checked(f"{name}[{index}]", item) for index, item in enumerate(value))
        return tuple(item for item in items if item.strip())

    def language(self, name: str = "language", default: str | None = None) -> str | None:
        """Read a language code and give it in its normal BCP 47 form."""
        value = self.text(name)
        if value is None:
            return default
        code = language_code(value)
        if code is None:
            self.fail(name, "isn't a language code; write BCP 47, such as en, es or pt-BR")
        return code

    def time(self, name: str) -> datetime | None:
        """Read an ISO 8601 time into UTC; one without zone is taken as UTC."""
        return self._parsed(name, parse_time, "isn't an ISO 8601 time, such as 2026-03-01T10:00:00Z")

    def date(self, name: str) -> date | None:
        """Read an ISO 8601 date; of a time, its date."""
        return self._parsed(name, _date, "isn't an ISO 8601 date, such as 2026-03-01")

    def flag(self, name: str) -> bool | None:
        """Read true or false."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            self.fail(name, "must be true or false")
        return value

    def whole(self, name: str, low: int, high: int) -> int | None:
        """Read a whole number between two bounds, both included."""
        value = self.number(name)
        if value is None:
            return None
        if value != int(value) or not low <= value <= high:
            self.fail(name, f"must be a whole number from {low} to {high}")
        return int(value)

    def number(self, name: str) -> float | None:
        """Read a number that is not negative."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(name, "must be a number")
        if not (math.isfinite(value) if isinstance(value, float) else abs(value) < 10**15) or value < 0:
            self.fail(name, "must be a number that is not negative and not absurdly large")
        return value

    def child(self, name: str) -> Fields:
        """Read an object within; an absent one has no fields."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, Mapping):
            self.fail(name, "must be an object, { … }")
        return Fields(value or {}, self.file, self.line, f"{self.prefix}{name}.")

    def children(self, name: str, *, most: int) -> Iterator[Fields]:
        """Read a list of objects, at most so many."""
        value = self.data.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            self.fail(name, "must be a list")
        if len(value) > most:
            self.fail(name, f"has {len(value)} entries; at most {most} are taken")
        for index, item in enumerate(value):
            if not isinstance(item, Mapping):
                self.fail(f"{name}[{index}]", "must be an object, { … }")
            yield Fields(item, self.file, self.line, f"{self.prefix}{name}[{index}].")

    def _parsed(self, name: str, parse: Callable[[str], T], complaint: str) -> T | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            return parse(value.strip())
        except ValueError:
            self.fail(name, complaint)


# In their normal form already: a start with none but these needn't load langcodes (a tenth of it).
_NORMAL = frozenset(("en", "es", "fr", "de", "it", "pt", "nl"))


@lru_cache(maxsize=1024)
def language_code(text: str) -> str | None:
    """Give a language code in its normal form (`pt_br` is `pt-BR`); None where it is none."""
    if text in _NORMAL:
        return text
    from langcodes import standardize_tag, tag_is_valid
    from langcodes.tag_parser import LanguageTagError

    try:
        code: str = standardize_tag(text.strip())
    except LanguageTagError:
        return None
    return code if len(code) <= 100 and tag_is_valid(code) else None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text).date()
