"""The encoder's door: tokens come with the same vectors, each with its place in the text."""

from __future__ import annotations

import numpy as np
import pytest

from indexer.embedder import SentenceEmbedder, stacked

TEXTS = ["My mixer never turned up 😀 yesterday.", "¿Dónde está?", ""]


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder()


def test_reading_gives_the_vectors_that_embedding_gives(embedder: SentenceEmbedder) -> None:
    assert np.array_equal(stacked(embedder.read(TEXTS)), embedder.embed(TEXTS))
    assert embedder.read([]) == []


def test_each_token_has_its_place_in_the_text(embedder: SentenceEmbedder) -> None:
    first, second, empty = embedder.read(TEXTS)
    words = [TEXTS[0][start:end] for start, end in first.spans]
    assert words == ["My", "mixer", "never", "turned", "up", "😀", "yesterday", "."]
    assert first.tokens.shape == (8, 384)
    assert first.tokens.dtype == np.float32
    assert "".join(TEXTS[1][start:end] for start, end in second.spans) == "¿Dóndeestá?"
    assert empty.tokens.shape == (0, 384)


def test_what_the_encoder_does_not_read_has_no_tokens(embedder: SentenceEmbedder) -> None:
    (long,) = embedder.read(["word " * 1000])
    assert len(long.tokens) == 254
