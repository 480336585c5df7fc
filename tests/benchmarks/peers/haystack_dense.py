"""Haystack: the in-memory document store and its embedding retriever in a pipeline.

https://docs.haystack.deepset.ai/docs/inmemoryembeddingretriever; only the progress bars are turned off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.benchmarks.peers import Found, Search, encoder

NAME = "Haystack"
PACKAGES = ("haystack-ai", "sentence-transformers-haystack")


def stored(texts: Sequence[str]) -> Any:
    """The store with the texts and their vectors; a document's id is its text's position."""
    from haystack import Document
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
    )

    embedder = SentenceTransformersDocumentEmbedder(model=encoder(), progress_bar=False)
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    documents = [Document(id=str(row), content=text) for row, text in enumerate(texts)]
    store.write_documents(embedder.run(documents)["documents"])
    return store


def asking(store: Any) -> Any:
    """A pipeline that embeds a text and finds the nearest documents of the store."""
    from haystack import Pipeline
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersTextEmbedder,
    )

    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=encoder(), progress_bar=False))
    pipeline.add_component("dense", InMemoryEmbeddingRetriever(document_store=store))
    pipeline.connect("embedder.embedding", "dense.query_embedding")
    return pipeline


def as_found(documents: Sequence[Any]) -> Found:
    """Haystack's documents as positions and scores."""
    return [(int(document.id), float(document.score)) for document in documents]


def build(texts: Sequence[str]) -> Search:
    pipeline = asking(stored(texts))

    def search(text: str, k: int) -> Found:
        found = pipeline.run({"embedder": {"text": text}, "dense": {"top_k": k}})
        return as_found(found["dense"]["documents"])

    return search
