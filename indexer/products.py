"""Product names are taken out of what is embedded: a kettle that is late is like a lamp that is late.

The word index keeps them, so that a case about the same product still gains by it. On the sample
desk's own cases, leave one out, this names the right category first for .71 instead of .67.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from knowledge_base.models import Case

FILE = "products.json"
STAND_IN = "product"
# The commonest names; a regular expression of many more would cost more than it finds.
MOST_NAMES = 2_000


def names_in(product: str) -> set[str]:
    """What customers call a product: its whole name, its proper names, and the rest, which says what it is.

    "Brewster coffee machine" is also called "Brewster" and "coffee machine".
    """
    words = product.split()
    proper = [word for word in words if word[:1].isupper()]
    kind = [word for word in words if not word[:1].isupper()]
    return {name for name in (product, *proper, " ".join(kind)) if len(name) > 2}


class Products:
    """The names of the products that the desk's cases are about."""

    def __init__(self, whole: Iterable[str], language: str = "en") -> None:
        """`whole` are the products' full names; `language` is the one that most of their cases are in."""
        self.whole = tuple(sorted(set(whole), key=lambda name: (-len(name), name)))[:MOST_NAMES]
        called = {name for product in self.whole for name in names_in(product)}
        self.names = tuple(sorted(called, key=lambda name: (-len(name), name)))
        self.language = language

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Products:
        """From the product fields of cases, in the language that most of these cases are in."""
        fields, languages = set(), Counter[str]()
        for case in cases:
            if case.product:
                fields.add(" ".join(case.product.split()))
                languages[case.language.split("-")[0]] += 1
        return cls(fields, languages.most_common(1)[0][0] if languages else "en")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, self.names))})(?:'?s)?(?!\w)", re.IGNORECASE)

    def without(self, text: str, language: str | None) -> str:
        """The text with each product as STAND_IN; unchanged where that would leave nothing else.

        A text in another language stays whole: an English word in it would be all that the encoder sees.
        """
        told = self._pattern.sub(STAND_IN, text) if self._tells(language) else text
        return told if set(told.lower().split()) - {STAND_IN} else text

    def places(self, text: str, language: str | None) -> list[tuple[int, int]]:
        """Where `without` puts a stand-in, in characters of the text as it is."""
        if self.without(text, language) == text:
            return []
        return [match.span() for match in self._pattern.finditer(text)]

    def _tells(self, language: str | None) -> bool:
        return bool(self.names) and (language or self.language).split("-")[0] == self.language

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(
            json.dumps({"language": self.language, "names": self.whole}, ensure_ascii=False), "utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> Products:
        data = json.loads((folder / FILE).read_text("utf-8"))
        return cls(data["names"], data["language"])
