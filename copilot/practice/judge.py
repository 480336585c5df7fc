"""Judges a trainee's replies against what was done then, what policy requires and how customers are met."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from copilot.drafting.cues import reader
from copilot.drafting.facts import facts_in
from copilot.drafting.letter import take_apart
from copilot.drafting.proof import Backing, check_text
from copilot.drafting.style import wording_of
from copilot.drafting.text import content_words, normal, overlap, words
from copilot.models import DraftWarning
from copilot.practice.play import Turn, conversation_of
from copilot.practice.score import PartName, Point, Score, added_up
from copilot.promises.unbacked import unbacked_promises
from indexer.split import Section
from knowledge_base.models import Case, Emotion
from knowledge_base.sayings import Saying, say, say_many

if TYPE_CHECKING:
    from copilot.understand.understand import Understander
    from indexer.embedder import Embedder

# Cosines of the bundled encoder between a sentence of a reply and something that was done: what says the same
# rarely lies below the upper one, what only speaks of the same trade rarely above the lower one.
LIKE, SAME = 0.30, 0.58
SAID = 0.5
"""From this share on something counts as said, and is not listed as missed."""
COPIED = 0.85
"""A sentence that shares this much of its content words with one of the customer's is theirs."""
# A reply may be so many times as long as the one of then, and always has the room of so many words.
ROOM, LEAST_ROOM = 2.5, 150
SHORT = 0.3
EACH_FAULT, EACH_COLD = 0.34, 0.25
_JUDGED = frozenset({"unsupported_amount", "unsupported_period", "unsupported_number"})
_FIGURES = frozenset({"amount", "percent", "period"})
_TROUBLED = frozenset({Emotion.ANGRY, Emotion.FRUSTRATED, Emotion.WORRIED, Emotion.DISAPPOINTED})
_ENDS = re.compile(r"(?<=[.;:!?])\s+")
_GAP = re.compile(r"\[[^\]\n]{2,60}\]")

Told = tuple[float, tuple[Saying, ...]]


class Grants(Protocol):
    """Warns of grants in a text that an agent alone may not give."""

    def check(self, text: str, language: str, on: date) -> tuple[DraftWarning, ...]: ...


@dataclass(frozen=True, slots=True)
class Played:
    """What is judged. `policy` are the sections that the case cites, by source.

    `spoken` is the language of the replies, `day` the one by whose rules a grant is judged.
    """

    case: Case
    turns: tuple[Turn, ...]
    replies: tuple[str, ...]
    policy: tuple[tuple[str, Section], ...]
    spoken: str
    day: date


