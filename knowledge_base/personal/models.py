"""The kinds of personal data, what was found of them, and how their placeholders look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

PersonalKind = Literal[
    "email", "card", "iban", "ip", "url", "phone", "national_id", "customer_id", "order_id",
    "tracking_number", "address", "name", "web_page",
]  # fmt: skip
KINDS: tuple[PersonalKind, ...] = get_args(PersonalKind)
"""`url` is a link that may lead to one person (a query, a long number in it), `web_page` any other."""
PLACEHOLDERS = {kind: kind.upper() for kind in KINDS}
PLACEHOLDER = re.compile(rf"\[(?P<kind>{'|'.join(PLACEHOLDERS.values())})(?:_(?P<number>[1-9]\d{{0,3}}))?\]")
TEMPLATE_HOLE = re.compile(
    r"\{\{[^{}\n]{0,80}\}\}|\{%[^{}\n]{0,80}%\}|\$?\{[\w.]{1,60}\}|%\(\w{1,40}\)[sd]|\[[a-z][a-z0-9_]{1,40}\]"
    r"|<[A-Z][A-Z_]{1,30}>|\[[A-Z][A-Z_]{1,30}(?:_\d{1,4})?\]"
)
"""Holes that templates, drafts and other tools' placeholders leave."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of a text, in characters from its beginning; `sure` where a check digit or a cue says so."""

    kind: PersonalKind
    start: int
    end: int
    text: str
    sure: bool = True
