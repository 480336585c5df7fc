"""What makes two indexes comparable: the encoder, how sources are split, how words are cut."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

# Raise these when split.py, lexical.py or ngrams.py would give something else for the same source.
SPLIT_VERSION = 3
WORDS_VERSION = 1
NGRAMS_VERSION = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """`model` is the encoder's name, `model_digest` the SHA-256 of its weights, `dim` its vectors' length."""

    model: str
    model_digest: str
    dim: int
    split_version: int = SPLIT_VERSION
    words_version: int = WORDS_VERSION
    ngrams_version: int = NGRAMS_VERSION

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits; equal exactly when the recipes are."""
        # The name isn't part of it: the same weights under another path give the same index.
        facts = {key: value for key, value in asdict(self).items() if key != "model"}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
