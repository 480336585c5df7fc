"""The reply in the agent's language, move by move."""

from __future__ import annotations

from dataclasses import replace

from copilot.drafting.action import Told, action_of, resolution_of
from copilot.drafting.compose import Composed, Part, compose, part, says_again, was_sent
from copilot.drafting.cues import reader
from copilot.drafting.given import DraftInput, public_of
from copilot.drafting.pieces import Public
from copilot.drafting.playbook import in_order
from copilot.drafting.proof import Backing
from copilot.drafting.quote import quote, quote_code
from copilot.drafting.render import Chunk, render
from copilot.drafting.slots import SlotValues, localized
from copilot.drafting.templates import ESCALATION, TemplateBook, Wanted
from copilot.drafting.unsaid import unsaid
from copilot.models import Draft, Situation, Stage
from knowledge_base.errors import TemplateError
from knowledge_base.models import Case, Emotion, ReplyTemplate

# Below the third case the evidence is thin, and each costs a millisecond.
MOST_CASES = 3


# A reviewed template fits its whole category; a former customer's case must be more likely than not, and by
# some way, before its words are the better ones.
SURE = 0.6


# A chat goes on line after line: only its first message has a salutation and a signature.
CHATS = frozenset({"chat", "sms", "messenger", "whatsapp", "messaging"})
# Whoever says sorry a third time sounds as if it were all that they can do.
MOST_APOLOGIES = 2
# A request that is refused is told the limit, its reason, and what policy offers instead.
REFUSALS = (Situation.POLICY_RESTRICTION, Situation.UNREASONABLE_DEMAND)
TERMS = {
    "en": "The terms that were in force on {} apply here.",
    "es": "Aquí se aplican las condiciones vigentes el {}.",
    "fr": "Ici s'appliquent les conditions en vigueur le {}.",
    "de": "Hier gelten die Bedingungen, die am {} in Kraft waren.",
    "it": "Qui valgono le condizioni in vigore in data {}.",
    "pt": "Aqui valem as condições em vigor em {}.",
    "nl": "Hier gelden de voorwaarden die op {} van kracht waren.",
    "pl": "Obowiązują tu warunki z dnia {}.",
    "tr": "Burada {} tarihinde yürürlükte olan koşullar geçerlidir.",
    "ar": "تسري هنا الشروط المعمول بها بتاريخ {}.",
    "ja": "ここでは{}時点で有効だった条件が適用されます。",
    "zh": "此处适用{}当日有效的条款。",
}
# Stages whose reply needs no evidence: nothing is asked.
SMALL = (Stage.THANKS, Stage.GREETING)
KIND = {
    Stage.FIRST: "",
    Stage.LATER: "later",
    Stage.ANSWER: "answer",
    Stage.THANKS: "thanks",
    Stage.GREETING: "opening",
}


