"""The encoder as sentence-transformers runs it, its vectors in a flat FAISS index of inner products."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.peers import Found, Search, encoder

NAME = "sentence-transformers, FAISS"
PACKAGES = ("sentence-transformers", "faiss-cpu")


def build(texts: Sequence[str]) -> Search:
    import faiss
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(encoder())
    vectors = model.encode(list(texts))  # of length 1 already: the model's last module sees to that
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)

    def search(text: str, k: int) -> Found:
        scores, rows = index.search(model.encode([text]), k)
        return list(zip(rows[0].tolist(), scores[0].tolist(), strict=True))

    return search
