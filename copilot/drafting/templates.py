"""Which reply template fits a conversation: the most specific, in a variant that the conversation chooses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from zlib import crc32

from copilot.drafting.includes import family, with_included
from copilot.drafting.render import check_template
from copilot.models import Situation, Understanding
from copilot.translation.codes import closest, primary
from knowledge_base.errors import TemplateError
from knowledge_base.models import Conversation, Length, ReplyTemplate, Tone

CHAT = "chat"
ESCALATION, OVERDUE, KEPT = "escalation", "promise_overdue", "promise_kept"
SPECIAL = (ESCALATION, OVERDUE, KEPT)
"""The `situation` of templates that are asked for by name: no conversation is in one."""
BUNDLED = Path(__file__).parent.parent / "replies"
# By move, language, kind of reply and register; True with the desk's own templates.
_Place = tuple[str, str, str, str]
_Shelf = Mapping[_Place, Sequence[tuple[ReplyTemplate, bool]]]
# Files whose templates are only for one kind of reply (`LANG/later.md`, `LANG/later-angry.md`): one that
# promises nothing, one to a follow-up, to an answer, to thanks, to a greeting.
KINDS = ("holding", "later", "answer", "thanks", "opening")
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
    kind: str = ""
    tone: Tone | None = None
    length: Length = "full"
    greeted: bool = False

    @classmethod
    def of(cls, conversation: Conversation, understanding: Understanding, language: str) -> Wanted:
        """What a reply to this conversation wants; a chat is answered shortly unless the agent chose."""
        return cls(
            language,
            understanding.situation,
            understanding.category,
            understanding.emotion,
            conversation.channel,
            conversation.id or conversation.messages[0].text[:200],
            tone=conversation.tone,
            length=conversation.length or ("short" if conversation.channel == CHAT else "full"),
            greeted=bool(conversation.by("agent")),
        )


def kind_of(template_id: str) -> str:
    """The one kind of reply that a template is for, empty where it is for any."""
    names = (name.split("-")[0] for name in template_id.split("/")[:2])
    return next((name for name in names if name in KINDS), "")


def specificity(template: ReplyTemplate, wanted: Wanted) -> tuple[bool, ...] | None:
    """How closely a template fits, comparable; None when it doesn't. Category beats situation beats emotion.

    An emergency is answered as such in every move, whatever it seems to be about: what was understood of the
    subject may be wrong. An aggressive customer is acknowledged as such; to a demand beyond all measure the
    boundary itself is the answer, in every move but the act.
    """
    if not _fits_manner(template, wanted):
        return None
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


def _fits_manner(template: ReplyTemplate, wanted: Wanted) -> bool:
    return template.tone in (None, wanted.tone) and template.length in (None, wanted.length)


class TemplateBook:
    """The bundled reply templates and the desk's own, which beat equally specific bundled ones.

    Among a desk's own the length that is wanted counts before the tone; `tone` is the desk's, for replies
    whose agent chose none. In a language of `informal` only informal templates speak, where there are any.
    """

    def __init__(
        self,
        records: Iterable[ReplyTemplate] = (),
        *,
        bundled: Iterable[ReplyTemplate] | None = None,
        tone: Tone = "neutral",
        informal: Iterable[str] = (),
    ) -> None:
        self.tone, self._informal = tone, frozenset(map(primary, informal))
        # Those that come with the product are checked by its tests, and compiled when they are first said.
        self._bundled = bundled_templates() if bundled is None else _usable(bundled)[0]
        self.problems: tuple[str, ...] = ()
        self._shelf: _Shelf = {}
        self._languages: tuple[str, ...] = ()
        self.refresh(records)

    def refresh(self, records: Iterable[ReplyTemplate]) -> None:
        """Take the desk's templates anew; what can't be read is left out and told in `problems`."""
        desk, problems = _usable(records)
        own = {template.id for template in desk}
        shelf: dict[_Place, list[tuple[ReplyTemplate, bool]]] = defaultdict(list)
        written = (*desk, *(t for t in self._bundled if t.id not in own))
        borrowed = with_included(desk, written)
        own |= {template.id for template in borrowed}
        for template in (*written, *borrowed):
            place = template.move, template.language, kind_of(template.id), template.register
            shelf[place].append((template, template.id in own))
        self._languages = tuple(dict.fromkeys(language for _, language, _, _ in shelf))
        self._shelf, self.problems = MappingProxyType(dict(shelf)), problems

    def candidates(self, move: str, wanted: Wanted) -> Iterator[ReplyTemplate]:
        """Every template that fits, best first; equals in the order that the seed gives."""
        if move == "greet" and wanted.channel == CHAT and wanted.greeted:
            return  # nobody says hello twice in a chat
        wanted = replace(wanted, tone=wanted.tone or self.tone)
        shelf = self._on(move, wanted.language, kind=wanted.kind)
        levels: dict[tuple[bool, ...], list[ReplyTemplate]] = defaultdict(list)
        for template, is_desks in shelf:
            if (fit := specificity(template, wanted)) is not None:
                levels[*fit, is_desks, template.length is not None, template.tone is not None].append(
                    template
                )
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
        for template, _ in self._on(move, language, kind=kind_of(template_id)):
            if family(template.id) == wanted:
                return template
        return None

    def _on(self, move: str, language: str, *, kind: str) -> Sequence[tuple[ReplyTemplate, bool]]:
        """The templates of a place: of the very language, else of its nearest relative that is written."""
        informal = bool(self._informal) and primary(language) in self._informal
        for spoken in self._spoken(language):
            for register in ("informal", "formal") if informal else ("formal",):
                if found := self._shelf.get((move, spoken, kind, register)):
                    return found
        return ()

    def _spoken(self, language: str) -> Iterator[str]:
        """The language itself, then its relatives, looked for only where it isn't written."""
        yield language
        yield primary(language)
        yield closest(language, self._languages) or ""


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
