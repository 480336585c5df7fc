"""BM25 alone: bm25s as its quick start shows it, English stop words and stems (https://bm25s.github.io)."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.peers import Found, Search

NAME = "BM25 (bm25s)"
PACKAGES = ("bm25s", "PyStemmer")


def build(texts: Sequence[str]) -> Search:
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    retriever = bm25s.BM25()
    words = bm25s.tokenize(list(texts), stopwords="en", stemmer=stemmer, show_progress=False)
    retriever.index(words, show_progress=False)

    def search(text: str, k: int) -> Found:
        asked = bm25s.tokenize(text, stemmer=stemmer, show_progress=False)
        rows, scores = retriever.retrieve(asked, k=k, show_progress=False)
        return list(zip(rows[0].tolist(), scores[0].tolist(), strict=True))

    return search
