"""What is judged of a trainee's replies without knowing what they mean: figures, form, and too much of it."""

from __future__ import annotations

import re

from copilot.drafting.cues import reader
from copilot.drafting.facts import facts_in
from copilot.practice.replies import Played, Replies, length_of
from copilot.practice.score import PartName, Score, Told, added_up
from knowledge_base.sayings import Saying, say, say_many

# A reply may be so many times as long as the one of then, and always has the room of so many words.
ROOM, LEAST_ROOM = 2.5, 150
SHORT = 0.3
_FIGURES = frozenset({"amount", "percent", "period"})
_GAP = re.compile(r"\[[^\]\n]{2,60}\]")


def foreign(played: Played, given: Replies) -> Score:
    """What can be judged of replies in a language that can't be held against the case's."""
    shares: dict[PartName, Told] = {"form": form(played, given)}
    if wanted := required(played):
        shares["figures"] = figures(wanted, given)
    why = say("Your reply is in another language than the case, and no translator is configured.")
    parts: tuple[PartName, ...] = ("done", "asked", "backed", "care")
    return added_up(shares, excess(played, given), (), tuple((name, why) for name in parts))


def required(played: Played) -> dict[str, str]:
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


def figures(wanted: dict[str, str], given: Replies) -> Told:
    """How many of the required figures are told."""
    told = {fact.value for fact in facts_in(given.text)}
    missing = [written for value, written in wanted.items() if value not in told]
    why = tuple(say("Policy's figure is missing: %(figure)s", figure=one) for one in missing)
    return 1 - len(missing) / len(wanted), why or (say("The figures that policy names are told."),)


def form(played: Played, given: Replies) -> Told:
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
    then, now = (length_of(texts) for texts in ([turn.answer for turn in played.turns], given.whole))
    checks += 1
    if now < SHORT * then:
        why.append(say_many("%(num)s word is very little here.", "%(num)s words are very little here.", now))
    share = 1 - len(why) / checks
    return share, tuple(why) or (say("It is a whole letter in the customer's language."),)


def excess(played: Played, given: Replies) -> Told:
    """What a reply loses that is far too long, or only repeats the customer."""
    room = max(LEAST_ROOM, ROOM * length_of(turn.answer for turn in played.turns))
    length = length_of(given.whole)
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
