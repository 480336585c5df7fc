"""txtai with nothing but the encoder's path set (https://neuml.github.io/txtai/embeddings/)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.benchmarks.peers import Found, Search, encoder

NAME = "txtai"
PACKAGES = ("txtai",)


def build(texts: Sequence[str], **options: Any) -> Search:
    from txtai import Embeddings

    embeddings = Embeddings(path=encoder(), **options)
    embeddings.index(list(texts))

    def search(text: str, k: int) -> Found:
        return [(int(row), float(score)) for row, score in embeddings.search(text, k)]

    return search
