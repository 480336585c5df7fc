"""Reads the texts to be told out of the code, for `make catalogues`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

TOLD = ("about", "moves")
"""The keys of the copilot's TOML files whose texts agents read: what is asked about, a playbook's moves."""


def extract_toml(
    file: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel's extraction method for them: a line number (0: not told), no function, the text, no comments."""
    yield from ((0, "", text, []) for text in _texts(tomllib.loads(file.read().decode()), told=False))


def _texts(value: object, *, told: bool) -> Iterator[str]:
    if isinstance(value, str) and told:
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, told=told)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, told=told or name in TOLD)
