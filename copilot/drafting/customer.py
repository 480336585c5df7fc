"""The reply in the customer's language, part by part, with what the agent needs to read it back.

A part is said by what people wrote for that language first: the same template, the translated article. The
translator comes after, and what nobody can say is left out and flagged, never mixed in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from copilot.drafting.action import action_of
from copilot.drafting.compose import Composed, Part, lay_out, part, was_sent
from copilot.drafting.drafter import Writer, usable_cases
from copilot.drafting.facts import facts_in
from copilot.drafting.given import DraftInput, public_of
from copilot.drafting.quote import passage_sentences, quoted_part
from copilot.drafting.render import Chunk, gap, slot
from copilot.drafting.slots import SlotValues
from copilot.drafting.templates import TemplateBook, kind_of
from copilot.drafting.text import clean_text, content_words, sentence_spans
from copilot.drafting.unsaid import without
from copilot.models import CustomerDraft, Origin, SpanKind
from copilot.translation.models import MEMORY, Translation
from knowledge_base.errors import TranslationError
from knowledge_base.models import Passage

# Engines leave such a token as it is (measured: 120 of 120, over two hops); it is verified all the same.
_TOKEN = "ZX{}Q"
# Of a text's words of content so many come back; with fewer, half of it may be missing.
LEAST_KEPT = 0.25
LEAST_WORDS = 6


class Translator(Protocol):
    """Translates a text (BCP 47 tags). Raises only TranslationError subclasses."""

    def translate(self, text: str, *, target: str, source: str | None = None) -> Translation:
        """Translate, or say by flags what went wrong."""
        ...


@dataclass(frozen=True, slots=True)
class CustomerResult:
    """The customer's version, or the reason why there is none (`no_template_or_translator:it`)."""

    draft: CustomerDraft | None
    reason: str | None = None


@dataclass
class _Spoken:
    """What became of the parts so far."""

    parts: list[Part] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    flags: dict[str, None] = field(default_factory=dict)
    providers: dict[str, None] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    translated: bool = False
    machine: list[int] = field(default_factory=list)
    """The numbers of the parts that a machine said."""

    def take(self, said: Part, back: str) -> None:
        self.parts.append(said)
        self.back.append(back)

    def miss(self, one: Part) -> None:
        self.missing.add(one.move)
        self.flags[f"missing:{one.move}"] = None


class _Speaker:
    """Says the parts of one draft in one language."""

    def __init__(
        self,
        given: DraftInput,
        composed: Composed,
        templates: TemplateBook,
        language: str,
        translator: Translator | None,
    ) -> None:
        public = public_of(given)
        self._given, self._composed, self._templates = given, composed, templates
        self._language, self._translator, self._public = language, translator, public
        self._home = composed.draft.language
        self._there = Writer(given, templates, language, public)
        self._here = Writer(given, templates, self._home, public)
        self.spoken = _Spoken()

    def say(self, sections: Mapping[str, Passage]) -> _Spoken:
        """Every part in order; what can't be said is flagged."""
        for one in self._composed.parts:
            if one.template_id is not None:
                done = self._localized(one) or self._translated(one)
            elif one.move == "terms":
                done = self._take(self._there.terms()) or self._translated(one)
            elif one.passage_key is not None:
                done = self._section(one, sections) or self._translated(one)
                done = done or (one.move == "limits" and self._own_template(one))
            else:
                done = self._translated(one)
                done = done or (one.move == "act" and (self._precedent(one) or self._own_template(one)))
            if not done:
                self.spoken.miss(one)
        self._read_back()
        return self.spoken

    def _localized(self, one: Part) -> bool:
        """The template's own translation, else the one that fits best in that language."""
        relative = self._templates.relative(one.template_id or "", one.move, self._language)
        said = self._there.render(relative) if relative else None
        if said and one.dropped and len(sentence_spans(said.text)) == self._sentences(one):
            said = without(said, one.dropped)
        if said and not (one.move == "acknowledge" and was_sent(said.text, self._there.said)):
            self.spoken.take(said, one.text)
            return True
        return self._take(
            self._there.template(one.move, replace(self._there.wanted, kind=kind_of(one.template_id or "")))
        )

    def _sentences(self, one: Part) -> int:
        """How many sentences the part had before any was left out."""
        return len(sentence_spans(one.text)) + len(one.dropped)

    def _take(self, said: Part | None) -> bool:
        """A template that was picked for that language; the agent reads it by its relative."""
        if said is None:
            return False
        relative = self._templates.relative(said.template_id or "", said.move, self._home)
        back = self._here.render(relative) if relative else None
        self.spoken.take(said, back.text if back else said.text)
        return True

    def _section(self, one: Part, sections: Mapping[str, Passage]) -> bool:
        """The same sentences of the translated article."""
        passage = sections.get(one.passage_key or "")
        if passage is None:
            return False
        told = passage_sentences(passage)
        numbers = _counterparts(one, told, self._given)
        if not numbers:
            return False
        self.spoken.take(quoted_part(passage, told, numbers, move=one.move), one.text)
        return True

    def _precedent(self, one: Part) -> bool:
        """A similar case that was answered in that language."""
        category = self._given.understanding.category
        for case in usable_cases(self._given, self._language):
            told = action_of(case, self._public, self._there.values) if case.category == category else None
            if told and told.strong:
                self.spoken.take(part("act", told.chunks, f"case:{case.id}"), told.text)
                self.spoken.flags[f"precedent:{case.id}"] = None
                return self._follow_up()
        return False

    def _own_template(self, one: Part) -> bool:
        """The category's template in place of what only a case or an article said in the agent's language."""
        return self._take(self._there.specific(one.move, situation=True)) and self._follow_up()

    def _follow_up(self) -> bool:
        """What happens next, where the draft left it out because its own action said it."""
        if all(one.move != "next" for one in self._composed.parts):
            self._take(self._there.template("next", earlier=self.spoken.parts[-1].text))
        return True

    def _translated(self, one: Part) -> bool:
        """The agent's text by machine, its slots and gaps kept out of the engine's reach."""
        if self._translator is None:
            return False
        masked, kept = _masked(one)
        try:
            translation = self._translator.translate(masked, target=self._language, source=self._home)
        except TranslationError as error:
            self.spoken.flags[f"translation_failed:{type(error).__name__}"] = None
            return False
        self.spoken.flags |= dict.fromkeys(translation.flags)
        chunks = _unmasked(translation.text, kept, one, self._language, self._there.values)
        if translation.failed_gates or chunks is None:
            self.spoken.flags[f"translation_failed:{one.move}"] = None
            return False
        said = part(one.move, chunks, one.source)
        self.spoken.take(said, one.text)
        self.spoken.translated = True
        self.spoken.providers |= {translation.provider: None} if translation.provider else {}
        if translation.provider != MEMORY:  # what an agent approved means the agent's own words
            self.spoken.machine.append(len(self.spoken.parts) - 1)
        return True

    def _read_back(self) -> None:
        """Put what the machine's words mean, by machine again, in the place of what they should mean.

        How alike both are says nothing of the quality, but half a text missing shows: an alarm, no grade.
        All parts go in one request, whose lines come back one for one.
        """
        spoken = self.spoken
        if self._translator is None or not spoken.machine:
            return
        lines = [spoken.parts[number].text.split("\n") for number in spoken.machine]
        told = "\n".join(line for part_lines in lines for line in part_lines)
        try:
            back = self._translator.translate(told, target=self._home, source=self._language)
        except TranslationError:
            return
        read = iter(clean_text(back.text).split("\n"))
        for number, part_lines in zip(spoken.machine, lines, strict=True):
            own, meant = spoken.back[number], "\n".join(next(read, "") for _ in part_lines)
            wanted = content_words(own)
            if len(wanted) >= LEAST_WORDS and len(wanted & content_words(meant)) < LEAST_KEPT * len(wanted):
                spoken.flags[f"doubtful:{spoken.parts[number].move}"] = None
            spoken.back[number] = meant.strip() or own


