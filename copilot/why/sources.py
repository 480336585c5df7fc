"""The text of a case or passage as it is shown, read by the encoder once and kept for the next time."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from copilot.models import Evidence
from copilot.understand.text import cut
from copilot.why.likeness import Told, told_with
from copilot.why.names import names_only
from copilot.why.units import Setting, units_of
from indexer.embedder import BUNDLED_DIGEST, Embedder, Encoded
from indexer.products import STAND_IN
from indexer.search import Generation
from knowledge_base.models import Passage

# A source takes about 60 kB, half of it its words' vectors: what is kept is at most 60 MB.
MOST_KEPT = 1000
# Of a field so much is read: the encoder stops at 256 tokens, and a card shows no more at first.
FIELD_LIMIT = 1_200


@dataclass(frozen=True, slots=True)
class Shown:
    """The fields of a source that an agent sees, as one text; `starts` tell where each begins."""

    text: str
    starts: Mapping[str, int]
    language: str

    @classmethod
    def of(cls, fields: Mapping[str, str], language: str) -> Shown:
        starts, text = {}, ""
        for name, value in fields.items():
            starts[name] = len(text)
            text += cut(value, FIELD_LIMIT) + "\n"
        return cls(text, starts, language)

    def field_at(self, place: int) -> str:
        """The field that a character belongs to."""
        return max((start, name) for name, start in self.starts.items() if start <= place)[1]


def shown_fields(evidence: Evidence) -> Shown:
    """What the card of a case or of a section shows."""
    case, passage = evidence.case, evidence.passage
    if case is None:
        return _section(passage)
    title = case.title or passage.title
    fields = {"title": title, "problem": passage.text, "resolution": case.resolution}
    return Shown.of(fields, case.language)


def read_fields(evidence: Evidence) -> Shown:
    """What is compared: what is shown, unless a translation of it was found."""
    return _section(evidence.found) if evidence.found else shown_fields(evidence)


def _section(passage: Passage) -> Shown:
    fields = {"title": passage.title, "section": passage.heading, "text": passage.text}
    return Shown.of(fields, passage.language)


def measured(embedder: Embedder) -> bool:
    """Whether the floors of likeness were measured with this encoder; others tell words alone."""
    return embedder.digest == BUNDLED_DIGEST


def tell(text: str, setting: Setting, encoded: Encoded | None) -> Told:
    """A text with its units, and what they mean where it was read by the encoder."""
    units = units_of(text, setting)
    if encoded is None or not units:
        return Told(text, units)
    return told_with(text, units, encoded, setting.products, STAND_IN)


How = Literal["meaning", "words", "names"]
"""What is compared: words and what they mean, words alone, or only names that two languages share."""


class SourceReader:
    """Reads the texts of sources; the MOST_KEPT used last are kept. Thread-safe.

    Each is read alone, so that its vectors don't depend on what else was asked for.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[tuple[str, How, bytes], Told] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, shown: Shown, generation: Generation, how: How) -> Told:
        """The text as this generation's words weigh it, with vectors only where meaning is compared."""
        content = f"{shown.language}\n{shown.text}".encode("utf-8", "surrogatepass")
        key = generation.manifest.generation, how, hashlib.blake2b(content, digest_size=16).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        told = self._tell(shown.text, shown.language, generation, how)
        with self._lock:
            self._kept[key] = told
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return told

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._kept.clear()

    def _tell(self, text: str, language: str, generation: Generation, how: How) -> Told:
        products = generation.products
        setting = Setting(language, generation.words, products.places(text, language))
        read = how == "meaning"
        encoded = self._embedder.read([products.without(text, language)])[0] if read else None
        told = tell(text, setting, encoded)
        if told.meanings is not None:
            return replace(told, meanings=told.meanings.astype("float16"))
        return names_only(told) if how == "names" else told
