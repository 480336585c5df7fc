"""What a new wording changed, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "out", "in"]


def difference(before: str, after: str) -> Iterator[tuple[Kind, str]]:
    """Stretches in order: those of `same` and `out` make the text before, of `same` and `in` that after."""
    one, two = (re.findall(r"\S+ ?|\s", text) for text in (before, after))
    for what, start, end, first, last in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if what == "equal":
            yield "same", "".join(one[start:end])
            continue
        if start < end:
            yield "out", "".join(one[start:end])
        if first < last:
            yield "in", "".join(two[first:last])
