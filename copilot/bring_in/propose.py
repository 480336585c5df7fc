"""What a ticket comes to as a case: problem, resolution, reply and steps from what was written, the rest
from its fields. A rule decides each, so that the same ticket always gives the same case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Literal

from copilot.bring_in.words import item_of, opens_with, without_greeting
from copilot.understand.clauses import sentences
from copilot.understand.text import cut
from copilot.understand.text import own_words as read_own_words
from knowledge_base.exports.models import LeftOut, Reason, Ticket, Turn
from knowledge_base.fields import MAX_ID, language_code
from knowledge_base.models import Case, Message, Outcome, Source

PROPOSAL = 1
"""Counted up when the rules change: what was brought in is then proposed anew."""
MOST_PROBLEM, MOST_RESOLUTION, MOST_REPLY, MOST_TITLE = 1_500, 2_000, 6_000, 160
MOST_MESSAGES = 100
MOST_STEPS, SHORTEST_STEP, LONGEST_STEP = 10, 8, 240
TOO_SHORT, MOST_LEADING = 40, 3
"""Below so many characters a message settles it only with those before it, at most so many."""
LEAST_WORDS = 4
"""Fewer words from an agent settle nothing: "Hi!", "One moment"."""
READ_FOR_LANGUAGE = 120
"""Characters: of NTREX's lines in twelve languages cut there .997 are told, all rightly, as of whole ones."""

own_words = lru_cache(maxsize=32)(read_own_words)
"""Each message of a ticket is asked for several times."""
Detect = Callable[[str], str | None]
Categorise = Callable[[Ticket, str], str | None]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the operator chose, beside where the export is."""

    status: Literal["published", "pending"] = "published"

    @property
    def fingerprint(self) -> str:
        """What the same ticket must be read by to give the same case."""
        return f"{PROPOSAL}/{self.status}"


def digest_of(ticket: object, choices: Choices) -> str:
    """What tells whether a ticket changed since it was brought in."""
    return hashlib.sha256(f"{choices.fingerprint}/{ticket!r}".encode("utf-8", "replace")).hexdigest()


def unusable(ticket: Ticket) -> LeftOut | None:
    """Why a ticket can't become a case; None where it can."""
    reason: Reason | None = None
    if not ticket.id or len(ticket.id) > MAX_ID // 2 or not ticket.id.isprintable() or ticket.id.isspace():
        reason = "no_id"
    elif ticket.state == "spam":
        reason = "spam"
    elif ticket.state == "open":
        reason = "open"
    elif not _asked(ticket):
        reason = "no_question"
    elif not (ticket.resolution.strip() or _answers(ticket.turns)):
        reason = "no_answer"
    return LeftOut(reason, ticket.id[:200]) if reason else None


def propose_case(ticket: Ticket, choices: Choices, *, detect: Detect, categorise: Categorise) -> Case:
    """The case of a ticket that isn't `unusable`."""
    settling = settling_turn(ticket.turns)
    problem = cut(ticket.problem.strip() or _problem(ticket), MOST_PROBLEM)
    reply = own_words(settling.text) if settling and settling.who == "agent" else ""
    resolution = ticket.resolution.strip() or resolution_of(ticket.turns, settling)
    return Case(
        id=case_id(ticket),
        title=_title(ticket, problem),
        problem=problem,
        resolution=cut(resolution, MOST_RESOLUTION),
        reply=cut(reply, MOST_REPLY) or None,
        steps=ticket.steps[:MOST_STEPS] or steps_of(ticket.turns, settling),
        messages=tuple(_message(turn) for turn in ticket.turns[:MOST_MESSAGES] if own_words(turn.text)),
        language=_language(ticket, problem, detect),
        category=categorise(ticket, problem),
        tags=ticket.tags,
        product=ticket.product or None,
        channel=ticket.channel or None,
        outcome=Outcome(
            resolved=True if ticket.state == "solved" else None,
            reopened=ticket.reopened,
            csat=ticket.csat,
            nps=ticket.nps,
            handle_minutes=ticket.handle_minutes if (ticket.handle_minutes or 0) >= 0 else None,
        ),
        resolved_at=ticket.solved_at,
        source=Source(ticket.system, ticket.id, ticket.url or None),
        status=choices.status,
    )


def case_id(ticket: Ticket) -> str:
    """The id of its case: the system's name and its own id."""
    return f"{ticket.system}-{ticket.id.strip()}"[:MAX_ID].strip()


def _asked(ticket: Ticket) -> bool:
    said = any(turn.who == "customer" and own_words(turn.text) for turn in ticket.turns)
    return said or bool(ticket.problem.strip())


