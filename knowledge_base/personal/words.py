"""The words that personal data stands beside, and the lists of names and places; read when first needed."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path

_FOLDER = Path(__file__).parent
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
MAX_NAME = 40


def fold(text: str) -> str:
    """Small letters without accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def words(section: str, name: str) -> frozenset[str]:
    """A list of words, folded."""
    return frozenset(map(fold, listed(section, name)))


def listed(section: str, name: str) -> frozenset[str]:
    """A list of words as they are written."""
    return frozenset(word.strip() for word in _table()[section][name].split(","))


@lru_cache(maxsize=64)
def phrases(section: str, name: str) -> str:
    """A list as alternatives of a regular expression, the longest first."""
    written = sorted(listed(section, name), key=lambda word: (-len(word), word))
    return "|".join(re.escape(word) for word in written)


@lru_cache(maxsize=1)
def name_lists() -> tuple[frozenset[str], frozenset[str]]:
    """First names and surnames of Faker's locales, folded; those longer than any person's are left out."""
    from faker.config import AVAILABLE_LOCALES

    first: set[str] = set()
    last: set[str] = set()
    for locale in AVAILABLE_LOCALES:
        try:
            provider = import_module(f"faker.providers.person.{locale}").Provider
        except ModuleNotFoundError:
            continue
        for attribute in dir(provider):
            names = first if attribute.startswith("first_") else last
            listed = getattr(provider, attribute)
            if attribute.startswith(("first_", "last_")) and isinstance(listed, tuple | list | dict):
                names.update(_flat(listed))
    return _folded(first), _folded(last)


def _folded(names: set[str]) -> frozenset[str]:
    return frozenset(fold(name) for name in names if 1 < len(name) <= MAX_NAME)


def _flat(listed: Iterable[object]) -> Iterator[str]:
    """Names, also of those lists that hold each one in several scripts."""
    for one in listed:
        if isinstance(one, str):
            yield one
        elif isinstance(one, tuple | list):
            yield from (part for part in one if isinstance(part, str))


@lru_cache(maxsize=1)
def ordinary() -> frozenset[str]:
    """Names that are ordinary words too: people write them in small letters."""
    return frozenset((_FOLDER / "ordinary.txt").read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def places() -> frozenset[str]:
    """Countries in the languages of the lists, and the towns that time zones are named after, by word."""
    from zoneinfo import available_timezones

    from babel import Locale

    named = {zone.rpartition("/")[2].replace("_", " ") for zone in available_timezones()}
    for language in ("en", "de", "es", "fr", "it", "nl", "pt", "pl"):
        named |= {str(name) for name in Locale(language).territories.values()}
    first, found = name_lists()[0], set()
    for name in named:
        parts = [fold(match[0]) for match in _WORD.finditer(name) if len(match[0]) > 3]
        # Santa Elena is a place, Elena isn't.
        found |= {part for part in parts if fold(name) == part or part not in first}
    return frozenset(found)


@lru_cache(maxsize=1)
def calendar() -> frozenset[str]:
    """Months and weekdays, which stand between figures as streets do, long and short, folded."""
    from babel import Locale

    named: set[str] = set()
    for language in ("en", "de", "es", "fr", "it", "nl", "pt", "pl", "tr", "sv", "da"):
        locale = Locale(language)
        for group in (locale.months, locale.days):
            for width in ("wide", "abbreviated"):
                named |= set(group["format"][width].values())
    return frozenset(fold(name).rstrip(".") for name in named) | {"sept", "am", "pm"}
