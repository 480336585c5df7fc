"""Which languages an encoder reads, measured: does it put a request beside the same one in English?"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.embedder import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PARALLEL = Path(__file__).with_name("parallel.toml")
PIVOT = "en"
# Of the twenty requests, looked up from either side, so many must find their own. The bundled encoder, made
# for English, finds 1 to 9 in each of the others.
READ = 0.8


@cache
def parallel() -> dict[str, tuple[str, ...]]:
    """By language the same requests in the same order."""
    given = tomllib.loads(PARALLEL.read_text(encoding="utf-8"))
    return {language: tuple(lines) for language, lines in given.items()}


def languages_read(embedder: Embedder) -> tuple[str, ...]:
    """The probed languages, by primary tag, that the encoder reads; none where it reads English alone."""
    vectors = {language: embedder.embed(lines) for language, lines in parallel().items()}
    english = vectors.pop(PIVOT)
    read = [language for language, own in vectors.items() if _found(english, own) >= READ]
    return (PIVOT, *sorted(read)) if read else ()


def reads(languages: tuple[str, ...], language: str) -> bool:
    """Whether an encoder that reads these reads that one; if not probed, where all that were are read."""
    probed = parallel()
    return language in languages or (language not in probed and len(languages) == len(probed))


def _found(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The share of lines, from both sides, whose nearest line of the other language is their own."""
    import numpy as np

    cosines, places = one @ other.T, np.arange(len(one))
    there, back = cosines.argmax(axis=1) == places, cosines.argmax(axis=0) == places
    return float((there.mean() + back.mean()) / 2)