def _answers(turns: Iterable[Turn]) -> list[Turn]:
    """What agents wrote that may have settled it: not closings, not a word or two."""
    return [turn for turn in turns if turn.who == "agent" and _says_something(turn.text)]


def _says_something(text: str) -> bool:
    words = without_greeting(own_words(text))
    said = [part for part in sentences(words) if not opens_with(part, "closing")]
    return bool(said) and sum(len(part.split()) for part in said) >= _least(words)


def _least(text: str) -> int:
    return LEAST_WORDS if text.isascii() or " " in text else 1  # some languages write no spaces


def settling_turn(turns: Sequence[Turn]) -> Turn | None:
    """The agent's message that settled it: the last that says more than courtesies, else the last of all."""
    answers = _answers(turns)
    telling = [turn for turn in answers if substance(turn.text)]
    if telling:
        last = telling[-1]
        # A long answer before a short "does that work?" is what settled it.
        longer = [turn for turn in telling[-3:-1] if len(turn.text) > 3 * len(last.text)]
        return longer[-1] if longer and len(last.text) < 120 else last
    if answers:
        return answers[-1]
    return next((turn for turn in reversed(turns) if turn.who == "note"), None)


def _problem(ticket: Ticket) -> str:
    """What the customer wrote before the first answer, without greetings and signatures."""
    before = list(takewhile(lambda turn: turn.who != "agent", _from_customer(ticket.turns)))
    said = [without_greeting(own_words(turn.text)) for turn in before if turn.who == "customer"]
    text = "\n".join(part for part in said if part)
    if len(text.split()) < LEAST_WORDS:  # "Hello?": what they want comes later, or stands in the subject
        later = (without_greeting(own_words(turn.text)) for turn in ticket.turns if turn.who == "customer")
        more = next((part for part in later if len(part.split()) >= LEAST_WORDS), "")
        text = "\n".join(dict.fromkeys(part for part in (ticket.subject, text, more) if part))
    return text or ticket.subject


def _from_customer(turns: Sequence[Turn]) -> Sequence[Turn]:
    first = next((n for n, turn in enumerate(turns) if turn.who == "customer"), len(turns))
    return turns[first:]


def substance(text: str) -> list[str]:
    """The lines of a message with what isn't courtesy; a question back alone is no resolution."""
    kept = []
    for line in without_greeting(own_words(text)).split("\n"):
        said = [
            part
            for part in sentences(line)
            if not opens_with(part, "courtesy") and not opens_with(part, "closing")
        ]
        if said:
            kept.append(" ".join(part.strip() for part in said))
    asks = all(line.rstrip().endswith(("?", "？")) for line in kept)
    return [] if asks or sum(len(line.split()) for line in kept) < _least(text) else kept


def resolution_of(turns: Sequence[Turn], settling: Turn | None) -> str:
    """What the message that settled it says; a very short one ("Within a week.") with those before it."""
    if settling is None:
        return ""
    lines = substance(settling.text)
    if not lines:
        return without_greeting(own_words(settling.text))
    before = turns[: turns.index(settling)]
    told = [said for turn in before if turn.who == "agent" and (said := substance(turn.text))]
    for said in reversed(told[-MOST_LEADING:]):
        if sum(map(len, lines)) >= TOO_SHORT:
            break
        lines = said + lines
    return "\n".join(dict.fromkeys(lines))


def steps_of(turns: Sequence[Turn], settling: Turn | None) -> tuple[str, ...]:
    """A list that an agent wrote, else what they say they did or ask for in the message that settled it."""
    for turn in reversed([turn for turn in turns if turn.who != "customer"]):
        items = [item for line in own_words(turn.text).split("\n") if (item := item_of(line))]
        if len(items) >= 2:
            return _fitting(items)
    lines = substance(settling.text) if settling else []
    said = (part.strip() for line in lines for part in sentences(line))
    return _fitting(part for part in said if opens_with(part, "action") and not part.endswith("?"))


def _fitting(steps: Iterable[str]) -> tuple[str, ...]:
    fit = (step.rstrip(" .;:,") for step in steps if SHORTEST_STEP <= len(step) <= LONGEST_STEP)
    return tuple(dict.fromkeys(fit))[:MOST_STEPS]


def _title(ticket: Ticket, problem: str) -> str | None:
    title = ticket.subject or next(iter(sentences(problem)), "")
    return cut(" ".join(title.split()), MOST_TITLE) or None


def _language(ticket: Ticket, problem: str, detect: Detect) -> str:
    """What the text is written in; the field counts where the text doesn't tell."""
    told = ticket.language.split(",")[0].split(";")[0].strip()
    code = language_code(told) if told else None
    return detect(problem[:READ_FOR_LANGUAGE]) or code or "en"


def _message(turn: Turn) -> Message:
    return Message(turn.who, own_words(turn.text), turn.at)
