"""The words by which policy tells who may grant what, and customers ask for it, from `words/authority/`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

HOME = "en"
STEM = 6  # letters to which `content_words` cuts
_TABLES = frozenset({"kinds", "asks", "roles", "summary", "kind_names"})


@dataclass(frozen=True, slots=True)
class AuthorityWords:
    """The cues of a language: of what policy says, of its kinds of grant, of how customers ask for them."""

    language: str
    cues: Mapping[str, re.Pattern[str]]
    kinds: Mapping[str, re.Pattern[str]]
    asks: Mapping[str, re.Pattern[str]]
    generic: frozenset[str]
    roles: Mapping[str, re.Pattern[str]]
    summary: Mapping[str, str]
    kind_names: Mapping[str, str]

    def says(self, cue: str, text: str) -> bool:
        """Whether the text holds the cue."""
        return self.cues[cue].search(text) is not None


@lru_cache(maxsize=32)
def authority_words(language: str | None) -> AuthorityWords:
    """The words of a language, English ones where nobody wrote them."""
    told = _files().get((language or HOME).split("-")[0]) or _files()[HOME]
    cues = {name: _pattern(told[name]) for name in told if name not in _TABLES and name != "generic"}
    return AuthorityWords(
        language=str(told["language"]),
        cues={name: pattern for name, pattern in cues.items() if pattern is not None},
        kinds=_patterns(told["kinds"]),
        asks=_patterns(told["asks"]),
        generic=frozenset(word[:STEM] for word in told["generic"]),
        roles=_patterns(told["roles"]),
        summary=told["summary"],
        kind_names=told["kind_names"],
    )


def all_words() -> Iterator[AuthorityWords]:
    """The words of every language that has any."""
    return (authority_words(language) for language in _files())


def knows(language: str | None) -> bool:
    """Whether somebody wrote the words of that language."""
    return (language or "").split("-")[0] in _files()


def _patterns(table: Mapping[str, list[str]]) -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile("|".join(found), re.IGNORECASE) for name, found in table.items()}


def _pattern(alternatives: Any) -> re.Pattern[str] | None:
    return re.compile("|".join(alternatives), re.IGNORECASE) if isinstance(alternatives, list) else None


@lru_cache(maxsize=1)
def _files() -> Mapping[str, Mapping[str, Any]]:
    folder = files("copilot.drafting") / "words" / "authority"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return {
        one.name.removesuffix(".toml"): {"language": one.name.removesuffix(".toml")}
        | tomllib.loads(one.read_text("utf-8"))
        for one in found
    }