def _counterparts(one: Part, told: Sequence[str], given: DraftInput) -> list[int]:
    """The numbers of the sentences that translate the quoted ones: by place, or by the same facts."""
    original = next((e.passage for e in given.passages if e.passage.key == one.passage_key), None)
    quoted = passage_sentences(original) if original else []
    if len(quoted) == len(told):
        return list(one.quoted)
    facts = [{(f.kind, f.value) for f in facts_in(quoted[n])} for n in one.quoted if n < len(quoted)]
    same = [n for n, text in enumerate(told) if {(f.kind, f.value) for f in facts_in(text)} in facts]
    return same if all(facts) and len(same) == len(facts) else []


def _masked(one: Part) -> tuple[str, list[tuple[str, bool]]]:
    """The part with a token for each slot and gap; per token the slot's name and whether it is a gap."""
    text, at = "", 0
    kept: list[tuple[str, bool]] = []
    for span in one.spans:
        if span.kind in {"slot", "gap"}:
            text += one.text[at : span.start] + _TOKEN.format(len(kept))
            kept.append((span.source.removeprefix("slot:"), span.kind == "gap"))
            at = span.end
    return text + one.text[at:], kept


def _unmasked(
    text: str, kept: Sequence[tuple[str, bool]], one: Part, language: str, values: SlotValues
) -> list[Chunk] | None:
    """The translated text as chunks with their values; None when a token was lost or doubled."""
    pieces = re.split(r"(ZX\d+Q)", clean_text(text))
    if sorted(pieces[1::2]) != sorted(_TOKEN.format(number) for number in range(len(kept))):
        return None
    kind: SpanKind = "template" if one.template_id else "policy" if one.passage_key else "case"
    chunks = []
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            chunks += [Chunk(piece, kind, one.source)] if piece else []
        else:
            name, is_gap = kept[int(piece[2:-1])]
            chunks.append(gap(name) if is_gap else slot(name, values, language))
    return chunks


def _origin(spoken: _Spoken) -> Origin:
    if not spoken.translated:
        return "localized_template"
    return "memory" if set(spoken.providers) == {MEMORY} else "translation"


class CustomerDrafter:
    """Says an agent's draft again in the customer's language."""

    def __init__(self, templates: TemplateBook) -> None:
        self.templates = templates

    def draft(
        self,
        given: DraftInput,
        composed: Composed,
        *,
        language: str,
        translator: Translator | None = None,
        translated_sections: Mapping[str, Passage] | None = None,
    ) -> CustomerResult:
        """The customer's version. `translated_sections`: a passage's key to its translation."""
        spoken = _Speaker(given, composed, self.templates, language, translator).say(
            translated_sections or {}
        )
        if not spoken.parts or spoken.missing & {"greet", "acknowledge"}:
            reason = "translation_failed" if translator else "no_template_or_translator"
            return CustomerResult(None, f"{reason}:{language}")
        text, spans = lay_out(spoken.parts)
        draft = CustomerDraft(
            language=language,
            text=text,
            origin=_origin(spoken),
            provider=", ".join(spoken.providers) or None,
            back_translation="\n\n".join(spoken.back),
            flags=tuple(spoken.flags),
            spans=spans,
        )
        return CustomerResult(draft)
