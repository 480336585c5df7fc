"""Judges a trainee's replies against what was done then, what policy requires and how customers are met."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

from copilot.drafting.cues import reader
from copilot.drafting.proof import Backing, check_text
from copilot.drafting.style import wording_of
from copilot.drafting.text import normal, overlap, words
from copilot.models import DraftWarning
from copilot.practice.form import excess, figures, foreign, form, required
from copilot.practice.play import conversation_of
from copilot.practice.replies import COPIED, Played, Replies, asks, sentences_of
from copilot.practice.score import PartName, Point, Score, Told, added_up
from copilot.promises.unbacked import unbacked_promises
from knowledge_base.models import Emotion
from knowledge_base.sayings import Saying, say

if TYPE_CHECKING:
    from copilot.understand.understand import Understander
    from indexer.embedder import Embedder

# Cosines of the bundled encoder between a sentence of a reply and something that was done: what says the same
# rarely lies below the upper one, what only speaks of the same trade rarely above the lower one.
LIKE, SAME = 0.30, 0.58
SAID = 0.5
"""From this share on something counts as said, and is not listed as missed."""
EACH_FAULT, EACH_COLD = 0.34, 0.25
_JUDGED = frozenset({"unsupported_amount", "unsupported_period", "unsupported_number"})
_TROUBLED = frozenset({Emotion.ANGRY, Emotion.FRUSTRATED, Emotion.WORRIED, Emotion.DISAPPOINTED})
_ENDS = re.compile(r"(?<=[.;:!?])\s+")


class Grants(Protocol):
    """Warns of grants in a text that an agent alone may not give."""

    def check(self, text: str, language: str, on: date) -> tuple[DraftWarning, ...]: ...


class Judge:
    """Judges plays. Deterministic; raises nothing for any text."""

    def __init__(self, embedder: Embedder, understander: Understander, grants: Grants) -> None:
        self._embedder, self._understander, self._grants = embedder, understander, grants

    def judge(self, played: Played) -> Score:
        """The score of a play that is at its end: a reply for each turn."""
        given = Replies.of(played)
        if played.spoken != played.case.language:
            return foreign(played, given)
        shares: dict[PartName, Told] = {}
        left_out: list[tuple[PartName, Saying]] = []
        points = self._points(played, given)
        done = sum(point.share * weight for point, weight in points) / sum(weight for _, weight in points)
        shares["done"] = done, tuple(_missed(points))
        if asked := self._asked(played, given):
            shares["asked"] = asked
        else:
            left_out.append(("asked", say("Nothing had to be asked in this case.")))
        if wanted := required(played):
            shares["figures"] = figures(wanted, given)
        else:
            left_out.append(("figures", say("The policy of this case names no figure that was needed.")))
        # Where nothing is said, nothing is wrong either: that is worth nothing.
        ground = min(1.0, 2 * done)
        shares["backed"] = _grounded(self._backed(played, given), ground)
        shares["care"] = self._care(played, given)
        shares["form"] = _grounded(form(played, given), ground)
        told = tuple(point for point, _ in points)
        return added_up(shares, excess(played, given), told, tuple(left_out))

    def _points(self, played: Played, given: Replies) -> list[tuple[Point, float]]:
        """What was done then with how far each is said now, and its weight: how far it was said then."""
        case = played.case
        todo = [part for part in _ENDS.split(case.resolution) if len(words(part)) > 2] or [case.resolution]
        todo += [step for step in case.steps if all(overlap(step, one) < COPIED for one in todo)]
        then = sentences_of("\n\n".join(turn.answer for turn in played.turns), case.language)
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
            for question in (one for one in sentences_of(turn.answer, played.case.language) if asks(one)):
                wanted += 1
                mine = [one for one in reply if asks(one)]
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
        theirs = [one for text in asked for one in sentences_of(text, played.case.language)][:30]
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


def _ramp(cosine: float) -> float:
    return min(1.0, max(0.0, (cosine - LIKE) / (SAME - LIKE)))


def _missed(points: Sequence[tuple[Point, float]]) -> Iterator[Saying]:
    missed = [point for point, weight in points if point.share < SAID and weight >= SAID]
    if not missed:
        yield say("What was done then stands in your reply.")
    for point in missed:
        yield say("Not said: “%(point)s”", point=point.text)


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
