"""Texts of a conversation made fit to be knowledge: what is its customer's becomes a placeholder."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from copilot.drafting.cues import reader
from copilot.drafting.former import Former
from copilot.drafting.generalise import generalise_sentence
from copilot.drafting.letter import take_apart
from copilot.drafting.pieces import Piece, Public
from copilot.drafting.text import clean_text, words

# Names of things, which are nobody's.
NOBODYS = frozenset({"product", "carrier", "category", "language", "csat"})
SHORTEST = 3
"""Characters of a value that is looked for in the texts; a shorter one would be found in any word."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence that may be kept, and the paragraph that it stood in; `item`: of a list."""

    text: str
    paragraph: int
    item: bool = False


class Generaliser:
    """Takes out of texts what `former` and the `hidden` values (slot, value) tell of the customer.

    `left_out` counts the sentences that could not be saved. Not thread-safe: one for each conversation.
    """

    def __init__(
        self, former: Former, public: Public, hidden: Iterable[tuple[str, str]], *, language: str
    ) -> None:
        self._former, self._public, self._language = former, public, language
        pairs = {(slot, one) for slot, value in hidden for one in _parts(slot, value)}
        ordered = sorted(pairs, key=lambda pair: (-len(pair[1]), pair))
        self._hidden = [(slot, re.compile(_whole(value), re.IGNORECASE)) for slot, value in ordered]
        self.left_out = 0

    def letter(self, text: str) -> list[Line]:
        """A message without greeting and signature, sentence by sentence."""
        if not text.strip():
            return []
        told = (
            (self.sentence(said.text), said.paragraph, said.item)
            for said in take_apart(clean_text(text), self._language).said
        )
        return [Line(sentence, paragraph, item) for sentence, paragraph, item in told if sentence]

    def sentence(self, text: str) -> str | None:
        """One sentence with placeholders such as `[order_id]`; None where it only concerned this customer."""
        hidden = self._hide(text)
        pieces = generalise_sentence(hidden, self._former, self._public)
        told = "" if pieces is None else self._hide("".join(map(_written, pieces))).strip()
        if not told or self._shows(told):
            self.left_out += 1
            return None
        return told

    def _hide(self, text: str) -> str:
        """The text with known values as placeholders; a placeholder's own words stay."""
        parts = re.split(r"(\[[a-z_]+\])", text)
        for slot, pattern in self._hidden:
            parts = [
                one
                for part in parts
                for one in ([part] if _PLACE.fullmatch(part) else _cut(pattern, slot, part))
            ]
        return "".join(parts)

    def _shows(self, text: str) -> bool:
        plain = _PLACE.sub(" ", text)
        return any(pattern.search(plain) for _, pattern in self._hidden)


_PLACE = re.compile(r"\[[a-z_]+\]")


def says(sentence: str) -> bool:
    """Whether more than a placeholder and a word or two stand in it."""
    plain = _PLACE.sub(" ", sentence)
    caseless = any("\u3040" <= c <= "\u9fff" for c in plain)  # scripts without spaces
    return caseless or len(words(plain)) > 2


def statements(lines: Iterable[Line], language: str) -> list[Line]:
    """Those sentences that tell what is done: no questions, no feelings, no small talk."""
    cues = reader(language)
    return [
        line
        for line in lines
        if not line.text.rstrip().endswith(("?", "？", "؟"))
        and says(line.text)
        and not cues.greeting.match(line.text)
        and not cues.sign_off.match(line.text)
        and not any(cue.search(line.text) for cue in (cues.empathy, cues.closing))
    ]


def joined(lines: Iterable[Line]) -> str:
    """Sentences as a text again, paragraphs and list items apart."""
    text, before = "", None
    for line in lines:
        if before is not None:
            apart = line.paragraph != before.paragraph
            text += "\n\n" if apart else "\n" if line.item or before.item else " "
        text += f"- {line.text}" if line.item else line.text
        before = line
    return text


def _written(piece: Piece) -> str:
    return f"[{piece.slot}]" if piece.slot else piece.text


def _cut(pattern: re.Pattern[str], slot: str, text: str) -> list[str]:
    """The text around what is found, with the placeholder in its place."""
    parts: list[str] = []
    at = 0
    for match in pattern.finditer(text):
        parts += [text[at : match.start()], f"[{slot}]"]
        at = match.end()
    return [*parts, text[at:]]


def _parts(slot: str, value: str) -> Iterable[str]:
    """A value whole; of a name each word too."""
    value = " ".join(clean_text(value).split())
    if slot.endswith("name"):
        yield from (word for word in words(value) if len(word) > 1)
    if len(value) >= SHORTEST or (slot.endswith("name") and value):
        yield value


def _whole(value: str) -> str:
    """A pattern that finds a value as a word, whatever space is in it; in a script without words, at all."""
    plain = r"\s+".join(re.escape(part) for part in value.split())
    before = r"(?<!\w)" if re.match(r"\w", value) and value.isascii() else ""
    after = r"(?!\w)" if re.search(r"\w$", value) and value.isascii() else ""
    return f"{before}{plain}{after}"
