"""Results as the exchange format has them, and text that is safe to show on a terminal."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from copilot.models import Detection, Evidence

_KEPT = "\n\t"


def visible(text: str) -> str:
    """The text without control characters: what a customer wrote must not steer a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cs"))


def as_document(value: Any) -> Any:
    """A result as the exchange format has it."""
    if isinstance(value, list):
        return {"results": [result_entry(item) for item in value]}
    if isinstance(value, Detection):
        return asdict(value) | {
            "candidates": [{"language": tag, "confidence": share} for tag, share in value.candidates]
        }
    if not is_dataclass(value) or isinstance(value, type):
        return value
    if hasattr(value, "errors"):  # an import's report: asdict can't copy exceptions
        lists = ("errors", "findings")
        counts = {f.name: asdict(getattr(value, f.name)) for f in fields(value) if f.name not in lists}
        told = {"errors": [error_entry(error) for error in value.errors]}
        return counts | {"findings": [*getattr(value, "findings", ())]} | told
    return asdict(value)


def error_entry(error: Any) -> dict[str, Any]:
    """A bad record: file, line, field and message."""
    return {"file": error.file, "line": error.line, "field": error.field, "message": error.message}


def result_entry(evidence: Evidence) -> dict[str, Any]:
    """A search result."""
    passage = evidence.passage
    return {
        "kind": passage.kind, "id": passage.source_id, "title": passage.title, "section": passage.heading,
        "text": passage.text, "relevance": evidence.relevance, "confidence": evidence.confidence,
        "why": list(evidence.why), "adjustments": [asdict(one) for one in evidence.adjustments],
    }  # fmt: skip