class Writer:
    """Writes the moves of one reply in one language."""

    def __init__(self, given: DraftInput, templates: TemplateBook, language: str, public: Public) -> None:
        self._given, self._templates, self.language, self._public = given, templates, language, public
        self.values = SlotValues.of(given.conversation, given.understanding, given.agent_name)
        self.said, self.held, self.stage = given.said_by_agent(), given.held, given.stage
        self.wanted = Wanted.of(given.conversation, given.understanding, language)
        decider = (given.deciders or {}).get(language.split("-")[0])
        if decider:
            self.values = SlotValues({**self.values.known, "decider": decider})

    def template(self, move: str, wanted: Wanted | None = None, *, earlier: str = "") -> Part | None:
        """The best template of a move that neither was sent before nor says again what the reply says."""
        for template in self._templates.candidates(move, wanted or self.wanted):
            written = self.render(template)
            if written is None or (move == "acknowledge" and self._spent(written.text)):
                continue
            return None if earlier and says_again(written.text, earlier, self.language) else written
        return None

    def _spent(self, text: str) -> bool:
        """Whether an acknowledgement was sent before, or says sorry once too often."""
        if was_sent(text, self.said):
            return True
        apology = reader(self.language).apology
        return bool(apology.search(text)) and self._apologies >= MOST_APOLOGIES

    @property
    def _apologies(self) -> int:
        """How often the desk said sorry in this conversation, in whichever language it wrote."""
        spoken = reader(self._given.understanding.language or self.language).apology
        return sum(spoken.search(one) is not None for one in self.held.said)

    def render(self, template: ReplyTemplate) -> Part | None:
        """A template as a part; None when it can't be rendered, comes out empty, or cites later policy."""
        if any(policy.partition("#")[0] in self._given.replaced for policy in template.policies):
            return None
        try:
            chunks = render(template, self.values, channel=self._given.conversation.channel)
        except TemplateError:
            return None
        written = part(template.move, chunks, f"template:{template.id}", template_id=template.id)
        return written if written.text else None

    @property
    def continues(self) -> bool:
        """Whether the desk has answered in this matter before: the reply goes on instead of opening."""
        return self.stage in (Stage.LATER, Stage.ANSWER)

    def opening(self) -> list[Part]:
        """The acknowledgement: of the matter when it is new, later of how the customer feels about it now."""
        angry = self.wanted.emotion == Emotion.ANGRY  # who brings an answer in anger is still angry
        stage = Stage.LATER if self.stage == Stage.ANSWER and angry else self.stage
        continues = self.continues and self.wanted.situation != Situation.EMERGENCY
        made = self.small("acknowledge", stage) if continues else self.template("acknowledge")
        return [made] if made else []

    def small(self, move: str, stage: Stage) -> Part | None:
        """A template for this stage of the conversation alone, whatever it is about."""
        return self.template(move, replace(self.wanted, kind=KIND[stage], category=None, situation=None))

    def letter(self, body: list[Part], wanted: Wanted | None = None) -> list[Part]:
        """The moves between salutation and signature; a chat that goes on needs neither."""
        if self._given.conversation.channel in CHATS and self.stage not in (Stage.FIRST, Stage.GREETING):
            return body
        greet = (self.template("greet", wanted) if wanted else None) or self.template("greet")
        close = (self.template("close", wanted) if wanted else None) or self.template("close")
        return [one for one in (greet, *body, close) if one]

    def fresh(self, parts: list[Part]) -> list[Part]:
        """The parts without what the conversation holds; in an emergency it is said again."""
        if self.wanted.situation == Situation.EMERGENCY:
            return parts
        held = replace(self.held, said=self.held.said if self.continues else (), answered=self.continues)
        made = (unsaid(one, held, self.language) for one in parts)
        return [one for one in made if one]

    def act(self) -> list[Part]:
        """What the desk does: from the best case, else from the category's template, else from what there is.

        A template of the category is followed by what the best case advises besides. In an emergency the
        template speaks alone: somebody thought about every word of it.
        """
        own = self.specific("act")
        if own and self.wanted.situation == Situation.EMERGENCY:
            return [own]
        told = []
        for case in self._cases()[:MOST_CASES]:
            if one := action_of(case, self._public, self.values, spoken=self.said):
                told.append((case, one))
                if one.strong and (own is None or self._sure_of(case)):
                    return [_case_part(case, one)]
        if own:
            return [own, *self._advice([pair for pair in told if self._sure_of(pair[0])], own.text)]
        found = _case_part(*told[0]) if told else self._resolution() or self.template("act")
        return [found] if found else []

    def _advice(self, told: list[tuple[Case, Told]], said: str) -> list[Part]:
        """One sentence of advice that neither the action nor limits nor what comes next holds already."""
        others = (self.specific("limits"), self.specific("next"))
        said = "\n".join([said, *(one.text for one in others if one)])
        made = (part("advice", chunks, f"case:{case.id}") for case, one in told for chunks in one.advice)
        fresh = next((one for one in made if not says_again(one.text, said, self.language)), None)
        return [fresh] if fresh else []

    def specific(self, move: str, *, situation: bool = False) -> Part | None:
        """The category's own template, or in an emergency the situation's."""
        for template in self._templates.candidates(move, self.wanted):
            if template.category or ((situation or self._bounded) and template.situation):
                return self.render(template)
        return None

    @property
    def _bounded(self) -> bool:
        return self.wanted.situation in (Situation.UNREASONABLE_DEMAND, Situation.EMERGENCY)

    def _sure_of(self, case: Case) -> bool:
        """Whether the case is so likely the right one that its words may replace the category's own."""
        return any(e.case is case and e.confidence >= SURE for e in self._given.cases)

    def _resolution(self) -> Part | None:
        told = ((case, resolution_of(case, self._public, self.values)) for case in self._cases())
        return next((_case_part(case, one) for case, one in told if one), None)

    def _cases(self) -> list[Case]:
        return usable_cases(self._given, self.language)

    def answer(self, said: str) -> Part | None:
        """What policy says of the very code, such as E5, that the customer asks about."""
        return quote_code(self._given, self.language, said)

    def limits(self, said: str) -> Part | None:
        """What the customer must know beforehand: the category's template, else policy word for word."""
        own = self.specific("limits")
        if own:
            return None if says_again(own.text, said, self.language) else own
        quoted = quote(self._given, self.language, said, refuses=self.wanted.situation in REFUSALS)
        return quoted or self.template("limits", earlier=said)

    def escalated(self, move: str) -> Part | None:
        """What a customer is told where somebody else decides: who, without a sum or a date."""
        if self._given.deciders is None or self.wanted.situation == Situation.EMERGENCY:
            return None
        wanted = replace(self.wanted, situation=ESCALATION, category=None, emotion=None)
        found = self._templates.pick(move, wanted)
        return self.render(found) if found and found.situation == ESCALATION else None

    def terms(self) -> Part | None:
        """That the policy of an earlier day applies, where it does and the language has words for it."""
        given, language = self._given, self.language.split("-")[0]
        if not given.replaced or given.governs is None or language not in TERMS:
            return None
        day = localized(given.governs.isoformat(), self.language)
        chunks = [Chunk(TERMS[language].format(day), "template", "template:terms")]
        return part("terms", chunks, "template:terms")