class Judge:
    """Judges plays. Deterministic; raises nothing for any text."""

    def __init__(self, embedder: Embedder, understander: Understander, grants: Grants) -> None:
        self._embedder, self._understander, self._grants = embedder, understander, grants

    def judge(self, played: Played) -> Score:
        """The score of a play that is at its end: a reply for each turn."""
        given = Replies.of(played)
        if played.spoken != played.case.language:
            return _foreign(played, given)
        shares: dict[PartName, Told] = {}
        left_out: list[tuple[PartName, Saying]] = []
        points = self._points(played, given)
        done = sum(point.share * weight for point, weight in points) / sum(weight for _, weight in points)
        shares["done"] = done, tuple(_missed(points))
        if asked := self._asked(played, given):
            shares["asked"] = asked
        else:
            left_out.append(("asked", say("Nothing had to be asked in this case.")))
        if required := _required(played):
            shares["figures"] = _figures(required, given)
        else:
            left_out.append(("figures", say("The policy of this case names no figure that was needed.")))
        # Where nothing is said, nothing is wrong either: that is worth nothing.
        ground = min(1.0, 2 * done)
        shares["backed"] = _grounded(self._backed(played, given), ground)
        shares["care"] = self._care(played, given)
        shares["form"] = _grounded(_form(played, given), ground)
        told = tuple(point for point, _ in points)
        return added_up(shares, _excess(played, given), told, tuple(left_out))

    def _points(self, played: Played, given: Replies) -> list[tuple[Point, float]]:
        """What was done then with how far each is said now, and its weight: how far it was said then."""
        case = played.case
        todo = [part for part in _ENDS.split(case.resolution) if len(words(part)) > 2] or [case.resolution]
        todo += [step for step in case.steps if all(overlap(step, one) < COPIED for one in todo)]
        then = _sentences("\n\n".join(turn.answer for turn in played.turns), case.language)
        now = given.sentences
        before, after = self._likeness(todo, then), self._likeness(todo, now)
        found = []
        for number, text in enumerate(todo):
            reached = max(before[number], default=0.0)
            share = max(after[number], default=0.0)
            by = now[after[number].index(share)] if share else ""
            # What even the reply of then hardly said is hardly to be said.
            weight = max(0.1, _ramp(reached)) if then else 1.0
            within = min(1.0, _ramp(share) / max(0.2, _ramp(reached))) if then else _ramp(share)
            found.append((Point(text, round(within, 3), by), weight))
        return found

    def _likeness(self, todo: Sequence[str], said: Sequence[str]) -> list[list[float]]:
        if not said or not todo:
            return [[] for _ in todo]
        found: list[list[float]] = (self._embedder.embed(todo) @ self._embedder.embed(said).T).tolist()
        return found

    def _asked(self, played: Played, given: Replies) -> Told | None:
        """What was asked before the last answer, held against what the trainee asks at the same place."""
        wanted, missing, got = 0, [], 0.0
        for turn, reply in zip(played.turns[:-1], given.each, strict=False):
            for question in (one for one in _sentences(turn.answer, played.case.language) if _asks(one)):
                wanted += 1
                mine = [one for one in reply if _asks(one)]
                share = max((_ramp(x) for x in self._likeness([question], mine)[0]), default=0.0)
                got += share
                if share < SAID:
                    missing.append(say("Not asked: “%(question)s”", question=question))
        if not wanted:
            return None
        return got / wanted, tuple(missing) or (say("What was needed is asked for."),)

    def _backed(self, played: Played, given: Replies) -> Told:
        """Values, promises and grants that neither the conversation nor policy backs."""
        case, text, spoken = played.case, given.text, played.spoken
        sources = [
            (f"message:{n}", message.text)
            for n, message in enumerate(message for turn in played.turns for message in turn.messages)
        ]
        sources += [("case", case.resolution), ("case", "\n".join(case.steps)), ("case", case.problem)]
        sources += [("case", turn.answer) for turn in played.turns]
        backing = Backing.of(sources)
        rules = [(name, f"{section.heading}\n{section.text}") for name, section in played.policy]
        backing = backing | Backing.of(rules, language=case.language)
        found = [one for one in check_text(text, backing, language=spoken) if one.code in _JUDGED]
        told = [*(rule for _, rule in rules), *(text for _, text in sources)]
        found += unbacked_promises(text, told, spoken)
        above = self._grants.check(text, spoken, played.day)
        granted = normal("\n".join(turn.answer for turn in played.turns))
        found += [one for one in above if normal(one.text) not in granted]
        said = tuple(dict.fromkeys(_fault(one) for one in sorted(found, key=lambda one: one.start)))
        kept = max(0.0, 1.0 - EACH_FAULT * len(said))
        return kept, said or (say("Everything that you promise or name is backed."),)

    def _care(self, played: Played, given: Replies) -> Told:
        """Whether the customer finds themselves seen: their matter named, their mood met, nothing cold."""
        cues = reader(played.spoken)
        asked = [m.text for turn in played.turns for m in turn.messages if m.role == "customer"]
        theirs = [one for text in asked for one in _sentences(text, played.case.language)][:30]
        # At the opening of each reply, or wherever something is felt with the customer.
        opening = [
            one for each in given.each for n, one in enumerate(each) if n < 3 or cues.empathy.search(one)
        ]
        near = max((max(row, default=0.0) for row in self._likeness(opening, theirs)), default=0.0)
        shares, why = [_ramp(near)], []
        if shares[0] < SAID:
            why.append(say("Nothing shows that you have read what this customer wrote."))
        conversation = conversation_of(played.case, played.turns, given.whole[:-1])
        mood = self._understander.understand(conversation)[0].emotion
        if mood in _TROUBLED:
            met = any(cues.empathy.search(one) for each in given.each for one in each)
            shares.append(float(met))
            if not met:
                why.append(
                    say(
                        "The customer is %(mood)s, and the reply doesn't say a word to it.",
                        mood=say(mood.value),
                    )
                )
        cold = list(wording_of(given.text, played.spoken))
        why += [
            say(
                "“%(words)s” reads badly to a customer. Instead: %(instead)s",
                words=one.text,
                instead=one.instead,
            )
            for one in cold
        ]
        share = max(0.0, sum(shares) / len(shares) - EACH_COLD * len(cold))
        return share, tuple(why) or (say("The customer finds themselves seen."),)


@dataclass(frozen=True, slots=True)
class Replies:
    """The trainee's replies: `whole` as written, `each` in sentences that are their own, and all of them."""

    whole: tuple[str, ...]
    each: tuple[tuple[str, ...], ...]
    copied: tuple[str, ...]

    @classmethod
    def of(cls, played: Played) -> Replies:
        """Without greeting and signature, and without what only repeats the customer's words."""
        theirs = [
            one
            for turn in played.turns
            for message in turn.messages
            for one in _sentences(message.text, played.case.language)
        ]
        each, copied = [], []
        for reply in played.replies:
            own = []
            for sentence in _sentences(reply, played.spoken):
                if any(_repeats(sentence, one) for one in theirs):
                    copied.append(sentence)
                else:
                    own.append(sentence)
            each.append(tuple(own))
        return cls(played.replies, tuple(each), tuple(copied))

    @property
    def sentences(self) -> list[str]:
        """All sentences in order."""
        return [one for each in self.each for one in each]

    @property
    def text(self) -> str:
        """All replies as one text."""
        return "\n\n".join(self.whole)


