"""Other retrieval systems in their documented default use, all with the bundled encoder; a module each.

Each has NAME, PACKAGES (whose versions are told) and `build`, which gives the search over the texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

Found = list[tuple[int, float]]
Search = Callable[[str, int], Found]
MODULES = ("stock", "bm25", "txtai_dense", "txtai_hybrid", "chroma", "haystack_dense", "haystack_hybrid")


class Peer(Protocol):
    """What a peer's module offers."""

    NAME: str
    PACKAGES: tuple[str, ...]

    def build(self, texts: Sequence[str]) -> Search:
        """Index the texts, loading the encoder on the way.

        The search takes a query and k and gives the k best: position of the text, and a score of which
        higher is better, best first.
        """
        ...


def encoder() -> str:
    """The folder of the encoder that all systems use, in single precision."""
    from indexer.embedder import bundled_model_path

    return str(bundled_model_path())
