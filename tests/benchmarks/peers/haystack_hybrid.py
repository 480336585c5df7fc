"""Haystack's hybrid pipeline: BM25 and embedding retriever, joined by reciprocal rank.

https://docs.haystack.deepset.ai/docs/documentjoiner
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.peers import Found, Search, haystack_dense

NAME = "Haystack, hybrid"
PACKAGES = haystack_dense.PACKAGES


def build(texts: Sequence[str]) -> Search:
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever

    store = haystack_dense.stored(texts)
    pipeline = haystack_dense.asking(store)
    pipeline.add_component("words", InMemoryBM25Retriever(document_store=store))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("words", "joiner")
    pipeline.connect("dense", "joiner")

    def search(text: str, k: int) -> Found:
        given = {
            "embedder": {"text": text},
            "dense": {"top_k": k},
            "words": {"query": text, "top_k": k},
            "joiner": {"top_k": k},
        }
        return haystack_dense.as_found(pipeline.run(given)["joiner"]["documents"])

    return search
