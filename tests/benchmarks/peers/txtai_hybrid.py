"""txtai with `hybrid=True`: its BM25 beside the vectors, joined as it does by default."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.peers import Search, txtai_dense

NAME = "txtai, hybrid"
PACKAGES = txtai_dense.PACKAGES


def build(texts: Sequence[str]) -> Search:
    return txtai_dense.build(texts, hybrid=True)
