"""Chroma in memory: a collection with its sentence-transformers embedding function, all settings default.

https://docs.trychroma.com/docs/embeddings/embedding-functions; batches as its cookbook makes them.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.peers import Found, Search, encoder

NAME = "Chroma"
PACKAGES = ("chromadb",)


def build(texts: Sequence[str]) -> Search:
    import chromadb
    from chromadb.config import Settings
    from chromadb.utils.batch_utils import create_batches
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    embed = SentenceTransformerEmbeddingFunction(model_name=encoder())
    collection = client.create_collection("texts", embedding_function=embed)
    ids = [str(row) for row in range(len(texts))]
    for some, _, _, documents in create_batches(client, ids=ids, documents=list(texts)):
        collection.add(ids=some, documents=documents)

    def search(text: str, k: int) -> Found:
        found = collection.query(query_texts=[text], n_results=k, include=["distances"])
        distances = found["distances"]
        assert distances is not None
        pairs = zip(found["ids"][0], distances[0], strict=True)
        return [(int(row), -distance) for row, distance in pairs]

    return search