def _sentences(text: str, language: str) -> list[str]:
    return [one.text for one in take_apart(text, language).said] if text.strip() else []


def _repeats(sentence: str, theirs: str) -> bool:
    mine, other = content_words(sentence), content_words(theirs)
    return len(mine) > 3 and len(mine & other) / len(mine) >= COPIED


def _asks(sentence: str) -> bool:
    return "?" in sentence or "¿" in sentence or "؟" in sentence or "？" in sentence


def _ramp(cosine: float) -> float:
    return min(1.0, max(0.0, (cosine - LIKE) / (SAME - LIKE)))


def _foreign(played: Played, given: Replies) -> Score:
    """What can be judged of replies in a language that can't be held against the case's."""
    shares: dict[PartName, Told] = {"form": _form(played, given)}
    if required := _required(played):
        shares["figures"] = _figures(required, given)
    why = say("Your reply is in another language than the case, and no translator is configured.")
    parts: tuple[PartName, ...] = ("done", "asked", "backed", "care")
    return added_up(shares, _excess(played, given), (), tuple((name, why) for name in parts))


def _missed(points: Sequence[tuple[Point, float]]) -> Iterator[Saying]:
    missed = [point for point, weight in points if point.share < SAID and weight >= SAID]
    if not missed:
        yield say("What was done then stands in your reply.")
    for point in missed:
        yield say("Not said: “%(point)s”", point=point.text)


def _required(played: Played) -> dict[str, str]:
    """Figures that policy names and the reply of then told, each as it was written."""
    ruled = {
        (fact.kind, fact.value)
        for _, section in played.policy
        for fact in facts_in(f"{section.heading}\n{section.text}")
    }
    answers = "\n\n".join(turn.answer for turn in played.turns)
    return {
        fact.value: answers[fact.start : fact.end]
        for fact in facts_in(answers)
        if fact.kind in _FIGURES and (fact.kind, fact.value) in ruled
    }


def _figures(required: dict[str, str], given: Replies) -> Told:
    told = {fact.value for fact in facts_in(given.text)}
    missing = [written for value, written in required.items() if value not in told]
    why = tuple(say("Policy's figure is missing: %(figure)s", figure=one) for one in missing)
    return 1 - len(missing) / len(required), why or (say("The figures that policy names are told."),)


def _fault(warning: DraftWarning) -> Saying:
    if warning.code == "unsupported_promise":
        return say("Nothing backs this promise: “%(words)s”", words=warning.text)
    if warning.code == "above_authority":
        return say("An agent alone may not grant this: “%(words)s”", words=warning.text)
    return say("Neither policy nor the conversation names this: “%(words)s”", words=warning.text)


def _grounded(told: Told, ground: float) -> Told:
    share, why = told
    if ground < 1:
        why = (*why, say("It counts only as far as your reply says what was to be said."))
    return share * ground, why


def _form(played: Played, given: Replies) -> Told:
    """A greeting where the channel has one, the customer's language, nothing left open, not all too short."""
    why: list[Saying] = []
    checks = 2
    language = played.case.language
    if played.spoken != language:
        why.append(say("The customer writes another language than your reply."))
    if any(_GAP.search(text) for text in given.whole):
        why.append(say("Something in [brackets] is still to be filled in."))
    if played.case.channel != "chat":
        checks += 1
        if not any(reader(played.spoken).greeting.match(text) for text in given.whole):
            why.append(say("The reply greets nobody."))
    then, now = (_length(texts) for texts in ([turn.answer for turn in played.turns], given.whole))
    checks += 1
    if now < SHORT * then:
        why.append(say_many("%(num)s word is very little here.", "%(num)s words are very little here.", now))
    share = 1 - len(why) / checks
    return share, tuple(why) or (say("It is a whole letter in the customer's language."),)


def _excess(played: Played, given: Replies) -> Told:
    """What a reply loses that is far too long, or only repeats the customer."""
    room = max(LEAST_ROOM, ROOM * _length(turn.answer for turn in played.turns))
    length = _length(given.whole)
    taken, why = 0.0, []
    if length > room:
        taken += 60 * (1 - room / length)
        why.append(
            say(
                "%(words)s words are too many: a customer reads up to %(room)s here.",
                words=length,
                room=int(room),
            )
        )
    if given.copied:
        taken += min(20.0, 5.0 * len(given.copied))
        why.append(say("This only repeats the customer: “%(words)s”", words=given.copied[0]))
    return taken, tuple(why)


def _length(texts: Iterable[str]) -> int:
    return sum(len(words(text)) for text in texts)