def usable_cases(given: DraftInput, language: str) -> list[Case]:
    """Cases that settled their problem, in that language; same category first, reopened ones last."""
    category = given.understanding.category
    cases = [evidence.case for evidence in given.cases if evidence.case is not None]
    spoken = [
        c
        for c in cases
        if c.language.split("-")[0] == language.split("-")[0] and c.outcome.resolved is not False
    ]
    return sorted(
        spoken, key=lambda c: (category is not None and c.category != category, c.outcome.reopened is True)
    )


def _case_part(case: Case, told: Told) -> Part:
    return part("act", told.chunks, f"case:{case.id}")


class Drafter:
    """Drafts replies in the language that the desk's agents work in."""

    def __init__(self, templates: TemplateBook, *, agent_language: str = "en") -> None:
        self.templates, self.agent_language = templates, agent_language

    def draft(self, given: DraftInput) -> Draft | None:
        """The reply with its provenance; None when there is no evidence to lean on."""
        composed = self.compose(given)
        return composed.draft if composed else None

    def compose(self, given: DraftInput) -> Composed | None:
        """The same with its parts, as the customer's version needs it."""
        if given.stage in SMALL and given.understanding.situation != Situation.EMERGENCY:
            writer = Writer(given, self.templates, self.agent_language, Public())
            return compose(reply_small(writer), self.agent_language, Backing())
        if not given.evident:
            return None
        public = public_of(given)
        writer = Writer(given, self.templates, self.agent_language, public)
        parts = write(writer)
        if not any(one.move in {"act", "limits"} for one in parts):
            return None
        return compose(parts, self.agent_language, public.policy | public.talk)

    def holding(self, given: DraftInput) -> Draft:
        """A reply that acknowledges and promises nothing."""
        return self.compose_holding(given).draft

    def compose_holding(self, given: DraftInput) -> Composed:
        """The same with its parts."""
        writer = Writer(given, self.templates, self.agent_language, Public())
        return compose(hold(writer), self.agent_language, Backing())


def write(writer: Writer) -> list[Part]:
    """The moves of a reply in the order of its playbook; what was said already is left out.

    An earlier move of the reply says it first; what this conversation holds is not said again.
    """
    act = writer.act()
    said = "\n".join(one.text for one in act)
    answer = writer.answer(said)
    said += f"\n{answer.text}" if answer else ""
    limits = writer.escalated("limits") or writer.limits(said)
    said += f"\n{limits.text}" if limits else ""
    after = None if _asks_what_is_done(writer, act) else writer.template("next", earlier=said)
    after = writer.escalated("next") or after
    terms = writer.terms() if limits and limits.passage_key else None
    core = writer.fresh([one for one in (*act, answer, terms, limits, after) if one])
    if not any(one.move != "next" for one in core):
        core += [after] if (after := writer.small("next", Stage.ANSWER)) else []
    return writer.letter([*writer.opening(), *in_order(core, writer.wanted.situation)])


def reply_small(writer: Writer) -> list[Part]:
    """The reply to thanks and to a bare greeting: no business, no promise."""
    moves = [writer.small(move, writer.stage) for move in ("acknowledge", "next")]
    return writer.letter([one for one in moves if one])


def _asks_what_is_done(writer: Writer, act: list[Part]) -> bool:
    """Whether a case reports the thing as done while the template of what comes next still asks for it."""
    cues, after = reader(writer.language), writer.template("next")
    done = any(
        one.source.startswith("case:") and one.move == "act" and cues.deed.search(one.text) for one in act
    )
    return done and after is not None and cues.offer.search(after.text) is not None


def hold(writer: Writer) -> list[Part]:
    """The moves of a holding reply: its own templates alone, since any other may promise something."""
    wanted = replace(writer.wanted, kind="holding")
    if writer.continues:
        moves = [*writer.opening(), writer.small("next", Stage.ANSWER)]
    else:
        moves = [writer.template(move, wanted) for move in ("acknowledge", "next")]
    if writer.wanted.situation == Situation.EMERGENCY:
        # The first safe step can't wait until something is found.
        moves[:1] = [writer.template("acknowledge", replace(writer.wanted, category=None)) or moves[0]]
    return writer.letter([one for one in moves if one], wanted)
