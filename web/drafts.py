"""Drafts as the page shows them: stretches of one source, cut where a warning begins or ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from copilot.models import CustomerDraft, Draft, DraftWarning, Span
from web.i18n import gettext, ngettext
from web.words import KINDS, advice, direction, flag, language_name, plain, slot_label

Targets = Mapping[str, tuple[str, str]]
"""The card's anchor and label, by the source that a span names."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A bit of text, within a warning or not (`warning` counts from 0)."""

    text: str
    warning: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text of one source. `target` is its card's anchor; `name` is a gap's slot, asked for as `label`."""

    kind: str
    source: str
    label: str
    target: str | None
    pieces: tuple[Piece, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class WarningView:
    """A warning with what to do about it."""

    text: str
    advice: str


@dataclass(frozen=True, slots=True)
class DraftView:
    """A reply, ready to be shown and filled in."""

    lang: str
    dir: str
    language: str
    stretches: tuple[Stretch, ...]
    gaps: tuple[tuple[str, str], ...] = ()
    warnings: tuple[WarningView, ...] = ()
    ready: bool = False
    proven: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    origin: str = ""
    flags: tuple[str, ...] = ()
    back_translation: str | None = None


def draft_view(draft: Draft, targets: Targets) -> DraftView:
    """Lay out the agent's draft."""
    return DraftView(
        lang=draft.language,
        dir=direction(draft.language),
        language=language_name(draft.language),
        stretches=tuple(stretches(draft.text, draft.spans, draft.warnings, targets)),
        gaps=tuple((name, slot_label(name)) for name in draft.gaps),
        warnings=tuple(WarningView(w.text, advice(w.code, w.source)) for w in draft.warnings),
        ready=draft.ready,
        proven=_proven(draft),
        legend=_legend(draft.spans),
    )


def customer_view(draft: CustomerDraft, targets: Targets) -> DraftView:
    """Lay out the customer's version."""
    return DraftView(
        lang=draft.language,
        dir=direction(draft.language),
        language=language_name(draft.language),
        stretches=tuple(stretches(draft.text, draft.spans, (), targets)),
        origin=_origin(draft),
        flags=tuple(flag(code) for code in draft.flags),
        back_translation=draft.back_translation,
    )


def stretches(
    text: str, spans: Sequence[Span], warnings: Sequence[DraftWarning], targets: Targets
) -> Iterator[Stretch]:
    """Cut a text by its spans; what no span covers comes as plain text."""
    at = 0
    for span in sorted(spans, key=lambda span: span.start):
        if at < span.start:
            yield Stretch("plain", "", "", None, _pieces(text, at, span.start, warnings))
        yield _stretch(text, span, warnings, targets)
        at = span.end
    if at < len(text):
        yield Stretch("plain", "", "", None, _pieces(text, at, len(text), warnings))


def _stretch(text: str, span: Span, warnings: Sequence[DraftWarning], targets: Targets) -> Stretch:
    if span.kind == "gap":
        name = text[span.start : span.end].strip("[]")
        return Stretch(
            "gap", span.source, slot_label(name), None, (Piece(text[span.start : span.end]),), name
        )
    target, label = targets.get(span.source) or targets.get(span.source.partition("#")[0]) or (None, "")
    label = label or plain(span.source.partition(":")[2])
    pieces = _pieces(text, span.start, span.end, warnings)
    return Stretch(span.kind, span.source, f"{gettext(KINDS[span.kind])}: {label}", target, pieces)


def _pieces(text: str, start: int, end: int, warnings: Sequence[DraftWarning]) -> tuple[Piece, ...]:
    within = [(max(w.start, start), min(w.end, end), n) for n, w in enumerate(warnings)]
    pieces, at = [], start
    for first, last, number in sorted(part for part in within if part[0] < part[1]):
        if first < at:  # two warnings on the same words: the first one marks them
            continue
        pieces += [Piece(text[at:first]), Piece(text[first:last], number)]
        at = last
    pieces.append(Piece(text[at:end]))
    return tuple(piece for piece in pieces if piece.text)


def _proven(draft: Draft) -> str:
    """How many values the proof found and bound: "7 values, each with its source"."""
    count = len({(proven.start, proven.end) for proven in draft.proven})
    if not count:
        return gettext("no figures, no names")
    return ngettext("%(num)s value, with its source", "%(num)s values, each with its source", count)


def _legend(spans: Sequence[Span]) -> tuple[tuple[str, str], ...]:
    present = {span.kind for span in spans}
    return tuple((kind, gettext(words)) for kind, words in KINDS.items() if kind in present)


def _origin(draft: CustomerDraft) -> str:
    match draft.origin:
        case "localized_template":
            return gettext("Written for this language: templates, translated policy, or an earlier case")
        case "translation":
            return gettext(
                "Translated, at least in part, by %(who)s; read it back first",
                who=draft.provider or gettext("a machine"),
            )
        case "memory":
            return gettext("In words that a colleague approved before")
