"""Apertium, the offline translator: which pairs are installed, the hops between them, the pieces it takes."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from copilot.translation.codes import primary, region
from copilot.translation.deadline import Deadline
from copilot.translation.pieces import in_pieces
from knowledge_base.errors import UnsupportedPairError

PIECE_BYTES = 4096
"""Well under the 40 kB from which Apertium drops the rest without a word."""
PIVOTS = ("en", "es")
"""Languages to go through where there is no direct pair."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""Signs that end a text or a stream inside Apertium's pipeline."""
_MODE = re.compile(r"([a-z]{2,3})-([a-z]{2,3})(?:_([A-Z]{2}))?")

Pair = tuple[str, str]


class Engine(Protocol):
    """A way to a running Apertium; raises only `TranslationError` subclasses."""

    @property
    def off_site(self) -> bool:
        """Whether the text leaves this machine."""
        ...

    def modes(self) -> list[str]:
        """The names of what is installed (`eng-spa`, `es-pt_BR`)."""
        ...

    def hop(self, text: str, pair: Pair, deadline: Deadline) -> str:
        """Translate one piece by one installed pair."""
        ...


@dataclass(frozen=True, slots=True)
class Pairs:
    """The installed pairs: two of our languages to Apertium's own names, by the target's region."""

    _named: dict[Pair, dict[str | None, Pair]] = field(default_factory=dict)

    @classmethod
    def from_modes(cls, modes: Iterable[str]) -> Pairs:
        """Read names such as `eng-spa` or `es-pt_BR`; what isn't a pair of languages is left out."""
        found: dict[Pair, dict[str | None, Pair]] = {}
        for mode in modes:
            match = _MODE.fullmatch(mode)
            if match:
                source, _, target = mode.partition("-")
                found.setdefault((primary(match[1]), primary(match[2])), {})[match[3]] = (source, target)
        return cls(found)

    def route(self, source: str, target: str) -> list[Pair]:
        """One hop, or two through a pivot; empty where there is no way."""
        one, two = primary(source), primary(target)
        if (one, two) in self._named:
            return [self._hop(one, two, target)]
        for pivot in PIVOTS:
            if (one, pivot) in self._named and (pivot, two) in self._named:
                return [self._hop(one, pivot, pivot), self._hop(pivot, two, target)]
        return []

    def _hop(self, source: str, target: str, wanted: str) -> Pair:
        by_region = self._named[source, target]
        return by_region.get(region(wanted)) or by_region.get(None) or next(iter(by_region.values()))


class ApertiumProvider:
    """Apertium behind the provider's interface, over whichever engine it is given."""

    name = "apertium"

    def __init__(self, engine: Engine, *, piece_bytes: int = PIECE_BYTES) -> None:
        self._engine, self._piece_bytes = engine, piece_bytes
        self._lock = threading.Lock()
        self._pairs: Pairs | None = None

    @property
    def off_site(self) -> bool:
        """Whether the text leaves this machine."""
        return self._engine.off_site

    def supports(self, source: str, target: str) -> bool:
        """Whether one or two installed pairs lead there; the list is asked for once."""
        return bool(self._installed().route(source, target))

    def translate(self, text: str, source: str, target: str, *, timeout_seconds: float) -> str:
        """Translate hop by hop, each in pieces that the engine takes."""
        deadline = Deadline(timeout_seconds)
        route = self._installed().route(source, target)
        if not route:
            raise UnsupportedPairError(
                f"Apertium has no pair from {source} to {target}; install one, or name another translator"
            )
        text = _CONTROL.sub(" ", text)
        for pair in route:
            text = in_pieces(text, self._piece_bytes, partial(self._engine.hop, pair=pair, deadline=deadline))
        return text

    def _installed(self) -> Pairs:
        with self._lock:
            if self._pairs is None:
                self._pairs = Pairs.from_modes(self._engine.modes())
            return self._pairs
