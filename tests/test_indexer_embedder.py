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


def test_the_tone_is_the_mean_of_the_third_layer(embedder: SentenceEmbedder) -> None:
    import torch

    (read,) = embedder.read([TEXTS[0]])
    model = embedder._loaded()
    given = model.tokenize([TEXTS[0]])
    with torch.no_grad():
        states = model[0].auto_model(**given, output_hidden_states=True).hidden_states[3]
    assert read.tone is not None
    assert read.tone == pytest.approx(states[0].float().mean(0).numpy(), abs=0.05)
    assert read.early == pytest.approx(states[0, 1:-1].float().numpy(), abs=0.1)  # the special ones left out
    assert np.array_equal(embedder.embed([TEXTS[0]])[0], read.vector)  # no hook is left behind
