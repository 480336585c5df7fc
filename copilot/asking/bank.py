"""The questions that can be asked, from `bank.toml` and the desk's own file, and what a text says to them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from copilot.understand.lexicon import Lexicon, split_words
from copilot.understand.text import visible
from knowledge_base.errors import SettingsError

OWN_FILE = Path(__file__).parent / "bank.toml"
# Read texts kept: the same cases and earlier messages come again with every suggestion.
KEPT = 2048
_TOPIC, _CONTEXT = "", "*"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a question; `label` by language. Cases of `categories` give it."""

    name: str
    label: Mapping[str, str]
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Discriminator:
    """A question by language with what it tells apart. It is answered once the fact `slot` is known."""

    name: str
    about: str
    ask: Mapping[str, str]
    options: tuple[Option, ...] = ()
    slot: str | None = None
    pattern: re.Pattern[str] | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says to the bank's questions, each by name.

    `spoken`: it speaks of them in any way. `given`: their answers, denied ones left out. `within`: it is
    about something where they matter.
    """

    spoken: frozenset[str]
    given: Mapping[str, frozenset[str]]
    within: frozenset[str]

    def answers(self, name: str) -> frozenset[str]:
        return self.given.get(name, frozenset())


class Bank:
    """The discriminators, by name in their order, and what a text says to each."""

    def __init__(self, discriminators: Iterable[Discriminator], phrases: Mapping[str, list[str]]) -> None:
        self.discriminators = {one.name: one for one in discriminators}
        self._lexicon = Lexicon(dict(phrases))
        self._anywhere = {name for name in self.discriminators if not phrases.get(f"{name}/{_CONTEXT}")}
        self.read = lru_cache(KEPT)(self._read)

    def _read(self, text: str) -> Reading:
        """What stands in a text; of a text that is too long, its beginning and end."""
        text = visible(text)
        spoken: set[str] = set()
        within: set[str] = set(self._anywhere)
        given: dict[str, set[str]] = {}
        for hit in self._lexicon.find(split_words(text)):
            name, _, part = hit.group.partition("/")
            if part == _CONTEXT:
                within.add(name)
            elif part != _TOPIC:
                spoken.add(name)
                if not hit.negated:
                    given.setdefault(name, set()).add(part)
            elif not hit.negated:  # "has not arrived" tells nothing of when it came
                spoken.add(name)
        for one in self.discriminators.values():
            for found in one.pattern.findall(text) if one.pattern else ():
                spoken.add(one.name)
                given.setdefault(one.name, set()).add(" ".join(found.upper().split()))
        answers = {name: frozenset(found) for name, found in given.items()}
        return Reading(frozenset(spoken), answers, frozenset(within))


@lru_cache(maxsize=8)
def load_bank(desk_file: Path | None = None) -> Bank:
    """Our own questions, and the desk's where it has such a file. Raises SettingsError with what is wrong."""
    tables = _tables(OWN_FILE)
    if desk_file is not None and desk_file.is_file():
        tables |= _tables(desk_file)
    phrases: dict[str, list[str]] = {}
    for name, table in tables.items():
        phrases[f"{name}/{_TOPIC}"] = _phrases(table.get("topic", ""))
        phrases[f"{name}/{_CONTEXT}"] = _phrases(table.get("context", ""))
        for answer, entry in table.get("answers", {}).items():
            lines = (entry[key] for key in entry if key not in ("label", "categories"))
            phrases[f"{name}/{answer}"] = [phrase for line in lines for phrase in _phrases(line)]
    return Bank([_discriminator(name, table) for name, table in tables.items()], phrases)


def _tables(file: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        for name, table in tables.items():
            _check(name, table)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError) as error:
        raise SettingsError(f"{file} can't be used: {error}") from error
    return tables


def _check(name: str, table: Any) -> None:
    """Raise ValueError where a question lacks what it can't do without."""
    if not isinstance(table, dict) or not _told(table.get("ask")) or not isinstance(table.get("about"), str):
        raise ValueError(f"[{name}] needs `about` and the question by language in [{name}.ask]")
    answers = table.get("answers", {})
    if not (isinstance(answers, dict) and (len(answers) > 1 or "slot" in table or "pattern" in table)):
        raise ValueError(f"[{name}] needs two answers in [{name}.answers], a `slot` or a `pattern`")
    for answer, entry in answers.items():
        if not isinstance(entry, dict) or not _told(entry.get("label")):
            raise ValueError(f"[{name}.answers.{answer}] needs a `label` by language")
        if not all(
            isinstance(value, str) for key, value in entry.items() if key not in ("label", "categories")
        ):
            raise ValueError(f"[{name}.answers.{answer}]: phrases are one text by language, with commas")
    try:
        re.compile(table.get("pattern", ""))
    except (re.error, TypeError) as error:
        raise ValueError(f"[{name}]: `pattern` is no regular expression: {error}") from error


def _told(entry: Any) -> bool:
    """Whether an entry is a text by language."""
    return isinstance(entry, dict) and bool(entry) and all(isinstance(text, str) for text in entry.values())


def _discriminator(name: str, table: Mapping[str, Any]) -> Discriminator:
    answers = table.get("answers", {}).items()
    return Discriminator(
        name,
        table["about"],
        table["ask"],
        tuple(Option(key, one["label"], frozenset(one.get("categories", ()))) for key, one in answers),
        slot=table.get("slot"),
        pattern=re.compile(table["pattern"], re.IGNORECASE) if "pattern" in table else None,
        urgent=table.get("urgent", False),
    )


def _phrases(line: str) -> list[str]:
    return [phrase.strip() for phrase in line.split(",") if phrase.strip()]
