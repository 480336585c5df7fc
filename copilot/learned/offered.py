"""A draft as it was offered and the reply that went out, cut into sentences whose values are masked; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from copilot.drafting.slots import SLOT_NAMES, localized
from copilot.drafting.text import clean_text, sentence_spans
from copilot.learned.body import mask, plain

# No reply is longer; what stands beyond is not looked at.
MOST_SENTENCES = 80
# Of one letter, or of a figure, nothing tells that it is the value.
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its values masked, and as it was written; `template` where one alone wrote it."""

    masked: str
    written: str
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """The draft's sentences, its language, and what its slots were filled with: pairs of name and text.

    `asked` is what the customer wanted, in small letters.
    """

    sentences: tuple[Said, ...]
    language: str
    values: tuple[tuple[str, str], ...]
    asked: str = ""


def offered(document: Mapping[str, Any], item: str, text: str | None) -> Offered | None:
    """The draft of a suggestion as it was shown, with the gaps as the agent filled them in its `text`.

    None where there was no such draft, or the text is another one.
    """
    version = document.get(item)
    if not version:
        return None
    draft, spans = version["text"], sorted(version.get("spans", ()), key=lambda span: span["start"])
    gaps = [span for span in spans if span["kind"] == "gap"]
    filled = _filled(draft, gaps, clean_text(text)) if text is not None else [None] * len(gaps)
    if filled is None:
        return None
    parts: list[tuple[str, str, str]] = []  # masked, written, source
    at, entered = 0, iter(filled)
    for span in spans:
        parts += [(char, char, "") for char in draft[at : span["start"]]]
        stretch, name = draft[span["start"] : span["end"]], span["source"].removeprefix("slot:")
        if span["kind"] in ("slot", "gap") and name in SLOT_NAMES:
            value = next(entered) if span["kind"] == "gap" else None
            parts.append((mask(name), stretch if value is None else value, "slot"))
        else:
            if span["kind"] == "gap":
                next(entered)
            parts += [(char, char, span["source"]) for char in stretch]
        at = span["end"]
    parts += [(char, char, "") for char in draft[at:]]
    masked = "".join(part[0] for part in parts)
    sentences = tuple(_said(parts[start:end]) for start, end in sentence_spans(masked)[:MOST_SENTENCES])
    language = version["language"]
    asked = (document.get("understanding") or {}).get("request") or ""
    return Offered(sentences, language, tuple(_values(document, parts, language)), asked.lower())


def sent(text: str, draft: Offered) -> tuple[Said, ...]:
    """The sentences of what went out, every value that the draft knew masked."""
    parts = [(char, char, "") for char in clean_text(text)]
    for name, value in sorted(draft.values, key=lambda one: -len(one[1])):
        parts = _masked(parts, name, value)
    masked = "".join(part[0] for part in parts)
    return tuple(_said(parts[start:end]) for start, end in sentence_spans(masked)[:MOST_SENTENCES])


def _said(parts: Sequence[tuple[str, str, str]]) -> Said:
    sources = {source for _, _, source in parts} - {"slot"}
    template = next(iter(sources)) if len(sources) == 1 else ""
    name = template.removeprefix("template:") if template.startswith("template:") else None
    return Said(plain("".join(p[0] for p in parts)), plain("".join(p[1] for p in parts)), name)


def _filled(draft: str, gaps: Sequence[Mapping[str, Any]], text: str) -> list[str | None] | None:
    """What stands in the text where the draft had gaps; None where the rest isn't the draft's."""
    found: list[str | None] = []
    at, last = 0, 0
    for gap in gaps:
        before = draft[last : gap["start"]]
        place = text.find(before, at)
        if place < 0 or (not found and place != 0):
            return None
        if found:
            found[-1] = text[at:place]
        found.append(None)
        at, last = place + len(before), gap["end"]
    rest = draft[last:]
    if not text.endswith(rest) or len(text) - len(rest) < at or (not gaps and text != draft):
        return None
    if found:
        found[-1] = text[at : len(text) - len(rest)]
    return found


def _values(
    document: Mapping[str, Any], parts: Iterable[tuple[str, str, str]], language: str
) -> Iterable[tuple[str, str]]:
    """What is known of the conversation, as the draft writes it, as the customer did, and as it is kept."""
    names = {mask(name): name for name in SLOT_NAMES}
    found = [(names[masked], written) for masked, written, source in parts if source == "slot"]
    for name, slot in (document.get("understanding") or {}).get("slots", {}).items():
        if name in SLOT_NAMES:
            told = (localized(slot["value"], language), slot["text"], slot["value"])
            found += [(name, value) for value in told]
    known = ((name, value.strip()) for name, value in found)
    return dict.fromkeys(one for one in known if len(one[1]) >= _SHORTEST and one[1] != f"[{one[0]}]")


def _masked(parts: list[tuple[str, str, str]], name: str, value: str) -> list[tuple[str, str, str]]:
    text = "".join(part[0] for part in parts)
    first = r"(?<!\w)" if value[0].isalnum() else ""
    last = r"(?!\w)" if value[-1].isalnum() else ""
    for found in reversed(list(re.finditer(f"{first}{re.escape(value)}{last}", text))):
        written = "".join(part[1] for part in parts[found.start() : found.end()])
        parts = [*parts[: found.start()], (mask(name), written, "slot"), *parts[found.end() :]]
    return parts
