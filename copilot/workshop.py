"""What a knowledge manager sees of reply templates while writing: what is wrong, and how they read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from copilot.desk import desk_of, desk_templates
from copilot.drafting.includes import family, with_included
from copilot.drafting.lint import Desk, Remark, lint
from copilot.drafting.render import Chunk, render, text_and_spans
from copilot.drafting.slots import SlotValues
from copilot.drafting.templates import TemplateBook, Wanted
from copilot.models import Span, Understanding
from copilot.understand.request import Request
from knowledge_base.errors import TemplateError
from knowledge_base.models import Case, Change, Conversation, Message, ReplyTemplate
from knowledge_base.store import KnowledgeBase
from knowledge_base.templates_io import MOVES, group_of

if TYPE_CHECKING:
    from copilot.drafting.coverage import Covered

# What was written within so long of each other came together, in whatever order.
ONE_IMPORT = timedelta(minutes=10)
# Of the desk's own cases more aren't looked at for a preview.
_MOST_CASES = 5


class Reader(Protocol):
    """Reads conversations."""

    def understand(self, conversation: Conversation) -> tuple[Understanding, Request]: ...


@dataclass(frozen=True, slots=True)
class Preview:
    """Templates filled for a conversation; gaps stand in the text as `[name]`."""

    conversation_id: str | None
    title: str
    text: str
    spans: tuple[Span, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation to try templates on, with what is known of it."""

    title: str
    conversation: Conversation
    category: str | None = None
    situation: str | None = None
    emotion: str | None = None


