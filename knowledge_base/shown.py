"""What a stored suggestion showed, from its document: counted over many without reading each again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from knowledge_base.verdicts import drafted_from

ASKS_NOTHING = ("greeting", "thanks")


def found_in(document: Mapping[str, Any]) -> int | None:
    """How many cases and passages were shown; None where the customer asked for nothing."""
    understanding = document.get("understanding")
    if not isinstance(understanding, Mapping):
        return None
    if not (understanding.get("request") or "").strip() or understanding.get("stage") in ASKS_NOTHING:
        return None
    return len(document.get("cases", ())) + len(document.get("passages", ()))


def shown_in(document: Mapping[str, Any]) -> dict[str, bool]:
    """The items shown (`case:ID`, `article:ID`, `template:ID`), and whether the draft speaks from each."""
    if not isinstance(document.get("understanding"), Mapping):  # no suggestion as the copilot makes them
        return {}
    speaking = frozenset(drafted_from(document))
    cases = (f"case:{one['id']}" for one in document.get("cases", ()))
    articles = (f"article:{one['article_id']}" for one in document.get("passages", ()))
    found = {item: item in speaking for item in (*cases, *articles)}
    return found | dict.fromkeys(_templates(document), True)


def _templates(document: Mapping[str, Any]) -> list[str]:
    versions = (document.get("draft"), document.get("customer_draft"))
    spans = (span for version in versions if version for span in version.get("spans", ()))
    sources = (str(span["source"]) for span in spans if span["kind"] == "template")
    return [one for one in dict.fromkeys(sources) if one.startswith("template:")]
