"""Words by which a sentence of a past reply is known for what it does, from `words/LANG.toml`.

They are our own short lists, made while reading replies; a language without a list is read by all of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "words"
_AT_THE_START = frozenset({"greeting", "sign_off", "leaning"})


@dataclass(frozen=True, slots=True)
class Reader:
    """The cues of a language; what each is for stands in its file."""

    greeting: re.Pattern[str]
    sign_off: re.Pattern[str]
    empathy: re.Pattern[str]
    action: re.Pattern[str]
    perception: re.Pattern[str]
    closing: re.Pattern[str]
    former: re.Pattern[str]
    contact: re.Pattern[str]
    leaning: re.Pattern[str]
    pronoun: re.Pattern[str]
    offer: re.Pattern[str]
    report: re.Pattern[str]
    deed: re.Pattern[str]
    internal: re.Pattern[str]
    own: re.Pattern[str]
    explain: re.Pattern[str]
    options: re.Pattern[str]
    for_agents: re.Pattern[str]
    reason: re.Pattern[str]
    apology: re.Pattern[str]
    hedged: re.Pattern[str]


@lru_cache(maxsize=32)
def reader(language: str) -> Reader:
    """The reader of a language; one that isn't known is read by the cues of all."""
    known = _cues()
    own = known.get(language.split("-")[0])
    chosen = [own] if own else list(known.values())
    return Reader(**{field.name: _pattern(field.name, chosen) for field in fields(Reader)})


def _pattern(name: str, chosen: list[Mapping[str, list[str]]]) -> re.Pattern[str]:
    pattern = "|".join(alternative for cues in chosen for alternative in cues[name])
    return re.compile(rf"^\W*(?:{pattern})(?!\w)" if name in _AT_THE_START else pattern, re.IGNORECASE)


@lru_cache(maxsize=1)
def _cues() -> Mapping[str, Mapping[str, list[str]]]:
    return {file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(_FOLDER.glob("??.toml"))}


# How a list of steps and a resolution are introduced where no reply and no template says it better.
STEPS_LEAD: Mapping[str, str] = {
    "en": "This is what we will do:",
    "es": "Esto es lo que haremos:",
    "fr": "Voici ce que nous allons faire :",
    "de": "Das tun wir jetzt:",
}
RESOLUTION_LEAD: Mapping[str, str] = {
    "en": "This has helped in the same case:",
    "es": "Esto ha ayudado en un caso igual:",
    "fr": "Voici ce qui a aidé dans un cas semblable :",
    "de": "Das hat im gleichen Fall geholfen:",
}
