"""Quick stand-ins where the real part would only cost time: an embedder that hashes words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from indexer.embedder import Encoded
from indexer.lexical import words_of
from indexer.reading import parallel
from knowledge_base.models import Case, Change, Kind, PolicyArticle, Record, Status

# What a build embeds beside the knowledge, to see which languages the encoder reads.
PROBES = frozenset(chain(*parallel().values()))


class WordHashEmbedder:
    """Texts that share words are near. Counts what it embeds, so that tests see what was spared."""

    def __init__(self, digest: str = "fake-1", dim: int = 64) -> None:
        self._digest, self._dim = digest, dim
        self.embedded: list[str] = []

    @property
    def name(self) -> str:
        return "word-hash"

    @property
    def digest(self) -> str:
        return self._digest

    @property
    def dim(self) -> int:
        return self._dim

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += texts
        out = np.zeros((len(texts), self._dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in words_of(text) or ["nothing"]:
                place = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
                out[row, place % self._dim] += 1.0 if place & (1 << 40) else -1.0
        lengths = np.linalg.norm(out, axis=1, keepdims=True)
        out[lengths[:, 0] == 0, 0] = 1.0
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)

    def read(self, texts: Sequence[str]) -> list[Encoded]:
        """The same vectors; it reads no tokens."""
        none = np.empty((0, self._dim), dtype=np.float32), np.empty((0, 2), dtype=np.int64)
        return [Encoded(vector, *none) for vector in self.embed(texts)]


class ListOfRecords:
    """Records in memory with a sequence number, in place of a store."""

    def __init__(self, *records: Record) -> None:
        self.records = list(records)
        self._states = [list(records)]

    def each(self, kind: Kind, *, status: Status | None = None) -> Iterator[Record]:
        wanted = Case if kind == "case" else PolicyArticle
        for record in self.records:
            if isinstance(record, wanted) and status in (None, record.status):
                yield record

    def rewritten(self, kind: Kind) -> Iterator[list[Change]]:
        return iter(())

    def last_seq(self) -> int:
        if self.records != self._states[-1]:
            self._states.append(list(self.records))
        return len(self._states)
