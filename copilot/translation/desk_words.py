"""What a desk fixes about its languages: names that stay, its glossary, and whom it addresses informally."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from copilot.translation.codes import primary, valid
from knowledge_base.errors import SettingsError

FILE = "glossary.toml"
"""Its name in the data folder."""
MOST_TERMS = 5000
MOST_CHARACTERS = 200
Register = Literal["formal", "informal"]


@dataclass(frozen=True, slots=True)
class DeskWords:
    """`keep` is never translated; each of `terms` is said by language; `informal` are primary languages."""

    keep: tuple[str, ...] = ()
    terms: tuple[Mapping[str, str], ...] = ()
    informal: frozenset[str] = frozenset()

    def register(self, language: str) -> Register:
        """How customers who write in that language are addressed."""
        return "informal" if primary(language) in self.informal else "formal"

    def said(self, source: str, target: str) -> tuple[tuple[str, str], ...]:
        """What stands in the source and how the target says it, for this pair of languages."""
        one, other = primary(source), primary(target)
        pairs = ((term.get(one), term.get(other)) for term in self.terms)
        return tuple((own, theirs) for own, theirs in pairs if own and theirs)

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits of all of it: a translation made with other words is another one."""
        told = repr((self.keep, [sorted(term.items()) for term in self.terms], sorted(self.informal)))
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def load_desk_words(folder: Path, *, keep: Iterable[str] = (), informal: Iterable[str] = ()) -> DeskWords:
    """From the settings and the folder's glossary, if there is one. Raises SettingsError, which says where.

    The file names what stays (`keep = ["Best Buy"]`) and, in `[[term]]` tables, how each language says a
    term (`en = "shipping address"`, `es = "dirección de envío"`).
    """
    path = folder / FILE
    table: Mapping[str, object] = {}
    if path.is_file():
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            raise SettingsError(f"{path} can't be read: {error}") from None
    unknown = sorted(table.keys() - {"keep", "term"})
    if unknown:
        raise SettingsError(f"{path}: {unknown[0]!r} isn't known; write `keep` and [[term]] tables")
    kept = (*keep, *_texts(table.get("keep", []), f"{path}: keep"))
    return DeskWords(
        tuple(dict.fromkeys(kept)), _terms(table.get("term", []), path), frozenset(map(primary, informal))
    )


def _terms(value: object, path: Path) -> tuple[Mapping[str, str], ...]:
    if not isinstance(value, list) or len(value) > MOST_TERMS:
        raise SettingsError(f"{path}: write each term as a [[term]] table, {MOST_TERMS:,} at most")
    terms = []
    for number, one in enumerate(value, 1):
        where = f"{path}: term {number}"
        if not isinstance(one, dict) or len(one) < 2:
            raise SettingsError(f"{where} must say it in two languages or more")
        wrong = [tag for tag in one if not valid(tag)]
        if wrong:
            raise SettingsError(f"{where}: {wrong[0]!r} is no language tag such as en or pt-BR")
        said = _texts(list(one.values()), where)
        terms.append({primary(tag): text for tag, text in zip(one, said, strict=True)})
    return tuple(terms)


def _texts(value: object, where: str) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    found = tuple(text.strip() for text in texts if isinstance(text, str) and "\n" not in text.strip())
    if len(found) < len(texts) or not all(1 <= len(text) <= MOST_CHARACTERS for text in found):
        raise SettingsError(f"{where} must be text of 1 to {MOST_CHARACTERS} characters on one line")
    return found
