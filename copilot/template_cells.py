"""Which situations, categories and moods have a reply template in which language, the worst holes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from copilot.models import Situation
from copilot.translation.codes import primary
from copilot.workshop import Workshop
from knowledge_base.models import Emotion, ReplyTemplate
from knowledge_base.store import KnowledgeBase
from knowledge_base.tallies import Fallen, Span
from knowledge_base.templates_io import group_of

Aspect = Literal["situation", "category", "emotion"]
"""What a template's front matter may ask of a conversation."""
ASPECTS: tuple[Aspect, ...] = ("situation", "category", "emotion")
CellState = Literal["own", "bundled", "translated", "none"]
"""Who speaks: the desk's own template, a bundled one, that of the agents' language by machine, or none."""
HOLES: tuple[CellState, ...] = ("translated", "none")
WEEKS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One language of a row: `reply` is the one that speaks, None in a hole."""

    language: str
    state: CellState
    reply: str | None
    conversations: int


@dataclass(frozen=True, slots=True)
class Row:
    """A situation, a category or a mood in every language."""

    aspect: Aspect
    name: str
    cells: tuple[Cell, ...]

    @property
    def missed(self) -> int:
        """How many conversations fell into its holes."""
        return sum(cell.conversations for cell in self.cells if cell.state in HOLES)


@dataclass(frozen=True, slots=True)
class Cells:
    """The table: rows that missed most first; languages in the order of their conversations."""

    languages: tuple[str, ...]
    rows: tuple[Row, ...]
    weeks: int

    @property
    def holes(self) -> list[tuple[Row, Cell]]:
        """The holes that conversations fell into, the worst first."""
        found = [
            (row, cell)
            for row in self.rows
            for cell in row.cells
            if cell.state in HOLES and cell.conversations
        ]
        return sorted(found, key=lambda one: -one[1].conversations)


def cells_of(knowledge: KnowledgeBase, workshop: Workshop, *, weeks: int = WEEKS) -> Cells:
    """The table of a desk, with the conversations of so many weeks."""
    fallen = knowledge.tallies.fallen(Span(since=knowledge.tallies.clock() - timedelta(weeks=weeks)))
    desk, own = workshop.desk(), frozenset(one.id for one in workshop.own())
    named: Mapping[Aspect, Iterable[str]] = {
        "situation": [*Situation],
        "category": desk.categories,
        "emotion": {one.emotion for one in desk.written if one.emotion in list(Emotion)} - {None},
    }
    spoken = Counter[str]()
    for one in fallen:
        if one.language:
            spoken[primary(one.language)] += one.n
    for language in knowledge.tallies.languages():
        spoken[primary(language)] += 0
    languages = sorted(spoken, key=lambda language: (-spoken[language], language))
    written = [(one, one.id in own) for one in desk.written if one.status == "published"]
    home = primary(workshop.agent_language) if workshop.translates else None
    rows = [
        _row(aspect, name, languages, written, fallen, home)
        for aspect, names in named.items()
        for name in sorted(map(str, names))
    ]
    rows.sort(key=lambda row: (-row.missed, -sum(cell.conversations for cell in row.cells)))
    return Cells(tuple(languages), tuple(rows), weeks)


def _row(
    aspect: Aspect,
    name: str,
    languages: Sequence[str],
    written: Sequence[tuple[ReplyTemplate, bool]],
    fallen: Sequence[Fallen],
    home: str | None,
) -> Row:
    """One row; without a translator, `home` is None."""
    replies: dict[str, tuple[bool, str]] = {}
    for template, own in written:
        language = primary(template.language)
        if getattr(template, aspect) == name and (language not in replies or own > replies[language][0]):
            replies[language] = own, group_of(template)
    counted = Counter[str]()
    for one in fallen:
        if one.language and getattr(one, aspect) == name:
            counted[primary(one.language)] += one.n

    def cell(language: str) -> Cell:
        own, reply = replies.get(language, (False, None))
        if reply is not None:
            return Cell(language, "own" if own else "bundled", reply, counted[language])
        state: CellState = "translated" if home in replies else "none"
        return Cell(language, state, None, counted[language])

    return Row(aspect, name, tuple(map(cell, languages)))