class Workshop:
    """Lints and previews against one desk. Thread-safe."""

    def __init__(
        self,
        knowledge: KnowledgeBase,
        reader: Reader,
        *,
        agent_name: str | None = None,
        today: Callable[[], date] = date.today,
        informal: frozenset[str] = frozenset(),
        agent_language: str = "en",
        translates: bool = False,
    ) -> None:
        self.knowledge, self._reader, self._agent_name, self._today = knowledge, reader, agent_name, today
        self.informal = informal
        self.agent_language, self.translates = agent_language, translates
        self._known: tuple[tuple[int, date], Desk] | None = None

    def desk(self) -> Desk:
        """What the desk knows now; read anew when anything changed."""
        state = self.knowledge.last_seq(), self._today()
        if self._known is None or self._known[0] != state:
            self._known = state, desk_of(self.knowledge, state[1], self.informal)
        return self._known[1]

    def own(self) -> list[ReplyTemplate]:
        """The desk's own published templates."""
        return list(desk_templates(self.knowledge))

    def named(self, name: str) -> list[ReplyTemplate]:
        """The template of that id, else all of that reply (`en/lost_parcel`), the bundled ones too."""
        written = self.desk().written
        return [one for one in written if one.id == name] or [one for one in written if group_of(one) == name]

    def lint(self, templates: Iterable[ReplyTemplate]) -> tuple[Remark, ...]:
        """What is wrong with templates, written or imported."""
        return lint(templates, self.desk())

    def coverage(self) -> tuple[Covered, ...]:
        """Which replies are written in which language; a translation older than its source is stale."""
        from copilot.drafting.coverage import coverage, stale_bundled

        own, written = self.own(), self.desk().written
        mine = {one.id for one in own}
        bundled = stale_bundled([one for one in written if one.id not in mine])
        return coverage(written, bundled | self._outdated(own))

    def _outdated(self, own: Sequence[ReplyTemplate]) -> frozenset[tuple[str, str]]:
        """The desk's translations of replies whose source changed after them."""
        from copilot.drafting.coverage import SOURCE, set_of

        newest: dict[tuple[str, str], Change] = {}
        for one in own:
            place, last = (
                (set_of(one), family(group_of(one))),
                self.knowledge.history("template", one.id)[-1],
            )
            if place not in newest or newest[place].at < last.at:
                newest[place] = last
        source = {
            reply: last for (name, reply), last in newest.items() if name == SOURCE and last.version > 1
        }
        return frozenset(
            (name, reply)
            for (name, reply), last in newest.items()
            if name != SOURCE and reply in source and source[reply].at - last.at > ONE_IMPORT
        )

    def previews(self, templates: Sequence[ReplyTemplate], *, limit: int = 3) -> tuple[Preview, ...]:
        """How templates read in the conversations that fit them best, samples and the desk's own cases."""
        if not templates:
            return ()
        first = templates[0]
        talks = sorted(
            (*_samples(), *self._cases(first.category)), key=lambda talk: _fit(first, talk), reverse=True
        )
        return tuple(self.preview(templates, talk.conversation, talk.title) for talk in talks[:limit])

    def preview(self, templates: Sequence[ReplyTemplate], conversation: Conversation, title: str) -> Preview:
        """How templates read in one conversation, whatever it is about, move by move."""
        understanding, _ = self._reader.understand(conversation)
        values = SlotValues.of(conversation, understanding, self._agent_name)
        chunks: list[Chunk] = []
        for template in self._moves(templates, conversation, understanding):
            try:
                said = render(template, values, channel=conversation.channel)
            except TemplateError as error:
                said = (Chunk(f"({error})", "gap", f"template:{template.id}"),)
            chunks += [*([Chunk("\n\n", "template", "template:layout")] if chunks and said else []), *said]
        text, spans = text_and_spans(chunks)
        open_slots = (span.source for span in spans if span.kind == "gap" and span.source.startswith("slot:"))
        gaps = dict.fromkeys(source.removeprefix("slot:") for source in open_slots)
        return Preview(conversation.id, title, text, spans, tuple(gaps))

    def _moves(
        self, templates: Sequence[ReplyTemplate], conversation: Conversation, understanding: Understanding
    ) -> list[ReplyTemplate]:
        """One template a move, in order: the one that suits channel, length and tone, else the first."""
        written = {one.id: one for one in (*self.desk().written, *templates)}
        all_moves = [*templates, *with_included(templates, written.values())]
        free = [
            replace(one, category=None, situation=None, emotion=None, status="published") for one in all_moves
        ]
        found = []
        for move in MOVES:
            mine = [one for one in free if one.move == move]
            if not mine:
                continue
            language, informal = mine[0].language, mine[0].register == "informal"
            wanted = Wanted.of(conversation, understanding, language)
            book = TemplateBook(mine, bundled=(), informal=(language,) if informal else ())
            picked = book.pick(move, wanted)
            found += [picked] if picked else mine[:1] if len(templates) == len(mine) else []
        return found

    def _cases(self, category: str | None) -> list[Talk]:
        if category is None:
            return []
        page = self.knowledge.list("case", status="published", category=category, limit=_MOST_CASES)
        return [_talk(case) for case in page.items if isinstance(case, Case)]


@lru_cache(maxsize=1)
def _samples() -> tuple[Talk, ...]:
    from knowledge_base.sample_desk import sample_conversations

    return tuple(
        Talk(title, talk, known.get("category"), known.get("situation"), known.get("emotion"))
        for _, title, talk, known in sample_conversations()
    )


def _talk(case: Case) -> Talk:
    said = case.messages or (Message("customer", case.problem),)
    talk = Conversation(said, id=case.id, channel=case.channel, language=case.language)
    return Talk(case.title or case.id, talk, case.category)


def _fit(template: ReplyTemplate, talk: Talk) -> tuple[int, bool, bool]:
    pairs = [
        (template.category, talk.category),
        (template.situation, talk.situation),
        (template.emotion, talk.emotion),
        (template.channel, talk.conversation.channel),
    ]
    agreeing = sum(asked is not None and asked == given for asked, given in pairs)
    language = talk.conversation.language or talk.conversation.customer.language
    return agreeing, language == template.language, bool(talk.conversation.customer.name)
