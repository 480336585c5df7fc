"""Which reply template fits a conversation: the most specific, in a variant that the conversation chooses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from zlib import crc32

from copilot.drafting.render import check_template
from copilot.models import Situation
from knowledge_base.errors import TemplateError
from knowledge_base.models import ReplyTemplate

BUNDLED = Path(__file__).parent.parent / "replies"
# By move, language and whether it holds; True with the desk's own templates.
_Shelf = Mapping[tuple[str, str, bool], Sequence[tuple[ReplyTemplate, bool]]]
_SITUATION_FIRST = frozenset({Situation.EMERGENCY, Situation.AGGRESSIVE_CUSTOMER})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a template has to fit. `seed` chooses among equals: the same conversation, the same words."""

    language: str
    situation: str | None = None
    category: str | None = None
    emotion: str | None = None
    channel: str | None = None
    seed: str = ""
    holding: bool = False


def is_holding(template: ReplyTemplate) -> bool:
    """Whether a template belongs to the reply that promises nothing (`LANG/holding.md`)."""
    return "holding" in template.id.split("/")[:2]


def family(template_id: str) -> str:
    """What a template's translations have in common: its id without the language (`es/lost_parcel/act`)."""
    language, _, rest = template_id.partition("/")
    return rest if 2 <= len(language.split("-")[0]) <= 3 else template_id


def specificity(template: ReplyTemplate, wanted: Wanted) -> tuple[bool, ...] | None:
    """How closely a template fits, comparable; None when it doesn't. Category beats situation beats emotion.

    An emergency is answered as such in every move, whatever it seems to be about: what was understood of the
    subject may be wrong. An aggressive customer is acknowledged as such; to a demand beyond all measure the
    boundary itself is the answer, in every move but the act.
    """
    pairs = [
        (template.category, wanted.category),
        (template.situation, wanted.situation),
        (template.emotion, wanted.emotion),
        (template.channel, wanted.channel),
    ]
    if any(asked is not None and asked != given for asked, given in pairs):
        return None
    named = [asked is not None for asked, _ in pairs]
    emergency = wanted.situation == Situation.EMERGENCY
    first = emergency or (template.move == "acknowledge" and wanted.situation in _SITUATION_FIRST)
    if first or (template.move != "act" and wanted.situation == Situation.UNREASONABLE_DEMAND):
        named[0], named[1] = named[1], named[0]
    return tuple(named)


class TemplateBook:
    """The bundled reply templates and the desk's own, which beat equally specific bundled ones."""

    def __init__(
        self, records: Iterable[ReplyTemplate] = (), *, bundled: Iterable[ReplyTemplate] | None = None
    ) -> None:
        self._bundled = _usable(bundled_templates() if bundled is None else bundled)[0]
        self.problems: tuple[str, ...] = ()
        self._shelf: _Shelf = {}
        self.refresh(records)

    def refresh(self, records: Iterable[ReplyTemplate]) -> None:
        """Take the desk's templates anew; what can't be read is left out and told in `problems`."""
        desk, problems = _usable(records)
        own = {template.id for template in desk}
        shelf: dict[tuple[str, str, bool], list[tuple[ReplyTemplate, bool]]] = defaultdict(list)
        for template in (*desk, *(t for t in self._bundled if t.id not in own)):
            shelf[template.move, template.language, is_holding(template)].append(
                (template, template.id in own)
            )
        self._shelf, self.problems = MappingProxyType(dict(shelf)), problems

    def candidates(self, move: str, wanted: Wanted) -> Iterator[ReplyTemplate]:
        """Every template that fits, best first; equals in the order that the seed gives."""
        shelf = self._on(move, wanted.language, holding=wanted.holding)
        levels: dict[tuple[bool, ...], list[ReplyTemplate]] = defaultdict(list)
        for template, is_desks in shelf:
            if (fit := specificity(template, wanted)) is not None:
                levels[*fit, is_desks].append(template)
        for fit in sorted(levels, reverse=True):
            equals = levels[fit]
            first = crc32(f"{wanted.seed}/{move}".encode()) % len(equals)
            yield from (*equals[first:], *equals[:first])

    def pick(self, move: str, wanted: Wanted) -> ReplyTemplate | None:
        """The template for a move, None when none fits."""
        return next(self.candidates(move, wanted), None)

    def relative(self, template_id: str, move: str, language: str) -> ReplyTemplate | None:
        """The same template in another language, None where nobody wrote it."""
        wanted = family(template_id)
        for holding in (False, True):
            for template, _ in self._on(move, language, holding=holding):
                if family(template.id) == wanted:
                    return template
        return None

    def _on(self, move: str, language: str, *, holding: bool) -> Sequence[tuple[ReplyTemplate, bool]]:
        shelf = self._shelf
        return shelf.get((move, language, holding)) or shelf.get((move, language.split("-")[0], holding), ())


def _usable(records: Iterable[ReplyTemplate]) -> tuple[tuple[ReplyTemplate, ...], tuple[str, ...]]:
    """The published templates that compile, and what is wrong with the others."""
    good, problems = [], []
    for template in records:
        if template.status != "published":
            continue
        try:
            check_template(template)
            good.append(template)
        except TemplateError as error:
            problems.append(str(error))
    return tuple(good), tuple(problems)


def bundled_templates(folder: Path = BUNDLED) -> tuple[ReplyTemplate, ...]:
    """The templates that come with the product, from `LANG/*.md`."""
    from knowledge_base.templates_io import templates_from_markdown

    return tuple(
        template
        for file in sorted(folder.glob("*/*.md"))
        for template in templates_from_markdown(
            file.read_text(encoding="utf-8"), f"{file.parent.name}/{file.name}"
        )
    )
